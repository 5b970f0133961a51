//! Beaconing: requests to one host, as regular as a clock.

use std::collections::VecDeque;
use std::time::Duration;

use crate::finding::{Finding, Layer};
use crate::text;

/// Something outside is told again and again that the cell is there.
const BEACON: f64 = 32.0;

/// Requests that are looked at.
const REQUESTS: usize = 10;

/// The fewest that make a rhythm.
const FEWEST: usize = 8;

/// Deviation of the gaps, as a share of their mean, below which they are a clock's.
const REGULAR: f64 = 0.15;

/// Shorter gaps are a loop at work, not a beacon.
const SHORTEST: Duration = Duration::from_millis(500);

/// Most hosts that are followed: a plugin that asks ever new ones costs no more memory.
const HOSTS: usize = 16;

/// The latest requests to each host.
#[derive(Clone, Debug, Default)]
pub struct Beacon {
    hosts: Vec<Host>,
}

#[derive(Clone, Debug)]
struct Host {
    name: String,
    requests: VecDeque<Duration>,
}

impl Beacon {
    /// Takes a request in, and gives a finding once those to its host are a beacon.
    pub fn sent(&mut self, at: Duration, host: &str) -> Option<Finding> {
        let host = self.host(&text::word(host))?;
        if host.requests.len() >= REQUESTS {
            host.requests.pop_front();
        }
        host.requests.push_back(at);
        host.found(at)
    }

    /// The requests to a host; of too many hosts the one longest silent is forgotten.
    fn host(&mut self, name: &str) -> Option<&mut Host> {
        if let Some(place) = self.hosts.iter().position(|host| host.name == name) {
            return self.hosts.get_mut(place);
        }
        if self.hosts.len() >= HOSTS {
            let last = |place: &usize| self.hosts.get(*place).and_then(|host| host.requests.back());
            let silent = (0..self.hosts.len()).min_by_key(last)?;
            self.hosts.swap_remove(silent);
        }
        self.hosts.push(Host { name: name.to_owned(), requests: VecDeque::new() });
        self.hosts.last_mut()
    }
}

impl Host {
    fn found(&self, at: Duration) -> Option<Finding> {
        if self.requests.len() < FEWEST {
            return None;
        }
        let (mean, deviation) = self.gaps();
        let regular = deviation <= REGULAR * mean && mean >= SHORTEST.as_secs_f64();
        regular.then(|| self.told(at, mean, deviation))
    }

    /// Mean and deviation of the gaps, in seconds.
    #[expect(clippy::cast_precision_loss, reason = "there are few")]
    fn gaps(&self) -> (f64, f64) {
        let after = self.requests.iter().skip(1);
        let pairs = self.requests.iter().zip(after);
        let gaps = pairs.map(|(before, now)| now.saturating_sub(*before).as_secs_f64());
        let count = self.requests.len().saturating_sub(1).max(1) as f64;
        let mean = gaps.clone().sum::<f64>() / count;
        let variance = gaps.map(|gap| (gap - mean).powi(2)).sum::<f64>() / count;
        (mean, variance.sqrt())
    }

    fn told(&self, at: Duration, mean: f64, deviation: f64) -> Finding {
        let (name, count) = (&self.name, self.requests.len());
        let seen = format!("{count} requests to {name}, one each {mean:.1} s ± {deviation:.2} s");
        Finding::new("beacon", Layer::Series, name, at)
            .since(self.requests.front().copied().unwrap_or(at))
            .seen(seen, "no rhythm, or one that its work explains")
            .sure(70)
            .says(format!("It calls {name} every {mean:.1} s, like a clock."))
            .risks(BEACON)
            // Honest plugins ask for news by the clock too.
            .hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(gap: impl Fn(u64) -> f64) -> Option<u64> {
        let mut beacon = Beacon::default();
        let mut at = 0.0;
        (0..100).find(|n| {
            at += gap(*n);
            beacon.sent(Duration::from_secs_f64(at), "example.com").is_some()
        })
    }

    #[test]
    fn a_clock_is_found_at_its_eighth_stroke() {
        assert_eq!(run(|_| 5.0), Some(7));
        assert!(run(|n| if n % 2 == 0 { 4.6 } else { 5.4 }).is_some(), "with some jitter");
    }

    #[test]
    fn people_and_loops_are_no_beacons() {
        assert_eq!(run(|n| [1.0, 7.0, 0.4, 15.0, 3.0][n as usize % 5]), None);
        assert_eq!(run(|_| 0.05), None);
    }

    #[test]
    fn ever_new_hosts_are_bounded() {
        let mut beacon = Beacon::default();
        for second in 0..10_000 {
            beacon.sent(Duration::from_secs(second), &second.to_string());
        }
        assert!(beacon.hosts.len() <= HOSTS);
    }
}
