//! The C ABI of ringfold. `include/ringfold.h`, which is generated from these files, is its documentation.
//!
//! Nothing here moves data by itself: every call finds the object behind a handle, asks a room, and turns the
//! answer into a number. What C lets go wrong is caught where it can be:
//!
//! * A handle is a number, not a pointer (`table.rs`): closing twice and using what was closed are errors, also after the place in
//!   the table was taken by another handle.
//! * A call that panics ends there, and says so.
//! * Elements of a size that is known only at run time are so many *units* of a power of two of bytes (`unit.rs`): a room of units, in which every
//!   claim is whole elements. An element never lies apart, because the memory is mirrored.

// What C sees, in the order of the header.
mod version;

mod code;

mod wait;

mod options;

mod span;

mod producer;

mod consumer;

mod stats;

mod broadcast;

mod stream;

mod pool;

// What stands behind it.
mod broadcasting;
mod guard;
mod reading;
mod rings;
mod table;
mod unit;
mod writing;
