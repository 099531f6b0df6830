//! A world: a ring with all that is done to it, for a fraction of a second, from one seed.

use std::any::Any;
use std::hint;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{
    AtomicBool, AtomicU64, AtomicUsize,
    Ordering::{Relaxed, SeqCst},
};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use fastrand::Rng;
use ringfold::memory::{Info, Memory, Method};
use ringfold::{WaitStrategy, Watch};

use crate::census::{self, Census};
use crate::item::PRODUCERS;
use crate::rooms::Room;
use crate::tally::Tally;

/// What a panic on purpose carries.
struct OnPurpose;

/// A panic that is part of the plan; prints nothing.
pub fn panic_on_purpose() -> ! {
    resume_unwind(Box::new(OnPurpose))
}

/// How many handles and events of pools a whole run may leak, with the memory that they keep.
static LEAKS_LEFT: AtomicUsize = AtomicUsize::new(1000);

/// Lets so many be leaked from here on.
pub fn allow_leaks(count: usize) {
    LEAKS_LEFT.store(count, SeqCst);
}

/// No producer begins with anything new after this.
const LONGEST: Duration = Duration::from_secs(2);

/// What the threads of a world share.
pub struct World {
    /// Which room it is about.
    pub room: &'static str,
    /// What everything in it follows from, save for the order of threads.
    pub seed: u64,
    /// Its place in the census.
    pub slot: usize,
    /// The figures of its room.
    pub tally: Arc<Tally>,
    /// Whether handles and claims may be forgotten, so that nobody waits without a limit.
    pub may_leak: bool,
    /// Whether threads take turns often: so each is now and then just one step behind the other, which it hardly ever is where there are fewer
    /// cores than threads and each runs for milliseconds.
    takes_turns: bool,
    /// Whether some reader has seen everything up to the end.
    pub is_complete: AtomicBool,
    /// Producers that are at work.
    pub producers: AtomicUsize,
    next_producer: AtomicUsize,
    threads: Mutex<Vec<Member>>,
    faults: Mutex<Vec<String>>,
    tellers: Mutex<Vec<Teller>>,
    beats: AtomicU64,
    begun: Instant,
    at_end: Mutex<Vec<Check>>,
}

/// A thread of a world.
struct Member {
    name: &'static str,
    /// Gone once somebody waits for it.
    handle: Option<JoinHandle<()>>,
    has_ended: Arc<AtomicBool>,
}

/// Tells what a ring has done so far.
type Teller = Box<dyn Fn() -> String + Send>;
/// Something to be looked at when every thread has ended; panics if it is wrong.
type Check = Box<dyn FnOnce(&World) + Send>;

impl World {
    /// A world in this place, in which nothing has happened yet.
    pub fn new(room: &Room, seed: u64, slot: usize, tally: Arc<Tally>, rng: &mut Rng) -> Arc<Self> {
        let may_leak = room.leaks && rng.u8(..6) == 0;
        let explosive = if rng.u8(..4) == 0 { rng.u32(2..100) } else { 0 };
        census::of(slot).open(explosive);
        Arc::new(Self {
            room: room.name,
            seed,
            slot,
            tally,
            may_leak,
            takes_turns: rng.u8(..3) == 0,
            is_complete: AtomicBool::new(false),
            producers: AtomicUsize::new(0),
            next_producer: AtomicUsize::new(0),
            threads: Mutex::default(),
            faults: Mutex::default(),
            tellers: Mutex::default(),
            beats: AtomicU64::new(0),
            begun: Instant::now(),
            at_end: Mutex::default(),
        })
    }

