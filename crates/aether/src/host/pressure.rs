//! The machine under pressure: how much there is left of it, and which cells give way.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::sync::{Arc, Mutex, TryLockError};
use std::time::{Duration, Instant};

use aether_audit::{Event as Record, Kind, Verdict};
use aether_manifest::Priority as Written;
use aether_monitor::Rung;
use aether_monitor::pressure::{
    Answer, Candidate, Gauge, Halt, Load, PRESSURE_BYTES, Priority, Stall, Tier, victims,
};

use super::{Host, lock};
use crate::Event;
use crate::watch::Order;

/// How often the figures are taken.
const EVERY: Duration = Duration::from_secs(1);

/// After one cell was ended it is waited for so long whether that was enough.
const BETWEEN_ENDS: Duration = Duration::from_secs(10);

/// What work that waits for a processor or for storage counts for at most, in percent of the time.
/// Waiting for them is what sharing a machine is: it makes what matters less slower, and halts and ends
/// nobody. Memory that is used up ends somebody in any case. More than what makes a machine tight, and
/// less than what keeps it scarce: else whoever memory had halted would stay so for the processors.
const SHARED: f64 = 17.0;

/// What is used up for good, and not only shared.
const MEMORY: &str = "memory";

/// Where the figures come from, instead of the system.
pub type LoadSource = Arc<dyn Fn() -> Option<Load> + Send + Sync>;

/// How short the machine is, as far as it was looked at.
#[derive(Default)]
pub(super) struct Pressure(Mutex<State>);

#[derive(Default)]
struct State {
    gauge: Gauge,
    looked: Option<Instant>,
    ended: Option<Instant>,
    /// Of each cell that runs, so that none is halted and let go on by turns.
    halts: BTreeMap<u32, Halt>,
    /// Of what there was too little when it was last more than enough.
    of: &'static str,
}

impl Host {
    /// How short the machine is of memory, processors or storage, as far as it is known: it is looked at
    /// while cells run.
    #[must_use]
    pub fn pressure(&self) -> Tier {
        lock(&self.0.pressure.0).gauge.tier()
    }

    /// Of what there is too little to start a plugin that matters so much, if there is.
    pub(super) fn too_short_for(&self, priority: Written) -> Option<&'static str> {
        self.look_at_pressure();
        let state = lock(&self.0.pressure.0);
        let short = state.gauge.tier() >= Tier::Scarce && priority < Written::High;
        short.then_some(state.of)
    }

    /// Looks at the machine, where that was not done a moment ago, and has cells give way. Called by
    /// the drivers of cells: whoever is first looks for all.
    pub(crate) fn look_at_pressure(&self) {
        if !self.0.monitoring.pressure {
            return;
        }
        let mut state = match self.0.pressure.0.try_lock() {
            Ok(state) => state,
            // Another looks.
            Err(TryLockError::WouldBlock) => return,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        };
        let now = Instant::now();
        if state.looked.is_some_and(|looked| now.duration_since(looked) < EVERY) {
            return;
        }
        state.looked = Some(now);
        let load = match &self.0.monitoring.load {
            Some(source) => source(),
            None => system_load(),
        };
        // Where nobody tells, nobody is made to give way.
        let Some(load) = load else { return };
        let before = state.gauge.tier();
        let at = self.0.started.elapsed();
        let changed = state.gauge.take(at, &shared(load));
        let tier = state.gauge.tier();
        let (of, because) = worst(&load);
        if changed.is_some() && tier > before {
            state.of = of;
        }
        let of = state.of;
        let may_end = state.ended.is_none_or(|ended| now.duration_since(ended) >= BETWEEN_ENDS);
        if self.give_way(at, (tier, of), may_end, &mut state.halts) {
            state.ended = Some(now);
        }
        // Whoever is told may ask.
        drop(state);
        if let Some(tier) = changed {
            self.note_pressure(tier, before, of, &because);
        }
    }

    fn note_pressure(&self, tier: Tier, before: Tier, of: &str, because: &str) {
        let verdict = if tier > before { Verdict::Limited } else { Verdict::Noted };
        let record = Record::new(Kind::Pressure, tier.name(), verdict).object(because);
        // A log that cannot be written refuses what elevated operations there are by itself.
        drop(self.0.log.record(&record.detail("before", before.name())));
        if tier >= Tier::Tight && of == MEMORY {
            // Processes that no plugin has are the first that give way.
            self.0.spares.thin_out();
        }
        self.tell(&Event::Pressure { tier, because: because.to_owned() });
    }

    /// Has cells give way; whether one was told to end.
    fn give_way(
        &self,
        at: Duration,
        (tier, of): (Tier, &'static str),
        may_end: bool,
        halts: &mut BTreeMap<u32, Halt>,
    ) -> bool {
        let mut reins = lock(&self.0.reins);
        halts.retain(|number, _| reins.contains_key(number));
        let candidates: Vec<Candidate<u32>> = reins
            .iter()
            .map(|(number, reins)| {
                let view = lock(&reins.vitals);
                Candidate {
                    id: *number,
                    priority: match view.priority {
                        Written::Low => Priority::Low,
                        Written::Normal => Priority::Normal,
                        Written::High => Priority::High,
                    },
                    memory: view.sample.memory,
                    of_limit: view.of_memory(),
                    last_active: view.last_active,
                    busy: view.open_calls > 0,
                }
            })
            .collect();
        let answers = victims(&candidates, tier);
        let mut ended = false;
        for (number, reins) in reins.iter_mut() {
            let answer = answers.iter().find(|(id, _)| id == number).map(|(_, answer)| *answer);
            // Until it is seen what ending another has brought, it only waits.
            let wanted = answer.map(|it| if may_end { it } else { it.min(Answer::Pause) });
            let rung = match halts.entry(*number).or_default().heed(at, wanted) {
                None => Rung::Observe,
                Some(Answer::Throttle) => Rung::Throttle,
                Some(Answer::Pause) => Rung::Freeze,
                Some(Answer::Stop) => Rung::Kill,
            };
            if rung == reins.pressed {
                continue;
            }
            ended |= rung == Rung::Kill;
            reins.pressed = rung;
            reins.tell(Order::Press { rung, of });
        }
        ended
    }
}

