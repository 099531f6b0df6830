//! The endpoint: good requests, bad ones, slow ones, and the end.

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use ringfold_metrics::Registry;
use ringfold_metrics::prometheus::{CONTENT_TYPE, Rings, Server, serve};

use crate::client::{ask, exchange};
use crate::exposition::{series, sorted};
use crate::rooms::{EXPECTED, rooms};

fn started() -> (Server, SocketAddr) {
    let server = serve("127.0.0.1:0", &Registry::new()).unwrap();
    let address = server.address();
    (server, address)
}

#[test]
fn a_scrape_over_loopback_is_what_a_parser_expects() {
    let rooms = rooms();
    let server = serve("127.0.0.1:0", &rooms.registry).unwrap();
    let response = ask(server.address(), "GET", "/metrics");
    assert_eq!(response.status, 200);
    assert_eq!(response.header("Content-Type"), Some(CONTENT_TYPE));
    assert_eq!(response.header("Content-Length"), Some(&*response.body.len().to_string()));
    let series = series(&response.body);
    for (name, value) in EXPECTED {
        assert_eq!(series.get(&sorted(name)), Some(&value), "{name}");
    }
}

#[test]
fn figures_are_read_when_they_are_asked_for() {
    let mut rooms = rooms();
    let server = serve("127.0.0.1:0", &rooms.registry).unwrap();
    let popped = || series(&ask(server.address(), "GET", "/metrics").body)[&sorted(EXPECTED[1].0)];
    assert_eq!(popped(), 2.0);
    rooms.spsc.1.pop().unwrap();
    assert_eq!(popped(), 3.0);
}

#[test]
fn head_has_the_length_and_no_body() {
    let (_server, address) = started();
    for (path, status) in [("/metrics", 200), ("/", 200), ("/other", 404)] {
        let (short, whole) = (ask(address, "HEAD", path), ask(address, "GET", path));
        assert_eq!((short.status, whole.status, &*short.body), (status, status, ""));
        assert_eq!(short.headers, whole.headers);
    }
}

#[test]
fn what_is_wrong_is_said() {
    let (_server, address) = started();
    let status = |request: &[u8]| exchange(address, request).map(|response| response.status);
    assert_eq!(ask(address, "GET", "/other").status, 404);
    assert!(ask(address, "GET", "/").body.contains("/metrics"));
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let response = ask(address, method, "/metrics");
        assert_eq!((response.status, response.header("Allow")), (405, Some("GET, HEAD")), "{method}");
    }
    assert_eq!(status(b"hello\r\n\r\n"), Some(400));
    assert_eq!(status(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), Some(400), "TLS");
    assert_eq!(status(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Some(400), "HTTP/2");
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(100_000));
    assert_eq!(status(long.as_bytes()), Some(431));
    let many = format!("GET /metrics HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(1000));
    assert_eq!(status(many.as_bytes()), Some(431));
    let with_body = format!("POST /metrics HTTP/1.1\r\nContent-Length: 50000\r\n\r\n{}", "x".repeat(50_000));
    assert_eq!(status(with_body.as_bytes()), Some(405), "the answer comes in spite of the body");
    assert_eq!(ask(address, "GET", "/metrics").status, 200, "and it goes on");
}

#[test]
fn clients_that_say_nothing_do_not_keep_others_out_for_ever() {
    let (_server, address) = started();
    let silent: Vec<_> = (0..3).map(|_| TcpStream::connect(address).unwrap()).collect();
    let mut slow = TcpStream::connect(address).unwrap();
    slow.write_all(b"GET /metr").unwrap();
    let begin = Instant::now();
    assert_eq!(ask(address, "GET", "/metrics").status, 200);
    assert!(begin.elapsed() < Duration::from_secs(15), "{:?}", begin.elapsed());
    let mut said = String::new();
    slow.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    slow.read_to_string(&mut said).unwrap();
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    drop(silent);
}

#[test]
fn many_scrape_at_once() {
    let rooms = rooms();
    let server = serve("127.0.0.1:0", &rooms.registry).unwrap();
    let address = server.address();
    let scrapers = (0..8).map(|_| {
        thread::spawn(move || {
            for _ in 0..20 {
                let response = ask(address, "GET", "/metrics");
                assert!(response.status == 200 && response.body.ends_with("# EOF\n"));
            }
        })
    });
    scrapers.collect::<Vec<_>>().into_iter().for_each(|scraper| scraper.join().unwrap());
}

#[test]
fn dropping_the_server_stops_it_and_frees_the_address() {
    for round in 0..10 {
        let (server, address) = started();
        let idle = (round % 2 == 0).then(|| TcpStream::connect(address).unwrap());
        if idle.is_none() {
            assert_eq!(ask(address, "GET", "/metrics").status, 200);
        }
        drop(idle);
        drop(server);
        let refused = TcpStream::connect(address).map(drop).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    }
    let server = serve("0.0.0.0:0", &Registry::new()).unwrap();
    assert_ne!(server.address().port(), 0);
    drop(server);
}

#[test]
fn an_address_that_is_taken_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let error = serve(listener.local_addr().unwrap(), &Registry::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
}

#[derive(Debug)]
struct Broken;

impl Collector for Broken {
    fn encode(&self, _: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        panic!("as the test wants it")
    }
}

#[test]
fn a_collector_that_panics_is_an_error_500_and_no_end() {
    let mut metrics = prometheus_client::registry::Registry::default();
    metrics.register_collector(Box::new(Rings::of(&Registry::new())));
    metrics.register_collector(Box::new(Broken));
    let server = Server::bind("127.0.0.1:0", metrics).unwrap();
    for _ in 0..6 {
        assert_eq!(ask(server.address(), "GET", "/metrics").status, 500);
    }
    assert_eq!(ask(server.address(), "GET", "/").status, 200);
}
