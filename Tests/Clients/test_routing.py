# SPDX-License-Identifier: Apache-2.0
"""What a running gateway says of where calls go, and how it does."""

import json
import subprocess

from gateway import BINARY, Gateway, clean_environment
from processes import eventually, free_port
from raw_http import chat, exchange, post


def get(gateway, path, method="GET"):
    return exchange(
        gateway.port,
        f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())


def explain(gateway, *arguments):
    return subprocess.run(
        [BINARY, "route", "explain", "--url", gateway.base_url, *arguments],
        capture_output=True, text=True, timeout=30, env=clean_environment())


def test_it_is_alive_and_ready(gateway):
    assert get(gateway, "/health/live").json == {"status": "live"}
    assert get(gateway, "/health/ready").json == {"status": "ready"}
    head = get(gateway, "/health/ready", "HEAD")
    assert head.status == 200 and head.body == b""


def test_it_explains_and_calls_nobody(own_gateway, upstream):
    before = len(own_gateway.calls())
    answer = exchange(own_gateway.port, post(chat("failing-first"), path="/v1/route/explain"))
    assert answer.status == 200
    assert [one["target"] for one in answer.json["candidates"]] == [
        "mock/fail-503", "mock/mock"]
    done = explain(own_gateway, "failing-first")
    assert done.returncode == 0, done.stderr
    assert "mock/fail-503" in done.stdout and "place 1" in done.stdout
    done = explain(own_gateway, "failing-first", "--json")
    assert json.loads(done.stdout)["strategy"] == "ordered"
    done = explain(own_gateway, "nowhere")
    assert done.returncode == 1 and "nowhere" in done.stderr
    assert len(own_gateway.calls()) == before


def test_a_body_is_explained_as_it_would_be_sent(own_gateway, tmp_path):
    body = tmp_path / "body.json"
    body.write_text(json.dumps({
        "model": "mock/fail-503", "models": ["mock/mock"], "messages": [],
        "provider": {"quantizations": ["fp8"]}}))
    done = explain(own_gateway, "--body", str(body), "--json")
    answer = json.loads(done.stdout)
    assert [one["target"] for one in answer["candidates"]] == ["mock/fail-503", "mock/mock"]
    assert answer["dropped"] == ["provider.quantizations"]


def test_targets_of_routes_are_listed(gateway):
    targets = [one["target"] for one in get(gateway, "/v1/targets").json["data"]]
    assert {"mock/fail-503", "mock/mock", "mock/reset"} <= set(targets)


def test_a_call_goes_on_with_the_next_of_models_and_says_so(gateway):
    answer = exchange(gateway.port, post(
        chat("mock/fail-503", models=["mock/mock"]), fields=["x-martlet-explain: true"]))
    assert answer.status == 200
    attempts = json.loads(answer.fields["x-martlet-attempts"])
    assert [(one["target"], one["state"]) for one in attempts] == [
        ("mock/fail-503", "upstream_error"), ("mock/mock", "complete")]


def test_probes_ask_for_lists_and_call_nobody(own_upstream, tmp_path):
    dead = f"http://127.0.0.1:{free_port()}/v1"
    server = Gateway(
        tmp_path,
        {"alive": {"dialect": "openai", "base_url": own_upstream.base_url},
         "dead": {"dialect": "openai", "base_url": dead}},
        {"route": ["dead/mock", "alive/mock"]}, settings={"probes": "1s", "shards": 2}).start()

    def obstacles():
        rows = get(server, "/v1/targets").json["data"]
        return {one["target"]: one["obstacle"] and one["obstacle"]["kind"] for one in rows}

    found = {"alive/mock": None, "dead/mock": "probe_failed"}
    try:
        assert eventually(lambda: obstacles() == found, 10), obstacles()
        assert eventually(lambda: own_upstream.statistics()["models"] >= 2, 10)
        # Nobody was called so far, and the first call does not try the dead one.
        assert own_upstream.statistics()["requests"] == 0 and server.calls() == []
        answer = exchange(
            server.port, post(chat("route"), fields=["x-martlet-explain: true"]))
        attempts = json.loads(answer.fields["x-martlet-attempts"])
        assert [one["target"] for one in attempts] == ["alive/mock"]
    finally:
        assert server.stop() == 0
    assert "dead does not answer probes: connect" in server.log_text()
