//! The endpoint: a few threads that answer one request after the other.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use prometheus_client::registry::Registry as Metrics;

use super::{Rings, exchange};
use crate::registry::Registry;

/// So many requests are answered at once; others wait in the system's queue. A client can hold one of them up for five seconds.
const THREADS: usize = 4;
/// How long a thread holds still that was refused a connection, for want of file descriptors for instance.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves what is in `registry`, now and later, to Prometheus: `GET /metrics` at `address`.
///
/// Starts four threads, which sleep until somebody asks. Anybody who can reach the address can read the figures, and there is no encryption: bind to
/// `127.0.0.1` or to an address of your own network.
///
/// Requests may have 8 KiB and 64 header fields, and take five seconds in all; other methods than `GET` and `HEAD` and other paths are told so.
///
/// # Errors
/// When the address cannot be had: another program listens there, or it is none of this machine's.
///
/// ```
/// let server = ringfold_metrics::prometheus::serve("127.0.0.1:0", &ringfold_metrics::Registry::new())?;
/// println!("curl http://{}/metrics", server.address());
/// drop(server); // answers who is being answered, and stops
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn serve(address: impl ToSocketAddrs, registry: &Registry) -> io::Result<Server> {
    let mut metrics = Metrics::default();
    metrics.register_collector(Box::new(Rings::of(registry)));
    Server::bind(address, metrics)
}

/// An endpoint that Prometheus scrapes. It stops when it is dropped: whoever is being answered gets his answer, nobody else. That may take as long as a slow
/// client takes, five seconds at the most.
#[must_use = "a server stops when it is dropped"]
pub struct Server {
    address: SocketAddr,
    stopping: Arc<OnceLock<()>>,
    threads: Vec<JoinHandle<()>>,
}

impl Server {
    /// Serves the metrics of a `prometheus_client` registry, yours and those of [`Rings`]. See [`serve`].
    ///
    /// # Errors
    /// When the address cannot be had, or a thread.
    pub fn bind(address: impl ToSocketAddrs, metrics: Metrics) -> io::Result<Self> {
        let listener = Arc::new(TcpListener::bind(address)?);
        let (metrics, stopping) = (Arc::new(metrics), Arc::new(OnceLock::new()));
        let mut server = Self { address: listener.local_addr()?, stopping, threads: Vec::new() };
        for _ in 0..THREADS {
            let (listener, metrics, stopping) = (listener.clone(), metrics.clone(), server.stopping.clone());
            let work = move || answer_all(&listener, &metrics, &stopping);
            server.threads.push(thread::Builder::new().name("ringfold-metrics".into()).spawn(work)?);
        }
        Ok(server)
    }

    /// Where it listens, with the port that was really had.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it can be reached from this machine.
    fn door(&self) -> SocketAddr {
        let ip = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        SocketAddr::new(ip, self.address.port())
    }
}

fn answer_all(listener: &TcpListener, metrics: &Metrics, stopping: &OnceLock<()>) {
    loop {
        let accepted = listener.accept();
        if stopping.get().is_some() {
            return;
        }
        match accepted {
            Ok((stream, _)) => exchange::serve(stream, metrics),
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.stopping.set(());
        // Each thread sleeps until somebody comes, so somebody comes. Whoever is at work looks before he sleeps again.
        let visits: Vec<_> = self
            .threads
            .iter()
            .map(|_| TcpStream::connect_timeout(&self.door(), exchange::PATIENCE))
            .collect();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
        drop(visits);
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}
