//! The table of instruction counts that was accepted, and how new ones compare with it.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::workspace::Workspace;

/// Where it is kept.
pub const FILE: &str = "docs/decisions/instruction-counts.toml";
/// What makes the new counts the table.
const ACCEPT: &str = "cargo xtask profile --instructions --accept";

const HEADER: &str = "\
# Instructions per operation of each fast path, loop included: see instruction-counts.md.
# Written by `cargo xtask profile --instructions --accept`.

";

/// A count may change by so much of it, or by so many instructions, whichever is more, before that is a finding. The counts themselves are
/// the same in every run; this is for code that was moved about, not changed.
const SHARE: f64 = 0.03;
const INSTRUCTIONS: f64 = 0.5;

/// Instructions per operation, by path.
pub type Figures = BTreeMap<String, f64>;

/// What was counted, and where.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub setting: Setting,
    pub instructions: Figures,
}

/// What the counts depend on, besides the code.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    pub architecture: String,
    pub rustc: String,
    /// It copies, and allocates.
    pub c_library: String,
    /// How the memory was mirrored; only the program knows.
    pub mirror: String,
    /// Whether the fast paths can do without fences; only the program knows.
    pub barrier: String,
}

impl Setting {
    /// As far as it can be known before the program runs.
    pub fn detect() -> Result<Self> {
        let rustc = said("rustc", "-vV").context("cannot ask rustc for its version")?;
        let field = |name: &str| rustc.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("unknown");
        let host = field("host: ");
        Ok(Self {
            architecture: host.split('-').next().unwrap_or(host).to_owned(),
            rustc: field("release: ").to_owned(),
            c_library: said("getconf", "GNU_LIBC_VERSION").unwrap_or_else(|| host.to_owned()),
            ..Self::default()
        })
    }

    /// What is another there than here, of what is known here.
    pub fn differs_from(&self, here: &Setting) -> Option<String> {
        let pairs = [
            ("architecture", &self.architecture, &here.architecture),
            ("rustc", &self.rustc, &here.rustc),
            ("C library", &self.c_library, &here.c_library),
            ("mirror", &self.mirror, &here.mirror),
            ("barrier", &self.barrier, &here.barrier),
        ];
        let differs = |(_, there, here): &(_, &String, &String)| !here.is_empty() && there != here;
        let difference = |(what, there, here)| format!("the table's {what} is `{there}`, this is `{here}`");
        pairs.into_iter().find(differs).map(difference)
    }
}

fn said(program: &str, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

impl Table {
    pub fn read(workspace: &Workspace) -> Result<Self> {
        let Ok(text) = fs::read_to_string(workspace.root.join(FILE)) else {
            bail!("there is no {FILE}; to write it: {ACCEPT}");
        };
        toml::from_str(&text)
            .with_context(|| format!("{FILE} is not what it should be; to write it anew: {ACCEPT}"))
    }

    pub fn write(&self, workspace: &Workspace) -> Result<()> {
        let text = format!("{HEADER}{}", toml::to_string(self)?);
        fs::write(workspace.root.join(FILE), text).with_context(|| format!("cannot write {FILE}"))
    }

    /// What is to be said of the new counts.
    pub fn judge(&self, now: &Table) -> Verdict {
        if let Some(other) = self.setting.differs_from(&now.setting) {
            return Verdict::Elsewhere(other);
        }
        let paths = self
            .instructions
            .keys()
            .chain(now.instructions.keys().filter(|path| !self.instructions.contains_key(*path)));
        let changes: Vec<Change> = paths
            .map(|path| Change {
                path: path.clone(),
                was: self.instructions.get(path).copied(),
                is: now.instructions.get(path).copied(),
            })
            .filter(Change::is_beyond_tolerance)
            .collect();
        match changes.iter().all(Change::is_cheaper) {
            _ if changes.is_empty() => Verdict::Same(now.instructions.len()),
            true => Verdict::Cheaper(changes),
            false => Verdict::Dearer(changes),
        }
    }

    /// One line for each path, with what it was and a bar for what it is.
    pub fn shown(&self, accepted: Option<&Table>) -> String {
        const WIDEST: f64 = 40.0;
        let most = self.instructions.values().copied().fold(1.0, f64::max);
        let mut text = format!("{:<40} {:>9} {:>9}\n", "instructions per operation", "accepted", "now");
        for (path, &is) in &self.instructions {
            let was = accepted.and_then(|table| table.instructions.get(path));
            let was = was.map_or(String::new(), |was| format!("{was:.2}"));
            let bar = "#".repeat((is / most * WIDEST).round() as usize);
            let _ = writeln!(text, "{}", format!("{path:<40} {was:>9} {is:>9.2}  {bar}").trim_end());
        }
        text
    }
}

/// How the new counts compare.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    /// So many paths, all as they were.
    Same(usize),
    /// Some take fewer, none more.
    Cheaper(Vec<Change>),
    /// Some take more, or are not in both.
    Dearer(Vec<Change>),
    /// They were counted where they cannot be compared, and why.
    Elsewhere(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same(count) => write!(out, "{count} fast paths take as many instructions as before"),
            Self::Elsewhere(why) => {
                write!(out, "not compared: {why}; to accept the counts of this one: {ACCEPT}")
            }
            Self::Cheaper(changes) => {
                write!(out, "{} take fewer instructions; to keep it so: {ACCEPT}", changes.len())?;
                list(out, changes)
            }
            Self::Dearer(changes) => {
                write!(out, "fast paths changed; if they must, accept it: {ACCEPT}")?;
                list(out, changes)
            }
        }
    }
}

