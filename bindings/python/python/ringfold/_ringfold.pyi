import io
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any, SupportsIndex, TypeAlias, final, overload

from typing_extensions import Buffer, Self, disjoint_base

__all__ = [
    "Broadcast",
    "ByteStream",
    "Consumer",
    "EventRef",
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
    "_note_fork",
    "mpsc",
    "spsc",
]

__version__: str

def _note_fork() -> None: ...

_Dtype: TypeAlias = Any
"""A code of the `struct` module ("B", "d"; needs no numpy), or whatever `numpy.dtype` takes."""
_Items: TypeAlias = Any
"""Several items: `bytes` of a ring of bytes, a typed `memoryview` for other codes, an array if a numpy dtype was given."""

_MaybeNone: TypeAlias = Any
"""`None`, where a stream has nothing yet: the stubs of the standard library's raw files say it in this way."""

@final
class ReadView:
    """Items where they are, as one contiguous read-only buffer.

    Made by `read_view()` or `peek()`. `memoryview(view)`, `numpy.frombuffer(view, dtype)` and `socket.send(view)` see the very
    bytes of the ring. While the view is open, whatever would move or overwrite them raises `BufferError`. It is open until it
    is consumed or released, which leaving its `with` block does; while arrays or memoryviews of it are alive it cannot be
    consumed, and is released with the last of them.
    """

    def consume(self, n: int | None = None, /) -> int:
        """Takes the first `n` items (all for `None`) out of the ring, and closes the view. Returns how many those were.

        `BufferError` while arrays or memoryviews of it are alive.
        """
    def release(self) -> None:
        """Closes the view; its items stay in the ring."""
    def tobytes(self) -> bytes:
        """A copy."""
    @property
    def released(self) -> bool:
        """Whether the view is no longer open."""
    @property
    def exports(self) -> int:
        """How many buffers made of it are alive."""
    @property
    def nbytes(self) -> int:
        """Its size in bytes."""
    @property
    def dtype(self) -> _Dtype:
        """The type of its items."""
    def __enter__(self) -> Self: ...
    def __exit__(self, *_exception: object) -> None: ...
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, key: SupportsIndex, /) -> Any: ...
    @overload
    def __getitem__(self, key: slice, /) -> _Items: ...
    def __array__(self, dtype: _Dtype = None, copy: bool | None = None) -> Any: ...
    def __dlpack__(self, **options: Any) -> Any: ...
    def __dlpack_device__(self) -> tuple[int, int]: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...
    def __release_buffer__(self, buffer: memoryview, /) -> None: ...

@final
class WriteView:
    """Vacant slots where they are, as one contiguous writable buffer.

    Made by `write_view(n)` or `reserve(n)`, for `file.readinto(view)`, `socket.recv_into(view)`, `os.readv(fd, [view])` and
    `view[:n] = data`. What was written becomes part of the ring by `commit(n)`; leaving the `with` block without one gives the
    slots back unwritten. Bytes that nobody wrote hold what was there before.
    """

    def commit(self, n: int | None = None, /) -> int:
        """Makes the first `n` slots (all for `None`) items of the ring, and closes the view. Returns how many those were.

        `BufferError` while arrays or memoryviews of it are alive, since those could still write.
        """
    def release(self) -> None:
        """Closes the view; its slots stay vacant."""
    @property
    def released(self) -> bool:
        """Whether the view is no longer open."""
    @property
    def exports(self) -> int:
        """How many buffers made of it are alive."""
    @property
    def nbytes(self) -> int:
        """Its size in bytes."""
    @property
    def dtype(self) -> _Dtype:
        """The type of its items."""
    def __enter__(self) -> Self: ...
    def __exit__(self, *_exception: object) -> None: ...
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, key: SupportsIndex, /) -> Any: ...
    @overload
    def __getitem__(self, key: slice, /) -> _Items: ...
    @overload
    def __setitem__(self, key: SupportsIndex, value: Any, /) -> None: ...
    @overload
    def __setitem__(self, key: slice, value: Buffer, /) -> None: ...
    def __delitem__(self, key: Any, /) -> None: ...
    def __array__(self, dtype: _Dtype = None, copy: bool | None = None) -> Any: ...
    def __dlpack__(self, **options: Any) -> Any: ...
    def __dlpack_device__(self) -> tuple[int, int]: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...
    def __release_buffer__(self, buffer: memoryview, /) -> None: ...

