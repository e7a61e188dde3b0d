# SPDX-License-Identifier: Apache-2.0
"""Errors reach the `openai` package as the exception that its users catch."""

import json

import openai
import pytest

from conftest import client_of
from raw_http import chat, exchange, post

HELLO = [{"role": "user", "content": "Hello"}]

# The provider's answer, the client's exception, its status.
CASES = [
    ("fail-400", openai.BadRequestError, 400),
    ("fail-404", openai.NotFoundError, 404),
    ("fail-422", openai.UnprocessableEntityError, 422),
    ("fail-429", openai.RateLimitError, 429),
    ("fail-401", openai.InternalServerError, 502),
    ("fail-403", openai.InternalServerError, 502),
    ("fail-500", openai.InternalServerError, 502),
    ("fail-502", openai.InternalServerError, 502),
    ("fail-503", openai.InternalServerError, 503),
    ("fail-504", openai.InternalServerError, 504),
    ("fail-529", openai.InternalServerError, 503),
    ("garbage", openai.InternalServerError, 502),
    ("reset", openai.InternalServerError, 502),
    ("cut", openai.InternalServerError, 502),
]


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize(("model", "exception", "status"), CASES, ids=[c[0] for c in CASES])
def test_a_failure_before_the_first_token_has_a_clean_status(
        client, model, exception, status, stream):
    if model == "cut":
        model = "cut-0"
    with pytest.raises(exception) as caught:
        client.chat.completions.create(model=f"mock/{model}", messages=HELLO, stream=stream)
    assert type(caught.value) is exception
    assert caught.value.status_code == status
    error = caught.value.body
    assert set(error) >= {"message", "type", "param", "code"}
    assert isinstance(error["message"], str) and error["message"]
    assert caught.value.request_id


def test_the_providers_key_being_refused_is_not_the_clients_fault(client):
    with pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model="openai/fail-401", messages=HELLO)
    assert caught.value.code == "upstream_authentication"
    assert "sk-provider-key" not in str(caught.value.body)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_arrives_as_the_provider_gave_it(client, status):
    with pytest.raises(openai.APIStatusError) as caught:
        client.chat.completions.create(model=f"mock/fail-{status}-23", messages=HELLO)
    assert caught.value.response.headers["retry-after"] == "23"


def test_an_unknown_model_is_named(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="no-such-model", messages=HELLO)
    assert caught.value.code == "model_not_found"
    assert caught.value.param == "model"
    assert "no-such-model" in caught.value.body["message"]


def test_an_unknown_provider_is_named(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="nobody/gpt-4o", messages=HELLO)
    assert caught.value.code == "model_not_found"


def test_an_error_inside_a_stream_is_raised(client):
    received = []
    with pytest.raises(openai.APIError) as caught:
        for chunk in client.chat.completions.create(
                model="mock/errstream-5", messages=HELLO, stream=True):
            received.append(chunk)
    assert not isinstance(caught.value, openai.APIStatusError)
    assert caught.value.body["message"]
    assert sum(bool(c.choices and c.choices[0].delta.content) for c in received) == 5


def test_a_cut_stream_is_raised(client):
    with pytest.raises(openai.APIError):
        for _ in client.chat.completions.create(
                model="mock/cut-5", messages=HELLO, stream=True):
            pass


@pytest.mark.parametrize(("change", "param"), [
    ({"messages": None}, "messages"),
    ({"messages": "Hello"}, "messages"),
    ({"model": 7}, "model"),
    ({"model": ""}, "model"),
    ({"stream": "yes"}, "stream"),
], ids=["no messages", "messages a string", "model a number", "model empty", "stream a string"])
def test_a_wrong_parameter_is_named(gateway, change, param):
    body = json.dumps(json.loads(chat("mock/mock")) | change).encode()
    answer = exchange(gateway.port, post(body))
    assert answer.status in (400, 404)
    assert answer.error["type"] == "invalid_request_error"
    assert answer.error["param"] == param


def test_authentication_error_is_for_clients_keys_alone(gateway):
    """`auth: open`: any key is taken, so no 401 is ever of the gateway's making."""
    for key in ("anything", "mk-wrong"):
        with client_of(gateway, api_key=key) as client:
            assert client.chat.completions.create(model="mock", messages=HELLO).choices