fn list(out: &mut fmt::Formatter<'_>, changes: &[Change]) -> fmt::Result {
    changes.iter().try_for_each(|change| write!(out, "\n  {change}"))
}

/// One path whose count is another than the accepted one.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    path: String,
    was: Option<f64>,
    is: Option<f64>,
}

impl Change {
    fn is_beyond_tolerance(&self) -> bool {
        match (self.was, self.is) {
            (Some(was), Some(is)) => (is - was).abs() > (was * SHARE).max(INSTRUCTIONS),
            _ => true,
        }
    }

    fn is_cheaper(&self) -> bool {
        matches!((self.was, self.is), (Some(was), Some(is)) if is < was)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match (self.was, self.is) {
            (Some(was), Some(is)) => {
                let (by, share) = (is - was, (is - was) / was * 100.0);
                write!(out, "{path} went from {was:.2} to {is:.2} instructions ({by:+.2}, {share:+.1} %)")
            }
            (None, Some(is)) => write!(out, "{path} takes {is:.2} instructions and is not in the table"),
            _ => write!(out, "{path} is in the table and was not counted"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(figures: &[(&str, f64)]) -> Table {
        let setting = Setting { rustc: "1.95.0".into(), mirror: "memfd".into(), ..Setting::default() };
        let instructions = figures.iter().map(|(path, each)| ((*path).to_owned(), *each)).collect();
        Table { setting, instructions }
    }

    #[test]
    fn small_changes_are_none() {
        let accepted = table(&[("a/push", 10.0), ("a/fill", 200.0)]);
        assert_eq!(accepted.judge(&table(&[("a/push", 10.5), ("a/fill", 206.0)])), Verdict::Same(2));
        assert_eq!(accepted.judge(&table(&[("a/push", 9.5), ("a/fill", 194.0)])), Verdict::Same(2));
    }

    #[test]
    fn one_instruction_more_fails_and_is_named() {
        let accepted = table(&[("a/pop", 12.0), ("a/push", 10.0)]);
        let verdict = accepted.judge(&table(&[("a/pop", 12.0), ("a/push", 11.0)]));
        let Verdict::Dearer(changes) = &verdict else { panic!("{verdict:?}") };
        assert_eq!(changes.len(), 1);
        let said = verdict.to_string();
        assert!(said.contains("a/push went from 10.00 to 11.00 instructions (+1.00, +10.0 %)"), "{said}");
        assert!(said.contains(ACCEPT), "{said}");
    }

    #[test]
    fn fewer_instructions_are_told_and_pass() {
        let verdict = table(&[("a/push", 10.0)]).judge(&table(&[("a/push", 8.0)]));
        assert!(matches!(verdict, Verdict::Cheaper(_)), "{verdict:?}");
        assert!(verdict.to_string().contains("(-2.00, -20.0 %)"), "{verdict}");
        let mixed = table(&[("a", 10.0), ("b", 10.0)]).judge(&table(&[("a", 8.0), ("b", 12.0)]));
        assert!(matches!(mixed, Verdict::Dearer(changes) if changes.len() == 2));
    }

    #[test]
    fn paths_that_come_and_go_fail() {
        let (one, two) = (table(&[("a", 1.0)]), table(&[("a", 1.0), ("b", 2.0)]));
        assert!(one.judge(&two).to_string().contains("b takes 2.00 instructions and is not in the table"));
        assert!(two.judge(&one).to_string().contains("b is in the table and was not counted"));
        assert!(
            matches!(one.judge(&two), Verdict::Dearer(_)) && matches!(two.judge(&one), Verdict::Dearer(_))
        );
    }

    #[test]
    fn another_compiler_is_not_compared() {
        let mut here = table(&[("a", 100.0)]);
        here.setting.rustc = "1.96.0".into();
        let verdict = table(&[("a", 1.0)]).judge(&here);
        assert!(matches!(verdict, Verdict::Elsewhere(_)), "{verdict:?}");
        assert!(verdict.to_string().contains("`1.95.0`, this is `1.96.0`"), "{verdict}");
        // What is not known yet is no difference.
        here.setting = Setting { rustc: "1.95.0".into(), ..Setting::default() };
        assert_eq!(table(&[]).setting.differs_from(&here.setting), None);
    }

    #[test]
    fn the_table_survives_being_written() {
        let text = format!("{HEADER}{}", toml::to_string(&table(&[("a/push+pop", 10.25)])).unwrap());
        let again: Table = toml::from_str(&text).unwrap();
        assert_eq!(again.judge(&table(&[("a/push+pop", 10.25)])), Verdict::Same(1));
    }
}
