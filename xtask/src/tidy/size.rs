//! Small files, small functions.

use super::Finding;
use crate::source::Source;

const RULE: &str = "size";
const FILE_AIM: usize = 300;
const FILE_LIMIT: usize = 400;
const FUNCTION_AIM: usize = 40;
const FUNCTION_LIMIT: usize = 70;

/// Written in a comment, with a reason behind it, where a long file or function is the better one.
const EXCUSE: &str = "tidy: long because ";

/// Lines of code in a file and in a function; comments, blank lines and tests are not counted.
pub fn lengths(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let in_file = source.code_lines(1, source.line_count());
    let excused_file =
        source.all_comments().take_while(|(line, _)| *line <= 30).any(|(_, comment)| is_excuse(comment));
    let right = "split it by what changes together, or say `tidy: long because ..` in its header";
    let of_file = finding(source, 1, "the file", in_file, (FILE_AIM, FILE_LIMIT), excused_file, right);
    findings.extend(of_file);
    for function in &source.functions {
        let first = function.lines.first;
        if source.is_test(first) {
            continue;
        }
        let lines = source.code_lines(first, function.lines.last);
        let name = format!("`{}`", function.name);
        let excused = source.comments_at(&[first]).into_iter().any(is_excuse);
        let right = "give its steps names, or say `tidy: long because ..` above it";
        findings.extend(finding(source, first, &name, lines, (FUNCTION_AIM, FUNCTION_LIMIT), excused, right));
    }
    findings
}

fn is_excuse(comment: &str) -> bool {
    comment.split_once(EXCUSE).is_some_and(|(_, reason)| !reason.trim().is_empty())
}

fn finding(
    source: &Source,
    line: usize,
    what: &str,
    lines: usize,
    (aim, limit): (usize, usize),
    excused: bool,
    right: &str,
) -> Option<Finding> {
    if lines <= aim || (excused && lines > limit) {
        return None;
    }
    let wrong = format!("{what} has {lines} lines of code (aim {aim}, limit {limit})");
    let finding = Finding::new(source, line, RULE, wrong, right);
    let is_test_file = source.is_test(1);
    Some(if lines <= limit || excused || is_test_file { finding.warning() } else { finding })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<(usize, bool)> {
        let source = Source::parse("crates/ringfold/src/spsc/mod.rs", text).unwrap();
        lengths(&source).into_iter().map(|finding| (finding.line, finding.is_warning)).collect()
    }

    fn function(lines: usize) -> String {
        format!("fn f() {{\n{}}}\n", "    g();\n    // why\n\n".repeat(lines - 2))
    }

    #[test]
    fn long_functions_are_refused_longish_ones_warned_of() {
        assert_eq!(findings(&function(71)), [(1, false)]);
        assert_eq!(findings(&function(41)), [(1, true)]);
    }

    #[test]
    fn long_files_are_refused() {
        assert_eq!(findings(&"fn f() {}\n".repeat(401)), [(1, false)]);
        assert_eq!(findings(&"fn f() {}\n".repeat(301)), [(1, true)]);
    }

    #[test]
    fn short_tested_and_excused_ones_pass() {
        assert_eq!(findings(&function(40)), []);
        assert_eq!(findings(&format!("#[cfg(test)]\nmod tests {{\n{}}}", function(90))), []);
        assert_eq!(findings(&format!("// tidy: long because it is one table\n{}", function(90))), []);
        assert_eq!(findings(&format!("// tidy: long because \n{}", function(90))), [(2, false)]);
    }
}
