# SPDX-License-Identifier: Apache-2.0
"""`scripts/quickstart` as a newcomer runs it, and the lines that it prints."""

import os
import pathlib
import re
import signal
import subprocess
import textwrap
import threading
import time
import uuid

import httpx
import pytest

from gateway import REPOSITORY, clean_environment
from processes import answers, eventually, spawn
from raw_http import events

WORK = REPOSITORY / ".build" / "quickstart"


class Quickstart:
    """One run of the script, with no provider key in the environment."""

    def __init__(self):
        self.lines = []
        mark = str(uuid.uuid4())
        self.mark = f"QUICKSTART_RUN={mark}".encode()
        self.process = spawn(
            [REPOSITORY / "scripts" / "quickstart"], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, cwd=REPOSITORY, start_new_session=True,
            env=clean_environment(QUICKSTART_RUN=mark))
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    @property
    def said(self):
        return "".join(self.lines)

    def await_examples(self, within):
        done = eventually(
            lambda: "Ctrl-C ends it" in self.said or self.process.poll() is not None, within, 0.2)
        assert done and self.process.poll() is None, self.said
        return self

    @property
    def port(self):
        return int(re.search(r"Martlet answers at http://127\.0\.0\.1:(\d+)/v1", self.said).group(1))

    def members(self):
        """The processes that have the mark of this run: the script and what it started."""
        return [
            int(folder.name) for folder in pathlib.Path("/proc").glob("[0-9]*")
            if self.mark in environment_of(folder)]

    def end_all(self):
        """What a test that failed leaves behind."""
        for member in self.members():
            os.kill(member, signal.SIGKILL)
        self.process.wait()


def environment_of(folder):
    """The environment of the process with that folder in /proc; empty where it has ended."""
    try:
        return (folder / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


@pytest.fixture(scope="module")
def quickstart():
    run = Quickstart()
    try:
        run.await_examples(within=900)
        yield run
    finally:
        run.end_all()


def example(said, start, end):
    return textwrap.dedent(said[said.index(start):said.index(end)])


def test_the_printed_curl_line_streams_from_a_real_model(quickstart):
    command = example(quickstart.said, "  curl", "Or with the OpenAI SDK")
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, timeout=60, cwd=REPOSITORY)
    assert done.returncode == 0, done.stderr
    payloads = events(done.stdout)
    assert payloads[-1] == "[DONE]" and '"finish_reason":"' in payloads[-2]
    assert sum('"content":"' in payload for payload in payloads) > 3


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
def test_the_printed_python_lines_run(quickstart, stream):
    code = example(quickstart.said, "  from openai", "What the calls cost")
    if stream:
        code = code.replace("messages=messages", "messages=messages, stream=True")
        code = re.sub(r"print\(.*\)", "print(*[chunk.choices[0].delta.content or '' "
                      "for chunk in reply if chunk.choices])", code)
    done = subprocess.run(
        [WORK / "venv" / "bin" / "python", "-c", code], capture_output=True, text=True,
        timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() and (stream or "completion_tokens=" in done.stdout)


def test_the_printed_usage_line_shows_the_calls(quickstart):
    line = quickstart.said.split("how long they took:")[1].strip().splitlines()[0].strip()
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, timeout=30, cwd=REPOSITORY)
    assert done.returncode == 0 and "smollm2" in done.stdout.lower(), done.stdout + done.stderr


def test_it_runs_beside_another_and_a_second_time_quickly(quickstart):
    start = time.monotonic()
    second = Quickstart()
    try:
        second.await_examples(within=120)
        assert time.monotonic() - start < 60
        assert second.port != quickstart.port
    finally:
        second.end_all()


def test_interrupt_lets_a_call_finish_and_leaves_no_process_behind(quickstart):
    call = {
        "model": "smollm2", "stream": True, "max_tokens": 60,
        "messages": [{"role": "user", "content": "Tell a long story of a bird."}]}
    url = f"http://127.0.0.1:{quickstart.port}/v1/chat/completions"
    with httpx.stream("POST", url, json=call, timeout=60) as answer:
        chunks = answer.iter_bytes()
        body = next(chunks)
        # The terminal's Ctrl-C goes to the whole group.
        os.killpg(quickstart.process.pid, signal.SIGINT)
        body += b"".join(chunks)
    assert events(body)[-1] == "[DONE]"
    quickstart.process.wait(20)
    assert eventually(lambda: not quickstart.members(), 5), "a process was left"
    assert not answers(quickstart.port)
