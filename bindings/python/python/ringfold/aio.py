"""ringfold in asyncio.

The ends of `spsc()` and `mpsc()` rings have awaitable verbs of their own (`awrite`, `aread`, `async for`), so that a task can
stand at one end and a thread at the other, or any number of tasks of one event loop at the same end. Here are `StreamReader`, which reads lines and frames out of a ring that the socket
writes straight into, and what connects it.
"""

from __future__ import annotations

import asyncio
import collections
import functools
from typing import TYPE_CHECKING, Any

from ringfold._errors import Empty, Full
from ringfold._ringfold import ByteStream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from ringfold._ringfold import Consumer, Producer, WriteView

__all__ = ["ReaderProtocol", "StreamReader", "open_connection", "start_server"]

DEFAULT_CAPACITY = 1 << 20


class StreamReader:
    """What `asyncio.StreamReader` does, out of a ring of bytes.

    A line may be as long as the ring (`capacity`); there is no smaller limit. One task reads at a time.
    """

    def __init__(self, capacity: int = DEFAULT_CAPACITY) -> None:
        self.stream = ByteStream(capacity)
        self._transport: asyncio.ReadTransport | None = None
        self._paused = False
        self._waiter: asyncio.Future[None] | None = None
        self._error: BaseException | None = None
        self._take_back: Callable[[], None] | None = None

    def __repr__(self) -> str:
        return f"<ringfold.aio.StreamReader over {self.stream!r}>"

    # What feeds it.

    def feed_data(self, data: Any) -> None:
        """Puts `data` in. `BufferError` if it does not fit; see `feed_free`."""
        count, free = memoryview(data).nbytes, self.stream.free
        if count > free:
            raise BufferError(f"{count} bytes do not fit: {free} of {self.stream.capacity} are free")
        self.stream.write(data)
        self._wake()

    @property
    def feed_free(self) -> int:
        """How many bytes can be fed now."""
        return self.stream.free

    def feed_eof(self) -> None:
        """Nothing will follow."""
        if not self.stream.ended:
            self.stream.write_eof()
        self._wake()

    def at_eof(self) -> bool:
        """Whether everything was read, and nothing will follow."""
        return self.stream.ended and not len(self.stream)

    def exception(self) -> BaseException | None:
        """What broke the connection."""
        return self._error

    def set_exception(self, error: BaseException) -> None:
        """Every read raises `error` from here on."""
        self._error = error
        self._wake()

    def set_transport(self, transport: asyncio.ReadTransport) -> None:
        """Whom to pause while the ring is full."""
        self._transport = transport

    # What reads from it.

    async def readline(self) -> bytes:
        """The next line with its end; what is left at the end; `b""` behind it.

        `ValueError` for a line that does not fit the ring.
        """
        while (line := self._part(b"\n")) is None:
            await self._more()
        return line

    async def readuntil(self, separator: bytes = b"\n") -> bytes:
        """Everything up to and with `separator`. `asyncio.IncompleteReadError` if the stream ends before."""
        while (part := self._part(separator)) is None:
            await self._more()
        if not part.endswith(separator):
            raise asyncio.IncompleteReadError(part, None)
        return part

    async def readexactly(self, n: int) -> bytes:
        """Exactly `n` bytes. `asyncio.IncompleteReadError` if the stream ends before, `ValueError` if they never fit."""
        if not 0 <= n <= self.stream.capacity:
            raise ValueError(f"n must be from 0 to the capacity of {self.stream.capacity}, not {n}")
        while len(self.stream) < n:
            if self.stream.ended:
                raise asyncio.IncompleteReadError(self._some(n) or b"", n)
            await self._more()
        return self._some(n) or b""

    async def read(self, n: int = -1) -> bytes:
        """At least one byte and at most `n`; everything up to the end for a negative `n`; `b""` behind the end."""
        if n < 0:
            parts = []
            while part := await self.read(self.stream.capacity):
                parts.append(part)
            return b"".join(parts)
        while (some := self._some(n)) is None:
            await self._more()
        return some

    def __aiter__(self) -> StreamReader:
        return self

    async def __anext__(self) -> bytes:
        while (line := self._part(b"\n")) is None:
            await self._more()
        if not line:
            raise StopAsyncIteration
        return line

    def _part(self, separator: bytes) -> bytes | None:
        try:
            part = self.stream.try_readuntil(separator)
        except BufferError:
            self._reclaim()
            part = self.stream.try_readuntil(separator)
        if self._paused:
            self._resume()
        return part

    def _some(self, n: int) -> bytes | None:
        try:
            some = self.stream.read(n)
        except BufferError:
            self._reclaim()
            some = self.stream.read(n)
        if self._paused:
            self._resume()
        return some

    def _reclaim(self) -> None:
        """A transport that found nothing to receive still has the room it was lent."""
        if self._take_back is not None:
            self._take_back()

    async def _more(self) -> None:
        """Waits for something to be fed."""
        if self._error is not None:
            raise self._error
        if self._waiter is not None:
            raise RuntimeError("another task is reading from this StreamReader: let one task read")
        if self._paused:
            self._resume(0.0)
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
        if self._error is not None:
            raise self._error

    def _wake(self) -> None:
        if self._waiter is not None:
            _finish(self._waiter)

    def _pause(self) -> None:
        if self._transport is not None and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def _resume(self, free: float = 0.5) -> None:
        """Lets the other side go on once so much of the ring is free."""
        if self._transport is not None and self.stream.free >= free * self.stream.capacity:
            self._paused = False
            self._transport.resume_reading()


