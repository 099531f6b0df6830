//! What is reported is true: how full the buffer was, who was the bottleneck, and what the options mean.

mod common;

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use common::{bytes, end_of, feed, pipe, stderr};
use serde_json::Value;

fn json(text: &str) -> Value {
    let object = text.lines().find(|line| line.starts_with('{')).unwrap_or_else(|| panic!("JSON in {text}"));
    serde_json::from_str(object).expect("JSON")
}

/// Under a limit of the address space in KiB.
fn limited(kibibytes: u32, words: &str) -> Output {
    let script = format!("ulimit -v {kibibytes}; exec {} pipe {words}", env!("CARGO_BIN_EXE_ringfold"));
    Command::new("sh").args(["-c", &script]).stdin(Stdio::null()).output().expect("a shell")
}

/// The reader of the output sleeps until both rings are full.
#[test]
fn the_buffer_is_never_more_than_full() {
    const MIB: usize = 1 << 20;
    let sent = bytes(5 * MIB - 100_000);
    let mut child = pipe("-m 4M --stats json").stdin(Stdio::piped()).spawn().expect("ringfold starts");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(&sent).expect("ringfold takes what its memory allows");
    drop(stdin);
    let mut received = Vec::new();
    child.stdout.take().expect("piped").read_to_end(&mut received).expect("ringfold writes");
    let (code, words) = end_of(child);
    assert!(code == 0 && received == sent, "{words}");
    let memory = &json(&words)["memory"];
    let number = |name: &str| memory[name].as_u64().expect("a number");
    assert!(number("peak_fill_bytes") > 4 << 20, "the large ring alone was not enough: {memory}");
    assert!(number("peak_fill_bytes") <= number("capacity_bytes"), "{memory}");
    assert_eq!(number("capacity_bytes") - number("near_bytes"), number("allowed_bytes"));
}

#[test]
fn a_watermark_that_held_the_writing_is_the_bottleneck() {
    for format in ["", "--stats json"] {
        let mut child = pipe(&format!("-m 1M -P 80% {format}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("starts");
        let mut stdin = child.stdin.take().expect("piped");
        // More than a pipe holds, so that it has begun by then.
        stdin.write_all(&bytes(200_000)).expect("ringfold reads");
        thread::sleep(Duration::from_millis(300));
        drop(stdin);
        let (_, words) = end_of(child);
        assert!(words.contains("-P held writing for "), "{words}");
        if !format.is_empty() {
            assert_eq!(json(&words)["bottleneck"], "watermark", "{words}");
        }
    }
}

#[test]
fn a_transfer_that_failed_has_no_verdict() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("file");
    fs::write(&path, bytes(100_000)).expect("a file");
    let output = pipe("--stats json -o /dev/full -i").arg(&path).output().expect("ringfold runs");
    let report = json(&stderr(&output));
    assert_eq!(report["outcome"], "failed");
    assert!(report["bottleneck"].is_null() && report["verdict"].is_null(), "{report}");
    let output = pipe("-o /dev/full -i").arg(&path).output().expect("ringfold runs");
    assert!(!stderr(&output).contains("verdict"), "{}", stderr(&output));
}

#[test]
fn a_short_transfer_tells_little() {
    let output = pipe("--stats json -i /dev/null").output().expect("ringfold runs");
    let report = json(&stderr(&output));
    // On a machine that stands still meanwhile it is not short.
    if report["seconds"].as_f64() < Some(0.1) {
        assert!(report["bottleneck"].is_null(), "{report}");
        assert!(report["verdict"].as_str().expect("words").starts_with("too short to tell"), "{report}");
    }
}

#[test]
fn quiet_says_nothing_of_a_reader_that_went_away_and_all_of_an_error() {
    let mut child = pipe("-q -i /dev/zero").spawn().expect("ringfold starts");
    child.stdout.take().expect("piped").read_exact(&mut [0; 1000]).expect("comes");
    assert_eq!(end_of(child), (141, String::new()));
    let output = pipe("-q -i /dev/zero -o /dev/full").output().expect("ringfold runs");
    assert!(stderr(&output).contains("No space left"), "{}", stderr(&output));
}

#[test]
fn the_default_memory_respects_a_limit_of_the_address_space() {
    let output = limited(200_000, "");
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn memory_errors_speak_of_the_options() {
    let output = limited(200_000, "-m 256M");
    assert_eq!(output.status.code(), Some(1));
    let words = stderr(&output);
    assert!(words.contains("lower -m") && !words.contains("smaller capacity"), "{words}");
}

#[test]
fn rounding_is_told() {
    let words = stderr(&feed(pipe("-m 300M"), b"x"));
    assert!(words.contains("(-m is 256 MiB, rounded down from 300 MiB)"), "{words}");
    assert!(!stderr(&feed(pipe("-m 256M"), b"x")).contains("rounded"));
}

#[test]
fn a_transfer_that_could_not_begin_has_statistics() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("stats");
    let output = pipe("-i /no/such/file --stats json").output().expect("ringfold runs");
    let words = stderr(&output);
    assert!(words.starts_with("ringfold: cannot read") && words.trim_end().ends_with('}'), "{words}");
    let to_stderr = json(&words);
    let output = pipe("-i /no/such/file --stats-file").arg(&file).output().expect("ringfold runs");
    assert_eq!(output.status.code(), Some(1));
    let to_file = json(&fs::read_to_string(&file).expect("a file"));
    for report in [to_stderr, to_file] {
        assert_eq!((&report["version"], &report["outcome"]), (&Value::from(1), &Value::from("failed")));
        assert_eq!(report["exit_code"], 1);
        assert!(report["errors"][0].as_str().expect("words").contains("No such file"), "{report}");
    }
}

#[test]
fn the_long_help_names_every_field_of_the_statistics() {
    let help = pipe("--help").output().expect("ringfold runs");
    let help = String::from_utf8(help.stdout).expect("UTF-8");
    let report = json(&stderr(&pipe("--stats json -i /dev/null").output().expect("ringfold runs")));
    let fields = report.as_object().expect("an object");
    for (name, value) in fields {
        assert!(help.contains(name.as_str()), "{name}");
        for name in value.as_object().into_iter().flat_map(|inner| inner.keys()) {
            assert!(help.contains(name.as_str()), "{name}");
        }
    }
}
