//! What `Ring`, `Queue` and `ByteStream` have in common: a room for one thread behind a lock, and who holds bytes of it.
//!
//! The room is a [`ringfold::ByteStream`], whose bytes are always initialised; items are runs of `itemsize` bytes, and only whole
//! ones ever go in or out.
//!
//! A `ReadView` keeps items from being taken, and a `WriteView` keeps anything from going in or out. (Taking the last item may
//! let the room start again at its beginning, so it moves what is lent for writing.)

use std::mem::MaybeUninit;
use std::sync::Arc;

use pyo3::prelude::*;
use ringfold::{ByteStream, Ring};

use crate::bulk::{self, copying};
use crate::dtype::Dtype;
use crate::errors::{Refusal, memory_error};
use crate::foreign::Place;
use crate::fork::{Origin, options};
use crate::lease::{Host, Lease, Window};
use crate::lines::Search;
use crate::lock::{Guard, Lock};

pub struct Owned {
    what: &'static str,
    pub dtype: Arc<Dtype>,
    /// In items.
    pub capacity: usize,
    origin: Origin,
    state: Lock<State>,
}

struct State {
    /// Gone once it is closed and nothing is lent.
    stream: Option<ByteStream>,
    is_closed: bool,
    /// Bytes ever taken out.
    taken: u64,
    search: Search,
    readers: Vec<Arc<Lease>>,
    writer: Option<Arc<Lease>>,
}

impl State {
    /// To look at it.
    fn open(&mut self, what: &'static str) -> Result<&mut ByteStream, Refusal> {
        match &mut self.stream {
            Some(stream) if !self.is_closed => Ok(stream),
            _ => Err(Refusal::Closed(what)),
        }
    }

    /// To put something in.
    fn vacant(&mut self, what: &'static str, verb: &'static str) -> Result<&mut ByteStream, Refusal> {
        if let Some(lease) = &self.writer {
            return Err(Refusal::Held(verb, lease.holder()));
        }
        self.open(what)
    }

    /// To take something out.
    fn free_to_move(&mut self, what: &'static str, verb: &'static str) -> Result<&mut ByteStream, Refusal> {
        if let Some(lease) = self.readers.first().or(self.writer.as_ref()) {
            return Err(Refusal::Held(verb, lease.holder()));
        }
        self.open(what)
    }

    fn is_lent(&self) -> bool {
        self.writer.is_some() || !self.readers.is_empty()
    }
}

impl Owned {
    pub fn new(py: Python<'_>, what: &'static str, capacity: usize, dtype: Dtype) -> PyResult<Arc<Self>> {
        let Some(bytes) = capacity.checked_mul(dtype.itemsize) else {
            let why = format!("{capacity} items of {} bytes do not fit an address space", dtype.itemsize);
            return Err(Refusal::Invalid(why).into());
        };
        let stream = py
            .detach(|| Ring::builder(bytes).options(options()).build())
            .map(ByteStream::from)
            .map_err(memory_error)?;
        let (taken, search) = (0, Search::default());
        let state = State {
            stream: Some(stream),
            is_closed: false,
            taken,
            search,
            readers: Vec::new(),
            writer: None,
        };
        Ok(Arc::new(Self {
            what,
            dtype: Arc::new(dtype),
            capacity,
            origin: Origin::here(),
            state: Lock::new(state),
        }))
    }

    #[inline]
    fn lock<'a>(&'a self, py: Python<'a>) -> Result<Guard<'a, State>, Refusal> {
        self.origin.check(self.what)?;
        Ok(self.state.lock(py))
    }

    /// Looks at the room.
    pub fn look<R>(&self, py: Python<'_>, f: impl FnOnce(&mut ByteStream) -> R) -> Result<R, Refusal> {
        self.lock(py)?.open(self.what).map(f)
    }

    /// How many items there are; none in a closed one.
    pub fn len(&self, py: Python<'_>) -> usize {
        self.look(py, |stream| self.dtype.items_in(stream.len())).unwrap_or(0)
    }

    pub fn is_closed(&self, py: Python<'_>) -> bool {
        self.lock(py).is_ok_and(|state| state.is_closed)
    }

    /// Copies bytes in: as many whole items as fit, or nothing if `all` do not.
    pub fn write(&self, py: Python<'_>, place: Place, all: bool) -> Result<usize, Refusal> {
        let size = self.dtype.itemsize;
        let mut state = self.lock(py)?;
        let stream = state.vacant(self.what, "write")?;
        if stream.is_closed() {
            return Err(Refusal::NoReader);
        }
        let (wanted, free) = (self.dtype.items_in(place.len), self.dtype.items_in(stream.free()));
        if all && wanted > self.capacity {
            return Err(Refusal::TooLarge { wanted, capacity: self.capacity });
        }
        if all && wanted > free {
            return Err(Refusal::Full { wanted, free, capacity: self.capacity });
        }
        let bytes = wanted.min(free) * size;
        copying(py, bytes, || copy_in(stream, place, 0, bytes));
        Ok(wanted.min(free))
    }

