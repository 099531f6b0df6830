//! Names that this field has worn out, and shapes of API that the house does not have.

use super::{Finding, is_library};
use crate::source::Source;
use crate::source::token::{Kind, Token, closing, reads};

const RULE: &str = "names";

pub fn banned_names(source: &Source) -> Vec<Finding> {
    (0..source.tokens.len()).filter_map(|at| banned(source, at)).collect()
}

fn banned(source: &Source, at: usize) -> Option<Finding> {
    let tokens = &source.tokens;
    let token = &tokens[at];
    if token.kind != Kind::Ident {
        return None;
    }
    let name = token.text.as_str();
    let before = at.checked_sub(1).map_or("", |before| tokens[before].text.as_str());
    let (wrong, right) = match before {
        _ if matches!(name, "head" | "tail") => (
            format!("a bare `{name}`, of which half this field means the opposite"),
            "say whose: `producer.cursor`, `consumer.cursor`",
        ),
        "fn" if is_getter(name) => (format!("`fn {name}`"), "name what comes back, without `get_`"),
        "struct" | "enum" | "trait" | "type" | "union" if has_empty_suffix(name) => {
            (format!("`{name}` is named after nothing it does"), "name what it is, without the suffix")
        }
        _ if name == "Result" && error_is_text(tokens, at) => (
            "an error that is only text".to_owned(),
            "give the error a type with predicates, and the value back",
        ),
        _ if name == "macro_rules" && is_library(&source.path) && emits_public_functions(tokens, at) => (
            "a macro that generates public API".to_owned(),
            "write the functions out, or share a private one",
        ),
        _ => return None,
    };
    Some(Finding::new(source, token.line, RULE, wrong, right))
}

fn is_getter(name: &str) -> bool {
    const OF_STD: [&str; 3] = ["get_mut", "get_unchecked", "get_unchecked_mut"];
    name.starts_with("get_") && !OF_STD.contains(&name)
}

fn has_empty_suffix(name: &str) -> bool {
    const SUFFIXES: [&str; 7] = ["Factory", "Utils", "Util", "Manager", "Helper", "Helpers", "Handler"];
    SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// `Result<_, String>` and `Result<_, &str>`.
fn error_is_text(tokens: &[Token], at: usize) -> bool {
    if !reads(tokens, at + 1, &["<"]) {
        return false;
    }
    let mut depth = 0usize;
    let mut last_comma = at;
    let mut here = at + 1;
    while let Some(token) = tokens.get(here) {
        match token.text.as_str() {
            "<" => depth += 1,
            ">" if !tokens[here - 1].is("-") => depth -= 1,
            "," if depth == 1 => last_comma = here,
            ";" => return false,
            _ if token.kind == Kind::Open => here = closing(tokens, here),
            _ => {}
        }
        if depth == 0 {
            break;
        }
        here += 1;
    }
    let error = &tokens[(last_comma + 1).min(here)..here];
    last_comma > at && error.last().is_some_and(|token| token.is("String") || token.is("str"))
}

fn emits_public_functions(tokens: &[Token], at: usize) -> bool {
    let open = (at..tokens.len()).find(|&open| tokens[open].kind == Kind::Open);
    open.is_some_and(|open| (open..closing(tokens, open)).any(|here| reads(tokens, here, &["pub", "fn"])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::testing::found;

    fn lines(text: &str) -> Vec<(usize, &'static str)> {
        found(banned_names, "crates/ringfold/src/spsc/mod.rs", text)
    }

    #[test]
    fn worn_out_names_are_refused() {
        for bad in [
            "struct S { head: u64 }",
            "fn f() { let tail = 1; }",
            "fn get_cursor() {}",
            "struct RingFactory;",
            "fn f() -> Result<(), String> {}",
            "fn f() -> Result<Vec<(u8, u8)>, &'static str> {}",
            "macro_rules! m { () => { pub fn f() {} } }",
        ] {
            assert_eq!(lines(bad), [(1, RULE)], "{bad}");
        }
    }

    #[test]
    fn plain_names_are_passed() {
        for good in [
            "fn get_mut() {} fn get(&self) {}",
            "fn f() -> Result<String, Error> { g(\"head\") } // tail",
            "fn f() -> Result<HashMap<u8, String>, Closed<usize>> {}",
            "fn f() -> Result<(), fmt::Error>; type R<T> = Result<T>;",
            "macro_rules! m { () => { fn f() {} } }",
            "struct Header; fn widget() {}",
        ] {
            assert_eq!(lines(good), [], "{good}");
        }
    }
}
