//! Those who read the strokes, each on its own thread and at its own pace.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use ringfold::broadcast::{LossyReader, Reader, RecvError};

use crate::Fault;
use crate::stroke::{Script, Stroke, USERS};

/// What a reader had in the end, or why it could not go on.
pub type Outcome<T> = Result<T>;

/// Strokes in one write at most.
const AT_ONCE: usize = 512;
/// Strokes that the screen draws in one frame at most.
const IN_FRAME: u64 = 256;
/// How often it is drawn anew.
const FRAME: Duration = Duration::from_micros(16_667);

/// What went into the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stored {
    pub writes: u64,
    pub bytes: u64,
}

/// What went to the other user.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sent {
    pub writes: u64,
    pub bytes: u64,
}

/// What the other user got.
#[derive(Clone, Copy, Debug, Default)]
pub struct Received {
    pub bytes: u64,
    pub checksum: u32,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counted {
    pub strokes: u64,
    pub by_user: [u64; USERS as usize],
    pub length: f64,
}

/// What came onto the screen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Drawn {
    pub seen: u64,
    pub lost: u64,
    pub frames: u64,
}

/// Writes all strokes to the file, as many at once as there are, and then rests.
pub fn store(mut reader: Reader<Stroke>, mut file: File, pause: Duration, script: Script) -> Outcome<Stored> {
    let mut stored = Stored::default();
    while let Ok(strokes) = reader.recv_up_to(AT_ONCE) {
        // One slice, wrap or no wrap, and as it lies in the ring.
        let spoilt = strokes.iter().position(|stroke| script.is_spoilt(stroke.number, Fault::File));
        match spoilt {
            None => file.write_all(bytemuck::cast_slice(&strokes)),
            Some(at) => {
                let mut strokes = strokes.to_vec();
                strokes[at].colour ^= 1;
                file.write_all(bytemuck::cast_slice(&strokes))
            }
        }
        .context("cannot write to the file")?;
        stored.bytes += size_of_val(&*strokes) as u64;
        stored.writes += 1;
        drop(strokes);
        thread::sleep(pause);
    }
    file.sync_all().context("cannot finish the file")?;
    Ok(stored)
}

/// Sends all strokes to the other user.
pub fn send(mut reader: Reader<Stroke>, mut socket: TcpStream, script: Script) -> Outcome<Sent> {
    let mut sent = Sent::default();
    while let Ok(strokes) = reader.recv() {
        for strokes in strokes.split(|stroke| script.is_spoilt(stroke.number, Fault::Socket)) {
            socket.write_all(bytemuck::cast_slice(strokes)).context("cannot send")?;
            sent.bytes += size_of_val(strokes) as u64;
        }
        sent.writes += 1;
    }
    Ok(sent)
}

/// The other user: reads to the end of the connection.
pub fn receive(mut socket: TcpStream) -> Outcome<Received> {
    let mut received = Received::default();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = socket.read(&mut buffer).context("cannot receive")?;
        if count == 0 {
            return Ok(received);
        }
        received.bytes += count as u64;
        received.checksum = crc32c::crc32c_append(received.checksum, &buffer[..count]);
    }
}

/// Counts all strokes.
pub fn count(mut reader: Reader<Stroke>, script: Script) -> Outcome<Counted> {
    let mut counted = Counted::default();
    while let Ok(strokes) = reader.recv() {
        for stroke in &strokes {
            counted.add(stroke);
            if script.is_spoilt(stroke.number, Fault::Statistics) {
                counted.add(stroke);
            }
        }
    }
    Ok(counted)
}

impl Counted {
    /// One more stroke.
    pub fn add(&mut self, stroke: &Stroke) {
        let [x, y] = [0, 1].map(|axis| f64::from(stroke.to[axis] - stroke.from[axis]));
        self.strokes += 1;
        self.by_user[stroke.user as usize] += 1;
        self.length += x.hypot(y);
    }
}

/// Draws what it gets hold of, frame by frame. Nobody waits for it, and what it gets is whole.
pub fn draw(mut reader: LossyReader<Stroke>, script: Script) -> Outcome<Drawn> {
    let mut drawn = Drawn::default();
    loop {
        match reader.recv() {
            Ok(stroke) => {
                let number = drawn.seen + drawn.lost;
                ensure!(stroke == script.stroke(number), "stroke {number} is not what was drawn: {stroke:?}");
                drawn.seen += 1;
            }
            Err(RecvError::Lagged { missed }) => drawn.lost += missed,
            Err(RecvError::Closed) => return Ok(drawn),
        }
        if reader.lag() == 0 || drawn.seen % IN_FRAME == 0 {
            drawn.frames += 1;
            thread::sleep(FRAME);
        }
    }
}
