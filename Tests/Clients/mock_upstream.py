# SPDX-License-Identifier: Apache-2.0
"""The fake provider of the benchmark harness (`upstream.c`), compiled once and started on demand."""

import functools
import json
import os
import pathlib
import subprocess
import tempfile
import urllib.request

import pytest

from processes import answers, end, eventually, free_port, spawn

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("MARTLET_SHARED", REPOSITORY.parent / "shared"))


@functools.cache
def compiled(name):
    """The path of a compiled program of the harness; skips the test where the source is absent."""
    source = SHARED / "bench" / f"{name}.c"
    if not source.exists():
        pytest.skip(f"{source} is not here: the fake provider comes from the shared folder")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="martlet-tools-"))
    program = folder / name
    subprocess.run(["gcc", "-O2", "-o", program, source, "-lm"], check=True)
    return program


class MockUpstream:
    """One running fake provider. The model's name chooses pace and faults; see `upstream.c`."""

    def __init__(self, *options):
        self.port = free_port()
        self.options = options
        self.process = None
        self.start()

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self):
        program = compiled("upstream")
        self.process = spawn(
            [program, "--port", str(self.port), *self.options], stderr=subprocess.DEVNULL)
        assert eventually(lambda: answers(self.port)), "the fake provider did not start"

    def kill(self):
        """Ends it at once, with its connections."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        end(self.process)

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as reply:
            return reply.read()

    def statistics(self):
        return json.loads(self.get("/__stats"))

    def reset(self):
        self.get("/__reset")

    def last_request(self):
        """The head and the body of the last call as they came in."""
        head, _, body = self.get("/__last").partition(b"\r\n\r\n")
        return head, body
