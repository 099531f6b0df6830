//! Rule 5: bindings, CLI and metrics hold no algorithm.

use super::{Finding, crate_of};
use crate::source::Source;
use crate::source::token::Kind;

/// What a face would need to hold a protocol of its own: publication between threads.
const TOOLS_OF_PROTOCOLS: [&str; 9] = [
    "UnsafeCell",
    "fence",
    "compiler_fence",
    "compare_exchange",
    "compare_exchange_weak",
    "Acquire",
    "Release",
    "AcqRel",
    "SeqCst",
];

/// Rule 5. A face may count with `Relaxed`; whatever hands data over belongs to a room.
pub fn faces_hold_no_algorithm(source: &Source) -> Vec<Finding> {
    let is_face = matches!(
        crate_of(&source.path),
        "ringfold-cli" | "ringfold-c" | "ringfold-python" | "ringfold-metrics" | "bindings"
    );
    if !is_face {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for token in &source.tokens {
        let is_tool = token.kind == Kind::Ident && TOOLS_OF_PROTOCOLS.contains(&token.text.as_str());
        if is_tool && !source.is_test(token.line) {
            let wrong = format!("`{}` in a crate that is only a face", token.text);
            let right = "hand data over through a room; a counter or a flag needs no more than Relaxed";
            findings.push(Finding::new(source, token.line, "5", wrong, right));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::testing::found;

    #[test]
    fn rule_5_refuses_a_protocol_in_the_cli() {
        let bad = "fn f() { FLAG.store(true,\n Ordering::Release); }";
        assert_eq!(found(faces_hold_no_algorithm, "crates/ringfold-cli/src/pipe.rs", bad), [(2, "5")]);
    }

    #[test]
    fn rule_5_passes_counters_and_rooms() {
        let counter = "fn f() { BYTES.fetch_add(1, Ordering::Relaxed); }";
        assert_eq!(found(faces_hold_no_algorithm, "crates/ringfold-cli/src/pipe.rs", counter), []);
        let room = "fn f() { FLAG.store(true, Ordering::Release); }";
        assert_eq!(found(faces_hold_no_algorithm, "crates/ringfold/src/spsc/shared.rs", room), []);
    }
}
