//! How fast a plugin may ask: by class of method, and by bytes.
//!
//! A [`Bucket`] holds units that are used by calls and come back with time. Its arithmetic is exact,
//! in whole numbers: nothing is rounded in the plugin's favour, at a byte rate as little as at one
//! call in six seconds. Time is an argument, and one that goes back earns nothing.

use std::time::{Duration, Instant};

use aether_manifest::{Rate as Written, Rates as AllWritten};
use aether_policy::grant::Grant;
use aether_protocol::{Code, RpcError};

use crate::limits;

/// So many units at once, and so many more in each period after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    at_once: u64,
    refill: u64,
    period: Duration,
}

/// Longest period of a rate: a plugin that has to wait longer than a day is refused, not slowed. It
/// also keeps every product below within 128 bits.
const MAX_PERIOD: Duration = Duration::from_secs(24 * 60 * 60);

impl Rate {
    /// A rate. A bucket without room or one that is never filled would be a refusal for ever, so
    /// there is at least one unit of each, and a period has from a nanosecond to a day.
    #[must_use]
    pub const fn new(at_once: u64, refill: u64, period: Duration) -> Self {
        let at_once = if at_once == 0 { 1 } else { at_once };
        let refill = if refill == 0 { 1 } else { refill };
        let period = match period.as_nanos() {
            0 => Duration::from_nanos(1),
            nanos if nanos > MAX_PERIOD.as_nanos() => MAX_PERIOD,
            _ => period,
        };
        Rate { at_once, refill, period }
    }

    /// A rate by the second.
    #[must_use]
    pub const fn per_second(at_once: u64, refill: u64) -> Self {
        Rate::new(at_once, refill, Duration::from_secs(1))
    }

    /// The most that can be used at once.
    #[must_use]
    pub const fn at_once(&self) -> u64 {
        self.at_once
    }

    fn read(rate: Written) -> Self {
        Rate::new(rate.count, rate.count, rate.period)
    }

    /// As a manifest or policy writes it, but for what may come at once.
    pub(crate) fn written(&self, what: &str) -> String {
        Written { count: self.refill, period: self.period }.show(what)
    }

    /// Twice as fast.
    pub(crate) const fn twice(self) -> Self {
        let (at_once, refill) = (self.at_once.saturating_mul(2), self.refill.saturating_mul(2));
        Rate { at_once, refill, ..self }
    }

    /// So many times as slow. As much as before comes through at once: what is larger than that would
    /// be refused for ever.
    #[must_use]
    pub const fn slowed(self, factor: u32) -> Self {
        Rate::new(self.at_once, self.refill, self.period.saturating_mul(factor))
    }

    /// The slower of two in every respect: whatever this allows, both do.
    #[must_use]
    pub fn and(self, other: Rate) -> Rate {
        // Compared as fractions, without rounding.
        let speed = |of: &Rate, by: &Rate| u128::from(of.refill) * by.period.as_nanos();
        let slower = if speed(&self, &other) <= speed(&other, &self) { self } else { other };
        Rate { at_once: self.at_once.min(other.at_once), ..slower }
    }
}

/// Units that are used and come back.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    rate: Rate,
    /// What is there, in units times the nanoseconds of a period: each nanosecond brings `refill`.
    level: u128,
    filled: Instant,
}

/// There are not enough units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// After so long there will be.
    For(Duration),
    /// There never will: it is more than fits at once.
    Forever,
}

impl Bucket {
    /// A full bucket.
    #[must_use]
    pub fn new(rate: Rate, now: Instant) -> Self {
        Bucket { rate, level: Self::scaled(rate.at_once, &rate), filled: now }
    }

    /// Takes units, all of them or none.
    ///
    /// # Errors
    /// [`Lack`].
    pub fn take(&mut self, units: u64, now: Instant) -> Result<(), Lack> {
        self.lacks(units, now)?;
        self.level -= Self::scaled(units, &self.rate);
        Ok(())
    }

