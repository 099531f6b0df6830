//! The shape of a file, found in its flat tokens: functions, conditional regions, the paths it names.

use super::token::{Kind, Token, closing, reads};

/// A run of lines, both ends included, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    pub first: usize,
    pub last: usize,
}

impl Region {
    pub fn contains(&self, line: usize) -> bool {
        (self.first..=self.last).contains(&line)
    }
}

/// A function with a body.
#[derive(Debug)]
pub struct Function {
    /// `Type::name` inside an `impl` or a `trait`, `name` elsewhere.
    pub name: String,
    pub lines: Region,
}

/// A path named in code or imported by `use`, spelled out in full.
#[derive(Debug)]
pub struct Path {
    pub segments: Vec<String>,
    pub line: usize,
}

/// Every function that has a body, in order of its first line.
pub fn functions(tokens: &[Token]) -> Vec<Function> {
    let mut found = Vec::new();
    let mut owners: Vec<(usize, String)> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        owners.retain(|(end, _)| at < *end);
        let is_owner = (token.is("impl") || token.is("trait")) && starts_item(tokens, at);
        if let (true, Some(open)) = (is_owner, body(tokens, at)) {
            owners.push((closing(tokens, open), owner_name(&tokens[at + 1..open])));
        }
        let named = tokens.get(at + 1).filter(|next| next.kind == Kind::Ident);
        if let (true, Some(name), Some(open)) = (token.is("fn"), named, body(tokens, at)) {
            let owner = owners.last().map(|(_, owner)| format!("{owner}::")).unwrap_or_default();
            let last = tokens[closing(tokens, open)].line;
            let lines = Region { first: token.line, last };
            found.push(Function { name: format!("{owner}{}", name.text), lines });
        }
    }
    found
}

/// The lines of everything that stands under a `cfg` attribute which cannot hold when `flag` is `value`.
pub fn regions_without(tokens: &[Token], flag: &str, value: bool) -> Vec<Region> {
    conditional(tokens, flag, value)
        .map(|(first, last)| Region { first: tokens[first].line, last: tokens[last].line })
        .collect()
}

/// The modules in files of their own (`mod name;`) among those regions: their names, or the paths they are given.
pub fn modules_without(tokens: &[Token], flag: &str, value: bool) -> Vec<String> {
    let name = |(first, last): (usize, usize)| {
        let run = &tokens[first..=last];
        let declared = run.windows(3).find(|run| run[0].is("mod") && run[2].is(";"))?[1].text.clone();
        let given = run.windows(3).find(|run| run[0].is("path") && run[1].is("="));
        Some(given.map_or(declared, |run| run[2].text.trim_matches('"').to_owned()))
    };
    conditional(tokens, flag, value).filter_map(name).collect()
}

/// The first and the last token of each such region.
fn conditional<'a>(
    tokens: &'a [Token],
    flag: &'a str,
    value: bool,
) -> impl Iterator<Item = (usize, usize)> + 'a {
    (0..tokens.len()).filter_map(move |at| {
        let inner = tokens.get(at + 1).is_some_and(|next| next.is("!"));
        let open = at + 1 + usize::from(inner);
        if !tokens[at].is("#") || !reads(tokens, open, &["[", "cfg", "("]) {
            return None;
        }
        let end = closing(tokens, open);
        if holds(&tokens[open + 3..end], &mut 0, flag, value) != Some(false) {
            return None;
        }
        let last = if inner { tokens.len() - 1 } else { end_of_annotated(tokens, end + 1) };
        Some((at, last))
    })
}

