# SPDX-License-Identifier: Apache-2.0
"""Starting, reloading and stopping: signals, ports, data directories."""

import json
import random
import signal
import subprocess
import threading
import time

import pytest

from conftest import mock_models, start_gateway
from gateway import BINARY, Gateway, clean_environment
from processes import answers, eventually, resident_kilobytes
from raw_http import RawConnection, chat, events, exchange, post


def test_sigterm_finishes_a_running_stream(own_gateway):
    with RawConnection(own_gateway.port) as connection:
        connection.send(post(chat("mock/mock-stream-100-20", stream=True)))
        assert connection.read_until(b'"content":"')
        own_gateway.process.send_signal(signal.SIGTERM)
        assert eventually(lambda: not answers(own_gateway.port), 2), "still accepting"
        answer = connection.answer()
    assert answer.whole and events(answer.body)[-1] == "[DONE]"
    assert own_gateway.process.wait(10) == 0
    assert own_gateway.call(answer.fields["x-request-id"])["state"] == "complete"


def test_sigterm_closes_idle_connections_and_ends_quickly(own_gateway):
    with RawConnection(own_gateway.port) as connection:
        connection.send(post(chat("mock/mock")))
        assert connection.answer().status == 200
        start = time.monotonic()
        own_gateway.process.send_signal(signal.SIGTERM)
        assert own_gateway.process.wait(10) == 0
        assert time.monotonic() - start < 3
        assert connection.read_to_end() == b""


def test_sigterm_cuts_what_outlives_the_limit_and_says_so(own_upstream, tmp_path):
    gateway = start_gateway(tmp_path, own_upstream, shutdown_timeout="1s")
    with RawConnection(gateway.port) as connection:
        connection.send(post(chat("mock/mock-stream-400-50", stream=True)))
        assert connection.read_until(b'"content":"')
        start = time.monotonic()
        gateway.process.send_signal(signal.SIGTERM)
        answer = connection.answer()
    assert not answer.whole
    payloads = events(answer.body)
    assert "[DONE]" not in payloads and json.loads(payloads[-1])["error"]["message"]
    assert gateway.process.wait(10) == 0 and 0.8 < time.monotonic() - start < 5
    assert "cut" in gateway.log_text()
    assert gateway.call(answer.fields["x-request-id"])["state"] == "cancelled"


def test_a_signal_that_comes_early_is_not_lost(own_upstream, tmp_path):
    """From the moment when the socket accepts, before the gateway says that it listens."""
    gateway = start_gateway(tmp_path, own_upstream)
    gateway.stop()
    generator = random.Random(5)
    for _ in range(60):
        process = gateway.spawn()
        assert eventually(lambda: answers(gateway.port), 5, 0.0005)
        time.sleep(generator.uniform(0, 0.01))
        process.send_signal(signal.SIGTERM)
        process.wait(5)


def test_a_second_signal_ends_at_once(own_gateway):
    with RawConnection(own_gateway.port) as connection:
        connection.send(post(chat("mock/mock-stream-400-50", stream=True)))
        assert connection.read_until(b'"content":"')
        own_gateway.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        start = time.monotonic()
        own_gateway.process.send_signal(signal.SIGTERM)
        own_gateway.process.wait(10)
        assert time.monotonic() - start < 2


def test_sighup_swaps_the_configuration_under_running_calls(own_gateway, own_upstream):
    providers = {"mock": {"dialect": "openai", "base_url": own_upstream.base_url}}
    with RawConnection(own_gateway.port) as connection:
        connection.send(post(chat("mock/mock-stream-100-20", stream=True)))
        assert connection.read_until(b'"content":"')
        own_gateway.configure(providers, {"fresh-alias": "mock/mock"})
        own_gateway.process.send_signal(signal.SIGHUP)
        assert eventually(
            lambda: exchange(own_gateway.port, post(chat("fresh-alias"))).status == 200)
        assert exchange(own_gateway.port, post(chat("failing-first"))).status == 404
        answer = connection.answer()
    assert answer.whole and events(answer.body)[-1] == "[DONE]"


