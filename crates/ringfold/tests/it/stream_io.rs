//! ByteStream and the rest of `std::io`: who is called how often, and what becomes of those who lie, panic or are interrupted.

use std::{
    io::{self, BufRead, ErrorKind, IoSlice, IoSliceMut, Read, Write},
    panic::{AssertUnwindSafe, catch_unwind},
};

use ringfold::{ByteStream, ring::Storage, stream::Inline};

use crate::memory::{place, seam, single};

/// Streams of eight bytes whose content and whose room lie across the seam, on the memory under test and inline, each with
/// "abcd" in it.
fn across_the_seam(test: impl Test) {
    fn once<S: Storage<u8>>(stream: ByteStream<S>, at: usize, test: &impl Test) {
        let mut ring = stream.into_ring();
        place(&mut ring, at, || b'a');
        ring.push_slice(b"bcd");
        test.run(ring.into());
    }
    for back in 0..=8 {
        let ring = single(8);
        let at = seam(&ring) - back;
        once(ByteStream::from(ring), at, &test);
        once(Inline::<8>::new(), 8 - back, &test);
    }
}

/// A closure would know only one kind of storage.
trait Test {
    fn run<S: Storage<u8>>(&self, stream: ByteStream<S>);
}

/// Counts its calls, remembers how much it was offered, and says what it was told to say.
#[derive(Default)]
struct Party {
    calls: Vec<usize>,
    says: Option<fn(usize) -> io::Result<usize>>,
    seen: Vec<u8>,
}

impl Party {
    fn who_says(says: fn(usize) -> io::Result<usize>) -> Self {
        Self { says: Some(says), ..Self::default() }
    }
}

impl Read for Party {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.calls.push(bytes.len());
        bytes.fill(b'x');
        self.says.map_or(Ok(bytes.len()), |says| says(bytes.len()))
    }
}

