# SPDX-License-Identifier: Apache-2.0
"""A running `martlet serve` with a configuration and a data directory of its own."""

import json
import os
import pathlib
import signal
import subprocess

from processes import end, eventually, free_port, spawn

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(
    os.environ.get("MARTLET", REPOSITORY / ".build-release" / "release" / "martlet"))


def clean_environment(**extra):
    """The environment without provider keys, so that only the configuration speaks."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | extra


def input_tokens(call):
    """All input of a call, read from a cache or not; None where it is not known."""
    parts = [call["usage"].get(kind) for kind in (
        "uncached_input", "cache_read", "cache_write_5m", "cache_write_1h")]
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


class Gateway:
    """One gateway. `start()` returns once it accepts connections."""

    def __init__(self, directory, providers, models=None, settings=None, environment=None):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.data = self.directory / "data"
        self.file = self.directory / "martlet.yaml"
        self.log = self.directory / "stderr.log"
        self.environment = environment or {}
        self.process = None
        self.configure(providers, models or {}, **(settings or {}))

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def configure(self, providers, models=None, **settings):
        """Writes the configuration file. JSON is YAML, and needs no library."""
        document = {
            "listen": f"127.0.0.1:{self.port}", "data": str(self.data), "auth": "open",
            "providers": providers, "models": models or {}} | settings
        self.file.write_text(json.dumps(document, indent=1))

    def spawn(self):
        """Starts the process without waiting for it."""
        with self.log.open("ab") as log:
            self.process = spawn(
                [BINARY, "serve", "--config", self.file], stdout=log, stderr=log,
                cwd=self.directory, env=clean_environment(**self.environment))
        return self.process

    def start(self, within=20.0):
        """Returns once the gateway says that it listens. It accepts connections a little earlier."""
        said = len(self.log_text())
        self.spawn()
        assert eventually(
            lambda: " listening " in self.log_text()[said:] or self.process.poll() is not None,
            within), f"not listening within {within} s:\n{self.log_text()}"
        assert self.process.poll() is None, f"it ended:\n{self.log_text()}"
        return self

    def stop(self, patience=40.0):
        return end(self.process, patience) if self.process else None

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    @property
    def is_alive(self):
        return self.process.poll() is None

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def usage(self, *arguments):
        """What `martlet usage --json` prints, while the server runs or not."""
        done = subprocess.run(
            [BINARY, "usage", "--data", self.data, "--json", *map(str, arguments)],
            capture_output=True, text=True, timeout=60, env=clean_environment())
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def calls(self, count=1000):
        """The last `count` calls of the journal as it keeps them, oldest first."""
        report = self.usage("--calls", count)
        assert report["damage"] == [], report["damage"]
        return report["calls"][::-1]

    def call(self, request_id, within=3.0):
        """The one journal entry with `request_id`; waits for it, since a call may still be ending."""
        def find():
            return [call for call in self.calls() if call["id"] == request_id]
        found = eventually(find, within, 0.05)
        assert len(found) == 1, f"{request_id}: {len(found)} entries\n{self.log_text()[-2000:]}"
        return found[0]
