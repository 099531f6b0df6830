//! Where things are: the root, the target directory, the packages and the files of the project.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand};

/// The workspace as cargo sees it.
pub struct Workspace {
    pub root: PathBuf,
    pub target: PathBuf,
    pub metadata: Metadata,
}

impl Workspace {
    /// Asks cargo about the workspace that this program was built from.
    pub fn find() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let metadata = MetadataCommand::new()
            .manifest_path(manifest)
            .no_deps()
            .exec()
            .context("cargo metadata failed; is cargo on the PATH?")?;
        Ok(Self {
            root: metadata.workspace_root.clone().into(),
            target: metadata.target_directory.clone().into(),
            metadata,
        })
    }

    /// Every file that git tracks or would track, as a path relative to the root with `/`, sorted.
    pub fn files(&self) -> Result<Vec<String>> {
        let mut files = Vec::new();
        let visible = ignore::WalkBuilder::new(&self.root)
            .hidden(false)
            .require_git(false)
            .git_global(false)
            .filter_entry(|entry| entry.file_name() != ".git")
            .build();
        for entry in visible {
            let entry = entry?;
            if entry.file_type().is_some_and(|kind| kind.is_file()) {
                let path = entry.path().strip_prefix(&self.root)?;
                files.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
        files.sort();
        Ok(files)
    }

    /// The text of a file of the project, or `None` when it is not text.
    pub fn read(&self, path: &str) -> Result<Option<String>> {
        let bytes = fs::read(self.root.join(path)).with_context(|| format!("cannot read {path}"))?;
        Ok(String::from_utf8(bytes).ok())
    }

    /// The test targets of a package, by name, in the order cargo lists them.
    pub fn test_targets(&self, package: &str) -> Vec<String> {
        let packages = self.metadata.packages.iter().filter(|found| found.name == package);
        packages
            .flat_map(|found| &found.targets)
            .filter(|target| target.is_test())
            .map(|target| target.name.clone())
            .collect()
    }
}
