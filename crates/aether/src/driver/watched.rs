//! The monitor of one cell: what it is told, and what is done about what it finds.

use std::collections::BTreeMap;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use aether_audit::{Kind, Verdict};
use aether_gateway::{Denied, Event as DoorEvent};
use aether_manifest::Permission;
use aether_monitor::{
    Act, Finding, Leaving, Noted, Noticed, Offence, Rung, Sample as Figures, Step, Watcher,
};
use aether_policy::sensitive;
use aether_protocol::v1::method;
use aether_report::{EgressRecord, LadderStep};

use super::end::broken;
use super::{Running, Stage};
use crate::call::CallError;
use crate::host::{lock, millis};
use crate::record::Sample;
use crate::watch::{Order, Vitals, recorded};
use crate::{Ending, Event, Limit, Violation};

/// How long a cell may stand still before it is ended. A person has as long to look at it.
const STANDING: Duration = Duration::from_secs(300);

/// How long before it is halted a cell is told that its calls have more time: as long as it takes an
/// honest engine to read a message.
const NOTICE: Duration = Duration::from_millis(50);

/// When whoever calls a cell that stands still may try again.
const RETRY: Duration = Duration::from_secs(5);

/// What a cell that is slowed down has of its processor time: one in so many, and of its calls.
const SLOWED: u32 = 4;

/// Least share of a core of one that is slowed down, in thousandths: with less it could not even end.
const LEAST_CPU: u32 = 20;

/// Machines that are kept of one cell. Stops a plugin that tries many from filling the record.
const DESTINATIONS: usize = 256;

/// How often a cell is looked at closer that seems to rest.
const SURVEY: Duration = Duration::from_secs(2);

/// Steps that are kept of one cell.
const STEPS: usize = 256;

/// Acts of one cell that are kept in their order, where they are.
const TRACED: usize = 100_000;

/// Why a call of another plugin was refused that its caller never asked to be allowed.
const NOT_ASKED: &str = "its manifest does not have `plugins` for it";

/// Who takes a step for the machine's sake.
const PRESSURE: &str = "pressure";

/// Places of secrets that are remembered as such, so that each is judged once.
const JUDGED: usize = 256;

/// What is known of a cell's behaviour, and what was done about it.
pub(crate) struct Watched {
    watcher: Watcher,
    orders: Receiver<Order>,
    /// What the host sees of it, for who gives way.
    vitals: Vitals,
    /// What narrowing takes.
    drops: Vec<Permission>,
    /// How often figures are taken.
    every: Duration,
    /// It starts narrowed: a run before ended so.
    narrowed_before: Option<String>,
    /// Where a person has put it.
    imposed: Rung,
    /// What the machine's pressure has made of it, and of what there is too little.
    pressed: (Rung, &'static str),
    /// Where it stood when that was noted last.
    noted: Rung,
    /// What is in force.
    force: Force,
    /// Since when it stands still, or is about to.
    frozen: Option<Instant>,
    /// When it is halted, once it was told that its calls have more time.
    halts_at: Option<Instant>,
    looked: Option<Instant>,
    /// When it was looked at closer, and what it had used of the processor by then.
    surveyed: Option<(Instant, Duration)>,
    egress: BTreeMap<String, EgressRecord>,
    /// Requests and connections for those that were not kept, or made way.
    other_destinations: u64,
    steps: Vec<LadderStep>,
    /// What is sensitive, by path.
    judged: BTreeMap<String, bool>,
    /// What it did that was heard of when it had ended.
    pub(super) late: Vec<Act>,
    /// It was not to write files for some of its time.
    had_less: bool,
    /// What it did, where that is kept.
    trace: Option<Vec<String>>,
}

/// What is done to a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Force {
    slowed: bool,
    narrowed: bool,
    frozen: bool,
}

impl Watched {
    pub(crate) fn new(
        watcher: Watcher,
        (orders, vitals): (Receiver<Order>, Vitals),
        (drops, every): (Vec<Permission>, Duration),
        narrowed_before: Option<String>,
    ) -> Self {
        Self {
            watcher,
            orders,
            vitals,
            drops,
            every,
            narrowed_before,
            imposed: Rung::Observe,
            pressed: (Rung::Observe, ""),
            noted: Rung::Observe,
            force: Force::default(),
            frozen: None,
            halts_at: None,
            looked: None,
            surveyed: None,
            egress: BTreeMap::new(),
            other_destinations: 0,
            steps: Vec::new(),
            judged: BTreeMap::new(),
            late: Vec::new(),
            had_less: false,
            trace: None,
        }
    }

