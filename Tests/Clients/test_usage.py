# SPDX-License-Identifier: Apache-2.0
"""`martlet usage` says what the clients saw."""

import collections
import concurrent.futures
import decimal
import json
import subprocess

from gateway import BINARY, clean_environment, input_tokens
from raw_http import chat, events, exchange, post

MODELS = [
    ("mock/mock", False), ("openai/gpt-4o-mini", False), ("mock/mock-stream-20-0", True),
    ("failing-first", False), ("mock/fail-500", False), ("mock/cut-5", True),
    ("mock/garbage", False), ("no-such-model", False)]


def one_call(port, model, stream):
    more = {"stream_options": {"include_usage": True}} if stream else {}
    answer = exchange(port, post(chat(model, stream=stream, **more)))
    if answer.status != 200:
        return answer, None
    if not stream:
        return answer, json.loads(answer.body, parse_float=decimal.Decimal)["usage"]
    chunks = [json.loads(payload) for payload in events(answer.body) if payload != "[DONE]"]
    return answer, next((chunk["usage"] for chunk in chunks if chunk.get("usage")), None)


def test_the_report_is_the_sum_of_what_clients_saw(own_gateway):
    work = [pair for pair in MODELS for _ in range(6)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda pair: one_call(own_gateway.port, *pair), work))
    calls = {call["id"]: call for call in own_gateway.calls()}
    assert len(calls) == len(results)
    for (answer, usage), (model, _) in zip(results, work):
        call = calls[answer.fields["x-request-id"]]
        assert call["model"] == model
        assert call["status"] == answer.status
        assert (call["state"] == "complete") == (usage is not None)
        if usage:
            assert input_tokens(call) == usage["prompt_tokens"]
            assert call["usage"]["output"] == usage["completion_tokens"]
    states = collections.Counter(call["state"] for call in calls.values())
    assert states == {
        "complete": 24, "upstream_error": 6, "upstream_cut": 6, "malformed": 6, "refused": 6}
    spent = sum(
        decimal.Decimal(answer.fields["x-martlet-cost"]) for answer, usage in results
        if usage and answer.fields.get("x-martlet-cost", "unknown") != "unknown")
    assert sum(
        decimal.Decimal(call["cost_usd"]) for call in calls.values()
        if call["state"] == "complete" and call.get("cost_usd")) == spent > 0


def test_the_report_reads_while_the_gateway_runs_and_after(own_gateway):
    for _ in range(5):
        exchange(own_gateway.port, post(chat("mock/mock")))
    running = own_gateway.calls()
    own_gateway.stop()
    assert own_gateway.calls() == running and len(running) == 5


def test_the_table_is_for_people(own_gateway):
    exchange(own_gateway.port, post(chat("openai/gpt-4o-mini")))
    for by in ("model", "provider", "day", "state"):
        done = subprocess.run(
            [BINARY, "usage", "--data", own_gateway.data, "--by", by],
            capture_output=True, text=True, timeout=30, env=clean_environment())
        assert done.returncode == 0, done.stderr
        assert "57" in done.stdout and "84" in done.stdout


def test_every_call_has_its_timings(own_gateway):
    answer = exchange(own_gateway.port, post(chat("mock/mock-stream-10-100", stream=True)))
    timings = own_gateway.call(answer.fields["x-request-id"])["times_us"]
    assert 900_000 < timings["total"] < 5_000_000
    assert timings["first_token"] < timings["last_token"] <= timings["total"]
    assert timings["overhead"] < timings["total"] / 2
