# SPDX-License-Identifier: Apache-2.0
"""`scripts/quickstart` as a newcomer runs it, and the lines that it prints."""

import json
import os
import pathlib
import re
import signal
import subprocess
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
    """The lines as they are printed, to be pasted."""
    first = said.index("\n" + start) + 1
    return said[first:said.index(end, first)]


def paste(lines):
    return subprocess.run(
        ["bash", "-c", lines], capture_output=True, text=True, timeout=60, cwd=REPOSITORY)


def test_the_printed_curl_line_streams_from_a_real_model(quickstart):
    done = paste(example(quickstart.said, "curl", "Without"))
    assert done.returncode == 0, done.stderr
    payloads = events(done.stdout.encode())
    assert payloads[-1] == "[DONE]" and '"finish_reason":"' in payloads[-2]
    assert sum('"content":"' in payload for payload in payloads) > 3


def test_the_printed_curl_line_without_stream_answers_in_one_piece(quickstart):
    line = example(quickstart.said, "curl", "Without")
    done = paste(line.replace('"stream": true, ', ""))
    assert json.loads(done.stdout)["choices"][0]["message"]["content"], done.stderr


def test_the_printed_python_lines_run_in_a_shell(quickstart):
    done = paste(example(quickstart.said, ".build/quickstart/venv/bin/python", "What the calls"))
    assert done.returncode == 0, done.stderr
    whole, _, streamed = done.stdout.rpartition("CompletionUsage(")
    assert whole.strip() and "completion_tokens=" in streamed
    assert streamed.splitlines()[1:], "nothing was streamed"


def test_the_printed_python_lines_run_at_the_prompt_of_python(quickstart):
    lines = example(quickstart.said, "from openai", "END")
    done = subprocess.run(
        [WORK / "venv" / "bin" / "python", "-i", "-q"], input=lines, capture_output=True,
        text=True, timeout=60)
    assert "Error" not in done.stderr, done.stderr
    assert "completion_tokens=" in done.stdout and done.stdout.splitlines()[1:]


def test_the_printed_usage_line_shows_the_calls(quickstart):
    done = paste(quickstart.said.split("how long they took:")[1].strip().splitlines()[0])
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
        "model": "smollm2", "stream": True, "max_tokens": 30,
        "messages": [{"role": "user", "content": "Tell a long story of a bird."}]}
    url = f"http://127.0.0.1:{quickstart.port}/v1/chat/completions"
    with httpx.stream("POST", url, json=call, timeout=60) as answer:
        chunks = answer.iter_bytes()
        body = next(chunks)
        # The terminal's Ctrl-C goes to the whole group.
        os.killpg(quickstart.process.pid, signal.SIGINT)
        body += b"".join(chunks)
    assert events(body)[-1] == "[DONE]"
    quickstart.process.wait(60)
    assert eventually(lambda: not quickstart.members(), 5), "a process was left"
    assert not answers(quickstart.port)
