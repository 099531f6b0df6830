//! `ringfold pipe` against mbuffer, side by side: `cargo bench -p ringfold-cli --bench pipe_vs_mbuffer`.
//!
//! Same block size, same memory, same data. Rounds are interleaved and their order rotates; what counts is the
//! median of the ratios within a round. Files are compared after the first round. Memory is measured in a
//! run of its own: the highest `Pss` (a page that is mapped twice counts once, as it is there once).
//!
//! Options, after `--`: `--rounds N` (5), `--gib N` (4, the size of the file in /dev/shm, of which there are
//! two at a time), `--block SIZE` (64k), `--memory SIZE` (256M).

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const FROM: &str = "/dev/shm/pipe_vs_mbuffer.in";
const TO: &str = "/dev/shm/pipe_vs_mbuffer.out";
const WARM_UP: Duration = Duration::from_millis(500);
const WINDOW: Duration = Duration::from_millis(1500);

struct Settings {
    rounds: usize,
    gib: u64,
    block: String,
    memory: String,
}

struct Contestant {
    name: &'static str,
    program: &'static str,
    words: &'static [&'static str],
}

const CONTESTANTS: [Contestant; 2] = [
    Contestant { name: "ringfold pipe", program: env!("CARGO_BIN_EXE_ringfold"), words: &["pipe", "-q"] },
    Contestant { name: "mbuffer", program: "mbuffer", words: &["-q"] },
];

/// A way to push bytes, and how many of them per second went through.
struct Course {
    name: &'static str,
    run: fn(&Contestant, &Settings) -> io::Result<f64>,
}

const COURSES: [Course; 3] = [
    Course { name: "/dev/zero to /dev/null", run: zero_to_null },
    Course { name: "file to file, both in /dev/shm", run: file_to_file },
    Course { name: "cat file | X | cat > /dev/null", run: through_pipes },
];

fn main() -> io::Result<()> {
    // `cargo test --all-targets` runs this without `--bench`.
    let Some(settings) = Settings::from_args() else {
        println!("a benchmark: cargo bench -p ringfold-cli --bench pipe_vs_mbuffer");
        return Ok(());
    };
    if Command::new("mbuffer").arg("-V").output().is_err() {
        println!("mbuffer is not here: apt-get install mbuffer");
        return Ok(());
    }
    let Settings { rounds, gib, block, memory } = &settings;
    println!("{rounds} rounds, -s {block}, -m {memory}, a file of {gib} GiB of random bytes\n");
    make_file(*gib)?;
    let result =
        COURSES.iter().try_for_each(|course| race(course, &settings)).and_then(|()| weigh(&settings));
    let _ = (fs::remove_file(FROM), fs::remove_file(TO));
    result
}

impl Settings {
    fn from_args() -> Option<Settings> {
        let mut settings = Settings { rounds: 5, gib: 4, block: "64k".into(), memory: "256M".into() };
        let mut is_bench = false;
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            let mut value = || args.next().unwrap_or_default();
            match arg.as_str() {
                "--bench" => is_bench = true,
                "--rounds" => settings.rounds = value().parse().unwrap_or(5),
                "--gib" => settings.gib = value().parse().unwrap_or(4),
                "--block" => settings.block = value(),
                "--memory" => settings.memory = value(),
                _ => println!("unknown option {arg}: see the top of this file"),
            }
        }
        is_bench.then_some(settings)
    }
}

