//! Events as JSON.

use std::time::{SystemTime, UNIX_EPOCH};

use aether::Event;
use aether::source::inert_json;
use serde_json::{Value, json};

use crate::answers::{finding, millis};

/// The longest event that is passed on whole. Stops a plugin from pushing all others away with one.
const LONGEST: usize = 64 << 10;

/// The event's kind, and the event as JSON in one line.
pub(super) fn written(event: &Event) -> (&'static str, String) {
    let (kind, cell, facts) = facts(event);
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis);
    let mut members = json!({ "kind": kind, "cell": cell, "time_ms": time });
    if let (Some(members), Value::Object(facts)) = (members.as_object_mut(), facts) {
        members.extend(facts);
    }
    let text = inert_json(&members.to_string());
    if text.len() <= LONGEST {
        return (kind, text);
    }
    let left_out = text.len();
    let short = json!({ "kind": kind, "cell": cell, "time_ms": time, "left_out_bytes": left_out });
    (kind, short.to_string())
}

fn facts(event: &Event) -> (&'static str, Option<u32>, Value) {
    match event {
        Event::Starting { cell, plugin, step } => {
            ("starting", Some(*cell), json!({ "plugin": plugin, "step": step }))
        }
        Event::Started { cell, plugin } => ("started", Some(*cell), json!({ "plugin": plugin })),
        Event::Log { cell, level, message, fields } => {
            let facts = json!({ "level": level, "message": message, "fields": fields });
            ("log", Some(*cell), facts)
        }
        Event::LogCapped { cell } => ("log-capped", Some(*cell), json!({})),
        Event::Progress { cell, call, fraction, message } => {
            let facts = json!({ "call": call, "fraction": fraction, "message": message });
            ("progress", Some(*cell), facts)
        }
        Event::Denied { cell, denied } => {
            let facts = json!({
                "permission": denied.permission, "object": denied.object,
                "message": denied.message, "manifest_line": denied.manifest_line,
                "policy_line": denied.policy_line,
            });
            ("denied", Some(*cell), facts)
        }
        Event::Elevated { cell, elevation } => {
            let facts = json!({
                "want": elevation.want, "issued": elevation.issued, "by": elevation.by,
                "why": elevation.why, "uses": elevation.uses, "lifetime_ms": elevation.lifetime_ms,
            });
            ("elevated", Some(*cell), facts)
        }
        Event::Emitted { cell, topic, data } => {
            ("emitted", Some(*cell), json!({ "topic": topic, "data": data }))
        }
        Event::Cancelled { cell, method } => {
            ("cancelled", Some(*cell), json!({ "method": method }))
        }
        Event::Usage { cell, memory, cpu_ms } => {
            ("usage", Some(*cell), json!({ "memory": memory, "cpu_ms": cpu_ms }))
        }
        Event::Finding { cell, finding: found } => ("finding", Some(*cell), finding(found)),
        Event::Ladder { cell, step } => {
            let facts = json!({
                "from": step.from, "to": step.to, "by": step.by,
                "risk": step.risk, "because": step.because,
            });
            ("ladder", Some(*cell), facts)
        }
        Event::Ended { cell, ending } => {
            ("ended", Some(*cell), json!({ "ending": ending.to_string() }))
        }
        other => of_host(other),
    }
}

/// What is about no single cell, or about one that has ended.
fn of_host(event: &Event) -> (&'static str, Option<u32>, Value) {
    match event {
        Event::Pressure { tier, because } => {
            ("pressure", None, json!({ "tier": tier.name(), "because": because }))
        }
        Event::Dumped { cell, path, error } => {
            let facts = json!({ "path": path.display().to_string(), "error": error });
            ("dumped", Some(*cell), facts)
        }
        Event::Restarting { plugin, after, in_ms } => {
            let facts = json!({ "plugin": plugin, "after": after.to_string(), "in_ms": in_ms });
            ("restarting", None, facts)
        }
        Event::BreakerOpened { plugin, failures, for_ms } => {
            let facts = json!({ "plugin": plugin, "failures": failures, "for_ms": for_ms });
            ("breaker-opened", None, facts)
        }
        Event::BreakerClosed { plugin } => ("breaker-closed", None, json!({ "plugin": plugin })),
        Event::Held { plugin, after } => {
            ("held", None, json!({ "plugin": plugin, "after": after.to_string() }))
        }
        _ => ("other", None, json!({})),
    }
}

#[cfg(test)]
mod tests {
    use aether::Level;

    use super::*;

    #[test]
    fn an_event_is_one_line_whatever_a_plugin_says() {
        let hostile = "\n\nid: 1\r\ndata: x\u{2028}\u{202e}\u{1b}[2J</script>";
        let event = Event::Log {
            cell: 3,
            level: Level::Warn,
            message: hostile.to_owned(),
            fields: serde_json::Map::new(),
        };
        let (kind, text) = written(&event);
        assert_eq!(kind, "log");
        assert!(text.chars().all(|letter| matches!(letter, ' '..='~')), "{text}");
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&read["message"], &read["cell"]), (&json!(hostile), &json!(3)));
    }

    #[test]
    fn an_endless_event_is_left_out_and_told_of() {
        let data = json!("x".repeat(LONGEST));
        let event = Event::Emitted { cell: 1, topic: "t".to_owned(), data };
        let (kind, text) = written(&event);
        assert_eq!(kind, "emitted");
        assert!(text.len() < 100 && text.contains("left_out_bytes"), "{text}");
    }
}