    /// Copies bytes in, all of them; the oldest items make room. Only the last of them stay if they are more than fit.
    pub fn overwrite(&self, py: Python<'_>, place: Place) -> Result<(), Refusal> {
        let all = self.capacity * self.dtype.itemsize;
        let (skipped, bytes) = (place.len.saturating_sub(all), place.len.min(all));
        let mut state = self.lock(py)?;
        if state.vacant(self.what, "write")?.free() < bytes {
            let stream = state.free_to_move(self.what, "overwrite the oldest items")?;
            let excess = bytes - stream.free();
            stream.consume(excess);
            state.taken += excess as u64;
        }
        let stream = state.vacant(self.what, "write")?;
        copying(py, bytes, || copy_in(stream, place, skipped, bytes));
        Ok(())
    }

    /// Puts one item in.
    pub fn push(&self, py: Python<'_>, item: &[u8]) -> Result<(), Refusal> {
        let mut state = self.lock(py)?;
        let stream = state.vacant(self.what, "push")?;
        if stream.is_closed() {
            return Err(Refusal::NoReader);
        }
        if stream.free() < item.len() {
            return Err(Refusal::Full { wanted: 1, free: 0, capacity: self.capacity });
        }
        stream.push_slice(item);
        Ok(())
    }

    /// Puts one item in; if there is no room, the oldest goes to `oldest` and makes some. Whether it did.
    pub fn push_overwrite(&self, py: Python<'_>, item: &[u8], oldest: &mut [u8]) -> Result<bool, Refusal> {
        let mut state = self.lock(py)?;
        let is_full = state.vacant(self.what, "push")?.free() < item.len();
        if is_full {
            state.free_to_move(self.what, "overwrite the oldest item")?.pop_slice(oldest);
            state.taken += item.len() as u64;
        }
        state.vacant(self.what, "push")?.push_slice(item);
        Ok(is_full)
    }

    /// Copies the oldest bytes out and gives them back to the room; as many as there are and fit.
    pub fn read(&self, py: Python<'_>, target: &mut [MaybeUninit<u8>]) -> Result<usize, Refusal> {
        let mut state = self.lock(py)?;
        let stream = state.free_to_move(self.what, "take items out")?;
        let count = target.len().min(stream.len());
        let target = &mut target[..count];
        copying(py, count, || {
            bulk::write(target, &stream.readable()[..count]);
            stream.consume(count);
        });
        state.taken += count as u64;
        Ok(count)
    }

    /// As [`read`](Self::read), into somebody else's whole items.
    pub fn read_into(&self, py: Python<'_>, place: Place) -> Result<usize, Refusal> {
        let mut state = self.lock(py)?;
        let stream = state.free_to_move(self.what, "take items out")?;
        let count = place.len.min(stream.len());
        copying(py, count, || {
            // SAFETY: the caller has borrowed the place, to be written.
            unsafe { place.copy_from(0, &stream.readable()[..count]) };
            stream.consume(count);
        });
        state.taken += count as u64;
        Ok(count)
    }

    /// Drops the oldest items: all of `count`, or none if there are fewer.
    pub fn consume(&self, py: Python<'_>, count: usize) -> Result<(), Refusal> {
        let mut state = self.lock(py)?;
        let stream = state.free_to_move(self.what, "take items out")?;
        let available = self.dtype.items_in(stream.len());
        if count > available {
            return Err(Refusal::Empty { wanted: count, available });
        }
        stream.consume(count * self.dtype.itemsize);
        state.taken += (count * self.dtype.itemsize) as u64;
        Ok(())
    }

    /// Drops everything.
    pub fn clear(&self, py: Python<'_>) -> Result<(), Refusal> {
        let mut state = self.lock(py)?;
        let count = state.free_to_move(self.what, "clear")?.consume(usize::MAX);
        state.taken += count as u64;
        Ok(())
    }

    /// Copies bytes of items that stay, from the byte `from` on. False if they are not there (any more).
    pub fn copy_out(
        &self,
        py: Python<'_>,
        from: usize,
        target: &mut [MaybeUninit<u8>],
    ) -> Result<bool, Refusal> {
        let mut state = self.lock(py)?;
        let stream = state.open(self.what)?;
        let Some(bytes) = stream.readable().get(from..).and_then(|rest| rest.get(..target.len())) else {
            return Ok(false);
        };
        copying(py, target.len(), || bulk::write(target, bytes));
        Ok(true)
    }

