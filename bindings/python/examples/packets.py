"""A queue of packets: whole ones go in, whole ones come out."""

import struct

import ringfold

queue = ringfold.Queue(4096)
queue.write(b"packet data")
print(queue.read(6), queue.read(5))

# Packets of any length, each with its length before it, built in place.
for name in (b"first", b"second", b"third"):
    with queue.reserve(2 + len(name)) as slots:
        struct.pack_into("!H", slots, 0, len(name))
        slots[2:] = name
        slots.commit()

while queue:
    with queue.peek() as packets:
        (length,) = struct.unpack_from("!H", packets)
        print(packets[2 : 2 + length])
        packets.consume(2 + length)
