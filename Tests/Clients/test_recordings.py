# SPDX-License-Identifier: Apache-2.0
"""Every recorded exchange of the OpenAI chat dialect, replayed as the provider."""

import collections
import json
import random

import pytest

import recordings
from gateway import Gateway
from raw_http import events
from replay_client import run_all
from replay_upstream import ReplayUpstream

@pytest.fixture(scope="module")
def replayed(tmp_path_factory):
    records = recordings.load()
    if not records:
        pytest.skip("the recordings are not here: they come from the shared folder")
    upstream = ReplayUpstream(records)
    providers = {
        name: {"dialect": "openai", "base_url": upstream.base_url, "api_key": "sk-replay",
               # Some vendors' keys would be exchanged for tokens first.
               "authentication": "bearer"}
        for name in recordings.providers_of(records)}
    gateway = Gateway(tmp_path_factory.mktemp("replayed"), providers).start()
    yield gateway, upstream, records
    gateway.stop()
    upstream.stop()


def report(problems):
    """Fails with the first problems of each kind."""
    if problems:
        lines = [f"{name}: {problem}" for name, problem in problems[:15]]
        pytest.fail(f"{len(problems)} records differ\n" + "\n".join(lines), pytrace=False)


def envelope_problem(received):
    try:
        error = json.loads(received.body)["error"]
    except (ValueError, KeyError, TypeError) as failure:
        return f"status {received.status} without an envelope: {failure!r}"
    if not isinstance(error, dict):
        return f"the envelope's error is {error!r}"
    if not isinstance(error.get("message"), str) or not error["message"]:
        return f"no message: {error}"
    missing = {"message", "type", "param", "code"} - set(error)
    return f"the envelope lacks {missing}" if missing else None


def named(record, mode=""):
    return f"{record['provider']}/{record['id']}{mode}"


def chosen(records, is_stream, is_error):
    return {
        name: record for name, record in records.items()
        if record["stream"] == is_stream and (record["response"]["status"] >= 400) == is_error}


def test_plain_answers_arrive_byte_for_byte(replayed):
    gateway, upstream, records = replayed
    wanted = chosen(records, is_stream=False, is_error=False)
    calls = [(n, recordings.request_body(r, named(r))) for n, r in wanted.items()]
    problems = []
    for name, received in run_all(gateway, calls).items():
        record = wanted[name]
        if "error_in_200" in record["tags"]:
            problem = None if received.status == 502 else f"status {received.status}"
            problem = problem or envelope_problem(received)
        elif received.status != 200:
            problem = f"status {received.status}: {received.body[:200]!r}"
        else:
            expected = recordings.in_openai_words(record["provider"], record["response"]["body"])
            problem = recordings.cost_edit(expected, received.body.decode())
            problem = problem or missing_cost(received.body)
        if problem:
            problems.append((name, problem))
    report(problems)


def missing_cost(body):
    usage = json.loads(body).get("usage")
    return "usage without a cost" if isinstance(usage, dict) and "cost" not in usage else None


def test_requests_reach_the_provider_byte_for_byte_but_for_the_model(replayed):
    gateway, upstream, records = replayed
    wanted = chosen(records, is_stream=False, is_error=False)
    calls = [(n, recordings.request_body(r, named(r))) for n, r in wanted.items()]
    run_all(gateway, calls)
    problems = []
    for name, body in calls:
        edited = body.replace(f'"{named(wanted[name])}"'.encode(), f'"{name}"'.encode())
        if upstream.requests.get(name) != edited:
            problems.append((name, f"sent {upstream.requests.get(name, b'')[:200]!r}"))
    report(problems)


def test_failures_have_the_right_status_and_an_envelope(replayed):
    gateway, upstream, records = replayed
    problems = []
    for is_stream in (False, True):
        wanted = chosen(records, is_stream, is_error=True)
        calls = [(n, recordings.request_body(r, named(r))) for n, r in wanted.items()]
        for name, received in run_all(gateway, calls).items():
            status = wanted[name]["response"]["status"]
            if received.status != recordings.client_status(status):
                problems.append((name, f"{status} became {received.status}"))
            elif problem := envelope_problem(received):
                problems.append((name, problem))
            elif status in (401, 403) and json.loads(
                    received.body)["error"]["code"] != "upstream_authentication":
                problems.append((name, f"code {received.body[:200]!r}"))
    report(problems)


