//! The event distribution system, from outside.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

const SYSTEM: &str = env!("CARGO_BIN_EXE_event-system");

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(SYSTEM);
    command.args(words).args(["--metrics", "127.0.0.1:0"]).stdin(Stdio::null());
    command
}

/// Its exit code and what it printed, on both streams.
fn run(words: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = command(words).output().expect("it starts");
    (status.code(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
}

#[test]
fn everybody_gets_every_event_and_every_slot_is_free_again() {
    let (code, said) = run(&["--quick"]);
    assert!(code == Some(0) && said.ends_with("\nverified\n"), "{said}");
    for words in ["2,000 events", "2,000 rows", "2,000 documents, 2 of them found", "2,000 lines", "0 in use"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn one_event_will_do_and_so_will_a_slow_ingress() {
    for words in [&["--events", "1"][..], &["--events", "60", "--rate", "200"]] {
        let (code, said) = run(words);
        assert!(code == Some(0) && said.ends_with("\nverified\n"), "{said}");
    }
}

#[test]
fn what_is_wrong_is_found() {
    for (fault, what) in [
        ("lost", "the search index: event 100 is missing"),
        ("doubled", "the audit log: event 100 stands where event 101 comes next"),
        ("changed", "the database has"),
        ("leak", "1 slots of the pool and 0 events on the heap are still in use"),
    ] {
        let (code, said) = run(&["--quick", "--fault", fault]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(what) && !said.contains("verified") && !said.contains("panicked"), "{said}");
    }
}

#[test]
fn the_stores_stay_where_they_are_wanted_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("UTF-8");
    let (code, said) = run(&["--quick", "--dir", path]);
    assert_eq!(code, Some(0), "{said}");
    let log = std::fs::read(folder.path().join("audit.log")).expect("it is there");
    let (code, said) = run(&["--quick", "--dir", path]);
    assert!(code == Some(1) && said.contains("is the folder of an earlier run?"), "{said}");
    assert_eq!(std::fs::read(folder.path().join("audit.log")).expect("it is there"), log);
}

/// What a browser would get; the figures stay after the end.
#[test]
fn the_metrics_can_be_scraped() {
    let mut child = command(&["--quick", "--linger"]).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
    let said = line_with(&mut lines, "curl http://");
    let address = said
        .split("http://")
        .nth(1)
        .and_then(|rest| rest.strip_suffix("/metrics\n"))
        .expect("an address")
        .to_owned();
    let said = line_with(&mut lines, "stay at");
    assert!(said.contains(&address), "{said}");
    let text = scrape(&address);
    for ring in ["database", "search", "analytics", "audit"] {
        for name in ["written", "read"] {
            let series = format!("ringfold_{name}_items_total{{ring=\"{ring}\",room=\"spsc\"}} 2000\n");
            assert!(text.contains(&series), "{series}{text}");
        }
    }
    assert!(text.contains("ringfold_pool_in_use_slots{pool=\"events\",class=\"XS\"} 0\n"), "{text}");
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && text.ends_with("# EOF\n"), "{text}");
    finish(child);
}

fn line_with(lines: &mut BufReader<ChildStdout>, words: &str) -> String {
    let mut all = String::new();
    loop {
        let from = all.len();
        assert!(lines.read_line(&mut all).expect("a line") > 0, "it has ended: {all}");
        if all[from..].contains(words) {
            return all[from..].to_owned();
        }
    }
}

fn scrape(address: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(stream, "GET /metrics HTTP/1.1\r\nHost: {address}\r\n\r\n").expect("it reads");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("it answers");
    text
}

/// Ends it as Ctrl+C would.
fn finish(mut child: Child) {
    let asked = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(asked.expect("there is `kill`").success());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_wrong_command_line_is_told_apart_and_the_help_starts_with_examples() {
    for words in [&["--events", "0"][..], &["--fault", "fire"], &["--quick", "--events", "5"]] {
        assert_eq!(run(words).0, Some(2), "{words:?}");
    }
    let (code, said) = run(&["--help"]);
    assert!(
        code == Some(0) && said.starts_with("Examples:\n  event-system ") && said.contains("Exit codes:"),
        "{said}"
    );
}

#[test]
fn an_address_that_is_taken_is_said() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let output = Command::new(SYSTEM).args(["--quick", "--metrics", &address]).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot serve metrics at") && said.contains("takes any free port"), "{said}");
}
