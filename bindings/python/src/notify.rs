//! A file descriptor that becomes readable: what event loops can wait for.

#[cfg(unix)]
pub use unix::Notify;

#[cfg(not(unix))]
pub use elsewhere::Notify;

#[cfg(unix)]
mod unix {
    use std::io::{self, Read, Write};
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    /// Two connected sockets, neither of which ever blocks.
    pub struct Notify {
        writer: UnixStream,
        reader: UnixStream,
    }

    impl Notify {
        pub fn new() -> io::Result<Self> {
            let (writer, reader) = UnixStream::pair()?;
            writer.set_nonblocking(true)?;
            reader.set_nonblocking(true)?;
            Ok(Self { writer, reader })
        }

        pub fn descriptor(&self) -> i32 {
            self.reader.as_raw_fd()
        }

        /// Makes it readable.
        pub fn ring(&self) {
            // Where there is no room for a byte it is readable already.
            let _full = (&self.writer).write(&[1]);
        }

        /// Makes it unreadable.
        pub fn silence(&self) {
            while matches!((&self.reader).read(&mut [0; 64]), Ok(1..)) {}
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    /// There are no descriptors for what is not a socket; asyncio waits in a thread instead.
    pub enum Notify {}

    impl Notify {
        pub fn new() -> std::io::Result<Self> {
            Err(std::io::ErrorKind::Unsupported.into())
        }

        pub fn descriptor(&self) -> i32 {
            match *self {}
        }

        pub fn ring(&self) {
            match *self {}
        }

        pub fn silence(&self) {
            match *self {}
        }
    }
}
