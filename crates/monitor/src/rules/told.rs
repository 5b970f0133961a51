//! What the host tells is a finding by itself.

use std::time::Duration;

use super::refused;
use crate::finding::{Finding, Layer};
use crate::{Act, text};

/// The container stopped an attempt that no honest program makes.
const VIOLATION: f64 = 60.0;
/// One message broke the protocol: a bug, or a probe. Two or three are no bug.
const STRIKE: f64 = 15.0;
/// A limit was met. The limit held; what is at risk is the plugin's own work.
const LIMIT: f64 = 15.0;

pub(super) fn act(at: Duration, act: &Act) -> Option<Finding> {
    match act {
        Act::Violation { what } => Some(violation(at, what)),
        Act::Strike { what } => Some(strike(at, what)),
        Act::Limit { which } => Some(limit(at, which)),
        Act::Denied { permission, object } => Some(refused::denied(at, permission, object)),
        _ => None,
    }
}

fn violation(at: Duration, what: &str) -> Finding {
    let what = text::word(what);
    Finding::new("violation", Layer::Rule, &what, at)
        .seen(what.clone(), "nothing of the kind: no honest plugin needs it")
        .says(format!("It tried to get out: {what}. The container stopped it."))
        .risks(VIOLATION)
}

fn strike(at: Duration, what: &str) -> Finding {
    let what = text::word(what);
    Finding::new("strike", Layer::Rule, &what, at)
        .seen(what.clone(), "messages as the protocol has them")
        .says(format!("It sent what the protocol does not allow: {what}."))
        .risks(STRIKE)
}

fn limit(at: Duration, which: &str) -> Finding {
    let which = text::word(which);
    Finding::new("limit", Layer::Rule, &which, at)
        .seen(format!("{which}: all of it"), "less than the limit")
        .says(format!("It met its limit: {which}."))
        .risks(LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_rule_and_its_words() {
        let second = Duration::from_secs(1);
        let object = "/etc/shadow".to_owned();
        let denied = act(second, &Act::Denied { permission: "read".to_owned(), object }).unwrap();
        assert_eq!(denied.sentence, "It asked for /etc/shadow, and has no read for it.");
        let what = "ptrace".to_owned();
        assert_eq!(act(second, &Act::Violation { what: what.clone() }).unwrap().rule, "violation");
        assert_eq!(act(second, &Act::Strike { what }).unwrap().rule, "strike");
        assert_eq!(act(second, &Act::Limit { which: "wall".to_owned() }).unwrap().rule, "limit");
    }

    #[test]
    fn foreign_words_are_short() {
        let what = "x".repeat(100_000);
        let finding = act(Duration::ZERO, &Act::Violation { what }).unwrap();
        assert!(finding.sentence.len() < 400 && finding.subject.len() < 400);
    }
}
