//! Lines in the Common Event Format of ArcSight, version 0.

use std::fmt::Write as _;
use std::net::IpAddr;

use super::target::Target;
use super::{PRODUCT, Severity, integer, milliseconds, uid};
use crate::Record;
use crate::inert::acts_or_hides;

/// A line in CEF. The kind is the event's class and the action its name; what has no field of its
/// own stands in the custom strings `rule`, `detail` (as JSON), `run` and `hash`.
pub fn cef(record: &Record) -> String {
    let mut line = String::with_capacity(400);
    line.push_str("CEF:0");
    let version = env!("CARGO_PKG_VERSION");
    for field in [PRODUCT, "aether-audit", version, record.kind.as_str(), &record.action] {
        line.push('|');
        escape(&mut line, field, '|');
    }
    let _ = write!(line, "|{}|", grade(Severity::of(record)));
    let mut fields = Fields { line, is_first: true };
    fields.number("rt", milliseconds(record));
    fields.text("cat", record.kind.as_str());
    fields.text("act", &record.action);
    fields.text("outcome", record.verdict.as_str());
    fields.text("externalId", &uid(record));
    if let Some(plugin) = &record.plugin {
        fields.text("sproc", plugin);
    }
    object(&mut fields, record);
    named(&mut fields, record);
    fields.line
}

fn grade(severity: Severity) -> u8 {
    match severity {
        Severity::Informational => 1,
        Severity::Low => 4,
        Severity::Medium => 6,
        Severity::High => 8,
        Severity::Critical => 10,
    }
}

fn object(fields: &mut Fields, record: &Record) {
    let Some(object) = &record.object else { return };
    if record.action.starts_with("fs.") {
        return fields.text("filePath", object);
    }
    if !record.action.starts_with("network") {
        return fields.text("msg", object);
    }
    let target = Target::read(object);
    fields.text("request", target.url);
    match target.address() {
        Some(IpAddr::V4(address)) => fields.text("dst", &address.to_string()),
        _ => fields.text("dhost", target.host),
    }
    if let Some(port) = target.port {
        fields.number("dpt", port.into());
    }
    if let Some(method) = target.method {
        fields.text("requestMethod", method);
    }
    for (key, detail) in [("in", "bytes_in"), ("out", "bytes_out")] {
        if let Some(bytes) = integer(record, detail) {
            fields.number(key, bytes);
        }
    }
}

/// The fields that CEF leaves to each product, each with its label.
fn named(fields: &mut Fields, record: &Record) {
    if let Some(cell) = record.cell {
        fields.text("cn1Label", "cell");
        fields.number("cn1", cell.into());
    }
    if let Some(rule) = &record.rule {
        fields.text("cs1Label", "rule");
        fields.text("cs1", rule);
    }
    if !record.detail.is_empty() {
        fields.text("cs2Label", "detail");
        fields.text("cs2", &crate::inert::to_json(&record.detail));
    }
    fields.text("cs3Label", "run");
    fields.text("cs3", &record.run);
    fields.text("cs4Label", "hash");
    fields.text("cs4", &record.hash);
}

struct Fields {
    line: String,
    is_first: bool,
}

impl Fields {
    fn text(&mut self, key: &str, value: &str) {
        self.begin(key);
        escape(&mut self.line, value, '=');
    }

    fn number(&mut self, key: &str, value: i64) {
        self.begin(key);
        self.line.push_str(&value.to_string());
    }

    fn begin(&mut self, key: &str) {
        if !std::mem::replace(&mut self.is_first, false) {
            self.line.push(' ');
        }
        self.line.push_str(key);
        self.line.push('=');
    }
}

/// Backslashes and what ends a field (`|` in the header, `=` behind it) get a backslash; line ends
/// become `\n` and `\r`; what else acts on a terminal or hides becomes the text `\u{…}`, of which the
/// backslash is escaped like any other.
fn escape(line: &mut String, text: &str, ends: char) {
    for each in text.chars() {
        match each {
            '\\' => line.push_str("\\\\"),
            '\n' if ends == '=' => line.push_str("\\n"),
            '\r' if ends == '=' => line.push_str("\\r"),
            each if each == ends => line.extend(['\\', each]),
            each if each.is_control() || acts_or_hides(each) => {
                let _ = write!(line, "\\\\u{{{:x}}}", u32::from(each));
            }
            each => line.push(each),
        }
    }
}
