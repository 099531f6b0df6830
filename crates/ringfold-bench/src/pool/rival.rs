//! Who takes part in the room `pool`: whatever makes events out of bytes.

use std::sync::Arc;

use ::ringfold::pool::{Config, EventRef, Pool};
use lockfree_object_pool::{LinearObjectPool, LinearOwnedReusable};
use object_pool::ReusableOwned;
use sharded_slab::Clear;

use super::counted::{Counted, Heap};
use super::team::SLOTS;
use crate::contender::Role;

/// Makes events.
pub trait Source: Send + Sync + 'static {
    const NAME: &'static str;
    const ROLE: Role = Role::Rival;
    const NOTE: &'static str;
    /// Freed when it is dropped, on whatever thread.
    type Event: Send + 'static;

    /// For events of up to so many bytes.
    fn open(bytes: usize) -> Self;

    /// An event with a copy of the bytes.
    fn alloc(&self, bytes: &[u8]) -> Self::Event;

    fn bytes(event: &Self::Event) -> &[u8];
}

/// Makes events of which there can be several references.
pub trait Shares: Source {
    fn share(event: &Self::Event) -> Self::Event;
}

pub trait Visit {
    fn visit<S: Source>(&mut self);
}

pub trait VisitShares {
    fn visit<S: Shares>(&mut self);
}

pub fn everybody(visitor: &mut impl Visit) {
    struct One<'a, V>(&'a mut V);
    impl<V: Visit> VisitShares for One<'_, V> {
        fn visit<S: Shares>(&mut self) {
            self.0.visit::<S>();
        }
    }
    everybody_who_shares(&mut One(visitor));
    visitor.visit::<ShardedSlab>();
    visitor.visit::<ObjectPool>();
    visitor.visit::<LockfreeObjectPool>();
}

pub fn everybody_who_shares(visitor: &mut impl VisitShares) {
    visitor.visit::<Ringfold>();
    visitor.visit::<Uncached>();
    visitor.visit::<ArcBytes>();
    visitor.visit::<ArcVec>();
    visitor.visit::<Over<std::alloc::System>>();
    visitor.visit::<Over<mimalloc::MiMalloc>>();
    #[cfg(feature = "jemalloc")]
    visitor.visit::<Over<tikv_jemallocator::Jemalloc>>();
    visitor.visit::<Bytes>();
    visitor.visit::<Triomphe>();
}

fn config() -> Config {
    Config::with_capacities([SLOTS; 5])
}

struct Ringfold(Pool);

impl Source for Ringfold {
    const NAME: &'static str = "ringfold";
    const ROLE: Role = Role::Ours;
    const NOTE: &'static str = "Pool::alloc; 1024 slots of each class, all else as it comes";
    type Event = EventRef;

    fn open(_: usize) -> Self {
        Ringfold(Pool::new(config()).expect("there is memory"))
    }

    #[inline(always)]
    fn alloc(&self, bytes: &[u8]) -> EventRef {
        self.0.alloc(bytes, 0).expect("there are slots")
    }

    #[inline(always)]
    fn bytes(event: &EventRef) -> &[u8] {
        event
    }
}

impl Shares for Ringfold {
    #[inline(always)]
    fn share(event: &EventRef) -> EventRef {
        event.clone()
    }
}

struct Uncached(Pool);

impl Source for Uncached {
    const NAME: &'static str = "ringfold, no caches";
    const ROLE: Role = Role::OursTuned;
    const NOTE: &'static str = "Config::threads(0): as a thread beyond the number that has caches";
    type Event = EventRef;

    fn open(_: usize) -> Self {
        Uncached(Pool::new(config().threads(0)).expect("there is memory"))
    }

    #[inline(always)]
    fn alloc(&self, bytes: &[u8]) -> EventRef {
        self.0.alloc(bytes, 0).expect("there are slots")
    }

    #[inline(always)]
    fn bytes(event: &EventRef) -> &[u8] {
        event
    }
}

impl Shares for Uncached {
    #[inline(always)]
    fn share(event: &EventRef) -> EventRef {
        event.clone()
    }
}

