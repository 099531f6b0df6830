//! Which versions of the rivals this program was built with, from the lock file of the build.

const LOCK: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock"));

/// The packages that take part under a name of their own.
const PACKAGES: [&str; 28] = [
    "ringfold",
    "async-broadcast",
    "bbqueue",
    "bus",
    "bytes",
    "concurrent-queue",
    "crossbeam-channel",
    "crossbeam-queue",
    "crossfire",
    "disruptor",
    "flume",
    "gil",
    "kanal",
    "lockfree-object-pool",
    "lz4_flex",
    "mimalloc",
    "object-pool",
    "picoring",
    "ringbuf",
    "rtrb",
    "rusted-ring",
    "sharded-slab",
    "slice-ring-buffer",
    "thingbuf",
    "tikv-jemallocator",
    "tokio",
    "triomphe",
    "hdrhistogram",
];

/// Name and version of each, as far as the lock file knows them.
pub fn versions() -> Vec<(String, String)> {
    PACKAGES.iter().filter_map(|&name| Some((name.to_owned(), locked(LOCK, name)?))).collect()
}

fn locked(lock: &str, name: &str) -> Option<String> {
    let mut lines = lock.lines().skip_while(|line| *line != format!("name = \"{name}\""));
    let version = lines.nth(1)?.strip_prefix("version = \"")?;
    Some(version.trim_end_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_version_by_the_whole_name() {
        let lock = "[[package]]\nname = \"gil-x\"\nversion = \"9.9.9\"\n\n[[package]]\nname = \"gil\"\nversion = \"0.9.0\"\n";
        assert_eq!(locked(lock, "gil"), Some("0.9.0".to_owned()));
        assert_eq!(locked(lock, "gi"), None);
    }
}
