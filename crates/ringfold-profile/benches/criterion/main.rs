//! What people expect of `cargo bench`: Criterion over the fast paths.
//!
//! ```text
//! cargo bench -p ringfold-profile                         all of it
//! cargo bench -p ringfold-profile -- --quick              in a minute or two
//! cargo bench -p ringfold-profile -- mpsc                 what has this in its name
//! cargo bench -p ringfold-profile -- --save-baseline a    to compare with `--baseline a` later
//! cargo bench -p ringfold-profile -- --help
//! ```
//!
//! One binary, because each is linked as one with all of Criterion. The comparison with other queues, interleaved and with more than one thread, is
//! `cargo xtask bench`; what does not depend on the machine's mood is `cargo xtask profile --instructions`.

mod mirrored_read;
mod paths;
mod spsc_latency;

use std::time::Duration;

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20)
        .configure_from_args();
    spsc_latency::bench(&mut criterion);
    mirrored_read::bench(&mut criterion);
    paths::bench(&mut criterion);
    criterion.final_summary();
}
