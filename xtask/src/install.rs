//! `cargo xtask install-c`: the library, its headers, and what pkg-config and CMake need to find them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// What to install, and where.
pub struct Options {
    /// Where it is installed to.
    pub prefix: PathBuf,
    /// Without optimisation: quick to build, for tests.
    pub is_debug: bool,
}

/// What rustc says a static library of ours needs besides itself (`--print native-static-libs`).
const STATIC_LIBS: [&str; 5] = ["gcc_s", "pthread", "m", "dl", "c"];

/// Builds the library and installs it; whether it could be built.
pub fn run(workspace: &Workspace, options: &Options) -> Result<bool> {
    let status =
        build(options.is_debug).current_dir(&workspace.root).status().context("cannot start cargo")?;
    if !status.success() {
        return Ok(false);
    }
    for path in install(workspace, options)? {
        println!("{}", path.display());
    }
    Ok(true)
}

/// `cargo build` of the library.
pub fn build(is_debug: bool) -> Command {
    let mut command = Command::new("cargo");
    command.args(["build", "-p", "ringfold-c", "--lib"]);
    if !is_debug {
        command.arg("--release");
    }
    command
}

/// Installs what was built, and returns the files.
pub fn install(workspace: &Workspace, options: &Options) -> Result<Vec<PathBuf>> {
    let names = Names::of(&version(workspace)?)?;
    let built = workspace.target.join(if options.is_debug { "debug" } else { "release" });
    let root = &workspace.root;
    let mut target = Target { prefix: &options.prefix, written: Vec::new() };
    target.copy(&root.join("crates/ringfold-c/include/ringfold.h"), "include/ringfold.h")?;
    target.copy(&root.join("bindings/cpp/include/ringfold.hpp"), "include/ringfold.hpp")?;
    target.copy(&built.join(names.built), &format!("lib/{}", names.shared))?;
    target.copy(&built.join("libringfold_c.a"), "lib/libringfold.a")?;
    target.link(&names.shared, &format!("lib/{}", names.soname))?;
    target.link(&names.soname, &format!("lib/{}", names.to_link))?;
    for (template, path) in [
        ("bindings/c/ringfold.pc.in", "lib/pkgconfig/ringfold.pc"),
        ("bindings/cpp/cmake/ringfold-config.cmake.in", "lib/cmake/ringfold/ringfold-config.cmake"),
        (
            "bindings/cpp/cmake/ringfold-config-version.cmake.in",
            "lib/cmake/ringfold/ringfold-config-version.cmake",
        ),
    ] {
        let text =
            fs::read_to_string(root.join(template)).with_context(|| format!("cannot read {template}"))?;
        target.write(&names.fill_in(&text, path), path)?;
    }
    Ok(target.written)
}

fn version(workspace: &Workspace) -> Result<String> {
    let package = workspace.metadata.packages.iter().find(|package| package.name == "ringfold-c");
    Ok(package.context("there is no package ringfold-c")?.version.to_string())
}

/// What the library is called on this system.
struct Names {
    version: String,
    built: &'static str,
    /// The file.
    shared: String,
    /// What programs ask for when they start.
    soname: String,
    /// What the linker asks for.
    to_link: &'static str,
}

impl Names {
    fn of(version: &str) -> Result<Self> {
        let major = version.split('.').next().unwrap_or(version);
        let version = version.to_owned();
        match std::env::consts::DLL_EXTENSION {
            "so" => Ok(Self {
                built: "libringfold_c.so",
                shared: format!("libringfold.so.{version}"),
                soname: format!("libringfold.so.{major}"),
                to_link: "libringfold.so",
                version,
            }),
            "dylib" => Ok(Self {
                built: "libringfold_c.dylib",
                shared: format!("libringfold.{version}.dylib"),
                soname: format!("libringfold.{major}.dylib"),
                to_link: "libringfold.dylib",
                version,
            }),
            other => bail!(
                "no layout is known for libraries that end in `.{other}`: copy them from the target folder"
            ),
        }
    }

    fn fill_in(&self, template: &str, path: &str) -> String {
        let libs = match path.ends_with(".pc") {
            true => STATIC_LIBS.map(|name| format!("-l{name}")).join(" "),
            false => STATIC_LIBS.join(";"),
        };
        let series: Vec<&str> = self.version.split('.').take(2).collect();
        template
            .replace("@VERSION@", &self.version)
            .replace("@SERIES@", &series.join("."))
            .replace("@SHARED@", &self.shared)
            .replace("@SONAME@", &self.soname)
            .replace("@STATIC_LIBS@", &libs)
    }
}

/// Where files go, and which went there.
struct Target<'a> {
    prefix: &'a Path,
    written: Vec<PathBuf>,
}

impl Target<'_> {
    fn copy(&mut self, from: &Path, to: &str) -> Result<()> {
        let path = self.fresh(to)?;
        fs::copy(from, &path)
            .with_context(|| format!("cannot copy {} to {}", from.display(), path.display()))?;
        Ok(())
    }

    fn write(&mut self, text: &str, to: &str) -> Result<()> {
        let path = self.fresh(to)?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    #[cfg(unix)]
    fn link(&mut self, original: &str, to: &str) -> Result<()> {
        let path = self.fresh(to)?;
        std::os::unix::fs::symlink(original, &path).with_context(|| format!("cannot link {}", path.display()))
    }

    #[cfg(not(unix))]
    fn link(&mut self, original: &str, to: &str) -> Result<()> {
        self.copy(&self.prefix.join("lib").join(original), to)
    }

    /// The path, whose folder exists and which does not: a file that a program has loaded is replaced, not changed.
    fn fresh(&mut self, to: &str) -> Result<PathBuf> {
        let path = self.prefix.join(to);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot replace {}", path.display()));
            }
            _ => self.written.push(path.clone()),
        }
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled_in() {
        let Ok(names) = Names::of("1.2.3") else { return };
        let text = names.fill_in("@VERSION@ @SERIES@ @STATIC_LIBS@", "a.pc");
        assert!(text.starts_with("1.2.3 1.2 -lgcc_s "), "{text}");
        assert!(names.soname.contains('1') && !names.soname.contains("1.2"));
    }
}
