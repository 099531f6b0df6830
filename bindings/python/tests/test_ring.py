"""Ring and Queue, against a deque."""

from __future__ import annotations

import collections
import copy
import io
import mmap
import pickle
import queue
import random
from array import array
from typing import Any

import pytest

import ringfold
from ringfold import Empty, Full, Queue, Ring

from .conftest import items, plain


@pytest.mark.parametrize("capacity", [1, 2, 7, 341, 4096])
def test_a_ring_is_a_deque(dtype: Any, capacity: int) -> None:
    random.seed(capacity)
    ring, model, number = Ring(capacity, dtype), collections.deque[Any](maxlen=capacity), 0
    for _ in range(400 if capacity < 4096 else 100):
        item = items(dtype, number, 1)[0]
        number += 1
        match random.randrange(7):
            case 0 if len(model) < capacity:
                ring.push(item)
                model.append(item)
            case 0:
                with pytest.raises(Full):
                    ring.push(item)
            case 1:
                oldest = model[0] if len(model) == capacity else None
                model.append(item)
                assert plain([ring.push_overwrite(item)]) == [oldest]
            case 2 if model:
                assert plain([ring.pop()]) == [model.popleft()]
            case 2:
                with pytest.raises(Empty):
                    ring.pop()
            case 3:
                many = items(dtype, number, random.randrange(2 * capacity + 1))
                number += len(many)
                ring.extend(many)
                model.extend(many)
            case 4:
                n = random.randrange(-1, capacity + 2)
                taken = [model.popleft() for _ in range(len(model) if n < 0 else min(n, len(model)))]
                assert plain(ring.read(n)) == taken
            case 5:
                n = random.randrange(len(model) + 1)
                ring.consume(n)
                for _ in range(n):
                    model.popleft()
            case 6 if model:
                at = random.randrange(-len(model), len(model))
                ring[at] = item
                model[at] = item
        assert plain(ring) == list(model)
        assert len(ring) == len(model) and ring.free == capacity - len(model) and bool(ring) == bool(model)
        if model:
            at = random.randrange(-len(model), len(model))
            assert plain([ring[at]]) == [model[at]]
        part = slice(*(random.choice([None, random.randrange(-9, 9)]) for _ in range(2)), random.choice([None, 1, 2, -1, -3]))
        assert plain(ring[part]) == list(model)[part]
        with ring.read_view() as view:
            assert plain(view) == list(model) and plain(view[part]) == list(model)[part]


def test_a_queue_is_all_or_nothing(dtype: Any) -> None:
    queue_ = Queue(5, dtype)
    source = Ring(5, dtype)
    source.extend(items(dtype, 0, 4))
    four = source.read()
    assert queue_.write(four) == 4
    with pytest.raises(Full, match="4 items do not fit: 1 of 5 slots are free"):
        queue_.write(four)
    with pytest.raises(Empty, match="5 items were asked for and 4 are there"):
        queue_.read(5)
    assert len(queue_) == 4 and plain(queue_.read(3)) == items(dtype, 0, 3)
    queue_.release(1)
    with pytest.raises(Empty):
        queue_.release(1)
    assert not queue_


def test_slots_are_filled_in_place() -> None:
    queue_ = Queue(10)
    with queue_.reserve(6) as slots:
        assert io.BytesIO(b"abcdef").readinto(slots) == 6
        assert slots.commit(3) == 3
    with queue_.reserve(4) as slots:
        slots[0] = ord("d")
        slots[1:3] = memoryview(b"ef")
        assert slots[:3] == b"def"
    assert queue_.read() == b"abc", "the second view was not committed"
    with pytest.raises(Full, match="0 of 10 slots are free"):
        queue_.write(bytes(10))
        queue_.reserve(1)
    queue_.clear()
    with queue_.reserve(0) as none:
        none.commit()


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview, lambda data: array("B", data), "mmap", "numpy", io.BytesIO])
def test_everything_with_a_buffer_goes_in(make: Any) -> None:
    data: Any = b"everything"
    if make == "mmap":
        data = mmap.mmap(-1, 10)
        data[:] = b"everything"
    elif make == "numpy":
        data = pytest.importorskip("numpy").frombuffer(b"everything", "u1")
    elif make is io.BytesIO:
        data = io.BytesIO(b"everything").getbuffer()
    else:
        data = make(b"everything")
    ring = Ring(20)
    assert ring.write(data) == 10
    ring.extend(data)
    target = bytearray(25)
    assert ring.readinto(target) == 20 and target[:20] == b"everything" * 2
    # A ring of bytes takes anything as its bytes, as a file does.
    assert ring.write(array("i", [1, 2])) == 8


