//! What goes wrong is said, with numbers, and the exit code tells it.

mod common;

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{bytes, end_of, eventually, pipe, ringfold, signal, stderr};

#[test]
fn a_reader_that_goes_away_ends_it_at_once_though_no_more_input_comes() {
    let mut child = pipe("").stdin(Stdio::piped()).spawn().expect("ringfold starts");
    let mut stdin = child.stdin.take().expect("piped");
    let mut stdout = child.stdout.take().expect("piped");
    stdin.write_all(&bytes(5000)).expect("ringfold reads");
    let mut came = vec![0; 1000];
    stdout.read_exact(&mut came).expect("comes");
    assert_eq!(came, bytes(1000));
    drop(stdout);
    let begin = Instant::now();
    let (code, words) = end_of(child);
    assert!(begin.elapsed() < Duration::from_secs(2), "took {:?}", begin.elapsed());
    assert_eq!(code, 141);
    assert!(words.contains("reader of standard output went away after 5000 bytes"), "{words}");
    assert_eq!(words.lines().count(), 1, "{words}");
    drop(stdin);
}

#[test]
fn a_reader_that_goes_away_ends_an_endless_stream() {
    for words in ["-i /dev/zero", "-i /dev/zero -m 1M", "-i /dev/zero -m 64k -P 100", "-i /dev/zero -R 1M"] {
        let mut child = pipe(words).spawn().expect("ringfold starts");
        let mut stdout = child.stdout.take().expect("piped");
        stdout.read_exact(&mut [0; 1000]).expect("comes");
        drop(stdout);
        let (code, said) = end_of(child);
        assert_eq!(code, 141, "{words}: {said}");
        assert!(said.contains("the reader of standard output went away after"), "{said}");
    }
}

#[test]
fn what_was_read_and_not_delivered_is_counted() {
    let mut child = pipe("--stats json -m 64M").stdin(Stdio::piped()).spawn().expect("ringfold starts");
    let mut stdin = child.stdin.take().expect("piped");
    let stdout = child.stdout.take().expect("piped");
    // More than a pipe holds, so that the rest waits in the ring.
    stdin.write_all(&bytes(8_000_000)).expect("ringfold reads everything");
    drop(stdin);
    thread::sleep(Duration::from_millis(100));
    drop(stdout);
    let (code, words) = end_of(child);
    assert_eq!(code, 141);
    let (line, json) = words.split_once('\n').expect("a line and JSON");
    let json: serde_json::Value = serde_json::from_str(json).expect("JSON");
    assert_eq!(json["outcome"], "downstream_closed");
    let (delivered, missing) = (&json["bytes_delivered"], &json["bytes_undelivered"]);
    assert_eq!(delivered.as_u64().zip(missing.as_u64()).map(|(d, m)| d + m), json["bytes_read"].as_u64());
    assert!(missing.as_u64() > Some(0), "{json}");
    let numbers = format!("after {delivered} bytes; {missing} more had been read and are lost");
    assert!(line.contains(&numbers), "{line}");
    assert!(json["bottleneck"].is_null() && json["verdict"].is_null(), "a failure has no verdict: {json}");
}

#[test]
fn a_full_disk_is_an_error_with_numbers() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("file");
    fs::write(&path, bytes(100_000)).expect("a file");
    for quiet in ["", "-q"] {
        let output = pipe(&format!("{quiet} -o /dev/full -i")).arg(&path).output().expect("ringfold runs");
        assert_eq!(output.status.code(), Some(1));
        let words = stderr(&output);
        assert!(words.contains("No space left") && words.contains("hint:"), "{words}");
        let (_, numbers) = words.split_once("0 bytes were delivered, ").expect("what was delivered");
        let (missing, _) = numbers.split_once(" more were read and not delivered").expect("what was not");
        // The reading thread may or may not have read all of it by then.
        assert!((1..=100_000).contains(&missing.parse().expect("a number")), "{words}");
    }
}

#[test]
fn bad_paths_are_named_and_explained() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = |name: &str| dir.path().join(name).display().to_string();
    fs::write(path("file"), "precious").expect("a file");
    for (words, expected) in [
        (format!("-i {}", dir.path().display()), "is a directory"),
        (format!("-i {}", path("missing")), "No such file"),
        (format!("-i {} -o {}", path("file"), path("file")), "add -f"),
        (format!("-i {} -f -o {}", path("file"), path("file")), "is the input itself"),
        (format!("-i /dev/null -o {}", path("no/such/dir")), "mkdir -p"),
        (format!("-i /dev/null -o {}", dir.path().display()), "directory"),
        (format!("-i /dev/null --stats-file {}", path("no/such/dir")), "--stats-file"),
    ] {
        let output = pipe(&words).output().expect("ringfold runs");
        assert_eq!(output.status.code(), Some(1), "{words}");
        assert!(stderr(&output).contains(expected), "{words}: {}", stderr(&output));
        assert!(stderr(&output).contains("hint:"), "{words}: {}", stderr(&output));
        assert_eq!(fs::read(path("file")).expect("still there"), b"precious", "{words}");
    }
}

