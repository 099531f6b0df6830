"""What the tests share."""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import ringfold


@pytest.fixture(params=["B", "d", "i4 f8", "u8 f4", "u2 u1", "i8 i1"])
def dtype(request: pytest.FixtureRequest) -> Any:
    """A byte, a number that needs no numpy, and packed records whose bytes never divide a page."""
    if " " in request.param:
        numpy = pytest.importorskip("numpy")
        return numpy.dtype(list(zip("ab", request.param.split(), strict=True)))
    return request.param


def items(dtype: Any, first: int, count: int) -> list[Any]:
    """So many items of a type, each unlike its neighbours."""
    numbers = range(first, first + count)
    if dtype == "B":
        return [i % 256 for i in numbers]
    if dtype == "d":
        return [float(i) for i in numbers]
    if dtype["b"].kind == "f":
        return [(i, i / 2) for i in numbers]
    return [(i % (1 << 16), i % 100) for i in numbers]


def plain(values: Any) -> list[Any]:
    """As a list that can be compared."""
    return [value.item() if hasattr(value, "item") else value for value in values]


class Threads:
    """Threads whose exceptions are the test's, and which are waited for."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.errors: list[BaseException] = []

    def start(self, function: Callable[..., Any], *arguments: Any) -> None:
        def run() -> None:
            try:
                function(*arguments)
            except BaseException as error:
                self.errors.append(error)

        thread = threading.Thread(target=run, daemon=True)
        self.threads.append(thread)
        thread.start()

    def join(self, timeout: float = 30) -> None:
        for thread in self.threads:
            thread.join(timeout)
            assert not thread.is_alive(), "a thread hangs"
        if self.errors:
            raise self.errors[0]


@pytest.fixture
def threads() -> Iterator[Threads]:
    threads = Threads()
    yield threads
    threads.join()


@contextlib.contextmanager
def held(*verbs: str) -> Iterator[None]:
    """What is inside is refused, and the message says who holds the bytes."""
    with pytest.raises(BufferError) as caught:
        yield
    assert "View of" in str(caught.value)
    for verb in verbs:
        assert verb in str(caught.value)


def address(buffer: Any) -> int:
    import numpy

    return int(numpy.frombuffer(buffer, "u1").__array_interface__["data"][0])


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture
def wrapped() -> ringfold.Ring:
    """A ring whose items lie across the seam: its memory is 4096 bytes, mapped twice."""
    ring = ringfold.Ring(4096)
    ring.write(bytes(3000))
    ring.consume(2999)
    ring.write(bytes(i % 251 for i in range(4000)))
    ring.consume(1)
    assert bytes(ring) == bytes(i % 251 for i in range(4000))
    return ring