/// The value of the `cfg` predicate that starts at `at` when all that is known is `flag`.
fn holds(tokens: &[Token], at: &mut usize, flag: &str, value: bool) -> Option<bool> {
    let word = tokens.get(*at)?.text.clone();
    *at += 1;
    if !reads(tokens, *at, &["("]) {
        let is_flag = word == flag && !reads(tokens, *at, &["="]);
        return is_flag.then_some(value);
    }
    let end = closing(tokens, *at);
    let mut values = Vec::new();
    *at += 1;
    while *at < end {
        values.push(holds(tokens, at, flag, value));
        while *at < end && !tokens[*at - 1].is(",") {
            *at += 1;
        }
    }
    *at = end + 1;
    let any = |wanted| values.contains(&Some(wanted));
    match word.as_str() {
        "not" => values.first().copied().flatten().map(|held| !held),
        "all" if any(false) => Some(false),
        "all" => values.iter().all(Option::is_some).then_some(true),
        "any" if any(true) => Some(true),
        "any" => values.iter().all(Option::is_some).then_some(false),
        _ => None,
    }
}

/// Every path of the file: the imports with their groups spelled out, and the paths written in code.
pub fn paths(tokens: &[Token]) -> Vec<Path> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].is("use") && starts_item(tokens, at) {
            at = use_tree(tokens, at + 1, &[], &mut found);
        } else if tokens[at].kind == Kind::Ident && !follows(tokens, at, "::") {
            let (segments, end) = plain_path(tokens, at);
            found.push(Path { segments, line: tokens[at].line });
            at = end;
        } else {
            at += 1;
        }
    }
    found
}

/// Reads one tree of a `use` from `at`, returns where it ends.
fn use_tree(tokens: &[Token], mut at: usize, prefix: &[String], found: &mut Vec<Path>) -> usize {
    if tokens.get(at).is_some_and(|token| token.is("::")) {
        at += 1;
    }
    let mut segments = prefix.to_vec();
    let line = tokens.get(at).map_or(0, |token| token.line);
    while let Some(token) = tokens.get(at) {
        if token.is("{") {
            let end = closing(tokens, at);
            at += 1;
            while at < end {
                at = use_tree(tokens, at, &segments, found) + 1;
            }
            return end + 1;
        }
        if token.is("as") {
            at += 2;
            continue;
        }
        if token.kind == Kind::Ident || token.is("*") {
            if token.text != "self" || segments.is_empty() {
                segments.push(token.text.clone());
            }
        } else if !token.is("::") {
            break;
        }
        at += 1;
    }
    found.push(Path { segments, line });
    at
}

fn plain_path(tokens: &[Token], mut at: usize) -> (Vec<String>, usize) {
    let mut segments = vec![tokens[at].text.clone()];
    at += 1;
    while at + 1 < tokens.len() && tokens[at].is("::") && tokens[at + 1].kind == Kind::Ident {
        segments.push(tokens[at + 1].text.clone());
        at += 2;
    }
    (segments, at)
}

fn follows(tokens: &[Token], at: usize, text: &str) -> bool {
    at > 0 && tokens[at - 1].is(text)
}

/// Tells the `impl` of an item from `impl Trait` in a type, and the `use` of an import from `use<..>`.
fn starts_item(tokens: &[Token], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| &tokens[before]) else { return true };
    matches!(before.text.as_str(), ";" | "{" | "}" | "]" | "unsafe" | "pub" | ")" | "auto")
}

/// The brace that opens the body of the item at `at`, unless a `;` ends it first.
fn body(tokens: &[Token], at: usize) -> Option<usize> {
    let mut here = at;
    while let Some(token) = tokens.get(here) {
        match (token.kind, token.text.as_str()) {
            (Kind::Open, "{") => return Some(here),
            (Kind::Open, _) => here = closing(tokens, here),
            (Kind::Punct, ";") | (Kind::Close, _) => return None,
            _ => {}
        }
        here += 1;
    }
    None
}

/// The type that an `impl` header is about, or the name of a trait.
fn owner_name(header: &[Token]) -> String {
    let after_for = header.iter().position(|token| token.is("for")).map_or(0, |at| at + 1);
    let bound = header.iter().position(|token| token.is("where")).unwrap_or(header.len());
    let mut depth = 0usize;
    let mut name = String::new();
    for token in &header[after_for.min(bound)..bound] {
        match token.text.as_str() {
            "<" => depth += 1,
            ">" => depth = depth.saturating_sub(1),
            _ if depth == 0 && token.kind == Kind::Ident => name.clone_from(&token.text),
            _ => {}
        }
    }
    name
}

