//! Which weakenings a file allows, and the file rewritten so that each can be switched on when the models run.
//!
//! Every mutant is compiled into the one model binary, behind a number: `Ordering::Acquire` becomes a call that
//! returns `Relaxed` when the environment names that mutant and `Acquire` otherwise. One build serves them all.

use crate::source::Source;
use crate::source::orderings::{Site, What, sites};
use crate::source::outline;

/// One weakening.
#[derive(Clone, Debug)]
pub struct Mutant {
    pub id: u32,
    pub file: String,
    pub line: usize,
    pub function: String,
    /// The line of code without its comments: with `file` and `function` it names the site, whatever line it is on.
    pub code: String,
    /// What is weakened and to what.
    pub change: String,
}

/// A file that can be weakened.
pub struct Mutated {
    pub mutants: Vec<Mutant>,
    pub text: String,
    /// Sites that no loom build compiles.
    pub outside_loom: usize,
}

/// Appended to the root of every crate that holds a mutant.
pub const SWITCH: &str = r#"
#[doc(hidden)]
#[allow(missing_docs, dead_code, unused)]
pub mod ordering_mutants {
    extern crate std;
    use core::sync::atomic::{AtomicBool, Ordering};
    use std::io::Write;
    use std::sync::OnceLock;

    static REACHED: [AtomicBool; 4096] = [const { AtomicBool::new(false) }; 4096];

    /// The mutant that is switched on; 0 switches none on, and tells of every line that runs.
    fn chosen() -> u32 {
        static CHOSEN: OnceLock<u32> = OnceLock::new();
        let named = || std::env::var("RINGFOLD_MUTANT").ok().and_then(|id| id.parse().ok());
        *CHOSEN.get_or_init(|| named().unwrap_or(0))
    }

    pub fn is_active(id: u32) -> bool {
        if chosen() == 0 && !REACHED[id as usize].swap(true, Ordering::Relaxed) {
            drop(writeln!(std::io::stderr(), "ordering mutant reached: {id}"));
        }
        chosen() == id
    }

    pub fn ordering(original: Ordering, weaker: &[(u32, Ordering)]) -> Ordering {
        weaker.iter().find(|(id, _)| is_active(*id)).map_or(original, |(_, weaker)| *weaker)
    }
}
"#;

/// What the models print, once for each mutant, before its number, when its line runs and no mutant is chosen.
pub const REACHED: &str = "ordering mutant reached: ";

/// The relaxed twin of `Cursor::publish`, appended to the file that defines it.
const RELAXED_PUBLISH: &str = r"
#[allow(missing_docs)]
impl Cursor {
    pub fn publish_relaxed(&self, sequence: u64) {
        self.0.store(sequence, Ordering::Relaxed);
    }
}
";

/// Finds every weakening of a library file, numbered from `next_id`, and compiles them into its text.
pub fn mutate(source: &Source, next_id: u32) -> Mutated {
    let outside = outline::regions_without(&source.tokens, "loom", true);
    let is_outside = |line: usize| outside.iter().any(|region| region.contains(line));
    let mut made = Mutated { mutants: Vec::new(), text: String::new(), outside_loom: 0 };
    let mut edits = Vec::new();
    for site in sites(&source.tokens) {
        if source.is_test(site.line) {
            continue;
        }
        if is_outside(site.line) {
            made.outside_loom += 1;
            continue;
        }
        let first_id = next_id + made.mutants.len() as u32;
        let weakenings = weakenings(&site);
        edits.extend(edit(source, &site, &weakenings, first_id));
        for (id, weaker) in (first_id..).zip(&weakenings) {
            made.mutants.push(mutant(source, &site, id, weaker));
        }
    }
    made.text = apply(&source.text, edits);
    if source.path.ends_with("/cursor.rs") {
        made.text.push_str(RELAXED_PUBLISH);
    }
    made
}

fn mutant(source: &Source, site: &Site, id: u32, weaker: &str) -> Mutant {
    let change = match site.what {
        What::Ordering => format!("{}: {} -> {weaker}", site.operation, site.ordering),
        What::Publish | What::Observe => format!("{}: -> {weaker}", site.operation),
        What::Barrier => format!("{}: removed", site.operation),
    };
    Mutant {
        id,
        file: source.path.clone(),
        line: site.line,
        function: source.function_at(site.line).to_owned(),
        code: source.code_line(site.line).trim().to_owned(),
        change,
    }
}

/// What a site can be weakened to: a name of an ordering, or what is done instead.
fn weakenings(site: &Site) -> Vec<&'static str> {
    if site.what != What::Ordering {
        return vec![if site.what == What::Barrier { "nothing" } else { "Relaxed" }];
    }
    let only_loads = match site.operation.as_str() {
        "load" => true,
        "compare_exchange" | "compare_exchange_weak" => site.argument == 3,
        "fetch_update" => site.argument == 1,
        _ => false,
    };
    let only_stores = site.operation == "store";
    let is_fence = site.operation.ends_with("fence");
    match site.ordering.as_str() {
        // A fence cannot be Relaxed; removing it says the same.
        "SeqCst" if is_fence => vec!["AcqRel"],
        "Acquire" | "Release" if is_fence => vec![],
        "SeqCst" if only_loads => vec!["Acquire", "Relaxed"],
        "SeqCst" if only_stores => vec!["Release", "Relaxed"],
        "SeqCst" => vec!["AcqRel", "Relaxed"],
        "AcqRel" => vec!["Acquire", "Release"],
        _ => vec!["Relaxed"],
    }
}

