# SPDX-License-Identifier: Apache-2.0
"""A proxy in front of the fake provider that turns a share of the calls into faults."""

import asyncio
import random
import threading

from processes import free_port

HEAD_END = b"\r\n\r\n"


class FaultMixer:
    """Passes calls on as they are, but a share of them as calls of a model that misbehaves.

    The fake provider's own faults hang on the model's name, which a gateway's target fixes; its
    header `X-Mock-Model` overrides that. The same seed makes the same faults.
    """

    def __init__(self, upstream_port, share, fault, seed=1):
        self.port = free_port()
        self.upstream_port = upstream_port
        self.share = share
        self.fault = fault
        self.faults = 0
        self.calls = 0
        self.random = random.Random(seed)
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        assert self.ready.wait(10), "the fault mixer did not start"

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    def run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(
            asyncio.start_server(self.serve, "127.0.0.1", self.port, backlog=1024))
        self.ready.set()
        self.loop.run_forever()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()

    async def serve(self, reader, writer):
        """One connection: requests one way, whatever comes back the other."""
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream_port)
        answers = asyncio.ensure_future(self.pump(up_reader, writer))
        try:
            while True:
                head = await reader.readuntil(HEAD_END)
                body = await reader.readexactly(self.length(head))
                up_writer.write(self.mixed(head) + body)
                await up_writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            up_writer.close()
            answers.cancel()
            writer.close()

    @staticmethod
    async def pump(reader, writer):
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    @staticmethod
    def length(head):
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                return int(value)
        return 0

    def mixed(self, head):
        self.calls += 1
        if self.random.random() >= self.share:
            return head
        self.faults += 1
        return head[:-2] + f"X-Mock-Model: {self.fault}\r\n\r\n".encode()
