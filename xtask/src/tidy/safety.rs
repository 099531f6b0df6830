//! Rule 7, first half: every `unsafe` is argued for.

use super::Finding;
use crate::source::Source;
use crate::source::token::{Kind, reads};

/// Rule 7: a note above every unsafe block and impl, a `# Safety` section on every unsafe fn and trait.
pub fn every_unsafe_is_argued(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for at in 0..source.tokens.len() {
        if source.tokens[at].is("unsafe") {
            findings.extend(missing_argument(source, at));
        }
    }
    findings
}

fn missing_argument(source: &Source, at: usize) -> Option<Finding> {
    let token = &source.tokens[at];
    let comments = source.comments_at(&token.anchors);
    let next = source.tokens.get(at + 1)?;
    let is_function = next.is("fn") || (next.is("extern") && has_name_after_fn(source, at));
    if is_function || next.is("trait") {
        let is_type = next.is("fn") && reads(&source.tokens, at + 2, &["("]);
        let is_documented = comments.iter().any(|comment| comment.contains("# Safety"));
        let inherits_docs = in_trait_impl(source, at);
        let what = if is_function { "fn" } else { "trait" };
        let wrong = format!("an unsafe {what} without a `# Safety` section");
        let right = "say what the caller (or the implementation) must uphold, as a list";
        return (!is_type && !is_documented && !inherits_docs)
            .then(|| Finding::new(source, token.line, "7", wrong, right));
    }
    if next.is("(") || next.kind == Kind::Punct {
        return None;
    }
    let wrong = format!("`unsafe {}` without a SAFETY note directly above", next.text);
    let right = "name the fact that makes it sound and who established it";
    (!argues(&comments)).then(|| Finding::new(source, token.line, "7", wrong, right))
}

/// A note that says something: one or two words name no fact, unless they point at a note that does.
fn argues(comments: &[&str]) -> bool {
    let note = comments.join(" ");
    let Some((_, fact)) = note.split_once("SAFETY:") else { return false };
    let words: Vec<&str> = fact.split_whitespace().filter(|word| *word != "//").collect();
    words.len() >= 3 || words.first() == Some(&"as")
}

fn has_name_after_fn(source: &Source, at: usize) -> bool {
    source.tokens[at..].iter().take(4).any(|token| token.is("fn"))
}

/// The methods of `impl Trait for Type` have their contract at the trait.
fn in_trait_impl(source: &Source, at: usize) -> bool {
    let mut depth = 0i32;
    for before in source.tokens[..at].iter().rev() {
        match before.kind {
            Kind::Close => depth += 1,
            Kind::Open => depth -= 1,
            _ => {}
        }
        if depth == -1 && before.is("for") {
            return true;
        }
        if depth < -1 || (depth == -1 && (before.is("impl") || before.is("mod") || before.is(";"))) {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::testing::found;

    fn lines(text: &str) -> Vec<(usize, &'static str)> {
        found(every_unsafe_is_argued, "crates/ringfold/src/spsc/shared.rs", text)
    }

    #[test]
    fn rule_7_refuses_unsafe_without_an_argument() {
        for bad in [
            "fn f() { unsafe { g() } }",
            "unsafe impl Send for S {}",
            "/// Docs.\npub unsafe fn f() {}",
            "/// Docs.\npub unsafe trait T {}",
            "// SAFETY: trust me\nunsafe impl Send for S {}",
            "// SAFETY: one two three four\n\nunsafe impl Send for S {}",
            "// SAFETY: one two three four\nunsafe impl Send for S {}\nunsafe impl Sync for S {}",
            "fn f() { assert!(unsafe { g() }) }",
        ] {
            assert_eq!(lines(bad).len(), 1, "{bad}");
        }
    }

    #[test]
    fn rule_7_passes_what_is_argued() {
        for good in [
            "fn f() {\n// SAFETY: the constructor checked the range.\nunsafe { g() }\n}",
            "fn f() {\n// SAFETY: the constructor\n// checked the range.\nlet x: Vec<u8> =\nh(1, unsafe { g() });\n}",
            "// SAFETY: as above.\nunsafe impl Send for S {}",
            "// SAFETY: both fields are Send.\n#[allow(unused)]\nunsafe impl Send for S {}",
            "/// # Safety\n/// - `n` is in range.\n#[inline]\npub unsafe fn f() {}",
            "/// # Safety\n/// `f` returns what is there.\npub unsafe trait T {}",
            "type F = unsafe fn(u8);",
            "impl Copy for S {\nfn a() {}\nunsafe fn b() {}\n}",
            "#[unsafe(no_mangle)]\nfn f() {}",
            "fn f() { x(\"unsafe { }\") } // unsafe { }",
        ] {
            assert_eq!(lines(good), [], "{good}");
        }
    }
}