    /// Its books.
    pub fn census(&self) -> &'static Census {
        census::of(self.slot)
    }

    /// The number of one more producer, if there may be one.
    pub fn new_producer(&self) -> Option<usize> {
        let most = PRODUCERS;
        self.next_producer.fetch_update(SeqCst, SeqCst, |next| (next < most).then_some(next + 1)).ok()
    }

    /// Starts a thread. A panic on purpose is counted; any other is a fault.
    pub fn spawn(
        self: &Arc<Self>,
        name: &'static str,
        rng: &mut Rng,
        act: impl FnOnce(&Arc<World>, &mut Rng) + Send + 'static,
    ) {
        let (world, mut rng, has_ended) = (self.clone(), rng.fork(), Arc::new(AtomicBool::new(false)));
        let ends = has_ended.clone();
        let body = move || {
            let done = catch_unwind(AssertUnwindSafe(|| act(&world, &mut rng)));
            if let Err(panic) = done {
                world.tally.killed.add(u64::from(world.was_on_purpose(panic)));
            }
            ends.store(true, SeqCst);
        };
        let thread =
            thread::Builder::new().stack_size(256 << 10).spawn(body).expect("the system gives a thread");
        lock(&self.threads).push(Member { name, handle: Some(thread), has_ended });
    }

    /// Waits for all threads, those too that are started meanwhile.
    pub fn join(&self) {
        let next =
            || lock(&self.threads).iter_mut().find_map(|member| Some((member.name, member.handle.take()?)));
        while let Some((name, thread)) = next() {
            if thread.join().is_err() {
                self.fault(format!("thread `{name}` ended in a panic outside its own"));
            }
        }
    }

    /// Runs something that may panic on purpose, which then is counted; any other panic goes on. `None` after a panic.
    pub fn catch<R>(&self, act: impl FnOnce() -> R) -> Option<R> {
        match catch_unwind(AssertUnwindSafe(act)) {
            Ok(result) => Some(result),
            Err(panic) if panic.is::<OnPurpose>() => {
                self.tally.caught.add(1);
                None
            }
            Err(panic) => resume_unwind(panic),
        }
    }

    /// Whether it was one on purpose; any other is noted as a fault.
    pub fn was_on_purpose(&self, panic: Box<dyn Any + Send>) -> bool {
        let is_on_purpose = panic.is::<OnPurpose>();
        if !is_on_purpose {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            self.fault(text.unwrap_or("a panic without a text").to_owned());
        }
        is_on_purpose
    }

    fn fault(&self, what: String) {
        lock(&self.faults).push(what);
    }

    /// The first thing that went wrong.
    pub fn first_fault(&self) -> Option<String> {
        lock(&self.faults).first().cloned()
    }

    /// Something has gone on.
    pub fn beat(&self) {
        self.beats.fetch_add(1, Relaxed);
    }

    /// How often something has gone on.
    pub fn beats(&self) -> u64 {
        self.beats.load(Relaxed)
    }

    /// Counts a ring, and lets its figures be told if the world hangs.
    pub fn watch(&self, watch: Watch) {
        self.count(watch.memory().as_ref());
        self.tell(move || format!("{} of {:?}: {:?}", watch.room(), watch.capacity(), watch.stats()));
    }

    /// Counts the memory of a ring.
    pub fn count(&self, memory: Option<&Info>) {
        self.tally.soft.add(u64::from(memory.is_some_and(|memory| memory.method == Method::Heap)));
    }

    /// Something to be told if the world hangs.
    pub fn tell(&self, what: impl Fn() -> String + Send + 'static) {
        lock(&self.tellers).push(Box::new(what));
    }

    /// What is known of its state, for whoever has to find out why it hangs.
    pub fn state(&self) -> String {
        let (mut there, mut ended) = (Vec::new(), Vec::new());
        for member in &*lock(&self.threads) {
            if member.has_ended.load(SeqCst) { &mut ended } else { &mut there }.push(member.name);
        }
        let census = self.census();
        let sent: Vec<u32> = (0..PRODUCERS).map(|producer| census.sent_by(producer)).collect();
        format!(
            "{} s old, {} steps, may leak: {}, explosive: {}, sent by each producer: {sent:?}, threads that are there: {there:?}, that have ended: {ended:?}, rings: {:#?}",
            self.begun.elapsed().as_secs(),
            self.beats(),
            self.may_leak,
            census.has_explosives(),
            lock(&self.tellers).iter().map(|tell| tell()).collect::<Vec<_>>()
        )
    }

    /// Whether producers should come to an end.
    pub fn is_over(&self) -> bool {
        self.begun.elapsed() > LONGEST
    }

    /// Now and then a pause: a spin, a yield, or a sleep of up to two milliseconds.
    pub fn pause(&self, rng: &mut Rng) {
        self.beat();
        match rng.u16(..1000) {
            500.. if self.takes_turns => thread::yield_now(),
            0..20 => (0..rng.u32(..2000)).for_each(|_| hint::spin_loop()),
            20..35 => thread::yield_now(),
            35..38 => thread::sleep(Duration::from_micros(rng.u64(1..100))),
            38 => thread::sleep(Duration::from_micros(rng.u64(100..2000))),
            _ => (),
        }
    }

    /// Forgets a handle, while the run may lose the memory that it keeps; drops it after that. Whether it was forgotten.
    pub fn leak<H>(&self, handle: H) -> bool {
        let left = LEAKS_LEFT.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1));
        if left.is_ok() {
            self.tally.leaked.add(1);
            std::mem::forget(handle);
        } else {
            self.tally.dropped.add(1);
        }
        left.is_ok()
    }

    /// Looks at something once every thread has ended.
    pub fn at_end(&self, check: impl FnOnce(&World) + Send + 'static) {
        lock(&self.at_end).push(Box::new(check));
    }

    /// The last word on a world in which every thread has ended.
    pub fn check(&self) {
        let checks = std::mem::take(&mut *lock(&self.at_end));
        checks.into_iter().for_each(|check| check(self));
        self.census().check(self.is_complete.load(SeqCst), self.may_leak);
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How the holder of a handle ends.
#[derive(Clone, Copy, Debug)]
pub enum Fate {
    /// When there is nothing left to do.
    Lives,
    /// By a panic after so many steps.
    Panics(u32),
    /// By dropping its handle.
    Drops(u32),
    /// By forgetting its handle.
    Leaks(u32),
}

/// What a fate says now.
pub enum Verdict {
    /// Not yet.
    GoOn,
    /// The handle is to be dropped.
    Drop,
    /// It is to be forgotten.
    Leak,
}

impl Fate {
    /// Most live; of the others most end early.
    pub fn draw(world: &World, rng: &mut Rng) -> Self {
        let steps = small(rng, 11) as u32;
        match rng.u8(..16) {
            0 | 1 => Self::Panics(steps),
            2 | 3 => Self::Drops(steps),
            4 if world.may_leak => Self::Leaks(steps),
            _ => Self::Lives,
        }
    }

    /// One step further; does not come back if it is time to panic.
    pub fn step(&mut self, world: &World) -> Verdict {
        let (Self::Panics(left) | Self::Drops(left) | Self::Leaks(left)) = self else { return Verdict::GoOn };
        if *left > 0 {
            *left -= 1;
            return Verdict::GoOn;
        }
        match self {
            Self::Panics(_) => panic_on_purpose(),
            Self::Leaks(_) => Verdict::Leak,
            _ => {
                world.tally.dropped.add(1);
                Verdict::Drop
            }
        }
    }
}

/// From 1 to 2 to the power of `bits`, every order of magnitude as often as the others.
pub fn small(rng: &mut Rng, bits: u32) -> usize {
    let bits = rng.u32(..=bits);
    rng.usize(1..=1 << bits)
}

/// A capacity from 1 up; the small ones, which have laps and seams everywhere, come most often.
pub fn capacity(rng: &mut Rng) -> usize {
    small(rng, 12)
}

/// How many items: a few most often.
pub fn quota(rng: &mut Rng) -> u32 {
    small(rng, 13) as u32
}

/// Where a ring's memory comes from.
pub fn memory(rng: &mut Rng) -> Memory {
    [Memory::Auto, Memory::Auto, Memory::Soft][rng.usize(..3)]
}

/// How a side waits.
pub fn strategy(rng: &mut Rng) -> WaitStrategy {
    use WaitStrategy::{Backoff, Park, Spin, Yield};
    [Park, Park, Park, Yield, Backoff, Spin][rng.usize(..6)]
}

/// A wait that ends by itself.
pub fn moment(rng: &mut Rng) -> Duration {
    Duration::from_micros(rng.u64(..3000))
}