    /// Says whether units could be taken, and takes none.
    ///
    /// # Errors
    /// [`Lack`].
    pub fn lacks(&mut self, units: u64, now: Instant) -> Result<(), Lack> {
        self.fill(now);
        if units > self.rate.at_once {
            return Err(Lack::Forever);
        }
        let missing = Self::scaled(units, &self.rate).saturating_sub(self.level);
        if missing == 0 {
            return Ok(());
        }
        let nanos = missing.div_ceil(u128::from(self.rate.refill));
        Err(Lack::For(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))))
    }

    /// Goes on at another rate, with no more than was there and than fits.
    pub fn change(&mut self, rate: Rate, now: Instant) {
        self.fill(now);
        let units = self.level / self.rate.period.as_nanos();
        let units = u64::try_from(units).unwrap_or(u64::MAX);
        self.level = Self::scaled(units.min(rate.at_once), &rate);
        self.rate = rate;
    }

    fn fill(&mut self, now: Instant) {
        let earned = now.saturating_duration_since(self.filled).as_nanos();
        self.filled = self.filled.max(now);
        let full = Self::scaled(self.rate.at_once, &self.rate);
        let level = self.level.saturating_add(earned.saturating_mul(self.rate.refill.into()));
        self.level = level.min(full);
    }

    fn scaled(units: u64, rate: &Rate) -> u128 {
        u128::from(units) * rate.period.as_nanos()
    }
}

/// What kind of work a method makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Looks at something.
    Read,
    /// Changes something of the plugin's own.
    Write,
    /// Reaches another machine.
    Network,
    /// Starts or calls something that runs.
    Run,
    /// Tells somebody something.
    Tell,
    /// Asks for more rights, which may be a question to a person.
    Ask,
}

impl Class {
    /// All of them.
    pub const ALL: [Class; 6] =
        [Class::Read, Class::Write, Class::Network, Class::Run, Class::Tell, Class::Ask];

    /// Its name, for refusals and policies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Class::Read => "reads",
            Class::Write => "writes",
            Class::Network => "requests",
            Class::Run => "starts",
            Class::Tell => "messages",
            Class::Ask => "questions",
        }
    }

    /// The class of a method. One that does not exist is work of the least kind: it is looked up.
    #[must_use]
    pub fn of(method: &str) -> Class {
        let (module, verb) = method.split_once('.').unwrap_or((method, ""));
        match (module, verb) {
            (
                "fs",
                "write" | "remove" | "rename" | "mkdir" | "pwrite" | "resize" | "link" | "symlink"
                | "chmod" | "utimes",
            )
            | ("kv", "set" | "delete")
            | ("blob", "create" | "send" | "drop")
            | ("bundle", "keep")
            | ("call", "chunk")
            | ("token", "narrow" | "drop") => Class::Write,
            ("http", "read" | "close") => Class::Read,
            ("http", _) => Class::Network,
            ("command" | "plugins", _) => Class::Run,
            ("log" | "call" | "events" | "debug", _) => Class::Tell,
            ("token", "request") => Class::Ask,
            _ => Class::Read,
        }
    }
}

/// The rates of one plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    classes: [Rate; Class::ALL.len()],
    bytes: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        Rates {
            classes: [
                limits::READS,
                limits::WRITES,
                limits::REQUESTS,
                limits::STARTS,
                limits::MESSAGES,
                limits::QUESTIONS,
            ],
            bytes: limits::BYTES,
        }
    }
}

impl Rates {
    /// What a grant lets a plugin have: the defaults, where the policy does not name others, and of
    /// that no more than the manifest asks for. A policy that no person named only lowers.
    #[must_use]
    pub fn of(grant: &Grant) -> Self {
        let usual = Self::default();
        let named = usual.with_written(grant.rates());
        let allowed = if grant.raises_rates() { named } else { named.and(&usual) };
        allowed.and(&allowed.with_written(&grant.limits().rates))
    }

    fn with_written(mut self, written: &AllWritten) -> Self {
        for class in Class::ALL {
            if let Some(rate) = written.get(class.as_str()) {
                self = self.with(class, Rate::read(rate));
            }
        }
        written.get(BYTES).map_or(self, |rate| self.with_bytes(Rate::read(rate)))
    }

    /// The same with another rate for a class.
    #[must_use]
    pub const fn with(mut self, class: Class, rate: Rate) -> Self {
        self.classes[class as usize] = rate;
        self
    }

