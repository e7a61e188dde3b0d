# SPDX-License-Identifier: Apache-2.0
"""Hostile bytes on raw sockets: the right status and message, memory flat, the server alive."""

import gzip
import json
import socket
import time

import pytest

from processes import open_descriptors, resident_kilobytes
from raw_http import RawConnection, chat, exchange, post

HELLO = chat("mock/mock")
LENGTH = f"Content-Length: {len(HELLO)}".encode()
JSON_TYPE = b"Content-Type: application/json"
HIDDEN = b"GET /v1/models/hidden-request HTTP/1.1\r\nHost: x\r\n\r\n"


def head(*lines, first=b"POST /v1/chat/completions HTTP/1.1", host=b"Host: x"):
    return b"\r\n".join([first, *([host] if host else []), *lines, b"", b""])


# Name, bytes, statuses of which one is due (RFC 9112 unless said otherwise).
REFUSED = [
    # §6.3, §11.2: which of the two lengths counts is what smuggling is about.
    ("both lengths, CL first", head(LENGTH, b"Transfer-Encoding: chunked", JSON_TYPE)
     + b"0\r\n\r\n" + HIDDEN, {400}),
    ("both lengths, TE first", head(b"Transfer-Encoding: chunked", b"Content-Length: 4", JSON_TYPE)
     + b"5c\r\n" + HIDDEN, {400}),
    ("differing lengths", head(LENGTH, b"Content-Length: 1", JSON_TYPE) + HELLO, {400}),
    ("a list of differing lengths", head(b"Content-Length: 5, 6") + b"{}   ", {400}),
    ("a signed length", head(b"Content-Length: +5") + b"{}   ", {400}),
    ("a negative length", head(b"Content-Length: -1"), {400}),
    ("a length with spaces inside", head(b"Content-Length: 1 0") + b"0123456789", {400}),
    ("a hexadecimal length", head(b"Content-Length: 0x10") + b"0123456789012345", {400}),
    ("a length over 64 bits", head(b"Content-Length: 18446744073709551617") + b"{", {400, 413}),
    ("an empty length", head(b"Content-Length: ") + b"{}", {400}),
    # §6.1: what is unknown or in the wrong order is refused.
    ("an unknown coding", head(b"Transfer-Encoding: cow"), {400, 501}),
    ("chunked is not last", head(b"Transfer-Encoding: chunked, gzip"), {400, 501}),
    ("chunked twice", head(b"Transfer-Encoding: chunked, chunked"), {400, 501}),
    ("chunked and identity", head(
        b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"), {400, 501}),
    ("a coding with a vertical tab", head(b"Transfer-Encoding: \x0bchunked"), {400, 501}),
    ("chunked in HTTP/1.0", head(
        b"Transfer-Encoding: chunked", first=b"POST /v1/chat/completions HTTP/1.0"), {400}),
    # §5.1: no white space before the colon. §5.2: no folding. §2.2: no bare CR or LF.
    ("a space before the colon", head(b"Content-Length : 5") + b"{}   ", {400}),
    ("a space before TE's colon", head(LENGTH, b"Transfer-Encoding : chunked") + HELLO, {400}),
    ("a folded field", head(b"X-Folded: a\r\n b", LENGTH) + HELLO, {400}),
    ("a folded coding", head(LENGTH, b"Transfer-Encoding:\r\n chunked") + HELLO, {400}),
    ("a bare CR", head(b"X-Bare: a\rTransfer-Encoding: chunked", LENGTH) + HELLO, {400}),
    ("a NUL in a value", head(b"X-Nul: a\x00b", LENGTH) + HELLO, {400}),
    ("an empty name", head(b": value", LENGTH) + HELLO, {400}),
    ("a name with a space", head(b"X Y: value", LENGTH) + HELLO, {400}),
    ("a name with a control byte", head(b"X\x01Y: value", LENGTH) + HELLO, {400}),
    # §7.1: chunk sizes.
    ("a chunk size of no digits", head(b"Transfer-Encoding: chunked") + b"zz\r\n", {400}),
    ("a chunk size with a sign", head(b"Transfer-Encoding: chunked") + b"-1\r\n", {400}),
    ("a chunk size with 0x", head(b"Transfer-Encoding: chunked") + b"0x4\r\nabcd\r\n0\r\n\r\n",
     {400}),
    ("a chunk size over 64 bits", head(b"Transfer-Encoding: chunked")
     + b"fffffffffffffffff\r\n", {400, 413}),
    ("a chunk without its end", head(b"Transfer-Encoding: chunked") + b"4\r\nabcdXX0\r\n\r\n",
     {400}),
    # §3.2: Host. §3: the request line.
    ("no Host", head(LENGTH, host=None) + HELLO, {400}),
    ("two Hosts", head(b"Host: y", LENGTH) + HELLO, {400}),
    ("an unknown version", head(first=b"GET /v1/models HTTP/3.7"), {400, 505}),
    ("no version", b"GET /v1/models\r\n\r\n", {400, 505}),
    ("a control byte in the target", head(first=b"GET /v1/mo\x01dels HTTP/1.1"), {400}),
    ("two spaces in the request line", head(first=b"GET  /v1/models HTTP/1.1"), {400}),
    ("not HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64 + b"\r\n\r\n", {400}),
    # RFC 9110 §10.1.1, §15.5.15, §15.6.2.
    ("an unknown expectation", head(b"Expect: a-miracle", LENGTH) + HELLO, {417}),
    ("a target of 60 kB", head(first=b"GET /" + b"a" * 60_000 + b" HTTP/1.1"), {414}),
]


@pytest.mark.parametrize(("data", "statuses"), [row[1:] for row in REFUSED],
                         ids=[row[0] for row in REFUSED])
def test_a_message_that_two_parsers_could_read_in_two_ways_is_refused(
        gateway, upstream, data, statuses):
    before = upstream.statistics()["requests"]
    with RawConnection(gateway.port) as connection:
        connection.send(data)
        answer = connection.answer()
        assert answer, "the connection closed without an answer"
        assert answer.status in statuses, answer
        assert answer.error["message"] and answer.error["type"] == "invalid_request_error"
        assert connection.read_to_end() == b"", "something was answered behind the refusal"
    assert upstream.statistics()["requests"] == before


def test_a_request_hidden_in_a_body_is_never_answered(gateway):
    body = b"0\r\n\r\n" + HIDDEN
    with RawConnection(gateway.port) as connection:
        connection.send(post(body, fields=["Connection: close"]))
        answer = connection.answer()
        assert answer.status == 400
        assert b"HTTP/1.1" not in connection.read_to_end()


def test_pipelined_requests_are_answered_in_order(gateway):
    models = ["mock/slow-first-300ms", "no-such-model", "mock/mock"]
    with RawConnection(gateway.port) as connection:
        connection.send(b"".join(post(chat(model)) for model in models))
        assert [connection.answer().status for _ in models] == [200, 404, 200]


def test_lines_and_chunks_in_single_bytes_are_one_request(gateway):
    data = head(b"Transfer-Encoding: chunked", JSON_TYPE) + b"".join(
        b"1;x=y\r\n%c\r\n" % byte for byte in HELLO) + b"0\r\nX-Trailer: 1\r\n\r\n"
    with RawConnection(gateway.port) as connection:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in data:
            connection.send(bytes([byte]))
        assert connection.answer().status == 200


def test_one_hundred_continue_is_sent_before_the_body(gateway):
    with RawConnection(gateway.port) as connection:
        connection.send(head(b"Expect: 100-continue", LENGTH, JSON_TYPE))
        assert connection.read_until(b"HTTP/1.1 100 Continue\r\n\r\n", within=3)
        connection.send(HELLO)
        assert connection.answer().status == 200


# Name, path, method, body, content type, status, code or None where any will do.
WRONG = [
    ("an unknown path", "GET", "/v1/nothing", b"", None, 404),
    ("the root of a scanner", "GET", "/../../etc/passwd", b"", None, 404),
    ("chat by GET", "GET", "/v1/chat/completions", b"", None, 405),
    ("chat by DELETE", "DELETE", "/v1/chat/completions", b"", None, 405),
    ("embeddings by GET", "GET", "/openai/v1/embeddings", b"", None, 405),
    ("completions by PUT", "PUT", "/api/v1/completions", b"", None, 405),
    ("embeddings of a form", "POST", "/v1/embeddings", b"input=a", "text/plain", 415),
    ("embeddings of chat", "POST", "/v1/embeddings", HELLO, "application/json", 400),
    ("completions of chat", "POST", "/v1/completions", HELLO, "application/json", 400),
    ("deep input", "POST", "/v1/embeddings",
     b'{"model":"mock","input":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "application/json", 400),
    ("wide input", "POST", "/v1/embeddings",
     b'{"model":"mock","input":[' + b"1," * 4_000_000 + b"1]}", "application/json", 400),
    ("models by POST", "POST", "/v1/models", b"{}", "application/json", 405),
    ("a form", "POST", "/v1/chat/completions", b"model=mock", "application/x-www-form-urlencoded",
     415),
    ("no content", "POST", "/v1/chat/completions", b"", "application/json", 400),
    ("no JSON", "POST", "/v1/chat/completions", b"hello", "application/json", 400),
    ("half of an object", "POST", "/v1/chat/completions", HELLO[:-1], "application/json", 400),
    ("more than an object", "POST", "/v1/chat/completions", HELLO + b"{}", "application/json", 400),
    ("an array", "POST", "/v1/chat/completions", b"[]", "application/json", 400),
    ("deep arrays", "POST", "/v1/chat/completions",
     b'{"model":"mock","messages":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "application/json",
     400),
    ("deep objects", "POST", "/v1/chat/completions",
     b'{"model":"mock","messages":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
     "application/json", 400),
    ("open brackets alone", "POST", "/v1/chat/completions", b"[" * 1_000_000, "application/json",
     400),
    ("bad UTF-8", "POST", "/v1/chat/completions", HELLO.replace(b"Hello", b"He\xff\xfelo"),
     "application/json", 400),
    ("a surrogate in UTF-8", "POST", "/v1/chat/completions",
     HELLO.replace(b"Hello", b"\xed\xa0\x80"), "application/json", 400),
    ("a model twice", "POST", "/v1/chat/completions",
     b'{"model":"mock",' + HELLO[1:], "application/json", 400),
    ("a model twice by escape", "POST", "/v1/chat/completions",
     b'{"mo\\u0064el":"mock",' + HELLO[1:], "application/json", 400),
    ("NaN", "POST", "/v1/chat/completions", HELLO[:-1] + b',"temperature":NaN}',
     "application/json", 400),
    ("a control byte in a string", "POST", "/v1/chat/completions",
     HELLO.replace(b"Hello", b"He\nlo"), "application/json", 400),
    ("an unknown model", "POST", "/v1/chat/completions", chat("no-such"), "application/json", 404),
    ("a model with a path", "POST", "/v1/chat/completions", chat("mock/../../admin\r\nX: y"),
     "application/json", None),
]


@pytest.mark.parametrize(("method", "path", "body", "content_type", "status"),
                         [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_wrong_request_has_its_status_and_an_envelope(
        gateway, method, path, body, content_type, status):
    data = post(body, path, content_type=content_type).replace(b"POST", method.encode(), 1)
    answer = exchange(gateway.port, data)
    if status is None:
        assert answer.status in (200, 400, 404) or answer.status == 502
        return
    assert answer.status == status, answer.body[:300]
    error = answer.error
    assert error["message"] and set(error) >= {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    if status == 405:
        assert answer.fields["allow"]


def test_bad_utf8_is_located(gateway):
    body = HELLO.replace(b"Hello", b"He\xff\xfelo")
    answer = exchange(gateway.port, post(body))
    assert str(body.index(b"\xff")) in answer.error["message"]


def test_ten_megabytes_of_headers_are_refused_early(gateway):
    for line in (b"X-Big: " + b"a" * 10_000_000 + b"\r\n", b"X-Many: b\r\n" * 900_000):
        before = resident_kilobytes(gateway.process.pid)
        with RawConnection(gateway.port) as connection:
            connection.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n")
            connection.send(line)
            answer = connection.answer()
        assert answer is None or answer.status == 431
        assert resident_kilobytes(gateway.process.pid) - before < 4096
    with RawConnection(gateway.port) as connection:
        connection.send(b"GET /v1/models HTTP/1.1\r\nHost: x\r\nX-Big: " + b"a" * 40_000)
        answer = connection.answer()
    assert answer.status == 431 and answer.error["message"]


def flood(connection, piece, count=1000):
    """Sends `piece` until the server takes no more; returns how many it took."""
    sent = 0
    while sent < count and connection.send(piece):
        sent += 1
    return sent


def test_a_body_of_300_megabytes_is_refused_before_it_is_read(gateway):
    """The answer comes on the head alone. What a client sends all the same is thrown away, so that
    it can read the answer, but not for ever."""
    before = resident_kilobytes(gateway.process.pid)
    with RawConnection(gateway.port) as connection:
        connection.send(head(b"Content-Length: 314572800", JSON_TYPE))
        answer = connection.answer()
        assert answer.status == 413 and answer.error["message"]
        assert flood(connection, b" " * (1 << 20)) < 1000, "it reads for ever"
    assert resident_kilobytes(gateway.process.pid) - before < 8192


def test_a_chunked_body_of_300_megabytes_is_refused_at_the_limit(gateway):
    piece = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
    exchange(gateway.port, post(b"[" + b" " * 30_000_000))
    before = resident_kilobytes(gateway.process.pid)
    with RawConnection(gateway.port) as connection:
        connection.send(head(b"Transfer-Encoding: chunked", JSON_TYPE))
        flood(connection, piece, 40)
        answer = connection.answer()
        assert answer.status == 413 and answer.error["message"]
        assert flood(connection, piece) < 1000, "it reads for ever"
    assert exchange(gateway.port, post(HELLO)).status == 200
    assert resident_kilobytes(gateway.process.pid) - before < 40_000


def test_a_gzip_bomb_is_refused(gateway):
    bomb = gzip.compress(b" " * 300_000_000, 9)
    before = resident_kilobytes(gateway.process.pid)
    answer = exchange(
        gateway.port, post(bomb, fields=["Content-Encoding: gzip"]), timeout=30)
    assert answer.status == 413
    assert resident_kilobytes(gateway.process.pid) - before < 100_000
    answer = exchange(gateway.port, post(gzip.compress(HELLO), fields=["Content-Encoding: gzip"]))
    assert answer.status == 200


@pytest.mark.slow
def test_slow_headers_are_answered_with_a_408(gateway):
    start = time.monotonic()
    with RawConnection(gateway.port, 20) as connection:
        connection.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n")
        connection.socket.settimeout(0.5)
        answer = None
        while time.monotonic() - start < 18 and not answer:
            connection.send(b"X")
            try:
                data = connection.socket.recv(4096)
                connection.received += data
                if b"\r\n\r\n" in connection.received or not data:
                    answer = connection.answer()
                    break
            except socket.timeout:
                pass
    assert answer and answer.status == 408 and answer.error["message"]
    assert 8 < time.monotonic() - start < 14


def test_a_thousand_hostile_connections_leave_nothing_behind(gateway):
    """Memory and descriptors before and after, with a warm-up, over the whole table."""
    def storm(times):
        for _ in range(times):
            for _, data, _ in REFUSED:
                with RawConnection(gateway.port) as connection:
                    connection.send(data)
                    connection.answer()
    storm(2)
    pid = gateway.process.pid
    before = resident_kilobytes(pid), open_descriptors(pid)
    storm(25)
    time.sleep(0.5)
    assert resident_kilobytes(pid) - before[0] < 2048
    assert open_descriptors(pid) - before[1] <= 8
    assert gateway.is_alive


def test_an_answer_is_zipped_only_when_asked(gateway):
    plain = exchange(gateway.port, b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n")
    assert "content-encoding" not in plain.fields
    zipped = exchange(
        gateway.port, b"GET /v1/models HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n")
    if len(plain.body) > 1024:
        assert zipped.fields["content-encoding"] == "gzip"
        assert json.loads(gzip.decompress(zipped.body)) == json.loads(plain.body)


def test_head_has_the_head_of_get_and_no_body(gateway):
    with RawConnection(gateway.port) as connection:
        connection.send(b"HEAD /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        received = connection.read_to_end()
    first, _, rest = received.partition(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 200") and rest == b""
