"""List, against list."""

from __future__ import annotations

import random
from array import array
from typing import Any

import pytest

from ringfold import List

from .conftest import address, held, items, plain


def test_a_list_is_a_list(dtype: Any) -> None:
    random.seed(3)
    ours, model, number = List(dtype), list[Any](), 0
    for _ in range(400):
        many = items(dtype, number, random.randrange(200))
        match random.randrange(5):
            case 0:
                ours.extend(many)
                model.extend(many)
            case 1 if many:
                ours.append(many[0])
                model.append(many[0])
            case 2 if model:
                assert plain([ours.pop()]) == [model.pop()]
            case 3 if model and many:
                at = random.randrange(-len(model), len(model))
                ours[at], model[at] = many[0], many[0]
            case 4:
                n = random.randrange(len(model) + 3)
                ours.truncate(n)
                del model[n:]
        number += len(many)
        part = slice(random.randrange(-99, 99), random.randrange(-99, 99), random.choice([1, 2, -1]))
        assert len(ours) == len(model) and plain(ours[part]) == model[part]
        with ours.read_view(3, 10) as view:
            assert plain(view) == model[3:10]
    assert plain(ours) == model
    ours.clear()
    with pytest.raises(IndexError):
        ours.pop()


def test_it_grows_under_an_array_without_moving() -> None:
    numpy = pytest.importorskip("numpy")
    ours = List("d")
    ours.extend(array("d", range(1000)))
    first = numpy.asarray(ours)
    where = first.__array_interface__["data"][0]
    ours.extend(numpy.arange(1_000_000.0))
    second = numpy.asarray(ours)
    assert second.__array_interface__["data"][0] == where and len(second) == 1_001_000
    assert first.tolist() == list(range(1000)) and not first.flags.writeable
    with held("overwrite an item"):
        ours[999] = 0
    del second
    ours[1000] = -1  # behind what the first array shows
    assert ours[1000] == -1
    ours.truncate(1000)
    with held("remove items"):
        ours.truncate(999)
    with held("pop"):
        ours.pop()
    ours.close()
    assert first[999] == 999, "the memory goes with the last array"
    with pytest.raises(ValueError, match="closed List"):
        ours.append(1)


def test_room_for() -> None:
    ours = List("q", room_for=1000)
    ours.reserve(1000)
    with pytest.raises(ValueError, match="larger `room_for`"):
        ours.reserve(1_000_000)
    with pytest.raises(MemoryError):
        List().reserve(2**46)
    with pytest.raises(ValueError, match="room_for must be at least 1, not -1"):
        List(room_for=-1)


def test_iterating_sees_what_is_appended() -> None:
    ours = List("q")
    ours.extend(range(3000))
    seen = []
    for item in ours:
        seen.append(item)
        if item < 2000:
            ours.append(5000 + item)
    assert seen[:3000] == list(range(3000)) and seen[3000:] == list(range(5000, 7000))


def test_views_of_a_list_are_not_consumed() -> None:
    ours = List()
    ours.extend(b"abc")
    view = ours.read_view()
    assert address(view) == address(ours.read_view())
    with pytest.raises(BufferError, match="a List keeps its items"):
        view.consume(1)
