//! `cargo xtask orderings`: would the models notice if an ordering were weaker?
//!
//! A model that cannot fail proves nothing. Each `Acquire`, `Release`, `AcqRel` and `SeqCst` that a model can reach
//! is weakened, each fence and barrier removed, one at a time, in a copy of the workspace; then the loom models
//! that run the line run again. A mutant that no model kills is either a hole in the models or an ordering that is not needed:
//! it fails the run until one or the other is mended, or until `docs/decisions/orderings-survivors.toml` says why it
//! changes nothing.

mod mutants;
mod scratch;
mod survivors;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::child::{self, Ended};
use crate::models;
use crate::workspace::Workspace;
use mutants::{Mutant, REACHED};
use scratch::Scratch;
use survivors::Survivors;

/// What the run was asked for.
#[derive(Default)]
pub struct Options {
    /// Only print what would be weakened.
    pub only_list: bool,
    /// Only mutants whose `file:line` or change contains this.
    pub filter: Option<String>,
    /// Does not run the mutants that a reason is given for.
    pub trust_reasons: bool,
}

/// What became of one mutant.
#[derive(Clone, Debug)]
enum Fate {
    Killed { by: String, too_late: bool },
    Survived { reached: bool },
    Trusted,
}

/// One model, how long it takes when nothing is weakened, and the mutants whose lines it runs.
///
/// No other mutant can change what it does.
struct Model {
    executable: PathBuf,
    name: String,
    time: Duration,
    reaches: BTreeSet<u32>,
}

/// How the run went.
pub struct Score {
    pub killed: usize,
    pub total: usize,
    pub explained: usize,
    /// Survivors without a reason and reasons without a survivor.
    pub open: usize,
    pub outside_loom: usize,
}

impl Score {
    pub fn summary(&self) -> String {
        let Self { killed, total, explained, open, outside_loom } = self;
        format!(
            "{killed} of {total} killed, {explained} explained, {open} open ({outside_loom} sites are not compiled under loom)"
        )
    }
}

/// Weakens, builds, runs and prints.
pub fn run(workspace: &Workspace, options: &Options) -> Result<Score> {
    let survivors = Survivors::read(workspace)?;
    let scratch = Scratch::write(workspace)?;
    let is_chosen =
        |mutant: &&Mutant| options.filter.as_ref().is_none_or(|filter| describe(mutant).contains(filter));
    let chosen: Vec<&Mutant> = scratch.mutants.iter().filter(is_chosen).collect();
    let mut score =
        Score { killed: 0, total: chosen.len(), explained: 0, open: 0, outside_loom: scratch.outside_loom };
    if options.only_list {
        chosen.iter().for_each(|mutant| println!("{}", describe(mutant)));
        return Ok(score);
    }
    let logs = workspace.target.join("orderings").join("logs");
    fs::create_dir_all(&logs)?;
    let models = baseline(workspace, &scratch, &logs)?;
    let is_trusted = |mutant: &Mutant| options.trust_reasons && survivors.reason(mutant).is_some();
    let fates = on_all_cores(&chosen, |_, mutant| {
        let fate = match is_trusted(mutant) {
            true => Fate::Trusted,
            false => judge(mutant, &models, &logs.join(format!("mutant-{}.log", mutant.id)))?,
        };
        println!("{}  {}", verdict(&fate, survivors.reason(mutant).is_some()), describe(mutant));
        Ok(fate)
    })?;
    let mut surviving = Vec::new();
    for (mutant, fate) in chosen.iter().zip(&fates) {
        match fate {
            Fate::Killed { .. } => score.killed += 1,
            Fate::Trusted => score.explained += 1,
            Fate::Survived { .. } if survivors.reason(mutant).is_some() => score.explained += 1,
            Fate::Survived { .. } => score.open += 1,
        }
        if matches!(fate, Fate::Survived { .. } | Fate::Trusted) {
            surviving.push(*mutant);
        }
    }
    score.open += explain_what_is_open(&surviving, &survivors, options);
    println!("{}", score.summary());
    Ok(score)
}

