//! What must not stay behind in code.

use super::Finding;
use crate::source::Source;
use crate::source::token::reads;

const RULE: &str = "hygiene";

/// Half-done work, tests switched off without a reason, and the two tools that make unsoundness easy.
pub fn leftovers(source: &Source) -> Vec<Finding> {
    const PATTERNS: [(&[&str], &str); 7] = [
        (&["todo", "!"], "finish it, or leave it out"),
        (&["unimplemented", "!"], "finish it, or leave it out"),
        (&["dbg", "!"], "remove it"),
        (&["static", "mut"], "use an atomic or a lock"),
        (&["#", "[", "ignore", "]"], "say why: `#[ignore = \"..\"]`"),
        (&["transmute"], "use a cast, `from_ne_bytes` or a typed pointer; a lifetime is never made up"),
        (&["transmute_copy"], "use `ptr::read` with a SAFETY note"),
    ];
    let mut findings = Vec::new();
    for at in 0..source.tokens.len() {
        for (pattern, right) in PATTERNS {
            let is_lifetime = at > 0 && source.tokens[at - 1].is("'");
            if !is_lifetime && reads(&source.tokens, at, pattern) {
                let wrong = format!("`{}`", pattern.concat());
                findings.push(Finding::new(source, source.tokens[at].line, RULE, wrong, right));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::testing::found;

    #[test]
    fn leftovers_are_refused() {
        for bad in [
            "fn f() { todo!() }",
            "fn f() { unimplemented!(\"later\") }",
            "fn f() { dbg!(1); }",
            "static mut X: u8 = 0;",
            "#[ignore]\n#[test] fn f() {}",
            "fn f() { core::mem::transmute::<A, B>(a); }",
        ] {
            assert_eq!(found(leftovers, "crates/ringfold-cli/src/main.rs", bad), [(1, RULE)], "{bad}");
        }
    }

    #[test]
    fn finished_work_passes() {
        for good in [
            "fn f(x: &'static mut u8) { println!(\"todo!\") } // dbg!",
            "#[ignore = \"needs 8 GiB\"]\n#[test] fn f() {}",
            "static X: AtomicU64 = AtomicU64::new(0);",
        ] {
            assert_eq!(found(leftovers, "crates/ringfold-cli/src/main.rs", good), [], "{good}");
        }
    }
}
