# SPDX-License-Identifier: Apache-2.0
"""Streamed calls by the official `openai` package."""

import asyncio
import time

import openai
import pytest

from conftest import client_of, start_gateway
from gateway import input_tokens
from raw_http import RawConnection, chat, events, exchange, post

HELLO = [{"role": "user", "content": "Hello"}]


def text_of(chunks):
    return "".join(
        choice.delta.content or "" for chunk in chunks for choice in chunk.choices)


@pytest.mark.parametrize("prefix", ["/v1", "/openai/v1", "/api/v1"])
def test_a_stream_brings_every_chunk_and_the_finish_reason(gateway, prefix):
    with client_of(gateway, prefix) as client:
        chunks = list(client.chat.completions.create(
            model="mock/mock-stream-20-0", messages=HELLO, stream=True))
    pieces = [chunk for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]
    assert len(pieces) == 20
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_usage_comes_only_when_asked(client, upstream):
    def run(**more):
        return list(client.chat.completions.create(
            model="mock/mock-stream-20-0", messages=HELLO, stream=True, **more))

    unasked = run()
    assert all(chunk.choices for chunk in unasked)
    assert all(chunk.usage is None for chunk in unasked)
    assert b'"include_usage":true' in upstream.last_request()[1].replace(b" ", b"")

    asked = run(stream_options={"include_usage": True})
    assert asked[-1].choices == []
    assert (asked[-1].usage.prompt_tokens, asked[-1].usage.completion_tokens) == (57, 20)
    assert "cost" in asked[-1].usage.model_extra
    assert text_of(asked) == text_of(unasked)

    declined = run(stream_options={"include_usage": False})
    assert all(chunk.choices for chunk in declined)


def test_a_stream_without_usage_asked_is_still_counted(gateway):
    with client_of(gateway) as client:
        raw = client.chat.completions.with_raw_response.create(
            model="mock/mock-stream-20-0", messages=HELLO, stream=True)
        for _ in raw.parse():
            pass
    call = gateway.call(raw.headers["x-request-id"])
    assert call["state"] == "complete"
    assert (input_tokens(call), call["usage"]["output"]) == (57, 20)


def test_chunks_arrive_as_they_are_made(client):
    stamps = []
    for chunk in client.chat.completions.create(
            model="mock/mock-stream-10-100", messages=HELLO, stream=True):
        if chunk.choices and chunk.choices[0].delta.content:
            stamps.append(time.monotonic())
    gaps = [later - earlier for earlier, later in zip(stamps, stamps[1:])]
    assert len(stamps) == 10
    assert stamps[-1] - stamps[0] > 0.8
    assert sum(gap > 0.05 for gap in gaps) >= 7, gaps


def test_the_last_event_is_done_and_the_transfer_ends_well(gateway):
    answer = exchange(gateway.port, post(chat("mock/mock-stream-20-0", stream=True)))
    assert answer.status == 200 and answer.whole
    assert answer.fields["content-type"].startswith("text/event-stream")
    payloads = events(answer.body)
    assert payloads[-1] == "[DONE]" and payloads.count("[DONE]") == 1
    assert '"finish_reason":"stop"' in payloads[-2]


def test_a_stream_carries_the_headers_of_a_plain_call(gateway):
    answer = exchange(gateway.port, post(chat("mock/mock-stream-20-0", stream=True)))
    assert answer.fields["x-martlet-provider"] == "mock"
    assert answer.fields["x-martlet-model"] == "mock-stream-20-0"
    assert answer.fields["x-request-id"]


def test_a_silent_provider_is_bridged_by_comments(own_upstream, tmp_path):
    gateway = start_gateway(tmp_path, own_upstream, keepalive="200ms")
    try:
        answer = exchange(
            gateway.port, post(chat("mock/slow-first-2000ms", stream=True)))
        assert answer.body.count(b": keepalive") >= 3
        assert events(answer.body)[-1] == "[DONE]"
    finally:
        gateway.stop()


def test_the_asynchronous_client_runs_a_hundred_streams_at_once(gateway):
    async def one(client):
        stream = await client.chat.completions.create(
            model="mock/mock-stream-100-20", messages=HELLO, stream=True)
        return [chunk async for chunk in stream]

    async def run():
        async with openai.AsyncOpenAI(
                base_url=gateway.base_url, api_key="unused", max_retries=0) as client:
            return await asyncio.gather(*(one(client) for _ in range(100)))

    for chunks in asyncio.run(run()):
        assert len([c for c in chunks if c.choices and c.choices[0].delta.content]) == 100


def test_a_slow_reader_loses_nothing_and_others_do_not_wait(gateway, client):
    with RawConnection(gateway.port, 60) as slow:
        slow.send(post(chat("mock/mock-stream-20000-0", stream=True)))
        assert slow.read_until(b"\r\n\r\n")
        start = time.monotonic()
        client.chat.completions.create(model="mock/mock", messages=HELLO)
        assert time.monotonic() - start < 2
        time.sleep(1)
        answer_body, whole = slow_body(slow)
    assert whole
    payloads = events(answer_body)
    assert len(payloads) == 20_003 and payloads[-1] == "[DONE]"


def slow_body(connection):
    connection.received = connection.received.partition(b"\r\n\r\n")[2]
    body, whole = bytearray(), False
    raw = bytearray(connection.received)
    while True:
        end = raw.find(b"\r\n")
        size = int(bytes(raw[:end]), 16) if end >= 0 else None
        if size is not None and len(raw) >= end + 4 + size:
            body += raw[end + 2:end + 2 + size]
            del raw[:end + 4 + size]
            if size == 0:
                return bytes(body), True
            continue
        data = connection.socket.recv(1 << 20)
        if not data:
            return bytes(body), whole
        raw += data
