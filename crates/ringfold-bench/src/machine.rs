//! Where a run took place: the facts without which its figures mean nothing.

use std::fs;

use ringfold::memory::machine;
use serde::{Deserialize, Serialize};

/// Pins the calling thread, where that works; a run without pinning says so in its report.
pub fn pin(core: Option<usize>) -> bool {
    core.is_some_and(|core| machine::pin_current_thread(core).is_ok())
}

/// The cores to choose from: empty where the system does not tell, or does not let threads be pinned.
pub fn cores() -> Vec<usize> {
    let allowed = machine::cores().allowed;
    let trial = allowed.first().copied();
    // Pinned on a thread of its own, so that the caller keeps its freedom.
    let works = std::thread::spawn(move || pin(trial)).join().unwrap_or(false);
    if works { allowed } else { Vec::new() }
}

/// Everything the report says about its surroundings.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Environment {
    /// As the processor calls itself.
    pub cpu: String,
    /// Cores this process may use.
    pub cores: usize,
    /// Cores of the two threads, if they could be pinned.
    pub pinned: Option<(usize, usize)>,
    /// Operating system and kernel release.
    pub kernel: String,
    /// Processor architecture.
    pub architecture: String,
    /// How the frequency is chosen, where the system shows it; a virtual machine does not.
    #[serde(default)]
    pub governor: Option<String>,
    /// Runnable threads in the last minute, before the run; more than a few tenths is noise.
    pub load_before: Option<f64>,
    /// The same after the run; this run itself counts for about two.
    pub load_after: Option<f64>,
    /// UTC.
    pub date: String,
    /// The command that repeats this run.
    pub command: String,
    /// Built with optimisation?
    pub optimised: bool,
}

impl Environment {
    /// Asks the machine.
    pub fn detect(pinned: Option<(usize, usize)>) -> Environment {
        let (cpu, kernel) = (machine::cpu(), machine::kernel());
        let virtual_one = if cpu.hypervisor == Some(true) { ", virtual" } else { "" };
        Environment {
            cpu: cpu.model.unwrap_or_else(|| "unknown processor".into()) + virtual_one,
            cores: machine::cores().usable,
            pinned,
            kernel: format!("{} {}", kernel.name, kernel.release.unwrap_or_default()),
            architecture: std::env::consts::ARCH.into(),
            governor: governor(),
            load_before: load(),
            load_after: None,
            date: humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string(),
            command: command(),
            optimised: !cfg!(debug_assertions),
        }
    }
}

/// The one-minute load average, where there is one.
pub fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

fn governor() -> Option<String> {
    let text = fs::read_to_string("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").ok()?;
    Some(text.trim().to_owned())
}

fn command() -> String {
    let features: Vec<&str> = [("cpp", cfg!(feature = "cpp")), ("jemalloc", cfg!(feature = "jemalloc"))]
        .into_iter()
        .filter_map(|(name, is_there)| is_there.then_some(name))
        .collect();
    let features =
        if features.is_empty() { String::new() } else { format!(" --features {}", features.join(",")) };
    // Where the files go changes nothing that is measured.
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    for file in ["--json", "--html", "--markdown"] {
        if let Some(place) = arguments.iter().position(|argument| argument == file) {
            arguments.drain(place..(place + 2).min(arguments.len()));
        }
    }
    format!("cargo run --release -p ringfold-bench{features} -- {}", arguments.join(" ")).trim().to_owned()
}