struct ArcBytes;

impl Source for ArcBytes {
    const NAME: &'static str = "Arc<[u8]>";
    const NOTE: &'static str = "Arc::from(&[u8]); the system's allocator";
    type Event = Arc<[u8]>;

    fn open(_: usize) -> Self {
        ArcBytes
    }

    #[inline(always)]
    fn alloc(&self, bytes: &[u8]) -> Arc<[u8]> {
        Arc::from(bytes)
    }

    #[inline(always)]
    fn bytes(event: &Arc<[u8]>) -> &[u8] {
        event
    }
}

impl Shares for ArcBytes {
    #[inline(always)]
    fn share(event: &Arc<[u8]>) -> Arc<[u8]> {
        event.clone()
    }
}

struct ArcVec;

impl Source for ArcVec {
    const NAME: &'static str = "Arc<Vec<u8>>";
    const NOTE: &'static str = "Arc::new(to_vec()); the system's allocator, twice";
    type Event = Arc<Vec<u8>>;

    fn open(_: usize) -> Self {
        ArcVec
    }

    #[inline(always)]
    fn alloc(&self, bytes: &[u8]) -> Arc<Vec<u8>> {
        Arc::new(bytes.to_vec())
    }

    #[inline(always)]
    fn bytes(event: &Arc<Vec<u8>>) -> &[u8] {
        event
    }
}

impl Shares for ArcVec {
    #[inline(always)]
    fn share(event: &Arc<Vec<u8>>) -> Arc<Vec<u8>> {
        event.clone()
    }
}

/// An `Arc<[u8]>` over an allocator.
struct Over<A>(std::marker::PhantomData<A>);

/// An allocator with a name.
trait Named: Heap {
    const NAME: &'static str;
    const NOTE: &'static str;
}

impl Named for std::alloc::System {
    const NAME: &'static str = "Arc written out";
    const NOTE: &'static str =
        "as Arc<[u8]>, over the system's allocator: shows that the next ones are comparable";
}

impl Named for mimalloc::MiMalloc {
    const NAME: &'static str = "Arc, mimalloc";
    const NOTE: &'static str = "an Arc<[u8]> written out over mimalloc's handle";
}

#[cfg(feature = "jemalloc")]
impl Named for tikv_jemallocator::Jemalloc {
    const NAME: &'static str = "Arc, jemalloc";
    const NOTE: &'static str = "an Arc<[u8]> written out over jemalloc's handle";
}

impl<A: Named> Source for Over<A> {
    const NAME: &'static str = A::NAME;
    const NOTE: &'static str = A::NOTE;
    type Event = Counted<A>;

    fn open(_: usize) -> Self {
        Over(std::marker::PhantomData)
    }

    #[inline(always)]
    fn alloc(&self, bytes: &[u8]) -> Counted<A> {
        Counted::copy(bytes)
    }

    #[inline(always)]
    fn bytes(event: &Counted<A>) -> &[u8] {
        event.bytes()
    }
}

impl<A: Named> Shares for Over<A> {
    #[inline(always)]
    fn share(event: &Counted<A>) -> Counted<A> {
        event.clone()
    }
}

struct Bytes;

impl Source for Bytes {
    const NAME: &'static str = "bytes";
    const NOTE: &'static str =
        "Bytes::copy_from_slice; the system's allocator, once more with the first clone";
    type Event = bytes::Bytes;

    fn open(_: usize) -> Self {
        Bytes
    }

    #[inline(always)]
    fn alloc(&self, bytes: &[u8]) -> bytes::Bytes {
        bytes::Bytes::copy_from_slice(bytes)
    }

    #[inline(always)]
    fn bytes(event: &bytes::Bytes) -> &[u8] {
        event
    }
}

impl Shares for Bytes {
    #[inline(always)]
    fn share(event: &bytes::Bytes) -> bytes::Bytes {
        event.clone()
    }
}

struct Triomphe;

