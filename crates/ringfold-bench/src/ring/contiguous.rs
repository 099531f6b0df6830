//! Content that lies across the seam, seen as one slice: the time to get the slice, and the time to get it and add up all that is
//! in it. The first says what the slice costs; only the second is work that a user has, and a lead there is a lead.

use std::collections::VecDeque;
use std::hint::black_box;

use ::ringfold::Ring;
use picoring::PicoRing;
use slice_ring_buffer::SliceRingBuffer;

use crate::contender::{Case, Contender, Failure, Role};
use crate::one_thread::packet::{Packet, sum};
use crate::one_thread::rival::{Contiguous, OpenError, Rival};
use crate::one_thread::seam::Placed;
use crate::one_thread::size::written;
use crate::one_thread::{Work, case, contender};
use crate::rivals::one_thread::ringfold::Huge;
use crate::rivals::one_thread::vec_ring::{TwoParts, VecRing};
use crate::rooms::Scale;

const SIZES: [usize; 8] = [8, 64, 4 << 10, 64 << 10, 1 << 20, 10_000_000, 100_000_000, 500_000_000];
/// From this size on huge pages are tried too.
const HUGE: usize = 1 << 20;

/// Sizes from 8 bytes up, first the slice alone, then the sum.
pub fn cases(scale: Scale) -> Vec<Case> {
    let most = if scale == Scale::Full { usize::MAX } else { 10_000_000 };
    let sizes = || SIZES.into_iter().filter(move |&bytes| bytes <= most);
    sizes().map(slice_alone).chain(sizes().map(slice_and_sum)).collect()
}

/// Twice the content, in whole pages, and a power of two as the rings want it.
fn capacity(bytes: usize) -> usize {
    (2 * bytes).next_power_of_two().max(4096)
}

fn slice_alone(bytes: usize) -> Case {
    let mut list = vec![
        contender::<Straight, _>("&vec[..]", move |_| Straights::open(bytes, Look::At)),
        viewer::<Ring<u8>>(bytes, Look::At),
    ];
    list.extend(rivals(bytes, Look::At));
    case("ring", "contiguous-read", regime(bytes), bytes, capacity(bytes), list)
}

fn slice_and_sum(bytes: usize) -> Case {
    let mut list = vec![
        contender::<Straight, _>("sum of a vec", move |_| Straights::open(bytes, Look::Through)),
        viewer::<Ring<u8>>(bytes, Look::Through),
    ];
    if bytes >= HUGE {
        list.push(viewer::<Huge<u8>>(bytes, Look::Through));
    }
    list.extend(rivals(bytes, Look::Through));
    list.push(contender::<TwoParts, _>("sum of both parts: no single slice", move |_| {
        TwoPartsSum::open(bytes)
    }));
    case("ring", "contiguous-sum", regime(bytes), bytes, capacity(bytes), list)
}

fn regime(bytes: usize) -> String {
    format!("{} across the seam, in a ring of {}", written(bytes), written(capacity(bytes)))
}

fn rivals(bytes: usize, look: Look) -> [Contender; 4] {
    [
        viewer::<VecDeque<u8>>(bytes, look),
        viewer::<VecRing<u8>>(bytes, look),
        viewer::<PicoRing<u8>>(bytes, look),
        viewer::<SliceRingBuffer<u8>>(bytes, look),
    ]
}

fn viewer<R: Contiguous>(bytes: usize, look: Look) -> Contender {
    contender::<R, _>(R::CONTIGUOUS, move |_| Views::<R>::open(bytes, look))
}

/// What is done with the slice.
#[derive(Clone, Copy, PartialEq)]
enum Look {
    /// Nothing.
    At,
    /// All of it is added up.
    Through,
}

/// Several rings take turns, so that a rival whose content must be laid across the seam again has many reads per reading of
/// the clock. The same number for everybody; together they fit a second-level cache.
fn rooms(bytes: usize) -> usize {
    ((256 << 10) / bytes).clamp(1, 64)
}

