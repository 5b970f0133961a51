//! Figures in the text format of Prometheus, version 0.0.4.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::sync::Mutex;

use aether::CellView;
use aether::monitor::Rung;
use aether::monitor::pressure::Tier;
use aether::source::printable;

use crate::cells::Cells;
use crate::feed::lock;

/// How many requests were answered, by status.
#[derive(Debug, Default)]
pub(crate) struct Served(Mutex<BTreeMap<u16, u64>>);

impl Served {
    pub(crate) fn count(&self, status: u16) {
        *lock(&self.0).entry(status).or_default() += 1;
    }
}

/// A figure of a cell.
type Figure = (&'static str, &'static str, &'static str, fn(&CellView) -> f64);

/// The figures of cells: name, type, what it is, and where it stands.
const OF_CELLS: [Figure; 13] = [
    ("memory_bytes", "gauge", "Resident memory.", |view| view.sample.memory as f64),
    ("memory_limit_bytes", "gauge", "The limit on its memory.", |view| view.memory_limit as f64),
    ("cpu_seconds_total", "counter", "Processor time.", |view| view.sample.cpu.as_secs_f64()),
    ("host_calls_total", "counter", "Calls through the gateway.", |view| view.sample.calls as f64),
    ("open_calls", "gauge", "Calls that it is working on.", |view| view.open_calls as f64),
    ("denials_total", "counter", "Refusals.", |view| view.sample.denials as f64),
    ("received_bytes_total", "counter", "Bytes received.", |view| view.sample.bytes_in as f64),
    ("sent_bytes_total", "counter", "Bytes sent.", |view| view.sample.bytes_out as f64),
    ("processes", "gauge", "Processes.", |view| f64::from(view.sample.processes)),
    ("findings_total", "counter", "Findings of its monitor.", |view| view.findings as f64),
    ("rung", "gauge", "Its place on the ladder: 0 observe to 5 kill.", |view| rung(view.rung)),
    ("pressed", "gauge", "The same for want of something.", |view| rung(view.pressed)),
    ("risk", "gauge", "What speaks against it, 0 to 100.", |view| view.risk),
];

/// All figures.
pub(crate) fn metrics(cells: &Cells, served: &Served) -> String {
    let mut text = String::new();
    of_host(&mut text, cells);
    let views = cells.host.overview();
    for (name, kind, help, figure) in OF_CELLS {
        let name = format!("aether_cell_{name}");
        head(&mut text, &name, kind, help);
        for view in &views {
            let number = view.cell.to_string();
            let labels = [("cell", number.as_str()), ("plugin", view.plugin.as_str())];
            line(&mut text, &name, &labels, figure(view));
        }
    }
    let name = "aether_serve_requests_total";
    head(&mut text, name, "counter", "Requests answered, by status.");
    for (status, count) in lock(&served.0).iter() {
        line(&mut text, name, &[("status", status.to_string().as_str())], count);
    }
    text
}

fn of_host(text: &mut String, cells: &Cells) {
    let (host, log) = (&cells.host, cells.host.log());
    head(text, "aether_info", "gauge", "The host; always 1.");
    line(text, "aether_info", &[("version", aether::VERSION), ("run", host.run_id())], 1);
    let mut one = |name: &str, kind: &str, help: &str, value: f64| {
        head(text, name, kind, help);
        line(text, name, &[], value);
    };
    let uptime = cells.started.elapsed().as_secs_f64();
    one("aether_uptime_seconds", "gauge", "Since when the host serves.", uptime);
    one("aether_cells", "gauge", "Cells that run.", host.cells().len() as f64);
    one("aether_plugins", "gauge", "Plugins that are loaded.", cells.loaded() as f64);
    let help = "How short the machine is: 0 calm to 3 critical.";
    one("aether_pressure_tier", "gauge", help, tier(host.pressure()));
    let healthy = f64::from(u8::from(log.is_healthy()));
    one("aether_audit_healthy", "gauge", "Whether the audit log can be written.", healthy);
    if let Ok(checkpoint) = log.checkpoint() {
        let records = checkpoint.records as f64;
        one("aether_audit_records_total", "counter", "Records in the audit log.", records);
    }
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(text: &mut String, name: &str, labels: &[(&str, &str)], value: impl Display) {
    let labels: Vec<String> =
        labels.iter().map(|(key, value)| format!("{key}=\"{}\"", escaped(value))).collect();
    let labels =
        if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{name}{labels} {value}");
}

/// A label's value: in one line, nothing hidden in it, and within its quotes.
fn escaped(value: &str) -> String {
    printable(value).replace('\\', "\\\\").replace('"', "\\\"")
}

fn rung(rung: Rung) -> f64 {
    Rung::ALL.iter().position(|one| *one == rung).unwrap_or_default() as f64
}

const fn tier(tier: Tier) -> f64 {
    match tier {
        Tier::Calm => 0.0,
        Tier::Tight => 1.0,
        Tier::Scarce => 2.0,
        Tier::Critical => 3.0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_label_stays_within_its_quotes() {
        let mut text = String::new();
        line(&mut text, "m", &[("plugin", "a\"} 1\nm{x=\"\\")], 2.5);
        assert_eq!(text, "m{plugin=\"a\\\"} 1\\\\nm{x=\\\"\\\\\"} 2.5\n");
    }

    proptest! {
        #[test]
        fn a_line_is_one_whatever_a_name_is(value: String) {
            let mut text = String::new();
            line(&mut text, "m", &[("plugin", &value)], 1);
            prop_assert_eq!(text.lines().count(), 1);
            let inner = text.strip_prefix("m{plugin=\"").unwrap().strip_suffix("\"} 1\n").unwrap();
            let mut letters = inner.chars();
            while let Some(letter) = letters.next() {
                prop_assert_ne!(letter, '"');
                if letter == '\\' {
                    prop_assert!(matches!(letters.next(), Some('\\' | '"')));
                }
            }
        }
    }
}
