# SPDX-License-Identifier: Apache-2.0
"""Providers whose key is exchanged for access tokens, against a cloud that verifies them."""

import concurrent.futures
import json
import subprocess
import time

import pytest

from gateway import BINARY, Gateway, clean_environment
from processes import eventually
from raw_http import chat, exchange, post
from token_cloud import IBM_KEY, TokenCloud

PLACE = "/v1/projects/project-1/locations/europe-west4"


@pytest.fixture
def cloud():
    server = TokenCloud()
    yield server
    server.stop()


@pytest.fixture
def start(cloud, tmp_path):
    """Starts a gateway in front of the cloud; `changes` are those of the account's file."""
    started = []

    def make(shards=1, **changes):
        (tmp_path / "account.json").write_text(cloud.account(**changes))
        (tmp_path / "ibm.key").write_text(IBM_KEY + "\n")
        gateway = Gateway(tmp_path, {
            "vertex": {"base_url": cloud.url + PLACE, "api_key": "file:account.json"},
            "watsonx": {"base_url": cloud.url, "api_key": "file:ibm.key", "project_id": "p-7",
                        "token_url": cloud.url + "/identity/token"}},
            settings={"shards": shards})
        started.append(gateway.start())
        return gateway

    yield make
    for gateway in started:
        gateway.stop()


def ask(gateway, model="vertex/gemini-2.5-flash", **more):
    return exchange(gateway.port, post(chat(model, **more)), timeout=40)


def test_a_signed_assertion_is_exchanged_for_a_token(start, cloud):
    gateway = start()
    assert ask(gateway).status == 200
    assert ask(gateway, "vertex/claude-opus-4-1@20250805").status == 200
    paths = [path for path, _ in cloud.calls]
    assert paths == [
        PLACE + "/publishers/google/models/gemini-2.5-flash:generateContent",
        PLACE + "/publishers/anthropic/models/claude-opus-4-1%4020250805:rawPredict"]
    assert cloud.calls[1][1]["anthropic_version"] == "vertex-2023-10-16"
    assert cloud.shown == ["token-1", "token-1"] and not cloud.rejected


def test_a_key_of_ibm_is_exchanged_for_a_token(start, cloud):
    gateway = start()
    answer = ask(gateway, "watsonx/ibm/granite")
    assert answer.status == 200, answer.body
    [(path, body)] = cloud.calls
    assert path == "/ml/v1/chat/completions"
    assert (body["model"], body["project_id"]) == ("ibm/granite", "p-7")
    assert cloud.shown == ["token-1"] and IBM_KEY not in gateway.log_text()


def test_calls_that_come_together_share_one_token(start, cloud):
    cloud.delay = 0.5
    gateway = start(shards=2)
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: ask(gateway), range(40)))
    assert [answer.status for answer in answers] == [200] * 40
    # A shard has its own.
    assert 1 <= len(cloud.issued) <= 2 and not cloud.rejected


def test_a_token_is_fetched_anew_ahead_of_its_end(start, cloud):
    cloud.lifetime = 5
    gateway = start()
    assert ask(gateway).status == 200
    time.sleep(4.1)
    # Four fifths of its life are over. The next one takes its time, for which nobody waits.
    cloud.delay = 0.3
    begin = time.monotonic()
    assert ask(gateway).status == 200 and time.monotonic() - begin < 0.25
    time.sleep(1.2)
    assert ask(gateway).status == 200
    assert cloud.shown == ["token-1", "token-1", "token-2"] and not cloud.rejected


def test_a_token_that_has_ended_is_not_shown(start, cloud):
    cloud.lifetime = 1
    gateway = start()
    for _ in range(3):
        assert ask(gateway).status == 200
        time.sleep(1.2)
    assert cloud.shown == ["token-1", "token-2", "token-3"] and not cloud.rejected


def test_a_token_that_was_revoked_is_replaced(start, cloud):
    gateway = start()
    assert ask(gateway).status == 200
    cloud.issued["token-1"] = 0
    assert ask(gateway).status == 502
    assert ask(gateway).status == 200
    assert cloud.shown[-1] == "token-2"


def assert_told(gateway, answer, detail):
    error = json.loads(answer.body)["error"]
    assert (answer.status, error["code"]) == (502, "upstream_authentication"), answer.body
    assert str(gateway.directory) not in answer.body.decode()
    call = gateway.call(answer.fields["x-request-id"])
    assert call["state"] == "upstream_error"
    assert detail in json.dumps(call), call
    assert "no access token for vertex: " in gateway.log_text()
    assert "PRIVATE KEY" not in gateway.log_text()


def test_a_refused_account_is_told_and_asked_about_again(start, cloud):
    gateway = start(client_email="somebody@else.example")
    answer = ask(gateway)
    assert_told(gateway, answer, "status 400: invalid_grant: claims")
    assert cloud.calls == []
    assert ask(gateway, stream=True).status == 502


def test_a_token_endpoint_that_says_nothing_is_no_hang(start, cloud):
    cloud.delay = 30
    gateway = start()
    begin = time.monotonic()
    answer = ask(gateway)
    assert 5 < time.monotonic() - begin < 20
    assert_told(gateway, answer, "firstByteTimeout")
    begin = time.monotonic()
    # Nobody else has to find that out at once.
    assert ask(gateway).status == 502 and time.monotonic() - begin < 1


def test_a_fetch_that_runs_does_not_hold_up_the_end(start, cloud):
    cloud.delay = 30
    gateway = start()
    assert exchange(gateway.port, post(chat("vertex/gemini-2.5-flash")), timeout=0.5) is None
    assert eventually(lambda: [call["state"] for call in gateway.calls()] == ["client_gone"])
    gateway.process.terminate()
    assert gateway.process.wait(5) == 0, gateway.log_text()


def test_an_unreachable_token_endpoint_is_told(start, cloud):
    gateway = start(token_uri="http://127.0.0.1:9/token")
    assert_told(gateway, ask(gateway), "connect")


def test_the_environment_alone_sets_it_up(cloud, tmp_path):
    file = tmp_path / "account.json"
    file.write_text(cloud.account())
    done = subprocess.run(
        [BINARY, "check"], capture_output=True, text=True, timeout=30, cwd=tmp_path,
        env=clean_environment(
            HOME=str(tmp_path), GOOGLE_APPLICATION_CREDENTIALS=str(file),
            GOOGLE_CLOUD_LOCATION="global", AZURE_OPENAI_API_KEY="k",
            AZURE_OPENAI_ENDPOINT="https://r.openai.azure.com/", WATSONX_API_KEY="k",
            WATSONX_REGION="us-south"))
    assert done.returncode == 0, done.stdout
    assert ("provider   vertex: https://aiplatform.googleapis.com/v1/projects/project-1"
            f"/locations/global, key from {file}") in done.stdout
    assert "provider   azure: https://r.openai.azure.com, key from $AZURE_OPENAI_API_KEY" in done.stdout
    assert "IBM watsonx.ai has no project" in done.stdout and "set $WATSONX_PROJECT_ID" in done.stdout
    assert "PRIVATE KEY" not in done.stdout + done.stderr