    /// Keeps what it does, in its order.
    pub(crate) fn tracing(mut self, traces: bool) -> Self {
        self.trace = traces.then(Vec::new);
        self
    }

    /// How often figures are taken.
    pub(super) const fn every(&self) -> Duration {
        self.every
    }

    /// How long it is until figures are to be taken.
    pub(super) fn looks_in(&self, now: Instant) -> Duration {
        let passed = self.looked.map_or(Duration::MAX, |last| now.duration_since(last));
        self.every.saturating_sub(passed)
    }

    /// Until when it may stand still, if it does.
    pub(super) fn stands_until(&self) -> Option<Instant> {
        self.frozen.map(|since| since + STANDING)
    }

    /// Whether a closer look can show anything new: what has had no time of the processor has opened and
    /// moved nothing. That is counted in steps, so that one which seems to rest is looked at too, seldom.
    fn is_worth_a_survey(&mut self, now: Instant, cpu: Duration) -> bool {
        let seen =
            self.surveyed.is_some_and(|(at, used)| used == cpu && now.duration_since(at) < SURVEY);
        if !seen {
            self.surveyed = Some((now, cpu));
        }
        !seen
    }

    /// What time it is for its calls: theirs stands still with it.
    pub(super) fn now(&self) -> Instant {
        self.frozen.unwrap_or_else(Instant::now)
    }

    /// When it is to be halted, if it is about to be.
    pub(super) const fn halts_at(&self) -> Option<Instant> {
        self.halts_at
    }

    pub(super) fn findings(&self) -> Vec<Noted> {
        let noted = self.watcher.findings().into_iter();
        noted.filter(|noted| is_news(&noted.finding)).collect()
    }

    pub(super) fn take_steps(&mut self) -> Vec<LadderStep> {
        std::mem::take(&mut self.steps)
    }

    pub(super) fn take_egress(&mut self) -> Vec<EgressRecord> {
        std::mem::take(&mut self.egress).into_values().collect()
    }

    /// What the monitor and the person have it stand on.
    fn rung(&self) -> Rung {
        let before = if self.narrowed_before.is_some() { Rung::Narrow } else { Rung::Observe };
        self.watcher.rung().max(self.imposed).max(before)
    }

    /// The same with what the machine's pressure has made of it.
    fn standing(&self) -> Rung {
        self.rung().max(self.pressed.0)
    }

    fn target(&self) -> Force {
        let (rung, pressed) = (self.rung(), self.pressed.0);
        Force {
            // What was taken from it stays so until it is given back; that it is slow ends when it has
            // been calm, and what an earlier run did slows down nobody.
            slowed: self.watcher.is_slowed() || self.imposed.max(pressed) >= Rung::Throttle,
            narrowed: rung >= Rung::Narrow,
            frozen: rung.max(pressed) >= Rung::Freeze,
        }
    }

    /// Requests and connections for machines that are not among those.
    pub(super) const fn other_destinations(&self) -> u64 {
        self.other_destinations
    }

    /// Whether writing files was taken from it at any time.
    pub(super) const fn had_less(&self) -> bool {
        self.had_less
    }

    pub(super) fn take_trace(&mut self) -> Vec<String> {
        self.trace.take().unwrap_or_default()
    }

    /// What is kept of a machine. Those that it was let talk to take the place of those that it was not.
    fn destination(&mut self, name: &str, at_ms: u64, allowed: bool) -> Option<&mut EgressRecord> {
        if !self.egress.contains_key(name) && self.egress.len() >= DESTINATIONS {
            let refused = self.egress.iter().find(|(_, known)| known.allowed == 0);
            let refused = refused.map(|(name, _)| name.clone()).filter(|_| allowed);
            let Some(gone) = refused.and_then(|name| self.egress.remove(&name)) else {
                self.other_destinations += 1;
                return None;
            };
            self.other_destinations = self.other_destinations.saturating_add(gone.refused);
        }
        let known = self.egress.entry(name.to_owned()).or_insert_with(|| EgressRecord {
            destination: name.to_owned(),
            first_ms: at_ms,
            ..EgressRecord::default()
        });
        known.last_ms = at_ms;
        Some(known)
    }

    /// Whether people keep secrets there.
    pub(super) fn is_sensitive(&mut self, path: &str) -> bool {
        if let Some(known) = self.judged.get(path) {
            return *known;
        }
        let is = sensitive::reached_by(path).is_some();
        if self.judged.len() < JUDGED {
            self.judged.insert(path.to_owned(), is);
        }
        is
    }
}

