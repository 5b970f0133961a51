//! Scanning: many different refusals, in a short time or over hours.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::refused;
use crate::finding::{Finding, Layer};
use crate::moment::Moment;
use crate::{Act, text};

/// Looking for what is open: more than a wrong manifest, less than a touched secret.
const SCAN: f64 = 40.0;

/// It may be that, or a program that looks for its settings when it starts: a hint.
const PROBE: f64 = 10.0;

/// So much of the time before is looked at: first the short one.
const WITHIN: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(4 * 3_600)];

/// So many different things refused within each of [`WITHIN`] are told.
const PROBED: [usize; 2] = [12, 48];

/// And so many are a scan. Programs that look for optional files when they start are refused a few
/// dozen at most, and the same ones each time.
const SCANNED: [usize; 2] = [48, 128];

/// Most refusals that are remembered: a flood of them costs no more memory.
const REMEMBERED: usize = 160;

/// The refusals of the last hours.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scan {
    /// When last, on the host's clock, and a digest of what: text of a plugin's choice is not kept. In
    /// the order of time.
    denied: VecDeque<(Duration, u64)>,
}

impl Scan {
    pub(super) fn act(&mut self, now: Moment, act: &Act) -> Option<Finding> {
        let Act::Denied { permission, object, .. } = act else { return None };
        if !refused::is_refusal(permission) {
            return None;
        }
        let was_new =
            self.note(now.on_host(), digest(permission, refused::thing(permission, object)));
        let counts = WITHIN.map(|span| self.within(now.on_host(), span));
        let reached = |least: [usize; 2]| (0..2).find(|place| counts[*place] >= least[*place]);
        match (reached(SCANNED), reached(PROBED)) {
            _ if !was_new => None,
            (Some(place), _) => Some(self.found(now, place, SCANNED[place], object).risks(SCAN)),
            (None, Some(place)) => {
                Some(self.found(now, place, PROBED[place], object).risks(PROBE).hint())
            }
            (None, None) => None,
        }
    }

    /// Whether it is one more within the short time.
    fn note(&mut self, now: Duration, what: u64) -> bool {
        let [short, long] = WITHIN;
        self.denied.retain(|(then, _)| now.saturating_sub(*then) <= long);
        let known = self.denied.iter().position(|(_, known)| *known == what);
        let before = known.and_then(|place| self.denied.remove(place));
        if self.denied.len() >= REMEMBERED {
            self.denied.pop_front();
        }
        self.denied.push_back((now, what));
        before.is_none_or(|(then, _)| now.saturating_sub(then) > short)
    }

    fn within(&self, now: Duration, span: Duration) -> usize {
        self.denied.iter().filter(|(then, _)| now.saturating_sub(*then) <= span).count()
    }

    /// With the refusals of another cell.
    pub(super) fn and(mut self, other: Self) -> Self {
        for (then, what) in other.denied {
            match self.denied.iter_mut().find(|(_, known)| *known == what) {
                Some((known, _)) => *known = then.max(*known),
                None => self.denied.push_back((then, what)),
            }
        }
        self.denied.make_contiguous().sort_unstable();
        let most = self.denied.len().saturating_sub(REMEMBERED);
        self.denied.drain(..most);
        self
    }

    fn found(&self, now: Moment, place: usize, least: usize, object: &str) -> Finding {
        let span = WITHIN[place];
        let mut within = self.denied.iter().map(|(then, _)| *then);
        let first = within.find(|then| now.on_host().saturating_sub(*then) <= span);
        let first = first.unwrap_or(now.on_host());
        let count = self.within(now.on_host(), span);
        let took = text::time(now.on_host().saturating_sub(first));
        Finding::new("scan", Layer::Rule, "", now.at)
            .since(now.in_cell(first))
            .seen(
                format!("{count} different refusals within {took}"),
                format!("fewer than {least} within {}", text::time(span)),
            )
            .sure(85)
            .says(format!(
                "It looks for what is open: {count} different things were refused within {took}."
            ))
            .because([format!("the last one was {}", text::word(object))])
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

    fn at(at: Duration) -> Moment {
        Moment { at, started: Duration::ZERO }
    }

    fn denied(number: usize) -> Act {
        let permission = "filesystem.read".to_owned();
        Act::Denied { permission, object: format!("/{number}"), sensitive: false }
    }

    /// The most that so many different refusals weigh, each tried so often, one after each gap.
    fn weighs(objects: usize, each: u64, gap: Duration) -> f64 {
        let mut scan = Scan::default();
        let (mut most, mut time) = (0.0f64, Duration::ZERO);
        for object in 0..objects {
            for _ in 0..each {
                most =
                    scan.act(at(time), &denied(object)).map_or(most, |found| most.max(found.risk));
                time += gap;
            }
        }
        most
    }

    #[test]
    fn many_different_refusals_are_a_scan_and_one_repeated_is_none() {
        assert_eq!(weighs(60, 1, Duration::from_millis(100)), SCAN);
        assert_eq!(weighs(20, 1, Duration::from_millis(100)), PROBE);
        assert_eq!(weighs(3, 500, Duration::from_millis(1)), 0.0);
    }

    #[test]
    fn whoever_has_patience_is_found_too() {
        assert_eq!(weighs(264, 1, Duration::from_millis(910)), SCAN);
        assert_eq!(weighs(264, 1, Duration::from_secs(60)), SCAN);
        assert_eq!(weighs(40, 1, Duration::from_secs(2)), 0.0);
        assert_eq!(weighs(300, 1, Duration::from_secs(400)), 0.0, "36 in four hours");
    }

    #[test]
    fn the_same_places_asked_for_day_by_day_are_no_scan() {
        let mut scan = Scan::default();
        for second in 0..86_400 {
            let act = denied(second % 40);
            assert!(scan.act(at(Duration::from_secs(second as u64)), &act).is_none());
        }
    }

    #[test]
    fn a_flood_takes_no_more_memory_and_two_cells_are_joined() {
        let mut scans = [Scan::default(), Scan::default()];
        for number in 0..10_000 {
            let place = number % 2;
            scans[place].act(at(Duration::from_millis(number as u64)), &denied(number));
        }
        let [one, other] = scans;
        assert_eq!(one.denied.len(), REMEMBERED);
        let both = one.and(other);
        assert_eq!(both.denied.len(), REMEMBERED);
        assert_eq!(both.denied.back().map(|(then, _)| then.as_millis()), Some(9_999));
    }
}
