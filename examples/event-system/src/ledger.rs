//! What somebody has seen, summed up so that two of these can be compared.

use crate::event::Event;

/// Counts that come out the same for everybody who has seen the same events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    pub events: u64,
    /// Of the texts.
    pub bytes: u64,
    pub kinds: [u64; 6],
    /// The checksums, each with its sequence: what was lost, doubled or changed does not cancel out.
    digest: u64,
}

impl Ledger {
    pub fn enter(&mut self, event: &Event<'_>) {
        let header = event.header;
        self.enter_raw(header.sequence, event.kind as usize, event.text.len() as u64, header.checksum);
    }

    pub fn enter_raw(&mut self, sequence: u64, kind: usize, bytes: u64, checksum: u32) {
        self.events += 1;
        self.bytes += bytes;
        if let Some(count) = self.kinds.get_mut(kind) {
            *count += 1;
        }
        let mixed = (u64::from(checksum) << 32 | sequence & 0xFFFF_FFFF).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.digest = self.digest.wrapping_add(mixed);
    }
}
