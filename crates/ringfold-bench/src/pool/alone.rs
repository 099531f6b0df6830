//! One thread: allocate, copy, free; clone, drop.

use std::hint::black_box;
use std::marker::PhantomData;

use super::rival::{Shares, Source};
use crate::contender::{Contender, Role};
use crate::one_thread::rival::{OpenError, Rival};
use crate::one_thread::{Work, contender};

/// A source, as the clock of the rooms for one thread wants it.
struct Entrant<S>(PhantomData<S>);

impl<S: Source> Rival for Entrant<S> {
    const NAME: &'static str = S::NAME;
    const ROLE: Role = S::ROLE;
    const NOTE: &'static str = S::NOTE;

    fn open(_: usize) -> Result<Self, OpenError> {
        Ok(Entrant(PhantomData))
    }
}

/// An operation is one event allocated and filled, and one looked at and freed.
pub fn alloc<S: Source>(bytes: usize, window: usize) -> Contender {
    contender::<Entrant<S>, _>("", move |_| {
        let source = S::open(bytes);
        Ok(Alloc { window: Window::new(&source, bytes, window), source })
    })
}

/// An operation is one reference more and one less.
pub fn clone<S: Shares>(bytes: usize) -> Contender {
    contender::<Entrant<S>, _>("", move |_| {
        let source = S::open(bytes);
        let event = source.alloc(&vec![7; bytes]);
        // Some make themselves ready to be shared only then.
        drop(S::share(&event));
        Ok(Clones::<S> { event, _source: source })
    })
}

struct Alloc<S: Source> {
    window: Window<S>,
    source: S,
}

impl<S: Source> Work for Alloc<S> {
    fn batch(&mut self, operations: u64) {
        (0..operations).for_each(|_| self.window.step(&self.source));
    }

    fn is_right(&mut self) -> bool {
        self.window.is_right()
    }
}

/// The events that are alive: the oldest goes, then a new one comes.
pub struct Window<S: Source> {
    payload: Vec<u8>,
    alive: Vec<Option<S::Event>>,
    next: u64,
    wrong: u64,
}

impl<S: Source> Window<S> {
    pub fn new(source: &S, bytes: usize, size: usize) -> Self {
        let payload = (0..bytes).map(|i| (i * 7) as u8).collect();
        let mut window = Self { payload, alive: (0..size).map(|_| None).collect(), next: 0, wrong: 0 };
        (0..size).for_each(|_| window.step(source));
        window
    }

    #[inline(always)]
    pub fn step(&mut self, source: &S) {
        let size = self.alive.len() as u64;
        sign(&mut self.payload, self.next);
        let place = &mut self.alive[(self.next % size) as usize];
        if let Some(oldest) = place.take() {
            self.wrong |= deviation(S::bytes(&oldest), self.next - size);
        }
        *place = Some(source.alloc(&self.payload));
        self.next += 1;
    }

    /// Both ends of every event were compared; now all of those that are alive.
    pub fn is_right(&mut self) -> bool {
        let size = self.alive.len() as u64;
        let is_whole = |number: u64| {
            sign(&mut self.payload, number);
            let event = self.alive[(number % size) as usize].as_ref();
            event.is_some_and(|event| *S::bytes(event) == *self.payload)
        };
        (self.next - size..self.next).all(is_whole) && self.wrong == 0
    }
}

/// Writes the number to both ends.
#[inline(always)]
pub fn sign(payload: &mut [u8], number: u64) {
    let end = payload.len() - 8;
    payload[end..].copy_from_slice(&(!number).to_le_bytes());
    payload[..8].copy_from_slice(&number.to_le_bytes());
}

/// 0 if the number is at both ends.
#[inline(always)]
pub fn deviation(bytes: &[u8], number: u64) -> u64 {
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => {
            (u64::from_le_bytes(*first) ^ number) | (u64::from_le_bytes(*last) ^ !number)
        }
        _ => u64::MAX,
    }
}

struct Clones<S: Shares> {
    event: S::Event,
    _source: S,
}

impl<S: Shares> Work for Clones<S> {
    fn batch(&mut self, operations: u64) {
        (0..operations).for_each(|_| drop(black_box(S::share(black_box(&self.event)))));
    }

    fn is_right(&mut self) -> bool {
        S::bytes(&self.event).iter().all(|byte| *byte == 7)
    }
}
