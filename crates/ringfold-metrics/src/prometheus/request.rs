//! What a client wants, within bounds.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::time::Instant;

/// More than any scraper sends before the empty line.
const MOST_BYTES: usize = 8 << 10;
const MOST_HEADERS: usize = 64;

/// What can be asked for, or why it cannot be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Metrics {
        with_body: bool,
    },
    Front {
        with_body: bool,
    },
    Unknown {
        with_body: bool,
    },
    OtherMethod,
    Malformed,
    TooLarge,
    TooSlow,
    /// The client left before it had said anything.
    Nothing,
}

/// Reads up to the end of the headers, until `deadline`.
pub(super) fn read(stream: &mut TcpStream, deadline: Instant) -> Request {
    let (mut bytes, mut read) = ([0; MOST_BYTES], 0);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return Request::TooSlow;
        }
        match stream.read(&mut bytes[read..]) {
            Ok(0) if read == 0 => return Request::Nothing,
            Ok(0) => return Request::Malformed,
            Ok(more) => read += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) if is_late(error.kind()) => return Request::TooSlow,
            Err(_) => return Request::Nothing,
        }
        match parse(&bytes[..read]) {
            Some(request) => return request,
            None if read == MOST_BYTES => return Request::TooLarge,
            None => {}
        }
    }
}

/// `None` while something is missing.
fn parse(bytes: &[u8]) -> Option<Request> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(httparse::Status::Partial) => None,
        Ok(httparse::Status::Complete(_)) => {
            Some(wanted(request.method.unwrap_or(""), request.path.unwrap_or("")))
        }
        Err(httparse::Error::TooManyHeaders) => Some(Request::TooLarge),
        Err(_) => Some(Request::Malformed),
    }
}

fn wanted(method: &str, target: &str) -> Request {
    let with_body = match method {
        "GET" => true,
        "HEAD" => false,
        _ => return Request::OtherMethod,
    };
    match target.split('?').next() {
        Some("/metrics") => Request::Metrics { with_body },
        Some("/") => Request::Front { with_body },
        _ => Request::Unknown { with_body },
    }
}

/// What a read or write says whose time is over: the one or the other, depending on the system.
pub(super) fn is_late(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_requests_are_understood_and_partial_ones_awaited() {
        let whole = b"GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\n\r\n";
        assert_eq!(parse(whole), Some(Request::Metrics { with_body: true }));
        for len in 0..whole.len() {
            assert_eq!(parse(&whole[..len]), None, "{len}");
        }
        assert_eq!(parse(b"HEAD / HTTP/1.0\r\n\r\n"), Some(Request::Front { with_body: false }));
        assert_eq!(parse(b"GET /metric HTTP/1.1\r\n\r\n"), Some(Request::Unknown { with_body: true }));
        assert_eq!(parse(b"DELETE /metrics HTTP/1.1\r\n\r\n"), Some(Request::OtherMethod));
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in [
            &b"\x16\x03\x01\x02\x00"[..],
            b"GET /metrics\r\n\r\n",
            b"GET /metrics HTTP/9\r\n\r\n",
            b" / HTTP/1.1\r\n\r\n",
        ] {
            assert_eq!(parse(bad), Some(Request::Malformed), "{bad:?}");
        }
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(MOST_HEADERS + 1));
        assert_eq!(parse(many.as_bytes()), Some(Request::TooLarge));
    }
}
