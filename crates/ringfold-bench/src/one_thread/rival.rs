//! What somebody must offer to take part in the rooms for one thread.

use crate::contender::{Failure, Role};
pub use crate::spsc::rival::OpenError;

/// A ring, a queue or a stream that one thread has to itself.
pub trait Rival: Sized + 'static {
    /// As the report names it.
    const NAME: &'static str;
    /// Who it is.
    const ROLE: Role = Role::Rival;
    /// What a reader should know about it, whatever is measured.
    const NOTE: &'static str = "";

    /// Makes one that holds `capacity` items.
    fn open(capacity: usize) -> Result<Self, OpenError>;
}

/// Makes one, or says why that cannot be.
pub fn open<R: Rival>(capacity: usize) -> Result<R, Failure> {
    R::open(capacity).map_err(|why| Failure::Setup(why.to_string()))
}

/// One item at a time. There is always room, and always an item.
pub trait Items<T>: Rival {
    /// What of its API is used.
    const ITEMS: &'static str = "push, pop";

    /// Puts an item in; whether there was room.
    fn push(&mut self, item: T) -> bool;

    /// Takes the oldest item.
    fn pop(&mut self) -> Option<T>;
}

/// Many items at a time, copied in and copied out. There is always room, and always enough to read.
pub trait Slices<T>: Rival {
    /// What of its API is used.
    const SLICES: &'static str = "push_slice, pop_slice";

    /// Copies all of the items in.
    fn write(&mut self, items: &[T]);

    /// Copies the oldest items out, until `items` is full.
    fn read(&mut self, items: &mut [T]);
}

/// Items read where they are.
pub trait InPlace<T>: Slices<T> {
    /// What of its API is used.
    const IN_PLACE: &'static str;

    /// Writes these items as a device or a socket would: into the ring's own memory, where the ring lends it out.
    fn receive(&mut self, items: &[T]) {
        self.write(items);
    }

    /// Shows `count` items, in one part or in two, and takes them out.
    fn view(&mut self, count: usize, see: impl FnMut(&[T]));
}

/// Items made where they are.
pub trait Fill: InPlace<u64> {
    /// What of its API is used.
    const FILL: &'static str;

    /// Makes `count` items that count up from `first`.
    fn fill(&mut self, first: u64, count: usize);
}

/// The content as one slice.
pub trait Contiguous: Seam {
    /// What of its API is used.
    const CONTIGUOUS: &'static str;
    /// Whether the content does not lie across the seam any more once it was seen as one slice.
    const MOVES: bool = false;

    /// All of the content.
    fn contiguous(&mut self) -> &[u8];
}

/// A ring that can say where its content lies.
pub trait Seam: Slices<u8> {
    /// The content as it lies in memory: one part, or two where the memory ends in between.
    fn parts(&self) -> [&[u8]; 2];

    /// After how many bytes a ring on mirrored memory begins again; `None` for a ring on ordinary memory.
    fn period(&self) -> Option<usize>;

    /// Takes everything out.
    fn clear(&mut self);
}

/// A ring whose newest items can be taken back in constant time, so that the next write lies where the last one did.
pub trait TakeBack: Seam {
    /// What of its API is used.
    const TAKE_BACK: &'static str;

    /// Takes back the newest `count` bytes.
    fn take_back(&mut self, count: usize);
}

/// Moves almost two laps through it, so that every page is in memory, in a mirror also where the halves meet. A quarter of the
/// capacity stays in it meanwhile, because some rings start again at the front when they are empty; those that do not come to
/// rest at three quarters of their memory, as well aligned as they began.
pub fn touch<T: Copy + Default>(room: &mut impl Slices<T>, capacity: usize) {
    let mut stays = vec![T::default(); capacity / 4];
    let mut moves = vec![T::default(); capacity / 2];
    room.write(&stays);
    for _ in 0..3 {
        room.write(&moves);
        room.read(&mut moves);
    }
    room.read(&mut stays);
}
