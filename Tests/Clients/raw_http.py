# SPDX-License-Identifier: Apache-2.0
"""HTTP by hand: bytes as given, answers as they came, and how the connection ended."""

import dataclasses
import json
import re
import socket
import time


@dataclasses.dataclass
class Answer:
    """One parsed answer."""
    status: int
    fields: dict
    body: bytes
    whole: bool

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        return self.json["error"]


def chat(model, stream=False, **more):
    """The bytes of a small chat request's body."""
    document = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
    if stream:
        document["stream"] = True
    return json.dumps(document | more).encode()


def post(body, path="/v1/chat/completions", fields=(), content_type="application/json"):
    """The bytes of a POST."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    return "\r\n".join([*lines, *fields, "", ""]).encode() + body


class RawConnection:
    """One TCP connection to the gateway."""

    def __init__(self, port, timeout=15.0):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.received = b""
        self.ended = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        """Sends what the peer takes; false where it has closed."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def fill(self):
        """Reads once. False at the end of the connection, however it came."""
        try:
            data = self.socket.recv(65536)
        except (ConnectionError, socket.timeout):
            data = b""
        self.received += data
        self.ended = self.ended or not data
        return bool(data)

    def read_until(self, mark, within=15.0):
        deadline = time.monotonic() + within
        while mark not in self.received and time.monotonic() < deadline and self.fill():
            pass
        return mark in self.received

    def read_to_end(self):
        while self.fill():
            pass
        return self.received

    def answer(self):
        """The next answer, or None where the connection ended without a head."""
        if not self.read_until(b"\r\n\r\n"):
            return None
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        fields = {name.strip().lower(): value.strip() for name, _, value in pairs}
        status = int(first.split()[1])
        if status == 100:
            return self.answer()
        body, whole = self.body(fields)
        return Answer(status, fields, body, whole)

    def body(self, fields):
        if fields.get("transfer-encoding") == "chunked":
            return self.chunked_body()
        length = int(fields.get("content-length", 0))
        while len(self.received) < length and self.fill():
            pass
        body, self.received = self.received[:length], self.received[length:]
        return body, len(body) == length

    def chunked_body(self):
        body = b""
        while True:
            if not self.read_until(b"\r\n"):
                return body, False
            line, _, rest = self.received.partition(b"\r\n")
            size = int(re.match(rb"[0-9a-fA-F]+", line).group(), 16)
            while len(rest) < size + 2:
                self.received = line + b"\r\n" + rest
                if not self.fill():
                    return body + rest[:size], False
                rest = self.received.partition(b"\r\n")[2]
            body, self.received = body + rest[:size], rest[size + 2:]
            if size == 0:
                return body, True


def exchange(port, data, timeout=15.0):
    """Sends `data` on a new connection and returns the answer, or None."""
    with RawConnection(port, timeout) as connection:
        connection.send(data)
        return connection.answer()


def events(body):
    """The payloads of an event stream, as the HTML standard reads it; an unended last one too."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    payloads, data = [], []
    for line in re.split(r"\r\n|\n|\r", text) + [""]:
        if line == "":
            if data:
                payloads.append("\n".join(data))
            data = []
        elif line.startswith("data:"):
            value = line[5:]
            data.append(value[1:] if value.startswith(" ") else value)
    return payloads
