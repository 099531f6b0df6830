//! The dashboard and the alerting rules: whole, importable, and about what is really exported.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::exposition::series;
use crate::rooms::rooms;

const DASHBOARD: &str = include_str!("../../dashboards/ringfold.json");
pub const ALERTS: &str = include_str!("../../dashboards/alerts.yml");

fn dashboard() -> Value {
    serde_json::from_str(DASHBOARD).expect("the dashboard is JSON")
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("no list `{name}` in {value}"))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no text `{name}` in {value}"))
}

/// What its panels ask for.
pub fn queries() -> Vec<String> {
    let dashboard = dashboard();
    let panels = list(&dashboard, "panels").iter().filter(|panel| panel["type"] != "row");
    panels
        .flat_map(|panel| list(panel, "targets").iter().map(|target| text(target, "expr").to_owned()))
        .collect()
}

fn names_in(query: &str) -> impl Iterator<Item = &str> {
    let words = query.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("ringfold_"))
}

#[test]
fn queries_and_rules_ask_only_for_what_is_exported() {
    let exported: BTreeSet<String> = series(&rooms().registry.prometheus_text())
        .into_keys()
        .map(|series| series.split('{').next().unwrap().to_owned())
        .collect();
    let dashboard = dashboard();
    let variables: Vec<&str> = list(&dashboard["templating"], "list")
        .iter()
        .filter(|variable| variable["type"] == "query")
        .map(|variable| text(&variable["query"], "query"))
        .collect();
    let queries = queries();
    let asked: BTreeSet<&str> =
        queries.iter().map(String::as_str).chain(variables).chain([ALERTS]).flat_map(names_in).collect();
    for name in &asked {
        assert!(exported.contains(*name), "{name} is asked for and not exported");
    }
    for name in &exported {
        assert!(asked.contains(&**name), "{name} is exported and shown nowhere");
    }
}

#[test]
fn the_dashboard_has_what_an_import_needs() {
    let dashboard = dashboard();
    assert!(dashboard["id"].is_null(), "Grafana gives the id");
    assert!(text(&dashboard, "uid").len() <= 40 && !text(&dashboard, "title").is_empty());
    assert!(dashboard["schemaVersion"].as_u64().is_some_and(|version| version >= 16));
    assert!(dashboard["version"].is_u64() && dashboard["time"]["from"].is_string());
    assert!(
        list(&dashboard, "__inputs").is_empty(),
        "nothing is asked on import: the data source is a variable"
    );
    let variables = list(&dashboard["templating"], "list");
    let names: Vec<&str> = variables.iter().map(|variable| text(variable, "name")).collect();
    assert_eq!(names, ["datasource", "job", "ring", "pool"]);
    assert_eq!((text(&variables[0], "type"), text(&variables[0], "query")), ("datasource", "prometheus"));
    let required: BTreeSet<&str> =
        list(&dashboard, "__requires").iter().map(|required| text(required, "id")).collect();
    let mut ids = BTreeSet::new();
    for panel in list(&dashboard, "panels") {
        assert!(ids.insert(panel["id"].as_u64().expect("a number")), "an id twice: {panel}");
        assert!(!text(panel, "title").is_empty());
        let kind = text(panel, "type");
        assert!(kind == "row" || required.contains(kind), "{kind} is not required");
        if kind != "row" {
            is_whole(panel, &names);
        }
    }
}

fn is_whole(panel: &Value, variables: &[&str]) {
    assert!(!text(panel, "description").is_empty() && panel["fieldConfig"]["defaults"].is_object());
    assert!(panel["options"].is_object() && panel["fieldConfig"]["overrides"].is_array());
    let mut references = BTreeSet::new();
    for target in list(panel, "targets") {
        assert!(references.insert(text(target, "refId")), "a letter twice: {panel}");
        for of in [target, panel] {
            assert_eq!(
                (text(&of["datasource"], "type"), text(&of["datasource"], "uid")),
                ("prometheus", "${datasource}")
            );
        }
        for variable in text(target, "expr").split('$').skip(1) {
            let end =
                variable.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(variable.len());
            let name = &variable[..end];
            assert!(name == "__rate_interval" || variables.contains(&name), "${name} is no variable");
        }
    }
}

#[test]
fn panels_lie_in_the_grid_and_do_not_overlap() {
    let dashboard = dashboard();
    let mut taken = BTreeSet::new();
    for panel in list(&dashboard, "panels") {
        let at = |name: &str| panel["gridPos"][name].as_u64().expect("a number");
        assert!(at("x") + at("w") <= 24 && at("w") > 0 && at("h") > 0, "{panel}");
        for y in at("y")..at("y") + at("h") {
            for x in at("x")..at("x") + at("w") {
                assert!(taken.insert((x, y)), "{} lies on another panel", panel["title"]);
            }
        }
    }
}