impl Running {
    /// What was in force when the plugin ran last is in force from the start.
    pub(super) fn begin_watched(&mut self) -> Result<(), Ending> {
        let Some(because) = self.driver.watched.narrowed_before.clone() else { return Ok(()) };
        let by = "an earlier run";
        self.note_step(by, 0, &because)?;
        self.stand()
    }

    /// Takes figures, and lets the monitor look at them.
    pub(super) fn look_at_figures(&mut self, now: Instant, open: usize) -> Result<(), Ending> {
        if !self.driver.watched.looks_in(now).is_zero() {
            return Ok(());
        }
        self.driver.watched.looked = Some(now);
        let host = &self.driver.outside.host;
        host.look_at_pressure();
        let Some(Sample { at, memory, cpu, calls, denials, processes, .. }) = self.samples.last()
        else {
            return Ok(());
        };
        if self.driver.watched.is_worth_a_survey(now, cpu) {
            self.surveyed = self.driver.cell.survey();
        }
        let [bytes_in, bytes_out] = self.driver.network.carried();
        let survey = self.surveyed;
        let figures = Figures {
            at,
            cpu,
            memory,
            read: survey.read,
            written: survey.written,
            processes: processes.into(),
            threads: survey.threads.into(),
            descriptors: survey.descriptors.into(),
            calls,
            bytes_in,
            bytes_out,
            denials,
        };
        let noticed = self.driver.watched.watcher.sample(figures, open);
        self.heed(noticed)?;
        // Without a step, too: it is slow for no longer than it has to be.
        self.stand()?;
        self.show(open);
        Ok(())
    }

    /// Lets others see how it is.
    fn show(&self, open: usize) {
        let (driver, watched) = (&self.driver, &self.driver.watched);
        let Some(sample) = self.samples.last() else { return };
        let mut view = lock(&watched.vitals);
        let passed = sample.at.saturating_sub(view.sample.at).as_secs_f64();
        let used = sample.cpu.saturating_sub(view.sample.cpu).as_secs_f64();
        view.cores = if passed > 0.0 { used / passed } else { 0.0 };
        view.sample = sample;
        view.memory_limit = driver.memory;
        view.open_calls = self.calls.len();
        if open > 0 {
            view.last_active = driver.outside.host.0.started.elapsed();
        }
        view.rung = watched.rung();
        view.risk = watched.watcher.risk();
        view.pressed = watched.pressed.0;
    }

    /// Tells the monitor of something that the cell did.
    pub(super) fn watch_act(&mut self, act: &Act) -> Result<(), Ending> {
        let at = self.samples.started().elapsed();
        let watched = &mut self.driver.watched;
        if let Some(trace) = &mut watched.trace
            && trace.len() < TRACED
        {
            trace.extend(act.class());
        }
        let noticed = watched.watcher.act(at, act);
        self.heed(noticed)
    }

    /// A request of the cell's was not allowed. The monitor is told with its permission.
    pub(super) fn note_unallowed(&self, method: &str, object: String) {
        if method == method::PLUGINS_CALL
            && let Some((callee, _)) = object.rsplit_once('.')
        {
            let callee = callee.to_owned();
            self.driver.outside.host.note_uncalled(self.driver.number, &callee, object, NOT_ASKED);
        }
    }

    /// A request of the cell's was answered.
    pub(super) fn watch_asked(&mut self, method: String, object: String) -> Result<(), Ending> {
        let act = match method.as_str() {
            "fs.read" | "fs.open" | "fs.pread" => {
                Act::Read { sensitive: self.driver.watched.is_sensitive(&object), place: object }
            }
            // What it was granted by name it was granted for use: an honest plugin that signs in
            // somewhere does just that.
            "env.get" | "secret.get" => Act::Read { sensitive: false, place: object },
            "plugins.call" => Act::Told { to: object, how: Leaving::Call },
            "events.emit" => Act::Told { to: object, how: Leaving::Event },
            "blob.send" => Act::Told { to: object, how: Leaving::Blob },
            "kv.set" => Act::Told { to: object, how: Leaving::Store },
            _ => Act::Call { method, argument: object },
        };
        self.watch_act(&act)
    }

    /// Something was denied. The monitor is told each time: whether it was told before is for it to
    /// remember.
    pub(super) fn watch_refused(
        &mut self,
        permission: String,
        object: String,
    ) -> Result<(), Ending> {
        let Some(act) = self.denial((permission, object)) else { return Ok(()) };
        self.watch_act(&act)
    }