@disjoint_base
class Ring:
    """One thread's ring of bytes, numbers or records: a window over the last ones that is always contiguous.

    Nothing waits. A full ring takes what fits (`write`), says so (`push`), or drops its oldest items (`extend`,
    `push_overwrite`). `numpy.asarray(ring)` is the whole window without a copy.

    >>> from ringfold import Ring
    >>> last = Ring(4, "d")
    >>> last.extend([1, 2, 3, 4, 5])
    >>> list(last), last[-1]
    ([2.0, 3.0, 4.0, 5.0], 5.0)
    """

    def __new__(cls, capacity: int, dtype: _Dtype = None) -> Self: ...
    def push(self, item: Any, /) -> None:
        """Puts one item in. `Full` if there is no room."""
    def push_overwrite(self, item: Any, /) -> Any | None:
        """Puts one item in; a full ring drops and returns its oldest."""
    def pop(self) -> Any:
        """Takes the oldest item out. `Empty` if there is none."""
    def write(self, data: Buffer, /) -> int:
        """Puts as many of the items in as fit, and returns how many those were: perhaps 0."""
    def extend(self, data: Buffer | Iterable[Any], /) -> None:
        """Puts all items in; each that does not fit drops the oldest. A buffer is copied at once."""
    def read(self, n: int = -1, /) -> _Items:
        """Takes the oldest items out: at most `n`, or all."""
    def readinto(self, buffer: Buffer, /) -> int:
        """Moves the oldest items into `buffer`, and returns how many those were."""
    def read_view(self, n: int = -1, /) -> ReadView:
        """The oldest items (at most `n`, or all) where they are."""
    def write_view(self, n: int = -1, /) -> WriteView:
        """`n` vacant slots where they are, or all. `Full` if there are not so many."""
    def consume(self, n: int, /) -> None:
        """Drops the `n` oldest items. `Empty` if there are not so many; then it drops none."""
    def clear(self) -> None:
        """Drops all items."""
    def close(self) -> None:
        """Gives the memory back, or leaves that to the last array made of it. Leaving a `with` block does the same."""
    @property
    def closed(self) -> bool:
        """Whether it was closed."""
    @property
    def capacity(self) -> int:
        """How many items fit: exactly what was asked for."""
    @property
    def free(self) -> int:
        """How many more items fit."""
    @property
    def dtype(self) -> _Dtype:
        """The type of the items: a code of the `struct` module, or a numpy dtype."""
    @property
    def itemsize(self) -> int:
        """Bytes of an item."""
    @property
    def memory(self) -> str:
        """Which memory it really got, in words."""
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, key: SupportsIndex, /) -> Any: ...
    @overload
    def __getitem__(self, key: slice, /) -> _Items: ...
    def __setitem__(self, key: SupportsIndex, value: Any, /) -> None: ...
    def __delitem__(self, key: Any, /) -> None: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __array__(self, dtype: _Dtype = None, copy: bool | None = None) -> Any: ...
    def __dlpack__(self, **options: Any) -> Any: ...
    def __dlpack_device__(self) -> tuple[int, int]: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_exception: object) -> None: ...

