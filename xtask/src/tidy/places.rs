//! What belongs to one person's machine and to no file of the project.

use super::Finding;

const RULE: &str = "places";

/// Written in two halves, so that this file passes its own check.
const PLACES: [(&str, &str); 6] = [
    (concat!("/ho", "me/"), "a path of one machine"),
    (concat!("/ro", "ot/"), "a path of one machine"),
    (concat!("/wo", "rk/"), "a path of one machine"),
    (concat!("/Use", "rs/"), "a path of one machine"),
    (concat!("C:\\Use", "rs"), "a path of one machine"),
    (concat!("/tmp/", "target"), "a path of one machine"),
];

const HOSTS: [&str; 8] = [
    concat!("crates", ".io"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("deb.debian", ".org"),
    concat!("proxy.golang", ".org"),
    concat!("registry.npmjs", ".org"),
    concat!("static.rust-lang", ".org"),
    concat!("localhost", ":"),
];

/// Local paths and package registries' hosts, in any text file but the lock files that cargo writes.
pub fn check(path: &str, text: &str) -> Vec<Finding> {
    if path.ends_with(".lock") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let place =
            PLACES.iter().find(|(place, _)| names_place(line, place)).map(|(place, what)| (*place, *what));
        let host = HOSTS.iter().find(|host| line.contains(**host)).map(|host| (*host, "a registry's host"));
        if let Some((found, what)) = place.or(host) {
            findings.push(Finding {
                path: path.to_owned(),
                line: index + 1,
                rule: RULE,
                wrong: format!("`{found}`: {what}"),
                right: "write a path relative to the root, or what it is for".to_owned(),
                is_warning: false,
            });
        }
    }
    findings
}

/// The place as the start of a path: `a/home/` and `network/root/` are none.
fn names_place(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| !(c.is_alphanumeric() || "._-/$}".contains(c)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_paths_and_hosts_are_refused() {
        let bad = format!("ok\nsee {}someone/x\nfrom https://{}/", PLACES[0].0, HOSTS[0]);
        let lines: Vec<usize> = check("README.md", &bad).into_iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [2, 3]);
    }

    #[test]
    fn plain_text_and_lock_files_pass() {
        assert_eq!(check("README.md", "see docs/home/page and /dev/shm, target/root/x"), []);
        assert_eq!(check("Cargo.lock", HOSTS[0]), []);
    }
}
