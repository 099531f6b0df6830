//! Staying until somebody has seen enough.

use anyhow::{Context, Result};
use ringfold_metrics::prometheus::Server;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::report::say;

/// Waits for Ctrl+C, or to be terminated.
pub fn wait(server: &Server) -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).context("cannot listen for Ctrl+C")?;
    say(format!("the metrics stay at http://{}/metrics until Ctrl+C", server.address()))?;
    signals.forever().next();
    Ok(())
}