@disjoint_base
class Queue:
    """One thread's queue of bytes, numbers or records: all or nothing, in and out.

    Nothing waits, and nothing is ever cut or dropped: what does not fit raises `Full`, what is not there `Empty`.

    >>> from ringfold import Queue
    >>> queue = Queue(64)
    >>> with queue.reserve(16) as slots:  # filled in place, by readinto for instance
    ...     slots[:5] = b"hello"
    ...     slots.commit(5)
    5
    >>> queue.read(5)
    b'hello'
    """

    def __new__(cls, capacity: int, dtype: _Dtype = None) -> Self: ...
    def push(self, item: Any, /) -> None:
        """Puts one item in. `Full` if there is no room."""
    def pop(self) -> Any:
        """Takes the oldest item out. `Empty` if there is none."""
    def write(self, data: Buffer, /) -> int:
        """Puts all items in and returns how many. `Full` if they do not all fit; then it takes none."""
    def read(self, n: int = -1, /) -> _Items:
        """Takes exactly `n` items out, or all there are. `Empty` if there are fewer than `n`; then it takes none."""
    def readinto(self, buffer: Buffer, /) -> int:
        """Moves as many items into `buffer` as there are and fit, and returns how many those were."""
    def reserve(self, n: int, /) -> WriteView:
        """`n` vacant slots, to be filled in place and committed. `Full` if there are not so many."""
    def peek(self) -> ReadView:
        """All items where they are."""
    def release(self, n: int, /) -> None:
        """Drops the `n` oldest items. `Empty` if there are not so many; then it drops none."""
    def clear(self) -> None:
        """Drops all items."""
    def close(self) -> None:
        """Gives the memory back, or leaves that to the last array made of it. Leaving a `with` block does the same."""
    @property
    def closed(self) -> bool:
        """Whether it was closed."""
    @property
    def capacity(self) -> int:
        """How many items fit: exactly what was asked for."""
    @property
    def free(self) -> int:
        """How many more items fit."""
    @property
    def dtype(self) -> _Dtype:
        """The type of the items: a code of the `struct` module, or a numpy dtype."""
    @property
    def itemsize(self) -> int:
        """Bytes of an item."""
    @property
    def memory(self) -> str:
        """Which memory it really got, in words."""
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, key: SupportsIndex, /) -> Any: ...
    @overload
    def __getitem__(self, key: slice, /) -> _Items: ...
    def __setitem__(self, key: SupportsIndex, value: Any, /) -> None: ...
    def __delitem__(self, key: Any, /) -> None: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __array__(self, dtype: _Dtype = None, copy: bool | None = None) -> Any: ...
    def __dlpack__(self, **options: Any) -> Any: ...
    def __dlpack_device__(self) -> tuple[int, int]: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_exception: object) -> None: ...

@disjoint_base
class ByteStream(io.RawIOBase):  # by registration; type checkers know no other way to say so
    """A file in memory between whoever writes and whoever reads: an `io.RawIOBase` in all but descent.

    As a raw file that does not block it gives `None` where nothing is there yet, or no room; `b""` only at the end, after
    `write_eof()`. So `io.BufferedReader`, `shutil.copyfileobj`, `pickle.load` and `csv.reader` take it.

    >>> from ringfold import ByteStream
    >>> stream = ByteStream(1 << 16)
    >>> stream.write(b"one\\ntwo\\n")
    8
    >>> stream.write_eof()
    >>> list(stream)
    [b'one\\n', b'two\\n']
    """

    def __new__(cls, capacity: int) -> Self: ...
    def read(self, size: int | None = -1, /) -> bytes | _MaybeNone:
        """At most `size` bytes, or all; `None` if there are none yet, `b""` at the end."""
    def read1(self, size: int | None = -1, /) -> bytes | _MaybeNone:
        """As `read`."""
    def readall(self) -> bytes | _MaybeNone:
        """As `read()`."""
    def readinto(self, buffer: Buffer, /) -> int | _MaybeNone:
        """Reads into `buffer` and returns how many bytes; `None` if there are none yet, 0 at the end."""
    def peek(self, size: int = -1, /) -> bytes:
        """A copy of the next bytes, which stay."""
    def readline(self, size: int | None = -1, /) -> bytes:
        """The next line with its end, or its first `size` bytes; what is left at the end.

        `BlockingIOError` while no whole line is there, `ValueError` if it never will be, because the stream is full of it.
        """
    def readlines(self, hint: int | None = -1, /) -> list[bytes]:
        """The whole lines that are there, at least `hint` bytes of them."""
    def try_readuntil(self, separator: bytes | None = None, /) -> bytes | None:
        """Everything up to and with `separator` (a line's end by default); what is left at the end. `None` if it is not there yet.

        No byte is looked at twice, however often this is called.
        """
    def write(self, data: Buffer, /) -> int | _MaybeNone:
        """Writes as much as fits and returns how many bytes that was; `None` if there is no room.

        `BrokenPipeError` after `write_eof()`.
        """
    def writelines(self, lines: Iterable[Buffer], /) -> None:
        """Writes each, whole. `BlockingIOError` at the first that does not fit; it says how many bytes went in before."""
    def write_eof(self) -> None:
        """Ends the stream: readers get what is in it and then the end."""
    @property
    def ended(self) -> bool:
        """Whether the stream was ended; there may still be something to read."""
    def read_view(self, n: int = -1, /) -> ReadView:
        """The next bytes (at most `n`, or all) where they are."""
    def write_view(self, n: int = -1, /) -> WriteView:
        """Room for `n` bytes where it is, or all. `Full` if there is not so much."""
    def consume(self, n: int, /) -> None:
        """Drops the next `n` bytes. `Empty` if there are not so many; then it drops none."""
    def clear(self) -> None:
        """Drops everything."""
    def readable(self) -> bool: ...
    def writable(self) -> bool: ...
    def seekable(self) -> bool: ...
    def isatty(self) -> bool: ...
    def flush(self) -> None: ...
    def seek(self, offset: int, whence: int = 0, /) -> int:
        """`io.UnsupportedOperation`."""
    def tell(self) -> int:
        """`io.UnsupportedOperation`."""
    def truncate(self, size: int | None = None, /) -> int:
        """`io.UnsupportedOperation`."""
    def fileno(self) -> int:
        """`io.UnsupportedOperation`."""
    def close(self) -> None:
        """Closes the object; to end the stream, `write_eof`."""
    @property
    def closed(self) -> bool:
        """Whether it was closed."""
    @property
    def capacity(self) -> int:
        """How many bytes fit: exactly what was asked for."""
    @property
    def free(self) -> int:
        """How many more bytes fit."""
    @property
    def memory(self) -> str:
        """Which memory it really got, in words."""
    def __len__(self) -> int: ...
    def __bool__(self) -> bool: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> bytes: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_exception: object) -> None: ...

