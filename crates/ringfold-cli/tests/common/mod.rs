//! What the tests of the command share.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The command under test.
pub fn ringfold() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfold"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// `ringfold pipe` with these words.
pub fn pipe(words: &str) -> Command {
    let mut command = ringfold();
    command.arg("pipe").args(words.split_whitespace());
    command
}

/// The same bytes on every machine (Marsaglia's xorshift64).
pub fn bytes(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.flatten().take(count).collect()
}

/// Runs it with `input` on standard input, while reading all of its output.
pub fn feed(mut command: Command, input: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).spawn().expect("ringfold starts");
    let mut stdin = child.stdin.take().expect("piped");
    thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input).expect("ringfold reads everything"));
        child.wait_with_output().expect("ringfold ends")
    })
}

/// What was printed on standard error.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// Waits for the end, but not for ever; with what was printed on standard error.
pub fn end_of(mut child: Child) -> (i32, String) {
    let begin = Instant::now();
    let status = loop {
        match child.try_wait().expect("a child can be waited for") {
            Some(status) => break status,
            None if begin.elapsed() > Duration::from_secs(20) => {
                child.kill().expect("a child can be killed");
                panic!("ringfold hangs");
            }
            None => thread::sleep(Duration::from_millis(5)),
        }
    };
    let mut words = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut words).expect("UTF-8");
    (status.code().expect("it exits by itself"), words)
}

/// Sends a signal by name.
pub fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    assert!(status.expect("kill is there").success());
}

/// Tries for a while.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(20), "never happened: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
