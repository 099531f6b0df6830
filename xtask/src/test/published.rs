//! What matters to those who build on ringfold: under which licences they get it, whether what it stands on is sound, and whether a new
//! version keeps the promises of the last one.

use std::process::Command;

use anyhow::Result;

use super::{Context, LIMIT, Skip, Verdict, tools};
use crate::child::{self, Ended, shown};

/// The libraries that others compile against.
const LIBRARIES: [&str; 4] = ["ringfold-core", "ringfold-memory", "ringfold", "ringfold-metrics"];

/// Licences, duplicates and origins of all dependencies, and known weaknesses where the list of them can be had.
pub fn deny(context: &Context<'_>) -> Result<Verdict> {
    if let Err(skip) = tools::deny() {
        return Ok(Verdict::Skipped(skip));
    }
    let offline = deny_command(context, &["licenses", "bans", "sources"]);
    let verdict = context.run("deny", vec![offline])?;
    if !matches!(verdict, Verdict::Passed(_)) {
        return Ok(verdict);
    }
    let command = deny_command(context, &["advisories"]);
    let typed = shown(&command);
    let ran = child::run(command, &context.log("deny", 1), LIMIT, context.is_verbose)?;
    Ok(match ran.ended {
        Ended::Well => Verdict::Passed("licenses, bans, sources, advisories".to_owned()),
        _ if is_unreachable(&ran.output) => Verdict::Passed(
            "licenses, bans, sources; NOT advisories, whose database cannot be fetched from here".to_owned(),
        ),
        _ => Verdict::Failed(context.explain(&typed, &ran)),
    })
}

fn deny_command(context: &Context<'_>, checks: &[&str]) -> Command {
    let mut command = context.cargo(&["deny", "--all-features", "--color", "never", "check"]);
    command.args(checks);
    command
}

/// The database lies in a repository, and cargo-deny says so when it cannot be cloned.
fn is_unreachable(output: &str) -> bool {
    output.contains("failed to fetch advisory database")
}

/// The public API against that of the newest release.
pub fn semver(context: &Context<'_>) -> Result<Verdict> {
    let tags = context.git(&["tag", "--list", "v*", "--sort=-version:refname"])?;
    let Some(newest) = tags.lines().next() else {
        let why = "there is no tag `v*` yet, so there is nothing to compare with".to_owned();
        return Ok(Verdict::Skipped(Skip { why, remedy: "release a version".to_owned(), is_for_ci: false }));
    };
    if let Err(skip) = tools::semver_checks() {
        return Ok(Verdict::Skipped(skip));
    }
    let mut command = context.cargo(&["semver-checks", "--baseline-rev", newest]);
    command.args(LIBRARIES.iter().flat_map(|library| ["-p", library]));
    context.run("semver", vec![command])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_network_is_told_from_a_weakness() {
        assert!(is_unreachable(
            "[ERROR] failed to fetch advisory database https://example.org with cli: ..."
        ));
        assert!(!is_unreachable("error[vulnerability]: a use after free\nadvisories FAILED"));
    }
}