@disjoint_base
class List:
    """A list of bytes, numbers or records in one piece of memory that grows in place.

    It never copies what is in it, so `numpy.asarray(list)` stays valid while the list grows. Items behind the last one that an
    array or a view shows can be popped and overwritten; those it shows cannot (`BufferError`).

    >>> from ringfold import List
    >>> samples = List("d")
    >>> samples.extend([1, 2, 3])
    >>> samples[0] = 4
    >>> list(samples), samples.pop(), len(samples)
    ([4.0, 2.0, 3.0], 3.0, 2)
    """

    def __new__(cls, dtype: _Dtype = None, *, room_for: int | None = None) -> Self: ...
    def append(self, item: Any, /) -> None:
        """Puts one item behind the others."""
    def extend(self, data: Buffer | Iterable[Any], /) -> None:
        """Puts all items behind the others. A buffer is copied at once."""
    def pop(self) -> Any:
        """Takes the last item out. `IndexError` if there is none."""
    def truncate(self, length: int, /) -> None:
        """Drops what is behind the first `length` items."""
    def clear(self) -> None:
        """Drops all items."""
    def reserve(self, n: int, /) -> None:
        """Takes memory for `n` more items now. `MemoryError` if there is not so much."""
    def read_view(self, start: int = 0, stop: int | None = None, /) -> ReadView:
        """The items from `start` to `stop` where they are."""
    def close(self) -> None:
        """Gives the memory back, or leaves that to the last array made of it."""
    @property
    def closed(self) -> bool:
        """Whether it was closed."""
    @property
    def dtype(self) -> _Dtype:
        """The type of the items: a code of the `struct` module, or a numpy dtype."""
    @property
    def itemsize(self) -> int:
        """Bytes of an item."""
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, key: SupportsIndex, /) -> Any: ...
    @overload
    def __getitem__(self, key: slice, /) -> _Items: ...
    def __setitem__(self, key: SupportsIndex, value: Any, /) -> None: ...
    def __delitem__(self, key: Any, /) -> None: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __array__(self, dtype: _Dtype = None, copy: bool | None = None) -> Any: ...
    def __dlpack__(self, **options: Any) -> Any: ...
    def __dlpack_device__(self) -> tuple[int, int]: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_exception: object) -> None: ...

