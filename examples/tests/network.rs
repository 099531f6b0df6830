//! The network scenario, from outside.

mod common;

use common::{has_good_help, number_before, run};

const NETWORK: &str = env!("CARGO_BIN_EXE_network");

#[test]
fn every_frame_comes_whole_and_in_order() {
    for seed in ["1", "2"] {
        let outcome = run(NETWORK, &["--quick", "--seed", seed]);
        assert!(outcome.is_verified(), "{}", outcome.all());
        assert!(number_before(&outcome.stdout, "frames of 1 B") > 100, "{}", outcome.all());
        assert!(number_before(&outcome.stdout, "random pieces") > 100, "{}", outcome.all());
    }
}

#[test]
fn a_spoilt_frame_is_refused_and_the_connection_closed() {
    for (fault, words) in [
        ("length", "it claims a payload of 4294967295 bytes; from 1 to 262136 are taken"),
        ("checksum", "its payload has the checksum"),
        ("ending", "the connection ended 8 bytes into it"),
    ] {
        let outcome = run(NETWORK, &["--quick", "--fault", fault]);
        assert!(
            outcome.is_refused(&["is malformed, so the connection was closed", words]),
            "{}",
            outcome.all()
        );
        assert!(outcome.stdout.contains("client: the server closed the connection"), "{}", outcome.all());
    }
}

#[test]
fn a_wrong_command_line_is_told_apart() {
    for words in [&["--mebibytes", "0"][..], &["--fault", "fire"], &["--quick", "--mebibytes", "1"]] {
        assert_eq!(run(NETWORK, words).code, Some(2), "{words:?}");
    }
}

#[test]
fn the_help_helps() {
    has_good_help(NETWORK);
}
