# SPDX-License-Identifier: Apache-2.0
"""A provider that refuses every request and keeps the last one of each lane (`/LANE/…`)."""

import re

from replay_upstream import ReplayUpstream

REFUSAL = b'{"error":{"message":"seen","type":"seen","code":"seen"},"message":"seen"}'


class CapturingUpstream(ReplayUpstream):
    """`requests` maps each lane to the path and the body of its last request."""

    def __init__(self):
        super().__init__({})

    async def exchange(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"\r\ncontent-length: *(\d+)", head, re.I).group(1))
        body = await reader.readexactly(length)
        _, lane, path = head.split(b" ", 2)[1].decode().split("/", 2)
        self.requests[lane] = (path, body)
        writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
                     b"content-length: %d\r\n\r\n%b" % (len(REFUSAL), REFUSAL))
        await writer.drain()
        return True
