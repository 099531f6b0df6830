//! Instruction counts, by callgrind.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::table::Figures;
use crate::child::{self, Ended};
use crate::workspace::Workspace;

/// The function inside of which is counted, and the one that ends a count; `ringfold-profile` has them.
const MEASURED: &str = "ringfold_measured";
const COUNTED: &str = "ringfold_counted";

/// Copying takes another number of instructions on each kind of processor; with these features hidden it is the same everywhere.
const SAME_COPY: (&str, &str) =
    ("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX,-AVX2,-AVX_Usable,-AVX2_Usable,-AVX512F,-AVX512VL,-ERMS,-FSRM");

/// What the program said, and what callgrind counted.
pub struct Counted {
    pub mirror: String,
    pub barrier: String,
    pub figures: Figures,
}

/// Runs every path twice, the second time with twice as many operations. The difference is what the operations took: what is done
/// once, however many there are, is in both.
pub fn count(workspace: &Workspace, program: &Path) -> Result<Counted> {
    let folder = workspace.target.join("xtask").join("callgrind");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let dumps = folder.join("dump");
    let mut command = Command::new("valgrind");
    command.args(["-q", "--tool=callgrind"]);
    command.arg(format!("--toggle-collect={MEASURED}")).arg(format!("--dump-before={COUNTED}"));
    command.arg(format!("--callgrind-out-file={}", dumps.display()));
    command.arg(program).arg("count").env(SAME_COPY.0, SAME_COPY.1);
    let ran = child::run(command, &super::log(workspace, "callgrind"), Duration::from_secs(300), false)?;
    ensure!(ran.ended == Ended::Well, "callgrind did not come to its end:\n{}", ran.output);
    read(&ran.output, |number| {
        let file = folder.join(format!("dump.{number}"));
        let dump =
            fs::read_to_string(&file).with_context(|| format!("callgrind left no {}", file.display()))?;
        total(&dump).with_context(|| format!("{} has no line `totals:`", file.display()))
    })
}

/// Puts what the program said together with the dumps, which are numbered from 1 in the order of its lines.
fn read(said: &str, mut total: impl FnMut(usize) -> Result<u64>) -> Result<Counted> {
    let mut counted = Counted { mirror: String::new(), barrier: String::new(), figures: Figures::default() };
    let mut dump = 0;
    let mut first: Option<(&str, u64, u64)> = None;
    for (name, value) in said.lines().filter_map(|line| line.split_once('\t')) {
        match name {
            "mirror" => counted.mirror = value.to_owned(),
            "barrier" => counted.barrier = value.to_owned(),
            path => {
                dump += 1;
                let (operations, total): (u64, u64) = (value.parse()?, total(dump)?);
                match first.take() {
                    None => first = Some((path, operations, total)),
                    Some((same, fewer, less)) if same == path && fewer < operations => {
                        let more = total as f64 - less as f64;
                        let each = more / (operations - fewer) as f64;
                        counted.figures.insert(path.to_owned(), (each * 100.0).round() / 100.0);
                    }
                    Some((other, ..)) => bail!("`{other}` ran once, and then `{path}`"),
                }
            }
        }
    }
    ensure!(first.is_none() && !counted.figures.is_empty(), "not every path ran twice:\n{said}");
    Ok(counted)
}

fn total(dump: &str) -> Option<u64> {
    dump.lines().find_map(|line| line.strip_prefix("totals: "))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_once_does_not_count() {
        let said = "mirror\tmemfd\nbarrier\tfences\na/push\t100\na/push\t200\nb/pop\t100\nb/pop\t200\n";
        let totals = [1000 + 100 * 7, 1000 + 200 * 7, 350, 650];
        let counted = read(said, |number| Ok(totals[number - 1])).unwrap();
        let figures: Vec<_> = counted.figures.iter().map(|(path, each)| (path.as_str(), *each)).collect();
        assert_eq!(figures, [("a/push", 7.0), ("b/pop", 3.0)]);
        assert_eq!((counted.mirror.as_str(), counted.barrier.as_str()), ("memfd", "fences"));
    }

    #[test]
    fn a_path_without_its_twin_is_refused() {
        for said in ["a/push\t100\n", "a/push\t100\nb/pop\t200\n", "mirror\tmemfd\n"] {
            assert!(read(said, |_| Ok(1)).is_err(), "{said}");
        }
    }

    #[test]
    fn totals_are_found() {
        assert_eq!(total("events: Ir\nsummary: 3\n\ntotals: 32820\n"), Some(32820));
        assert_eq!(total("events: Ir\n"), None);
    }
}
