//! The users: they draw in bursts, and slow down when they are told to.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::emit::{self, emit_stroke};
use crate::stroke::{Script, Stroke};

/// How long a burst and the rest after it take together.
const BEAT: Duration = Duration::from_millis(50);
/// What a user does who is asked to slow down.
const BREATH: Duration = Duration::from_micros(500);

/// What the users have done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Emitted {
    pub strokes: u64,
    /// How often they were asked to slow down.
    pub slowed_down: u64,
    /// How often they had to try again.
    pub refused: u64,
}

/// Draws everything, at `rate` strokes a second if the readers let it.
pub fn draw(script: Script, rate: u32) -> Result<Emitted> {
    let burst = (f64::from(rate) * BEAT.as_secs_f64()).ceil() as u64;
    let begin = Instant::now();
    let mut emitted = Emitted::default();
    while emitted.strokes < script.strokes {
        let end = script.strokes.min(emitted.strokes + burst);
        while emitted.strokes < end {
            emitted.emit(&script.stroke(emitted.strokes))?;
        }
        let due = begin + Duration::from_secs_f64(emitted.strokes as f64 / f64::from(rate));
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    Ok(emitted)
}

impl Emitted {
    /// Emits one stroke, in as many attempts as it takes.
    fn emit(&mut self, stroke: &Stroke) -> Result<()> {
        let Stroke { user, colour, from, to, pressure, width, .. } = *stroke;
        loop {
            match emit_stroke(user, colour, from[0], from[1], to[0], to[1], pressure, width) {
                emit::FULL => self.refused += 1,
                emit::EMITTED => break,
                emit::EMITTED_SLOW_DOWN => {
                    self.slowed_down += 1;
                    thread::sleep(BREATH);
                    break;
                }
                code => bail!("stroke {} was not taken: emit_stroke returned {code}", self.strokes),
            }
        }
        self.strokes += 1;
        Ok(())
    }
}