/// What counts of a load.
fn shared(load: Load) -> Load {
    let at_most = |stall: Stall| Stall { some: stall.some.min(SHARED), full: 0.0 };
    Load { cpu: at_most(load.cpu), io: at_most(load.io), memory: load.memory }
}

/// Of what there is least, by what counts of it, and a sentence on it.
fn worst(load: &Load) -> (&'static str, String) {
    let counts = shared(*load);
    let all = [
        (MEMORY, counts.memory, load.memory),
        ("processors", counts.cpu, load.cpu),
        ("storage", counts.io, load.io),
    ];
    let worst = all.iter().max_by(|one, other| {
        one.1.some.total_cmp(&other.1.some).then(one.2.some.total_cmp(&other.2.some))
    });
    let (of, _, stall) = worst.copied().unwrap_or_default();
    (of, format!("work waited for {of} in {:.0} % of the last ten seconds", stall.some))
}

/// What the kernel says. Linux 4.20, where it was built with it.
fn system_load() -> Option<Load> {
    let read = |name: &str| {
        let mut text = String::new();
        let file = File::open(format!("/proc/pressure/{name}")).ok()?;
        file.take(PRESSURE_BYTES as u64 + 1).read_to_string(&mut text).ok()?;
        Stall::read(&text).ok()
    };
    Some(Load { cpu: read("cpu")?, memory: read("memory")?, io: read("io")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stall(some: f64, full: f64) -> Stall {
        Stall { some, full }
    }

    #[test]
    fn busy_processors_and_disks_halt_nobody() {
        let busy = Load { cpu: stall(95.0, 90.0), io: stall(80.0, 70.0), memory: stall(1.0, 0.0) };
        let mut gauge = Gauge::default();
        for second in 0..60 {
            gauge.take(Duration::from_secs(second), &shared(busy));
        }
        assert_eq!(gauge.tier(), Tier::Tight);
        assert_eq!(worst(&busy).0, "processors");
        let short = Load { memory: stall(60.0, 40.0), ..busy };
        for second in 60..80 {
            gauge.take(Duration::from_secs(second), &shared(short));
        }
        assert_eq!(gauge.tier(), Tier::Critical);
        let half = Load { memory: stall(40.0, 1.0), ..busy };
        assert_eq!(worst(&half).0, MEMORY, "what it is short of, not what is merely shared");
        for second in 80..180 {
            gauge.take(Duration::from_secs(second), &shared(busy));
        }
        assert_eq!(gauge.tier(), Tier::Tight, "there is memory again, however busy it is");
    }

    #[test]
    fn the_system_tells_or_is_silent() {
        let told = std::path::Path::new("/proc/pressure/memory").exists();
        assert_eq!(system_load().is_some(), told);
    }
}