@disjoint_base
class Producer:
    """The writing end of a ring between threads; see `spsc` and `mpsc`.

    A bare verb waits for room, without the interpreter lock, and lets Ctrl-C through; a `try_` verb never waits. When the reader
    is gone, writing raises `BrokenPipeError`. Closing it (or leaving its `with` block, or dropping it) ends the ring.
    """

    def push(self, item: Any, /, timeout: float | None = None) -> None:
        """Puts one item in. `Full` if there is no room within `timeout` seconds; `None` waits for ever."""
    def try_push(self, item: Any, /) -> None:
        """Puts one item in. `Full` if there is no room now."""
    def write(self, data: Buffer, /, timeout: float | None = None) -> int:
        """Puts all items in, in one piece that nobody else writes into, and returns how many.

        `Full` if there is no room for all within `timeout` seconds, and then nothing went in; `ValueError` if they never fit.
        """
    def try_write(self, data: Buffer, /) -> int:
        """Puts as many items in as fit now, and returns how many: perhaps 0."""
    def write_view(self, n: int, /, timeout: float | None = None) -> WriteView:
        """`n` slots, to be filled in place and committed. `Full` if there are not so many within `timeout` seconds."""
    def wait(self, n: int = 1, /, timeout: float | None = None) -> bool:
        """Waits until there is room for `n` items. False when the time is over."""
    async def awrite(self, data: Buffer, /) -> int:
        """As `write`, for a task of asyncio."""
    async def apush(self, item: Any, /) -> None:
        """As `push`, for a task of asyncio."""
    def fileno(self) -> int:
        """What an event loop waits for: it becomes readable when there is room, once `arm` has said False."""
    def arm(self, n: int = 1, /) -> bool:
        """Whether there is room for `n` items now. If not, the descriptor will become readable when there is."""
    def close(self) -> None:
        """Ends the ring: the reader gets what was written, and then the end. Threads that wait in it are woken."""
    @property
    def closed(self) -> bool:
        """Whether writing is in vain: this end was closed, or the reader is gone."""
    @property
    def capacity(self) -> int:
        """How many items fit: exactly what was asked for."""
    @property
    def free(self) -> int:
        """How many more items fit now."""
    @property
    def dtype(self) -> _Dtype:
        """The type of the items: a code of the `struct` module, or a numpy dtype."""
    @property
    def itemsize(self) -> int:
        """Bytes of an item."""
    def __enter__(self) -> Self: ...
    def __exit__(self, *_exception: object) -> None: ...

@final
class SharedProducer(Producer):
    """One of several writing ends of an `mpsc` ring. The ring ends when all of them are closed."""

    def clone(self) -> SharedProducer:
        """One more end, to be closed on its own."""

@disjoint_base
class Consumer:
    """The reading end of a ring between threads; see `spsc` and `mpsc`.

    A bare verb waits for something to read, without the interpreter lock, and lets Ctrl-C through; a `try_` verb never waits.
    The end comes when every writer is gone and everything was read. Iterating gives items, and for bytes whatever is
    there, until the end. `io.BufferedReader(consumer)` makes a file of it.
    """

    def pop(self, timeout: float | None = None) -> Any:
        """Takes the oldest item out. `Empty` if none comes within `timeout` seconds; `EOFError` at the end."""
    def try_pop(self) -> Any:
        """Takes the oldest item out. `Empty` if there is none now; `EOFError` at the end."""
    def read(self, n: int = -1, /, timeout: float | None = None) -> _Items:
        """Takes items out: those that are there, at least one, at most `n`. None at the end: `b""` for bytes.

        `Empty` if none comes within `timeout` seconds.
        """
    def try_read(self, n: int = -1, /) -> _Items:
        """As `read`, without waiting."""
    def readinto(self, buffer: Buffer, /, timeout: float | None = None) -> int:
        """Moves items into `buffer` and returns how many: those that are there, at least one. 0 at the end.

        `Empty` if none comes within `timeout` seconds.
        """
    def read_view(self, at_least: int = 1, /, timeout: float | None = None) -> ReadView:
        """All items where they are, once there are `at_least` so many.

        `Empty` if they do not come within `timeout` seconds, `EOFError` if they never will; `read_view(0)` gives those left.
        """
    def wait(self, n: int = 1, /, timeout: float | None = None) -> bool:
        """Waits until there are `n` items, or the end. False when the time is over."""
    async def aread(self, n: int = -1, /) -> _Items:
        """As `read`, for a task of asyncio."""
    async def apop(self) -> Any:
        """As `pop`, for a task of asyncio."""
    def __aiter__(self) -> AsyncIterator[Any]: ...
    def fileno(self) -> int:
        """What an event loop waits for: it becomes readable when there are items, once `arm` has said False."""
    def arm(self, n: int = 1, /) -> bool:
        """Whether there are `n` items now, or the end. If not, the descriptor will become readable when there are."""
    def readable(self) -> bool: ...
    def writable(self) -> bool: ...
    def flush(self) -> None: ...
    def seekable(self) -> bool: ...
    def close(self) -> None:
        """Tells writers that nobody reads any more. Threads that wait in it are woken."""
    @property
    def closed(self) -> bool:
        """Whether this end was closed."""
    @property
    def ended(self) -> bool:
        """Whether everything was read, and nobody is left to write."""
    @property
    def capacity(self) -> int:
        """How many items fit: exactly what was asked for."""
    @property
    def dtype(self) -> _Dtype:
        """The type of the items: a code of the `struct` module, or a numpy dtype."""
    @property
    def itemsize(self) -> int:
        """Bytes of an item."""
    def __len__(self) -> int: ...
    def __bool__(self) -> bool: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> Any: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_exception: object) -> None: ...

