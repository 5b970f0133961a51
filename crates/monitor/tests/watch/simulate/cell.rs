//! A cell that only exists as figures.

use aether_monitor::{Act, Noticed, Sample, Watcher};

use super::TICK;

/// Numbers from a seed (xorshift).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// A source for a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Between 0 and 1.
    pub(crate) fn share(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Between two numbers.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    /// Whether something happens that happens so often in a second, within one tick.
    pub(crate) fn happens(&mut self, in_a_second: f64) -> bool {
        self.share() < in_a_second * TICK.as_secs_f64()
    }
}

/// Bytes of a number of megabytes.
pub(crate) fn mega(count: f64) -> u64 {
    (count * 1024.0 * 1024.0) as u64
}

/// A simulated cell.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    /// Its figures.
    pub(crate) sample: Sample,
    /// Calls that it works on.
    pub(crate) open_calls: usize,
    /// What it did since the last tick.
    pub(crate) acts: Vec<Act>,
    /// Its chance.
    pub(crate) random: Random,
}

impl Cell {
    /// A cell that idles.
    pub(crate) fn new(seed: u64) -> Self {
        let sample = Sample {
            memory: mega(30.0),
            processes: 1,
            threads: 4,
            descriptors: 12,
            ..Sample::default()
        };
        Self { sample, open_calls: 0, acts: Vec::new(), random: Random::new(seed) }
    }

    /// One tick of work, shown to a watcher.
    pub(crate) fn tick(&mut self, watcher: &mut Watcher, work: impl FnOnce(&mut Self)) -> Noticed {
        self.acts.clear();
        self.sample.at += TICK;
        work(self);
        let mut all = Noticed::default();
        for act in &self.acts {
            let noticed = watcher.act(self.sample.at, act);
            all.findings.extend(noticed.findings);
            all.step = noticed.step.or(all.step);
        }
        let noticed = watcher.sample(self.sample, self.open_calls);
        all.findings.extend(noticed.findings);
        all.step = noticed.step.or(all.step);
        all
    }

    /// Uses so many cores for this tick.
    pub(crate) fn compute(&mut self, cores: f64) {
        self.sample.cpu += TICK.mul_f64(cores.max(0.0));
    }

    /// Makes so many calls.
    pub(crate) fn call(&mut self, count: u64) {
        self.sample.calls += count;
    }

    /// Sends a request and gets an answer.
    pub(crate) fn request(&mut self, host: &str, sent: u64, received: u64) {
        self.sample.calls += 1;
        self.acts.push(Act::Egress { host: format!("{host}:443") });
        self.flow(sent, received);
    }

    /// Sends and receives within requests that have begun.
    pub(crate) fn flow(&mut self, sent: u64, received: u64) {
        self.sample.bytes_out += sent;
        self.sample.bytes_in += received;
    }

    /// Is refused a file.
    pub(crate) fn is_refused(&mut self, object: String) {
        self.sample.denials += 1;
        let permission = "filesystem.read".to_owned();
        self.acts.push(Act::Denied { permission, object, sensitive: false });
    }
}
