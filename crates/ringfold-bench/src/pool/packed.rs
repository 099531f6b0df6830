//! LZ4 through the pool against lz4_flex alone: there and back, the result compared.

use std::hint::black_box;

use ::ringfold::pool::compress::{Compressor, Decompressor};
use ::ringfold::pool::{Config, Pool};
use lz4_flex::block::{self, CompressTable};

use crate::contender::{Case, Failure, Role};
use crate::one_thread::rival::{OpenError, Rival};
use crate::one_thread::size::written;
use crate::one_thread::{Work, case, contender};

/// An operation compresses an event of so many bytes, and decompresses it.
pub fn lz4(bytes: usize) -> Case {
    let list = vec![
        contender::<Ours, _>("", move |_| open(bytes, Ours::new())),
        contender::<Fresh, _>("", move |_| open(bytes, Fresh)),
        contender::<Reused, _>("", move |_| open(bytes, Reused(CompressTable::large()))),
    ];
    case("pool", "lz4", format!("{} of JSON, there and back", written(bytes)), bytes, 1, list)
}

/// Compresses `original` and decompresses it into `again`, by way of `packed`, which is large enough.
trait Codec {
    fn round(&mut self, original: &[u8], packed: &mut [u8], again: &mut [u8]);
}

struct Ours {
    pool: Pool,
    compressor: Compressor,
    decompressor: Decompressor,
}

impl Ours {
    fn new() -> Self {
        let pool = Pool::new(Config::with_capacities([64; 5])).expect("there is memory");
        Ours { pool, compressor: Compressor::lz4(), decompressor: Decompressor::new(1 << 20) }
    }
}

impl Rival for Ours {
    const NAME: &'static str = "ringfold";
    const ROLE: Role = Role::Ours;
    const NOTE: &'static str =
        "Compressor::alloc into a slot, Decompressor::decompress_into; with header and checksum";

    fn open(_: usize) -> Result<Self, OpenError> {
        Ok(Ours::new())
    }
}

impl Codec for Ours {
    fn round(&mut self, original: &[u8], _: &mut [u8], again: &mut [u8]) {
        let event = self.compressor.alloc(&self.pool, original, 0).expect("there are slots");
        self.decompressor.decompress_into(&event, again).expect("it was just compressed");
    }
}

/// As its documentation calls it.
struct Fresh;

impl Rival for Fresh {
    const NAME: &'static str = "lz4_flex";
    const NOTE: &'static str = "compress_into, decompress_into; into buffers that are there; no checksum";

    fn open(_: usize) -> Result<Self, OpenError> {
        Ok(Fresh)
    }
}

impl Codec for Fresh {
    fn round(&mut self, original: &[u8], packed: &mut [u8], again: &mut [u8]) {
        let len = block::compress_into(original, packed).expect("it fits");
        block::decompress_into(&packed[..len], again).expect("it was just compressed");
    }
}

/// With a table that it keeps.
struct Reused(CompressTable);

impl Rival for Reused {
    const NAME: &'static str = "lz4_flex, table kept";
    const NOTE: &'static str =
        "compress_into_with_table, decompress_into; into buffers that are there; no checksum";

    fn open(_: usize) -> Result<Self, OpenError> {
        Ok(Reused(CompressTable::large()))
    }
}

impl Codec for Reused {
    fn round(&mut self, original: &[u8], packed: &mut [u8], again: &mut [u8]) {
        let len = block::compress_into_with_table(original, packed, &mut self.0).expect("it fits");
        block::decompress_into(&packed[..len], again).expect("it was just compressed");
    }
}

struct Rounds<C> {
    codec: C,
    original: Vec<u8>,
    packed: Vec<u8>,
    again: Vec<u8>,
}

fn open<C: Codec>(bytes: usize, codec: C) -> Result<Rounds<C>, Failure> {
    let packed = vec![0; block::get_maximum_output_size(bytes)];
    Ok(Rounds { codec, original: json(bytes), packed, again: vec![0; bytes] })
}

impl<C: Codec> Work for Rounds<C> {
    fn prepare(&mut self) {
        self.again.fill(0);
    }

    fn batch(&mut self, operations: u64) {
        for _ in 0..operations {
            self.codec.round(black_box(&self.original), &mut self.packed, &mut self.again);
            black_box(&self.again);
        }
    }

    fn is_right(&mut self) -> bool {
        self.again == self.original
    }
}

/// Records that differ a little, as in a log.
fn json(bytes: usize) -> Vec<u8> {
    let mut text = String::new();
    let mut state = 1_u64;
    while text.len() < bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (id, user, ms) = (state >> 40, state >> 32 & 255, state >> 20 & 4095);
        text.push_str(&format!(
            "{{\"id\":{id},\"user\":\"user-{user}\",\"path\":\"/api/v1/items/{}\",\"status\":200,\"ms\":{ms}}}\n",
            id % 1000
        ));
    }
    text.truncate(bytes);
    text.into_bytes()
}