/// What is inserted before and behind a site.
struct Edit {
    start: usize,
    end: usize,
    before: String,
    behind: String,
}

const SWITCH_PATH: &str = "crate::ordering_mutants";

fn edit(source: &Source, site: &Site, weakenings: &[&str], id: u32) -> Option<Edit> {
    let receiver = &source.text[site.receiver.clone()];
    let arguments = &source.text[site.arguments.clone()];
    let (before, behind) = match site.what {
        What::Ordering if weakenings.is_empty() => return None,
        What::Ordering => {
            let choice =
                |(id, weaker): (u32, &&str)| format!("({id}, core::sync::atomic::Ordering::{weaker})");
            let choices: Vec<String> = (id..).zip(weakenings).map(choice).collect();
            (format!("{SWITCH_PATH}::ordering("), format!(", &[{}])", choices.join(", ")))
        }
        What::Barrier => (format!("(if {SWITCH_PATH}::is_active({id}) {{}} else {{ "), " })".to_owned()),
        What::Observe => instead(id, &format!("{receiver}glance()")),
        What::Publish => instead(id, &format!("{receiver}publish_relaxed{arguments}")),
    };
    Some(Edit { start: site.range.start, end: site.range.end, before, behind })
}

fn instead(id: u32, call: &str) -> (String, String) {
    (format!("(if {SWITCH_PATH}::is_active({id}) {{ {call} }} else {{ "), " })".to_owned())
}

/// Inserts all edits; their ranges are disjoint or nested.
fn apply(text: &str, edits: Vec<Edit>) -> String {
    let mut insertions = Vec::new();
    for edit in edits {
        let length = (edit.end - edit.start) as isize;
        // At one place: what ends comes before what begins, the inner ends first, the outer begins first.
        insertions.push((edit.end, 0, length, edit.behind));
        insertions.push((edit.start, 1, -length, edit.before));
    }
    insertions.sort();
    let mut out = String::with_capacity(text.len() * 2);
    let mut done = 0;
    for (at, _, _, inserted) in insertions {
        out.push_str(&text[done..at]);
        out.push_str(&inserted);
        done = at;
    }
    out.push_str(&text[done..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutated(text: &str) -> Mutated {
        mutate(&Source::parse("crates/ringfold/src/spsc/shared.rs", text).unwrap(), 7)
    }

    fn changes(text: &str) -> Vec<String> {
        mutated(text).mutants.into_iter().map(|mutant| mutant.change).collect()
    }

    #[test]
    fn every_ordering_is_weakened_one_step_at_a_time() {
        assert_eq!(changes("fn f() { a.load(Acquire) }"), ["load: Acquire -> Relaxed"]);
        assert_eq!(changes("fn f() { a.store(1, Release) }"), ["store: Release -> Relaxed"]);
        assert_eq!(
            changes("fn f() { a.fetch_or(1, AcqRel) }"),
            ["fetch_or: AcqRel -> Acquire", "fetch_or: AcqRel -> Release"]
        );
        assert_eq!(changes("fn f() { fence(SeqCst) }"), ["fence: removed", "fence: SeqCst -> AcqRel"]);
        assert_eq!(changes("fn f() { fence(Acquire) }"), ["fence: removed"]);
        assert_eq!(
            changes("fn f() { a.compare_exchange(0, 1, Release, SeqCst) }"),
            [
                "compare_exchange: Release -> Relaxed",
                "compare_exchange: SeqCst -> Acquire",
                "compare_exchange: SeqCst -> Relaxed"
            ]
        );
        assert_eq!(changes("fn f() { a.cursor.publish(1); b.observe(); w.heavy() }").len(), 3);
    }

    #[test]
    fn what_loom_does_not_compile_and_tests_are_left_alone() {
        let text = "#[cfg(not(loom))]\nfn f() { a.load(Acquire); }\n#[cfg(test)]\nmod t { fn g() { a.load(SeqCst); } }";
        let made = mutated(text);
        assert_eq!((made.mutants.len(), made.outside_loom, made.text.as_str()), (0, 1, text));
    }

    #[test]
    fn the_text_carries_every_mutant_behind_its_number() {
        let made =
            mutated("fn f() { sync::fence(Ordering::SeqCst); a.load(Relaxed); s.cursor.publish(x + 1); }");
        assert_eq!(
            made.text,
            "fn f() { (if crate::ordering_mutants::is_active(7) {} else { sync::fence(crate::ordering_mutants::ordering(\
             Ordering::SeqCst, &[(8, core::sync::atomic::Ordering::AcqRel)])) }); a.load(Relaxed); \
             (if crate::ordering_mutants::is_active(9) { s.cursor.publish_relaxed(x + 1) } else { s.cursor.publish(x + 1) }); }"
        );
    }

    #[test]
    fn a_mutant_is_named_by_its_code_not_its_line() {
        let mutant = &mutated("impl S {\n  fn f() {\n    a.load(Acquire) // SYNC: x\n  }\n}").mutants[0];
        assert_eq!(
            (mutant.function.as_str(), mutant.code.as_str(), mutant.line),
            ("S::f", "a.load(Acquire)", 3)
        );
    }
}
