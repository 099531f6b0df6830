//! What an event is: a header and a text, side by side in a slot of the pool.

use std::fmt;

use anyhow::{Context, Result, ensure};
use bytemuck::{Pod, Zeroable};
use ringfold::pool::{EventRef, UniqueEvent};

/// What happened; the tag of the event says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    Heartbeat,
    Message,
    Edit,
    Upload,
    Document,
    Archive,
}

impl Kind {
    pub const ALL: [Self; 6] =
        [Self::Heartbeat, Self::Message, Self::Edit, Self::Upload, Self::Document, Self::Archive];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Heartbeat => "heartbeat",
            Self::Message => "message",
            Self::Edit => "edit",
            Self::Upload => "upload",
            Self::Document => "document",
            Self::Archive => "archive",
        }
    }

    fn of(event: &EventRef) -> Result<Self> {
        let kind = Self::ALL.get(event.tag() as usize).copied();
        kind.with_context(|| format!("an event has the unknown tag {}", event.tag()))
    }
}

/// What stands before the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Header {
    pub sequence: u64,
    /// Of the text.
    pub checksum: u32,
    pub user: u32,
}

pub const HEADER: usize = size_of::<Header>();

/// An event as an actor sees it: everything is borrowed from the slot.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    pub header: Header,
    pub kind: Kind,
    pub text: &'a str,
}

impl<'a> Event<'a> {
    /// Reads an event where it lies.
    pub fn read(event: &'a EventRef) -> Result<Self> {
        let (header, text) = event.split_at_checked(HEADER).context("an event is shorter than its header")?;
        let text = std::str::from_utf8(text).context("an event's text is not UTF-8")?;
        Ok(Self { header: bytemuck::pod_read_unaligned(header), kind: Kind::of(event)?, text })
    }

    /// Whether the text is what the ingress wrote.
    pub fn check(&self) -> Result<()> {
        let found = crc32c::crc32c(self.text.as_bytes());
        ensure!(found == self.header.checksum, "{self} has the checksum {found:08x} and not its own");
        Ok(())
    }
}

/// Writes the header before the text that is in the slot already, and lets others share it.
pub fn seal(mut event: UniqueEvent, sequence: u64, kind: Kind, user: u32) -> EventRef {
    let checksum = crc32c::crc32c(&event[HEADER..]);
    event[..HEADER].copy_from_slice(bytemuck::bytes_of(&Header { sequence, checksum, user }));
    event.set_tag(kind as u32);
    event.share()
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.name(), self.header.sequence)
    }
}
