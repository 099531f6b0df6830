"""Networking: lines out of a socket that is received straight into the ring, by asyncio and by hand."""

import asyncio
import socket

import ringfold
import ringfold.aio


async def answer(reader: ringfold.aio.StreamReader, writer: asyncio.StreamWriter) -> None:
    async for line in reader:
        writer.write(line.upper())
    await writer.drain()


async def main() -> None:
    server = await ringfold.aio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await ringfold.aio.open_connection("127.0.0.1", port)
    writer.write(b"get /\nhost: here\n")
    writer.write_eof()
    async for line in reader:
        print(line)
    writer.close()
    server.close()


asyncio.run(main())

left, right = socket.socketpair()
with left, right, ringfold.ByteStream(4096) as stream:
    left.sendall(b"one line\nand the ne")
    with stream.write_view() as room:
        room.commit(right.recv_into(room))
    while (received := stream.try_readuntil()) is not None:
        print(received, "whole")
    print(stream.peek(), "so far")
