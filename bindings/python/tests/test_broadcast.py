"""Broadcast and Pool."""

from __future__ import annotations

import gc
import os
import random
import signal
import sys
import threading
import time
from typing import Any

import pytest

import ringfold
from ringfold import Broadcast, Empty, Full, Lagged, Pool

from .conftest import Threads, held, items, plain


@pytest.mark.parametrize("capacity", [1, 7, 100])
def test_every_reader_sees_everything(dtype: Any, capacity: int, threads: Threads) -> None:
    ring, seen = Broadcast(capacity, dtype), [list[Any]() for _ in range(3)]
    expected = items(dtype, 0, 500)
    for reader, got in zip([ring.subscribe() for _ in seen], seen, strict=True):

        def read(reader: ringfold.Reader = reader, got: list[Any] = got) -> None:
            for piece in reader:
                got.extend(piece if dtype == "B" else [piece])

        threads.start(read)
    with ring:
        for item in expected:
            ring.publish(item)
    threads.join()
    assert [plain(got) for got in seen] == [expected] * 3
    assert ring.closed


def test_a_batch_is_seen_together() -> None:
    ring = Broadcast(10)
    early, late = ring.subscribe(), ring.subscribe()
    assert ring.write(b"abcdef") == 6
    with early.read_view() as view:
        assert bytes(view) == b"abcdef"
        view.consume(2)
    assert early.read(3) == b"cde" and early.lag == 1 and late.lag == 6 and late.pressure == pytest.approx(0.6)
    with pytest.raises(Full, match="no room for 5 items within 0.05 s"):
        ring.write(b"12345", timeout=0.05)
    with pytest.raises(Full, match="5 items do not fit: 4 of 10"):
        ring.write(b"12345", timeout=0)
    with pytest.raises(ValueError, match="11 items never fit"):
        ring.write(bytes(11))
    with ring.write_view(3) as slots:
        slots[:2] = b"gh"
        with held("publish"):
            ring.publish(1)
        slots.commit(2)
    with ring.write_view(2):
        pass  # aborted
    assert late.read() == b"abcdefgh" and early.read() == b"fgh"
    with pytest.raises(Empty):
        late.pop(timeout=0)
    late.close()
    ring.write(bytes(10))
    assert early.pop() == 0 and ring.free == 1
    ring.close()
    assert early.read() == bytes(9) and early.read() == b"" and list(early) == []
    with pytest.raises(EOFError):
        early.pop()
    with pytest.raises(EOFError):
        early.read_view()


def test_views_of_a_reader_hold_the_writer_back() -> None:
    ring = Broadcast(4, "d")
    reader = ring.subscribe()
    for i in range(4):
        ring.publish(i)
    view = reader.read_view()
    memory = memoryview(view)
    with held("read"):
        reader.pop(timeout=0)
    with pytest.raises(Full):
        ring.publish(9, timeout=0)
    with held("consume"):
        view.consume(1)
    assert memory.tolist() == [0, 1, 2, 3]
    reader.close()
    assert memory.tolist() == [0, 1, 2, 3], "a closed reader keeps what it lends"
    with pytest.raises(Full):
        ring.publish(9, timeout=0)
    memory.release()
    view.release()
    with pytest.raises(BrokenPipeError):
        ring.publish(9)
    room = ring.subscribe  # somebody may come again
    assert room("oldest").read().tolist() in ([], [0, 1, 2, 3])
    slots = Broadcast(4).write_view(2)
    leaked = memoryview(slots)
    gc.collect()
    leaked[:] = b"ok"
    with pytest.raises(BufferError):
        slots.commit()


def test_where_to_start() -> None:
    ring = Broadcast(8, "i")
    gate = ring.subscribe()
    for i in range(5):
        ring.publish(i)
    assert ring.subscribe("oldest").pop() == 0 and ring.subscribe(3).pop() == 3
    with pytest.raises(Empty):
        ring.subscribe("now").pop(timeout=0)
    for bad in ("first", -1, 1.5, object()):
        with pytest.raises(ValueError, match="start must be 'now', 'oldest' or the number"):
            ring.subscribe(bad)
    gate.close()
    for i in range(100):
        ring.subscribe().close()
        with pytest.raises(BrokenPipeError):
            ring.publish(i)
        break
    keep = ring.subscribe()
    for i in range(50):
        ring.publish(i)
        keep.pop()
    with pytest.raises(ValueError):
        ring.subscribe(0)


@pytest.mark.parametrize("code", ["B", "h", "f", "q"])
def test_lossy_readers_are_told_what_they_missed(code: str) -> None:
    ring = Broadcast(16, code)
    lossy = ring.subscribe_lossy()
    ring.publish(1)
    assert lossy.pop() == 1
    for i in range(100):
        ring.publish(i)
    with pytest.raises(Lagged) as caught:
        lossy.pop()
    rest = []
    ring.close()
    for item in lossy:
        rest.append(item)
    assert caught.value.missed + len(rest) == 100 and rest == list(range(100 - len(rest), 100))
    assert lossy.missed == caught.value.missed
    with pytest.raises(EOFError):
        lossy.pop()
    with pytest.raises(TypeError, match="1, 2, 4 or 8 bytes, not of 12"):
        Broadcast(4, pytest.importorskip("numpy").dtype([("a", "i4"), ("b", "f8")])).subscribe_lossy()


