use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

/// Where a scenario's files lie: in a folder that the user named, where they stay, or in one that goes with this value.
pub struct Folder {
    path: PathBuf,
    _temporary: Option<TempDir>,
}

impl Folder {
    /// The folder `named`, made if need be, or a temporary one.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(named: Option<&Path>) -> Result<Self> {
        let Some(path) = named else {
            let temporary = tempfile::Builder::new().prefix("ringfold-").tempdir();
            let temporary = temporary.context("cannot make a temporary folder; name one with --dir")?;
            return Ok(Self { path: temporary.path().to_owned(), _temporary: Some(temporary) });
        };
        fs::create_dir_all(path)
            .with_context(|| format!("cannot make the folder {} for --dir", path.display()))?;
        Ok(Self { path: path.to_owned(), _temporary: None })
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Makes a file in it.
    ///
    /// # Errors
    /// When it cannot be made, or is there already: nothing is overwritten.
    pub fn create(&self, name: &str) -> Result<File> {
        let path = self.path(name);
        File::create_new(&path).with_context(|| {
            format!("cannot make {}; no file is overwritten, another --dir would do", path.display())
        })
    }
}