@disjoint_base
class Pool:
    """Slots for payloads that many owners share, allocated once and used again.

    `config` is "mobile", "desktop", "server" or "detect", which chooses by the machine; or `capacities` says how many slots of
    64, 256, 1024, 4096 and 16384 bytes there are. What is larger comes from the heap. When all slots of a size are in use,
    `when_exhausted` takes one of the next "larger" size, or of the "heap", or has `alloc` "wait" or "fail".

    >>> from ringfold import Pool
    >>> pool = Pool("mobile")
    >>> event = pool.alloc(b"payload", tag=7)
    >>> bytes(event), event.tag, event.size_class, pool.in_use
    (b'payload', 7, 'XS', 1)
    >>> del event
    >>> pool.in_use
    0
    """

    def __new__(
        cls, config: str = "detect", *, capacities: Sequence[int] | None = None, when_exhausted: str = "larger"
    ) -> Self: ...
    def alloc(self, data: Buffer, /, tag: int = 0, *, timeout: float | None = None) -> EventRef:
        """Copies `data` into a slot. `Full` if none is free: at once, or after `timeout` seconds where it waits.

        `ValueError` if the pool has no slots of that size, and may take no other.
        """
    def stats(self) -> dict[str, dict[str, int]]:
        """For each size: how many slots there are, are in use, were at most, and were asked for."""
    @property
    def in_use(self) -> int:
        """How many events there are."""
    @property
    def health(self) -> str:
        """"healthy", "strained" (above 80 %), "critical" (from 90 %) or "exhausted", of the size that is worst off."""
    @property
    def nbytes(self) -> int:
        """How much memory it takes."""

@final
class EventRef:
    """A reference to a payload in a slot of a `Pool`: a read-only buffer that never changes.

    The slot is free again when the last reference is released or dropped and nothing made of it (an array, a memoryview) is
    alive. A reference can go to any thread.
    """

    def clone(self) -> EventRef:
        """One more reference to the same bytes, to be released on its own."""
    def release(self) -> None:
        """Gives this reference up: now, or with the last array or memoryview made of it."""
    def tobytes(self) -> bytes:
        """A copy."""
    @property
    def tag(self) -> int:
        """What was given to `alloc`."""
    @property
    def size_class(self) -> str:
        """The size of its slot: XS, S, M, L or XL; XXL is the heap."""
    @property
    def references(self) -> int:
        """How many references there are to the same bytes."""
    @property
    def released(self) -> bool:
        """Whether it was given up."""
    @property
    def exports(self) -> int:
        """How many buffers made of it are alive."""
    def __enter__(self) -> Self: ...
    def __exit__(self, *_exception: object) -> None: ...
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, key: SupportsIndex, /) -> int: ...
    @overload
    def __getitem__(self, key: slice, /) -> bytes: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...
    def __release_buffer__(self, buffer: memoryview, /) -> None: ...

@disjoint_base
class Broadcast:
    """One writer, many readers: every reader sees every item.

    The writer waits for the slowest reader, or for nobody if there are only lossy ones. Closing it (or leaving its `with`
    block, or dropping it) ends the ring: readers get everything that was published, and then the end. When all readers have left,
    publishing raises `BrokenPipeError`.

    >>> from ringfold import Broadcast
    >>> prices = Broadcast(1024, "d")
    >>> first, second = prices.subscribe(), prices.subscribe()
    >>> prices.publish(1.5)
    >>> prices.close()
    >>> list(first), list(second)
    ([1.5], [1.5])
    """

    def __new__(cls, capacity: int, dtype: _Dtype = None) -> Self: ...
    def publish(self, item: Any, /, timeout: float | None = None) -> None:
        """Publishes one item. `Full` if the slowest reader makes no room within `timeout` seconds; `None` waits for ever."""
    def write(self, data: Buffer, /, timeout: float | None = None) -> int:
        """Publishes all items together, and returns how many: readers see all of them or none. `Full` as in `publish`."""
    def write_view(self, n: int, /, timeout: float | None = None) -> WriteView:
        """`n` slots, to be filled in place and published together by `commit`. `Full` as in `publish`."""
    def subscribe(self, start: Any = None) -> Reader:
        """A reader that the writer waits for, from the next item on; from "oldest" on, or from the item of a number.

        `ValueError` for an item that may be overwritten already.
        """
    def subscribe_lossy(self) -> LossyReader:
        """A reader that nobody waits for, from the next item on. For items of 1, 2, 4 and 8 bytes; `TypeError` for others."""
    def close(self) -> None:
        """Ends the ring."""
    @property
    def closed(self) -> bool:
        """Whether publishing is in vain: it was closed, or all readers have left."""
    @property
    def capacity(self) -> int:
        """How many items fit: exactly what was asked for."""
    @property
    def free(self) -> int:
        """How many items can be published before a reader has to make room."""
    @property
    def dtype(self) -> _Dtype:
        """The type of the items: a code of the `struct` module, or a numpy dtype."""
    @property
    def itemsize(self) -> int:
        """Bytes of an item."""
    def __enter__(self) -> Self: ...
    def __exit__(self, *_exception: object) -> None: ...

