//! Where a file gives or takes memory orderings.

use std::ops::Range;

use super::token::{Kind, Token, closing, reads};

/// What kind of thing stands at a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// An ordering handed to the operation of this name: `load`, `store`, `fence`, `compare_exchange`, ...
    Ordering,
    /// A call of `Cursor::publish`, the Release of the cursors.
    Publish,
    /// A call of `Cursor::observe`, the Acquire of the cursors.
    Observe,
    /// A call whose only effect is an order: a fence or one half of the asymmetric barrier.
    Barrier,
}

/// One place where the order of memory accesses is decided.
#[derive(Clone, Debug)]
pub struct Site {
    pub what: What,
    /// The ordering named here; empty for calls.
    pub ordering: String,
    /// The function whose argument the ordering is, or the function called.
    pub operation: String,
    /// Which argument of the operation the ordering is, from 0.
    pub argument: usize,
    pub line: usize,
    /// Bytes of the ordering's path or of the whole call with its receiver.
    pub range: Range<usize>,
    /// For a method call: bytes of the receiver with its dot, and of the arguments with their parentheses.
    pub receiver: Range<usize>,
    pub arguments: Range<usize>,
    pub anchors: Vec<usize>,
}

impl Site {
    pub fn releases(&self) -> bool {
        self.what == What::Publish || matches!(self.ordering.as_str(), "Release" | "AcqRel" | "SeqCst")
    }

    pub fn acquires(&self) -> bool {
        self.what == What::Observe || matches!(self.ordering.as_str(), "Acquire" | "AcqRel" | "SeqCst")
    }
}

/// The calls that exist only for the order they make.
const BARRIERS: [&str; 5] = ["fence", "compiler_fence", "light", "heavy", "process_wide"];

/// Every site of the file: strong orderings (imports left out), cursor calls, barriers.
pub fn sites(tokens: &[Token]) -> Vec<Site> {
    let mut found = Vec::new();
    let mut calls: Vec<(usize, usize)> = Vec::new();
    let mut in_import = false;
    for (at, token) in tokens.iter().enumerate() {
        in_import = (in_import || token.is("use")) && !token.is(";");
        calls.retain(|(end, _)| at < *end);
        if in_import || token.kind != Kind::Ident {
            continue;
        }
        if matches!(token.text.as_str(), "Acquire" | "Release" | "AcqRel" | "SeqCst") {
            found.push(ordering_site(tokens, at, calls.last().map(|(_, name)| *name)));
        }
        let is_call = reads(tokens, at + 1, &["("]) && !(at > 0 && tokens[at - 1].is("fn"));
        if is_call {
            calls.push((closing(tokens, at + 1), at));
            found.extend(call_site(tokens, at));
        }
    }
    found
}

fn ordering_site(tokens: &[Token], at: usize, call: Option<usize>) -> Site {
    let start = receiver_start(tokens, at);
    let commas = call.map_or(0, |call| commas_between(tokens, call + 2, at));
    Site {
        argument: commas,
        what: What::Ordering,
        ordering: tokens[at].text.clone(),
        operation: call.map(|call| tokens[call].text.clone()).unwrap_or_default(),
        line: tokens[at].line,
        range: tokens[start].range.start..tokens[at].range.end,
        receiver: 0..0,
        arguments: 0..0,
        anchors: tokens[at].anchors.clone(),
    }
}

fn call_site(tokens: &[Token], at: usize) -> Option<Site> {
    let after_dot = at > 0 && tokens[at - 1].is(".");
    let name = tokens[at].text.as_str();
    let what = match name {
        // A handle has a `publish` of its own; the Release is the call on a cursor.
        "publish" if at > 1 && after_dot && tokens[at - 2].is("cursor") => What::Publish,
        "observe" if after_dot => What::Observe,
        _ if BARRIERS.contains(&name) && is_statement(tokens, at) => What::Barrier,
        _ => return None,
    };
    let start = tokens[receiver_start(tokens, at)].range.start;
    let end = tokens[closing(tokens, at + 1)].range.end;
    Some(Site {
        what,
        ordering: String::new(),
        operation: name.to_owned(),
        argument: 0,
        line: tokens[at].line,
        range: start..end,
        receiver: start..tokens[at].range.start,
        arguments: tokens[at + 1].range.start..end,
        anchors: tokens[at].anchors.clone(),
    })
}

/// Whether nothing is done with what the call at `at` returns.
fn is_statement(tokens: &[Token], at: usize) -> bool {
    let start = receiver_start(tokens, at);
    let before = start.checked_sub(1).map_or(";", |before| tokens[before].text.as_str());
    let behind = tokens.get(closing(tokens, at + 1) + 1).map_or(";", |behind| behind.text.as_str());
    matches!(before, ";" | "{" | "}" | "]") && matches!(behind, ";" | "}")
}

fn commas_between(tokens: &[Token], mut at: usize, end: usize) -> usize {
    let mut commas = 0;
    while at < end {
        commas += usize::from(tokens[at].is(","));
        at = closing(tokens, at) + 1;
    }
    commas
}

/// Where the path or method chain that ends in the identifier at `at` begins: `a.b(c).d` begins at `a`.
fn receiver_start(tokens: &[Token], at: usize) -> usize {
    let mut start = at;
    while start > 1 && (tokens[start - 1].is(".") || tokens[start - 1].is("::")) {
        start -= 2;
        if tokens[start].kind == Kind::Close {
            let open = (0..start)
                .rev()
                .find(|&open| closing(tokens, open) == start && tokens[open].kind == Kind::Open);
            start = open.unwrap_or(start);
            let is_called = start > 0 && tokens[start - 1].kind == Kind::Ident;
            start -= usize::from(is_called);
        }
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    #[test]
    fn sites_are_found_with_their_whole_expression() {
        let text = "use core::Ordering::{Acquire};\nfn f() {\n a.load(Ordering::Acquire);\n link.shared().producer.cursor.publish(x);\n c.compare_exchange(0, 1, sync::Ordering::AcqRel, Relaxed);\n sync::fence(Ordering::SeqCst);\n self.publish(3); Barrier::new(process_wide());\n}";
        let source = Source::parse("a.rs", text).unwrap();
        let sites = sites(&source.tokens);
        let found: Vec<(usize, &str)> =
            sites.iter().map(|site| (site.line, &text[site.range.clone()])).collect();
        assert_eq!(
            found,
            [
                (3, "Ordering::Acquire"),
                (4, "link.shared().producer.cursor.publish(x)"),
                (5, "sync::Ordering::AcqRel"),
                (6, "sync::fence(Ordering::SeqCst)"),
                (6, "Ordering::SeqCst"),
            ]
        );
    }

    #[test]
    fn an_ordering_knows_its_operation() {
        let source = Source::parse("a.rs", "fn f() { a.store(g(1, 2), Release); fence(SeqCst); }").unwrap();
        let operations: Vec<(String, usize)> = sites(&source.tokens)
            .into_iter()
            .filter(|site| site.what == What::Ordering)
            .map(|site| (site.operation, site.argument))
            .collect();
        assert_eq!(operations, [("store".into(), 1), ("fence".into(), 0)]);
    }
}
