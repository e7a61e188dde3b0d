# SPDX-License-Identifier: Apache-2.0
"""Providers and clients that die, stall and lie, and what the other side and the ledger are told."""

import json
import time

import pytest

from conftest import start_gateway
from gateway import Gateway
from mock_upstream import MockUpstream
from processes import eventually
from raw_http import RawConnection, chat, events, exchange, post

# The model, whether it is streamed, the state in the ledger, the client's status.
STATES = [
    ("mock", False, "complete", 200),
    ("mock-stream-20-0", True, "complete", 200),
    ("cut", False, "upstream_cut", 502),
    ("cut-5", True, "upstream_cut", 200),
    ("cut-0", True, "upstream_cut", 502),
    ("errstream-5", True, "upstream_error", 200),
    ("garbage", False, "malformed", 502),
    ("garbage", True, "malformed", 502),
    ("reset", False, "upstream_cut", 502),
    ("reset", True, "upstream_cut", 502),
    ("fail-500", False, "upstream_error", 502),
    ("fail-429", True, "upstream_error", 429),
]


@pytest.mark.parametrize(("model", "stream", "state", "status"), STATES, ids=[
    f"{model}{' streamed' if stream else ''}" for model, stream, *_ in STATES])
def test_each_end_has_its_status_and_its_state(gateway, model, stream, state, status):
    answer = exchange(gateway.port, post(chat(f"mock/{model}", stream=stream)))
    assert answer.status == status
    call = gateway.call(answer.fields["x-request-id"])
    assert (call["state"], call["status"]) == (state, status)
    if status == 200 and state != "complete":
        payloads = events(answer.body)
        assert "[DONE]" not in payloads and not answer.whole
        assert_error_event(payloads[-1])
    if status != 200:
        assert answer.whole and answer.error["message"]


def assert_error_event(payload):
    event = json.loads(payload)
    assert event["error"]["message"] and set(event["error"]) >= {"message", "type", "param", "code"}
    assert event["choices"] == [{"index": 0, "delta": {}, "finish_reason": "error"}]


def test_a_provider_killed_in_a_stream_is_told_to_the_client(own_gateway, own_upstream):
    with RawConnection(own_gateway.port) as connection:
        connection.send(post(chat("mock/mock-stream-400-20", stream=True)))
        assert connection.read_until(b'"content":"', within=5)
        time.sleep(0.2)
        own_upstream.kill()
        answer = connection.answer()
    assert answer.status == 200 and not answer.whole
    payloads = events(answer.body)
    assert "[DONE]" not in payloads and len(payloads) > 5
    assert_error_event(payloads[-1])
    call = own_gateway.call(answer.fields["x-request-id"])
    assert call["state"] == "upstream_cut"
    assert call["usage"]["source"] == "estimated" and call["usage"]["output"] > 0


def test_a_provider_that_is_down_is_a_502_and_comes_back(own_gateway, own_upstream):
    own_upstream.kill()
    answer = exchange(own_gateway.port, post(chat("mock/mock")))
    assert answer.status == 502 and answer.error["message"]
    assert str(own_upstream.port) not in answer.body.decode()
    own_upstream.start()
    assert exchange(own_gateway.port, post(chat("mock/mock"))).status == 200


def hang_up(gateway, upstream, model, stream, mark):
    """Leaves once `mark` came; returns the request id and the milliseconds until the provider knew."""
    before = upstream.statistics()
    with RawConnection(gateway.port) as connection:
        connection.send(post(chat(model, stream=stream), fields=["X-Request-Id: ignored"]))
        if mark:
            assert connection.read_until(mark, within=5)
        else:
            eventually(lambda: upstream.statistics()["faults"] > before["faults"], 2, 0.002)
        head = connection.received
    left = time.monotonic_ns()

    def aborts():
        now = upstream.statistics()
        seen = now["streams_aborted"] + now["waits_aborted"]
        return now if seen > before["streams_aborted"] + before["waits_aborted"] else None
    after = eventually(aborts, 3, 0.002)
    assert after, "the provider was never told"
    return head, (after["last_abort_ns"] - left) / 1e6


def test_a_client_that_leaves_a_stream_cancels_it_within_100_ms(own_gateway, own_upstream):
    for _ in range(5):
        head, milliseconds = hang_up(
            own_gateway, own_upstream, "openai/mock-stream-400-20", True, b'"content":"')
        assert milliseconds < 100
    request_id = [
        line.partition(b":")[2].strip().decode() for line in head.split(b"\r\n")
        if line.lower().startswith(b"x-request-id:")][0]
    call = own_gateway.call(request_id)
    assert call["state"] == "client_gone"
    assert call["usage"]["source"] == "estimated" and call["usage"]["output"] > 0


