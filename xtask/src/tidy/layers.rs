//! Rules 1 to 4: what may be named where.

use super::{Finding, crate_of, is_library};
use crate::source::Source;
use crate::source::outline;
use crate::source::token::{Kind, reads};

/// Rule 1: one page decides between loom and the real thing.
pub fn atomics_only_in_sync(source: &Source) -> Vec<Finding> {
    const SHIM: &str = "crates/ringfold-core/src/sync.rs";
    if !is_library(&source.path) || source.path == SHIM {
        return Vec::new();
    }
    let banned = |path: &[&str]| match path {
        ["loom", _, ..] | ["std", "thread", ..] => true,
        ["core" | "std", "sync", rest @ ..] => matches!(rest, [] | ["atomic" | "*", ..]),
        ["core" | "std", "cell", rest @ ..] => {
            matches!(rest, [] | ["UnsafeCell" | "SyncUnsafeCell" | "*", ..])
        }
        _ => false,
    };
    let mut findings = Vec::new();
    for path in outline::paths(&source.tokens) {
        let segments: Vec<&str> = path.segments.iter().map(String::as_str).collect();
        if banned(&segments) && !source.is_test(path.line) {
            let wrong = format!("`{}` is named outside {SHIM}", segments.join("::"));
            let right = "take it from ringfold_core::sync, so that loom sees it";
            findings.push(Finding::new(source, path.line, "1", wrong, right));
        }
    }
    findings
}

