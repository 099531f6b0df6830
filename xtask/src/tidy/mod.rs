//! `cargo xtask tidy`: the architecture, checked by reading the sources.
//!
//! The rules are numbered as in ARCHITECTURE.md; those without a number are house rules of CONTRIBUTING.md. Each
//! rule is a function from a file to its findings and has, beside it, a snippet it must refuse and one it must pass.

mod arrows;
mod faces;
mod hygiene;
mod layers;
mod names;
mod places;
mod safety;
mod size;
mod sync_labels;

use std::fmt;

use anyhow::Result;

use crate::source::Source;
use crate::workspace::Workspace;

/// One thing that is not as it should be.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub path: String,
    pub line: usize,
    /// `1` to `7`, or the name of a house rule.
    pub rule: &'static str,
    pub wrong: String,
    pub right: String,
    /// A warning does not fail the run.
    pub is_warning: bool,
}

impl Finding {
    fn new(source: &Source, line: usize, rule: &'static str, wrong: String, right: &str) -> Self {
        Self { path: source.path.clone(), line, rule, wrong, right: right.to_owned(), is_warning: false }
    }

    fn warning(self) -> Self {
        Self { is_warning: true, ..self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, rule, wrong, right, is_warning } = self;
        let kind = if *is_warning { " (warning)" } else { "" };
        write!(out, "{path}:{line}: rule {rule}{kind}: {wrong}; {right}")
    }
}

/// What a run of tidy saw.
pub struct Report {
    pub findings: Vec<Finding>,
    pub files: usize,
    pub sync_labels: usize,
}

impl Report {
    pub fn errors(&self) -> usize {
        self.findings.iter().filter(|finding| !finding.is_warning).count()
    }

    pub fn warnings(&self) -> usize {
        self.findings.len() - self.errors()
    }

    /// One line: what was read and what was found.
    pub fn summary(&self) -> String {
        format!(
            "{} files read, {} SYNC labels, {} errors, {} warnings",
            self.files,
            self.sync_labels,
            self.errors(),
            self.warnings()
        )
    }
}

/// The rules that look at one Rust file at a time.
const FILE_RULES: [fn(&Source) -> Vec<Finding>; 9] = [
    layers::atomics_only_in_sync,
    layers::platform_only_in_memory,
    layers::arithmetic_only_in_slots,
    layers::rooms_do_not_meet,
    faces::faces_hold_no_algorithm,
    safety::every_unsafe_is_argued,
    names::banned_names,
    size::lengths,
    hygiene::leftovers,
];

/// Reads the whole project.
pub fn check(workspace: &Workspace) -> Result<Report> {
    let mut findings = arrows::check(&workspace.metadata);
    let mut labels = sync_labels::Labels::default();
    let files = workspace.files()?;
    for path in &files {
        let Some(text) = workspace.read(path)? else { continue };
        findings.extend(places::check(path, &text));
        if path.ends_with(".rs") {
            let source = Source::parse(path, &text)?;
            findings.extend(FILE_RULES.iter().flat_map(|rule| rule(&source)));
            findings.extend(labels.read(&source));
        }
    }
    findings.extend(labels.unpaired());
    findings.sort();
    findings.dedup();
    Ok(Report { findings, files: files.len(), sync_labels: labels.len() })
}

/// The crate folder of a path: `ringfold-core` for `crates/ringfold-core/src/lib.rs`, `xtask` for its own files.
fn crate_of(path: &str) -> &str {
    let rest = path.strip_prefix("crates/").unwrap_or(path);
    rest.split('/').next().unwrap_or(rest)
}

/// The crates whose code runs inside other people's programs.
fn is_library(path: &str) -> bool {
    matches!(crate_of(path), "ringfold-core" | "ringfold-memory" | "ringfold") && path.contains("/src/")
}

#[cfg(test)]
mod testing {
    use super::*;

    /// The `line: rule` pairs that `rule` finds in `text` at `path`.
    pub fn found(
        rule: impl Fn(&Source) -> Vec<Finding>,
        path: &str,
        text: &str,
    ) -> Vec<(usize, &'static str)> {
        let source = Source::parse(path, text).expect("the snippet is Rust");
        rule(&source).into_iter().map(|finding| (finding.line, finding.rule)).collect()
    }
}
