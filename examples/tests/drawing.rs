//! The collaborative-drawing scenario, from outside.

mod common;

use common::{has_good_help, number_before, run};

const DRAWING: &str = env!("CARGO_BIN_EXE_drawing");

#[test]
fn every_stroke_comes_everywhere() {
    for words in [&["--quick"][..], &["--quick", "--storage-pause", "0", "--seed", "3"], &["--strokes", "1"]]
    {
        let outcome = run(DRAWING, words);
        assert!(outcome.is_verified(), "{words:?}: {}", outcome.all());
        let emitted = number_before(&outcome.stdout, "strokes of 8 users");
        assert_eq!(emitted, number_before(&outcome.stdout, "strokes counted"), "{}", outcome.all());
        let (seen, lost) =
            (number_before(&outcome.stdout, "strokes seen"), number_before(&outcome.stdout, "lost in"));
        assert_eq!(emitted, seen + lost, "{}", outcome.all());
    }
}

#[test]
fn a_slow_disk_slows_the_users_down() {
    let outcome = run(DRAWING, &["--quick", "--rate", "1000000", "--storage-pause", "20"]);
    assert!(outcome.is_verified(), "{}", outcome.all());
    assert!(number_before(&outcome.stdout, "times asked to slow down") > 0, "{}", outcome.all());
    assert!(outcome.stdout.contains("storage") && outcome.stdout.contains("pressure"), "{}", outcome.all());
}

#[test]
fn the_file_stays_where_it_was_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let words = ["--strokes", "2000", "--dir", folder.path().to_str().expect("UTF-8")];
    let outcome = run(DRAWING, &words);
    assert!(outcome.is_verified(), "{}", outcome.all());
    assert_eq!(std::fs::metadata(folder.path().join("strokes.bin")).expect("it is there").len(), 2000 * 64);
    assert!(run(DRAWING, &words).is_refused(&["no file is overwritten"]));
}

#[test]
fn what_is_wrong_is_found() {
    for (fault, words) in [
        ("file", &["storage: the file has the checksum"][..]),
        ("socket", &["network: ", "bytes were received"]),
        ("statistics", &["statistics: ", "strokes: 15001"]),
    ] {
        let outcome = run(DRAWING, &["--quick", "--storage-pause", "0", "--fault", fault]);
        assert!(outcome.is_refused(words), "{}", outcome.all());
    }
}

#[test]
fn a_wrong_command_line_is_told_apart() {
    for words in
        [&["--strokes", "0"][..], &["--fault", "fire"], &["--quick", "--strokes", "5"], &["--rate", "0"]]
    {
        assert_eq!(run(DRAWING, words).code, Some(2), "{words:?}");
    }
}

#[test]
fn the_help_helps() {
    has_good_help(DRAWING);
}
