//! The message-passing scenario, from outside.

mod common;

use common::{has_good_help, number_before, run};

const MESSAGES: &str = env!("CARGO_BIN_EXE_messages");

#[test]
fn every_message_comes_and_is_answered() {
    for words in
        [&["--quick"][..], &["--quick", "--saturated"], &["--quick", "--saturated", "--clients", "9"]]
    {
        let outcome = run(MESSAGES, words);
        assert!(outcome.is_verified(), "{words:?}: {}", outcome.all());
        let sent = number_before(&outcome.stdout, "messages, ");
        let aborted = number_before(&outcome.stdout, "aborted claims");
        let clients = number_before(&outcome.stdout, "clients, ");
        assert_eq!(sent + aborted, clients * 1000, "{}", outcome.all());
        assert_eq!(sent, number_before(&outcome.stdout, "answers, "), "{}", outcome.all());
        assert!(
            aborted > 0 && number_before(&outcome.stdout, "messages lay across") > 0,
            "{}",
            outcome.all()
        );
    }
}

#[test]
fn one_client_and_one_message_will_do() {
    let outcome = run(MESSAGES, &["--clients", "1", "--messages", "1"]);
    assert!(outcome.is_verified(), "{}", outcome.all());
}

#[test]
fn what_is_wrong_is_found() {
    for (fault, words) in [
        ("checksum", &["server", "a message is malformed", "of client 0 has the checksum"][..]),
        ("lost", &["server", "of client 0 came, where message", "comes next"]),
        ("answer", &["an answer is malformed"]),
    ] {
        for pace in [&["--quick"][..], &["--quick", "--saturated"]] {
            let outcome = run(MESSAGES, &[pace, &["--fault", fault]].concat());
            let all = format!("{}{}", outcome.stdout, outcome.stderr);
            assert!(outcome.is_refused(&["messages: "]), "{}", outcome.all());
            assert!(words.iter().all(|word| all.contains(word)), "{}", outcome.all());
        }
    }
}

#[test]
fn a_wrong_command_line_is_told_apart() {
    for words in
        [&["--clients", "0"][..], &["--fault", "fire"], &["--saturated", "--rate", "5"], &["--rate", "0"]]
    {
        assert_eq!(run(MESSAGES, words).code, Some(2), "{words:?}");
    }
}

#[test]
fn the_help_helps() {
    has_good_help(MESSAGES);
}