def test_lossy_readers_never_see_a_torn_item(threads: Threads) -> None:
    ring = Broadcast(8, "Q")
    lossy = ring.subscribe_lossy()

    def read() -> None:
        for item in lossy:
            assert item % 0x0001_0001_0001_0001 == 0

    threads.start(read)
    for i in range(5000):
        ring.publish(i % 65536 * 0x0001_0001_0001_0001)
    ring.close()


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as on Unix")
def test_control_c_and_closing() -> None:
    ring = Broadcast(1)
    reader, lossy = ring.subscribe(), ring.subscribe_lossy()
    ring.publish(1)
    for wait in (lambda: ring.publish(2), lambda: (reader.pop(), reader.pop()), lambda: (lossy.pop(), lossy.pop())):
        timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            wait()
        timer.join()
    for end, wait in ((reader, reader.pop), (lossy, lossy.pop)):
        threading.Timer(0.1, end.close).start()
        with pytest.raises(ValueError, match="closed"):
            wait()


def test_threads_that_share_a_reader_see_no_false_end(threads: Threads) -> None:
    ring, got, is_over = Broadcast(64), [bytearray() for _ in range(3)], threading.Event()
    reader = ring.subscribe()

    def read(mine: bytearray) -> None:
        while piece := reader.read():
            mine += piece
        assert is_over.is_set(), "nothing was read, and it is not the end"

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that they get between each other's steps
    try:
        for mine in got:
            threads.start(read, mine)
        written, stop = 0, time.monotonic() + 0.3
        while time.monotonic() < stop:
            written += ring.write(b"abc", timeout=5)
        is_over.set()
        ring.close()
        threads.join()
    finally:
        sys.setswitchinterval(interval)
    assert sorted(b"".join(got)) == sorted(b"abc" * (written // 3))


def test_payloads_are_shared(threads: Threads) -> None:
    pool = Pool(capacities=[10, 5, 2, 1, 1])
    assert repr(pool) == "<ringfold.Pool, 0 events in use, healthy>" and pool.nbytes > 10_000
    for size, name in ((0, "XS"), (64, "XS"), (65, "S"), (1024, "M"), (4096, "L"), (16384, "XL"), (20_000, "XXL")):
        data = random.Random(size).randbytes(size)
        with pool.alloc(data, tag=size) as event:
            assert bytes(event) == event.tobytes() == data and event[:] == data and len(event) == size
            assert (event.tag, event.size_class, event.references, pool.in_use) == (size, name, 1, 1)
            with event.clone() as other:
                assert event.references == 2 and memoryview(other).readonly and other == other
        assert event.released and pool.in_use == 0
        with pytest.raises(ValueError, match="this EventRef is over"):
            memoryview(event)
    event = pool.alloc(b"to many")
    results = []
    for _ in range(4):
        threads.start(lambda event: results.append(bytes(event)), event.clone())
    threads.join()
    assert results == [b"to many"] * 4
    memory = memoryview(event)
    event.release()
    assert memory == b"to many", "a leaked buffer keeps the slot"
    assert pool.in_use >= 1
    memory.release()
    gc.collect()
    assert pool.in_use == 0 and pool.stats()["XS"]["allocated"] >= 3
    orphan = memoryview(pool.alloc(b"outlives the pool"))
    del pool
    gc.collect()
    assert orphan == b"outlives the pool"


def test_an_exhausted_pool() -> None:
    pool = Pool(capacities=[2, 1, 0, 0, 0], when_exhausted="fail")
    events = [pool.alloc(b"a"), pool.alloc(b"b")]
    with pytest.raises(Full, match="all 2 of class XS are in use"):
        pool.alloc(b"c")
    assert pool.health == "exhausted"
    del events[0]
    assert bytes(pool.alloc(b"c")) == b"c"
    larger = Pool(capacities=[1, 1, 0, 0, 0])
    assert [event.size_class for event in [larger.alloc(b"a"), larger.alloc(b"b")]] != []
    waiting = Pool(capacities=[1, 1, 1, 1, 1], when_exhausted="wait")
    event = waiting.alloc(b"x")
    start = time.monotonic()
    with pytest.raises(Full):
        waiting.alloc(b"y", timeout=0.1)
    assert time.monotonic() - start >= 0.1
    threading.Timer(0.1, event.release).start()
    assert bytes(waiting.alloc(b"z")) == b"z"
    for when_exhausted in ("wait", "fail", "larger"):
        some = Pool(capacities=[2, 0, 0, 0, 0], when_exhausted=when_exhausted)
        with pytest.raises(ValueError, match="100 bytes need a slot of size S, and this pool has none: give it some"):
            some.alloc(bytes(100))
        assert bytes(some.alloc(b"x")) == b"x"
    larger = Pool(capacities=[2, 0, 1, 0, 0])
    event = larger.alloc(bytes(100))
    with pytest.raises(Full):
        larger.alloc(bytes(100))
    for bad in ({"config": "huge"}, {"when_exhausted": "cry"}, {"capacities": [1, 2]}):
        with pytest.raises((ValueError, TypeError)):
            Pool(**bad)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        pool.alloc("text")  # type: ignore[arg-type]
    with pytest.raises(OverflowError):
        pool.alloc(b"", tag=-1)