class ReaderProtocol(asyncio.BufferedProtocol):
    """Receives straight into the ring of a `StreamReader`, and pauses the other side while it is full."""

    def __init__(
        self,
        reader: StreamReader,
        connected: Callable[[StreamReader, asyncio.StreamWriter], Awaitable[None]] | None = None,
    ) -> None:
        self.reader = reader
        reader._take_back = self._let_go
        self._connected = connected
        self._view: WriteView | None = None
        self._memory: memoryview | None = None
        self._drains: collections.deque[asyncio.Future[None]] = collections.deque()
        self._is_writing_paused = False
        self._closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.reader.set_transport(transport)
        if self._connected is not None:
            loop = asyncio.get_running_loop()
            writer = asyncio.StreamWriter(transport, self, None, loop)
            self._task = loop.create_task(self._run(self._connected, writer))

    async def _run(
        self,
        connected: Callable[[StreamReader, asyncio.StreamWriter], Awaitable[None]],
        writer: asyncio.StreamWriter,
    ) -> None:
        try:
            await connected(self.reader, writer)
        finally:
            writer.close()

    def get_buffer(self, sizehint: int) -> memoryview:
        # A ring that is full has paused the transport before this could be called; see `buffer_updated`.
        self._let_go()
        self._view = self.reader.stream.write_view()
        self._memory = memoryview(self._view)
        return self._memory

    def buffer_updated(self, nbytes: int) -> None:
        view, memory = self._view, self._memory
        assert view is not None and memory is not None
        self._view = self._memory = None
        try:
            memory.release()
            view.commit(nbytes)
        except BufferError:
            # This loop still holds the memory: feed it a copy, once it does not.
            data = bytes(memoryview(view)[:nbytes])
            view.release()
            asyncio.get_running_loop().call_soon(self._feed_copy, data)
            return
        self._received()

    def _received(self) -> None:
        if not self.reader.stream.free:
            self.reader._pause()
        self.reader._wake()

    def _feed_copy(self, data: bytes) -> None:
        self.reader.feed_data(data)
        self._received()

    def eof_received(self) -> bool:
        self._let_go()
        self.reader.feed_eof()
        return True

    def connection_lost(self, error: Exception | None) -> None:
        self._let_go()
        if error is not None:
            self.reader.set_exception(error)
        self.reader.feed_eof()
        for drain in self._drains:
            if not drain.done():
                drain.set_exception(error or ConnectionResetError("Connection lost"))
        if not self._closed.done():
            self._closed.set_result(None)

    def _let_go(self) -> None:
        if self._view is not None and self._memory is not None:
            self._memory.release()
            self._view.release()
            self._view = self._memory = None

    def pause_writing(self) -> None:
        self._is_writing_paused = True

    def resume_writing(self) -> None:
        self._is_writing_paused = False
        for drain in self._drains:
            _finish(drain)

    # What asyncio.StreamWriter asks of its protocol.

    async def _drain_helper(self) -> None:
        if self._closed.done():
            raise ConnectionResetError("Connection lost")
        if not self._is_writing_paused:
            return
        drain: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._drains.append(drain)
        try:
            await drain
        finally:
            self._drains.remove(drain)

    def _get_close_waiter(self, stream: asyncio.StreamWriter) -> asyncio.Future[None]:
        return self._closed