impl Contestant {
    fn command(&self, settings: &Settings) -> Command {
        let mut command = Command::new(self.program);
        command.args(self.words).args(["-s", &settings.block, "-m", &settings.memory]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

fn race(course: &Course, settings: &Settings) -> io::Result<()> {
    let mut rates = [const { Vec::new() }; CONTESTANTS.len()];
    for round in 0..settings.rounds {
        for turn in 0..CONTESTANTS.len() {
            let who = (round + turn) % CONTESTANTS.len();
            rates[who].push((course.run)(&CONTESTANTS[who], settings)?);
            if round == 0 && course.name.starts_with("file") {
                assert!(same(Path::new(FROM), Path::new(TO))?, "{} damaged the data", CONTESTANTS[who].name);
            }
        }
    }
    println!("{}", course.name);
    for (contestant, rates) in CONTESTANTS.iter().zip(&rates) {
        let [low, middle, high] = spread(rates.clone());
        println!("  {:<14} {:6.2} GiB/s  ({low:.2} to {high:.2})", contestant.name, middle);
    }
    let [low, middle, high] =
        spread(rates[0].iter().zip(&rates[1]).map(|(ours, theirs)| ours / theirs).collect());
    println!("  ratio          {middle:6.2}        ({low:.2} to {high:.2})\n");
    Ok(())
}

/// Lowest, median, highest.
fn spread(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [values[0], values[values.len() / 2], values[values.len() - 1]]
}

/// Neither ends by itself: the kernel counts what each has written in a stretch of time.
fn zero_to_null(contestant: &Contestant, settings: &Settings) -> io::Result<f64> {
    let mut child = contestant.command(settings).args(["-i", "/dev/zero", "-o", "/dev/null"]).spawn()?;
    thread::sleep(WARM_UP);
    let (before, begin) = (written(&child)?, Instant::now());
    thread::sleep(WINDOW);
    let (after, took) = (written(&child)?, begin.elapsed());
    child.kill()?;
    child.wait()?;
    Ok(gib(after - before) / took.as_secs_f64())
}

fn file_to_file(contestant: &Contestant, settings: &Settings) -> io::Result<f64> {
    if Path::new(TO).exists() {
        fs::remove_file(TO)?;
    }
    let begin = Instant::now();
    let status = contestant.command(settings).args(["-i", FROM, "-o", TO]).status()?;
    let took = begin.elapsed();
    assert!(status.success(), "{} failed", contestant.name);
    Ok(gib(fs::metadata(TO)?.len()) / took.as_secs_f64())
}

fn through_pipes(contestant: &Contestant, settings: &Settings) -> io::Result<f64> {
    let begin = Instant::now();
    let mut first = Command::new("cat").arg(FROM).stdout(Stdio::piped()).spawn()?;
    let between = first.stdout.take().map_or(Stdio::null(), Stdio::from);
    let mut middle = contestant.command(settings).stdin(between).stdout(Stdio::piped()).spawn()?;
    let between = middle.stdout.take().map_or(Stdio::null(), Stdio::from);
    let mut last = Command::new("cat").stdin(between).stdout(Stdio::null()).spawn()?;
    let all_went_well = first.wait()?.success() & middle.wait()?.success() & last.wait()?.success();
    assert!(all_went_well, "{} failed", contestant.name);
    Ok(gib(fs::metadata(FROM)?.len()) / begin.elapsed().as_secs_f64())
}

/// The most memory that each takes, while its output does not keep up and while it does.
fn weigh(settings: &Settings) -> io::Result<()> {
    println!(
        "peak memory with -m {} (highest Pss; in parentheses the highest resident set)",
        settings.memory
    );
    for contestant in &CONTESTANTS {
        let mut stuck = contestant.command(settings);
        let stuck = stuck.args(["-i", "/dev/zero"]).stdout(Stdio::piped());
        let mut keeping_up = contestant.command(settings);
        let keeping_up = keeping_up.args(["-i", "/dev/zero", "-o", "/dev/null"]);
        let (full, flowing) = (peak_memory(stuck)?, peak_memory(keeping_up)?);
        println!("  {:<14} buffer full {full}, output keeps up {flowing}", contestant.name);
    }
    Ok(())
}

fn peak_memory(command: &mut Command) -> io::Result<String> {
    let mut child = command.spawn()?;
    let mut peak = 0;
    let begin = Instant::now();
    while begin.elapsed() < WINDOW {
        peak = peak.max(field(&child, "smaps_rollup", "Pss:")?);
        thread::sleep(Duration::from_millis(20));
    }
    let resident = field(&child, "status", "VmHWM:")?;
    child.kill()?;
    child.wait()?;
    Ok(format!("{:.1} MiB ({:.1})", peak as f64 / 1024.0, resident as f64 / 1024.0))
}

fn written(child: &Child) -> io::Result<u64> {
    field(child, "io", "wchar:")
}

/// A number from a file about a process.
fn field(child: &Child, file: &str, name: &str) -> io::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{}/{file}", child.id()))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()).and_then(|word| word.parse().ok());
    number.ok_or_else(|| io::Error::other(format!("no {name} in {file}")))
}

fn gib(bytes: u64) -> f64 {
    bytes as f64 / (1u64 << 30) as f64
}

fn make_file(gib: u64) -> io::Result<()> {
    let mut random = File::open("/dev/urandom")?.take(gib << 30);
    io::copy(&mut random, &mut File::create(FROM)?)?;
    Ok(())
}

fn same(one: &Path, other: &Path) -> io::Result<bool> {
    Command::new("cmp").arg("-s").args([one, other]).status().map(|status| status.success())
}
