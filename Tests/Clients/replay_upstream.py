# SPDX-License-Identifier: Apache-2.0
"""A provider that answers with recordings, in every format.

The model's name, in the body or in the path, says which: `RECORD`, `RECORD--piece-7` (bytes a write)
or `RECORD--cut-120` (the connection ends after 120 bytes of the body). Another word behind `--`
means nothing here: it is for a gateway that reads models' names. Runs on a thread of its own.
"""

import asyncio
import base64
import json
import re
import threading

from processes import free_port

STREAM_TYPES = ("text/event-stream", "application/vnd.amazon.eventstream", "application/x-ndjson")
MODEL_IN_PATH = re.compile(rb"^POST \S*/models?/([^/:? ]+)")
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 429: "Too Many Requests"}


def content_of(record):
    """The bytes of a recorded answer's body."""
    body = record["response"]["body"]
    if record["response"].get("body_encoding") == "base64":
        return base64.b64decode(body)
    return (body or "").encode()


def model_of(request):
    """The model that a request names, whatever its dialect; Google's is `models/` and the name."""
    first = request["requests"][0] if "requests" in request else request
    return first["model"].removeprefix("models/")


class ReplayUpstream:
    """One running replay server over `records`, by id. `requests` keeps each model's last body."""

    def __init__(self, records):
        self.records = records
        self.requests = {}
        self.port = free_port()
        self.loop = asyncio.new_event_loop()
        self.started = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        assert self.started.wait(10), "the replay server did not start"

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(
            asyncio.start_server(self.serve, "127.0.0.1", self.port, backlog=1024))
        self.started.set()
        self.loop.run_forever()

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)

    async def serve(self, reader, writer):
        try:
            while await self.exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def exchange(self, reader, writer):
        """Serves one request. False where the connection has to end."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"\r\ncontent-length: *(\d+)", head, re.I).group(1))
        body = await reader.readexactly(length)
        in_path = MODEL_IN_PATH.match(head)
        model = in_path.group(1).decode() if in_path else model_of(json.loads(body))
        self.requests[model] = body
        name, _, mode = model.partition("--")
        kind, _, number = mode.partition("-")
        reply = self.records[name]["response"]
        content = content_of(self.records[name])
        fields = dict(reply["headers"])
        is_stream = fields.get("content-type", "").startswith(STREAM_TYPES)
        fields |= {"transfer-encoding": "chunked"} if is_stream else {
            "content-length": str(len(content))}
        lines = [f"HTTP/1.1 {reply['status']} {REASONS.get(reply['status'], 'Other')}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        sent = content[:int(number)] if kind == "cut" else content
        size = int(number) if kind == "piece" else max(len(sent), 1)
        for start in range(0, len(sent), size):
            piece = sent[start:start + size]
            framed = b"%x\r\n%b\r\n" % (len(piece), piece) if is_stream else piece
            writer.write(framed)
            if kind == "piece":
                await writer.drain()
                await asyncio.sleep(0)
        if kind == "cut":
            await writer.drain()
            return False
        if is_stream:
            writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True
