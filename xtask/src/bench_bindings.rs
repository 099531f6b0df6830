//! `cargo xtask bench-bindings`: the bindings against what their languages bring.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::install;
use crate::workspace::Workspace;

/// Builds the library as it is released, and runs the benchmarks of these languages: `cpp`, `go`, or both if there are none.
pub fn run(workspace: &Workspace, languages: &[String]) -> Result<bool> {
    if let Some(unknown) = languages.iter().find(|language| !["cpp", "go"].contains(&language.as_str())) {
        bail!("there is no benchmark for `{unknown}`; there are cpp, go");
    }
    let chosen = |language: &str| languages.is_empty() || languages.iter().any(|named| named == language);
    let prefix = workspace.target.join("xtask").join("bench-prefix");
    let options = install::Options { prefix: prefix.clone(), is_debug: false };
    let mut twin = install::build(false);
    twin.args(["--example", "rust_twin"]).current_dir(&workspace.root);
    if !succeeds(twin)? {
        return Ok(false);
    }
    install::install(workspace, &options)?;
    let libraries = prefix.join("lib");
    let surrounded = |program: &str| {
        let mut command = Command::new(program);
        let twins = workspace.target.join("release/examples");
        let paths = format!("{}:{}", libraries.display(), twins.display());
        command.env("LD_LIBRARY_PATH", paths).env("PKG_CONFIG_PATH", libraries.join("pkgconfig"));
        command
    };
    if chosen("cpp") {
        let program = prefix.join("bench");
        let mut compile = surrounded("c++");
        compile.args(["-std=c++17", "-O3", "-o"]).arg(&program);
        compile.arg(workspace.root.join("bindings/cpp/bench/bench.cpp"));
        compile.arg("-I").arg(prefix.join("include")).arg("-L").arg(&libraries);
        compile.arg("-L").arg(workspace.target.join("release/examples"));
        compile.args(["-lringfold", "-lrust_twin", "-pthread"]);
        if !succeeds(compile)? || !succeeds(surrounded(&program.to_string_lossy()))? {
            return Ok(false);
        }
    }
    if chosen("go") {
        let mut bench = surrounded("go");
        bench.args(["run", "./cmd/bench"]).current_dir(workspace.root.join("bindings/go"));
        return succeeds(bench);
    }
    Ok(true)
}

fn succeeds(mut command: Command) -> Result<bool> {
    let program = command.get_program().to_string_lossy().into_owned();
    Ok(command.status().with_context(|| format!("cannot start {program}"))?.success())
}
