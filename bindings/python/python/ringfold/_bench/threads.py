"""64 KiB pieces from one thread to another.

All contenders do the same work: one thread reads a file in memory piece by piece, the other looks at both ends of each piece.
What differs is how the piece goes from one to the other. Before it is timed, every byte is compared once.
"""

from __future__ import annotations

import io
import multiprocessing
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import ringfold
from ringfold._bench.chunks import pattern
from ringfold._bench.measure import Contender, Scenario

PIECE, PIECES = 1 << 16, 4096
"""A quarter of a gigabyte."""
FILE = 1 << 22


def passing(make: Callable[[], tuple[Callable[[io.BytesIO], bool], Callable[[], None], Iterator[Any]]]) -> Callable[[int], Callable[[], float]]:
    """`make` gives what puts a piece of a file in (whether there was one), what ends, and what yields pieces."""
    data = pattern(FILE)
    expected = [data[at : at + PIECE] for at in range(0, FILE, PIECE)]

    def prepare(divisor: int) -> Callable[[], float]:
        def run(laps: int, compares: bool) -> float:
            put, end, pieces = make()

            def write() -> None:
                for _ in range(laps):
                    file = io.BytesIO(data)
                    while put(file):
                        pass
                end()

            writer = threading.Thread(target=write)
            start = time.perf_counter()
            writer.start()
            count = 0
            for piece in pieces:
                wanted = expected[count % len(expected)]
                assert len(piece) == PIECE and piece[:8] == wanted[:8] and piece[-8:] == wanted[-8:]
                if compares:
                    assert bytes(piece) == wanted
                count += 1
            writer.join()
            taken = time.perf_counter() - start
            assert count == laps * len(expected)
            return taken

        run(2, compares=True)
        laps = max(PIECES // divisor // len(expected), 1)
        return lambda: run(laps, compares=False)

    return prepare


def spsc_views() -> tuple[Callable[[io.BytesIO], bool], Callable[[], None], Iterator[Any]]:
    producer, consumer = ringfold.spsc(8 * PIECE)

    def put(file: io.BytesIO) -> bool:
        with producer.write_view(PIECE) as slots:
            return slots.commit(file.readinto(slots)) > 0

    def pieces() -> Iterator[Any]:
        while consumer.wait(PIECE) and not consumer.ended:
            with consumer.read_view(PIECE) as view, memoryview(view) as memory:
                count = len(view) // PIECE
                for at in range(0, count * PIECE, PIECE):
                    with memory[at : at + PIECE] as piece:
                        yield piece
                memory.release()
                view.consume(count * PIECE)

    return put, producer.close, pieces()


def spsc_copied() -> tuple[Callable[[io.BytesIO], bool], Callable[[], None], Iterator[Any]]:
    producer, consumer = ringfold.spsc(8 * PIECE)

    def pieces() -> Iterator[Any]:
        while piece := consumer.read(PIECE):
            yield piece

    return lambda file: producer.write(file.read(PIECE)) > 0, producer.close, pieces()


def simple_queue() -> tuple[Callable[[io.BytesIO], bool], Callable[[], None], Iterator[Any]]:
    pieces: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def put(file: io.BytesIO) -> bool:
        if piece := file.read(PIECE):
            pieces.put(piece)
        return bool(piece)

    return put, lambda: pieces.put(b""), iter(pieces.get, b"")


def bounded_queue() -> tuple[Callable[[io.BytesIO], bool], Callable[[], None], Iterator[Any]]:
    pieces: queue.Queue[bytes] = queue.Queue(16)

    def put(file: io.BytesIO) -> bool:
        if piece := file.read(PIECE):
            pieces.put(piece)
        return bool(piece)

    return put, lambda: pieces.put(b""), iter(pieces.get, b"")


def pipe() -> tuple[Callable[[io.BytesIO], bool], Callable[[], None], Iterator[Any]]:
    reader, writer = multiprocessing.Pipe(duplex=False)

    def put(file: io.BytesIO) -> bool:
        if piece := file.read(PIECE):
            writer.send_bytes(piece)
        return bool(piece)

    return put, lambda: writer.send_bytes(b""), iter(reader.recv_bytes, b"")


SCENARIOS = [
    Scenario(
        "threads",
        "64 KiB pieces of a file from thread to thread",
        "bytes/s",
        lambda divisor: max(PIECES // divisor // (FILE // PIECE), 1) * FILE,
        [
            Contender("ringfold.spsc, views", passing(spsc_views)),
            Contender("ringfold.spsc, copied", passing(spsc_copied)),
            Contender("queue.SimpleQueue", passing(simple_queue), "unbounded: it grows by whatever the reader is behind"),
            Contender("queue.Queue(16)", passing(bounded_queue)),
            Contender("multiprocessing.Pipe", passing(pipe), "between processes, too"),
        ],
    )
]
