# SPDX-License-Identifier: Apache-2.0
"""What the official SDKs read in a provider's bytes is what `openai` reads in the gateway's answer.

Prints the table provider × endpoint × passed, failed, not applicable, whose sum is in
`docs/providers.md`.
"""


import pytest

import recordings
import sdk_readings as sdk
import walk
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
# Formats that say the plain word also where the model calls tools.
SAY_STOP_FOR_CALLS = {"gemini", "ollama"}


# What an SDK refuses to read, though its provider sent it; why nothing is lost.
UNREADABLE = {
    "bedrock-converse-sync-dbcb8457": "botocore refuses a reasoning block that has no member",
}


def reader_of(exchange):
    speaks, provider = exchange.served.speaks, exchange.record["provider"]
    return READERS["mistral" if (speaks, provider) == ("openai", "mistral") else speaks]


def provider_reading(exchange):
    """What the provider said, with OpenAI's word for its reason. Raises Failed where it failed."""
    record = exchange.record
    reply = sdk.Reply(record["response"]["status"], record["response"]["headers"],
                      content_of(record), record["stream"])
    read, words = reader_of(exchange)
    reading = read(reply)
    if words is None:
        aliases = recordings.quirks().get(record["provider"], {}).get("finish_reason_aliases", {})
        reading.finish = aliases.get(reading.finish, reading.finish)
        return reading
    if words[reading.finish] is None:
        raise Failed(reading.finish)
    reading.finish = words[reading.finish]
    if exchange.served.speaks in SAY_STOP_FOR_CALLS and reading.calls and reading.finish == "stop":
        reading.finish = "tool_calls"
    if reading.input is None or reading.output is None:
        reading.input = reading.output = None
    return reading


def gateway_reading(exchange):
    received = exchange.received
    headers = {name: value for name, value in received.headers.items()
               if name in ("content-type", "x-request-id")}
    return sdk.with_openai(sdk.Reply(
        received.status, headers, received.body, exchange.record["stream"]))


def outcome(read, exchange):
    """A reading, or the failure that was read."""
    try:
        return read(exchange)
    except Failed as failure:
        return failure


def verdict(exchange):
    """(outcome, reason) of one exchange."""
    try:
        told = outcome(provider_reading, exchange)
    except Exception as error:
        reason = UNREADABLE.get(exchange.record["id"])
        return "not applicable" if reason else "failed", reason or f"unreadable: {error!r}"[:200]
    got = outcome(gateway_reading, exchange)
    if isinstance(told, Failed) or isinstance(got, Failed):
        if isinstance(told, Failed) and isinstance(got, Failed):
            return "passed", ""
        return "failed", f"the provider's {told!r}, the gateway's {got!r}"[:400]
    for field, value in vars(told).items():
        if getattr(got, field) != value:
            return "failed", f"{field}: {value!r} became {getattr(got, field)!r}"[:400]
    return "passed", ""


def test_every_recording_reads_the_same_on_both_sides(tmp_path, capsys):
    entries = walk.index()
    if not entries:
        pytest.skip("the recordings are not here: they come from the shared folder")
    rows = [(entry["provider"], entry["endpoint"], "not applicable", walk.reason_of(entry))
            for entry in entries if not walk.row_of(entry)]
    assert not [row for row in rows if row[3] is None], "an endpoint without a reason"
    failures = []
    for exchange in walk.walk(tmp_path):
        record = exchange.record
        result, reason = verdict(exchange)
        if result == "failed":
            failures.append(f"{record['id']}: {reason}")
        rows.append((record["provider"], record["endpoint"], result,
                     reason if result == "not applicable" else ""))
    with capsys.disabled():
        print("\n" + walk.table(rows))
    if failures:
        pytest.fail(f"{len(failures)} recordings differ\n" + "\n".join(failures[:60]), pytrace=False)
