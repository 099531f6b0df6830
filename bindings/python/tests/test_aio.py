"""asyncio: the ends of rings between threads, and StreamReader."""

from __future__ import annotations

import asyncio
import os
import random
import select
import ssl
import subprocess
from collections.abc import Coroutine
from typing import Any

import pytest

import ringfold
import ringfold.aio

from .conftest import Threads


def run(main: Coroutine[Any, Any, Any]) -> None:
    asyncio.run(asyncio.wait_for(main, 30))


@pytest.mark.parametrize("make", [ringfold.spsc, ringfold.mpsc])
def test_a_task_at_each_end(make: Any) -> None:
    async def main() -> None:
        producer, consumer = make(64)
        data = random.Random(1).randbytes(20_000)

        async def write() -> None:
            with producer:
                for at in range(0, len(data), 50):
                    assert await producer.awrite(data[at : at + 50]) == len(data[at : at + 50])

        task = asyncio.create_task(write())
        got = bytearray(await consumer.aread(10))
        async for piece in consumer:
            got += piece
        await task
        assert bytes(got) == data and await consumer.aread() == b""
        with pytest.raises(EOFError):
            await consumer.apop()

    run(main())


@pytest.mark.parametrize("make", [ringfold.spsc, ringfold.mpsc])
def test_a_thread_at_the_other_end(make: Any, threads: Threads) -> None:
    producer, consumer = make(4, "q")
    back, answers = make(4, "q")

    def echo() -> None:
        with back:
            for item in consumer:
                back.push(item + 1)

    threads.start(echo)

    async def main() -> None:
        async def write() -> None:
            with producer:
                for i in range(500):
                    await producer.apush(i)

        task = asyncio.create_task(write())
        assert [item async for item in answers] == list(range(1, 501))
        await task

    run(main())


def test_cancelling_loses_nothing() -> None:
    async def main() -> None:
        producer, consumer = ringfold.mpsc(4)
        for _ in range(3):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(consumer.aread(), 0.01)
        producer.write(b"abcd")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(producer.awrite(b"ef"), 0.01)
        assert await consumer.aread() == b"abcd"
        await producer.awrite(b"gh")
        assert await consumer.aread() == b"gh"
        consumer.close()
        with pytest.raises(BrokenPipeError):
            await producer.awrite(b"x")

    run(main())


@pytest.mark.parametrize("make", [ringfold.spsc, ringfold.mpsc])
def test_many_tasks_at_one_end(make: Any) -> None:
    async def main() -> None:
        producer, consumer = make(8)
        readers = [asyncio.create_task(consumer.aread(2)) for _ in range(3)]
        await asyncio.sleep(0.01)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(consumer.aread(), 0.01)
        producer.write(b"ab")
        assert await readers[0] == b"ab" and not readers[1].done()
        producer.write(b"cd")
        assert await readers[1] == b"cd"
        producer.close()
        assert await readers[2] == b"", "the end is for all"

        producer, consumer = make(8)
        producer.write(b"_" * 8)
        large, small = (asyncio.create_task(producer.awrite(data)) for data in (b"six___", b"2_"))
        await asyncio.sleep(0.01)
        consumer.read(2)
        assert await small == 2 and not large.done(), "an end is armed for the smallest wish"
        consumer.read(6)
        assert await large == 6 and consumer.read() == b"2_six___"

        async def write(byte: bytes) -> None:
            for _ in range(200):
                await producer.awrite(byte * 5)

        writers = [asyncio.create_task(write(byte)) for byte in (b"a", b"b", b"c")]
        got = b"".join([await consumer.aread(5) for _ in range(600)])
        await asyncio.gather(*writers)
        assert sorted(got) == sorted(b"abc" * 1000)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.gather(consumer.aread(), consumer.apop()), 0.01)
        waiting = [asyncio.create_task(consumer.aread()) for _ in range(2)]
        await asyncio.sleep(0.01)
        consumer.close()
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(answer, ValueError) and "closed" in str(answer) for answer in answers)
        assert not ringfold.aio._waiters, "nobody is left behind"

    run(main())


@pytest.mark.skipif(os.name != "posix", reason="select takes only sockets elsewhere")
def test_a_descriptor_for_every_loop(threads: Threads) -> None:
    producer, consumer = ringfold.spsc(8)
    poll = select.poll()
    poll.register(consumer.fileno(), select.POLLIN)
    assert not consumer.arm(2) and not poll.poll(10)
    producer.push(1)
    assert not consumer.arm(2) and not poll.poll(10), "one item is not two"
    producer.push(1)
    assert poll.poll(5000) and consumer.arm(2) and not poll.poll(0)
    assert not producer.arm(8)
    consumer.read()
    assert select.select([producer.fileno()], [], [], 5)[0] and producer.arm(8)


