# SPDX-License-Identifier: Apache-2.0
"""Embeddings by the official `openai` package, which asks for base64 unless it is told otherwise."""

import base64
import decimal
import json
import struct

import openai
import pytest

import recordings
from conftest import client_of
from gateway import Gateway, input_tokens
from replay_upstream import ReplayUpstream
from test_openai_chat import catalogue_price

# One recording a format of vectors: numbers or base64, one or several, with usage and without.
CASES = {
    "openai": ["openai-embeddings-sync-4b8c307b", "openai-embeddings-sync-72095d09"],
    "mistral": ["mistral-embeddings-sync-81c83950"],
    "voyage": ["voyageai-embeddings-sync-285488d7", "voyageai-embeddings-sync-4a316406"],
    "cohere": ["cohere-embeddings-sync-ae15273e"],
    "gemini": ["gemini-embeddings-sync-73d2ac6d", "gemini-embeddings-sync-168ae1e2"],
    "ollama": ["ollama-embeddings-sync-783ad574"],
}
PAIRS = [(provider, name) for provider, names in CASES.items() for name in names]
PRICED = "text-embedding-3-small"


@pytest.fixture(scope="module")
def replayed(tmp_path_factory):
    records = recordings.load(endpoint="embeddings")
    if not records:
        pytest.skip("the recordings are not here: they come from the shared folder")
    upstream = ReplayUpstream({**records, PRICED: records["openai-embeddings-sync-4b8c307b"]})
    root = upstream.base_url.removesuffix("/v1")
    providers = {
        "openai": {"vendor": "openai", "base_url": upstream.base_url, "api_key": "k"},
        "mistral": {"base_url": upstream.base_url, "api_key": "k"},
        "voyage": {"base_url": upstream.base_url, "api_key": "k"},
        "cohere": {"base_url": root, "api_key": "k"},
        "gemini": {"base_url": root, "api_key": "k"},
        "ollama": {"dialect": "ollama", "base_url": root},
        "anthropic": {"base_url": root, "api_key": "k"},
    }
    gateway = Gateway(tmp_path_factory.mktemp("embeddings"), providers).start()
    yield gateway, upstream, records
    gateway.stop()
    upstream.stop()


def recorded(record):
    """The vectors of a recorded answer as 32-bit floats, and its input tokens or None."""
    body = json.loads(record["response"]["body"])
    if "data" in body:
        items = [item["embedding"] for item in body["data"]]
    elif isinstance(body["embeddings"], dict):
        items = body["embeddings"]["float"]
    else:
        items = [item["values"] if isinstance(item, dict) else item for item in body["embeddings"]]
    usage = body.get("usage", {})
    billed = body.get("meta", {}).get("billed_units", {})
    tokens = usage.get("prompt_tokens") or usage.get("total_tokens") or billed.get(
        "input_tokens") or body.get("prompt_eval_count")
    return [floats(item) for item in items], tokens


def floats(item):
    """A vector, of numbers or in base64, as 32-bit floats."""
    if isinstance(item, str):
        data = base64.b64decode(item)
        return list(struct.unpack(f"<{len(data) // 4}f", data))
    return list(struct.unpack(f"<{len(item)}f", struct.pack(f"<{len(item)}f", *item)))


def texts(count):
    return "a text" if count == 1 else [f"text {number}" for number in range(count)]


@pytest.mark.parametrize("provider,name", PAIRS)
def test_vectors_are_the_recorded_ones(replayed, provider, name):
    gateway, _, records = replayed
    vectors, tokens = recorded(records[name])
    with client_of(gateway) as client:
        raw = client.embeddings.with_raw_response.create(
            model=f"{provider}/{name}", input=texts(len(vectors)))
    answer = raw.parse()
    assert [item.embedding for item in answer.data] == vectors
    assert [item.index for item in answer.data] == list(range(len(vectors)))
    assert all(isinstance(item["embedding"], str) for item in json.loads(raw.content)["data"])
    call = gateway.call(raw.headers["x-request-id"])
    assert (call["operation"], call["state"]) == ("embeddings", "complete")
    assert answer.usage.prompt_tokens == answer.usage.total_tokens == input_tokens(call)
    if tokens is None:
        assert answer.usage.model_extra["estimated"] is True
        assert call["usage"]["source"] == "estimated"
    else:
        assert answer.usage.prompt_tokens == tokens and call["usage"]["source"] == "upstream"


@pytest.mark.parametrize("prefix", ["/v1", "/openai/v1", "/api/v1"])
def test_numbers_come_where_they_are_asked_for(replayed, prefix):
    gateway, _, records = replayed
    name = CASES["cohere"][0]
    vectors, _ = recorded(records[name])
    with client_of(gateway, prefix) as client:
        raw = client.embeddings.with_raw_response.create(
            model=f"cohere/{name}", input=texts(len(vectors)), encoding_format="float")
    assert [floats(item.embedding) for item in raw.parse().data] == vectors
    assert isinstance(json.loads(raw.content)["data"][0]["embedding"], list)


def test_a_priced_model_costs_exactly_its_tokens(replayed):
    gateway, _, _ = replayed
    price, _ = catalogue_price("openai", PRICED)
    with client_of(gateway) as client:
        raw = client.embeddings.with_raw_response.create(model=PRICED, input="a text")
    wanted = 7 * price / 1_000_000
    assert decimal.Decimal(raw.headers["x-martlet-cost"]) == wanted
    body = json.loads(raw.content, parse_float=decimal.Decimal)
    assert body["usage"]["cost"] == wanted


def test_parameters_are_renamed_dropped_and_told(replayed):
    gateway, upstream, _ = replayed
    name = CASES["voyage"][1]
    with client_of(gateway) as client:
        raw = client.embeddings.with_raw_response.create(
            model=f"voyage/{name}", input=["a", "b"], encoding_format="float", dimensions=512,
            user="somebody", extra_body={"input_type": "query"})
    assert raw.headers["x-martlet-dropped"] == "user"
    assert json.loads(upstream.requests[name]) == {
        "model": name, "input": ["a", "b"], "output_dimension": 512, "input_type": "query"}


def test_models_of_embeddings_are_listed(replayed):
    gateway, _, _ = replayed
    with client_of(gateway) as client:
        names = {model.id for model in client.models.list()}
    assert f"openai/{PRICED}" in names and "cohere/embed-v4.0" in names


def test_failures_are_errors_of_the_client(replayed):
    gateway, _, _ = replayed
    with client_of(gateway) as client:
        with pytest.raises(openai.NotFoundError) as caught:
            client.embeddings.create(model="openai/openai-embeddings-sync-a470b5a3", input="a")
        assert "does not exist" in str(caught.value)
        with pytest.raises(openai.BadRequestError) as caught:
            client.embeddings.create(model="cohere/embed-v4.0", input=[1, 2])
        assert caught.value.param == "input"
        with pytest.raises(openai.NotFoundError) as caught:
            client.embeddings.create(model="anthropic/claude-sonnet-4-5", input="a")
        assert caught.value.code == "unsupported_endpoint"
        with pytest.raises(openai.InternalServerError):
            # Two vectors came for three texts.
            client.embeddings.create(model=f"ollama/{CASES['ollama'][0]}", input=["a", "b", "c"])
