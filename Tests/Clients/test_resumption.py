# SPDX-License-Identifier: Apache-2.0
"""Streams that break off and are gone on with by another target, as the official SDK reads them."""

import json

import openai
import pytest

import schemas
from conftest import client_of
from gateway import Gateway, input_tokens
from raw_http import chat, events, exchange, post

HELLO = [{"role": "user", "content": "Hello"}]
STREAM = {"stream": True, "stream_options": {"include_usage": True}}


@pytest.fixture(scope="module")
def gateway(upstream, tmp_path_factory):
    """Streams of `mock` break off, and `claude` and `local` go on from a beginning.

    Few of each, lest their circuit breakers open.
    """
    takes = {"mock": {"capabilities": ["prefill"]}, "cut-3": {"capabilities": ["prefill"]}}
    address = {"base_url": upstream.base_url, "api_key": "sk-test"}
    providers = {
        "mock": {"dialect": "openai", "base_url": upstream.base_url, "models": takes},
        "claude": {"dialect": "anthropic", "models": takes} | address,
        "local": {
            "dialect": "openai", "models": takes,
            "quirks": {"assistant_prefill": "continued"}} | address,
    }
    names = {
        f"{first}-then-{provider}": {
            "targets": [f"mock/{first}", f"{provider}/mock"], "resume": "prefill"}
        for first in ("cut-5", "errstream-5") for provider in ("claude", "local")}
    names |= {
        "not-taken": {"targets": ["mock/cut-6", "mock/mock"], "resume": "prefill"},
        "cut-twice": {
            "targets": ["mock/cut-7", "claude/cut-3", "local/mock"], "resume": "prefill"},
        "without": {"targets": ["mock/cut-8", "claude/mock"]},
    }
    server = Gateway(tmp_path_factory.mktemp("resumption"), providers, names).start()
    yield server
    server.stop()


def words(gateway, model, count=None):
    """The text of a whole stream, or of its first words."""
    with client_of(gateway) as client:
        pieces = [
            chunk.choices[0].delta.content
            for chunk in client.chat.completions.create(
                model=model, messages=HELLO, stream=True)
            if chunk.choices and chunk.choices[0].delta.content]
    return "".join(pieces[:count])


@pytest.mark.parametrize("provider", ["claude", "local"])
@pytest.mark.parametrize("first", ["cut-5", "errstream-5"])
def test_the_sdk_reads_one_stream(gateway, upstream, first, provider):
    beginning = words(gateway, "mock/mock", 5)
    whole = words(gateway, f"{provider}/mock")
    with client_of(gateway) as client:
        raw = client.chat.completions.with_raw_response.create(
            model=f"{first}-then-{provider}", messages=HELLO, **STREAM)
        chunks = list(raw.parse())
    choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
    text = "".join(choice.delta.content or "" for choice in choices)
    # The fake one does not read its beginning and begins anew.
    space = beginning[len(beginning.rstrip()):]
    assert text == beginning + whole.removeprefix(space)
    assert len({chunk.id for chunk in chunks}) == 1
    assert len({chunk.created for chunk in chunks}) == 1
    assert [choice.finish_reason for choice in choices if choice.finish_reason] == ["stop"]
    assert len([choice for choice in choices if choice.delta.role]) == 1
    marks = [chunk.model_extra["martlet"] for chunk in chunks if "martlet" in chunk.model_extra]
    assert marks == [{"resumed": {"provider": provider, "model": "mock"}}]
    sent = json.loads(upstream.last_request()[1])["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant"]
    content = sent[-1]["content"]
    assert (content if isinstance(content, str) else content[0]["text"]) == beginning.rstrip()

    call = gateway.call(raw.headers["x-request-id"])
    assert call["state"] == "complete"
    states = [attempt["state"] for attempt in call["attempts"]]
    assert states == ["upstream_cut" if first == "cut-5" else "upstream_error", "complete"]
    assert call["attempts"][1]["kind"] == "resume"
    usages = [chunk.usage for chunk in chunks if chunk.usage]
    assert len(usages) == 1
    assert usages[0].completion_tokens == call["usage"]["output"]
    assert usages[0].prompt_tokens == input_tokens(call)


@pytest.mark.skipif(not schemas.is_here(), reason="../shared/specs is not here")
def test_every_chunk_holds_to_the_schema(gateway):
    reply = exchange(gateway.port, post(chat("cut-5-then-claude", **STREAM)))
    *said, done = events(reply.body)
    assert done == "[DONE]"
    mark = {"type": "object", "required": ["resumed"]}
    judge = schemas.validator(
        "openai.openapi.json", "components/schemas/CreateChatCompletionStreamResponse", True, {
            "martlet": mark, "choices.[].native_finish_reason": {"type": "string"},
            "usage.cost": {"type": ["number", "null"]}})
    assert [schemas.problems(judge, json.loads(data)) for data in said] == [[] for _ in said]


@pytest.mark.parametrize("model", ["not-taken", "cut-twice", "without"])
def test_what_cannot_be_gone_on_with_ends_with_an_error(gateway, model):
    with client_of(gateway) as client, pytest.raises(openai.APIError):
        list(client.chat.completions.create(model=model, messages=HELLO, **STREAM))
    reply = exchange(gateway.port, post(chat(model, **STREAM)))
    assert not reply.whole
    assert "[DONE]" not in events(reply.body)
    call = gateway.call(reply.fields["x-request-id"])
    assert call["state"] == "upstream_cut"
    assert len(call["attempts"]) == (2 if model == "cut-twice" else 1)