    /// A limit was met for the first time.
    pub(super) fn watch_limit(&mut self, denied: &Denied) -> Result<(), Ending> {
        // What comes too fast is how it was slowed down, and nothing that it did.
        let is_own = denied.permission == Denied::RATE && self.driver.watched.force.slowed;
        if is_own || !denied.is_limit() {
            return Ok(());
        }
        self.watch_act(&Act::Limit { which: denied.permission.clone() })
    }

    /// The cell begins to talk to another machine, or may not.
    pub(super) fn watch_exchange(
        &mut self,
        destination: &str,
        allowed: bool,
    ) -> Result<(), Ending> {
        let at_ms = millis(self.samples.started().elapsed());
        if let Some(known) = self.driver.watched.destination(destination, at_ms, allowed) {
            known.allowed += u64::from(allowed);
            known.refused += u64::from(!allowed);
        }
        if !allowed {
            return Ok(());
        }
        self.watch_act(&Act::Egress { host: destination.to_owned() })
    }

    /// It has talked to it.
    pub(super) fn watch_transfer(&mut self, destination: &str, [received, sent]: [u64; 2]) {
        let at_ms = millis(self.samples.started().elapsed());
        if let Some(known) = self.driver.watched.egress.get_mut(destination) {
            known.last_ms = at_ms;
            known.bytes_in = known.bytes_in.saturating_add(received);
            known.bytes_out = known.bytes_out.saturating_add(sent);
        }
    }

    /// What somebody outside wants of it.
    pub(super) fn obey_orders(&mut self) -> Result<(), Ending> {
        while let Ok(order) = self.driver.watched.orders.try_recv() {
            match order {
                Order::Restore { by } => self.restore(&by)?,
                Order::Impose { rung, by } => {
                    self.driver.watched.imposed = rung;
                    self.note_step(&by, 0, &format!("{by} wanted it"))?;
                }
                Order::Press { rung, of } => {
                    self.driver.watched.pressed = (rung, of);
                    let because = match rung {
                        Rung::Observe => "there is enough again".to_owned(),
                        _ => format!("the machine is short of {of}"),
                    };
                    self.note_step(PRESSURE, 0, &because)?;
                }
            }
            self.stand()?;
        }
        Ok(())
    }

    fn restore(&mut self, by: &str) -> Result<(), Ending> {
        let at = self.samples.started().elapsed();
        drop(self.driver.watched.watcher.restore(at, by));
        self.driver.watched.imposed = Rung::Observe;
        self.driver.watched.narrowed_before = None;
        self.note_step(by, 0, &format!("{by} restored it"))
    }

    fn heed(&mut self, noticed: Noticed) -> Result<(), Ending> {
        let Noticed { findings, step } = noticed;
        for finding in findings.into_iter().filter(is_news) {
            self.note_finding(&finding)?;
            {
                let mut view = lock(&self.driver.watched.vitals);
                view.findings += 1;
                view.last_finding = Some(finding.sentence.clone());
            }
            self.tell_finding(finding);
        }
        let Some(step) = step else { return Ok(()) };
        self.note_step("monitor", step.risk, &step.because)?;
        self.remember(&step);
        self.stand()
    }

    fn tell_finding(&self, finding: Finding) {
        self.tell(Event::Finding { cell: self.driver.number, finding: Box::new(finding) });
    }

    fn note_finding(&self, finding: &Finding) -> Result<(), Ending> {
        let event = self.driver.auditor.event(Kind::Finding, finding.rule, Verdict::Noted);
        let evidence = finding.evidence.first().map_or("", String::as_str);
        let event = event
            .object(&finding.sentence)
            .detail("subject", &finding.subject)
            .detail("observed", &finding.observed)
            .detail("expected", &finding.expected)
            .detail("evidence", evidence)
            .detail("since_ms", millis(finding.since))
            .detail("sure", i64::from(finding.sure));
        self.write(&event)
    }

    /// Notes that the cell stands elsewhere than was noted last, if it does, and by whom.
    fn note_step(&mut self, by: &str, risk: u8, because: &str) -> Result<(), Ending> {
        let to = self.driver.watched.standing();
        let from = std::mem::replace(&mut self.driver.watched.noted, to);
        if from == to {
            return Ok(());
        }
        let verdict = if to > from { Verdict::Limited } else { Verdict::Noted };
        let event = self.driver.auditor.event(Kind::Ladder, to.name(), verdict);
        let event = event.object(because).detail("from", from.name()).detail("by", by);
        self.write(&event.detail("risk", i64::from(risk)))?;
        let step = LadderStep {
            at_ms: millis(self.samples.started().elapsed()),
            from: recorded(from),
            to: recorded(to),
            by: by.to_owned(),
            risk,
            because: because.to_owned(),
        };
        if self.driver.watched.steps.len() < STEPS {
            self.driver.watched.steps.push(step.clone());
        }
        self.tell(Event::Ladder { cell: self.driver.number, step });
        Ok(())
    }

