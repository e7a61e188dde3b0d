# SPDX-License-Identifier: Apache-2.0
"""A real model on this machine: llama.cpp and SmolLM2-135M behind the gateway."""

import time

import pytest

from conftest import client_of
from gateway import Gateway
from raw_http import chat, events, exchange, post

# Units: seconds. A model computes its answer here, on cores that others may keep busy.
PATIENCE = 300
QUESTION = [{"role": "user", "content": "Name three colours of the rainbow."}]


@pytest.fixture(scope="module")
def local_gateway(local_model, tmp_path_factory):
    base_url, name = local_model
    patience = f"{PATIENCE}s"
    provider = {"dialect": "openai", "base_url": base_url,
                "timeouts": {"first_byte": patience, "idle": patience}}
    server = Gateway(
        tmp_path_factory.mktemp("local"), {"local": provider}, {"small": f"local/{name}"}).start()
    yield server
    server.stop()


def test_a_real_model_answers(local_gateway):
    with client_of(local_gateway, timeout=PATIENCE) as client:
        answer = client.chat.completions.create(
            model="small", messages=QUESTION, max_tokens=24, temperature=0, seed=1)
    assert answer.choices[0].message.content.strip()
    assert answer.choices[0].finish_reason in ("stop", "length")
    assert answer.usage.completion_tokens > 0 and answer.usage.prompt_tokens > 0


def test_a_real_model_streams_its_tokens_as_they_are_made(local_gateway):
    stamps, text = [], ""
    with client_of(local_gateway, timeout=PATIENCE) as client:
        raw = client.chat.completions.with_raw_response.create(
            model="small", messages=QUESTION, max_tokens=48, temperature=0, seed=1, stream=True)
        for chunk in raw.parse():
            if chunk.choices and chunk.choices[0].delta.content:
                stamps.append(time.monotonic())
                text += chunk.choices[0].delta.content
    assert len(stamps) > 5 and text.strip()
    assert stamps[-1] - stamps[0] > 0.02, "the tokens came all at once"
    call = local_gateway.call(raw.headers["x-request-id"])
    assert call["state"] == "complete"
    assert call["usage"]["output"] >= len(stamps) - 1
    assert call["times_us"]["first_token"] < call["times_us"]["total"]


def test_streamed_and_plain_say_the_same(local_gateway):
    options = {"model": "small", "messages": QUESTION, "max_tokens": 24, "temperature": 0, "seed": 3}
    with client_of(local_gateway, timeout=PATIENCE) as client:
        plain = client.chat.completions.create(**options).choices[0].message.content
        streamed = "".join(
            chunk.choices[0].delta.content or ""
            for chunk in client.chat.completions.create(**options, stream=True) if chunk.choices)
    assert streamed == plain


def test_the_stream_of_a_real_model_ends_with_done(local_gateway):
    answer = exchange(
        local_gateway.port, post(chat("small", stream=True, max_tokens=8)), timeout=PATIENCE)
    payloads = events(answer.body)
    assert answer.whole and payloads[-1] == "[DONE]"
    assert '"finish_reason":"' in payloads[-2]


def test_tools_reach_a_real_model(local_gateway):
    tools = [{"type": "function", "function": {
        "name": "weather", "parameters": {
            "type": "object", "properties": {"city": {"type": "string"}}}}}]
    with client_of(local_gateway, timeout=PATIENCE) as client:
        answer = client.chat.completions.create(
            model="small", messages=QUESTION, tools=tools, max_tokens=16, temperature=0)
    assert answer.choices[0].finish_reason in ("stop", "length", "tool_calls")
