//! The client: random frames, sent in random pieces that care for no frame's ends.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};

use anyhow::{Context, Result, bail, ensure};
use fastrand::Rng;

use crate::Fault;
use crate::frame::{self, HEADER};
use crate::tally::Tally;

/// The longest payload that is sent; as many are of 1 byte, of 2 to 3, of 4 to 7, and so on up to this.
pub const LONGEST: usize = 128 << 10;
/// The longest piece that is sent at once, in the same manner.
const PIECE: usize = 64 << 10;
/// So much is put together before it is sent.
const BATCH: usize = 1 << 20;

/// What is sent, apart from where to.
#[derive(Clone, Copy)]
pub struct Plan {
    /// At least so many bytes.
    pub bytes: u64,
    pub seed: u64,
    /// In the midst of it.
    pub fault: Option<Fault>,
}

/// What was sent.
pub struct Sent {
    pub tally: Tally,
    pub pieces: u64,
}

/// Sends everything, and then makes sure that the server has counted the same.
///
/// # Errors
/// When the server closes the connection early, or counted otherwise.
pub fn run(mut socket: TcpStream, plan: Plan) -> Result<Sent> {
    let sent = send(&mut socket, plan)?;
    let _ = socket.shutdown(Shutdown::Write); // fails when the connection is no more, which reading tells too
    let mut answer = String::new();
    if let Err(error) = socket.read_to_string(&mut answer) {
        bail!("the server closed the connection instead of answering ({error})");
    }
    ensure!(!answer.is_empty(), "the server closed the connection instead of answering");
    let counted: Tally = answer.parse().ok().with_context(|| format!("the server answered '{answer}'"))?;
    ensure!(counted == sent.tally, "NOT verified: sent were {}; the server counted {counted}", sent.tally);
    Ok(sent)
}

fn send(socket: &mut TcpStream, plan: Plan) -> Result<Sent> {
    socket.set_nodelay(true).context("cannot set up the client's socket")?;
    let mut random = Rng::with_seed(plan.seed);
    let mut noise = vec![0; BATCH];
    random.fill(&mut noise);
    let mut sent = Sent { tally: Tally::default(), pieces: 0 };
    let mut fault = plan.fault;
    let mut bytes = 0;
    let mut wire = Vec::new();
    while bytes < plan.bytes {
        wire.clear();
        while wire.len() < BATCH.min((plan.bytes - bytes) as usize) {
            let length = magnitude(&mut random, LONGEST);
            let from = random.usize(..=noise.len() - length);
            let begins = wire.len();
            frame::append(&mut wire, &noise[from..from + length]);
            sent.tally.add(&noise[from..from + length]);
            if let Some(fault) = fault.take_if(|_| bytes + wire.len() as u64 > plan.bytes / 2) {
                fault.put(&mut wire, begins);
                break;
            }
        }
        sent.pieces += send_in_pieces(socket, &wire, &mut random)
            .with_context(|| format!("the server closed the connection after {bytes} bytes"))?;
        bytes += wire.len() as u64;
        if plan.fault == Some(Fault::Ending) && fault.is_none() {
            break;
        }
    }
    Ok(sent)
}

fn send_in_pieces(socket: &mut TcpStream, mut wire: &[u8], random: &mut Rng) -> std::io::Result<u64> {
    let mut pieces = 0;
    while !wire.is_empty() {
        let piece = magnitude(random, PIECE).min(wire.len());
        match socket.write(&wire[..piece]) {
            Ok(written) => wire = &wire[written..],
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        pieces += 1;
    }
    Ok(pieces)
}

/// From 1 to `most`, a power of two; every order of magnitude as often as any other.
fn magnitude(random: &mut Rng, most: usize) -> usize {
    let order = random.u32(..=most.ilog2());
    random.usize(1 << order..2 << order).min(most)
}

impl Fault {
    /// Spoils the frame that begins at `begins` and is the last of `wire`.
    fn put(self, wire: &mut Vec<u8>, begins: usize) {
        match self {
            Self::Length => wire[begins..begins + 4].fill(0xff),
            Self::Checksum => wire[begins + HEADER] ^= 1,
            Self::Ending => wire.truncate(begins + HEADER),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_mixed_from_1_byte_to_the_longest() {
        let mut random = Rng::with_seed(1);
        let sizes: Vec<usize> = (0..10_000).map(|_| magnitude(&mut random, LONGEST)).collect();
        assert!(sizes.contains(&1) && sizes.contains(&LONGEST));
        assert!(sizes.iter().all(|size| (1..=LONGEST).contains(size)));
        let small = sizes.iter().filter(|size| **size < 256).count();
        assert!((3_000..6_000).contains(&small), "{small}");
    }
}
