"""ByteStream as the standard library sees files."""

from __future__ import annotations

import csv
import gzip
import io
import pickle
import random
import shutil
import socket
from typing import Any

import pytest

from ringfold import ByteStream, Full


def ended(data: bytes, capacity: int = 1 << 16) -> ByteStream:
    stream = ByteStream(capacity)
    assert stream.write(data) == len(data)
    stream.write_eof()
    return stream


def test_the_standard_library_takes_it_for_a_file(tmp_path: Any) -> None:
    data = random.randbytes(30_000)
    assert isinstance(ended(b""), io.RawIOBase)
    assert io.BufferedReader(ended(data)).read() == data
    target = io.BytesIO()
    shutil.copyfileobj(ended(data), target, 1000)
    assert target.getvalue() == data
    things = [{"a": [1, 2.5, "x"]}, list(range(1000)), b"y" * 5000]
    stream = ByteStream(1 << 16)
    for thing in things:
        pickle.dump(thing, stream)
    assert [pickle.load(stream) for _ in things] == things
    text = io.TextIOWrapper(io.BufferedReader(ended("a,ü\r\n1,2\r\n".encode())), encoding="utf-8", newline="")
    assert list(csv.reader(text)) == [["a", "ü"], ["1", "2"]]
    assert gzip.GzipFile(fileobj=ended(gzip.compress(data))).read() == data
    stream = ByteStream(1 << 16)
    with io.BufferedWriter(stream) as writer:
        writer.write(data)
        writer.flush()
        assert stream.read() == data


def test_a_raw_file_that_does_not_block() -> None:
    stream = ByteStream(4)
    assert stream.read() is stream.read(2) is stream.readall() is None
    assert stream.readinto(bytearray(3)) is None
    assert stream.read(0) == b"" and stream.readinto(bytearray()) == 0
    assert stream.write(b"abcdef") == 4 and stream.write(b"x") is None and stream.write(b"") == 0
    assert stream.peek() == b"abcd" and stream.peek(2) == b"ab" and len(stream) == 4
    assert stream.read(3) == b"abc"
    with pytest.raises(BlockingIOError) as caught:
        stream.writelines([b"123", b"4"])
    assert caught.value.characters_written == 3
    stream.write_eof()
    assert stream.read() == b"d123" and stream.read() == b"" and stream.read(1) == b""
    assert stream.ended and not stream.writable() and stream.readable() and not stream.seekable()
    with pytest.raises(BrokenPipeError):
        stream.write(b"x")
    with pytest.raises(BrokenPipeError):
        stream.write_view(1)
    for unsupported in (stream.fileno, stream.tell, lambda: stream.seek(0), stream.truncate):
        with pytest.raises(io.UnsupportedOperation):
            unsupported()
    stream.close()
    stream.close()
    for closed in (stream.read, stream.readable, stream.flush, lambda: stream.write(b""), lambda: next(stream)):
        with pytest.raises(ValueError, match="closed ByteStream"):
            closed()


def test_lines() -> None:
    stream = ByteStream(16)
    stream.write(b"one\ntw")
    assert stream.readline() == b"one\n"
    with pytest.raises(BlockingIOError):
        stream.readline()
    assert stream.try_readuntil() is None
    stream.write(b"o\n\nthree")
    assert stream.readline(2) == b"tw" and stream.readline() == b"o\n" and stream.readline() == b"\n"
    stream.write(b" and no end")
    with pytest.raises(ValueError, match="no end of line in 16 bytes"):
        stream.readline()
    assert stream.readline(5) == b"three"
    stream.write_eof()
    assert stream.readlines() == [b" and no end"] and stream.readline() == b"" and list(stream) == []


@pytest.mark.parametrize("separator", [b"\n", b"\r\n", b"aab"])
def test_no_line_is_missed_however_it_comes(separator: bytes) -> None:
    random.seed(1)
    alphabet = b"ab\r\n"
    text = bytes(random.choice(alphabet) for _ in range(20_000))
    text = text[: text.rindex(separator) + len(separator)]
    expected = [part + separator for part in text.split(separator)[:-1]]
    stream, found, at = ByteStream(2000), [], 0
    while at < len(text) or len(stream):
        match random.randrange(4):
            case 0 | 1:
                at += stream.write(text[at : at + random.randrange(1, 30)]) or 0
            case 2:
                while (part := stream.try_readuntil(separator)) is not None and part:
                    found.append(part)
            case 3 if found:
                # The front moves on by a view too.
                part = stream.try_readuntil(separator)
                with stream.read_view() as view:
                    rest = bytes(view)
                    if part is not None and separator in rest:
                        end = rest.index(separator) + len(separator)
                        found += [part, rest[:end]]
                        view.consume(end)
                    elif part is not None:
                        found.append(part)
    assert found == expected


def test_sockets_read_and_write_in_place() -> None:
    left, right = socket.socketpair()
    with left, right:
        stream = ByteStream(4096)
        left.sendall(b"ping" * 100)
        with stream.write_view() as room:
            room.commit(right.recv_into(room))
        with stream.read_view(400) as view:
            assert right.send(view) == 400
            view.consume(400)
        assert left.recv(1000) == b"ping" * 100 and len(stream) == 0
        with pytest.raises(Full):
            stream.write_view(4096).commit()
            stream.write_view(1)