    /// Puts into force what the ladder and the machine's pressure say.
    fn stand(&mut self) -> Result<(), Ending> {
        let (pressed, of) = self.driver.watched.pressed;
        if pressed == Rung::Kill {
            return Err(Ending::Limit(Limit::Pressure(of)));
        }
        if self.driver.watched.rung() == Rung::Kill {
            return Err(self.suspicious());
        }
        let (before, now) = (self.driver.watched.force, self.driver.watched.target());
        if before == now {
            return Ok(());
        }
        self.driver.watched.force = now;
        if before.slowed != now.slowed {
            self.slow_down(now.slowed);
        }
        if before.narrowed != now.narrowed {
            self.narrow(now.narrowed);
        }
        match (before.frozen, now.frozen) {
            (false, true) => self.freeze(),
            (true, false) => self.thaw(),
            _ => Ok(()),
        }
    }

    fn suspicious(&self) -> Ending {
        let steps = self.driver.watched.steps.iter().rev();
        let last = steps.into_iter().find(|step| step.by != PRESSURE);
        let because = last.map_or_else(String::new, |step| step.because.clone());
        Ending::Violation(Violation::Suspicious(because))
    }

    fn slow_down(&mut self, slow: bool) {
        let own = self.driver.grant.limits().cpu_millis;
        let share = slow.then(|| (own / SLOWED).max(LEAST_CPU));
        // Where the system does not let it, its calls are slowed down still.
        drop(self.driver.cell.set_cpu(share));
        self.driver.door.slow_down(if slow { SLOWED } else { 1 });
    }

    fn narrow(&mut self, narrow: bool) {
        let kinds = if narrow { self.driver.watched.drops.clone() } else { Vec::new() };
        self.driver.network.narrow(&kinds);
        self.driver.door.narrow(&kinds);
        self.driver.watched.had_less |= kinds.contains(&Permission::FilesystemWrite);
    }

    /// From now on it stands still, and so does the time of its calls.
    fn freeze(&mut self) -> Result<(), Ending> {
        let now = Instant::now();
        self.driver.watched.frozen = Some(now);
        self.driver.watched.halts_at = Some(now + NOTICE);
        self.release_cancelled();
        let calls: Vec<u64> = self.calls.keys().copied().collect();
        for call in calls {
            // An engine that watches its own deadline is to know. How long it takes it need not: the
            // host's clock counts.
            let line = self.driver.door.extend(call, millis(STANDING + NOTICE));
            self.outbox.push(line.map_err(|error| broken(&error))?);
            if let Some(open) = self.calls.get(&call) {
                open.more.add(STANDING);
            }
        }
        self.flush()
    }

    /// Answers those who have cancelled what stands still: the cell cannot.
    pub(super) fn release_cancelled(&self) {
        if self.driver.watched.frozen.is_none() {
            return;
        }
        for open in self.calls.values().filter(|open| open.told) {
            // Whoever was answered already does not hear it.
            drop(open.answer.send(Err(CallError::Cancelled)));
        }
    }

    /// How one ends that stands still and is to leave: it is not let go on for that.
    pub(super) fn leaves_halted(&self) -> Option<Ending> {
        self.driver.watched.frozen?;
        Some(match self.driver.watched.rung() >= Rung::Freeze {
            true => Ending::Killed,
            false => Ending::Normal,
        })
    }

    /// Halts it, when it has heard why.
    pub(super) fn halt(&mut self, now: Instant) -> Result<(), Ending> {
        if self.driver.watched.halts_at.is_none_or(|at| now < at) {
            return Ok(());
        }
        self.driver.watched.halts_at = None;
        // Where it is no process it cannot be halted, and is ended.
        self.driver.cell.freeze(true).map_err(|_| self.because_frozen())
    }

