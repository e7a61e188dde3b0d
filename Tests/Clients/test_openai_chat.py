# SPDX-License-Identifier: Apache-2.0
"""Plain calls by the official `openai` package."""

import asyncio
import decimal
import json

import openai
import pytest

from conftest import client_of
from mock_upstream import SHARED

HELLO = [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize("prefix", ["/v1", "/openai/v1", "/api/v1"])
def test_a_chat_call_answers_under_every_prefix(gateway, prefix):
    with client_of(gateway, prefix) as client:
        answer = client.chat.completions.create(model="mock/mock", messages=HELLO)
    assert answer.choices[0].finish_reason == "stop"
    assert answer.choices[0].message.content.startswith("A gateway accepts a request")
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (57, 84)


def test_the_asynchronous_client_runs_fifty_calls_at_once(gateway):
    async def run():
        async with openai.AsyncOpenAI(
                base_url=gateway.base_url, api_key="unused", max_retries=0) as client:
            return await asyncio.gather(*(
                client.chat.completions.create(model="mock", messages=HELLO) for _ in range(50)))

    answers = asyncio.run(run())
    assert len({answer.id for answer in answers}) == 50
    assert all(answer.usage.total_tokens == 141 for answer in answers)


def test_the_answer_tells_who_answered_what_it_cost_and_how_long_it_took(client):
    raw = client.chat.completions.with_raw_response.create(model="mock/mock", messages=HELLO)
    assert raw.headers["x-martlet-provider"] == "mock"
    assert raw.headers["x-martlet-model"] == "mock"
    assert raw.headers["x-martlet-cost"] == "unknown"
    assert raw.headers["x-request-id"]
    assert "dur=" in raw.headers["server-timing"]
    assert "cost" in raw.parse().usage.model_extra
    assert raw.parse().usage.model_extra["cost"] is None


def test_request_ids_are_never_used_twice(client):
    identifiers = {
        client.chat.completions.with_raw_response.create(
            model="mock", messages=HELLO).headers["x-request-id"] for _ in range(20)}
    assert len(identifiers) == 20


def catalogue_price(provider, model):
    """Input and output price in USD per million tokens, from the shared catalogue."""
    with (SHARED / "catalog" / "models.jsonl").open() as lines:
        for line in lines:
            row = json.loads(line)
            if (row["provider"], row["model"]) == (provider, model):
                price = row["usd_per_million_tokens"]
                return decimal.Decimal(price["input"]), decimal.Decimal(price["output"])
    pytest.skip(f"{provider}/{model} is not in the catalogue")


def test_a_priced_model_costs_exactly_its_tokens(client):
    price = catalogue_price("openai", "gpt-4o-mini")
    raw = client.chat.completions.with_raw_response.create(
        model="openai/gpt-4o-mini", messages=HELLO)
    wanted = (57 * price[0] + 84 * price[1]) / 1_000_000
    assert decimal.Decimal(raw.headers["x-martlet-cost"]) == wanted
    body = json.loads(raw.content, parse_float=decimal.Decimal)
    assert body["usage"]["cost"] == wanted


def test_an_alias_calls_its_target(client, upstream):
    raw = client.chat.completions.with_raw_response.create(model="mock", messages=HELLO)
    assert raw.headers["x-martlet-model"] == "mock"
    assert json.loads(upstream.last_request()[1])["model"] == "mock"


def test_parameters_pass_through_untouched(client, upstream):
    tools = [{"type": "function", "function": {
        "name": "weather", "description": "Wetter in Zürich ☀",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}]
    client.chat.completions.create(
        model="mock/mock", messages=HELLO, tools=tools, tool_choice="auto", temperature=0.25,
        seed=7, logit_bias={"50256": -100}, stop=["\n\n"], response_format={"type": "json_object"},
        extra_body={"x_new_field": {"deep": [1, 2.50, 1e3, None]}})
    sent = json.loads(upstream.last_request()[1])
    assert sent["tools"] == tools and sent["tool_choice"] == "auto"
    assert sent["temperature"] == 0.25 and sent["seed"] == 7 and sent["stop"] == ["\n\n"]
    assert sent["logit_bias"] == {"50256": -100}
    assert sent["x_new_field"] == {"deep": [1, 2.50, 1e3, None]}


def test_the_clients_key_never_reaches_the_provider(gateway, upstream):
    with client_of(gateway, api_key="sk-of-the-client") as client:
        client.chat.completions.create(model="openai/gpt-4o-mini", messages=HELLO)
        head, _ = upstream.last_request()
        assert b"sk-of-the-client" not in head
        assert b"Bearer sk-provider-key" in head
        client.chat.completions.create(model="mock/mock", messages=HELLO)
    assert b"sk-" not in upstream.last_request()[0]


def test_models_are_listed_and_retrieved(client):
    names = [model.id for model in client.models.list()]
    assert "failing-first" in names and "mock" in names
    for name in ("mock", "failing-first"):
        model = client.models.retrieve(name)
        assert (model.id, model.object) == (name, "model")


@pytest.mark.parametrize("prefix", ["/v1", "/openai/v1", "/api/v1"])
def test_models_are_listed_under_every_prefix(gateway, prefix):
    with client_of(gateway, prefix) as client:
        assert any(model.id == "mock" for model in client.models.list())


def test_an_unknown_model_is_not_retrieved(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("no-such-model")
    assert caught.value.code == "model_not_found"