/// Where the item, statement, field or arm that starts at `at` (behind its attribute) ends.
fn end_of_annotated(tokens: &[Token], mut at: usize) -> usize {
    const LISTS: [&str; 5] = ["impl", "fn", "struct", "use", "let"];
    let holds_commas = tokens[at.min(tokens.len() - 1)..]
        .iter()
        .take_while(|token| !matches!(token.text.as_str(), "{" | ";" | ","))
        .any(|token| LISTS.contains(&token.text.as_str()));
    while let Some(token) = tokens.get(at) {
        match (token.kind, token.text.as_str()) {
            (Kind::Open, "{") => return closing(tokens, at),
            (Kind::Open, _) => at = closing(tokens, at),
            (Kind::Punct, ";") => return at,
            (Kind::Punct, ",") if !holds_commas => return at,
            (Kind::Close, _) => return at.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    tokens.len() - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn tokens(text: &str) -> Vec<Token> {
        Source::parse("a.rs", text).unwrap().tokens
    }

    #[test]
    fn imports_are_spelled_out() {
        let tokens = tokens(
            "use std::{cell::UnsafeCell as Cell, sync::{self, atomic::*}};\nfn f() { std::thread::spawn(g) }",
        );
        let paths: Vec<String> = paths(&tokens).iter().map(|path| path.segments.join("::")).collect();
        for expected in ["std::cell::UnsafeCell", "std::sync", "std::sync::atomic::*", "std::thread::spawn"] {
            assert!(paths.iter().any(|path| path == expected), "{expected} not in {paths:?}");
        }
    }

    #[test]
    fn functions_know_their_owner() {
        let tokens = tokens(
            "fn a() {}\nimpl<T: Copy> Ring<T> where T: Send { fn b(self) -> impl Iterator<Item = T> { c() } }\ntrait T { fn d(); fn e() {} }",
        );
        let names: Vec<String> = functions(&tokens).into_iter().map(|function| function.name).collect();
        assert_eq!(names, ["a", "Ring::b", "T::e"]);
    }

    #[test]
    fn regions_end_with_what_they_annotate() {
        let text = "#[cfg(test)]\nmod tests {\n}\nstruct S {\n#[cfg(test)]\na: u8,\nb: u8,\n}\n#[cfg(test)]\nimpl<A, B> X<A, B> {\n}\nfn f() {}\n#[cfg(not(test))]\nfn g() {}";
        let found = regions_without(&tokens(text), "test", false);
        let lines: Vec<(usize, usize)> = found.iter().map(|region| (region.first, region.last)).collect();
        assert_eq!(lines, [(1, 3), (5, 6), (9, 11)]);
    }

    #[test]
    fn predicates_are_evaluated_as_far_as_they_are_known() {
        let without_loom = |predicate: &str| {
            let tokens = tokens(&format!("#[cfg({predicate})]\nfn a() {{}}"));
            !regions_without(&tokens, "loom", true).is_empty()
        };
        for never in [
            "not(loom)",
            "all(feature = \"std\", not(loom))",
            "not(any(feature = \"std\", loom))",
            "all(a, b, not(loom), c)",
        ] {
            assert!(without_loom(never), "{never}");
        }
        for perhaps in
            ["loom", "any(not(loom), test)", "feature = \"loom\"", "not(all(loom, test))", "not(test)"]
        {
            assert!(!without_loom(perhaps), "{perhaps}");
        }
    }

    #[test]
    fn modules_left_out_are_named() {
        let text = "#[cfg(not(loom))]\nmod inline;\n#[cfg(not(any(std, loom)))]\n#[path = \"b_silent.rs\"]\nmod b;\nmod c;";
        assert_eq!(modules_without(&tokens(text), "loom", true), ["inline", "b_silent.rs"]);
    }
}
