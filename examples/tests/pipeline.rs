//! The three-stage pipeline, from outside.

mod common;

use common::{has_good_help, number_before, run};

const PIPELINE: &str = env!("CARGO_BIN_EXE_pipeline");

#[test]
fn what_comes_out_is_what_one_thread_makes_of_it() {
    for words in [&["--quick"][..], &["--quick", "--seed", "2"], &["--blocks", "1"], &["--blocks", "1025"]] {
        let outcome = run(PIPELINE, words);
        assert!(outcome.is_verified(), "{words:?}: {}", outcome.all());
        assert_eq!(
            number_before(&outcome.stdout, "blocks of 256 B"),
            number_before(&outcome.stdout, "blocks with the checksum"),
            "{}",
            outcome.all()
        );
    }
}

#[test]
fn the_blocks_can_be_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("out.bin");
    let words = ["--blocks", "3000", "--out", path.to_str().expect("UTF-8")];
    let outcome = run(PIPELINE, &words);
    assert!(outcome.is_verified(), "{}", outcome.all());
    assert_eq!(std::fs::metadata(&path).expect("it is there").len(), 3000 * 1024);
    assert!(run(PIPELINE, &words).is_refused(&["no file is overwritten"]));
}

#[test]
fn a_bit_that_flips_is_found() {
    let outcome = run(PIPELINE, &["--quick", "--fault"]);
    assert!(
        outcome.is_refused(&["pipeline: what came out is 50,000 blocks", "on one thread it is"]),
        "{}",
        outcome.all()
    );
}

#[test]
fn a_wrong_command_line_is_told_apart() {
    for words in [&["--blocks", "0"][..], &["--quick", "--blocks", "5"], &["--seed", "x"]] {
        assert_eq!(run(PIPELINE, words).code, Some(2), "{words:?}");
    }
}

#[test]
fn the_help_helps() {
    has_good_help(PIPELINE);
}