/// Builds the models with every mutant compiled in and switched off; all must pass. Shortest first.
fn baseline(workspace: &Workspace, scratch: &Scratch, logs: &Path) -> Result<Vec<Model>> {
    let packages = models::packages(workspace);
    ensure!(!packages.is_empty(), "no package has a test target named loom, so nothing can be judged");
    println!("building  the models, with every mutant compiled in");
    let mut names = Vec::new();
    for executable in models::build(workspace, &scratch.root, &packages, &logs.join("build.log"))? {
        names.extend(models::tests_in(&executable)?.into_iter().map(|name| (executable.clone(), name)));
    }
    let mut found = on_all_cores(&names, |index, (executable, name)| {
        let model = run_unchanged(executable, name, &logs.join(format!("baseline-{index}.log")))?;
        println!("unchanged {} passes, {:.1} s", model.name, model.time.as_secs_f64());
        Ok(model)
    })?;
    found.sort_by_key(|model| model.time);
    Ok(found)
}

fn run_unchanged(executable: &Path, name: &str, log: &Path) -> Result<Model> {
    let start = Instant::now();
    let ended = child::run_within(command(executable, name, 0), log, Duration::from_secs(600))?;
    let said = String::from_utf8_lossy(&fs::read(log)?).into_owned();
    ensure!(ended == Ended::Well, "model `{name}` fails with nothing weakened:\n{said}");
    let reaches = said.split(REACHED).skip(1).filter_map(|behind| behind.lines().next()?.parse().ok());
    Ok(Model {
        executable: executable.to_owned(),
        name: name.to_owned(),
        time: start.elapsed(),
        reaches: reaches.collect(),
    })
}

fn command(executable: &Path, model: &str, mutant: u32) -> Command {
    let mut command = Command::new(executable);
    command.args(["--exact", model, "--nocapture"]).env("RINGFOLD_MUTANT", mutant.to_string());
    command
}

/// Does `work` with each item on all cores; the results in the order of the items.
fn on_all_cores<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(usize, &T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R)>> = Mutex::default();
    let work = || -> Result<()> {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return Ok(()) };
            let result = work(index, item)?;
            done.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push((index, result));
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| -> Result<()> {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        for worker in running {
            worker.join().map_err(|_| anyhow::anyhow!("a worker panicked"))??;
        }
        Ok(())
    })?;
    let mut done = done.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

/// Runs the models that run the mutant's line, shortest first, until one fails or takes far longer than it should.
fn judge(mutant: &Mutant, models: &[Model], log: &Path) -> Result<Fate> {
    let mut reached = false;
    for model in models.iter().filter(|model| model.reaches.contains(&mutant.id)) {
        reached = true;
        let limit = model.time * 10 + Duration::from_secs(20);
        let ended = child::run_within(command(&model.executable, &model.name, mutant.id), log, limit)?;
        if ended != Ended::Well {
            return Ok(Fate::Killed { by: model.name.clone(), too_late: ended == Ended::TooLate });
        }
    }
    Ok(Fate::Survived { reached })
}

fn verdict(fate: &Fate, has_reason: bool) -> String {
    match fate {
        Fate::Killed { by, too_late: false } => format!("killed    by {by}"),
        Fate::Killed { by, too_late: true } => format!("killed    by {by}, which never ends"),
        Fate::Trusted => "explained, and not run".to_owned(),
        Fate::Survived { .. } if has_reason => "explained".to_owned(),
        Fate::Survived { reached: true } => "SURVIVED ".to_owned(),
        Fate::Survived { reached: false } => "SURVIVED (no model runs this line)".to_owned(),
    }
}

fn describe(mutant: &Mutant) -> String {
    let Mutant { file, line, function, change, .. } = mutant;
    format!("{file}:{line} {function}: {change}")
}

/// Prints what is to be done about open survivors and stale reasons; how many reasons are stale.
fn explain_what_is_open(surviving: &[&Mutant], survivors: &Survivors, options: &Options) -> usize {
    let open: Vec<&&Mutant> = surviving.iter().filter(|mutant| survivors.reason(mutant).is_none()).collect();
    if !open.is_empty() {
        println!(
            "\nNo model notices these. Give a model that does, drop the ordering, or add to {}:\n",
            survivors::FILE
        );
        open.iter().for_each(|mutant| println!("{}", survivors::entry(mutant)));
    }
    let stale = if options.filter.is_some() { Vec::new() } else { survivors.stale(surviving) };
    for code in &stale {
        println!("{}: `{code}` is listed and is no survivor; remove the entry", survivors::FILE);
    }
    stale.len()
}
