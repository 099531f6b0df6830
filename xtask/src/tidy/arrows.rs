//! Rule 6: arrows between the crates point one way.

use cargo_metadata::{Metadata, Package};

use super::Finding;

/// What may stand on what: a crate, and the crates of ours it may name. Crates not listed are leaves: they may
/// name these libraries and nothing else of ours.
const LIBRARIES: [(&str, &[&str]); 4] = [
    ("ringfold-core", &[]),
    ("ringfold-memory", &["ringfold-core"]),
    ("ringfold", &["ringfold-core", "ringfold-memory"]),
    ("ringfold-metrics", &["ringfold-core", "ringfold-memory", "ringfold"]),
];

/// What rule 2 keeps to one crate, as dependencies.
const PLATFORM: [&str; 3] = ["libc", "windows-sys", "mach2"];

/// Rules 6 and 2, over every manifest of the workspace.
pub fn check(metadata: &Metadata) -> Vec<Finding> {
    let ours: Vec<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    metadata.packages.iter().flat_map(|package| check_package(package, &ours)).collect()
}

fn check_package(package: &Package, ours: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for dependency in &package.dependencies {
        let name = dependency.name.as_str();
        let (rule, right) = if ours.contains(&name) && !may_name(&package.name, name) {
            ("6", "arrows point one way: core <- memory <- ringfold <- everything else")
        } else if PLATFORM.contains(&name) && package.name.as_str() != "ringfold-memory" {
            ("2", "only ringfold-memory talks to the operating system; ask it, or use rustix in a program")
        } else {
            continue;
        };
        findings.push(Finding {
            path: manifest(package),
            line: 1,
            rule,
            wrong: format!("{} depends on {name}", package.name),
            right: right.to_owned(),
            is_warning: false,
        });
    }
    findings
}

fn may_name(package: &str, dependency: &str) -> bool {
    match LIBRARIES.iter().find(|(name, _)| *name == package) {
        Some((_, allowed)) => allowed.contains(&dependency),
        None if package == "xtask" => false,
        None => LIBRARIES.iter().any(|(name, _)| *name == dependency),
    }
}

fn manifest(package: &Package) -> String {
    match package.name.as_str() {
        "xtask" => "xtask/Cargo.toml".into(),
        "ringfold-python" => "bindings/python/Cargo.toml".into(),
        name => format!("crates/{name}/Cargo.toml"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_6_refuses_arrows_that_point_back() {
        assert!(!may_name("ringfold-core", "ringfold-memory"));
        assert!(!may_name("ringfold-memory", "ringfold"));
        assert!(!may_name("ringfold", "ringfold-bench"));
        assert!(!may_name("ringfold", "ringfold-metrics"));
        assert!(!may_name("ringfold-cli", "ringfold-bench"));
        assert!(!may_name("xtask", "ringfold"));
    }

    #[test]
    fn rule_6_passes_arrows_that_point_down() {
        assert!(may_name("ringfold-memory", "ringfold-core"));
        assert!(may_name("ringfold", "ringfold-memory"));
        assert!(may_name("ringfold-cli", "ringfold"));
        assert!(may_name("ringfold-event-system", "ringfold-metrics"));
    }
}
