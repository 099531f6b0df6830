"""numpy and torch see the very bytes of a wrapped ring: shown by address."""

from __future__ import annotations

from typing import Any

import pytest

import ringfold

from .conftest import address, held

numpy = pytest.importorskip("numpy")


def test_numpy_shares_a_wrapped_ring(wrapped: ringfold.Ring) -> None:
    with wrapped.read_view() as view:
        where = address(view)
        assert numpy.frombuffer(view, "u1").__array_interface__["data"][0] == where
        assert numpy.asarray(view).__array_interface__["data"][0] == where
        if hasattr(numpy, "unstack"):  # numpy 2.1: before that, DLPack knew nothing that is read-only
            assert numpy.from_dlpack(view).__array_interface__["data"][0] == where
    array = numpy.asarray(wrapped)
    assert array.__array_interface__["data"][0] == where and not array.flags.writeable
    # In one piece over the seam, which lies at a multiple of the page.
    assert where // 4096 < (where + len(array) - 1) // 4096
    assert array.tobytes() == bytes(i % 251 for i in range(4000))
    with held("take items out"):
        wrapped.pop()
    del array
    wrapped.pop()


def test_what_is_written_by_numpy_is_in_the_ring() -> None:
    ring = ringfold.Ring(512, "d")
    for _ in range(5):
        with ring.write_view(400) as slots:
            numpy.asarray(slots)[:] = numpy.arange(400)
            slots.commit()
        assert (numpy.asarray(ring) == numpy.arange(400)).all()
        ring.clear()


def test_array_protocol(wrapped: ringfold.Ring) -> None:
    shared, copied = numpy.asarray(wrapped), numpy.array(wrapped, copy=True)
    assert (shared == copied).all() and copied.flags.writeable
    assert copied.__array_interface__["data"][0] != shared.__array_interface__["data"][0]
    assert numpy.asarray(wrapped, dtype="f4").dtype == "f4"
    with pytest.raises(ValueError, match="needs a copy"):
        wrapped.__array__("f4", copy=False)
    empty = ringfold.Ring(3, "f")
    assert numpy.asarray(empty).shape == (0,) and numpy.asarray(empty).dtype == "f4"
    records = ringfold.Ring(3, numpy.dtype([("a", "<i4"), ("b", "<f8")]))
    records.push((1, 2.5))
    assert numpy.asarray(records)["b"].tolist() == [2.5]


@pytest.mark.parametrize("is_aligned", [False, True])
@pytest.mark.parametrize("fields", ["u8 f4", "u2 u1", "i8 i1", "i4 f8", "u1 >f8"])
def test_records_in_bulk(fields: str, is_aligned: bool) -> None:
    """Their buffer format depends on how many there are and where they lie."""
    dtype = numpy.dtype(list(zip("ab", fields.split(), strict=True)), align=is_aligned)
    for count in range(4):
        given = numpy.array([(i + 1, i + 2) for i in range(count)], dtype)
        odd = numpy.frombuffer(b"x" + given.tobytes(), dtype, offset=1) if count else given
        for source in (given, odd):
            ring, queue, pair = ringfold.Ring(8, dtype), ringfold.Queue(8, dtype), ringfold.spsc(8, dtype)
            many, prices = ringfold.List(dtype), ringfold.Broadcast(8, dtype)
            reader = prices.subscribe()
            assert ring.write(source) == count and pair[0].write(source) == count
            ring.extend(source)
            many.extend(source)
            prices.write(source)
            with queue.reserve(count) as slots:
                slots[:] = source
                slots.commit(count)
            into = numpy.zeros(2 * count, dtype)
            assert ring.readinto(into) == 2 * count and (into == numpy.concatenate([given, given])).all()
            for look in (queue.peek, many.read_view, *([pair[1].read_view, reader.read_view] if count else [])):
                with look() as view:
                    shared = numpy.asarray(view)
                    assert shared.dtype == dtype and (shared == given).all()
                    assert bytes(memoryview(view)) == given.tobytes()
                    del shared
    other = numpy.dtype(list(zip("ab", fields.split(), strict=True)), align=not is_aligned)
    if other.itemsize != dtype.itemsize:
        with pytest.raises(TypeError, match="do not go with"):
            ringfold.Ring(64, dtype).write(numpy.zeros(dtype.itemsize, other))
    with pytest.raises(TypeError, match="do not go with"):
        ringfold.Ring(8, dtype).write(numpy.zeros(2, [("a", "V1"), ("b", f"V{dtype.itemsize - 1}")]))


def test_torch_shares_a_wrapped_ring(wrapped: ringfold.Ring) -> None:
    torch: Any = pytest.importorskip("torch")
    with wrapped.read_view() as view:
        where = address(view)
    with pytest.warns(UserWarning, match="not writable|non-writable"):
        tensor = torch.frombuffer(wrapped.read_view(), dtype=torch.uint8)
    assert tensor.data_ptr() == where
    assert bytes(tensor.numpy()) == bytes(i % 251 for i in range(4000))
    del tensor
    slots = ringfold.Ring(100, "f").write_view(10)
    assert torch.from_dlpack(numpy.asarray(slots)).data_ptr() == address(slots)
