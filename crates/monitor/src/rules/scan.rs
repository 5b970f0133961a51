//! Scanning: many different refusals in a short time.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::refused;
use crate::finding::{Finding, Layer};
use crate::{Act, text};

/// Looking for what is open: more than a wrong manifest, less than a touched secret.
const SCAN: f64 = 34.0;

/// So many different objects refused within [`WITHIN`] are a scan.
const DIFFERENT: usize = 12;

/// See [`DIFFERENT`].
const WITHIN: Duration = Duration::from_secs(10);

/// Most refusals that are remembered: a flood of them costs no more memory.
const REMEMBERED: usize = 64;

/// The refusals of the last seconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Scan {
    /// When, and a digest of what: text of a plugin's choice is not kept.
    denied: VecDeque<(Duration, u64)>,
}

impl Scan {
    pub(super) fn act(&mut self, at: Duration, act: &Act) -> Option<Finding> {
        let Act::Denied { permission, object } = act else { return None };
        self.denied.retain(|(then, _)| at.saturating_sub(*then) <= WITHIN);
        let digest = digest(permission, refused::thing(permission, object));
        if self.denied.iter().any(|(_, known)| *known == digest) {
            return None;
        }
        if self.denied.len() >= REMEMBERED {
            self.denied.pop_front();
        }
        self.denied.push_back((at, digest));
        (self.denied.len() >= DIFFERENT).then(|| self.found(at, object))
    }

    fn found(&self, at: Duration, object: &str) -> Finding {
        let count = self.denied.len();
        let since = self.denied.front().map_or(at, |(first, _)| *first);
        let span = text::time(at.saturating_sub(since));
        Finding::new("scan", Layer::Rule, "", at)
            .since(since)
            .seen(
                format!("{count} different refusals within {span}"),
                format!("fewer than {DIFFERENT} within {}", text::time(WITHIN)),
            )
            .sure(85)
            .says(format!(
                "It looks for what is open: {count} different things were refused within {span}."
            ))
            .because([format!("the last one was {}", text::word(object))])
            .risks(SCAN)
    }
}

fn digest(permission: &str, object: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (permission, object).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(objects: usize, each: u64, gap: Duration) -> bool {
        let mut scan = Scan::default();
        let mut found = false;
        let mut at = Duration::ZERO;
        for object in 0..objects {
            for _ in 0..each {
                let object = format!("/{object}");
                let act = Act::Denied { permission: "read".to_owned(), object };
                found |= scan.act(at, &act).is_some();
                at += gap;
            }
        }
        found
    }

    #[test]
    fn many_different_refusals_are_a_scan_and_one_repeated_is_none() {
        assert!(run(20, 1, Duration::from_millis(100)));
        assert!(!run(3, 500, Duration::from_millis(1)));
        assert!(!run(100, 1, Duration::from_secs(2)));
    }
}
