//! A copy of the workspace in which the mutants live, so that the working tree is never touched.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::mutants::{Mutant, SWITCH, mutate};
use crate::source::Source;
use crate::source::outline;
use crate::workspace::Workspace;

/// The crates whose protocols the models run.
const CRATES: [&str; 2] = ["ringfold-core", "ringfold"];

/// The copy, and what is different in it.
pub struct Scratch {
    pub root: PathBuf,
    pub mutants: Vec<Mutant>,
    /// Sites that no loom build compiles, so that no model can judge them.
    pub outside_loom: usize,
}

impl Scratch {
    /// Brings the copy up to date. Files that did not change keep their time, so that cargo rebuilds little.
    pub fn write(workspace: &Workspace) -> Result<Self> {
        let root = workspace.target.join("orderings").join("workspace");
        let mut scratch = Self { root, mutants: Vec::new(), outside_loom: 0 };
        let mut kept = BTreeSet::new();
        let outside = files_outside_loom(workspace)?;
        for path in workspace.files()? {
            let bytes = fs::read(workspace.root.join(&path))?;
            let bytes = match String::from_utf8(bytes) {
                Ok(text) if is_protocol_source(&path) => scratch.mutate(&path, text, &outside)?.into_bytes(),
                Ok(text) => text.into_bytes(),
                Err(not_text) => not_text.into_bytes(),
            };
            write_if_changed(&scratch.root.join(&path), &bytes)?;
            kept.insert(scratch.root.join(&path));
        }
        remove_others(&scratch.root, &kept)?;
        Ok(scratch)
    }

    fn mutate(&mut self, path: &str, text: String, outside: &[String]) -> Result<String> {
        let source = Source::parse(path, &text)?;
        let next_id = self.mutants.len() as u32 + 1;
        let made = mutate(&source, next_id);
        if outside.iter().any(|module| is_in_module(path, module)) {
            self.outside_loom += made.mutants.len() + made.outside_loom;
            return Ok(text);
        }
        self.mutants.extend(made.mutants);
        self.outside_loom += made.outside_loom;
        let switch = if path.ends_with("/src/lib.rs") { SWITCH } else { "" };
        Ok(made.text + switch)
    }
}

fn is_protocol_source(path: &str) -> bool {
    CRATES.iter().any(|name| path.starts_with(&format!("crates/{name}/src/"))) && path.ends_with(".rs")
}

/// The modules that are declared under `cfg(not(loom))`, as paths without `.rs` or with it where given.
fn files_outside_loom(workspace: &Workspace) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for path in workspace.files()?.into_iter().filter(|path| is_protocol_source(path)) {
        let text = workspace.read(&path)?.with_context(|| format!("{path} is not text"))?;
        let source = Source::parse(&path, &text)?;
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", &path));
        let base = match file {
            "lib.rs" | "mod.rs" => folder.to_owned(),
            _ => format!("{folder}/{}", file.trim_end_matches(".rs")),
        };
        let modules = outline::modules_without(&source.tokens, "loom", true);
        found.extend(modules.into_iter().map(|module| format!("{base}/{module}")));
    }
    Ok(found)
}

fn is_in_module(path: &str, module: &str) -> bool {
    path == module || path.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

fn remove_others(folder: &Path, kept: &BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(&path, kept)?;
        } else if !kept.contains(&path) && path.file_name().is_none_or(|name| name != "Cargo.lock") {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_its_file_or_its_folder() {
        assert!(is_in_module("a/inline.rs", "a/inline"));
        assert!(is_in_module("a/inline/mod.rs", "a/inline"));
        assert!(is_in_module("a/b_silent.rs", "a/b_silent.rs"));
        assert!(!is_in_module("a/inlined.rs", "a/inline"));
    }
}
