//! The server: one system call reads into all the room there is, and frames are taken where they lie.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result};
use indicatif::ProgressBar;
use ringfold::{ByteStream, Ring};
use ringfold_examples::Seam;

use crate::frame::{self, HEADER, Malformed};
use crate::tally::Tally;

/// How many bytes can have come and not be part of a frame that was taken.
pub const CAPACITY: usize = 256 << 10;
/// The longest payload that is taken: with its header it fits.
const MOST: usize = CAPACITY - HEADER;
/// A client that is silent for so long is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came.
pub struct Received {
    pub tally: Tally,
    pub time: Duration,
    pub reads: u64,
    pub spared: Spared,
}

/// The copies that other buffers would have made.
#[derive(Default)]
pub struct Spared {
    /// Frames across the seam, and their bytes: a plain ring has them in two pieces, to be put together before they can be looked
    /// at as one.
    pub frames: u64,
    pub put_together: u64,
    /// Bytes of frames that were not all there yet when a read ended: a flat buffer moves them to its front to have all its
    /// room again.
    pub moved_up: u64,
}

/// Takes frames until the client ends, and answers with what was counted. Whatever happens, the connection is closed then.
///
/// # Errors
/// At the first frame that is malformed.
pub fn run(mut socket: TcpStream, bar: &ProgressBar) -> Result<Received> {
    socket.set_read_timeout(Some(PATIENCE)).context("cannot set up the server's socket")?;
    let ring = Ring::with_capacity(CAPACITY).context("no memory for the server's stream")?;
    let seam = Seam::of(&ring);
    let mut stream = ByteStream::from(ring);
    let (mut tally, mut reads, mut spared) = (Tally::default(), 0, Spared::default());
    let begin = Instant::now();
    loop {
        let read = stream.read_from(&socket).context("the client cannot be heard any more")?;
        if read == 0 {
            break;
        }
        reads += 1;
        bar.inc(read as u64);
        while let Some(payload) =
            frame::first(stream.readable(), MOST).map_err(|malformed| refused(&tally, malformed))?
        {
            tally.add(payload);
            let length = HEADER + payload.len();
            spared.frame(&stream.readable()[..length], seam);
            stream.consume(length);
        }
        spared.moved_up += stream.len() as u64;
    }
    if !stream.is_empty() {
        return Err(refused(&tally, Malformed::CutOff { bytes: stream.len() }));
    }
    let time = begin.elapsed();
    writeln!(socket, "{tally}").context("cannot answer the client")?;
    Ok(Received { tally, time, reads, spared })
}

fn refused(tally: &Tally, malformed: Malformed) -> Error {
    let frame = tally.frames + 1;
    Error::new(malformed).context(format!("frame {frame} is malformed, so the connection was closed"))
}

impl Spared {
    fn frame(&mut self, frame: &[u8], seam: Seam) {
        if seam.is_inside(frame) {
            self.frames += 1;
            self.put_together += frame.len() as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::net::TcpListener;
    use std::thread;

    /// What the server makes of `wire`, and what it answers.
    fn served(wire: Vec<u8>) -> (Result<Received>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let server = thread::spawn(move || run(listener.accept().unwrap().0, &ProgressBar::hidden()));
        client.write_all(&wire).unwrap();
        client.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        (server.join().unwrap(), answer)
    }

    fn wire(payload: &[u8]) -> Vec<u8> {
        let mut wire = Vec::new();
        frame::append(&mut wire, payload);
        wire
    }

    #[test]
    fn the_longest_frame_that_fits_is_taken() {
        let (received, answer) = served(wire(&vec![7; MOST]));
        let tally = received.unwrap().tally;
        assert_eq!((tally.frames, tally.payload), (1, MOST as u64));
        assert_eq!(answer.parse::<Tally>().unwrap(), tally);
    }

    #[test]
    fn a_frame_that_could_never_fit_is_refused_by_its_header() {
        let (received, answer) = served(wire(&vec![7; MOST + 1])[..HEADER].to_vec());
        let error = format!("{:#}", received.err().expect("refused"));
        assert!(error.contains("frame 1 is malformed") && error.contains("262137 bytes"), "{error}");
        assert_eq!(answer, "", "the connection was closed");
    }

    #[test]
    fn a_frame_that_is_cut_off_is_no_frame() {
        let (received, answer) = served(wire(b"fold")[..HEADER + 1].to_vec());
        assert!(format!("{:#}", received.err().unwrap()).contains("ended 9 bytes into it"));
        assert_eq!(answer, "");
    }

    #[test]
    fn nothing_at_all_is_no_mistake() {
        assert_eq!(served(Vec::new()).0.unwrap().tally, Tally::default());
    }
}
