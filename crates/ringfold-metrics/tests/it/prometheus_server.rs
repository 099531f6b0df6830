//! A real Prometheus scrapes the endpoint, evaluates the dashboard's queries and loads the alerting rules.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ringfold_metrics::prometheus::serve;
use serde_json::Value;

use crate::client::ask;
use crate::dashboard::{ALERTS, queries};
use crate::rooms::{EXPECTED, rooms};

const PATIENCE: Duration = Duration::from_secs(60);

struct Prometheus {
    child: Child,
    address: SocketAddr,
}

impl Prometheus {
    fn start(folder: &Path, target: SocketAddr) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap();
        let config = format!(
            "global: {{scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 1s}}\n\
             rule_files: [alerts.yml]\n\
             scrape_configs: [{{job_name: ringfold, static_configs: [{{targets: ['{target}']}}]}}]\n"
        );
        fs::write(folder.join("prometheus.yml"), config).unwrap();
        fs::write(folder.join("alerts.yml"), ALERTS).unwrap();
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={free}"))
            .arg("--log.level=error")
            .stdout(Stdio::null())
            .spawn()
            .expect("it has just told its version");
        Self { child, address: free }
    }

    /// The `data` of an answer of its API.
    fn api(&self, path: &str) -> Value {
        let response = ask(self.address, "GET", &format!("/api/v1/{path}"));
        let answer: Value = serde_json::from_str(unchunked(&response.body)).expect("JSON");
        assert_eq!(answer["status"], "success", "{path}: {answer}");
        answer["data"].clone()
    }

    fn query(&self, query: &str) -> Vec<Value> {
        let escaped: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
        self.api(&format!("query?query={escaped}"))["result"].as_array().expect("a vector").clone()
    }

    fn wait_for<T>(&mut self, what: &str, mut look: impl FnMut(&Self) -> Option<T>) -> T {
        let begin = Instant::now();
        loop {
            assert!(self.child.try_wait().unwrap().is_none(), "prometheus has ended");
            if let Some(found) = look(self) {
                return found;
            }
            assert!(begin.elapsed() < PATIENCE, "no {what} within {PATIENCE:?}");
            thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The JSON in a body that may have come in chunks.
fn unchunked(body: &str) -> &str {
    let (begin, end) = (body.find('{').unwrap_or(0), body.rfind('}').map_or(body.len(), |at| at + 1));
    &body[begin..end]
}

fn value(result: &[Value]) -> Option<f64> {
    result.first()?["value"][1].as_str()?.parse().ok()
}

#[test]
fn a_prometheus_server_understands_everything() {
    if Command::new("prometheus").arg("--version").output().is_err() {
        println!("skipped: there is no Prometheus server here; `apt-get install prometheus` brings it");
        return;
    }
    let rooms = rooms();
    let server = serve((Ipv4Addr::LOCALHOST, 0), &rooms.registry).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut prometheus = Prometheus::start(folder.path(), server.address());
    let listens = |address: &SocketAddr| std::net::TcpStream::connect(address).is_ok();
    prometheus.wait_for("answer", |it| {
        (listens(&it.address) && ask(it.address, "GET", "/-/ready").status == 200).then_some(())
    });
    // Three scrapes, so that there are rates.
    prometheus.wait_for("scrape", |it| {
        let scrapes = value(&it.query("count_over_time(ringfold_capacity_items{ring=\"one\"}[1m])"))?;
        (scrapes >= 3.0).then_some(())
    });
    let targets = prometheus.api("targets");
    assert_eq!(targets["activeTargets"][0]["lastError"], "", "{targets}");
    assert_eq!(targets["activeTargets"][0]["health"], "up");
    for (series, expected) in EXPECTED {
        assert_eq!(value(&prometheus.query(series)), Some(expected), "{series}");
    }
    for query in queries() {
        let query = query.replace("$__rate_interval", "1m").replace("$job", ".*");
        let query = query.replace("$ring", ".*").replace("$pool", ".*");
        assert!(!prometheus.query(&query).is_empty(), "nothing for {query}");
    }
    let help = prometheus.api("metadata?metric=ringfold_stall_seconds");
    assert_eq!(help["ringfold_stall_seconds"][0]["type"], "counter", "{help}");
    rules_are_healthy(&mut prometheus);
}

fn rules_are_healthy(prometheus: &mut Prometheus) {
    let rules = prometheus.wait_for("evaluated rule", |it| {
        let groups = it.api("rules")["groups"].clone();
        let rules = groups[0]["rules"].as_array()?.clone();
        rules.iter().all(|rule| rule["health"] != "unknown").then_some(rules)
    });
    assert_eq!(rules.len(), 4);
    assert!(rules.iter().all(|rule| rule["health"] == "ok"), "{rules:?}");
}
