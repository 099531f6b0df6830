//! The other commands, and the help.

mod common;

use common::{ringfold, stderr};

fn run(words: &[&str]) -> (i32, String, String) {
    let output = ringfold().args(words).output().expect("ringfold runs");
    let stdout = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    (output.status.code().expect("it exits by itself"), stdout, stderr(&output))
}

#[test]
fn every_help_starts_with_examples() {
    for words in [
        &["--help"][..],
        &["pipe", "--help"],
        &["pipe", "-h"],
        &["doctor", "--help"],
        &["tour", "--help"],
        &["completions", "--help"],
    ] {
        let (code, stdout, _) = run(words);
        assert_eq!(code, 0);
        assert!(stdout.starts_with("Examples:\n  "), "{words:?}: {stdout}");
        assert!(!stdout.contains('\u{1b}'), "no colours in a pipe");
    }
}

#[test]
fn exit_codes_are_documented() {
    for word in ["pipe", "doctor"] {
        assert!(run(&[word, "--help"]).1.contains("Exit codes"));
    }
}

#[test]
fn a_mistyped_command_gets_a_suggestion() {
    let (code, _, words) = run(&["pip"]);
    assert_eq!(code, 2);
    assert!(words.contains("'pipe'"), "{words}");
}

#[test]
fn what_clap_cannot_know_gets_a_tip() {
    let (code, _, words) = run(&["pipe", "data"]);
    assert!(code == 2 && words.contains("ringfold pipe -i data"), "{words}");
    let (code, _, words) = run(&["pipe", "--checksum", "xxh3", "--checksum", "blake3"]);
    assert!(code == 2 && words.contains("one checksum at a time"), "{words}");
}

#[test]
fn the_doctor_speaks_json_and_its_exit_code_is_the_worst_line() {
    let (code, stdout, _) = run(&["doctor", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    let checks = report["checks"].as_array().expect("a list");
    assert!(checks.len() >= 10);
    let codes = [("OK", 0), ("WARN", 1), ("FAIL", 3)];
    let code_of =
        |status: &serde_json::Value| codes.iter().find(|(word, _)| status == word).expect("a status").1;
    let worst = checks.iter().map(|check| code_of(&check["status"])).max();
    assert_eq!(worst, Some(code));
    assert_eq!(report["exit_code"], code);
    assert_eq!(report["version"], 1);
    for number in ["page_bytes", "cores"] {
        assert!(report["numbers"][number].as_u64() > Some(0), "{number}: {report}");
    }
    assert!(checks.iter().any(|check| check["id"] == "huge_pages"), "{report}");
    assert_eq!(code_of(&report["worst"]), code);
}

#[test]
fn the_doctor_says_the_same_to_people() {
    let (code, stdout, _) = run(&["doctor"]);
    assert!([0, 1, 3].contains(&code));
    for name in ["mirror", "huge pages", "locked memory", "cores", "NUMA", "membarrier", "limits"] {
        assert!(stdout.contains(name), "{name}: {stdout}");
    }
}

#[test]
fn the_tour_verifies_every_stop() {
    let begin = std::time::Instant::now();
    let (code, stdout, words) = run(&["tour"]);
    assert_eq!(code, 0, "{words}");
    assert!(begin.elapsed().as_secs() < 20);
    for word in ["mirror", "spsc", "B/s", "B checked", "M items/s", "ringfold pipe", "ringfold doctor"] {
        assert!(stdout.contains(word), "{word}: {stdout}");
    }
}

#[test]
fn the_tour_visits_only_what_it_is_told_to() {
    let (code, stdout, words) = run(&["tour", "--only", "spsc", "--only", "ring", "--only", "ring"]);
    assert_eq!(code, 0, "{words}");
    assert!(stdout.contains("1. ring ") && stdout.contains("2. spsc "), "each once, in its order: {stdout}");
    assert!(!stdout.contains("3. ") && !stdout.contains("ringfold::mpsc"), "{stdout}");
}

#[test]
fn a_stop_that_is_not_there_is_refused_and_the_others_named() {
    let (code, stdout, words) = run(&["tour", "--only", "spcs"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(words.contains("'spsc'"), "{words}");
    let help = run(&["tour", "--help"]).1;
    for word in ["mirror", "stream", "mpmc", "13 s", "GiB"] {
        assert!(help.contains(word), "{word}: {help}");
    }
}

#[test]
fn completions_know_the_options() {
    for shell in ["bash", "zsh", "fish"] {
        let (code, stdout, _) = run(&["completions", shell]);
        assert_eq!(code, 0);
        assert!(stdout.contains("checksum"), "{shell}");
    }
}
