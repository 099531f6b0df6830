//! The exporters from outside: what they say of every room, to real parsers and over real sockets.

mod client;
mod dashboard;
mod endpoint;
mod exposition;
#[cfg(feature = "metrics")]
mod facade;
#[cfg(feature = "otlp")]
mod otlp;
mod prometheus_server;
mod registry;
mod rooms;
