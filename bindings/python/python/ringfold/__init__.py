"""Ring buffers whose memory folds onto itself.

The same physical pages are mapped twice in a row, so whatever is readable or writable is always *one* contiguous window,
wrap or no wrap: as a `memoryview`, as a numpy array, for `recv_into`, without a copy.

| you have | you want | use |
|---|---|---|
| one thread | a window over the last items | `Ring` |
| | a queue, all or nothing, with slots to fill in place | `Queue` |
| | a file in memory between a reader and a writer | `ByteStream` |
| | a list of gigabytes that grows without a copy | `List` |
| two threads | a queue of bytes, numbers or records | `spsc` |
| many threads to one | the same | `mpsc` |
| one thread to many | every item to every reader | `Broadcast` |
| owners at different speeds | one copy of each payload, in slots used again | `Pool` |
| asyncio | `spsc` and `mpsc`, awaited | `awrite`, `aread` .. |
| | a faster `StreamReader` | `ringfold.aio` |

`help(ringfold.Ring)` and the README have examples.
"""

import importlib as _importlib
import io as _io
import os as _os
from typing import TYPE_CHECKING as _TYPE_CHECKING

from ringfold._errors import Empty, Full, Lagged
from ringfold._ringfold import (
    Broadcast,
    ByteStream,
    Consumer,
    EventRef,
    List,
    LossyReader,
    Pool,
    Producer,
    Queue,
    Reader,
    ReadView,
    Ring,
    SharedProducer,
    WriteView,
    __version__,
    _note_fork,
    mpsc,
    spsc,
)

if _TYPE_CHECKING:
    from ringfold import aio as aio

__all__ = [
    "Broadcast",
    "ByteStream",
    "Consumer",
    "Empty",
    "EventRef",
    "Full",
    "Lagged",
    "List",
    "LossyReader",
    "Pool",
    "Producer",
    "Queue",
    "ReadView",
    "Reader",
    "Ring",
    "SharedProducer",
    "WriteView",
    "__version__",
    "mpsc",
    "spsc",
]

_io.RawIOBase.register(ByteStream)
if hasattr(_os, "register_at_fork"):
    _os.register_at_fork(after_in_child=_note_fork)


def __getattr__(name: str) -> object:
    if name == "aio":  # which imports asyncio
        return _importlib.import_module("ringfold.aio")
    raise AttributeError(f"module 'ringfold' has no attribute {name!r}")
