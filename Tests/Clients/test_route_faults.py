# SPDX-License-Identifier: Apache-2.0
"""Routes over real fake providers under load: what dies, fails and dawdles behind the gateway stays there."""

import json
import subprocess
import threading
import time

import pytest

from fault_mixer import FaultMixer
from gateway import Gateway
from mock_upstream import MockUpstream, compiled
from raw_http import chat

RATE = 200


@pytest.fixture
def pair():
    """Two fake providers."""
    servers = [MockUpstream(), MockUpstream()]
    yield servers
    for server in servers:
        server.stop()


def start(directory, urls, models, **settings):
    providers = {
        name: {"dialect": "openai", "base_url": url} for name, url in zip("abc", urls)}
    return Gateway(directory, providers, models, settings=settings).start()


def load(gateway, model, seconds, directory, rate=RATE):
    """Calls at a fixed rate; what the load generator counted."""
    body = directory / "request.json"
    body.write_bytes(chat(model))
    done = subprocess.run(
        [compiled("load"), "--port", str(gateway.port), "--path", "/v1/chat/completions",
         "--body", body, "--conns", "64", "--rate", str(rate), "--duration", str(seconds),
         "--expect", '"content"', "--header", "Authorization: Bearer unused"],
        capture_output=True, text=True, timeout=seconds + 60, check=True)
    return json.loads(done.stdout)


def assert_no_errors(figures):
    assert figures["ok"] > 0, figures
    troubles = {name: figures[name] for name in ("non2xx", "broken", "timeouts", "connect_errors")}
    assert not any(troubles.values()), figures


def test_a_provider_killed_under_load_costs_no_client_a_call_and_is_found_again(pair, tmp_path):
    first, second = pair
    gateway = start(
        tmp_path, [first.base_url, second.base_url],
        {"route": {"strategy": "ordered", "targets": ["a/mock", "b/mock"]}},
        breaker={"open": "1s", "longest": "2s"})
    requests_at = {}

    def interfere():
        time.sleep(2)
        first.kill()
        time.sleep(3)
        first.start()
        # Open for two seconds at most, and then two probes that succeed.
        time.sleep(3)
        requests_at["back"] = first.statistics()["requests"]
        time.sleep(1.5)
        requests_at["end"] = first.statistics()["requests"]

    thread = threading.Thread(target=interfere)
    try:
        thread.start()
        figures = load(gateway, "route", 11, tmp_path)
        thread.join()
    finally:
        gateway.stop()
    assert_no_errors(figures)
    assert requests_at["back"] > 0, "the provider that came back was not found again"
    # All of the traffic, but for what noise takes.
    assert requests_at["end"] - requests_at["back"] > 0.8 * 1.5 * RATE


def test_a_fifth_of_failures_reaches_no_client(pair, tmp_path):
    first, second = pair
    mixer = FaultMixer(first.port, share=0.2, fault="fail-500")
    gateway = start(
        tmp_path, [mixer.base_url, second.base_url],
        {"route": {"strategy": "ordered", "targets": ["a/mock", "b/mock"]}},
        retries={"limit": 1, "budget": "25%"})
    try:
        figures = load(gateway, "route", 8, tmp_path)
    finally:
        gateway.stop()
        mixer.stop()
    assert_no_errors(figures)
    assert mixer.faults > 200
    attempts = first.statistics()["requests"] + second.statistics()["requests"]
    extra = attempts - figures["ok"]
    assert extra == mixer.faults
    assert extra <= 0.25 * figures["ok"]


def test_a_hedge_cuts_the_tail_of_a_target_that_is_slow_at_times(pair, tmp_path):
    first, second = pair
    mixer = FaultMixer(first.port, share=0.05, fault="slow-first-2000ms")
    targets = ["a/mock", "b/mock"]
    gateway = start(
        tmp_path, [mixer.base_url, second.base_url], {
            "plain": {"strategy": "ordered", "targets": targets},
            "hedged": {
                "strategy": "ordered", "targets": targets,
                "hedge": {"after": "60ms", "budget": "10%"}}})
    try:
        plain = load(gateway, "plain", 6, tmp_path)
        before = second.statistics()["requests"]
        hedged = load(gateway, "hedged", 6, tmp_path)
        hedges = second.statistics()["requests"] - before
    finally:
        gateway.stop()
        mixer.stop()
    assert_no_errors(plain)
    assert_no_errors(hedged)
    assert hedged["latency"]["p99_us"] * 5 <= plain["latency"]["p99_us"], (plain, hedged)
    assert 0 < hedges <= 0.10 * hedged["ok"] + 10