def test_typed_rings_take_their_own_type_or_bytes() -> None:
    ring = Ring(4, "i")
    assert ring.write(array("i", [1, 2])) == 2
    assert ring.write(array("i", [3]).tobytes()) == 1
    with pytest.raises(TypeError, match=r"'d' \(8 bytes each\) do not go with items of format 'i'"):
        ring.write(array("d", [1.0]))
    with pytest.raises(ValueError, match="3 bytes are no whole number of items of 4 bytes"):
        ring.write(b"abc")
    assert list(ring) == [1, 2, 3]
    assert ring[0:2].tolist() == [1, 2] and ring[0:2].format == "i"
    if array("l").itemsize == 8:
        long = Ring(2, "q")
        assert long.write(array("l", [-5])) == 1 and long.pop() == -5


@pytest.mark.parametrize(
    ("code", "good", "bad"),
    [("b", -128, 128), ("B", 255, 256), ("h", -(2**15), 2**15), ("H", 65535, -1), ("i", -(2**31), 2**31)]
    + [("I", 2**32 - 1, 2**32), ("q", -(2**63), 2**63), ("Q", 2**64 - 1, -1), ("f", 0.5, "x"), ("d", 1e300, None)],
)
def test_numbers_that_do_not_fit(code: str, good: Any, bad: Any) -> None:
    ring = Ring(2, code)
    ring.push(good)
    with pytest.raises(OverflowError if isinstance(bad, int) else TypeError):
        ring.push(bad)
    assert ring.pop() == good and not ring


def test_errors_are_those_of_the_standard_library() -> None:
    assert issubclass(Full, queue.Full) and issubclass(Empty, queue.Empty)
    ring = Ring(1)
    with pytest.raises(queue.Empty):
        ring.pop()
    for bad in (0, -5):
        with pytest.raises(ValueError, match=f"at least 1, not {bad}"):
            Ring(bad)
    with pytest.raises(MemoryError):
        Ring(2**46)
    with pytest.raises((ValueError, OverflowError)):
        Ring(2**70)
    with pytest.raises(TypeError):
        Ring("4")  # type: ignore[arg-type]
    for what in (ring, ring.read_view(), Queue(1), ringfold.ByteStream(1), ringfold.List(), *ringfold.spsc(1)):
        with pytest.raises(TypeError, match="cannot pickle"):
            pickle.dumps(what)
        with pytest.raises(TypeError, match="cannot pickle"):
            copy.copy(what)


def test_repr_tells_the_fill() -> None:
    ring = Ring(8, "d")
    ring.extend([1, 2])
    assert repr(ring) == "<ringfold.Ring 2/8, dtype=d>"
    with ring.read_view() as view:
        memory = memoryview(view)
        assert repr(view) == "<ringfold.ReadView of 2 items, dtype=d, exports=1>"
        memory.release()
    assert repr(view) == "<ringfold.ReadView of 2 items, dtype=d, released>"
    ring.close()
    assert repr(ring) == "<ringfold.Ring, closed>" and ring.closed and len(ring) == 0
    for use in (ring.pop, ring.clear, ring.read, ring.read_view, ring.write_view, ring.__enter__, lambda: ring[0]):
        with pytest.raises(ValueError, match="closed Ring"):
            use()


def test_views_are_buffers_of_their_type() -> None:
    ring = Ring(4, "d")
    ring.extend([1, 2, 3])
    with ring.read_view(2) as view, memoryview(view) as memory:
        assert (memory.format, memory.itemsize, memory.shape, memory.strides) == ("d", 8, (2,), (8,))
        assert memory.readonly and memory.contiguous and memory.tolist() == [1, 2]
        assert view.tobytes() == bytes(view) and len(view) == 2 and view.nbytes == 16
    with ring.write_view() as slots, memoryview(slots) as memory:
        assert not memory.readonly
        memory[0] = 9.5
        memory.release()
        slots.commit()
    assert list(ring) == [1, 2, 3, 9.5]
