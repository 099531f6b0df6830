//! Rule 7, second half: both ends of every happens-before edge carry the same label.

use std::collections::BTreeMap;

use super::{Finding, is_library};
use crate::source::Source;
use crate::source::orderings::{self, What};

/// The labels seen so far, over all library files.
#[derive(Default)]
pub struct Labels(BTreeMap<String, Uses>);

#[derive(Default)]
struct Uses {
    path: String,
    line: usize,
    count: usize,
    releases: bool,
    acquires: bool,
}

impl Labels {
    /// Collects the labels of a file and finds the sites that carry none.
    pub fn read(&mut self, source: &Source) -> Vec<Finding> {
        if !is_library(&source.path) {
            return Vec::new();
        }
        let mut findings = Vec::new();
        let mut used_by_sites = Vec::new();
        for site in orderings::sites(&source.tokens) {
            if source.is_test(site.line) || site.what == What::Barrier {
                continue;
            }
            let labels: Vec<String> =
                source.comments_at(&site.anchors).into_iter().flat_map(labels_in).collect();
            if labels.is_empty() {
                let name = if site.ordering.is_empty() { &site.operation } else { &site.ordering };
                let wrong = format!("`{name}` without a SYNC label");
                let right =
                    "write `// SYNC: label` on the line or directly above, the same at both ends of the edge";
                findings.push(Finding::new(source, site.line, "7", wrong, right));
            }
            for label in labels {
                let uses = self.at(&label, source, site.line);
                uses.releases |= site.releases();
                uses.acquires |= site.acquires();
                used_by_sites.push((label, site.line));
            }
        }
        self.read_bare(source, &used_by_sites);
        findings
    }

    /// Labels on lines that name no ordering mark one end of an edge too: a call that hides a barrier.
    fn read_bare(&mut self, source: &Source, used_by_sites: &[(String, usize)]) {
        for (line, comment) in source.all_comments() {
            let is_doc = comment.starts_with("///") || comment.starts_with("//!");
            if is_doc || source.is_test(line) {
                continue;
            }
            for label in labels_in(comment) {
                let is_sites = |(name, at): &(String, usize)| *name == label && line.abs_diff(*at) <= 4;
                if !used_by_sites.iter().any(is_sites) {
                    let uses = self.at(&label, source, line);
                    uses.releases = true;
                    uses.acquires = true;
                }
            }
        }
    }

    fn at(&mut self, label: &str, source: &Source, line: usize) -> &mut Uses {
        let uses = self.0.entry(label.to_owned()).or_default();
        if uses.count == 0 {
            uses.path.clone_from(&source.path);
            uses.line = line;
        }
        uses.count += 1;
        uses
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The labels of which one end is missing.
    pub fn unpaired(&self) -> Vec<Finding> {
        let lonely = self.0.iter().filter(|(_, uses)| uses.count < 2 || !uses.releases || !uses.acquires);
        let finding = |(label, uses): (&String, &Uses)| Finding {
            path: uses.path.clone(),
            line: uses.line,
            rule: "7",
            wrong: format!("SYNC label `{label}` has {}", what_is_missing(uses)),
            right: "put the same label on both ends, or mend the spelling".to_owned(),
            is_warning: false,
        };
        lonely.map(finding).collect()
    }
}

fn what_is_missing(uses: &Uses) -> &'static str {
    match (uses.releases, uses.acquires) {
        (true, false) => "no Acquire end",
        (false, true) => "no Release end",
        _ => "only one end",
    }
}

/// The labels that a comment gives: one word each, separated by commas; what follows explains.
fn labels_in(comment: &str) -> Vec<String> {
    let Some((_, rest)) = comment.split_once("SYNC:") else { return Vec::new() };
    let mut labels = Vec::new();
    for part in rest.split(',') {
        let mut words = part.split_whitespace();
        let is_label = |word: &&str| word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        let Some(word) = words.next().map(|word| word.trim_end_matches([';', '.', ':'])).filter(is_label)
        else {
            break;
        };
        labels.push(word.to_owned());
        if words.next().is_some() {
            break;
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule_7(text: &str) -> Vec<String> {
        let source = Source::parse("crates/ringfold/src/spsc/shared.rs", text).unwrap();
        let mut labels = Labels::default();
        let mut findings = labels.read(&source);
        findings.extend(labels.unpaired());
        findings.into_iter().map(|finding| finding.wrong).collect()
    }

    #[test]
    fn rule_7_refuses_a_lonely_ordering() {
        let bare = "fn f() { a.load(Ordering::Acquire); }";
        assert_eq!(rule_7(bare), ["`Acquire` without a SYNC label"]);
        let typo =
            "fn f() {\n a.load(Acquire); // SYNC: items\n\n\n\n\n\n a.store(1, Release); // SYNC: itmes\n}";
        assert_eq!(
            rule_7(typo),
            ["SYNC label `items` has no Release end", "SYNC label `itmes` has no Acquire end"]
        );
        let one = "fn f() { a.fetch_or(1, AcqRel); } // SYNC: closed";
        assert_eq!(rule_7(one), ["SYNC label `closed` has only one end"]);
        assert_eq!(
            rule_7("fn f() { shared.producer.cursor.publish(1); }"),
            ["`publish` without a SYNC label"]
        );
    }

    #[test]
    fn rule_7_passes_a_pair() {
        let pair = "fn f() {\n a.load(Acquire); // SYNC: items (why)\n\n\n\n\n\n // SYNC: items, room\n a.store(1,\n Release);\n\n\n\n\n\n b.load(Acquire) // SYNC: room\n}";
        assert_eq!(rule_7(pair), [""; 0]);
        let hidden = "fn f() { fence(SeqCst); } // SYNC: sleep\n\n\n\n\n\nfn g() { wide() } // SYNC: sleep (hides a barrier)";
        assert_eq!(rule_7(hidden), [""; 0]);
        assert_eq!(
            rule_7("fn f() { a.load(Relaxed); }\n#[cfg(test)]\nmod t { fn g() { a.load(Acquire); } }"),
            [""; 0]
        );
    }
}
