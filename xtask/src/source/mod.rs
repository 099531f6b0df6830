//! One Rust file, read for its tokens and for its comments.
//!
//! The checks ask two kinds of questions: what does the code say (strings and comments must not count), and
//! what does the comment beside it say (the parser drops it). So a file is kept as flat tokens and as two
//! canvases of equal shape: `code` holds everything but comments and the insides of strings, `comments` holds
//! nothing but comments.

pub mod orderings;
pub mod outline;
pub mod token;

use anyhow::{Result, anyhow};
use proc_macro2::TokenStream;

use outline::{Function, Region};
use token::{Kind, Token};

/// A parsed Rust file.
pub struct Source {
    /// Relative to the workspace root, with `/`.
    pub path: String,
    pub text: String,
    pub tokens: Vec<Token>,
    pub functions: Vec<Function>,
    code: Vec<String>,
    comments: Vec<String>,
    tests: Vec<Region>,
}

impl Source {
    pub fn parse(path: &str, text: &str) -> Result<Self> {
        let stream: TokenStream =
            text.parse().map_err(|error| anyhow!("{path}: the Rust tokenizer refuses this file: {error}"))?;
        let tokens = token::flatten(stream, text);
        let (code, comments) = paint(text, &tokens);
        Ok(Self {
            path: path.to_owned(),
            text: text.to_owned(),
            functions: outline::functions(&tokens),
            tests: outline::regions_without(&tokens, "test", false),
            tokens,
            code,
            comments,
        })
    }

    /// Whether line `line` (from 1) belongs to tests: a `tests` file or folder, or a `#[cfg(test)]` item.
    pub fn is_test(&self, line: usize) -> bool {
        let parts: Vec<&str> = self.path.split('/').collect();
        let in_tests = |part: &&str| matches!(*part, "tests" | "tests.rs" | "benches" | "examples");
        parts.iter().any(in_tests) || self.tests.iter().any(|region| region.contains(line))
    }

    /// How many lines of the range hold code: blank lines, comments and, outside test files, tests left out.
    pub fn code_lines(&self, first: usize, last: usize) -> usize {
        (first..=last)
            .filter(|&line| !self.code_line(line).trim().is_empty())
            .filter(|&line| !self.tests.iter().any(|region| region.contains(line)))
            .count()
    }

    pub fn line_count(&self) -> usize {
        self.code.len()
    }

    /// The comments that stand on one of these lines or directly above one of them, one per line.
    pub fn comments_at(&self, lines: &[usize]) -> Vec<&str> {
        let mut found = Vec::new();
        for &line in lines {
            found.push(self.comment_line(line));
            found.extend(self.comment_block_above(line));
        }
        found.retain(|comment| !comment.is_empty());
        found
    }

    /// All comments of the file with their line, blank ones left out.
    pub fn all_comments(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..=self.line_count())
            .map(|line| (line, self.comment_line(line)))
            .filter(|(_, comment)| !comment.is_empty())
    }

    /// The innermost function that holds `line`, as `Type::name`; `file` outside any.
    pub fn function_at(&self, line: usize) -> &str {
        let holding = self.functions.iter().filter(|function| function.lines.contains(line));
        holding.max_by_key(|function| function.lines.first).map_or("file", |function| &function.name)
    }

    fn comment_block_above(&self, line: usize) -> Vec<&str> {
        let is_note = |line: &usize| {
            let code = self.code_line(*line).trim();
            let is_attribute = code.starts_with("#[") && code.ends_with(']');
            is_attribute || (code.is_empty() && !self.comment_line(*line).is_empty())
        };
        let mut block: Vec<&str> =
            (1..line).rev().take_while(is_note).map(|line| self.comment_line(line)).collect();
        block.reverse();
        block
    }

    /// A line without its comments and with strings emptied.
    pub fn code_line(&self, line: usize) -> &str {
        &self.code[line - 1]
    }

    fn comment_line(&self, line: usize) -> &str {
        self.comments[line - 1].trim()
    }
}

/// The code canvas and the comment canvas, in lines.
fn paint(text: &str, tokens: &[Token]) -> (Vec<String>, Vec<String>) {
    let blank = |byte: u8| if byte == b'\n' { b'\n' } else { b' ' };
    let mut code: Vec<u8> = text.bytes().map(blank).collect();
    let mut comments = text.as_bytes().to_vec();
    for token in tokens {
        let range = token.range.clone();
        comments[range.clone()].iter_mut().for_each(|byte| *byte = blank(*byte));
        if token.kind == Kind::Text {
            code[range.start] = b'"';
            code[range.end - 1] = b'"';
        } else {
            code[range.clone()].copy_from_slice(&text.as_bytes()[range]);
        }
    }
    (lines(&code), lines(&comments))
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r##"//! Header with Ordering::Release.
/// Doc of f.
fn f() {
    // SAFETY: above, for a reason.
    let x =
        unsafe { g("unsafe { }", r#"// not a comment"#) }; // beside
}

#[cfg(test)]
mod tests {
    fn inside() {}
}
"##;

    #[test]
    fn code_has_neither_comments_nor_strings() {
        let source = Source::parse("a.rs", FILE).unwrap();
        assert!(source.tokens.iter().all(|token| token.text != "Release"));
        assert!(!source.code_line(6).contains("not a comment"));
        assert_eq!(source.comment_line(6), "// beside");
        assert_eq!(source.comment_line(1), "//! Header with Ordering::Release.");
    }

    #[test]
    fn a_note_above_the_statement_counts() {
        let source = Source::parse("a.rs", FILE).unwrap();
        let at = source.tokens.iter().position(|token| token.text == "unsafe").unwrap();
        let notes = source.comments_at(&source.tokens[at].anchors);
        assert!(notes.iter().any(|note| note.contains("SAFETY: above")), "{notes:?}");
    }

    #[test]
    fn tests_are_told_from_code() {
        let source = Source::parse("a.rs", FILE).unwrap();
        assert!(!source.is_test(3) && source.is_test(11));
        assert!(Source::parse("crates/a/tests/b.rs", FILE).unwrap().is_test(3));
        assert_eq!(source.code_lines(1, source.line_count()), 4);
    }

    #[test]
    fn lines_know_their_function() {
        let source =
            Source::parse("a.rs", "impl<T> Drop for Claim<'_, T> {\n fn drop(&mut self) {\n x();\n }\n}")
                .unwrap();
        assert_eq!(source.function_at(3), "Claim::drop");
        assert_eq!(source.function_at(1), "file");
    }
}
