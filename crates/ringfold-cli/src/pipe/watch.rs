//! The thread that watches: signals, whether anybody still reads our output, and the progress line.

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use rustix::event::{PollFd, PollFlags, Timespec};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{SigId, flag, low_level};

use super::control::{Control, poll_patiently, readable};
use super::progress::Progress;
use super::sink::Sink;

/// Lets SIGINT, SIGTERM and SIGHUP ring a bell instead of killing; until dropped.
pub struct Signals(Vec<SigId>);

impl Signals {
    /// Takes them over.
    pub fn catch(control: &Control) -> io::Result<Signals> {
        let mut caught = Signals(Vec::new());
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // In this order: whoever hears the bell finds the number.
            caught.0.push(flag::register_usize(signal, Arc::clone(&control.signal), signal as usize)?);
            caught.0.push(low_level::pipe::register(signal, control.signalled.rope()?)?);
        }
        Ok(caught)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for id in self.0.drain(..) {
            low_level::unregister(id);
        }
    }
}

/// How often the progress line is drawn anew.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// Watches until the transfer is over. The first signal stops the reading; at the second, `give_up` is called.
pub fn watch(control: &Control, sink: &Sink, progress: &mut Progress, give_up: impl Fn()) -> io::Result<()> {
    let mut signals = 0;
    loop {
        let mut fds = [
            readable(control.finished.ear()),
            readable(control.signalled.ear()),
            // Asks for nothing: hang-up and error are told all the same.
            PollFd::from_borrowed_fd(sink.as_fd(), PollFlags::empty()),
        ];
        // A descriptor that has hung up would wake at once for ever.
        let watched = if control.vanished.load(Relaxed) { 2 } else { 3 };
        poll_patiently(&mut fds[..watched], progress.is_visible().then_some(TICK))?;
        let [finished, signalled, output] = fds.map(|fd| fd.revents());
        if !finished.is_empty() {
            return Ok(());
        }
        if !signalled.is_empty() {
            signals += control.signalled.hush();
            control.stop_reading();
            if signals > 1 {
                give_up();
            }
        }
        if watched == 3 && output.intersects(PollFlags::ERR | PollFlags::HUP) {
            control.vanished.store(true, Relaxed);
            control.stop_reading();
        }
        progress.tick(control);
    }
}
