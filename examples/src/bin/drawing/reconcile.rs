//! The books of all are compared with what was drawn, which is made up once more.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::Books;
use crate::readers::{Counted, Drawn};
use crate::stroke::{Script, Stroke};

/// What everybody should have had.
struct Expected {
    bytes: u64,
    checksum: u32,
    counted: Counted,
}

/// Whether every reader had every stroke, and the screen knows what it had not.
pub fn check(script: &Script, file: &Path, books: &Books) -> Result<()> {
    let expected = expected(script);
    let Books { emitted, stored, sent, received, counted, drawn, .. } = books;
    ensure!(emitted.strokes == script.strokes, "{} strokes were emitted", emitted.strokes);
    let (bytes, checksum) = content(file)?;
    ensure!(
        (bytes, stored.bytes) == (expected.bytes, expected.bytes),
        "storage: the file has {bytes} bytes, {} were written to it, and {} were drawn",
        stored.bytes,
        expected.bytes
    );
    let drawn_checksum = expected.checksum;
    ensure!(
        checksum == drawn_checksum,
        "storage: the file has the checksum {checksum:08x}, what was drawn has {drawn_checksum:08x}"
    );
    ensure!(
        (received.bytes, sent.bytes) == (expected.bytes, expected.bytes),
        "network: {} bytes were received, {} sent, and {} drawn",
        received.bytes,
        sent.bytes,
        expected.bytes
    );
    ensure!(
        received.checksum == drawn_checksum,
        "network: what was received has the checksum {:08x}, what was drawn has {drawn_checksum:08x}",
        received.checksum
    );
    ensure!(
        *counted == expected.counted,
        "statistics: {counted:?} was counted, and drawn was {:?}",
        expected.counted
    );
    let Drawn { seen, lost, .. } = drawn;
    ensure!(
        seen + lost == script.strokes,
        "screen: it has seen {seen} strokes and lost {lost}, which is not the {} that were drawn",
        script.strokes
    );
    Ok(())
}

fn expected(script: &Script) -> Expected {
    let mut expected = Expected { bytes: 0, checksum: 0, counted: Counted::default() };
    for number in 0..script.strokes {
        let stroke = script.stroke(number);
        expected.bytes += size_of::<Stroke>() as u64;
        expected.checksum = crc32c::crc32c_append(expected.checksum, bytemuck::bytes_of(&stroke));
        expected.counted.add(&stroke);
    }
    expected
}

/// Length and checksum of what is in the file.
fn content(file: &Path) -> Result<(u64, u32)> {
    let mut file = File::open(file).with_context(|| format!("cannot read {} again", file.display()))?;
    let (mut bytes, mut checksum, mut buffer) = (0, 0, vec![0; 1 << 16]);
    loop {
        let count = file.read(&mut buffer).context("cannot read the file again")?;
        if count == 0 {
            return Ok((bytes, checksum));
        }
        bytes += count as u64;
        checksum = crc32c::crc32c_append(checksum, &buffer[..count]);
    }
}
