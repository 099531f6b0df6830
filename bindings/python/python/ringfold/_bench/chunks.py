"""Bytes on one thread: small chunks, a window over the seam, large chunks."""

from __future__ import annotations

import collections
import io
import multiprocessing
import queue
import random
import time
from collections.abc import Callable
from typing import Any

import ringfold
from ringfold._bench.measure import Contender, Missing, Scenario

CHUNK, PAIRS = 4096, 400_000
MEGA = 1_000_000

Make = Callable[[int], Callable[[], float]]


def peer(name: str) -> Any:
    """A module that may not be there."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Missing("pip install ringfold[bench]") from error


def timed(call: Callable[[], Any], times: int) -> float:
    start = time.thread_time()
    for _ in range(times):
        call()
    return time.thread_time() - start


# 4 KiB in, 4 KiB out; one chunk always stays in between, so that what is taken out is not what was just put in.


def pairs(put: Callable[[bytes], Any], take: Callable[..., Any], *size: int, share: int = 1) -> Make:
    """`take(*size)` gives what was put in before. Slow peers do a share of the work, and their time is multiplied."""

    def make(divisor: int) -> Callable[[], float]:
        sample = [random.Random(i).randbytes(CHUNK) for i in range(100)]
        put(sample[0])
        for before, chunk in zip(sample, sample[1:], strict=False):
            put(chunk)
            assert bytes(take(*size)) == before, "what came out is not what went in"
        chunk, count = sample[-1], PAIRS // divisor // share

        def with_size() -> float:
            (n,) = size
            start = time.thread_time()
            for _ in range(count):
                put(chunk)
                take(n)
            return time.thread_time() - start

        def without() -> float:
            start = time.thread_time()
            for _ in range(count):
                put(chunk)
                take()
            return time.thread_time() - start

        run = with_size if size else without
        return lambda: run() * share

    return make


def pairs_ring(divisor: int) -> Callable[[], float]:
    ring = ringfold.Ring(1 << 18)
    return pairs(ring.write, ring.read, CHUNK)(divisor)


def pairs_stream(divisor: int) -> Callable[[], float]:
    stream = ringfold.ByteStream(1 << 18)
    return pairs(stream.write, stream.read, CHUNK)(divisor)


def pairs_picoring(divisor: int) -> Callable[[], float]:
    ring = peer("picoring").PicoRingByte(1 << 18)
    return pairs(ring.push_bytes, ring.pop_bytes, CHUNK)(divisor)


def pairs_deque(divisor: int) -> Callable[[], float]:
    chunks: collections.deque[bytes] = collections.deque()
    return pairs(chunks.append, chunks.popleft)(divisor)


def pairs_bytearray(divisor: int) -> Callable[[], float]:
    data = bytearray()

    def take(n: int) -> bytes:
        taken = bytes(memoryview(data)[:n])
        del data[:n]
        return taken

    return pairs(data.extend, take, CHUNK, share=4)(divisor)


def pairs_bytesio(divisor: int) -> Callable[[], float]:
    """A file in memory with two positions, which starts again at 0 when 256 KiB are behind it."""
    data, reading = io.BytesIO(), 0

    def put(chunk: bytes) -> None:
        nonlocal reading
        if data.tell() >= 1 << 18:
            data.seek(reading)
            rest = data.read()
            data.seek(0)
            data.write(rest)
            data.truncate()
            reading = 0
        data.write(chunk)

    def take(n: int) -> bytes:
        nonlocal reading
        writing = data.tell()
        data.seek(reading)
        taken = data.read(n)
        reading += n
        data.seek(writing)
        return taken

    return pairs(put, take, CHUNK, share=2)(divisor)


def pairs_simple_queue(divisor: int) -> Callable[[], float]:
    chunks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    return pairs(chunks.put, chunks.get)(divisor)


def pairs_numpy_ringbuffer(divisor: int) -> Callable[[], float]:
    """It takes many items at once, but gives back single ones: taking is a copy of a slice and a move of its left index."""
    numpy = peer("numpy")
    ring = peer("numpy_ringbuffer").RingBuffer(1 << 18, dtype="u1")

    def take(n: int) -> Any:
        taken = ring[:n].copy()
        ring._left_index += n
        ring._fix_indices()
        return taken

    return pairs(lambda chunk: ring.extend(numpy.frombuffer(chunk, "u1")), take, CHUNK, share=20)(divisor)


def pairs_pipe(divisor: int) -> Callable[[], float]:
    reader, writer = multiprocessing.Pipe(duplex=False)
    return pairs(writer.send_bytes, reader.recv_bytes, share=20)(divisor)


# A window of 94 MB out of 105 MB, where it wraps around.

RING, WINDOW, FIRST = 105 * MEGA, 94 * MEGA, 50 * MEGA


def sizes(divisor: int) -> tuple[int, int, int]:
    return RING // divisor, WINDOW // divisor, FIRST // divisor


def pattern(size: int) -> bytes:
    block = random.Random(7).randbytes(1_000_003)
    return (block * (size // len(block) + 1))[:size]


def window_ring(divisor: int) -> Callable[[], float]:
    size, window, first = sizes(divisor)
    ring, data = ringfold.Ring(size), pattern(size)
    ring.write(data[:first])
    ring.consume(first)
    ring.write(data)
    with ring.read_view(window) as view:
        assert memoryview(view).contiguous and view.tobytes() == data[:window]

    def look() -> None:
        with ring.read_view(window) as view:
            memoryview(view)

    return lambda: timed(look, 1000) / 1000


def window_picoring(divisor: int) -> Callable[[], float]:
    size, window, first = sizes(divisor)
    ring, data = peer("picoring").PicoRingByte(size), pattern(size - 1)
    ring.push_bytes(data[:first])
    ring.pop_bytes(first)
    ring.push_bytes(data)
    assert ring.get_readable_view()[:window] == data[:window]
    return lambda: timed(lambda: ring.get_readable_view()[:window], 1000) / 1000


def window_join(divisor: int) -> Callable[[], float]:
    """What one does without a mirror: join the two parts."""
    size, window, first = sizes(divisor)
    data = pattern(size)
    memory = bytearray(data[size - first :] + data[: size - first])
    start = first

    def look() -> bytes:
        return b"".join((memoryview(memory)[start:], memoryview(memory)[: window - (size - start)]))

    assert look() == data[:window]
    return lambda: timed(look, 2) / 2


def window_numpy_ringbuffer(divisor: int) -> Callable[[], float]:
    size, window, first = sizes(divisor)
    numpy = peer("numpy")
    data = numpy.frombuffer(pattern(size), "u1")
    ring = peer("numpy_ringbuffer").RingBuffer(size, dtype="u1", allow_overwrite=True)
    ring.extend(data[:first])
    ring.extend(data)
    assert (numpy.array(ring)[:window] == data[:window]).all()
    return lambda: timed(lambda: numpy.array(ring)[:window], 2) / 2


# 40 MB through a queue.

LARGE, CAPACITY = 40 * MEGA, 100 * MEGA


def large_in_place(divisor: int) -> Callable[[], float]:
    size = LARGE // divisor
    queue_, data = ringfold.Queue(CAPACITY // divisor), pattern(size)
    with queue_.reserve(size) as slots:
        io.BytesIO(data).readinto(slots)
        slots.commit()
    with queue_.peek() as view:
        assert view.tobytes() == data
        view.consume()

    def run() -> None:
        with queue_.reserve(size) as slots:
            slots.commit()
        with queue_.peek() as view:
            view.consume()

    return lambda: timed(run, 1000) / 1000


def large(put: Callable[[bytes], Any], take: Callable[[], Any], divisor: int, times: int = 2) -> Callable[[], float]:
    data = pattern(LARGE // divisor)
    put(data)
    assert take() == data

    def run() -> None:
        put(data)
        take()

    return lambda: timed(run, times) / times


def large_copied(divisor: int) -> Callable[[], float]:
    queue_ = ringfold.Queue(CAPACITY // divisor)
    return large(queue_.write, queue_.read, divisor)


def large_picoring(divisor: int) -> Callable[[], float]:
    queue_ = peer("picoring").PicoQueueByte(CAPACITY // divisor)
    return large(queue_.push_bulk, lambda: queue_.pop_bulk(LARGE // divisor), divisor)


def large_bytearray(divisor: int) -> Callable[[], float]:
    data = bytearray()

    def take() -> bytes:
        taken = bytes(data)
        data.clear()
        return taken

    return large(data.extend, take, divisor)


def large_deque(divisor: int) -> Callable[[], float]:
    chunks: collections.deque[bytes] = collections.deque()
    return large(chunks.append, chunks.popleft, divisor, 1000)


BY_REFERENCE = "passes a reference: nothing is copied, and nothing is bounded in bytes"

SCENARIOS = [
    Scenario(
        "chunks",
        "4 KiB in, 4 KiB out (one thread)",
        "pairs/s",
        lambda divisor: PAIRS // divisor,
        [
            Contender("ringfold.Ring", pairs_ring),
            Contender("ringfold.ByteStream", pairs_stream),
            Contender("picoring", pairs_picoring),
            Contender("bytearray", pairs_bytearray),
            Contender("io.BytesIO", pairs_bytesio),
            Contender("numpy_ringbuffer", pairs_numpy_ringbuffer, "its private indices are moved by hand: it has no way to take many"),
            Contender("multiprocessing.Pipe", pairs_pipe, "a yardstick: it goes between processes, too"),
            Contender("collections.deque", pairs_deque, BY_REFERENCE),
            Contender("queue.SimpleQueue", pairs_simple_queue, BY_REFERENCE),
        ],
    ),
    Scenario(
        "window",
        "a contiguous window of 94 MB out of 105 MB that wrap around",
        "per window",
        lambda _: 1,
        [
            Contender("ringfold.Ring", window_ring),
            Contender("picoring", window_picoring, "its view changes under whoever holds it"),
            Contender("bytearray, joined", window_join),
            Contender("numpy_ringbuffer", window_numpy_ringbuffer),
        ],
        shows_time=True,
    ),
    Scenario(
        "large",
        "40 MB through a queue, copied in and out",
        "per chunk",
        lambda _: 1,
        [
            Contender("ringfold.Queue", large_copied),
            Contender("picoring", large_picoring),
            Contender("bytearray", large_bytearray),
        ],
        shows_time=True,
    ),
    Scenario(
        "in-place",
        "40 MB handed over without a copy",
        "per chunk",
        lambda _: 1,
        [
            Contender("ringfold.Queue", large_in_place, "reserve, commit, peek, consume: four calls, and two `with` blocks"),
            Contender("collections.deque", large_deque, "a reference to bytes that somebody has allocated"),
        ],
        shows_time=True,
    ),
]