struct Views<R> {
    rooms: Vec<Placed<R>>,
    packet: Packet<u8>,
    look: Look,
}

impl<R: Contiguous> Views<R> {
    fn open(bytes: usize, look: Look) -> Result<Views<R>, Failure> {
        let mut packet = Packet::new(bytes, 0);
        packet.next();
        let rooms =
            (0..rooms(bytes)).map(|_| Placed::open(capacity(bytes))).collect::<Result<Vec<_>, _>>()?;
        let mut views = Views { rooms, packet, look };
        views.lay()?;
        Ok(views)
    }

    fn lay(&mut self) -> Result<(), Failure> {
        self.rooms.iter_mut().try_for_each(|room| room.lay_across(&self.packet.source))
    }
}

impl<R: Contiguous> Work for Views<R> {
    fn most(&self) -> u64 {
        if R::MOVES { self.rooms.len() as u64 } else { u64::MAX }
    }

    fn prepare(&mut self) {
        if R::MOVES {
            self.lay().expect("it could be laid there before");
        }
    }

    fn batch(&mut self, mut operations: u64) {
        while operations > 0 {
            let rooms = self.rooms.iter_mut().take(operations as usize);
            operations -= rooms.len() as u64;
            match self.look {
                Look::At => rooms.for_each(|room| _ = black_box(room.contiguous())),
                Look::Through => rooms.for_each(|room| self.packet.summed_up(sum(room.contiguous()), 0)),
            }
        }
    }

    fn is_right(&mut self) -> bool {
        let packet = &self.packet;
        packet.is_right() && self.rooms.iter_mut().all(|room| packet.is([room.contiguous(), &[]]))
    }
}

/// The floor: bytes that lie straight anyway.
struct Straight;

impl Rival for Straight {
    const NAME: &'static str = "a Vec, no ring";
    const ROLE: Role = Role::Floor;

    fn open(_: usize) -> Result<Self, OpenError> {
        Ok(Straight)
    }
}

struct Straights {
    all: Vec<Vec<u8>>,
    packet: Packet<u8>,
    look: Look,
}

impl Straights {
    fn open(bytes: usize, look: Look) -> Result<Straights, Failure> {
        let mut packet = Packet::new(bytes, 0);
        packet.next();
        Ok(Straights { all: vec![packet.source.to_vec(); rooms(bytes)], packet, look })
    }
}

impl Work for Straights {
    fn batch(&mut self, mut operations: u64) {
        while operations > 0 {
            let all = self.all.iter_mut().take(operations as usize);
            operations -= all.len() as u64;
            match self.look {
                Look::At => all.for_each(|vec| _ = black_box(&vec[..])),
                Look::Through => all.for_each(|vec| self.packet.summed_up(sum(vec), 0)),
            }
        }
    }

    fn is_right(&mut self) -> bool {
        self.packet.is_right()
    }
}

/// The classic ring for a reader who can live with two slices.
struct TwoPartsSum {
    rooms: Vec<Placed<TwoParts>>,
    packet: Packet<u8>,
}

impl TwoPartsSum {
    fn open(bytes: usize) -> Result<TwoPartsSum, Failure> {
        let mut packet = Packet::new(bytes, 0);
        packet.next();
        let mut rooms: Vec<Placed<TwoParts>> =
            (0..rooms(bytes)).map(|_| Placed::open(capacity(bytes))).collect::<Result<_, _>>()?;
        rooms.iter_mut().try_for_each(|room| room.lay_across(&packet.source))?;
        Ok(TwoPartsSum { rooms, packet })
    }
}

impl Work for TwoPartsSum {
    fn batch(&mut self, mut operations: u64) {
        while operations > 0 {
            let rooms = self.rooms.iter_mut().take(operations as usize);
            operations -= rooms.len() as u64;
            rooms.for_each(|room| self.packet.summed_up(room.sum(), 0));
        }
    }

    fn is_right(&mut self) -> bool {
        self.packet.is_right()
    }
}
