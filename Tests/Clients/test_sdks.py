# SPDX-License-Identifier: Apache-2.0
"""What the official SDKs read in a provider's bytes is what `openai` reads in the gateway's answer.

Prints the table provider × endpoint × passed, failed, not applicable, whose sum is in
`docs/providers.md`.
"""

import json

import pytest

import completion_readings
import recordings
import sdk_readings as sdk
import vector_readings
import walk
from raw_http import events
from replay_upstream import content_of
from sdk_readings import Failed

# By format: the reader, and OpenAI's word for each reason of ending; None where it is a failure.
# A provider of the OpenAI format with an SDK of its own is read by that.
STOPS = {"stop": "stop", "end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length",
         "tool_use": "tool_calls", "refusal": "content_filter", "pause_turn": "length",
         "guardrail_intervened": "content_filter", "content_filtered": "content_filter"}
READERS = {
    "openai": (sdk.with_openai, None),
    "mistral": (sdk.with_mistral, None),
    "anthropic": (sdk.with_anthropic, STOPS),
    "bedrock-converse": (sdk.with_botocore, STOPS),
    "gemini": (sdk.with_google, {
        "STOP": "stop", "MAX_TOKENS": "length", "SAFETY": "content_filter",
        "RECITATION": "content_filter", "MODEL_ARMOR": "content_filter", "blocked": "content_filter",
        "OTHER": None, "MALFORMED_FUNCTION_CALL": None, "UNEXPECTED_TOOL_CALL": None}),
    "cohere-v2": (sdk.with_cohere, {
        "COMPLETE": "stop", "STOP_SEQUENCE": "stop", "MAX_TOKENS": "length",
        "TOOL_CALL": "tool_calls", "ERROR": None}),
    "ollama": (sdk.with_ollama, {"stop": "stop", "length": "length", "load": "stop"}),
}
OWN_SDKS = {"mistral", "perplexity", "voyage"}
# Formats that say the plain word also where the model calls tools.
SAY_STOP_FOR_CALLS = {"gemini", "ollama"}


# What an SDK refuses to read, though its provider sent it; why nothing is lost.
UNREADABLE = {
    "bedrock-converse-sync-dbcb8457": "botocore refuses a reasoning block that has no member",
}


def reader_of(exchange, readers):
    """A vendor of the OpenAI format with an SDK of its own is read by that."""
    speaks, vendor = exchange.served.speaks, recordings.vendor_of(exchange.record)
    return readers[vendor if speaks == "openai" and vendor in OWN_SDKS & set(readers) else speaks]


def aliases_of(exchange):
    """What the vendor of an OpenAI format says instead of OpenAI's words for reasons of ending."""
    return recordings.quirks().get(exchange.record["provider"], {}).get("finish_reason_aliases", {})


def recorded_reply(record):
    return sdk.Reply(record["response"]["status"], record["response"]["headers"],
                     content_of(record), record["stream"])


def chat_of_provider(exchange):
    """What the provider said, with OpenAI's word for its reason. Raises Failed where it failed."""
    read, words = reader_of(exchange, READERS)
    reading = read(recorded_reply(exchange.record))
    if words is None:
        reading.finish = aliases_of(exchange).get(reading.finish, reading.finish)
        return reading
    if words[reading.finish] is None:
        raise Failed(reading.finish)
    reading.finish = words[reading.finish]
    if exchange.served.speaks in SAY_STOP_FOR_CALLS and reading.calls and reading.finish == "stop":
        reading.finish = "tool_calls"
    if reading.input is None or reading.output is None:
        reading.input = reading.output = None
    return reading


def vectors_of_provider(exchange):
    """The vectors that the provider sent, in the form that the client asked for."""
    read = reader_of(exchange, vector_readings.READERS)
    reading = read(recorded_reply(exchange.record), exchange.form)
    return reading if reading.form == "base64" else (
        vector_readings.as_floats(reading, exchange.form))


