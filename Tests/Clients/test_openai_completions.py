# SPDX-License-Identifier: Apache-2.0
"""Completions behind a prompt, by the official `openai` package."""

import json

import openai
import pytest

import recordings
from conftest import client_of
from gateway import Gateway, input_tokens
from raw_http import events, exchange, post
from replay_upstream import ReplayUpstream

PLAIN = "openai-completions-sync-698a969a"
STREAM = "openai-completions-stream-444a02e2"
STREAM_WITH_USAGE = "openai-completions-stream-a2923d27"
OLLAMA = "ollama-ollama-generate-sync-1102d206"
OLLAMA_STREAM = "ollama-ollama-generate-stream-4b1531a0"


@pytest.fixture(scope="module")
def replayed(tmp_path_factory):
    records = recordings.load(endpoint="completions") | recordings.load(endpoint="ollama_generate")
    if not records:
        pytest.skip("the recordings are not here: they come from the shared folder")
    upstream = ReplayUpstream(records)
    root = upstream.base_url.removesuffix("/v1")
    providers = {
        "openai": {"base_url": upstream.base_url, "api_key": "k"},
        "ollama": {"dialect": "ollama", "base_url": root},
        "anthropic": {"base_url": root, "api_key": "k"},
    }
    gateway = Gateway(tmp_path_factory.mktemp("completions"), providers).start()
    yield gateway, upstream, records
    gateway.stop()
    upstream.stop()


def text_of(chunks):
    return "".join(choice.text for chunk in chunks for choice in chunk.choices)


@pytest.mark.parametrize("prefix", ["/v1", "/openai/v1", "/api/v1"])
def test_a_completion_answers_under_every_prefix(replayed, prefix):
    gateway, _, records = replayed
    with client_of(gateway, prefix) as client:
        raw = client.completions.with_raw_response.create(
            model=f"openai/{PLAIN}", prompt="Who won?")
    answer = raw.parse()
    recorded = json.loads(records[PLAIN]["response"]["body"])
    assert answer.choices[0].text == recorded["choices"][0]["text"]
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (13, 11)
    assert "cost" in answer.usage.model_extra
    call = gateway.call(raw.headers["x-request-id"])
    assert (call["operation"], call["state"]) == ("completions", "complete")
    assert (input_tokens(call), call["usage"]["output"]) == (13, 11)


def test_a_stream_brings_the_text_and_usage_only_when_asked(replayed):
    gateway, upstream, records = replayed
    recorded = [json.loads(event) for event in events(records[STREAM]["response"]["body"])
                if event != "[DONE]"]
    wanted = "".join(chunk["choices"][0]["text"] for chunk in recorded)
    with client_of(gateway) as client:
        chunks = list(client.completions.create(
            model=f"openai/{STREAM}", prompt="Hello", stream=True))
        assert text_of(chunks) == wanted and chunks[-1].choices[0].finish_reason == "stop"
        assert b'"include_usage":true' in upstream.requests[STREAM].replace(b" ", b"")

        def run(**more):
            return list(client.completions.create(
                model=f"openai/{STREAM_WITH_USAGE}", prompt="Hello", stream=True, **more))
        unasked, asked = run(), run(stream_options={"include_usage": True})
    assert all(chunk.choices for chunk in unasked)
    assert asked[-1].choices == [] and asked[-1].usage.completion_tokens == 9
    assert text_of(asked) == text_of(unasked)


def test_a_stream_that_breaks_off_is_an_error(replayed):
    gateway, _, records = replayed
    size = len(records[STREAM]["response"]["body"])
    with client_of(gateway) as client, pytest.raises((openai.APIError, openai.APIConnectionError)):
        list(client.completions.create(
            model=f"openai/{STREAM}--cut-{size // 2}", prompt="Hello", stream=True))
    body = json.dumps({
        "model": f"openai/{STREAM}--cut-{size // 2}", "prompt": "Hello", "stream": True}).encode()
    answer = exchange(gateway.port, post(body, "/v1/completions"))
    assert not answer.whole
    last = json.loads(events(answer.body.decode())[-1])
    assert last["object"] == "text_completion" and last["error"]["code"] == "upstream_cut"
    assert last["choices"][0]["finish_reason"] == "error"


def test_ollama_goes_on_from_a_prompt(replayed):
    gateway, upstream, _ = replayed
    with client_of(gateway) as client:
        answer = client.completions.create(
            model=f"ollama/{OLLAMA}", prompt="In one word, life is ", max_tokens=5)
        chunks = list(client.completions.create(
            model=f"ollama/{OLLAMA_STREAM}", prompt="In one word, life is ", stream=True,
            stream_options={"include_usage": True}))
    assert answer.choices[0].text == "Complicated." and answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == 36
    assert json.loads(upstream.requests[OLLAMA])["options"] == {"num_predict": 5}
    assert text_of(chunks) == "Complicated." and chunks[-1].usage.total_tokens == 36


def test_failures_are_errors_of_the_client(replayed):
    gateway, _, _ = replayed
    with client_of(gateway) as client:
        with pytest.raises(openai.NotFoundError) as caught:
            client.completions.create(model="openai/openai-completions-sync-8ce268db", prompt="a")
        assert "v1/chat/completions" in str(caught.value)
        with pytest.raises(openai.NotFoundError) as caught:
            client.completions.create(model="anthropic/claude-sonnet-4-5", prompt="a")
        assert "/v1/chat/completions" in str(caught.value)
        assert caught.value.code == "unsupported_endpoint"
        with pytest.raises(openai.BadRequestError) as caught:
            client.completions.create(model=f"ollama/{OLLAMA}", prompt=["a", "b"])
        assert caught.value.param == "prompt"
