//! Runs cases: a warm-up that picks each contender's best way of waiting, then rounds in which everybody takes
//! turns, in an order that rotates, so that neither run order nor a slow minute favours anybody.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::contender::{Case, Contender, Failure, Metric, Plan, Role, Sample};
use crate::signal::Wait;

/// How much to measure.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Rounds that count, or how many there must be at least where there is a budget; the warm-up comes on top.
    pub rounds: usize,
    /// How long and where each sample runs.
    pub plan: Plan,
}

/// Told what happens while it happens.
pub trait Watch {
    /// A round through all cases begins; 0 is the warm-up.
    fn round(&mut self, number: usize);
    /// A case begins, or goes on in another round.
    fn case(&mut self, case: &Case);
    /// A sample of this contender begins.
    fn sample(&mut self, name: &str);
    /// A contender failed; it takes no further part in the case.
    fn failed(&mut self, case: &Case, name: &str, failure: &Failure);
}

/// What a case measured.
pub struct Outcome {
    /// The case, without its closures' results.
    pub case: Case,
    /// In the order of the case's contenders.
    pub standings: Vec<Standing>,
}

/// What one contender measured in one case.
pub struct Standing {
    /// As the report names it.
    pub name: &'static str,
    /// Ours, a rival or a floor.
    pub role: Role,
    /// What of its API was used.
    pub note: String,
    /// The way of waiting that the warm-up found fastest.
    pub wait: Wait,
    /// One figure per round; `None` where it failed.
    pub figures: Vec<Option<f64>>,
    /// CPU seconds per second of wall time, one per round; a spinner below 2 was disturbed by somebody else.
    pub busy_cores: Vec<Option<f64>>,
    /// All rounds' latencies together.
    pub latency: Option<Histogram<u64>>,
    /// Why it stopped taking part, if it did.
    pub failure: Option<Failure>,
}

/// Runs one case to its end. Never hangs: each sample has its own deadline.
pub fn run_case(case: Case, settings: &Settings, watch: &mut dyn Watch) -> Outcome {
    let mut race = Race::begin(case, settings, watch);
    for _ in 0..settings.rounds {
        race.round(settings, watch);
    }
    race.outcome
}

/// Runs all cases in rounds, each round through all of them, for as long as there is time for another one: at least
/// `settings.rounds` of them, however little time there is. A bad minute of the machine then costs every case a round at most.
pub fn run_within(
    budget: Duration,
    cases: Vec<Case>,
    settings: &Settings,
    watch: &mut dyn Watch,
) -> Vec<Outcome> {
    let started = Instant::now();
    watch.round(0);
    let mut races: Vec<Race> = cases.into_iter().map(|case| Race::begin(case, settings, watch)).collect();
    let mut longest = Duration::ZERO;
    for round in 1.. {
        if round > settings.rounds && started.elapsed() + longest > budget {
            break;
        }
        watch.round(round);
        let begin = Instant::now();
        for race in &mut races {
            race.round(settings, watch);
        }
        longest = longest.max(begin.elapsed());
    }
    races.into_iter().map(|race| race.outcome).collect()
}

/// A case under way.
struct Race {
    outcome: Outcome,
    done: usize,
}

impl Race {
    /// Warms everybody up.
    fn begin(case: Case, settings: &Settings, watch: &mut dyn Watch) -> Race {
        watch.case(&case);
        let standings =
            case.contenders.iter().map(|contender| warm_up(&case, contender, settings, watch)).collect();
        Race { outcome: Outcome { case, standings }, done: 0 }
    }

    /// One more round, in which everybody who has not failed takes a turn.
    fn round(&mut self, settings: &Settings, watch: &mut dyn Watch) {
        let Outcome { case, standings } = &mut self.outcome;
        if case.rounds.is_some_and(|most| self.done >= most) {
            return;
        }
        watch.case(case);
        for standing in standings.iter_mut() {
            standing.figures.push(None);
            standing.busy_cores.push(None);
        }
        for index in order(case.contenders.len(), self.done) {
            if standings[index].failure.is_none() {
                measure(case, index, settings, &mut standings[index], watch);
            }
        }
        self.done += 1;
    }
}