def stream_problem(record, received, is_asked):
    """What is wrong with a stream that the provider sent whole, or None."""
    complete = recordings.is_complete(record)
    before = [
        recordings.in_openai_words(record["provider"], payload)
        for payload in events(record["response"]["body"]) if payload != "[DONE]"]
    if received.status != 200:
        if complete:
            return f"status {received.status}: {received.body[:200]!r}"
        return envelope_problem(received)
    after = events(received.body)
    if after.count("[DONE]") != complete:
        return f"{after.count('[DONE]')} times [DONE], complete is {complete}: {after[-1:]}"
    if received.whole != complete:
        return f"the transfer ended well: {received.whole}, complete is {complete}"
    if complete:
        return pairs_problem(before, after[:-1], is_asked)
    return error_event_problem(after) or pairs_problem(before[:len(after) - 1], after[:-1], is_asked)


def error_event_problem(after):
    if not after:
        return "no error event"
    try:
        event = json.loads(after[-1])
    except ValueError:
        return f"the last event is no JSON: {after[-1][:200]!r}"
    if not event.get("error", {}).get("message"):
        return f"the last event is no error: {after[-1][:200]}"
    reasons = [choice.get("finish_reason") for choice in event.get("choices", [])]
    return None if reasons == ["error"] else f"finish reasons {reasons}"


def pairs_problem(before, after, is_asked):
    """The events differ by nothing but inserted costs and the usage chunk nobody asked for."""
    if not is_asked:
        before = [payload for payload in before if not recordings.has_usage_alone(payload)]
    if len(before) != len(after):
        return f"{len(before)} events became {len(after)}"
    for index, (old, new) in enumerate(zip(before, after)):
        if problem := recordings.cost_edit(old, new):
            return f"event {index}: {problem}"
        if recordings.has_usage_alone(old) and "cost" not in json.loads(new)["usage"]:
            return f"event {index}: usage without a cost"
    return None


@pytest.mark.parametrize("is_asked", [True, False], ids=["usage asked", "usage not asked"])
@pytest.mark.parametrize("piece", [0, 1000, 7])
def test_streams_arrive_event_for_event(replayed, is_asked, piece):
    gateway, upstream, records = replayed
    wanted = chosen(records, is_stream=True, is_error=False)
    if piece == 7:
        wanted = {n: r for n, r in wanted.items() if len(r["response"]["body"]) < 20_000}
    mode = f"--piece-{piece}" if piece else ""
    calls = [
        (n, recordings.request_body(
            r, named(r, mode), stream_options={"include_usage": is_asked}))
        for n, r in wanted.items()]
    problems = []
    for name, received in run_all(gateway, calls).items():
        if problem := stream_problem(wanted[name], received, is_asked):
            problems.append((name, problem))
    report(problems)


def test_a_stream_cut_anywhere_is_never_done(replayed):
    gateway, upstream, records = replayed
    generator = random.Random(2)
    calls, kinds = [], {}
    for name, record in chosen(records, is_stream=True, is_error=False).items():
        content = record["response"]["body"].encode()
        end = content.rfind(b"[DONE]")
        end = end if end > 0 else len(content) - 2
        cuts = {0, end, *(generator.randrange(1, end) for _ in range(2))}
        for cut in cuts:
            model = named(record, f"--cut-{cut}")
            kinds[model] = (record, content[:cut])
            calls.append((model, recordings.request_body(record, model)))
    problems, outcomes = [], collections.Counter()
    for model, received in run_all(gateway, calls).items():
        after = events(received.body) if received.status == 200 else []
        outcomes["in band" if after else "clean status"] += 1
        problem = None
        if received.status != 200:
            problem = envelope_problem(received)
        elif "[DONE]" in after or received.whole:
            problem = f"[DONE] {'[DONE]' in after}, whole {received.whole}, {after[-1:]}"
        else:
            problem = error_event_problem(after)
        if problem:
            problems.append((model, problem))
    assert outcomes["clean status"] and outcomes["in band"], outcomes
    report(problems)


def test_a_plain_answer_cut_anywhere_is_an_error(replayed):
    gateway, upstream, records = replayed
    generator = random.Random(3)
    calls = []
    for name, record in chosen(records, is_stream=False, is_error=False).items():
        length = len(record["response"]["body"].encode())
        for cut in (0, generator.randrange(1, length), length - 1):
            model = named(record, f"--cut-{cut}")
            calls.append((model, recordings.request_body(record, model)))
    problems = []
    for model, received in run_all(gateway, calls).items():
        if received.status != 502:
            problems.append((model, f"status {received.status}"))
        elif problem := envelope_problem(received):
            problems.append((model, problem))
    report(problems)
