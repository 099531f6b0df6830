"""spsc and mpsc between threads."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import random
import signal
import threading
import time
from typing import Any

import pytest

import ringfold
from ringfold import Empty, Full

from .conftest import Threads, held, items, plain


@pytest.mark.parametrize("make", [ringfold.spsc, ringfold.mpsc])
@pytest.mark.parametrize("capacity", [1, 3, 100])
def test_items_arrive_in_order(make: Any, dtype: Any, capacity: int, threads: Threads) -> None:
    producer, consumer = make(capacity, dtype)
    expected = items(dtype, 0, 1000)

    def write() -> None:
        with producer:
            for item in expected:
                producer.push(item)

    threads.start(write)
    got = []
    while not consumer.ended:
        try:
            got.append(consumer.pop())
        except EOFError:
            break
    assert plain(got) == expected
    with pytest.raises(EOFError):
        consumer.try_pop()


@pytest.mark.parametrize("make", [ringfold.spsc, ringfold.mpsc])
@pytest.mark.parametrize("how", ["write", "write_view", "try_write"])
@pytest.mark.parametrize("read", ["read", "read_view", "readinto", "iterate"])
def test_bytes_arrive_however_they_go(make: Any, how: str, read: str, threads: Threads) -> None:
    producer, consumer = make(5000)
    data = random.Random(1).randbytes(400_000)

    def write() -> None:
        at = 0
        with producer:
            while at < len(data):
                piece = data[at : at + random.randrange(1, 4000)]
                if how == "write":
                    at += producer.write(piece)
                elif how == "try_write":
                    at += producer.try_write(piece) if producer.wait() else 0
                else:
                    with producer.write_view(len(piece)) as slots:
                        slots[:] = piece
                        at += slots.commit(len(piece) - len(piece) // 3)

    threads.start(write)
    got = bytearray()
    if read == "iterate":
        for piece in consumer:
            got += piece
    else:
        block = bytearray(999)
        while True:
            if read == "read":
                if not (piece := consumer.read(777)):
                    break
                got += piece
            elif read == "readinto":
                if not (count := consumer.readinto(block)):
                    break
                got += block[:count]
            else:
                try:
                    with consumer.read_view() as view:
                        got += view[:1000]
                        view.consume(min(1000, len(view)))
                except EOFError:
                    break
    assert bytes(got) == data


def test_large_pieces_are_copied_without_the_interpreter_lock(threads: Threads) -> None:
    producer, consumer = ringfold.spsc(1 << 20)
    data = random.Random(2).randbytes(1 << 20)

    def write() -> None:
        with producer:
            for _ in range(20):
                producer.write(data[: 1 << 18])

    threads.start(write)
    digest = hashlib.sha256()
    for piece in consumer:
        digest.update(piece)
    assert digest.digest() == hashlib.sha256(data[: 1 << 18] * 20).digest()


def test_what_many_write_stays_together(threads: Threads) -> None:
    producer, consumer = ringfold.mpsc(1000)

    def write(number: int, producer: ringfold.SharedProducer) -> None:
        with producer:
            for i in range(300):
                length = 1 + (i * 7 + number) % 90
                record = bytes([length, number, *([number] * (length - 1))])
                if i % 3:
                    producer.write(record)
                else:
                    with producer.write_view(len(record) + 5) as slots:
                        slots[: len(record)] = record
                        if i % 9 == 0:
                            continue  # aborted: the reader steps over it
                        slots.commit(len(record))

    for number in range(4):
        threads.start(write, number, producer.clone())
    producer.close()
    counts = [0] * 4
    while True:
        try:
            with consumer.read_view() as view:
                data = bytes(view)
                length = data[0]
                assert set(data[1 : 1 + length]) == {data[1]}
                counts[data[1]] += 1
                view.consume(1 + length)
        except EOFError:
            break
    assert counts == [300 - 34] * 4


def test_time_is_over() -> None:
    producer, consumer = ringfold.spsc(2)
    start = time.monotonic()
    with pytest.raises(Empty, match="within 0.1 s"):
        consumer.pop(timeout=0.1)
    with pytest.raises(Empty, match="1 items were asked for and 0 are there"):
        consumer.try_read()
    producer.write(b"ab")
    with pytest.raises(Full, match="no room for 1 items within 0.1 s"):
        producer.push(1, timeout=0.1)
    with pytest.raises(Full, match="0 of 2 slots"):
        producer.push(1, timeout=0)
    assert not producer.wait(2, timeout=0) and not consumer.wait(2, timeout=0) is None
    assert 0.2 <= time.monotonic() - start < 5
    for bad in (-1, float("nan")):
        with pytest.raises(ValueError, match="timeout must be None or at least 0"):
            consumer.pop(timeout=bad)
    assert consumer.pop(timeout=1e300) == ord("a")
    with pytest.raises(ValueError, match="3 items never fit a capacity of 2"):
        producer.write(b"abc")
    with pytest.raises(ValueError, match="3 items never fit"):
        consumer.read_view(3)
    with pytest.raises(ValueError, match="3 items never fit"):
        producer.write_view(3)


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as on Unix")
@pytest.mark.parametrize("what", ["pop", "push", "read_view", "write_view", "wait"])
def test_control_c(what: str) -> None:
    producer, consumer = ringfold.mpsc(4)
    if what in ("push", "write_view"):
        producer.write(b"full")
    wait = {
        "pop": consumer.pop,
        "push": lambda: producer.push(1),
        "read_view": consumer.read_view,
        "write_view": lambda: producer.write_view(2),
        "wait": lambda: consumer.wait(3),
    }[what]
    timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        wait()
    assert time.monotonic() - start < 5
    timer.join()


def test_waiting_lets_others_run(threads: Threads) -> None:
    producer, consumer = ringfold.spsc(4)
    threads.start(consumer.pop)
    start, count = time.monotonic(), 0
    while time.monotonic() - start < 0.1:
        count += 1
    assert count > 1000, "the waiting thread keeps the interpreter"
    producer.push(1)


def test_closing_wakes_whoever_waits(threads: Threads) -> None:
    producer, consumer = ringfold.spsc(1)
    producer.push(1)

    def wait(verb: Any, error: Any) -> None:
        with pytest.raises(error):
            verb()

    threads.start(wait, lambda: producer.push(2), ValueError)
    time.sleep(0.05)
    producer.close()
    threads.join()
    assert consumer.read() == b"\1" and consumer.read() == b""

    producer, consumer = ringfold.spsc(1)
    producer.push(1)
    threads.start(wait, lambda: producer.push(2), BrokenPipeError)
    time.sleep(0.05)
    consumer.close()
    threads.join()
    assert producer.closed

    producer, consumer = ringfold.spsc(1)
    threads.start(wait, consumer.pop, ValueError)
    time.sleep(0.05)
    consumer.close()
    threads.join()


def test_dropping_an_end_closes_it() -> None:
    producer, consumer = ringfold.spsc(4)
    producer.write(b"ab")
    del producer
    assert consumer.read(timeout=5) == b"ab" and consumer.read() == b"" and consumer.ended
    with pytest.raises(EOFError, match="everything was read"):
        consumer.read_view()
    producer, consumer = ringfold.spsc(4)
    producer.write(b"ab")
    producer.close()
    with pytest.raises(EOFError, match="3 items were asked for and 2 are left"):
        consumer.read_view(3)
    with consumer.read_view(0) as view:
        assert bytes(view) == b"ab"
    many, consumer = ringfold.mpsc(4)
    other = many.clone()
    del many
    assert not consumer.ended
    del consumer
    with pytest.raises(BrokenPipeError):
        other.push(1)


def test_views_keep_their_end_to_themselves() -> None:
    producer, consumer = ringfold.spsc(10)
    slots = producer.write_view(4)
    with held("write", "WriteView of 4 items"):
        producer.write(b"x")
    with held("claim slots"):
        producer.write_view(1)
    slots[:] = b"abcd"
    assert len(consumer) == 0
    slots.commit(3)
    view = consumer.read_view()
    with held("read"):
        consumer.pop(timeout=0)
    producer.write(b"more")  # goes behind
    assert bytes(view) == b"abc" and len(consumer) == 3
    view.consume(2)
    assert consumer.read() == b"cmore"
    # Claims of mpsc do not hinder each other.
    many, consumer = ringfold.mpsc(10)
    first, second = many.write_view(2), many.write_view(2)
    second[:] = b"cd"
    second.commit()
    many.write(b"ef")
    assert len(consumer) == 0, "the first claim is open"
    first[:] = b"ab"
    first.commit(1)
    assert consumer.read() == b"acdef"


def test_a_consumer_is_a_file(threads: Threads) -> None:
    producer, consumer = ringfold.spsc(1000)
    data = random.Random(4).randbytes(50_000)
    packed = gzip.compress(data)

    def write() -> None:
        with producer:
            for at in range(0, len(packed), 300):
                producer.write(packed[at : at + 300])

    threads.start(write)
    with gzip.open(io.BufferedReader(consumer)) as file:  # type: ignore[type-var]
        assert file.read() == data


def test_threads_that_share_an_end_take_turns(threads: Threads) -> None:
    producer, consumer = ringfold.spsc(16, "q")
    got: list[int] = []

    def write(start: int) -> None:
        for i in range(start, start + 500):
            producer.push(i)

    def read() -> None:
        for item in consumer:
            got.append(item)

    writers = Threads()
    for n in range(3):
        writers.start(write, n * 500)
    for _ in range(2):
        threads.start(read)
    writers.join()
    producer.close()
    threads.join()
    assert sorted(got) == list(range(1500))