def test_the_cost_of_a_call_whose_client_left_is_estimated(tmp_path):
    """`gpt-4o-mini` is priced; this provider answers every model slowly."""
    upstream = MockUpstream("--chunks", "400", "--delay-ms", "20")
    gateway = start_gateway(tmp_path, upstream)
    try:
        hang_up(gateway, upstream, "openai/gpt-4o-mini", True, b'"content":"')
        call = eventually(lambda: gateway.calls()[-1:], 3)[0]
        assert call["state"] == "client_gone" and call["usage"]["source"] == "estimated"
        assert call.get("cost_usd") and float(call["cost_usd"]) > 0
    finally:
        gateway.stop()
        upstream.stop()


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
def test_a_client_that_leaves_while_waiting_cancels_too(own_gateway, own_upstream, stream):
    _, milliseconds = hang_up(own_gateway, own_upstream, "mock/hang", stream, None)
    assert milliseconds < 100
    assert eventually(lambda: [
        call for call in own_gateway.calls() if call["state"] == "client_gone"])


def test_a_provider_that_never_answers_is_a_504(own_upstream, tmp_path):
    gateway = start_gateway(tmp_path, own_upstream, timeouts={"first_byte": "1s"})
    try:
        for stream in (False, True):
            start = time.monotonic()
            answer = exchange(gateway.port, post(chat("mock/hang", stream=stream)))
            assert 0.9 < time.monotonic() - start < 4
            assert answer.status == 504
            call = gateway.call(answer.fields["x-request-id"])
            assert call["state"] == "upstream_stalled"
    finally:
        gateway.stop()


def test_a_stream_that_falls_silent_ends_in_an_error(own_upstream, tmp_path):
    gateway = start_gateway(tmp_path, own_upstream, timeouts={"idle": "1s"})
    try:
        answer = exchange(
            gateway.port, post(chat("mock/mock-stream-5-3000", stream=True)))
        payloads = events(answer.body)
        assert answer.status == 200 and not answer.whole and "[DONE]" not in payloads
        assert_error_event(payloads[-1])
        call = gateway.call(answer.fields["x-request-id"])
        assert call["state"] == "upstream_stalled"
    finally:
        gateway.stop()


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("route", ["failing-first", "reset-first", "garbage-first"])
def test_a_failure_before_the_commit_moves_to_the_next_target(own_gateway, route, stream):
    # A gateway of its own: one that has seen a target fail five times leaves it alone.
    gateway = own_gateway
    answer = exchange(gateway.port, post(chat(route, stream=stream)))
    assert answer.status == 200 and answer.whole
    assert answer.fields["x-martlet-model"] == "mock"
    call = gateway.call(answer.fields["x-request-id"])
    states = [attempt["state"] for attempt in call["attempts"]]
    assert call["state"] == "complete" and states.index("complete") == len(states) - 1 > 0
    if stream:
        assert events(answer.body)[-1] == "[DONE]"


def test_no_target_is_tried_after_the_commit(gateway):
    answer = exchange(gateway.port, post(chat("cut-first", stream=True)))
    payloads = events(answer.body)
    assert "[DONE]" not in payloads
    assert_error_event(payloads[-1])
    assert len(gateway.call(answer.fields["x-request-id"])["attempts"]) == 1


def test_where_every_target_fails_the_client_is_told_once(gateway):
    answer = exchange(gateway.port, post(chat("all-failing")))
    assert answer.status in (502, 503) and answer.error["message"]
    call = gateway.call(answer.fields["x-request-id"])
    statuses = [attempt["status"] for attempt in call["attempts"]]
    assert statuses == sorted(statuses, reverse=True) and set(statuses) == {503, 500}
    assert call["state"] == "upstream_error"


def test_a_refusal_of_the_request_itself_is_not_tried_elsewhere(own_upstream, tmp_path):
    gateway = Gateway(
        tmp_path, {"mock": {"dialect": "openai", "base_url": own_upstream.base_url}},
        {"bad-first": {"strategy": "ordered", "targets": ["mock/fail-400", "mock/mock"]}}).start()
    try:
        answer = exchange(gateway.port, post(chat("bad-first")))
        assert answer.status == 400
        assert own_upstream.statistics()["requests"] == 1
    finally:
        gateway.stop()