def texts_of_provider(exchange):
    """The texts that the provider sent, with OpenAI's words for the reasons."""
    read = reader_of(exchange, completion_readings.READERS)
    reading, aliases = read(recorded_reply(exchange.record)), aliases_of(exchange)
    reading.finishes = {
        index: aliases.get(finish, finish) for index, finish in reading.finishes.items()}
    return reading


def received_reply(exchange):
    received = exchange.received
    headers = {name: value for name, value in received.headers.items()
               if name in ("content-type", "x-request-id")}
    return sdk.Reply(received.status, headers, received.body, exchange.record["stream"])


# By operation: what the provider said, and what a client of the gateway got, in one shape.
SIDES = {
    walk.CHAT: (chat_of_provider, lambda each: sdk.with_openai(received_reply(each))),
    walk.EMBEDDINGS: (
        vectors_of_provider,
        lambda each: vector_readings.of_gateway(received_reply(each), each.form)),
    walk.COMPLETIONS: (
        texts_of_provider, lambda each: completion_readings.with_openai(received_reply(each))),
}


def outcome(read, exchange):
    """A reading, or the failure that was read."""
    try:
        return read(exchange)
    except Failed as failure:
        return failure


def verdict(exchange):
    """(outcome, reason) of one exchange."""
    of_provider, of_gateway = SIDES[exchange.served.operation]
    try:
        told = outcome(of_provider, exchange)
    except Exception as error:
        reason = UNREADABLE.get(exchange.record["id"])
        return "not applicable" if reason else "failed", reason or f"unreadable: {error!r}"[:200]
    got = outcome(of_gateway, exchange)
    if isinstance(told, Failed) or isinstance(got, Failed):
        if isinstance(told, Failed) and isinstance(got, Failed):
            return verdict_of_failures(exchange)
        return "failed", f"the provider's {told!r}, the gateway's {got!r}"[:400]
    for field, value in vars(told).items():
        if getattr(got, field) != value:
            return "failed", f"{field}: {value!r} became {getattr(got, field)!r}"[:400]
    return "passed", ""


def verdict_of_failures(exchange):
    """Whether what failed at the provider failed at the client as `docs/providers.md` says."""
    record, received = exchange.record, exchange.received
    if record["response"]["status"] == 200 and received.status == 200:
        # It failed after its first words: the last chunk says so, and nothing ends well.
        chunks = events(received.body)
        if len(chunks) > 1 and "error" in json.loads(chunks[-1]) and not received.whole:
            return "passed", ""
        return "failed", f"a failed stream ended with {chunks[-1:]!r}"[:400]
    status = recordings.failed_status(record)
    wanted = (recordings.client_status(status), recordings.CLIENT_CODES.get(status))
    error = json.loads(received.body)["error"]
    got = (received.status, error["code"] if wanted[1] else None)
    own = record["response"]["status"]
    if got != wanted or own >= 400 and error["upstream"]["status"] != own:
        return "failed", f"status {status} became {got}, which is not {wanted}: {error}"[:400]
    return "passed", ""


def test_every_recording_reads_the_same_on_both_sides(tmp_path, capsys):
    entries = walk.index()
    if not entries:
        pytest.skip("the recordings are not here: they come from the shared folder")
    rows = [(entry["provider"], entry["endpoint"], "not applicable", walk.reason_of(entry))
            for entry in entries if not walk.row_of(entry)]
    assert not [row for row in rows if row[3] is None], "an endpoint without a reason"
    verdicts, failures = {}, []
    for exchange in walk.walk(tmp_path):
        record = exchange.record
        result, reason = verdict(exchange)
        if result == "failed":
            failures.append(f"{record['id']} {exchange.form}: {reason}")
        # In each form that vectors were asked for; one that fails is told.
        key = (record["provider"], record["endpoint"], record["id"])
        if verdicts.get(key, ("",))[0] != "failed":
            verdicts[key] = (result, reason if result == "not applicable" else "")
    rows += [(provider, endpoint, *result) for (provider, endpoint, _), result in verdicts.items()]
    with capsys.disabled():
        print("\n" + walk.table(rows))
    if failures:
        pytest.fail(f"{len(failures)} recordings differ\n" + "\n".join(failures[:60]), pytrace=False)