/// Rule 2: one crate knows the operating system. Tests may look at what only one system shows.
pub fn platform_only_in_memory(source: &Source) -> Vec<Finding> {
    if crate_of(&source.path) == "ringfold-memory" {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let right = "put what differs per system into ringfold-memory and call it";
    for token in &source.tokens {
        let asks = token.is("target_os") || token.is("target_family");
        if asks && !source.is_test(token.line) {
            let wrong = format!("`{}` is asked outside ringfold-memory", token.text);
            findings.push(Finding::new(source, token.line, "2", wrong, right));
        }
    }
    for path in outline::paths(&source.tokens) {
        let root = path.segments.first().map_or("", String::as_str);
        let is_system = path.segments.len() > 1 && matches!(root, "libc" | "windows_sys" | "mach2");
        if is_system && !source.is_test(path.line) {
            let wrong = format!("`{}` is named outside ringfold-memory", path.segments.join("::"));
            findings.push(Finding::new(source, path.line, "2", wrong, right));
        }
    }
    findings
}

/// Rule 3: one file turns positions into addresses.
pub fn arithmetic_only_in_slots(source: &Source) -> Vec<Finding> {
    const METHODS: [&str; 6] = ["add", "sub", "offset", "byte_add", "byte_sub", "byte_offset"];
    const FUNCTIONS: [&str; 6] = [
        "offset_from",
        "from_raw_parts",
        "from_raw_parts_mut",
        "slice_from_raw_parts",
        "slice_from_raw_parts_mut",
        "wrapping_byte_add",
    ];
    // The second turns a byte range of the mirror, not a slot, into addresses.
    const HOMES: [&str; 5] = [
        "crates/ringfold-core/src/slots.rs",
        "crates/ringfold-core/src/slots/row.rs",
        "crates/ringfold-core/src/slots/run.rs",
        "crates/ringfold-core/src/slots/words.rs",
        "crates/ringfold-core/src/mirror.rs",
    ];
    let has_rule = is_library(&source.path) && crate_of(&source.path) != "ringfold-memory";
    if !has_rule || HOMES.contains(&source.path.as_str()) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (at, token) in source.tokens.iter().enumerate() {
        let after_dot = at > 0 && source.tokens[at - 1].is(".");
        let takes_something =
            reads(&source.tokens, at + 1, &["("]) && !reads(&source.tokens, at + 1, &["(", ")"]);
        let name = token.text.as_str();
        let is_arithmetic = (after_dot && METHODS.contains(&name)) || FUNCTIONS.contains(&name);
        if token.kind == Kind::Ident && is_arithmetic && takes_something && !source.is_test(token.line) {
            let wrong = format!("pointer arithmetic (`{name}`) outside core's slots.rs");
            let right = "give Slots a method that says what is wanted";
            findings.push(Finding::new(source, token.line, "3", wrong, right));
        }
    }
    findings
}

/// The rooms that are faces of another room, and which. `mpsc` only re-exports `lanes`, so that it is found there.
const FACES_OF: [(&str, &str); 4] =
    [("queue", "ring"), ("stream", "ring"), ("lanes", "spsc"), ("mpsc", "lanes")];

/// Rule 4: a room can be read, changed and removed alone.
pub fn rooms_do_not_meet(source: &Source) -> Vec<Finding> {
    const ROOMS: [&str; 10] =
        ["ring", "queue", "stream", "list", "spsc", "mpsc", "lanes", "mpmc", "broadcast", "pool"];
    let Some(room) = source
        .path
        .strip_prefix("crates/ringfold/src/")
        .map(|rest| rest.split(['/', '.']).next().unwrap_or(rest))
        .filter(|room| ROOMS.contains(room))
    else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for path in outline::paths(&source.tokens) {
        let local = path.segments.iter().skip_while(|segment| matches!(segment.as_str(), "crate" | "super"));
        let skipped = path.segments.len() - local.clone().count();
        let other = local.map(String::as_str).next().filter(|other| ROOMS.contains(other));
        let Some(other) =
            other.filter(|other| skipped > 0 && *other != room && !FACES_OF.contains(&(room, other)))
        else {
            continue;
        };
        let wrong = format!("room `{room}` imports room `{other}`");
        let right = "move what both need to ringfold-core, once three rooms hold it textually identical";
        findings.push(Finding::new(source, path.line, "4", wrong, right));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::testing::found;

    const ROOM: &str = "crates/ringfold/src/spsc/producer.rs";

    #[test]
    fn rule_1_refuses_atomics_in_a_room() {
        for bad in [
            "use core::sync::atomic::AtomicU64;",
            "use std::{cell::UnsafeCell, fmt};",
            "fn f() { std::thread::yield_now() }",
            "use std::sync;",
            "use loom::thread;",
        ] {
            assert_eq!(found(atomics_only_in_sync, ROOM, bad), [(1, "1")], "{bad}");
        }
    }

    #[test]
    fn rule_1_passes_the_shim_and_its_users() {
        let good = "use ringfold_core::sync::{AtomicU64, UnsafeCell};\nuse std::sync::Arc; // std::thread\n#[cfg(loom)]\nfn f() {}\n#[cfg(test)]\nmod tests { use std::thread; }";
        assert_eq!(found(atomics_only_in_sync, ROOM, good), []);
        let shim = "pub use core::sync::atomic::AtomicU64;";
        assert_eq!(found(atomics_only_in_sync, "crates/ringfold-core/src/sync.rs", shim), []);
        assert_eq!(found(atomics_only_in_sync, "crates/ringfold-cli/src/main.rs", "use std::thread;"), []);
    }

    #[test]
    fn rule_2_refuses_the_system_in_a_room() {
        for bad in [
            "#[cfg(target_os = \"linux\")]\nfn f() {}",
            "fn f() { libc::getpid(); }",
            "use windows_sys::Win32;",
        ] {
            assert_eq!(found(platform_only_in_memory, ROOM, bad), [(1, "2")], "{bad}");
        }
    }

    #[test]
    fn rule_2_passes_the_memory_crate() {
        let good = "#[cfg(target_os = \"linux\")]\nfn f() { libc::getpid(); }";
        assert_eq!(found(platform_only_in_memory, "crates/ringfold-memory/src/machine.rs", good), []);
        assert_eq!(found(platform_only_in_memory, ROOM, "fn f() { let libc = 1; } // libc::getpid"), []);
        assert_eq!(found(platform_only_in_memory, "crates/ringfold/tests/it/close.rs", good), []);
    }

    #[test]
    fn rule_3_refuses_arithmetic_in_a_room() {
        let bad = "fn f(p: *mut u8) { p.add(1);\n core::slice::from_raw_parts(p, 3); }";
        assert_eq!(found(arithmetic_only_in_slots, ROOM, bad), [(1, "3"), (2, "3")]);
    }

    #[test]
    fn rule_3_passes_slots_and_getters() {
        let arithmetic = "fn f(p: *mut u8) { p.add(1); }";
        assert_eq!(found(arithmetic_only_in_slots, "crates/ringfold-core/src/slots.rs", arithmetic), []);
        assert_eq!(found(arithmetic_only_in_slots, "crates/ringfold-memory/src/soft.rs", arithmetic), []);
        assert_eq!(
            found(arithmetic_only_in_slots, ROOM, "fn f() { self.offset(); x.wrapping_sub(1); add(2); }"),
            []
        );
    }

    #[test]
    fn rule_4_refuses_a_foreign_room() {
        for bad in ["use crate::mpsc::Slot;", "use super::super::mpsc;", "fn f() { crate::pool::x() }"] {
            assert_eq!(found(rooms_do_not_meet, ROOM, bad), [(1, "4")], "{bad}");
        }
    }

    #[test]
    fn rule_4_passes_faces_and_oneself() {
        assert_eq!(
            found(rooms_do_not_meet, "crates/ringfold/src/queue/mod.rs", "use crate::ring::Ring;"),
            []
        );
        assert_eq!(found(rooms_do_not_meet, ROOM, "use crate::spsc::Shared; fn f() { ring.x(); }"), []);
        assert_eq!(
            found(rooms_do_not_meet, "crates/ringfold/src/lib.rs", "pub use crate::spsc::Producer;"),
            []
        );
    }
}
