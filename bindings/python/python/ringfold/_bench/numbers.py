"""Numbers: fifty million into a list, and one by one through a ring."""

from __future__ import annotations

import array
import collections
import time
from collections.abc import Callable
from typing import Any

import ringfold
from ringfold._bench.chunks import pattern, peer
from ringfold._bench.measure import Contender, Scenario

ITEMS, AT_A_TIME = 50_000_000, 1_000_000


def growing(make: Callable[[], Any], extend: Callable[[Any], Callable[[bytes], Any]], divisor: int) -> Callable[[], float]:
    block, times = pattern(AT_A_TIME), ITEMS // divisor // AT_A_TIME

    def run() -> float:
        grown = make()
        put = extend(grown)
        start = time.thread_time()
        for _ in range(times):
            put(block)
        taken = time.thread_time() - start
        assert len(grown) == times * AT_A_TIME and grown[AT_A_TIME + 5] == block[5] and grown[-1] == block[-1]
        return taken

    return run


def list_ours(divisor: int) -> Callable[[], float]:
    return growing(ringfold.List, lambda grown: grown.extend, divisor)


def list_list(divisor: int) -> Callable[[], float]:
    return growing(list, lambda grown: grown.extend, divisor)


def list_array(divisor: int) -> Callable[[], float]:
    return growing(lambda: array.array("B"), lambda grown: grown.frombytes, divisor)


def list_bytearray(divisor: int) -> Callable[[], float]:
    return growing(bytearray, lambda grown: grown.extend, divisor)


NUMBERS = 100_000


def one_by_one(put: Callable[[float], Any], take: Callable[[], Any], divisor: int) -> Callable[[], float]:
    for i in range(100):
        put(i / 2)
    assert [float(take()) for _ in range(100)] == [i / 2 for i in range(100)]
    numbers = [float(i) for i in range(1000)]

    def run() -> float:
        start = time.thread_time()
        for _ in range(NUMBERS // divisor // 1000):
            for number in numbers:
                put(number)
            for _ in numbers:
                take()
        return time.thread_time() - start

    return run


def numbers_ours(divisor: int) -> Callable[[], float]:
    ring = ringfold.Ring(1024, "d")
    return one_by_one(ring.push, ring.pop, divisor)


def numbers_deque(divisor: int) -> Callable[[], float]:
    ring: collections.deque[float] = collections.deque(maxlen=1024)
    return one_by_one(ring.append, ring.popleft, divisor)


def numbers_numpy_ringbuffer(divisor: int) -> Callable[[], float]:
    ring = peer("numpy_ringbuffer").RingBuffer(1024, dtype="d")
    return one_by_one(ring.append, ring.popleft, divisor)


SCENARIOS = [
    Scenario(
        "list",
        "50 million items into a list, a million at a time from a buffer",
        "items/s",
        lambda divisor: ITEMS // divisor // AT_A_TIME * AT_A_TIME,
        [
            Contender("ringfold.List", list_ours),
            Contender("list", list_list),
            Contender("array.array", list_array, "moves when it grows, and cannot grow under a view"),
            Contender("bytearray", list_bytearray, "moves when it grows, and cannot grow under a view"),
        ],
    ),
    Scenario(
        "numbers",
        "numbers one by one (a call each)",
        "numbers/s",
        lambda divisor: NUMBERS // divisor // 1000 * 1000,
        [
            Contender("ringfold.Ring", numbers_ours),
            Contender("numpy_ringbuffer", numbers_numpy_ringbuffer),
            Contender("collections.deque", numbers_deque, "holds references; for numbers one by one it is what to use"),
        ],
    ),
]
