"""Threads: one reads a file straight into the ring, another hashes it where it is."""

import hashlib
import io
import threading

import ringfold

file = io.BytesIO(bytes(range(256)) * 40_000)
producer, consumer = ringfold.spsc(1 << 20)


def read() -> None:
    with producer:  # leaving it is the end
        while True:
            with producer.write_view(1 << 16) as slots:
                if not (count := file.readinto(slots)):
                    break
                slots.commit(count)


threading.Thread(target=read).start()
digest = hashlib.sha256()
try:
    while True:
        with consumer.read_view() as view:
            digest.update(view)  # without a copy, and without the interpreter lock
            view.consume()
except EOFError:
    pass
assert digest.digest() == hashlib.sha256(file.getvalue()).digest()
print(digest.hexdigest()[:16])
