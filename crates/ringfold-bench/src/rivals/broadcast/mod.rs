//! Who takes part where every reader sees every event.

pub mod channels;
pub mod disruptor;
pub mod ringfold;
pub mod rusted_ring;
pub mod two_rings;

use ::ringfold::broadcast::{Multi, Single};

use crate::broadcast::rival::Rival;
use crate::broadcast::wired::Wired;
use crate::spsc::payload::Payload;

/// Sees every rival.
pub trait Visit<E: Payload> {
    /// Called once per rival.
    fn visit<R: Rival<E>>(&mut self);
}

/// Everybody.
pub fn everybody<E: Payload>(visitor: &mut impl Visit<E>) {
    visitor.visit::<ringfold::Park<Single>>();
    visitor.visit::<ringfold::Polled<Single>>();
    visitor.visit::<ringfold::Park<Multi>>();
    visitor.visit::<ringfold::Polled<Multi>>();
    visitor.visit::<disruptor::Pollers>();
    visitor.visit::<disruptor::Managed>();
    visitor.visit::<Wired<channels::Crossbeam>>();
    visitor.visit::<Wired<channels::Bus>>();
    visitor.visit::<Wired<channels::Tokio>>();
    visitor.visit::<Wired<channels::AsyncBroadcast>>();
    visitor.visit::<rusted_ring::RustedRing>();
}
