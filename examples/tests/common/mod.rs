//! What the tests of the scenarios share.
#![allow(dead_code)]

use std::process::{Command, Stdio};

/// How a command ended, and what it printed.
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// Both streams, for a failing test.
    pub fn all(&self) -> String {
        format!("exit code {:?}\n{}\n{}", self.code, self.stdout, self.stderr)
    }

    /// It said that everything is as it should be.
    pub fn is_verified(&self) -> bool {
        self.code == Some(0) && self.stdout.ends_with("\nverified\n")
    }

    /// It failed, did not claim the contrary, and said all of `words` on standard error.
    pub fn is_refused(&self, words: &[&str]) -> bool {
        let said = words.iter().all(|word| self.stderr.contains(word));
        self.code == Some(1) && said && !self.stdout.contains("verified") && !self.stderr.contains("panicked")
    }
}

/// The command at `path` with these words, and nothing to read.
pub fn command(path: &str, words: &[&str]) -> Command {
    let mut command = Command::new(path);
    command.args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end.
pub fn run(path: &str, words: &[&str]) -> Outcome {
    let output = command(path, words).output().expect("the scenario starts");
    Outcome {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// The number before ` what` in `text`, thousands apart by commas or not.
pub fn number_before(text: &str, what: &str) -> u64 {
    let (before, _) = text.split_once(&format!(" {what}")).unwrap_or_else(|| panic!("no '{what}' in {text}"));
    let digits = before.rsplit(' ').next().expect("a word").replace(',', "");
    digits.parse().unwrap_or_else(|_| panic!("'{digits}' before '{what}' is no number"))
}

/// The help starts with examples and lists the exit codes.
pub fn has_good_help(path: &str) {
    let help = run(path, &["--help"]);
    assert_eq!(help.code, Some(0));
    assert!(
        help.stdout.starts_with("Examples:\n  ") && help.stdout.contains("Exit codes:"),
        "{}",
        help.all()
    );
}