@disjoint_base
class Reader:
    """A reader of a `Broadcast`, which the writer waits for.

    Iterating gives items, and for bytes whatever is there, until the end. Close a reader that is no longer needed: the writer
    waits for it until then, or until it is dropped.
    """

    def pop(self, timeout: float | None = None) -> Any:
        """Takes the next item. `Empty` if none comes within `timeout` seconds; `EOFError` at the end."""
    def read(self, n: int = -1, /, timeout: float | None = None) -> _Items:
        """Takes the items that are there, at least one, at most `n`; none at the end. `Empty` as in `pop`."""
    def read_view(self, timeout: float | None = None) -> ReadView:
        """The items that are there, at least one, where they are. `Empty` and `EOFError` as in `pop`."""
    def close(self) -> None:
        """Leaves: the writer waits for it no longer."""
    @property
    def closed(self) -> bool:
        """Whether it was closed."""
    @property
    def lag(self) -> int:
        """How many items are published that it has not taken."""
    @property
    def pressure(self) -> float:
        """How much of the ring its lag is, from 0 to 1."""
    @property
    def dtype(self) -> _Dtype:
        """The type of the items: a code of the `struct` module, or a numpy dtype."""
    def __iter__(self) -> Self: ...
    def __next__(self) -> Any: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_exception: object) -> None: ...

@disjoint_base
class LossyReader:
    """A reader of a `Broadcast` that nobody waits for: what it is too slow for, it misses, and is told how much.

    Iterating goes on behind what was missed.
    """

    def pop(self, timeout: float | None = None) -> Any:
        """Takes the next item. `Lagged` says once how many were missed before it; `Empty` and `EOFError` as in `Reader.pop`."""
    @property
    def missed(self) -> int:
        """How many items it has missed so far."""
    @property
    def lag(self) -> int:
        """How many items are published that it has not taken."""
    def close(self) -> None:
        """Leaves."""
    @property
    def closed(self) -> bool:
        """Whether it was closed."""
    @property
    def dtype(self) -> _Dtype:
        """The type of the items: a code of the `struct` module, or a numpy dtype."""
    def __iter__(self) -> Self: ...
    def __next__(self) -> Any: ...

def spsc(capacity: int, dtype: _Dtype = None) -> tuple[Producer, Consumer]:
    """A ring from one thread to another.

    >>> import threading, ringfold
    >>> producer, consumer = ringfold.spsc(1 << 16)
    >>> def write():
    ...     with producer:  # leaving it ends the ring
    ...         for word in (b"fold ", b"the ", b"ring"):
    ...             producer.write(word)
    >>> threading.Thread(target=write).start()
    >>> b"".join(consumer)
    b'fold the ring'
    """

def mpsc(capacity: int, dtype: _Dtype = None) -> tuple[SharedProducer, Consumer]:
    """A ring from many threads to one, in one order for all. What one call writes stays together.

    >>> import threading, ringfold
    >>> producer, consumer = ringfold.mpsc(100, "q")
    >>> def count(producer):
    ...     with producer:
    ...         for i in range(1000):
    ...             producer.push(i)
    >>> for _ in range(3):
    ...     threading.Thread(target=count, args=(producer.clone(),)).start()
    >>> producer.close()  # the ring ends when all producers are closed
    >>> sum(consumer)
    1498500
    """