    /// The same with another rate for bytes.
    #[must_use]
    pub const fn with_bytes(mut self, rate: Rate) -> Self {
        self.bytes = rate;
        self
    }

    /// All of them so many times as slow.
    #[must_use]
    pub fn slowed(mut self, factor: u32) -> Self {
        for rate in self.classes.iter_mut().chain([&mut self.bytes]) {
            *rate = rate.slowed(factor);
        }
        self
    }

    /// The slower of each: what a manifest asks for within what a policy allows, or either of them
    /// while the host is under pressure.
    #[must_use]
    pub fn and(mut self, other: &Rates) -> Self {
        for (mine, other) in self.classes.iter_mut().zip(other.classes) {
            *mine = mine.and(other);
        }
        self.bytes = self.bytes.and(other.bytes);
        self
    }
}

/// What is counted beside calls.
const BYTES: &str = "bytes";

/// What a plugin has used of its rates.
#[derive(Clone, Debug)]
pub struct Meters {
    classes: [Bucket; Class::ALL.len()],
    bytes: Bucket,
}

/// A call that came too fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many {what} in too short a time")]
pub struct Exceeded {
    /// Of what there were too many: a class by its name, or bytes.
    pub what: &'static str,
    /// What there may be.
    pub rate: Rate,
    /// After how long the same call would be let through; nothing when it is larger than what is
    /// ever let through at once.
    pub retry_after_ms: Option<u64>,
}

impl Meters {
    /// Everything unused.
    #[must_use]
    pub fn new(rates: &Rates, now: Instant) -> Self {
        Meters {
            classes: rates.classes.map(|rate| Bucket::new(rate, now)),
            bytes: Bucket::new(rates.bytes, now),
        }
    }

    /// Counts a call of a method with so many bytes, line and attachment together. A call that is
    /// refused is not counted, so that waiting as long as it says is enough.
    ///
    /// # Errors
    /// [`Exceeded`].
    pub fn take(&mut self, class: Class, bytes: u64, now: Instant) -> Result<(), Exceeded> {
        let calls = &mut self.classes[class as usize];
        let exceeded =
            |what, rate| move |lack: Lack| Exceeded { what, rate, retry_after_ms: millis(lack) };
        let of_calls = exceeded(class.as_str(), calls.rate);
        let of_bytes = exceeded(BYTES, self.bytes.rate);
        let lacks = [
            calls.lacks(1, now).map_err(of_calls).err(),
            self.bytes.lacks(bytes, now).map_err(of_bytes).err(),
        ];
        // Nothing stands for ever, which is longer than any time.
        let longest = |exceeded: &Exceeded| exceeded.retry_after_ms.unwrap_or(u64::MAX);
        if let Some(worst) = lacks.into_iter().flatten().max_by_key(longest) {
            return Err(worst);
        }
        // Both were found to have enough at this moment.
        calls.take(1, now).map_err(of_calls)?;
        self.bytes.take(bytes, now).map_err(of_bytes)
    }

    /// Goes on at other rates, with no more than was there. For a monitor that slows a plugin down,
    /// and lets it go again.
    pub fn change(&mut self, rates: &Rates, now: Instant) {
        for (bucket, rate) in self.classes.iter_mut().zip(rates.classes) {
            bucket.change(rate, now);
        }
        self.bytes.change(rates.bytes, now);
    }
}

/// Whole milliseconds, rounded up: whoever waits so long has waited long enough.
fn millis(lack: Lack) -> Option<u64> {
    match lack {
        Lack::For(wait) => u64::try_from(wait.as_nanos().div_ceil(1_000_000)).ok(),
        Lack::Forever => None,
    }
}