#[test]
fn an_output_that_is_the_input_is_refused_on_standard_streams_too() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("file");
    fs::write(&path, "precious").expect("a file");
    let append = fs::OpenOptions::new().append(true).open(&path).expect("a file");
    let output = pipe("-i").arg(&path).stdout(append).output().expect("ringfold runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("is the input itself"), "{}", stderr(&output));
    assert_eq!(fs::read(&path).expect("still there"), b"precious");
}

#[test]
fn bad_sizes_are_usage_errors() {
    for (words, expected) in [
        ("-m 12X", "is not a size"),
        ("-m 0", "at least one byte"),
        ("-m 200%", "is not a percentage"),
        ("-m 64k -s 64k", "does not fit twice"),
        ("-m 1k", "less than a page"),
        ("-m 1000T", "more than this process may use"),
        ("-P 101", "'101' is not a watermark"),
        ("-p x%", "'x%' is not a watermark"),
        ("--sttats json", "--stats"),
    ] {
        let output = pipe(words).output().expect("ringfold runs");
        assert_eq!(output.status.code(), Some(2), "{words}: {}", stderr(&output));
        assert!(stderr(&output).contains(expected), "{words}: {}", stderr(&output));
    }
}

#[test]
fn a_signal_stops_the_reading_and_what_was_read_is_delivered() {
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let mut child = pipe("").stdin(Stdio::piped()).spawn().expect("ringfold starts");
        let mut stdin = child.stdin.take().expect("piped");
        let mut stdout = child.stdout.take().expect("piped");
        stdin.write_all(&bytes(5000)).expect("ringfold reads");
        let mut came = vec![0; 5000];
        stdout.read_exact(&mut came).expect("comes");
        signal(&child, name);
        let (exit, words) = end_of(child);
        assert_eq!(exit, code);
        assert!(words.contains(&format!("stopped by SIG{name}: 5000 bytes were delivered")), "{words}");
        assert_eq!(stdout.read_to_end(&mut came).expect("the end"), 0);
        drop(stdin);
    }
}

#[test]
fn a_second_signal_gives_up_what_cannot_be_delivered() {
    let mut child = pipe("-m 64M").stdin(Stdio::piped()).spawn().expect("ringfold starts");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(&bytes(8_000_000)).expect("ringfold reads everything");
    signal(&child, "TERM");
    thread::sleep(Duration::from_millis(100));
    assert!(child.try_wait().expect("a child can be waited for").is_none(), "it still tries to deliver");
    signal(&child, "TERM");
    let (code, words) = end_of(child);
    assert_eq!(code, 143);
    assert!(
        words.contains("second SIGTERM") && words.contains("more were read and not delivered"),
        "{words}"
    );
}

#[test]
fn interrupted_system_calls_lose_nothing() {
    let sent = bytes(30_000_000);
    let mut child = pipe("-q -m 1M").stdin(Stdio::piped()).spawn().expect("ringfold starts");
    let mut stdin = child.stdin.take().expect("piped");
    let mut stdout = child.stdout.take().expect("piped");
    let mut received = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            for piece in sent.chunks(1_000_000) {
                stdin.write_all(piece).expect("ringfold reads");
                signal(&child, "STOP");
                signal(&child, "CONT");
                signal(&child, "WINCH");
            }
            drop(stdin);
        });
        stdout.read_to_end(&mut received).expect("ringfold writes");
    });
    assert!(child.wait().expect("it ends").success());
    assert!(received == sent);
}

#[test]
fn a_report_that_nobody_reads_ends_quietly() {
    for word in ["doctor", "tour"] {
        let mut child = ringfold().arg(word).spawn().expect("ringfold starts");
        drop(child.stdout.take());
        let (code, words) = end_of(child);
        assert_eq!((code, words.as_str()), (141, ""), "{word}");
    }
}

#[test]
fn a_shell_pipeline_ends_at_once_though_its_producer_does_not() {
    let exe = env!("CARGO_BIN_EXE_ringfold");
    // The producer writes a little and then sleeps with its end of the pipe open.
    let script = format!(
        "(printf '%5000s' x; exec sleep 100) | {{ {exe} pipe; echo \"exit $?\" >&2; }} | head -c 1000"
    );
    let mut child = Command::new("sh")
        .args(["-c", &script])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut words = String::new();
    let mut err = child.stderr.take().expect("piped");
    let begin = Instant::now();
    eventually("the exit code is printed", || {
        let mut piece = [0; 4096];
        let count = err.read(&mut piece).expect("readable");
        words.push_str(&String::from_utf8_lossy(&piece[..count]));
        words.contains("exit ")
    });
    assert!(begin.elapsed() < Duration::from_secs(5), "took {:?}", begin.elapsed());
    assert!(words.contains("exit 141"), "{words}");
    child.kill().expect("a child can be killed");
    child.wait().expect("it ends");
}