impl Source for Triomphe {
    const NAME: &'static str = "triomphe";
    const NOTE: &'static str = "Arc::from(&[u8]) without weak count; the system's allocator";
    type Event = triomphe::Arc<[u8]>;

    fn open(_: usize) -> Self {
        Triomphe
    }

    #[inline(always)]
    fn alloc(&self, bytes: &[u8]) -> triomphe::Arc<[u8]> {
        triomphe::Arc::from(bytes)
    }

    #[inline(always)]
    fn bytes(event: &triomphe::Arc<[u8]>) -> &[u8] {
        event
    }
}

impl Shares for Triomphe {
    #[inline(always)]
    fn share(event: &triomphe::Arc<[u8]>) -> triomphe::Arc<[u8]> {
        event.clone()
    }
}

/// A buffer that keeps its memory.
#[derive(Default)]
struct Kept(Vec<u8>);

impl Clear for Kept {
    fn clear(&mut self) {
        self.0.clear();
    }
}

struct ShardedSlab(Arc<sharded_slab::Pool<Kept>>);

impl Source for ShardedSlab {
    const NAME: &'static str = "sharded-slab";
    const NOTE: &'static str =
        "Pool<Vec<u8>>: create_owned, extend, downgrade, clear; buffers keep their memory";
    type Event = Removed;

    fn open(_: usize) -> Self {
        ShardedSlab(Arc::new(sharded_slab::Pool::new()))
    }

    #[inline(always)]
    fn alloc(&self, bytes: &[u8]) -> Removed {
        let mut event = self.0.clone().create_owned().expect("there is room");
        event.0.extend_from_slice(bytes);
        Removed { event: event.downgrade(), pool: self.0.clone() }
    }

    #[inline(always)]
    fn bytes(event: &Removed) -> &[u8] {
        &event.event.0
    }
}

/// The slab keeps an item until it is cleared.
struct Removed {
    event: sharded_slab::pool::OwnedRef<Kept>,
    pool: Arc<sharded_slab::Pool<Kept>>,
}

impl Drop for Removed {
    #[inline(always)]
    fn drop(&mut self) {
        // Marked now, and cleared when `event` is dropped, right after this.
        self.pool.clear(self.event.key());
    }
}

struct ObjectPool(Arc<object_pool::Pool<Vec<u8>>>);

impl Source for ObjectPool {
    const NAME: &'static str = "object-pool";
    const NOTE: &'static str = "pull_owned of Vec<u8>, cleared, extended; buffers keep their memory; behind a mutex; no second owner";
    type Event = ReusableOwned<Vec<u8>>;

    fn open(bytes: usize) -> Self {
        ObjectPool(Arc::new(object_pool::Pool::new(SLOTS, || Vec::with_capacity(bytes))))
    }

    #[inline(always)]
    fn alloc(&self, bytes: &[u8]) -> ReusableOwned<Vec<u8>> {
        let mut event = self.0.pull_owned(|| Vec::with_capacity(bytes.len()));
        event.clear();
        event.extend_from_slice(bytes);
        event
    }

    #[inline(always)]
    fn bytes(event: &ReusableOwned<Vec<u8>>) -> &[u8] {
        event
    }
}

struct LockfreeObjectPool(Arc<LinearObjectPool<Vec<u8>>>);

impl Source for LockfreeObjectPool {
    const NAME: &'static str = "lockfree-object-pool";
    const NOTE: &'static str =
        "LinearObjectPool::pull_owned of Vec<u8>, extended; buffers keep their memory; no second owner";
    type Event = LinearOwnedReusable<Vec<u8>>;

    fn open(bytes: usize) -> Self {
        LockfreeObjectPool(Arc::new(LinearObjectPool::new(move || Vec::with_capacity(bytes), Vec::clear)))
    }

    #[inline(always)]
    fn alloc(&self, bytes: &[u8]) -> LinearOwnedReusable<Vec<u8>> {
        let mut event = self.0.pull_owned();
        event.extend_from_slice(bytes);
        event
    }

    #[inline(always)]
    fn bytes(event: &LinearOwnedReusable<Vec<u8>>) -> &[u8] {
        event
    }
}