impl From<Exceeded> for RpcError {
    fn from(exceeded: Exceeded) -> Self {
        match exceeded.retry_after_ms {
            Some(millis) => RpcError::new(Code::RateLimited, exceeded.to_string())
                .with("retry_after_ms", millis),
            None => RpcError::new(
                Code::QuotaExceeded,
                format!("more {} than are ever let through at once", exceeded.what),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use aether_policy::grant::{Decision, Identity, Input, decide};
    use aether_policy::policy::{Policy, PolicyOrigin};
    use aether_source::Source;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_used_comes_back_and_no_faster() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut bucket = Bucket::new(Rate::new(2, 1, Duration::from_secs(6)), start);
        assert_eq!(bucket.take(3, start), Err(Lack::Forever));
        assert_eq!((bucket.take(1, start), bucket.take(1, start)), (Ok(()), Ok(())));
        assert_eq!(bucket.take(1, start), Err(Lack::For(Duration::from_secs(6))));
        assert_eq!(bucket.take(1, at(5_999)), Err(Lack::For(Duration::from_millis(1))));
        assert_eq!(bucket.take(1, at(6_000)), Ok(()));
        assert_eq!(bucket.take(2, at(17_999)), Err(Lack::For(Duration::from_millis(1))));
        assert_eq!(bucket.take(2, at(18_000)), Ok(()));
        assert_eq!(bucket.take(2, at(1_000_000_000)), Ok(()));
        assert_eq!(bucket.take(1, at(1_000_000_000)), Err(Lack::For(Duration::from_secs(6))));
    }

    #[test]
    fn byte_rates_are_not_rounded() {
        let start = Instant::now();
        for rate in [30 << 20, 700_000_000, u64::MAX / 4] {
            let mut bucket = Bucket::new(Rate::per_second(rate, rate), start);
            bucket.take(rate, start).unwrap();
            let mut used = 0;
            for millis in 1..=10_000 {
                let now = start + Duration::from_millis(millis);
                while bucket.take(rate / 10_000, now).is_ok() {
                    used += u128::from(rate / 10_000);
                }
            }
            let allowed = 10 * u128::from(rate);
            assert!(used <= allowed && used > allowed / 1000 * 998, "{used} of {allowed}");
        }
    }

    #[test]
    fn odd_rates_harm_nothing() {
        let start = Instant::now();
        let end = start + Duration::from_secs(u32::MAX.into());
        for rate in [
            Rate::new(0, 0, Duration::ZERO),
            Rate::new(u64::MAX, u64::MAX, Duration::MAX),
            Rate::new(u64::MAX, 1, Duration::MAX),
            Rate::new(1, u64::MAX, Duration::from_nanos(1)),
        ] {
            let mut bucket = Bucket::new(rate, start);
            assert_eq!(bucket.take(1, start), Ok(()), "{rate:?}");
            let _ = (bucket.take(u64::MAX, end), bucket.take(1, end), bucket.take(1, start));
            bucket.change(Rate::per_second(1, 1), end);
            bucket.change(rate, end);
            assert_eq!(rate.and(rate), rate);
        }
    }

    #[test]
    fn the_slower_of_two_is_slower_in_everything() {
        let hour = Rate::new(10, 100, Duration::from_secs(3600));
        let second = Rate::per_second(5, 1);
        let both = Rate::new(5, 100, Duration::from_secs(3600));
        assert_eq!((hour.and(second), second.and(hour)), (both, both));
        assert_eq!(second.slowed(3), Rate::new(5, 1, Duration::from_secs(3)));
        assert_eq!((second.slowed(1), second.slowed(u32::MAX).at_once()), (second, 5));
        let slow = Rates::default().with(Class::Read, second).with_bytes(hour);
        let joined = Rates::default().and(&slow);
        assert_eq!(joined.classes[0], second.and(limits::READS));
        assert_eq!(joined.and(&joined), joined);
    }

    /// The rates of a plugin under a policy's entry and with a manifest's wishes.
    fn granted(origin: PolicyOrigin, entry: &str, manifest: &str) -> Rates {
        let text = format!("version: 1\nplugins: {{ p: {{ rates: {{ {entry} }} }} }}\n");
        let policy = Policy::parse(Source::new("p.yaml", text), origin, jiff::tz::db()).unwrap();
        let text =
            format!(r#"{{ "permissions": {{}}, "resources": {{ "rates": {{ {manifest} }} }} }}"#);
        let manifest = aether_manifest::parse(Source::new("m.json", text)).unwrap();
        let identity = Identity { name: "p".into(), version: String::new(), digest: String::new() };
        let decision = decide(&Input {
            manifest: &manifest,
            identity: &identity,
            policy: Some(&policy),
            engine: aether_policy::grant::Engine::default(),
            narrowing: None,
            mounts: &[],
            consents: None,
            unattended: true,
            now: jiff::Timestamp::UNIX_EPOCH,
        });
        let Decision::Granted(grant) = decision else { panic!("{decision:?}") };
        Rates::of(&grant)
    }

    #[test]
    fn a_policy_that_a_person_named_sets_rates_and_everything_else_lowers_them() {
        use PolicyOrigin::{Discovered, Named};
        let usual = Rates::default();
        let reads = |rate| usual.with(Class::Read, rate);
        let second = |count| Rate::per_second(count, count);
        assert_eq!(granted(Named, "", ""), usual);
        assert_eq!(granted(Named, "reads: 1000000/s", ""), reads(second(1_000_000)));
        assert_eq!(granted(Discovered, "reads: 1000000/s", ""), usual);
        assert_eq!(granted(Discovered, "reads: 10/s", ""), reads(second(10)));
        assert_eq!(granted(Named, "reads: 1000000/s", r#""reads": "9/s""#), reads(second(9)));
        assert_eq!(granted(Named, "reads: 5/s", r#""reads": "9/s""#), reads(second(5)));
        assert_eq!(granted(Named, "", r#""reads": "1000000/s""#), usual);
        let bytes = usual.with_bytes(second(4 << 20));
        assert_eq!(granted(Discovered, "bytes: 8MB/s", r#""bytes": "4MB/s""#), bytes);
    }

    #[test]
    fn files_name_the_classes() {
        let classes = Class::ALL.iter().map(|class| class.as_str());
        let known: Vec<&str> = classes.chain([BYTES]).collect();
        assert_eq!(known, aether_manifest::RATED);
    }

    #[test]
    fn every_method_has_its_class() {
        use aether_protocol::v1::{METHODS, Side, method};
        let classes = [
            (method::BUNDLE_READ, Class::Read),
            (method::BUNDLE_LIST, Class::Read),
            (method::BUNDLE_CODE, Class::Read),
            (method::BUNDLE_KEEP, Class::Write),
            (method::FS_READ, Class::Read),
            (method::FS_LIST, Class::Read),
            (method::FS_STAT, Class::Read),
            (method::FS_WRITE, Class::Write),
            (method::FS_REMOVE, Class::Write),
            (method::FS_RENAME, Class::Write),
            (method::FS_MKDIR, Class::Write),
            (method::FS_OPEN, Class::Read),
            (method::FS_CLOSE, Class::Read),
            (method::FS_PREAD, Class::Read),
            (method::FS_PWRITE, Class::Write),
            (method::FS_RESIZE, Class::Write),
            (method::FS_FSTAT, Class::Read),
            (method::FS_LINK, Class::Write),
            (method::FS_SYMLINK, Class::Write),
            (method::FS_READLINK, Class::Read),
            (method::FS_CHMOD, Class::Write),
            (method::FS_UTIMES, Class::Write),
            (method::ENV_GET, Class::Read),
            (method::ENV_LIST, Class::Read),
            (method::KV_GET, Class::Read),
            (method::KV_LIST, Class::Read),
            (method::KV_SET, Class::Write),
            (method::KV_DELETE, Class::Write),
            (method::LOG_WRITE, Class::Tell),
            (method::CALL_PROGRESS, Class::Tell),
            (method::CALL_CHUNK, Class::Write),
            (method::HTTP_FETCH, Class::Network),
            (method::HTTP_READ, Class::Read),
            (method::HTTP_CLOSE, Class::Read),
            (method::PLUGINS_CALL, Class::Run),
            (method::COMMAND_RUN, Class::Run),
            (method::EVENTS_EMIT, Class::Tell),
            (method::DEBUG_STOPPED, Class::Tell),
            (method::EVENTS_ON, Class::Tell),
            (method::EVENTS_OFF, Class::Tell),
            (method::TOKEN_REQUEST, Class::Ask),
            (method::TOKEN_NARROW, Class::Write),
            (method::TOKEN_DROP, Class::Write),
            (method::SECRET_GET, Class::Read),
            (method::TIME_EXTEND, Class::Read),
            (method::MEMORY_EXTEND, Class::Read),
            (method::BLOB_CREATE, Class::Write),
            (method::BLOB_OPEN, Class::Read),
            (method::BLOB_SEND, Class::Write),
            (method::BLOB_DROP, Class::Write),
        ];
        for (name, class) in classes {
            assert_eq!(Class::of(name), class, "{name}");
        }
        for method in METHODS.iter().filter(|method| method.from == Side::Cell) {
            let stands = classes.iter().filter(|(name, _)| *name == method.name).count();
            assert_eq!(stands, 1, "{}: say of which class it is", method.name);
        }
        for name in ["nothing", ""] {
            assert_eq!(Class::of(name), Class::Read, "{name:?}");
        }
        for (index, class) in Class::ALL.into_iter().enumerate() {
            assert_eq!(class as usize, index);
        }
    }

    #[test]
    fn a_refused_call_takes_nothing_and_says_how_long_to_wait() {
        let start = Instant::now();
        let rates = Rates::default()
            .with(Class::Write, Rate::per_second(2, 1))
            .with_bytes(Rate::per_second(100, 10));
        let mut meters = Meters::new(&rates, start);
        meters.take(Class::Write, 100, start).unwrap();
        let exceeded = meters.take(Class::Write, 50, start).unwrap_err();
        assert_eq!((exceeded.what, exceeded.retry_after_ms), ("bytes", Some(5_000)));
        meters.take(Class::Write, 0, start).unwrap();
        let exceeded = meters.take(Class::Write, 0, start).unwrap_err();
        assert_eq!((exceeded.what, exceeded.retry_after_ms), ("writes", Some(1_000)));
        meters.take(Class::Read, 0, start).unwrap();
        let error = RpcError::from(exceeded);
        assert_eq!(
            (error.code, error.data["retry_after_ms"].as_u64()),
            (Code::RateLimited, Some(1_000))
        );
        let exceeded = meters.take(Class::Write, 101, start).unwrap_err();
        assert_eq!((exceeded.what, exceeded.retry_after_ms), ("bytes", None));
        assert_eq!(RpcError::from(exceeded).code, Code::QuotaExceeded);
        meters.change(&rates.with(Class::Read, Rate::per_second(1, 1)), start);
        meters.take(Class::Read, 0, start).unwrap();
        assert!(meters.take(Class::Read, 0, start).is_err());
    }

    proptest! {
        /// Moments in any order, the earlier ones too.
        #[test]
        fn no_window_has_more_than_is_allowed(
            at_once in 1..50_u64,
            refill in 1..1_000_u64,
            period_us in 1..3_000_000_u64,
            calls in prop::collection::vec((0..400_000_u64, any::<bool>(), 1..60_u64), 1..120),
        ) {
            let rate = Rate::new(at_once, refill, Duration::from_micros(period_us));
            let start = Instant::now();
            let mut bucket = Bucket::new(rate, start);
            let (mut now, mut latest) = (0_u64, 0_u64);
            let mut taken: Vec<(u64, u64)> = Vec::new();
            for (step, back, units) in calls {
                now = if back { now.saturating_sub(step) } else { now + step };
                latest = latest.max(now);
                match bucket.take(units, start + Duration::from_micros(now)) {
                    Ok(()) => taken.push((latest, units)),
                    Err(Lack::Forever) => prop_assert!(units > at_once),
                    Err(Lack::For(wait)) => {
                        // It is enough to wait so long, and not a nanosecond less.
                        let at = start + Duration::from_micros(latest) + wait;
                        prop_assert_eq!(bucket.clone().take(units, at), Ok(()));
                        let before = at - Duration::from_nanos(1);
                        prop_assert!(bucket.clone().take(units, before).is_err());
                    }
                }
            }
            for from in 0..taken.len() {
                let mut sum = 0;
                for (at, units) in &taken[from..] {
                    sum += units;
                    let earned = u128::from(at - taken[from].0) * u128::from(refill) / u128::from(period_us);
                    prop_assert!(u128::from(sum) <= u128::from(at_once) + earned);
                }
            }
        }
    }
}
