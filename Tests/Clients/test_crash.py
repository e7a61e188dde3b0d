# SPDX-License-Identifier: Apache-2.0
"""`kill -9` under load: what a client saw whole is in the journal."""

import asyncio
import random
import re
import struct
import zlib

import pytest

from raw_http import chat, exchange, post

ROUNDS = 20
CLIENTS = 24


async def keep_calling(port, number, seen):
    """Calls until the connection breaks; notes the ids of the answers that came whole."""
    model = "mock/mock-stream-20-0" if number % 2 else "mock/mock"
    request = post(chat(model, stream=bool(number % 2)))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while True:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert b" 200 " in head.split(b"\r\n")[0], head
            if number % 2:
                body = await reader.readuntil(b"0\r\n\r\n")
                is_whole = b"[DONE]" in body
            else:
                length = int(re.search(rb"content-length: *(\d+)", head, re.I).group(1))
                is_whole = len(await reader.readexactly(length)) == length
            assert is_whole
            seen.append(re.search(rb"x-request-id: *(\S+)", head, re.I).group(1).decode())
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def load_until_killed(gateway, seconds, seen):
    clients = [
        asyncio.create_task(keep_calling(gateway.port, number, seen))
        for number in range(CLIENTS)]
    await asyncio.sleep(seconds)
    gateway.kill()
    await asyncio.gather(*clients)


@pytest.mark.slow
def test_twenty_kills_lose_nothing_that_a_client_saw_whole(own_gateway):
    generator = random.Random(9)
    seen = []
    for round_number in range(ROUNDS):
        if round_number:
            own_gateway.start()
        before = len(seen)
        asyncio.run(load_until_killed(own_gateway, generator.uniform(0.1, 0.6), seen))
        assert len(seen) > before, f"round {round_number}: no answer came\n{own_gateway.log_text()}"
    assert len(set(seen)) == len(seen)
    own_gateway.start()
    written = [call["id"] for call in own_gateway.calls(10 * len(seen) + 1000)]
    lost = set(seen) - set(written)
    assert not lost, f"{len(lost)} of {len(seen)} calls are not in the journal: {sorted(lost)[:5]}"
    assert len(set(written)) == len(written), "calls were written twice"


def newest_segment(gateway):
    segments = sorted((gateway.data / "journal").glob("*.journal"))
    filled = [segment for segment in segments if segment.stat().st_size > 64]
    return max(filled, key=lambda segment: segment.stat().st_mtime_ns)


@pytest.mark.parametrize("torn", [1, 7, 8, 40], ids=lambda size: f"{size} bytes")
def test_a_torn_record_is_repaired_at_start_and_said(own_gateway, torn):
    """The end of the file is a record that was only begun: its last whole copy, cut short."""
    for _ in range(3):
        assert exchange(own_gateway.port, post(chat("mock/mock"))).status == 200
    own_gateway.kill()
    before = [call["id"] for call in own_gateway.calls()]
    segment = newest_segment(own_gateway)
    whole = segment.read_bytes()
    tail = whole[-last_frame_length(whole):][:torn]
    segment.write_bytes(whole + tail)
    own_gateway.start()
    log = own_gateway.log_text()
    assert "torn" in log and segment.name in log, log
    assert segment.read_bytes() == whole
    answer = exchange(own_gateway.port, post(chat("mock/mock")))
    after = [call["id"] for call in own_gateway.calls()]
    assert after == [*before, answer.fields["x-request-id"]]


def last_frame_length(content):
    """Walks the frames (length, checksum, payload) behind the header, from each possible start."""
    for start in range(4, 128):
        position, last = start, 0
        while position + 8 <= len(content):
            length, checksum = struct.unpack_from("<II", content, position)
            payload = content[position + 8:position + 8 + length]
            if len(payload) != length or zlib.crc32(payload) != checksum or not length:
                break
            last, position = 8 + length, position + 8 + length
        if last and position == len(content):
            return last
    raise AssertionError("no frames were found")


def test_a_kill_in_the_middle_of_streams_leaves_no_complete_call_behind(own_gateway):
    async def run():
        reader, writer = await asyncio.open_connection("127.0.0.1", own_gateway.port)
        writer.write(post(chat("mock/mock-stream-100-20", stream=True)))
        await reader.readuntil(b'"content":"')
        own_gateway.kill()
        writer.close()
    asyncio.run(run())
    own_gateway.start()
    assert [call for call in own_gateway.calls() if call["state"] == "complete"] == []
