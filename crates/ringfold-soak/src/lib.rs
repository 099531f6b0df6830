//! All rooms of ringfold under load at the same time: oversubscribed, with random pauses, panics, drops, leaks and changes of who takes
//! part; every item checked.
//!
//! A *world* is a ring, or a few, with its threads, for a fraction of a second, made from a seed: what capacity, what memory, which size of items,
//! how each side waits, who dies when and how. Worlds run one after another, several at once ([`run`]). Each is checked
//! while it runs (the order of every producer's items and every byte of them) and at its end: each item that was sent was received once,
//! or somebody was told that it was lost; each was dropped once.

pub mod census;
pub mod flow;
pub mod item;
pub mod rooms;
pub mod run;
pub mod show;
pub mod tally;
pub mod world;
