//! Who takes part. One file per rival, and in each the best honest way to drive it; the lists here decide in which
//! topologies it runs.

mod bbqueue;
pub mod broadcast;
#[cfg(feature = "cpp")]
mod cpp;
mod crossbeam_array_queue;
mod crossbeam_channel;
mod crossfire;
mod disruptor;
mod flume;
mod gil;
mod kanal;
pub mod many;
mod mutex_deque;
pub mod one_thread;
mod picoring;
mod ringbuf;
mod ringfold;
mod rtrb;
mod std_channel;
mod thingbuf;

use crate::spsc::payload::Payload;
use crate::spsc::rival::{RecordRival, Rival, SliceRival, ZeroCopyRival};

/// Sees every rival for items of type `T`.
pub trait Visit<T: Payload> {
    /// Called once per rival.
    fn visit<R: Rival<T>>(&mut self);
}

/// Sees every rival that copies slices.
pub trait VisitSlices {
    /// Called once per rival.
    fn visit<R: SliceRival>(&mut self);
}

/// Sees every rival that lets both sides work in place.
pub trait VisitZeroCopy {
    /// Called once per rival.
    fn visit<R: ZeroCopyRival>(&mut self);
}

/// Sees every rival that moves records.
pub trait VisitRecords {
    /// Called once per rival.
    fn visit<R: RecordRival>(&mut self);
}

/// Everybody who can move items.
pub fn every_item_rival<T: Payload, V: Visit<T>>(visitor: &mut V) {
    visitor.visit::<ringfold::Park>();
    visitor.visit::<ringfold::Spin>();
    visitor.visit::<rtrb::Rtrb>();
    visitor.visit::<ringbuf::Direct>();
    visitor.visit::<ringbuf::Caching>();
    visitor.visit::<gil::Gil>();
    visitor.visit::<picoring::Picoring>();
    visitor.visit::<disruptor::Disruptor>();
    visitor.visit::<crossbeam_array_queue::ArrayQueue>();
    visitor.visit::<crossbeam_channel::CrossbeamChannel>();
    visitor.visit::<crossfire::Crossfire>();
    visitor.visit::<kanal::Kanal>();
    visitor.visit::<flume::Flume>();
    visitor.visit::<thingbuf::ThingbufQueue>();
    visitor.visit::<thingbuf::ThingbufChannel>();
    visitor.visit::<std_channel::StdChannel>();
    visitor.visit::<mutex_deque::MutexDeque>();
    #[cfg(feature = "cpp")]
    {
        visitor.visit::<cpp::Boost>();
        visitor.visit::<cpp::Moodycamel>();
    }
}

/// Everybody who can copy slices.
pub fn every_slice_rival(visitor: &mut impl VisitSlices) {
    visitor.visit::<ringfold::Park>();
    visitor.visit::<ringfold::Spin>();
    visitor.visit::<rtrb::Rtrb>();
    visitor.visit::<ringbuf::Direct>();
    visitor.visit::<ringbuf::Caching>();
    visitor.visit::<gil::Gil>();
    visitor.visit::<picoring::Picoring>();
    visitor.visit::<disruptor::Disruptor>();
    visitor.visit::<bbqueue::Bbqueue>();
    visitor.visit::<mutex_deque::MutexDeque>();
    #[cfg(feature = "cpp")]
    visitor.visit::<cpp::Boost>();
}

/// Everybody who lets both sides work in place.
pub fn every_zero_copy_rival(visitor: &mut impl VisitZeroCopy) {
    visitor.visit::<ringfold::Park>();
    visitor.visit::<ringfold::Spin>();
    visitor.visit::<rtrb::Rtrb>();
    visitor.visit::<ringbuf::Direct>();
    visitor.visit::<ringbuf::Caching>();
    visitor.visit::<gil::Gil>();
    visitor.visit::<picoring::Picoring>();
    visitor.visit::<disruptor::Disruptor>();
    visitor.visit::<bbqueue::Bbqueue>();
}

/// Everybody who can move records.
pub fn every_record_rival(visitor: &mut impl VisitRecords) {
    visitor.visit::<ringfold::Park>();
    visitor.visit::<ringfold::Spin>();
    visitor.visit::<rtrb::Rtrb>();
    visitor.visit::<ringbuf::Direct>();
    visitor.visit::<ringbuf::Caching>();
    visitor.visit::<gil::Gil>();
    visitor.visit::<picoring::Picoring>();
    visitor.visit::<bbqueue::Bbqueue>();
    visitor.visit::<thingbuf::ThingbufChannel>();
    visitor.visit::<crossbeam_channel::CrossbeamChannel>();
}
