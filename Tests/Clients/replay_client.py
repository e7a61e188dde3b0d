# SPDX-License-Identifier: Apache-2.0
"""Sends many calls at once and keeps what came back, byte for byte."""

import asyncio
import dataclasses

import httpx

AT_ONCE = 24


@dataclasses.dataclass
class Received:
    """What a client got for one call."""
    status: int
    headers: httpx.Headers
    body: bytes
    whole: bool


def run_all(gateway, calls):
    """Sends every (name, body) of `calls`, some at once, and returns {name: Received}.

    A call that is no chat has its path as a third part.
    """
    async def one(client, gate, name, *call):
        async with gate:
            return name, await receive(client, gateway, *call)

    async def run():
        gate = asyncio.Semaphore(AT_ONCE)
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        async with httpx.AsyncClient(timeout=30, limits=limits) as client:
            return dict(await asyncio.gather(
                *(one(client, gate, *call) for call in calls)))
    return asyncio.run(run())


async def receive(client, gateway, body, path="/chat/completions"):
    url = gateway.base_url + path
    headers = {"content-type": "application/json", "accept-encoding": "identity"}
    async with client.stream("POST", url, content=body, headers=headers) as reply:
        parts = []
        try:
            async for part in reply.aiter_raw():
                parts.append(part)
            whole = True
        except httpx.RemoteProtocolError:
            whole = False
        return Received(reply.status_code, reply.headers, b"".join(parts), whole)
