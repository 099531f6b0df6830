"""Bytes that wrap around, seen in one piece: push, look, consume."""

import ringfold

# A ring of one mebibyte.
ring = ringfold.Ring(1024 * 1024)

ring.write(b"some data")

# Everything in it as one buffer, also when it wraps around the end of the memory.
with ring.read_view() as view:
    print(bytes(view))
    view.consume()

# The same close to the end, so that it does wrap.
ring.write(bytes(1024 * 1024))
ring.consume(1024 * 1024 - 4)
ring.write(b"wrapped around")
with ring.read_view() as view:
    assert bytes(view) == bytes(4) + b"wrapped around"
    memory = memoryview(view)
    assert memory.contiguous and memory.nbytes == 18
    memory.release()

# What it cannot do: change under whoever looks at it.
with ring.read_view() as view:
    memory = memoryview(view)
    try:
        ring.read(1)
    except BufferError as error:
        print(error)
    memory.release()