    /// Overwrites an item that is there. False if it is not (any more).
    pub fn replace(&self, py: Python<'_>, index: usize, item: &[u8]) -> Result<bool, Refusal> {
        let mut state = self.lock(py)?;
        let stream = state.free_to_move(self.what, "overwrite an item")?;
        let from = index * self.dtype.itemsize;
        let Some(target) = stream.readable_mut().get_mut(from..).and_then(|rest| rest.get_mut(..item.len()))
        else {
            return Ok(false);
        };
        target.copy_from_slice(item);
        Ok(true)
    }

    /// The length of the first line, its end included, if all of it is there. Looks at no byte twice.
    pub fn find_line(&self, py: Python<'_>, end: &[u8]) -> Result<Option<usize>, Refusal> {
        let mut state = self.lock(py)?;
        state.open(self.what)?;
        let State { stream, taken, search, .. } = &mut *state;
        Ok(stream.as_ref().and_then(|stream| search.find(*taken, stream.readable(), end)))
    }

    /// Lends all items, or the oldest `most`.
    pub fn lend_items(self: &Arc<Self>, py: Python<'_>, most: usize) -> Result<Window, Refusal> {
        let mut state = self.lock(py)?;
        let size = self.dtype.itemsize;
        let bytes = state.open(self.what)?.readable();
        let items = self.dtype.items_in(bytes.len()).min(most);
        let place = (bytes.as_ptr().cast_mut(), items * size);
        let lease = Lease::new("ReadView", items);
        state.readers.push(lease.clone());
        // SAFETY: the bytes are the room's, and stay as they are while the lease is in the table: `free_to_move` keeps everybody
        // from taking or overwriting items, and writing goes behind them.
        Ok(unsafe { Window::new(place, false, &self.dtype, lease, self.clone()) })
    }

    /// Lends room for `wanted` items; all there is for `None`.
    pub fn lend_room(self: &Arc<Self>, py: Python<'_>, wanted: Option<usize>) -> Result<Window, Refusal> {
        let size = self.dtype.itemsize;
        let mut state = self.lock(py)?;
        let stream = state.vacant(self.what, "write")?;
        if stream.is_closed() {
            return Err(Refusal::NoReader);
        }
        let room = stream.writable();
        let free = self.dtype.items_in(room.len());
        let items = wanted.unwrap_or(free);
        if items > self.capacity {
            return Err(Refusal::TooLarge { wanted: items, capacity: self.capacity });
        }
        if items > free {
            return Err(Refusal::Full { wanted: items, free, capacity: self.capacity });
        }
        let place = (room.as_mut_ptr(), items * size);
        let lease = Lease::new("WriteView", items);
        state.writer = Some(lease.clone());
        // SAFETY: the bytes are the room's, initialised and vacant, and stay so while the lease is there: `vacant` and `free_to_move`
        // keep everybody out.
        Ok(unsafe { Window::new(place, true, &self.dtype, lease, self.clone()) })
    }

    /// Lets no more in; what is there can be read.
    pub fn end_writing(&self, py: Python<'_>) -> Result<(), Refusal> {
        self.lock(py)?.vacant(self.what, "end the stream")?.close();
        Ok(())
    }

    /// Closes the object. Its memory goes with the last thing lent.
    pub fn close(&self, py: Python<'_>) {
        let Ok(mut state) = self.lock(py) else { return };
        state.is_closed = true;
        let unused = if state.is_lent() { None } else { state.stream.take() };
        drop(state);
        drop(unused);
    }
}

impl Host for Owned {
    fn end(&self, py: Python<'_>, lease: &Arc<Lease>, bytes: usize) -> Result<(), Refusal> {
        let mut state = self.lock(py)?;
        if state.writer.as_ref().is_some_and(|writer| Arc::ptr_eq(writer, lease)) {
            state.writer = None;
            if bytes > 0 {
                // `produce` commits less where the stream was ended meanwhile, which a writer prevents.
                state.open(self.what)?.produce(bytes);
            }
        } else {
            let others =
                state.readers.iter().find(|other| !Arc::ptr_eq(other, lease)).or(state.writer.as_ref());
            if let (Some(other), true) = (others, bytes > 0) {
                return Err(Refusal::Held("consume", other.holder()));
            }
            state.readers.retain(|other| !Arc::ptr_eq(other, lease));
            if bytes > 0 {
                state.open(self.what)?.consume(bytes);
                state.taken += bytes as u64;
            }
        }
        if state.is_closed && !state.is_lent() {
            let unused = state.stream.take();
            drop(state);
            drop(unused);
        }
        Ok(())
    }
}

/// Copies `bytes` of a borrowed place in, from `from` on. There is room.
fn copy_in(stream: &mut ByteStream, place: Place, from: usize, bytes: usize) {
    let room = &raw mut stream.writable()[..bytes];
    // SAFETY: the caller has borrowed the place, and the range lies in it. Initialised bytes are as good as any.
    unsafe { place.copy_to(from, room as *mut [MaybeUninit<u8>]) };
    stream.produce(bytes);
}
