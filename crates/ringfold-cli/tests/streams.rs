//! No option and no closed stream costs anybody their data.

mod common;

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::{bytes, feed, pipe, stderr};

/// Runs `ringfold pipe` with these words in a directory, by way of a shell.
fn shell(dir: &Path, words: &str) -> Output {
    let script = format!("exec {} pipe {words}", env!("CARGO_BIN_EXE_ringfold"));
    Command::new("sh").args(["-c", &script]).current_dir(dir).output().expect("a shell")
}

#[test]
fn statistics_never_destroy_the_input() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("data");
    fs::write(&data, "precious").expect("a file");
    symlink("data", dir.path().join("link")).expect("a link");
    for words in [
        "--stats-file data -i data -o out",
        "--stats-file ./data -o out <data",
        "--stats-file link -i data -o out",
        "--stats-file data <data >out2",
    ] {
        let output = shell(dir.path(), words);
        assert_eq!(output.status.code(), Some(1), "{words}");
        assert!(stderr(&output).contains("is the input itself; --stats-file"), "{}", stderr(&output));
        assert!(stderr(&output).contains("a file of their own"), "{}", stderr(&output));
        assert_eq!(fs::read(&data).expect("still there"), b"precious", "{words}");
        assert!(!dir.path().join("out").exists(), "{words}");
    }
}

#[test]
fn statistics_never_destroy_the_output() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = |name: &str| dir.path().join(name);
    fs::write(path("data"), "fresh").expect("a file");
    fs::write(path("old"), "precious").expect("a file");
    symlink("later", path("dangling")).expect("a link");
    for words in [
        "--stats-file out -i data -o out",
        "--stats-file ./out -i data -f -o out",
        "--stats-file old -i data -f -o old",
        "--stats-file old -i missing -o old",
        "--stats-file old -i data >>old",
        "--stats-file /dev/stdout -i data | cat",
        "--stats-file dangling -i data -f -o later",
    ] {
        let output = shell(dir.path(), words);
        assert!(
            stderr(&output).contains("is the output itself; --stats-file"),
            "{words}: {}",
            stderr(&output)
        );
        assert_eq!(output.stdout, b"", "{words}");
        assert_eq!(fs::read(path("old")).expect("still there"), b"precious", "{words}");
        assert!(!path("out").exists(), "{words}");
        assert!(fs::read(path("later")).unwrap_or_default().is_empty(), "{words}");
    }
}

#[test]
fn statistics_replace_what_was_in_their_file_and_only_at_the_end() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("stats");
    fs::write(&file, bytes(100_000)).expect("a file");
    let mut command = pipe("--stats-file");
    command.arg(&file);
    assert!(feed(command, b"hello").status.success());
    let json: serde_json::Value = serde_json::from_slice(&fs::read(&file).expect("a file")).expect("JSON");
    assert_eq!(json["bytes_delivered"], 5);
}

#[test]
fn the_same_terminal_or_null_device_may_be_everything() {
    let output = pipe("--stats-file /dev/null -i /dev/null -o /dev/null").output().expect("ringfold runs");
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn a_closed_standard_stream_is_an_error() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("data"), bytes(3 << 20)).expect("a file");
    for (words, expected) in [
        ("<data >&-", "standard output is closed"),
        ("-o - <data >&-", "standard output is closed"),
        ("<&-", "standard input is closed"),
        ("-i - <&-", "standard input is closed"),
    ] {
        let output = shell(dir.path(), words);
        assert_eq!(output.status.code(), Some(1), "{words}: {}", stderr(&output));
        assert!(stderr(&output).contains(expected), "{words}: {}", stderr(&output));
        assert!(stderr(&output).contains("hint:"), "{words}: {}", stderr(&output));
    }
    for words in
        ["-i data -o copy <&- >&-", "<data >/dev/null", "</dev/null >empty", "-i data -o /dev/null >&-"]
    {
        let output = shell(dir.path(), words);
        assert!(output.status.success(), "{words}: {}", stderr(&output));
    }
    assert!(fs::read(dir.path().join("copy")).expect("a file") == bytes(3 << 20));
    let null = File::options().write(true).open("/dev/null").expect("a device");
    let output = pipe("-q").stdin(Stdio::null()).stdout(null).output().expect("ringfold runs");
    assert!(output.status.success(), "{}", stderr(&output));
}
