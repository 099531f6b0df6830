//! The mutants that may survive, each with the reason why it changes nothing.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::mutants::Mutant;
use crate::workspace::Workspace;

/// Where they are listed.
pub const FILE: &str = "docs/decisions/orderings-survivors.toml";

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survivors {
    #[serde(default)]
    survivor: Vec<Survivor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Survivor {
    file: String,
    function: String,
    code: String,
    change: String,
    reason: String,
}

impl Survivors {
    pub fn read(workspace: &Workspace) -> Result<Self> {
        if !workspace.root.join(FILE).exists() {
            return Ok(Self::default());
        }
        Self::parse(&workspace.read(FILE)?.with_context(|| format!("{FILE} is not text"))?)
    }

    fn parse(text: &str) -> Result<Self> {
        let list: Self = toml::from_str(text).with_context(|| format!("{FILE} is not what it should be"))?;
        for survivor in &list.survivor {
            let words = survivor.reason.split_whitespace().count();
            ensure!(words >= 5, "{FILE}: `{}` needs a reason why it changes nothing", survivor.code);
        }
        Ok(list)
    }

    /// Why this mutant may survive, if it may.
    pub fn reason(&self, mutant: &Mutant) -> Option<&str> {
        self.survivor.iter().find(|survivor| survivor.is(mutant)).map(|survivor| survivor.reason.as_str())
    }

    /// Entries that name none of these surviving mutants: mended since, or misspelt.
    pub fn stale<'a>(&'a self, surviving: &[&Mutant]) -> Vec<&'a str> {
        let is_stale = |survivor: &&Survivor| !surviving.iter().any(|mutant| survivor.is(mutant));
        self.survivor.iter().filter(is_stale).map(|survivor| survivor.code.as_str()).collect()
    }
}

impl Survivor {
    fn is(&self, mutant: &Mutant) -> bool {
        self.file == mutant.file
            && self.function == mutant.function
            && self.code == mutant.code
            && self.change == mutant.change
    }
}

/// The entry that would allow this mutant, to be pasted and given its reason.
pub fn entry(mutant: &Mutant) -> String {
    let Mutant { file, function, code, change, .. } = mutant;
    format!(
        "[[survivor]]\nfile = {file:?}\nfunction = {function:?}\ncode = {code:?}\nchange = {change:?}\nreason = \"\"\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(change: &str) -> Mutant {
        let (file, function, code) =
            ("a.rs".to_owned(), "S::f".to_owned(), "x.load(\"\", Acquire)".to_owned());
        Mutant { id: 1, file, line: 9, function, code, change: change.to_owned() }
    }

    #[test]
    fn an_entry_with_a_reason_allows_its_mutant_only() {
        let text =
            entry(&mutant("a")).replace("reason = \"\"", "reason = \"the lock already orders these two\"");
        let list = Survivors::parse(&text).unwrap();
        assert!(list.reason(&mutant("a")).is_some() && list.reason(&mutant("b")).is_none());
        assert_eq!(list.stale(&[&mutant("a")]), [""; 0]);
        assert_eq!(list.stale(&[&mutant("b")]).len(), 1);
    }

    #[test]
    fn an_entry_without_a_reason_is_refused() {
        assert!(Survivors::parse(&entry(&mutant("a"))).is_err());
        assert!(Survivors::parse("[[survivor]]\nfile = \"a\"").is_err());
    }
}
