//! ByteStream between tasks: who is woken, when, and that nothing is lost.

use std::{
    io::{ErrorKind, Read, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
};

use ringfold::{ByteStream, stream::Inline};

use crate::memory::single;

/// A task that counts how often it is woken.
#[derive(Default)]
struct Task(AtomicUsize);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl Task {
    fn times_woken(&self) -> usize {
        self.0.swap(0, SeqCst)
    }
}

/// A task that does not want to be woken.
struct Grumpy;

impl Wake for Grumpy {
    fn wake(self: Arc<Self>) {
        panic!("not now");
    }
}

/// What can be done to a stream.
type Act = fn(&mut ByteStream);

fn stream(capacity: usize) -> ByteStream {
    ByteStream::from(single(capacity))
}

/// The traits of tokio and of `futures` under the same names.
trait Polled {
    fn read(&mut self, task: &mut Context<'_>, bytes: &mut [u8]) -> Poll<Result<usize, ErrorKind>>;
    fn write(&mut self, task: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, ErrorKind>>;
    fn fill(&mut self, task: &mut Context<'_>) -> Poll<Result<Vec<u8>, ErrorKind>>;
    fn close(&mut self, task: &mut Context<'_>) -> Poll<Result<(), ErrorKind>>;
}

fn kinds<T>(poll: Poll<std::io::Result<T>>) -> Poll<Result<T, ErrorKind>> {
    poll.map_err(|error| error.kind())
}

#[cfg(feature = "tokio")]
struct Tokio<'a, S>(&'a mut S);

#[cfg(feature = "tokio")]
impl<S: tokio::io::AsyncBufRead + tokio::io::AsyncWrite + Unpin> Polled for Tokio<'_, S> {
    fn read(&mut self, task: &mut Context<'_>, bytes: &mut [u8]) -> Poll<Result<usize, ErrorKind>> {
        let mut buffer = tokio::io::ReadBuf::new(bytes);
        let poll = Pin::new(&mut *self.0).poll_read(task, &mut buffer);
        kinds(poll).map_ok(|()| buffer.filled().len())
    }

    fn write(&mut self, task: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, ErrorKind>> {
        kinds(Pin::new(&mut *self.0).poll_write(task, bytes))
    }

    fn fill(&mut self, task: &mut Context<'_>) -> Poll<Result<Vec<u8>, ErrorKind>> {
        kinds(Pin::new(&mut *self.0).poll_fill_buf(task)).map_ok(<[u8]>::to_vec)
    }

    fn close(&mut self, task: &mut Context<'_>) -> Poll<Result<(), ErrorKind>> {
        assert!(Pin::new(&mut *self.0).poll_flush(task).is_ready());
        kinds(Pin::new(&mut *self.0).poll_shutdown(task))
    }
}

#[cfg(feature = "futures")]
struct Futures<'a, S>(&'a mut S);

#[cfg(feature = "futures")]
impl<S: futures_io::AsyncBufRead + futures_io::AsyncWrite + Unpin> Polled for Futures<'_, S> {
    fn read(&mut self, task: &mut Context<'_>, bytes: &mut [u8]) -> Poll<Result<usize, ErrorKind>> {
        kinds(Pin::new(&mut *self.0).poll_read(task, bytes))
    }

    fn write(&mut self, task: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, ErrorKind>> {
        kinds(Pin::new(&mut *self.0).poll_write(task, bytes))
    }

    fn fill(&mut self, task: &mut Context<'_>) -> Poll<Result<Vec<u8>, ErrorKind>> {
        kinds(Pin::new(&mut *self.0).poll_fill_buf(task)).map_ok(<[u8]>::to_vec)
    }

    fn close(&mut self, task: &mut Context<'_>) -> Poll<Result<(), ErrorKind>> {
        assert!(Pin::new(&mut *self.0).poll_flush(task).is_ready());
        kinds(Pin::new(&mut *self.0).poll_close(task))
    }
}

/// A stream by way of one of the traits.
type By = fn(&mut ByteStream) -> Box<dyn Polled + '_>;

/// Runs a test with each of the traits.
fn with_each(test: fn(By)) {
    #[cfg(feature = "tokio")]
    test(|stream| Box::new(Tokio(stream)));
    #[cfg(feature = "futures")]
    test(|stream| Box::new(Futures(stream)));
}

const PENDING: Poll<Result<usize, ErrorKind>> = Poll::Pending;

#[test]
fn every_verb_that_brings_bytes_wakes_the_reader_once() {
    with_each(|polled| {
        let acts: [Act; 7] = [
            |stream| assert_eq!(stream.push_slice(b"x"), 1),
            |stream| assert_eq!(stream.produce(1), 1),
            |stream| assert_eq!(stream.write(b"x").unwrap(), 1),
            |stream| stream.write_all(b"x").unwrap(),
            |stream| assert_eq!(stream.write_vectored(&[std::io::IoSlice::new(b"x")]).unwrap(), 1),
            |stream| assert_eq!(stream.read_from(&b"x"[..]).unwrap(), 1),
            ByteStream::close,
        ];
        for (number, act) in acts.into_iter().enumerate() {
            let (mut stream, task) = (stream(4), Arc::new(Task::default()));
            let waker = Waker::from(task.clone());
            let context = &mut Context::from_waker(&waker);
            assert_eq!(polled(&mut stream).read(context, &mut [0; 3]), PENDING);
            stream.produce(0);
            stream.push_slice(b"");
            stream.write_all(b"").unwrap();
            stream.write_all(b"too much").unwrap_err();
            stream.read_from(std::io::empty()).unwrap();
            assert_eq!(task.times_woken(), 0, "nothing came");
            act(&mut stream);
            assert_eq!(task.times_woken(), 1, "act {number}");
            stream.push_slice(b"yz");
            assert_eq!(task.times_woken(), 0, "it has not asked again");
            let all = stream.len();
            assert_eq!(polled(&mut stream).read(context, &mut [0; 4]), Poll::Ready(Ok(all)));
        }
    });
}

#[test]
fn every_verb_that_makes_room_wakes_the_writer_once() {
    with_each(|polled| {
        let acts: [Act; 6] = [
            |stream| assert_eq!(stream.consume(1), 1),
            |stream| assert_eq!(stream.pop_slice(&mut [0]), 1),
            |stream| assert_eq!(stream.read(&mut [0]).unwrap(), 1),
            |stream| stream.read_exact(&mut [0]).unwrap(),
            |stream| assert_eq!(stream.write_to(std::io::sink()).unwrap(), 4),
            ByteStream::clear,
        ];
        for (number, act) in acts.into_iter().enumerate() {
            let (mut stream, task) = (stream(4), Arc::new(Task::default()));
            let waker = Waker::from(task.clone());
            let context = &mut Context::from_waker(&waker);
            stream.write_all(b"full").unwrap();
            assert_eq!(polled(&mut stream).write(context, b"more"), PENDING);
            assert_eq!(polled(&mut stream).write(context, b""), Poll::Ready(Ok(0)));
            stream.consume(0);
            stream.read_exact(&mut [0; 5]).unwrap_err();
            assert_eq!(task.times_woken(), 0, "nothing went");
            act(&mut stream);
            assert_eq!(task.times_woken(), 1, "act {number}");
            let free = stream.free();
            assert_eq!(polled(&mut stream).write(context, b"more"), Poll::Ready(Ok(free)));
        }
    });
}

#[test]
fn closing_wakes_both_and_says_how_it_ends() {
    with_each(|polled| {
        let (reader, writer) = (Arc::new(Task::default()), Arc::new(Task::default()));
        let (reading, writing) = (Waker::from(reader.clone()), Waker::from(writer.clone()));
        let (reading, writing) = (&mut Context::from_waker(&reading), &mut Context::from_waker(&writing));
        let mut stream = stream(2);
        assert_eq!(polled(&mut stream).fill(reading), Poll::Pending);
        stream.write_all(b"ab").unwrap();
        assert_eq!(reader.times_woken(), 1);
        assert_eq!(polled(&mut stream).write(writing, b"c"), PENDING);
        assert_eq!(polled(&mut stream).close(writing), Poll::Ready(Ok(())));
        assert_eq!((reader.times_woken(), writer.times_woken()), (0, 1));
        assert_eq!(polled(&mut stream).write(writing, b"c"), Poll::Ready(Err(ErrorKind::BrokenPipe)));
        assert_eq!(polled(&mut stream).fill(reading), Poll::Ready(Ok(b"ab".to_vec())));
        assert_eq!(polled(&mut stream).read(reading, &mut []), Poll::Ready(Ok(0)));
        assert_eq!(polled(&mut stream).read(reading, &mut [0; 9]), Poll::Ready(Ok(2)));
        assert_eq!(polled(&mut stream).read(reading, &mut [0; 9]), Poll::Ready(Ok(0)));
        assert_eq!(polled(&mut stream).fill(reading), Poll::Ready(Ok(vec![])));
        assert_eq!((reader.times_woken(), writer.times_woken()), (0, 0));
    });
}

#[test]
fn the_last_task_that_asked_is_woken() {
    with_each(|polled| {
        let tasks = [Arc::new(Task::default()), Arc::new(Task::default())];
        let mut stream = stream(2);
        for task in &tasks {
            let waker = Waker::from(task.clone());
            assert_eq!(polled(&mut stream).read(&mut Context::from_waker(&waker), &mut [0]), PENDING);
        }
        stream.push_slice(b"x");
        assert_eq!(tasks.each_ref().map(|task| task.times_woken()), [0, 1]);
    });
}

#[test]
fn a_waker_that_panics_loses_nothing() {
    with_each(|polled| {
        let grumpy = Waker::from(Arc::new(Grumpy));
        let grumpy = &mut Context::from_waker(&grumpy);
        let panics = |f: &mut dyn FnMut()| catch_unwind(AssertUnwindSafe(f)).unwrap_err();

        let mut stream = stream(4);
        assert_eq!(polled(&mut stream).read(grumpy, &mut [0]), PENDING);
        panics(&mut || _ = stream.push_slice(b"full"));
        assert_eq!(stream.readable(), b"full", "the bytes came all the same");
        assert_eq!(polled(&mut stream).write(grumpy, b"x"), PENDING);
        panics(&mut || _ = stream.consume(4));
        assert_eq!((stream.len(), stream.free()), (0, 4), "and went");

        assert_eq!(polled(&mut stream).read(grumpy, &mut [0]), PENDING);
        panics(&mut || stream.close());
        assert_eq!(polled(&mut stream).read(grumpy, &mut [0]), Poll::Ready(Ok(0)), "and the end is the end");
    });
}

#[cfg(feature = "tokio")]
mod on_tokio {
    use std::thread;

    use tokio::{
        io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
        runtime::{Builder, Runtime},
    };

    use super::*;

    fn runtime() -> Runtime {
        Builder::new_current_thread().build().unwrap()
    }

    fn bytes() -> Vec<u8> {
        (0..100_000_u32).map(|n| (n.wrapping_mul(n) >> 5) as u8).collect()
    }

    #[test]
    fn two_tasks_of_one_thread() {
        fn carry<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + 'static>(stream: S) {
            let (mut reader, mut writer) = tokio::io::split(stream);
            runtime().block_on(async {
                let writing = tokio::spawn(async move {
                    for part in bytes().chunks(37) {
                        writer.write_all(part).await.unwrap();
                    }
                    writer.shutdown().await.unwrap();
                    assert_eq!(writer.write(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
                });
                let mut found = Vec::new();
                reader.read_to_end(&mut found).await.unwrap();
                writing.await.unwrap();
                assert!(found == bytes());
            });
        }
        carry(stream(1));
        carry(stream(16));
        carry(stream(4097));
        carry(Inline::<7>::new());
    }

    #[test]
    fn two_threads() {
        let (mut reader, mut writer) = tokio::io::split(stream(11));
        let writing = thread::spawn(move || {
            runtime().block_on(async {
                for part in bytes().chunks(23) {
                    writer.write_all(part).await.unwrap();
                }
                writer.shutdown().await.unwrap();
            });
        });
        let mut found = Vec::new();
        runtime().block_on(reader.read_to_end(&mut found)).unwrap();
        writing.join().unwrap();
        assert!(found == bytes());
    }

    #[test]
    fn lines() {
        let (reader, mut writer) = tokio::io::split(stream(5));
        runtime().block_on(async {
            let writing = tokio::spawn(async move {
                for n in 0..1000 {
                    writer.write_all(format!("line {n}\n").as_bytes()).await.unwrap();
                }
                writer.shutdown().await.unwrap();
            });
            let mut lines = BufReader::new(reader).lines();
            for n in 0..1000 {
                assert_eq!(lines.next_line().await.unwrap(), Some(format!("line {n}")));
            }
            assert_eq!(lines.next_line().await.unwrap(), None);
            writing.await.unwrap();
        });
        // By its own buffer, which holds whole lines.
        let mut stream = stream(100);
        stream.push_slice(b"one\ntwo");
        stream.close();
        let mut line = String::new();
        runtime().block_on(AsyncBufReadExt::read_line(&mut stream, &mut line)).unwrap();
        assert_eq!((line.as_str(), stream.readable()), ("one\n", &b"two"[..]));
    }

    #[test]
    fn a_cancelled_wait_loses_nothing() {
        let mut stream = stream(4);
        runtime().block_on(async {
            let mut bytes = [0; 4];
            tokio::select! {
                biased;
                _ = AsyncReadExt::read(&mut stream, &mut bytes) => panic!("there is nothing to read"),
                () = std::future::ready(()) => {}
            }
            AsyncWriteExt::write_all(&mut stream, b"full").await.unwrap();
            tokio::select! {
                biased;
                _ = AsyncWriteExt::write(&mut stream, b"more") => panic!("there is no room"),
                () = std::future::ready(()) => {}
            }
            assert_eq!(AsyncReadExt::read(&mut stream, &mut bytes).await.unwrap(), 4);
            assert_eq!((&bytes, stream.len()), (b"full", 0));
        });
    }
}
