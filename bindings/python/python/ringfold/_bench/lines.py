"""Lines out of a socket, in asyncio."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import ringfold.aio
from ringfold._bench.measure import Contender, Scenario

BYTES = 100_000_000


def text() -> bytes:
    """About a megabyte of lines of 1 to 100 bytes, as in a log."""
    rng = random.Random(3)
    return b"".join(b"%s\n" % (b"x" * rng.randrange(100)) for _ in range(20_000))


def reading(connect: Callable[[socket.socket], Any]) -> Callable[[int], Callable[[], float]]:
    def prepare(divisor: int) -> Callable[[], float]:
        block = text()
        times = BYTES // divisor // len(block)
        lines = block.splitlines(keepends=True)

        async def read(ours: socket.socket, theirs: socket.socket) -> float:
            reader, writer = await connect(ours)

            def send() -> None:
                with theirs:
                    for _ in range(times):
                        theirs.sendall(block)

            sender = threading.Thread(target=send)
            start = time.perf_counter()
            sender.start()
            for _ in range(times):
                for line in lines:
                    assert await reader.readline() == line
            assert await reader.readline() == b""
            taken = time.perf_counter() - start
            sender.join()
            writer.close()
            return taken

        def run() -> float:
            ours, theirs = socket.socketpair()
            ours.setblocking(False)
            return asyncio.run(read(ours, theirs))

        return run

    return prepare


SCENARIOS = [
    Scenario(
        "lines",
        "100 MB of lines out of a socket, in asyncio, each compared",
        "bytes/s",
        lambda divisor: BYTES // divisor // len(text()) * len(text()),
        [
            Contender("ringfold.aio.StreamReader", reading(lambda sock: ringfold.aio.open_connection(sock=sock))),
            Contender("asyncio.StreamReader", reading(lambda sock: asyncio.open_connection(sock=sock))),
        ],
    )
]