impl Write for Party {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls.push(bytes.len());
        self.seen.extend(bytes);
        self.says.map_or(Ok(bytes.len()), |says| says(bytes.len()))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn kind<T>(result: io::Result<T>) -> ErrorKind {
    result.err().expect("this was meant to fail").kind()
}

#[test]
fn one_call_moves_all_there_is() {
    struct OneCall;
    impl Test for OneCall {
        fn run<S: Storage<u8>>(&self, mut stream: ByteStream<S>) {
            let mut source = Party::default();
            assert_eq!(stream.read_from(&mut source).unwrap(), 4);
            assert_eq!((&source.calls[..], stream.readable()), (&[4][..], &b"abcdxxxx"[..]));
            assert_eq!(kind(stream.read_from(&mut source)), ErrorKind::WouldBlock);
            assert_eq!(source.calls.len(), 1, "without room the source is not asked");

            let mut sink = Party::default();
            assert_eq!(stream.write_to(&mut sink).unwrap(), 8);
            assert_eq!((&sink.calls[..], &sink.seen[..]), (&[8][..], &b"abcdxxxx"[..]));
            assert_eq!(kind(stream.write_to(&mut sink)), ErrorKind::WouldBlock);
            stream.close();
            assert_eq!(stream.write_to(&mut sink).unwrap(), 0);
            assert_eq!(sink.calls.len(), 1, "without bytes the sink is not asked");
            assert_eq!(kind(stream.read_from(&mut source)), ErrorKind::BrokenPipe);
            assert_eq!(source.calls.len(), 1);
        }
    }
    across_the_seam(OneCall);
}

#[test]
fn a_party_that_does_less_is_believed() {
    struct Less;
    impl Test for Less {
        fn run<S: Storage<u8>>(&self, mut stream: ByteStream<S>) {
            assert_eq!(stream.read_from(Party::who_says(|room| Ok(room / 2))).unwrap(), 2);
            assert_eq!(stream.readable(), b"abcdxx");
            assert_eq!(stream.read_from(io::empty()).unwrap(), 0);
            assert_eq!(stream.write_to(Party::who_says(|all| Ok(all - 1))).unwrap(), 5);
            assert_eq!(stream.readable(), b"x");
            assert_eq!(kind(stream.write_to(Party::who_says(|_| Ok(0)))), ErrorKind::WriteZero);
            assert_eq!(stream.readable(), b"x");
        }
    }
    across_the_seam(Less);
}

#[test]
fn a_party_that_lies_gains_nothing() {
    struct Lies;
    impl Test for Lies {
        fn run<S: Storage<u8>>(&self, mut stream: ByteStream<S>) {
            for lie in [|room| Ok(room + 1), |_| Ok(usize::MAX)] {
                assert_eq!(stream.read_from(Party::who_says(lie)).unwrap(), 4);
                assert_eq!((stream.readable(), stream.free()), (&b"abcdxxxx"[..], 0));
                assert_eq!(stream.write_to(Party::who_says(lie)).unwrap(), 8);
                assert_eq!((stream.readable(), stream.free()), (&b""[..], 8));
                stream.write_all(b"abcd").unwrap();
            }
        }
    }
    across_the_seam(Lies);
}

#[test]
fn a_party_that_fails_or_panics_takes_nothing() {
    struct Fails;
    impl Test for Fails {
        fn run<S: Storage<u8>>(&self, mut stream: ByteStream<S>) {
            for says in [
                |_| Err(ErrorKind::Interrupted.into()),
                |_| Err(ErrorKind::ConnectionReset.into()),
                |_| panic!("not now"),
            ] {
                let say = |result: io::Result<usize>| kind(result);
                let read = catch_unwind(AssertUnwindSafe(|| say(stream.read_from(Party::who_says(says)))));
                let written = catch_unwind(AssertUnwindSafe(|| say(stream.write_to(Party::who_says(says)))));
                assert_eq!(read.ok(), written.ok());
                assert_eq!((stream.readable(), stream.free()), (&b"abcd"[..], 4));
            }
            // What was scribbled into the room is not seen, but may be produced: it is initialised.
            assert_eq!((stream.produce(9), stream.len()), (4, 8));
            assert_eq!(stream.readable(), b"abcdxxxx");
        }
    }
    across_the_seam(Fails);
}

#[test]
fn all_or_nothing() {
    struct Exact;
    impl Test for Exact {
        fn run<S: Storage<u8>>(&self, mut stream: ByteStream<S>) {
            let mut five = *b"-----";
            assert_eq!(kind(stream.read_exact(&mut five)), ErrorKind::WouldBlock);
            assert_eq!(kind(stream.read_exact(&mut [0; 9])), ErrorKind::InvalidInput);
            assert_eq!((stream.readable(), &five), (&b"abcd"[..], b"-----"), "nothing was taken");
            assert_eq!(kind(stream.write_all(b"12345")), ErrorKind::WouldBlock);
            let error = stream.write_all(b"123456789").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(
                error.to_string().contains("9 bytes") && error.to_string().contains("holds 8"),
                "{error}"
            );
            assert_eq!(stream.readable(), b"abcd", "nothing was written");
            stream.write_all(b"1234").unwrap();
            write!(stream, "").unwrap();
            assert_eq!(kind(write!(stream, "5")), ErrorKind::WouldBlock);
            stream.read_exact(&mut five).unwrap();
            assert_eq!(&five, b"abcd1");
            stream.close();
            assert_eq!(kind(stream.read_exact(&mut five)), ErrorKind::UnexpectedEof);
            assert_eq!(kind(stream.read_exact(&mut [0; 9])), ErrorKind::UnexpectedEof);
            assert_eq!(kind(stream.write_all(b"123456789")), ErrorKind::BrokenPipe);
            assert_eq!(kind(stream.write_all(b"1")), ErrorKind::BrokenPipe);
            stream.write_all(b"").unwrap();
            stream.read_exact(&mut five[..3]).unwrap();
            assert_eq!(&five, b"234d1");
            stream.read_exact(&mut []).unwrap();
        }
    }
    across_the_seam(Exact);
}

#[test]
fn the_end_is_the_end_and_nothing_else_is() {
    struct End;
    impl Test for End {
        fn run<S: Storage<u8>>(&self, mut stream: ByteStream<S>) {
            let mut three = [0; 3];
            assert_eq!((stream.read(&mut three).unwrap(), stream.read(&mut three).unwrap()), (3, 1));
            assert_eq!(stream.read(&mut []).unwrap(), 0);
            assert_eq!(kind(stream.read(&mut three)), ErrorKind::WouldBlock);
            assert_eq!(kind(stream.fill_buf()), ErrorKind::WouldBlock);
            let mut all = Vec::new();
            assert_eq!(kind(stream.read_to_end(&mut all)), ErrorKind::WouldBlock);
            assert_eq!(stream.write(b"123456789").unwrap(), 8);
            assert_eq!(kind(stream.write(b"9")), ErrorKind::WouldBlock);
            assert_eq!(stream.write(b"").unwrap(), 0);
            assert_eq!(kind(stream.read_to_end(&mut all)), ErrorKind::WouldBlock);
            assert_eq!(all, b"12345678", "what came before the error was not lost");
            stream.write_all(b"rest").unwrap();
            assert!(!stream.is_closed());
            stream.close();
            stream.close();
            assert!(stream.is_closed() && !stream.is_empty());
            assert_eq!((stream.free(), stream.writable().len(), stream.push_slice(b"x")), (0, 0, 0));
            assert_eq!(stream.produce(1), 0);
            assert_eq!(kind(stream.write(b"x")), ErrorKind::BrokenPipe);
            assert_eq!(kind(stream.write_vectored(&[IoSlice::new(b"x")])), ErrorKind::BrokenPipe);
            assert_eq!(stream.flush().map_err(|error| error.kind()), Ok(()));
            assert_eq!(io::read_to_string(&mut stream).unwrap(), "rest");
            assert_eq!((stream.read(&mut three).unwrap(), stream.fill_buf().unwrap().len()), (0, 0));
            assert_eq!(stream.read_vectored(&mut [IoSliceMut::new(&mut three)]).unwrap(), 0);
        }
    }
    across_the_seam(End);
}

#[test]
fn several_buffers_at_once() {
    struct Several;
    impl Test for Several {
        fn run<S: Storage<u8>>(&self, mut stream: ByteStream<S>) {
            let parts = [IoSlice::new(b""), IoSlice::new(b"12"), IoSlice::new(b"345"), IoSlice::new(b"6")];
            assert_eq!(stream.write_vectored(&parts).unwrap(), 4);
            assert_eq!(kind(stream.write_vectored(&parts)), ErrorKind::WouldBlock);
            assert_eq!(stream.write_vectored(&[IoSlice::new(b"")]).unwrap(), 0);
            let (mut first, mut second, mut third) = ([0; 3], [0; 1], [0; 9]);
            let into = &mut [&mut first[..], &mut [], &mut second, &mut third].map(IoSliceMut::new);
            assert_eq!(stream.read_vectored(into).unwrap(), 8);
            assert_eq!((&first, &second, &third[..5]), (b"abc", b"d", &b"1234\0"[..]));
            assert_eq!(kind(stream.read_vectored(&mut [IoSliceMut::new(&mut first)])), ErrorKind::WouldBlock);
            assert_eq!(stream.read_vectored(&mut [IoSliceMut::new(&mut [])]).unwrap(), 0);
        }
    }
    across_the_seam(Several);
}

#[test]
fn lines() {
    struct Lines;
    impl Test for Lines {
        fn run<S: Storage<u8>>(&self, mut stream: ByteStream<S>) {
            let mut line = String::new();
            assert_eq!(kind(stream.read_line(&mut line)), ErrorKind::WouldBlock);
            assert_eq!(line, "abcd", "what came before the error is in the caller's string");
            stream.write_all(b"e\nf;g;").unwrap();
            assert_eq!(stream.read_line(&mut line).unwrap(), 2);
            assert_eq!(line, "abcde\n");
            let mut part = Vec::new();
            assert_eq!(stream.read_until(b';', &mut part).unwrap(), 2);
            assert_eq!(stream.skip_until(b';').unwrap(), 2);
            assert_eq!((&part[..], stream.is_empty()), (&b"f;"[..], true));
            stream.write_all(b"1\n\n3").unwrap();
            stream.close();
            let lines: Vec<_> = stream.lines().map(Result::unwrap).collect();
            assert_eq!(lines, ["1", "", "3"]);
        }
    }
    across_the_seam(Lines);
}

#[test]
fn a_file_of_any_length_through_a_small_stream() {
    let bytes: Vec<u8> = (0..100_000_u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    let mut stream = ByteStream::from(single(4097));
    let (mut source, mut copy) = (&bytes[..], Vec::new());
    loop {
        if stream.free() > 100 && stream.read_from(&mut source).unwrap() == 0 {
            stream.close();
        }
        // Three quarters of it, so that it does not begin at the front each time.
        let some = stream.len().div_ceil(4) * 3;
        match stream.write_to(AtMost(&mut copy, some)).unwrap() {
            0 => break,
            _ => assert!(!stream.is_full()),
        }
    }
    assert!(copy == bytes);

    let mut closed = ByteStream::from(single(100));
    closed.write_all(b"to be copied").unwrap();
    closed.close();
    let mut copied = Vec::new();
    assert_eq!(io::copy(&mut closed, &mut copied).unwrap(), 12);
}

/// A sink that takes no more than so many bytes in a call.
struct AtMost<'a>(&'a mut Vec<u8>, usize);

impl Write for AtMost<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(&bytes[..bytes.len().min(self.1)])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a byte is that nobody wrote may be anything, but it is the same each time it is read. Safe code can see the memory
/// through both of its addresses here, so this fails in a release build if the compiler is not told when a ring moves on.
#[test]
fn bytes_that_nobody_wrote_stay_the_same() {
    #[inline(never)]
    fn produced(stream: &mut ByteStream) -> u8 {
        // So that the compiler knows all lengths, and keeps them in mind.
        stream.clear();
        assert!(stream.capacity() == 4096);
        stream.push_slice(&[1; 4096]);
        stream.consume(1);
        stream.push_slice(&[2]);
        stream.clear();
        stream.produce(1);
        stream.readable()[0]
    }
    let mut stream = ByteStream::from(single(4096));
    let first = produced(&mut stream);
    assert_eq!(first, std::hint::black_box(&stream).readable()[0]);
}

#[cfg(feature = "bytes")]
#[test]
fn buffers_of_the_bytes_crate() {
    use bytes::{Buf, BufMut};

    struct Buffers;
    impl Test for Buffers {
        fn run<S: Storage<u8>>(&self, mut stream: ByteStream<S>) {
            assert_eq!((stream.remaining(), stream.remaining_mut(), stream.chunk()), (4, 4, &b"abcd"[..]));
            assert_eq!(stream.chunk_mut().len(), 4);
            stream.put_u16(0x3132);
            stream.put_slice(b"34");
            assert!(!stream.has_remaining_mut());
            assert_eq!(stream.get_u32(), u32::from_be_bytes(*b"abcd"));
            assert_eq!(stream.copy_to_bytes(3), &b"123"[..]);
            assert_eq!(stream.get_u8(), b'4');
            assert!(!stream.has_remaining());
            let panics = |f: &mut dyn FnMut()| catch_unwind(AssertUnwindSafe(f)).unwrap_err();
            panics(&mut || stream.advance(1));
            panics(&mut || stream.put_slice(&[0; 9]));
            stream.clear();
            stream.put_bytes(7, 8);
            assert_eq!(stream.readable(), [7; 8]);
            stream.close();
            stream.clear();
            assert_eq!((stream.remaining_mut(), stream.chunk_mut().len()), (0, 0));
        }
    }
    across_the_seam(Buffers);
}
