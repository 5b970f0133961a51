//! What the host tells of its cells. Other versions may tell less: what is missing counts as nothing.

use std::time::Duration;

use serde_json::Value;

/// Most cells that are shown.
const CELLS: usize = 2000;

/// Most of a text that is kept.
const TEXT: usize = 2000;

/// The host and its cells at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Overview {
    pub(crate) run: String,
    pub(crate) pressure: String,
    pub(crate) uptime: Duration,
    pub(crate) cells: Vec<Cell>,
}

/// A cell at that moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cell {
    pub(crate) number: u32,
    pub(crate) plugin: String,
    pub(crate) rung: String,
    /// Held back since the machine is short of something.
    pub(crate) pressed: String,
    pub(crate) risk: f64,
    pub(crate) cores: f64,
    pub(crate) memory: u64,
    pub(crate) memory_limit: u64,
    pub(crate) calls: u64,
    pub(crate) open_calls: u64,
    pub(crate) denials: u64,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) findings: u64,
    pub(crate) last_finding: Option<String>,
}

/// What is told of one cell beside its figures: a line each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Detail {
    pub(crate) number: u32,
    pub(crate) grants: Vec<String>,
    /// How many protections are enforced.
    pub(crate) enforced: usize,
    /// Those that are not.
    pub(crate) weaker: Vec<String>,
}

impl Overview {
    pub(crate) fn of(value: &Value) -> Self {
        let cells = value.get("cells").and_then(Value::as_array);
        Self {
            run: text(value, "run"),
            pressure: text(value, "pressure"),
            uptime: Duration::from_millis(number(value, "uptime_ms")),
            cells: cells.into_iter().flatten().take(CELLS).map(Cell::of).collect(),
        }
    }
}

impl Cell {
    fn of(value: &Value) -> Self {
        Self {
            number: u32::try_from(number(value, "cell")).unwrap_or_default(),
            plugin: text(value, "plugin"),
            rung: text(value, "rung"),
            pressed: text(value, "pressed"),
            risk: fraction(value, "risk"),
            cores: fraction(value, "cores"),
            memory: number(value, "memory"),
            memory_limit: number(value, "memory_limit"),
            calls: number(value, "calls"),
            open_calls: number(value, "open_calls"),
            denials: number(value, "denials"),
            bytes_in: number(value, "bytes_in"),
            bytes_out: number(value, "bytes_out"),
            findings: number(value, "findings"),
            last_finding: Some(text(value, "last_finding")).filter(|text| !text.is_empty()),
        }
    }

    /// What it has of its memory limit, from 0 to 1.
    pub(crate) fn of_memory(&self) -> f64 {
        (self.memory as f64 / self.memory_limit.max(1) as f64).clamp(0.0, 1.0)
    }
}

impl Detail {
    pub(crate) fn of(value: &Value) -> Self {
        let list = |key| value.get(key).and_then(Value::as_array).into_iter().flatten();
        let grant = |grant: &Value| {
            let used = grant.get("used").and_then(Value::as_u64);
            let used = used.map_or_else(String::new, |used| format!(", used {used}"));
            format!("{} {}{used}", text(grant, "permission"), text(grant, "resource"))
        };
        let is_enforced = |line: &&Value| text(line, "state") == "enforced";
        let weaker = list("posture").filter(|line| !is_enforced(line));
        Self {
            number: u32::try_from(number(value, "cell")).unwrap_or_default(),
            grants: list("grants").take(CELLS).map(grant).collect(),
            enforced: list("posture").filter(is_enforced).count(),
            weaker: weaker
                .map(|line| format!("{} {}", text(line, "name"), text(line, "state")))
                .collect(),
        }
    }
}

fn text(value: &Value, key: &str) -> String {
    let text = value.get(key).and_then(Value::as_str).unwrap_or_default();
    text.chars().take(TEXT).collect()
}

fn number(value: &Value, key: &str) -> u64 {
    value.get(key).and_then(Value::as_u64).unwrap_or_default()
}

fn fraction(value: &Value, key: &str) -> f64 {
    let number = value.get(key).and_then(Value::as_f64).unwrap_or_default();
    if number.is_finite() { number.max(0.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_missing_or_odd_counts_as_nothing() {
        assert_eq!(Overview::of(&json!(null)), Overview::default());
        let odd = json!({ "cells": [{ "cell": -1, "plugin": 7, "cores": -3.0, "memory": "x" }] });
        assert_eq!(Overview::of(&odd).cells, [Cell::default()]);
        let detail = json!({ "cell": 3, "grants": [{ "permission": "p", "resource": "r", "used": 2 }],
            "posture": [{ "name": "seccomp", "state": "enforced" }, { "name": "netns", "state": "off" }] });
        let detail = Detail::of(&detail);
        assert_eq!((detail.enforced, detail.weaker.as_slice()), (1, &["netns off".to_owned()][..]));
        assert_eq!(detail.grants, ["p r, used 2"]);
        let half = Cell { memory: 5, memory_limit: 10, ..Cell::default() };
        assert_eq!(
            (half.of_memory(), Cell { memory: 5, ..Cell::default() }.of_memory()),
            (0.5, 1.0)
        );
    }

    proptest! {
        #[test]
        fn any_answer_is_read(text in "\\PC{0,40}", number: f64, count: u64) {
            let cell = json!({ "cell": count, "plugin": text, "risk": number, "memory": count });
            let read = Overview::of(&json!({ "cells": [cell] }));
            prop_assert!(read.cells[0].risk >= 0.0 && read.cells[0].risk.is_finite());
            prop_assert!((0.0..=1.0).contains(&read.cells[0].of_memory()));
        }
    }
}
