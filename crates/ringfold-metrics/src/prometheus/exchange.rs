//! One request and its answer.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use prometheus_client::{encoding::text, registry::Registry};

use super::CONTENT_TYPE;
use super::request::{self, Request};

/// A whole exchange may take so long, however the client spreads it out.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// What a client sends on after its headers is read and dropped for so long, because closing on unread bytes would take the answer from it.
const GRACE: Duration = Duration::from_millis(500);
const PLAIN: &str = "text/plain; charset=utf-8";

struct Answer {
    status: &'static str,
    content_type: &'static str,
    body: String,
    with_body: bool,
}

/// Reads one request, answers it and closes.
pub(super) fn serve(mut stream: TcpStream, metrics: &Registry) {
    let deadline = Instant::now() + PATIENCE;
    let request = request::read(&mut stream, deadline);
    if request == Request::Nothing {
        return;
    }
    // A client that does not take its answer has itself to blame.
    let sent = send(&mut stream, &answer(request, metrics).bytes(), deadline);
    if sent.is_ok() && stream.shutdown(Shutdown::Write).is_ok() {
        drain(&mut stream, deadline.min(Instant::now() + GRACE));
    }
}

fn answer(request: Request, metrics: &Registry) -> Answer {
    let plain =
        |status, body: &str| Answer { status, content_type: PLAIN, body: body.to_owned(), with_body: true };
    match request {
        Request::Metrics { with_body } => match render(metrics) {
            Some(body) => Answer { status: "200 OK", content_type: CONTENT_TYPE, body, with_body },
            None => plain("500 Internal Server Error", "a collector failed\n"),
        },
        Request::Front { with_body } => {
            Answer { with_body, ..plain("200 OK", "ringfold: the metrics are at /metrics\n") }
        }
        Request::Unknown { with_body } => Answer {
            with_body,
            ..plain("404 Not Found", "there is nothing here; the metrics are at /metrics\n")
        },
        Request::OtherMethod => plain("405 Method Not Allowed", "only GET and HEAD are answered\n"),
        Request::TooLarge => {
            plain("431 Request Header Fields Too Large", "at most 8 KiB and 64 header fields are read\n")
        }
        Request::TooSlow => plain("408 Request Timeout", "the request did not come within 5 seconds\n"),
        Request::Malformed | Request::Nothing => plain("400 Bad Request", "this is no HTTP/1 request\n"),
    }
}

/// `None` when a collector has failed, or panicked.
fn render(metrics: &Registry) -> Option<String> {
    let mut body = String::new();
    let rendered = catch_unwind(AssertUnwindSafe(|| text::encode(&mut body, metrics)));
    matches!(rendered, Ok(Ok(()))).then_some(body)
}

impl Answer {
    fn bytes(&self) -> Vec<u8> {
        let Self { status, content_type, body, with_body } = self;
        let allow = if status.starts_with("405") { "Allow: GET, HEAD\r\n" } else { "" };
        let mut text = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n{allow}Connection: close\r\n\r\n",
            body.len()
        );
        if *with_body {
            text.push_str(body);
        }
        text.into_bytes()
    }
}

fn send(stream: &mut TcpStream, mut bytes: &[u8], deadline: Instant) -> io::Result<()> {
    while !bytes.is_empty() {
        // The system refuses a timeout of zero.
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        stream.set_write_timeout(Some(left))?;
        match stream.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(sent) => bytes = &bytes[sent..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if Instant::now() >= deadline && !bytes.is_empty() {
            return Err(ErrorKind::TimedOut.into());
        }
    }
    Ok(())
}

fn drain(stream: &mut TcpStream, deadline: Instant) {
    let mut bytes = [0; 4096];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return;
        }
        match stream.read(&mut bytes) {
            Ok(0) => return,
            Err(error) if error.kind() != ErrorKind::Interrupted => return,
            _ => {}
        }
    }
}
