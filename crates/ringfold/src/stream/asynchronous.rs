//! The asynchronous traits over a stream: tokio's and those of `futures`. Where `std::io` says `WouldBlock`, the task is kept and woken.
//! What users need is in `mod.rs`.

use core::task::{Context, Poll};
use std::io::{BufRead, ErrorKind, Result};

use super::ByteStream;
use crate::ring::Storage;

impl<S: Storage<u8>> ByteStream<S> {
    fn poll_readable(&mut self, task: &mut Context<'_>) -> Poll<Result<&[u8]>> {
        if self.is_empty() && !self.is_closed() {
            self.wakers.keep_reader(task.waker());
            return Poll::Pending;
        }
        Poll::Ready(self.fill_buf())
    }

    fn poll_push(&mut self, task: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        if self.is_closed() {
            return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
        }
        if self.is_full() {
            self.wakers.keep_writer(task.waker());
            return Poll::Pending;
        }
        Poll::Ready(Ok(self.push_slice(bytes)))
    }
}

#[cfg(feature = "tokio")]
mod with_tokio {
    use core::pin::Pin;

    use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};

    use super::{ByteStream, Context, Poll, Result, Storage};

    impl<S: Storage<u8> + Unpin> AsyncRead for ByteStream<S> {
        fn poll_read(
            self: Pin<&mut Self>,
            task: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<Result<()>> {
            let stream = self.get_mut();
            if buffer.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            let readable = core::task::ready!(stream.poll_readable(task))?;
            let count = readable.len().min(buffer.remaining());
            buffer.put_slice(&readable[..count]);
            stream.consume(count);
            Poll::Ready(Ok(()))
        }
    }

    impl<S: Storage<u8> + Unpin> AsyncBufRead for ByteStream<S> {
        fn poll_fill_buf(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Result<&[u8]>> {
            self.get_mut().poll_readable(task)
        }

        fn consume(self: Pin<&mut Self>, n: usize) {
            ByteStream::consume(self.get_mut(), n);
        }
    }

    impl<S: Storage<u8> + Unpin> AsyncWrite for ByteStream<S> {
        fn poll_write(self: Pin<&mut Self>, task: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
            self.get_mut().poll_push(task, bytes)
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
            Poll::Ready(Ok(()))
        }

        /// Closes the stream; what is in it can still be read.
        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
            self.get_mut().close();
            Poll::Ready(Ok(()))
        }
    }
}

#[cfg(feature = "futures")]
mod with_futures {
    use core::pin::Pin;

    use futures_io::{AsyncBufRead, AsyncRead, AsyncWrite};

    use super::{ByteStream, Context, Poll, Result, Storage};

    impl<S: Storage<u8> + Unpin> AsyncRead for ByteStream<S> {
        fn poll_read(self: Pin<&mut Self>, task: &mut Context<'_>, bytes: &mut [u8]) -> Poll<Result<usize>> {
            let stream = self.get_mut();
            if bytes.is_empty() {
                return Poll::Ready(Ok(0));
            }
            core::task::ready!(stream.poll_readable(task))?;
            Poll::Ready(Ok(stream.pop_slice(bytes)))
        }
    }

    impl<S: Storage<u8> + Unpin> AsyncBufRead for ByteStream<S> {
        fn poll_fill_buf(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Result<&[u8]>> {
            self.get_mut().poll_readable(task)
        }

        fn consume(self: Pin<&mut Self>, n: usize) {
            ByteStream::consume(self.get_mut(), n);
        }
    }

    impl<S: Storage<u8> + Unpin> AsyncWrite for ByteStream<S> {
        fn poll_write(self: Pin<&mut Self>, task: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
            self.get_mut().poll_push(task, bytes)
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
            Poll::Ready(Ok(()))
        }

        /// Closes the stream; what is in it can still be read.
        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
            self.get_mut().close();
            Poll::Ready(Ok(()))
        }
    }
}