async def serve(answer: Any, **options: Any) -> tuple[Any, Any, Any]:
    server = await ringfold.aio.start_server(answer, "127.0.0.1", 0, **options)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await ringfold.aio.open_connection("127.0.0.1", port, capacity=1000)
    return server, reader, writer


@pytest.mark.parametrize("capacity", [100, 4096, 1 << 20])
def test_lines_there_and_back(capacity: int) -> None:
    async def main() -> None:
        async def shout(reader: ringfold.aio.StreamReader, writer: asyncio.StreamWriter) -> None:
            async for line in reader:
                writer.write(line.upper())
                await writer.drain()

        server, reader, writer = await serve(shout, capacity=capacity)

        async def send() -> None:
            for i in range(5000):
                writer.write(b"line %d\n" % i)
                if i % 100 == 0:
                    await writer.drain()
            writer.write(b"the last has no end")
            writer.write_eof()

        task = asyncio.create_task(send())
        for i in range(5000):
            assert await reader.readline() == b"LINE %d\n" % i
        assert await reader.readline() == b"THE LAST HAS NO END" and await reader.readline() == b""
        assert reader.at_eof()
        await task
        writer.close()
        await writer.wait_closed()
        server.close()

    run(main())


def test_frames_of_every_size() -> None:
    async def main() -> None:
        frames = [random.Random(i).randbytes(random.Random(i).randrange(0, 900)) for i in range(300)]

        async def send(reader: Any, writer: asyncio.StreamWriter) -> None:
            for frame in frames:
                writer.write(len(frame).to_bytes(2, "big") + frame)
                await writer.drain()
            writer.write(b"x" * 20)

        server, reader, writer = await serve(send)
        for frame in frames:
            assert await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big")) == frame
        assert await reader.read(5) == b"xxxxx"
        with pytest.raises(asyncio.IncompleteReadError) as caught:
            await reader.readexactly(100)
        assert caught.value.partial == b"x" * 15
        with pytest.raises(ValueError, match="capacity of 1000"):
            await reader.readexactly(1001)
        assert await reader.read() == b""
        writer.close()
        server.close()

    run(main())


def test_a_reader_that_is_fed() -> None:
    async def main() -> None:
        reader = ringfold.aio.StreamReader(16)
        with pytest.raises(BufferError, match="24 bytes do not fit"):
            reader.feed_data(memoryview(bytes(24)).cast("q"))
        reader.feed_data(b"a, b; c")
        assert await reader.readuntil(b", ") == b"a, "
        waiting = asyncio.create_task(reader.readuntil(b"\r\n"))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="another task is reading"):
            await reader.readline()
        reader.feed_data(b"\r")
        reader.feed_data(b"\n")
        assert await waiting == b"b; c\r\n"
        with pytest.raises(BufferError, match="17 bytes do not fit: 16 of 16 are free"):
            reader.feed_data(bytes(17))
        reader.feed_data(bytes(16))
        with pytest.raises(ValueError, match="no end of line in 16 bytes"):
            await reader.readline()
        reader.feed_eof()
        with pytest.raises(asyncio.IncompleteReadError):
            await reader.readuntil()
        broken = ringfold.aio.StreamReader()
        waiting = asyncio.create_task(broken.readline())
        await asyncio.sleep(0)
        broken.set_exception(ConnectionResetError("gone"))
        with pytest.raises(ConnectionResetError):
            await waiting

    run(main())


def test_through_tls(tmp_path: Any) -> None:
    """asyncio's TLS slices the buffer that it was given, so it must be a memoryview."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    try:
        subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("openssl makes no certificate here")

    async def main() -> None:
        theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        theirs.load_cert_chain(certificate, key)
        ours = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ours.check_hostname, ours.verify_mode = False, ssl.CERT_NONE
        data = random.Random(5).randbytes(300_000)

        async def send(reader: Any, writer: asyncio.StreamWriter) -> None:
            writer.write(data)
            await writer.drain()

        server = await ringfold.aio.start_server(send, "127.0.0.1", 0, ssl=theirs)
        port = server.sockets[0].getsockname()[1]
        reader, writer = await ringfold.aio.open_connection("127.0.0.1", port, capacity=50_000, ssl=ours)
        assert await reader.read() == data
        writer.close()
        server.close()

    run(main())
