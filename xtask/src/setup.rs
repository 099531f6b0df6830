//! `cargo xtask setup`: what the optional steps need, and whether it is there.

use crate::test::missing_tools;

/// Prints one line per optional tool; installs nothing by itself, since that is not for a test command to decide.
pub fn run() {
    let missing = missing_tools();
    if missing.is_empty() {
        println!("Nothing is missing: every step of `cargo xtask test` runs here.");
    }
    for (step, why, remedy) in missing {
        println!("{step}: {why}\n    {remedy}");
    }
}