BAD_FILES = {
    "no YAML": "listen: [",
    "an unknown key": "lisen: 127.0.0.1:1\n",
    "an unknown provider in a route": 'models: { x: "nobody/x" }\n',
    "an empty file of a typo": "models: { x: { strategy: orderd, targets: [] } }\n",
}


@pytest.mark.parametrize("text", BAD_FILES.values(), ids=BAD_FILES)
def test_sighup_with_a_bad_file_keeps_the_old_configuration(own_gateway, text):
    before = len(own_gateway.log_text())
    own_gateway.file.write_text(text)
    own_gateway.process.send_signal(signal.SIGHUP)
    said = eventually(lambda: own_gateway.log_text()[before:], 3)
    assert "martlet.yaml" in said, said
    assert exchange(own_gateway.port, post(chat("mock"))).status == 200


def test_sighup_under_load_fails_no_call(own_gateway, own_upstream):
    statuses, stop = [], threading.Event()

    def keep_calling():
        while not stop.is_set():
            statuses.append(exchange(own_gateway.port, post(chat("mock"))).status)
    threads = [threading.Thread(target=keep_calling) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        own_gateway.process.send_signal(signal.SIGHUP)
        time.sleep(0.1)
    stop.set()
    for thread in threads:
        thread.join()
    assert len(statuses) > 20 and set(statuses) == {200}


def ends_with_an_explanation(gateway, *words):
    """The process ends by itself with a failure and says all of `words`."""
    process = gateway.spawn()
    assert eventually(lambda: process.poll() is not None, 10), "it is still running"
    said = gateway.log_text()
    assert process.returncode not in (0, -6, -4, -11), said
    missing = [word for word in words if word not in said]
    assert not missing, f"{missing} is not in: {said}"


def test_a_data_directory_has_one_owner(own_gateway, tmp_path):
    second = Gateway(tmp_path / "second", {})
    second.data = own_gateway.data
    second.configure({})
    ends_with_an_explanation(second, str(own_gateway.data))
    assert exchange(own_gateway.port, post(chat("mock"))).status == 200


def test_a_port_has_one_owner(own_gateway, tmp_path):
    second = Gateway(tmp_path / "second", {})
    second.port = own_gateway.port
    second.configure({})
    ends_with_an_explanation(second, f"127.0.0.1:{own_gateway.port}")


def test_open_authentication_is_refused_off_loopback(own_upstream, tmp_path):
    gateway = Gateway(tmp_path / "open", {})
    gateway.configure({}, listen=f"0.0.0.0:{gateway.port}")
    ends_with_an_explanation(gateway, "0.0.0.0", "loopback")


def test_check_names_file_line_and_column(tmp_path):
    file = tmp_path / "martlet.yaml"
    file.write_text("listen: 127.0.0.1:8080\nprovidrs: {}\n")
    done = subprocess.run(
        [BINARY, "check", "--config", file], capture_output=True, text=True, timeout=20,
        env=clean_environment())
    said = done.stdout + done.stderr
    assert done.returncode == 1 and "martlet.yaml:2:1" in said and "providers" in said, said


def test_a_start_without_a_file_needs_only_a_key(tmp_path):
    """Zero configuration: a vendor is active when its key is in the environment."""
    done = subprocess.run(
        [BINARY, "check"], capture_output=True, text=True, timeout=20, cwd=tmp_path,
        env=clean_environment(OPENAI_API_KEY="sk-secret-of-the-test"))
    said = done.stdout + done.stderr
    assert done.returncode == 0 and "openai" in said and "OPENAI_API_KEY" in said, said
    assert "sk-secret-of-the-test" not in said


def test_memory_at_rest_is_small(own_gateway):
    assert resident_kilobytes(own_gateway.process.pid) < 20 * 1024


def test_models_of_the_configuration_are_served(own_gateway):
    answer = exchange(own_gateway.port, b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n")
    names = {model["id"] for model in answer.json["data"]}
    assert set(mock_models()) <= names