async def open_connection(
    host: Any = None, port: Any = None, *, capacity: int = DEFAULT_CAPACITY, **options: Any
) -> tuple[StreamReader, asyncio.StreamWriter]:
    """`asyncio.open_connection` with a `StreamReader` of ours. Further options are those of `loop.create_connection`."""
    loop = asyncio.get_running_loop()
    reader = StreamReader(capacity)
    transport, protocol = await loop.create_connection(
        lambda: ReaderProtocol(reader), host, port, **options
    )
    return reader, asyncio.StreamWriter(transport, protocol, None, loop)


async def start_server(
    connected: Callable[[StreamReader, asyncio.StreamWriter], Awaitable[None]],
    host: Any = None,
    port: Any = None,
    *,
    capacity: int = DEFAULT_CAPACITY,
    **options: Any,
) -> asyncio.Server:
    """`asyncio.start_server` with a `StreamReader` of ours for each connection; `connected` is a coroutine function."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: ReaderProtocol(StreamReader(capacity), connected), host, port, **options)


# The awaitable verbs of the ends of rings between threads.


async def _wait(end: Producer | Consumer, n: int) -> None:
    """Waits until `end` may be ready for `n` items. Any number of tasks of one event loop may wait for the same end."""
    loop = asyncio.get_running_loop()
    try:
        key = loop, end.fileno()
    except OSError:  # no descriptors here
        await loop.run_in_executor(None, functools.partial(end.wait, n))
        return
    waiters = _waiters.setdefault(key, [])
    ready: asyncio.Future[None] = loop.create_future()
    waiters.append((n, ready))
    if len(waiters) == 1:
        loop.add_reader(key[1], _wake, key)
    try:
        # An end is armed for one number at a time: the smallest anybody waits for.
        least = min(wanted for wanted, _ in waiters)
        if end.arm(n) or (least < n and end.arm(least)):
            _wake(key)
        await ready
    except Exception:  # of `arm`, which may have silenced the descriptor: the others look for themselves
        _wake(key)
        raise
    finally:
        _leave(key, ready)


_Key = tuple[asyncio.AbstractEventLoop, int]

# Who waits for which descriptor: a loop itself knows no more than one callback for each.
_waiters: dict[_Key, list[tuple[int, asyncio.Future[None]]]] = {}


def _wake(key: _Key) -> None:
    """Has all who wait look again, in the order in which they came; who finds nothing comes back."""
    if waiters := _waiters.pop(key, None):
        key[0].remove_reader(key[1])
        for _, ready in waiters:
            _finish(ready)


def _leave(key: _Key, ready: asyncio.Future[None]) -> None:
    """For one who was not woken, but cancelled."""
    if waiters := _waiters.get(key):
        waiters[:] = [waiter for waiter in waiters if waiter[1] is not ready]
        if not waiters:
            del _waiters[key]
            key[0].remove_reader(key[1])


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


async def _write(end: Producer, data: Any) -> int:
    while True:
        try:
            return end.write(data, timeout=0)
        except Full:
            await _wait(end, memoryview(data).nbytes // end.itemsize)


async def _push(end: Producer, item: Any) -> None:
    while True:
        try:
            end.try_push(item)
            return
        except Full:
            await _wait(end, 1)


async def _read(end: Consumer, n: int = -1) -> Any:
    while True:
        try:
            return end.try_read(n)
        except Empty:
            await _wait(end, 1)


async def _pop(end: Consumer) -> Any:
    while True:
        try:
            return end.try_pop()
        except Empty:
            await _wait(end, 1)


async def _iterate(end: Consumer) -> AsyncIterator[Any]:
    if isinstance(end.dtype, str) and end.dtype == "B":
        while piece := await _read(end):
            yield piece
        return
    while True:
        try:
            item = await _pop(end)
        except EOFError:
            return
        yield item