/// The order of one round: it begins with another contender each time, and runs backwards every other time to vary
/// the neighbours.
fn order(contenders: usize, round: usize) -> Vec<usize> {
    let forwards = round.is_multiple_of(2);
    let step = |turn| if forwards { turn } else { contenders - turn };
    (0..contenders).map(|turn| (round + step(turn)) % contenders).collect()
}

/// Rounds of this case that count.
pub fn rounds(case: &Case, settings: &Settings) -> usize {
    case.rounds.map_or(settings.rounds, |most| most.min(settings.rounds))
}

/// Passes through the ways of waiting before the rounds, each with half a sample: one disturbed sample must not decide. One is
/// enough where samples are long.
pub fn warm_ups(case: &Case) -> usize {
    if case.rounds.is_some() { 1 } else { 2 }
}

/// Uncounted samples in each way of waiting. The fastest way is kept, and named in the report.
fn warm_up(case: &Case, contender: &Contender, settings: &Settings, watch: &mut dyn Watch) -> Standing {
    let plan = Plan { duration: settings.plan.duration / 2, ..settings.plan };
    let mut best: Option<(f64, Wait)> = None;
    let mut failure = None;
    let ways = (0..warm_ups(case)).flat_map(|_| &contender.ways);
    for &wait in ways {
        watch.sample(contender.name);
        match (contender.run)(&plan, wait) {
            Ok(sample) => {
                let figure = sample.figure(case.metric, case.item_bytes);
                let speed = if case.metric.more_is_better() { figure } else { -figure };
                if best.is_none_or(|(fastest, _)| speed > fastest) {
                    best = Some((speed, wait));
                }
            }
            Err(why @ (Failure::Wrong | Failure::Lost { .. } | Failure::Setup(_) | Failure::Hung)) => {
                failure = Some(why);
                break;
            }
            Err(why) => failure = Some(why),
        }
    }
    // Wrong data in any way of waiting disqualifies; a way that merely collapses does not if another one works.
    let failure =
        failure.filter(|why| best.is_none() || matches!(why, Failure::Wrong | Failure::Lost { .. }));
    if let Some(failure) = &failure {
        watch.failed(case, contender.name, failure);
    }
    Standing {
        name: contender.name,
        role: contender.role,
        note: contender.note.clone(),
        wait: best.map_or(contender.ways[0], |(_, wait)| wait),
        figures: Vec::new(),
        busy_cores: Vec::new(),
        latency: None,
        failure,
    }
}

fn measure(case: &Case, index: usize, settings: &Settings, standing: &mut Standing, watch: &mut dyn Watch) {
    watch.sample(standing.name);
    match (case.contenders[index].run)(&settings.plan, standing.wait) {
        Ok(sample) => record(case, sample, standing),
        Err(failure) => {
            watch.failed(case, standing.name, &failure);
            standing.failure = Some(failure);
        }
    }
}

fn record(case: &Case, sample: Sample, standing: &mut Standing) {
    let figure = sample.figure(case.metric, case.item_bytes);
    let seconds = sample.elapsed.as_secs_f64();
    let busy = (seconds > 0.0).then(|| sample.cpu.as_secs_f64() / seconds);
    // The round has put a place for each there.
    if let (Some(place), Some(cores)) = (standing.figures.last_mut(), standing.busy_cores.last_mut()) {
        *place = figure.is_finite().then_some(figure);
        *cores = busy;
    }
    if let (Metric::Latency, Some(latency)) = (case.metric, sample.latency) {
        match &mut standing.latency {
            Some(all) => all.add(latency).expect("all samples of a case have the same bounds"),
            none => *none = Some(latency),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_round_runs_everybody_once_and_nobody_always_first() {
        let firsts: HashSet<usize> = (0..6)
            .map(|round| {
                let order = order(5, round);
                assert_eq!(order.iter().collect::<HashSet<_>>().len(), 5);
                order[0]
            })
            .collect();
        assert_eq!(firsts.len(), 5, "{firsts:?}");
    }
}
