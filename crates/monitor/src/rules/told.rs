//! What the host tells is a finding by itself.

use std::time::Duration;

use super::refused;
use crate::finding::{Finding, Layer};
use crate::{Act, Offence, text};

/// A cell was ended for what no honest program does.
const VIOLATION: f64 = 60.0;
/// One message broke the protocol: a bug, or a probe. Two or three are no bug.
const STRIKE: f64 = 15.0;
/// A limit was met. The limit held; what is at risk is the plugin's own work.
const LIMIT: f64 = 15.0;

pub(super) fn act(at: Duration, act: &Act) -> Option<Finding> {
    match act {
        Act::Violation { offence, what } => Some(violation(at, *offence, what)),
        Act::Strike { what } => Some(strike(at, what)),
        Act::Limit { which } => Some(limit(at, which)),
        Act::Denied { permission, object, sensitive } => {
            refused::denied(at, permission, object, *sensitive)
        }
        _ => None,
    }
}

fn violation(at: Duration, offence: Offence, what: &str) -> Finding {
    let what = text::word(what);
    let (expected, sentence) = match offence {
        Offence::Escape => (
            "nothing of the kind: no honest plugin needs it",
            format!("It tried to get out: {what}. The container stopped it."),
        ),
        Offence::Protocol => (
            "messages as the protocol has them",
            format!("It did not keep to the protocol, and was ended for that: {what}."),
        ),
        Offence::Restless => (
            "rest, while nobody has called it",
            format!("It did not rest, and was ended for that: {what}."),
        ),
    };
    Finding::new("violation", Layer::Rule, &what, at)
        .seen(what.clone(), expected)
        .says(sentence)
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

    fn said(act_: &Act) -> (&'static str, String) {
        let finding = act(Duration::from_secs(1), act_).expect("a finding");
        (finding.rule, finding.sentence)
    }

    #[test]
    fn each_kind_has_its_rule_and_its_words() {
        let object = "/data/x".to_owned();
        let permission = "filesystem.read".to_owned();
        let (rule, sentence) = said(&Act::Denied { permission, object, sensitive: false });
        assert_eq!(rule, "denied");
        assert_eq!(sentence, "It asked to read /data/x, which its grant does not cover.");
        assert_eq!(said(&Act::Strike { what: "no method".to_owned() }).0, "strike");
        assert_eq!(said(&Act::Limit { which: "wall".to_owned() }).0, "limit");
    }

    #[test]
    fn a_violation_says_what_it_was() {
        let said = |offence, what: &str| said(&Act::Violation { offence, what: what.to_owned() });
        let (rule, sentence) = said(Offence::Escape, "it tried the system call ptrace");
        assert_eq!(rule, "violation");
        assert!(sentence.starts_with("It tried to get out: it tried the system call ptrace."));
        let (rule, sentence) = said(Offence::Protocol, "a message of no kind");
        assert_eq!(rule, "violation");
        assert!(sentence.starts_with("It did not keep to the protocol"), "{sentence}");
        let (_, sentence) = said(Offence::Restless, "it used the processor");
        assert!(sentence.starts_with("It did not rest"), "{sentence}");
        assert!(!sentence.contains("get out"), "{sentence}");
    }

    #[test]
    fn foreign_words_are_short() {
        let what = "x".repeat(100_000);
        let finding = act(Duration::ZERO, &Act::Violation { offence: Offence::Escape, what });
        let finding = finding.unwrap();
        assert!(finding.sentence.len() < 400 && finding.subject.len() < 400);
    }
}
