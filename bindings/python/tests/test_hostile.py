"""Whatever Python code does: an error, or stale bytes, never a crash.

Run also under a debug allocator, in a process of its own: `test_under_a_debug_allocator`. `RINGFOLD_HOSTILE_ROUNDS` makes the
races longer.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import random
import subprocess
import sys
import textwrap
import threading
import time
from array import array
from typing import Any

import pytest

import ringfold
from ringfold import ByteStream, List, Queue, Ring

from .conftest import Threads, held

ROUNDS = int(os.environ.get("RINGFOLD_HOSTILE_ROUNDS", "300"))


# What moves or overwrites bytes that somebody holds.


@pytest.mark.parametrize("make", [Ring, Queue, ByteStream])
def test_a_view_is_held_across_everything(make: Any) -> None:
    ring = make(100)
    ring.write(b"0123456789")
    view = ring.read_view() if make is not Queue else ring.peek()
    memory = memoryview(view)[2:5]
    takes = [ring.read, ring.clear, lambda: ring.readinto(bytearray(5)), lambda: view.consume(1)]
    takes += [ring.pop, lambda: ring.__setitem__(0, 1)] if make is not ByteStream else [ring.readline]
    takes += [lambda: ring.release(1)] if make is Queue else [lambda: ring.consume(1)]
    if make is ByteStream:
        ring.write(b"\n")
    for take in takes:
        with held():
            take()
    ring.write(b"behind")
    assert memory == b"234"
    view.release()
    assert view.released and memory == b"234"
    with held():
        ring.clear()
    with pytest.raises(ValueError, match="this ReadView is over"):
        memoryview(view)
    memory.release()
    ring.clear()
    assert len(ring) == 0


def test_overwriting_needs_nobody_to_look() -> None:
    ring = Ring(4)
    ring.write(b"abcd")
    with ring.read_view(1), held("overwrite the oldest item"):
        ring.push_overwrite(1)
    with ring.read_view(), held("overwrite the oldest items"):
        ring.extend(b"x")
    assert bytes(ring) == b"abcd"


def test_slots_being_written_hold_everything_still() -> None:
    ring = Ring(8)
    ring.write(b"ab")
    slots = ring.write_view(3)
    memory = memoryview(slots)
    for move in (lambda: ring.push(1), lambda: ring.write(b"x"), lambda: ring.extend(b"x"), ring.pop, ring.clear, ring.write_view):
        with held("WriteView of 3 items"):
            move()
    with ring.read_view() as view, held():
        view.consume(1)
    with held("commit"):
        slots.commit()
    memory[:] = b"cde"
    memory.release()
    slots.commit(2)
    assert bytes(ring) == b"abcd"
    with pytest.raises(ValueError, match="over"):
        slots[0] = 1
    with pytest.raises(ValueError, match="over"):
        slots.commit()


def test_two_views_of_one_ring() -> None:
    ring = Ring(8)
    ring.write(b"abcd")
    one, two = ring.read_view(), ring.read_view(2)
    with held("consume"):
        one.consume(1)
    two.release()
    one.consume(1)
    assert bytes(ring) == b"bcd" and one.released


def test_closing_under_an_array() -> None:
    numpy = pytest.importorskip("numpy")
    for make in (Ring, Queue):
        ring = make(1000, "d")
        ring.write(numpy.arange(1000.0))
        leaked = numpy.asarray(ring)
        ring.close()
        del ring
        gc.collect()
        assert leaked.sum() == 499_500
        with Ring(3) as other:
            other.write(b"abc")
            stale = memoryview(other.read_view())
        assert stale == b"abc" and other.closed


def test_views_outlive_the_ends_of_a_ring() -> None:
    for make in (ringfold.spsc, ringfold.mpsc):
        producer, consumer = make(64)
        producer.write(b"hello")
        view, slots = memoryview(consumer.read_view()), producer.write_view(10)
        room = memoryview(slots)
        consumer.close()
        producer.close()
        del producer, consumer
        gc.collect()
        room[:] = b"0123456789"
        assert view == b"hello" and room == b"0123456789"
        room.release()
        # A claim of mpsc has a producer of its own; nobody reads any more.
        try:
            slots.commit()
        except ValueError as error:
            assert "closed Producer" in str(error)
        del view, slots
    producer, consumer = ringfold.spsc(8)
    producer.write(b"abc")
    leaked = memoryview(consumer.read_view())
    consumer.close()
    with pytest.raises(BrokenPipeError):
        producer.push(1)
    assert leaked == b"abc"


def test_a_view_that_was_leaked_into_a_cycle() -> None:
    ring = Ring(10)
    ring.write(b"abc")
    cycle: list[Any] = [ring.read_view()]
    cycle += [memoryview(cycle[0]), cycle]
    del cycle
    gc.collect()
    ring.clear()


# What is not what it says.


class Liar:
    """Lies about everything that Python asks."""

    def __len__(self) -> int:
        return -1 if random.random() < 0.5 else 2**62

    def __getitem__(self, index: Any) -> Any:
        return 7 if index < 3 else object()

    def __index__(self) -> int:
        return 2**100

    def __iter__(self) -> Any:
        return iter([1, 2, "three"])

    def __float__(self) -> float:
        raise RuntimeError("no")

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    "bad",
    [Liar(), None, "text", 1.5, object(), [b"x"], {"a": 1}, memoryview(b"abcdef")[::2], memoryview(bytes(8)).cast("d")],
)
def test_wrong_arguments(bad: Any) -> None:
    ring, stream, ours = Ring(10, "i"), ByteStream(10), List("i")
    producer, consumer = ringfold.spsc(10, "i")
    ring.push(5)
    errors = (TypeError, ValueError, BufferError, OverflowError, RuntimeError)
    for use in (
        ring.push,
        ring.write,
        ring.extend,
        ring.readinto,
        ring.read,
        ring.read_view,
        ring.write_view,
        ring.consume,
        ring.__getitem__,
        lambda bad: ring.__setitem__(0, bad),
        lambda bad: Ring(bad),
        lambda bad: Queue(4, bad) if bad is not None else Queue(bad),
        stream.readinto,
        lambda bad: stream.write(bad) if not isinstance(bad, memoryview) or not bad.contiguous else ring.write(bad),
        lambda bad: stream.try_readuntil(bad if bad is not None else b""),
        lambda bad: ours.extend(bad),
        ours.append,
        ours.truncate,
        producer.push,
        producer.write,
        producer.try_write,
        lambda bad: producer.write_view(bad),
        lambda bad: producer.push(1, timeout=bad if bad is not None and bad != 1.5 else "x"),
        lambda bad: consumer.read(1, timeout=bad if bad is not None and bad != 1.5 else []),
        consumer.readinto,
    ):
        with pytest.raises(errors):
            use(bad)
    assert ring[0] == 5


@pytest.mark.parametrize("n", [-(2**70), -(2**63), -2, 2**31, 2**62, 2**63 - 1, 2**64, 2**100])
def test_huge_and_negative_numbers(n: int) -> None:
    ring = Ring(10)
    ring.write(b"abc")
    producer, consumer = ringfold.mpsc(10)
    producer.write(b"abc")
    view = ring.read_view()
    errors = (ValueError, OverflowError, IndexError, MemoryError, ringfold.Full, ringfold.Empty, BufferError)
    for use in (
        Queue(4).reserve,
        Queue(4).release,
        producer.write_view,
        lambda n: producer.wait(n, timeout=0),
        lambda n: consumer.read_view(n, timeout=0),
        ring.consume,
        view.consume,
        lambda n: view[n - 2],
        lambda n: ring[n - 2],
        lambda n: Ring(n if abs(n) > 2**40 else -2),
        lambda n: List().reserve(n if abs(n) > 2**40 else -2),
        lambda n: List(room_for=n if abs(n) > 2**50 else -2).reserve(2**60),
    ):
        with pytest.raises(errors):
            use(n)
    # As in `io`, a negative size means all.
    if -(2**63) <= n < 2**63:
        assert Ring(5).read(n) == b"" and ByteStream(5).peek(n) == b"" and len(ring.read_view(n)) == 3
    view.release()
    assert bytes(ring) == b"abc" and consumer.read() == b"abc"


def test_numbers_that_push_while_they_are_converted() -> None:
    ring, ours = Ring(4, "q"), List("q")

    class Sneaky:
        def __index__(self) -> int:
            if ring.free:
                ring.push(1)
            ours.append(2)
            return 3

    ring.push(Sneaky())
    ring.extend(Sneaky() for _ in range(5))
    ring[0] = Sneaky()
    ours.append(Sneaky())
    ours.extend([Sneaky(), Sneaky()])
    assert set(ring) == {1, 3} or set(ring) == {3}
    assert list(ours)[-3:] == [3, 2, 3] or list(ours)[-1] == 3


def test_a_list_that_is_emptied_while_it_is_iterated() -> None:
    ours = List("q")
    ours.extend(range(5000))
    seen = 0
    for _ in ours:
        seen += 1
        if seen == 10:
            ours.clear()
    assert seen <= 1024


def test_a_buffer_of_the_ring_itself() -> None:
    ring = Ring(8)
    ring.write(b"abcd")
    ring.write(ring.read_view())
    assert bytes(ring) == b"abcdabcd"
    with held():
        ring.extend(ring.read_view())
    stream = ByteStream(8)
    stream.write(b"ab")
    with held():
        stream.readinto(stream.write_view())
    slots = Ring(8).write_view()
    slots[2:6] = memoryview(slots)[0:4]
    ours = List()
    ours.extend(b"x" * 100_000)
    for _ in range(3):
        ours.extend(ours.read_view())
    assert len(ours) == 800_000 and set(ours[:: 9999]) == {ord("x")}


def test_exotic_buffers() -> None:
    ring = Ring(100)
    assert ring.write((ctypes.c_int * 4)()) == 16
    assert ring.write(array("u", "xy") if sys.version_info < (3, 13) else array("w", "xy")) >= 4
    numpy = pytest.importorskip("numpy")
    assert ring.write(numpy.zeros((2, 3), "u1")) == 6
    with pytest.raises(BufferError, match="C-contiguous"):
        ring.write(numpy.zeros((4, 4), "u1")[:, 1])
    for dtype in (object, "M8[s]", numpy.dtype([("o", object)]), "V0", numpy.dtype(("i4", (2, 2)))):
        with pytest.raises((TypeError, ValueError)):
            Ring(4, dtype)
    for dtype in ("f2", "c16", ">i4", "S3", "U2", "?", "V5"):
        typed = Ring(3, dtype)
        sample = numpy.zeros(2, dtype)
        assert typed.write(sample) == 2
        assert typed.read(1).tobytes() == sample[:1].tobytes()
        assert typed.pop() == sample[1]
    # A record that no page is a multiple of, over the seam again and again.
    dtype = numpy.dtype([("a", "u1"), ("b", ">f8"), ("c", "S6")])
    typed = Ring(300, dtype)
    for i in range(2000):
        typed.push_overwrite((i % 256, i, b"%d" % i))
        last = numpy.asarray(typed)[-1]
        assert last["b"] == i and last["c"] == b"%d" % i
        del last


# Threads.


def test_exporting_races_consuming(threads: Threads) -> None:
    ring = Ring(1 << 12)
    stop = threading.Event()

    def export() -> None:
        while not stop.is_set():
            try:
                with ring.read_view() as view, memoryview(view) as memory:
                    data = bytes(memory)
                    assert data == bytes(memory) and len(set(data)) <= 2
            except ValueError as error:
                assert "over" in str(error)

    def consume() -> None:
        while not stop.is_set():
            try:
                with ring.read_view() as view:
                    view.consume(min(len(view), 500))
            except BufferError:
                pass
            try:
                ring.clear()
            except BufferError:
                pass

    for work in (export, export, consume, consume):
        threads.start(work)
    for i in range(ROUNDS * 10):
        ring.write(bytes([i % 2]) * 600)
    time.sleep(0.05)
    stop.set()


def test_one_view_in_many_threads(threads: Threads) -> None:
    for _ in range(ROUNDS):
        ring = Ring(64)
        ring.write(b"x" * 64)
        view = ring.read_view()
        barrier, ends = threading.Barrier(3), []

        def race(verb: Any, barrier: Any = barrier, ends: Any = ends) -> None:
            barrier.wait()
            try:
                ends.append(verb())
            except (BufferError, ValueError):
                pass

        race_threads = Threads()
        for verb in (lambda: memoryview(view).tobytes(), lambda: view.consume(3), lambda: view.consume(5)):
            race_threads.start(race, verb)
        race_threads.join()
        assert sum(end for end in ends if isinstance(end, int)) == 64 - len(ring)


def test_large_copies_race_everything(threads: Threads) -> None:
    """Large copies run detached: others may call, wait, and get what is consistent."""
    ring, stop = Ring(1 << 20), threading.Event()
    block = bytearray(1 << 18)

    def work(verb: Any) -> None:
        while not stop.is_set():
            try:
                verb()
            except (BufferError, IndexError, ringfold.Full, ringfold.Empty):
                pass

    def scribble() -> None:
        block[:] = bytes(len(block))  # under the copy, which it cannot resize

    def view() -> None:
        with ring.read_view() as view:
            view.consume(len(view) // 2)

    for verb in (lambda: ring.extend(block), lambda: ring.write(block), ring.read, view, scribble, lambda: ring[-5:], ring.clear):
        threads.start(work, verb)
    time.sleep(0.3)
    stop.set()


def test_closing_races_everything(threads: Threads) -> None:
    for make in (ringfold.spsc, ringfold.mpsc):
        for _ in range(ROUNDS // 30):
            producer, consumer = make(64)

            def work(verb: Any) -> None:
                try:
                    while True:
                        with contextlib.suppress(BufferError):  # somebody else has a view
                            verb()
                except (ValueError, BrokenPipeError, EOFError):
                    return

            def look(consumer: Any = consumer) -> None:
                with consumer.read_view() as view:
                    view.consume(len(view) // 2 + 1)

            race = Threads()
            race.start(work, lambda producer=producer: producer.write(b"x" * 7))
            race.start(work, look)
            race.start(work, consumer.pop)
            time.sleep(random.random() * 0.01)
            random.choice([producer.close, consumer.close])()
            time.sleep(0.005)
            producer.close()
            consumer.close()
            race.join()


# Processes.


def run(code: str, *flags: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *flags, "-c", textwrap.dedent(code)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
    return done.stdout


@pytest.mark.parametrize("flags", [(), ("-X", "dev")])
def test_everything_is_left_at_exit(flags: tuple[str, ...]) -> None:
    """Open views, leaked memory, cycles, and threads that wait for ever."""
    out = run(
        """
        import threading, time, sys
        import ringfold
        producer, consumer = ringfold.spsc(8)
        full, other = ringfold.mpsc(4)
        full.write(b"full")
        for wait in (consumer.pop, consumer.read_view, lambda: full.push(1), lambda: full.write_view(3), lambda: other.wait(5)):
            threading.Thread(target=wait, daemon=True).start()
        ring = ringfold.Ring(1 << 20); ring.write(bytes(100))
        kept = [ring.read_view(), ring.write_view(), memoryview(ring.read_view())]
        kept.append(kept)
        sys.kept = kept
        lst = ringfold.List(); lst.extend(bytes(1000)); sys.leaked = memoryview(lst.read_view())
        time.sleep(0.1)
        print("end")
        """,
        *flags,
    )
    assert out == "end\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_is_refused() -> None:
    """Its arrays show bytes; its rings say that they are the parent's; and it disturbs nobody."""
    out = run(
        """
        import gc, os, threading, ringfold
        ring, stream, lst = ringfold.Ring(4096), ringfold.ByteStream(64), ringfold.List()
        ring.write(b"parent"); lst.extend(b"list")
        producer, consumer = ringfold.spsc(64)
        many, other = ringfold.mpsc(64)
        wire = ringfold.Broadcast(8); reader = wire.subscribe(); lossy = wire.subscribe_lossy()
        threading.Thread(target=reader.pop, daemon=True).start()
        threading.Thread(target=other.pop, daemon=True).start()
        view, slots = memoryview(ring.read_view()), producer.write_view(3)
        crowd, reads = ringfold.mpsc(64); claimed = crowd.write_view(4)
        child = os.fork()
        if child == 0:
            assert view == b"parent"
            uses = [ring.pop, ring.read, lambda: ring[0], ring.read_view, ring.write_view, stream.read, lambda: stream.write(b"x"),
                lst.pop, lambda: lst.append(1), lambda: lst[0], lambda: producer.push(1), lambda: producer.free, consumer.pop,
                consumer.read, lambda: many.write(b"x"), many.clone, other.read_view, lambda: wire.publish(1), wire.subscribe,
                reader.pop, lossy.pop, lambda: reader.lag, lambda: slots.commit(0), lambda: consumer.arm(),
                lambda: producer.arm(), consumer.fileno, producer.fileno, lambda: claimed.commit(2)]
            for use in uses:
                try:
                    use()
                except RuntimeError as error:
                    assert "before fork()" in str(error)
                else:
                    os._exit(1)
            repr([ring, stream, lst, producer, consumer, many, other, wire, reader, lossy]); len(consumer), len(ring)
            fresh = ringfold.Ring(10); fresh.write(b"own"); assert fresh.read() == b"own"
            for end in (producer, consumer, reader, wire, ring):
                end.close()
            del ring, stream, lst, producer, consumer, many, other, wire, reader, lossy, view, slots, uses, claimed, crowd, reads
            gc.collect()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        slots[:] = b"yes"; slots.commit(); many.push(1); wire.publish(1)
        claimed[:] = b"four"; claimed.commit(); assert reads.read() == b"four"
        print(bytes(view), consumer.read())
        os._exit(0)
        """,
        "-u",
        "-W",
        "ignore",
    )
    assert out == "b'parent' b'yes'\n"


@pytest.mark.skipif("RINGFOLD_UNDER_DEBUG" in os.environ, reason="this is the run under the debug allocator")
def test_under_a_debug_allocator() -> None:
    """This very file again: freed memory is overwritten, and every buffer has a fence around it."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__],
        cwd=os.path.dirname(os.path.dirname(__file__)),
        env={**os.environ, "PYTHONMALLOC": "debug", "RINGFOLD_UNDER_DEBUG": "1", "RINGFOLD_HOSTILE_ROUNDS": "60"},
        capture_output=True,
        text=True,
        timeout=55,
    )
    assert done.returncode == 0, done.stdout + done.stderr
