//! Who takes part with many threads.

mod channels;
#[cfg(feature = "cpp")]
mod cpp;
mod crossfire;
mod picoring;
mod queues;
mod ringfold;

use crate::many::rival::Rival;

/// Sees every rival.
pub trait Visit {
    /// Called once per rival.
    fn visit<R: Rival>(&mut self);
}

/// Everybody who can bring words from many to one.
pub fn everybody_to_one(visitor: &mut impl Visit) {
    visitor.visit::<ringfold::Mpsc>();
    visitor.visit::<ringfold::Lanes>();
    visitor.visit::<crossfire::Mpsc>();
    visitor.visit::<channels::Crossbeam>();
    visitor.visit::<channels::Std>();
    visitor.visit::<channels::Kanal>();
    visitor.visit::<channels::Flume>();
    visitor.visit::<channels::Tokio>();
    visitor.visit::<channels::Thingbuf>();
    visitor.visit::<queues::ArrayQueue>();
    visitor.visit::<queues::ConcurrentQueue>();
    visitor.visit::<queues::ThingbufQueue>();
    visitor.visit::<picoring::Picoring>();
    #[cfg(feature = "cpp")]
    {
        visitor.visit::<cpp::Boost>();
        visitor.visit::<cpp::Moodycamel>();
    }
}

/// Everybody who can bring words from many to many.
pub fn everybody_to_many(visitor: &mut impl Visit) {
    visitor.visit::<ringfold::Mpmc>();
    visitor.visit::<crossfire::Mpmc>();
    visitor.visit::<channels::Crossbeam>();
    visitor.visit::<channels::Kanal>();
    visitor.visit::<channels::Flume>();
    visitor.visit::<queues::ArrayQueue>();
    visitor.visit::<queues::ConcurrentQueue>();
    visitor.visit::<queues::ThingbufQueue>();
    #[cfg(feature = "cpp")]
    {
        visitor.visit::<cpp::Boost>();
        visitor.visit::<cpp::Moodycamel>();
    }
}