    fn thaw(&mut self) -> Result<(), Ending> {
        let Some(since) = self.driver.watched.frozen.take() else { return Ok(()) };
        let stood = since.elapsed();
        self.driver.watched.halts_at = None;
        self.outbox.excuse();
        self.load_until += stood;
        if let Stage::Program { until, .. } = &mut self.stage {
            *until += stood;
        }
        for open in self.calls.values_mut() {
            open.until += stood;
            open.latest += stood;
        }
        // Where it cannot go on it does not answer, and its calls' time ends it.
        drop(self.driver.cell.freeze(false));
        self.flush()
    }

    /// Why it is not called now, if it is not.
    pub(super) fn stands_still(&self) -> Option<CallError> {
        self.driver.watched.frozen?;
        let why = match self.driver.watched.pressed {
            (Rung::Freeze, of) => format!("the plugin waits, since the machine is short of {of}"),
            _ => "the monitor has halted the plugin".to_owned(),
        };
        Some(CallError::Degraded { why, retry_after: RETRY })
    }

    /// One that has stood still for too long is ended.
    pub(super) fn mind_the_frozen(&self, now: Instant) -> Result<(), Ending> {
        match self.driver.watched.stands_until() {
            Some(until) if now >= until => Err(self.because_frozen()),
            _ => Ok(()),
        }
    }

    /// How one ends that is not let go on: the machine's shortage is no fault of its own.
    fn because_frozen(&self) -> Ending {
        match self.driver.watched.pressed {
            (Rung::Freeze, of) if self.driver.watched.rung() < Rung::Freeze => {
                Ending::Limit(Limit::Pressure(of))
            }
            _ => self.suspicious(),
        }
    }

    /// What the monitor still has to say, when the cell has ended.
    pub(super) fn end_watched(&mut self, ending: &Ending) {
        let at = self.samples.started().elapsed();
        let last = match ending {
            Ending::Violation(violation) => offence(violation)
                .map(|offence| Act::Violation { offence, what: violation.to_string() }),
            Ending::Limit(limit) => Some(Act::Limit { which: limit.to_string() }),
            _ => None,
        };
        let late = std::mem::take(&mut self.driver.watched.late);
        let refused = std::iter::from_fn(|| self.driver.door.next_event());
        let refused = refused.filter_map(|event| match event {
            DoorEvent::Refused { permission, object } => Some((permission, object)),
            _ => None,
        });
        let refused: Vec<(String, String)> = refused.collect();
        let refused: Vec<Act> = refused.into_iter().filter_map(|one| self.denial(one)).collect();
        let watcher = &mut self.driver.watched.watcher;
        let acts = late.iter().chain(&refused).chain(&last);
        let mut noticed: Vec<Noticed> = acts.map(|act| watcher.act(at, act)).collect();
        noticed.push(watcher.end(at));
        for Noticed { findings, step } in noticed {
            for finding in findings.into_iter().filter(is_news) {
                // Nothing is left to refuse; a log that cannot be written shows as unclean.
                drop(self.note_finding(&finding));
                self.tell_finding(finding);
            }
            if let Some(step) = step {
                drop(self.note_step("monitor", step.risk, &step.because));
                self.remember(&step);
            }
        }
        let (host, grant) = (&self.driver.outside.host, &self.driver.grant);
        host.leave_history(grant, self.driver.watched.watcher.carried());
    }

    /// What was taken from it stays so when it is started again, until a person restores it.
    fn remember(&self, step: &Step) {
        if step.to >= Rung::Narrow && step.to > step.from {
            self.driver.outside.host.note_narrowed(&self.driver.grant, &step.because);
        }
    }

    /// A refusal, as the monitor is told of it. Limits it is told of as such.
    fn denial(&mut self, (permission, object): (String, String)) -> Option<Act> {
        if Denied::names_limit(&permission) {
            return None;
        }
        let is_of_files = permission.starts_with("filesystem.");
        let sensitive = is_of_files && self.driver.watched.is_sensitive(&object);
        Some(Act::Denied { permission, object, sensitive })
    }
}

/// What kind of offence a violation is; none where the monitor itself ended the cell, which is no news
/// to it.
const fn offence(violation: &Violation) -> Option<Offence> {
    match violation {
        Violation::Syscall(_) | Violation::KilledByFilter => Some(Offence::Escape),
        Violation::Protocol(_) | Violation::HungUp | Violation::Ungreeted => {
            Some(Offence::Protocol)
        }
        Violation::Restless => Some(Offence::Restless),
        Violation::Suspicious(_) => None,
    }
}

/// Whether a finding is more than what is told as a refusal already. Refusals add to the risk.
fn is_news(finding: &Finding) -> bool {
    finding.rule != "denied"
}
