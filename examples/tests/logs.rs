//! The log scenario, from outside.

mod common;

use common::{has_good_help, number_before, run};

const LOGS: &str = env!("CARGO_BIN_EXE_logs");

#[test]
fn a_log_that_grows_gives_what_all_of_it_gives() {
    let outcome = run(LOGS, &["--quick"]);
    assert!(outcome.is_verified(), "{}", outcome.all());
    assert!(outcome.stdout.contains("1 rotation and 1 truncation followed"), "{}", outcome.all());
    assert!(number_before(&outcome.stdout, "of them across the seam") > 0, "{}", outcome.all());
    assert!(number_before(&outcome.stdout, "no requests") > 0, "{}", outcome.all());
    assert!(number_before(&outcome.stdout, "longer than the stream") >= 3, "{}", outcome.all());
    assert!(
        outcome.stderr.contains("is skipped: with its end it is longer than 262144 bytes"),
        "{}",
        outcome.all()
    );
}

#[test]
fn the_log_is_kept_where_asked_and_never_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let words = ["--quick", "--dir", folder.path().to_str().expect("UTF-8")];
    assert!(run(LOGS, &words).is_verified());
    for name in ["access.log", "access.log.1", "access.log.2"] {
        assert!(folder.path().join(name).exists(), "{name}");
    }
    let again = run(LOGS, &words);
    assert!(again.is_refused(&["access.log", "overwritten", "--dir"]), "{}", again.all());
}

#[test]
fn what_cannot_be_followed_is_refused_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let none = folder.path().join("none.log");
    let outcome = run(LOGS, &["--follow", none.to_str().expect("UTF-8")]);
    assert!(outcome.is_refused(&["cannot follow", "none.log"]), "{}", outcome.all());
    let outcome = run(LOGS, &["--follow", folder.path().to_str().expect("UTF-8")]);
    assert!(outcome.is_refused(&["not a regular file"]), "{}", outcome.all());
    assert_eq!(run(LOGS, &["--quick", "--follow", "x"]).code, Some(2));
}

#[test]
fn the_help_helps() {
    has_good_help(LOGS);
}

/// Signals are sent with `kill`.
#[cfg(unix)]
mod follow {
    use std::fs::OpenOptions;
    use std::io::{BufRead, BufReader, Read, Write};
    use std::process::Command;

    use super::LOGS;
    use super::common::command;

    fn request(path: &str, status: u16) -> String {
        format!("192.0.2.7 - - [05/Jan/2026:08:30:15 +0100] \"GET {path} HTTP/1.1\" {status} 7\n")
    }

    #[test]
    fn a_users_own_log_is_followed_until_ctrl_c() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("own.log");
        let mut log = OpenOptions::new().append(true).create_new(true).open(&path).expect("a file");
        log.write_all([request("/a", 200), request("/b", 500)].concat().as_bytes()).expect("written");
        let mut child =
            command(LOGS, &["--follow", path.to_str().expect("UTF-8")]).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut next = || lines.next().expect("a line").expect("UTF-8");
        assert_eq!(next(), "2 requests; 50.00 % errors among 2 in the last minute; /a 1, /b 1");
        log.write_all(request("/b", 200).as_bytes()).expect("written");
        log.write_all(request("/b", 200).as_bytes()).expect("written");
        // Perhaps it looked between the two.
        while next() != "4 requests; 25.00 % errors among 4 in the last minute; /b 3, /a 1" {}
        let killed = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status();
        assert!(killed.expect("kill is there").success());
        let rest: Vec<String> = lines.map(|line| line.expect("UTF-8")).collect();
        assert!(rest[0].starts_with("logs: ") && rest[0].contains(" in 4 lines of "), "{rest:?}");
        assert!(child.wait().expect("it ends").success());
        let mut words = String::new();
        child.stderr.take().expect("piped").read_to_string(&mut words).expect("UTF-8");
        assert!(words.contains("Ctrl-C ends it"), "{words}");
    }
}
