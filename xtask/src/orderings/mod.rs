//! `cargo xtask orderings`: would the models notice if an ordering were weaker?
//!
//! A model that cannot fail proves nothing. Each `Acquire`, `Release`, `AcqRel` and `SeqCst` that a model can reach
//! is weakened, each fence and barrier removed, one at a time, in a copy of the workspace; then the loom models
//! run. A mutant that no model kills is either a hole in the models or an ordering that is not needed:
//! it fails the run until one or the other is mended, or until `docs/decisions/orderings-survivors.toml` says why it
//! changes nothing.

mod mutants;
mod scratch;
mod survivors;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

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

/// One model, and how long it takes when nothing is weakened.
struct Model {
    executable: PathBuf,
    name: String,
    time: Duration,
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
    let judge = |mutant: &Mutant| match is_trusted(mutant) {
        true => Ok(Fate::Trusted),
        false => judge(mutant, &models, &logs.join(format!("mutant-{}.log", mutant.id))),
    };
    let fates = judge_all(&chosen, judge, &survivors)?;
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

/// Builds the models with every mutant compiled in and switched off; all must pass, shortest first.
fn baseline(workspace: &Workspace, scratch: &Scratch, logs: &Path) -> Result<Vec<Model>> {
    let packages = models::packages(workspace);
    ensure!(!packages.is_empty(), "no package has a test target named loom, so nothing can be judged");
    println!("building  the models, with every mutant compiled in");
    let mut found = Vec::new();
    for executable in models::build(workspace, &scratch.root, &packages, &logs.join("build.log"))? {
        for name in models::tests_in(&executable)? {
            found.push(Model { executable: executable.clone(), name, time: Duration::MAX });
        }
    }
    let log = logs.join("baseline.log");
    for model in &mut found {
        let start = Instant::now();
        let ended = child::run_within(command(model, 0), &log, Duration::from_secs(600))?;
        if ended != Ended::Well {
            let said = fs::read_to_string(&log).unwrap_or_default();
            bail!("model `{}` fails with nothing weakened:\n{said}", model.name);
        }
        model.time = start.elapsed();
        println!("unchanged {} passes, {:.1} s", model.name, model.time.as_secs_f64());
    }
    found.sort_by_key(|model| model.time);
    Ok(found)
}

fn command(model: &Model, mutant: u32) -> Command {
    let mut command = Command::new(&model.executable);
    command.args(["--exact", &model.name, "--nocapture"]).env("RINGFOLD_MUTANT", mutant.to_string());
    command
}

/// Judges the mutants on all cores, printing each as its fate is known.
fn judge_all(
    mutants: &[&Mutant],
    judge: impl Fn(&Mutant) -> Result<Fate> + Sync,
    survivors: &Survivors,
) -> Result<Vec<Fate>> {
    let next = AtomicUsize::new(0);
    let fates: Mutex<Vec<(usize, Fate)>> = Mutex::default();
    let work = || -> Result<()> {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(mutant) = mutants.get(index) else { return Ok(()) };
            let fate = judge(mutant)?;
            println!("{}  {}", verdict(&fate, survivors.reason(mutant).is_some()), describe(mutant));
            fates.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push((index, fate));
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
    let mut fates = fates.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    fates.sort_by_key(|(index, _)| *index);
    Ok(fates.into_iter().map(|(_, fate)| fate).collect())
}

/// Runs the models, shortest first, until one fails or takes far longer than it should.
fn judge(mutant: &Mutant, models: &[Model], log: &Path) -> Result<Fate> {
    let mut reached = false;
    for model in models {
        let limit = model.time * 10 + Duration::from_secs(20);
        let ended = child::run_within(command(model, mutant.id), log, limit)?;
        let said = fs::read(log)?;
        reached |= String::from_utf8_lossy(&said).contains(REACHED);
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
