//! What a cell has to do with other cells: the plugins that it calls, the events that it hears.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use aether_audit::{Kind, Verdict};
use aether_gateway::{Done, News};
use aether_manifest::TopicPattern;
use aether_protocol::v1::failure;
use aether_protocol::{Code, RpcError};
use serde_json::Value;

use super::end::broken;
use super::work::What;
use super::{GRACE, OpenCall, Running, SAMPLE_BUSY, Stage};
use crate::call::More;
use crate::host::millis;
use crate::others::{Node, Unmade};
use crate::{Ending, Event, Limit};

/// How long a plugin may take to deal with one event, or as long as one of its calls where that is
/// shorter. Events come unasked for: stops one that never answers from being a cell that nobody
/// waits for and that computes for ever. Shorter than a cell is waited for that is to end.
const EVENT_TIME: Duration = Duration::from_secs(5);

impl Running {
    /// Calls another plugin's method. It has as long as the call that lasts longest of those that
    /// are open: which of them asks cannot be known.
    pub(super) fn call_other(
        &mut self,
        number: u64,
        plugin: String,
        method: String,
        input: Value,
    ) -> Result<(), Ending> {
        let ends = self.ends();
        let wanted = self.calls.values().filter(|open| !open.is_cancelled());
        let until = match self.stage {
            Stage::Greeting | Stage::Loading => Some(self.load_until),
            _ => wanted.map(ends).max(),
        };
        // The host's own grace is not the plugin's.
        let until = until.and_then(|until| until.checked_sub(GRACE));
        let Some(until) = until.filter(|until| *until > Instant::now()) else {
            let error = RpcError::new(Code::Plugin, "no time is left for the call");
            let error = error.with("kind", failure::TIMEOUT);
            return self.finish_work(number, Done::Called(Err(error)));
        };
        let driver = &mut self.driver;
        match driver.outside.host.pass(
            &node_of(driver.offered, driver.number, &driver.plugin),
            driver.number,
            &plugin,
        ) {
            Ok(passage) => {
                let leash = passage.leash();
                let call = move |_: &_| Done::Called(passage.call(&method, input, until));
                self.begin_errand(number, What::Call(leash));
                self.driver.outside.aside(number, call);
                Ok(())
            }
            Err(unmade) => {
                let error = match unmade {
                    Unmade::Refused(why) => {
                        let target = format!("{plugin}.{method}");
                        driver.outside.host.note_uncalled(driver.number, &plugin, target, &why.why);
                        driver.door.refuse_call(&format!("{plugin}.{method}"), why)
                    }
                    Unmade::Missing(error) => error,
                    Unmade::Busy(error) => {
                        let target = format!("{plugin}.{method}");
                        self.audit(Kind::Limit, "plugins.call", Verdict::Limited, &target)?;
                        error
                    }
                };
                self.finish_work(number, Done::Called(Err(error)))
            }
        }
    }

    /// The plugin tells of something.
    pub(super) fn emitted(&self, topic: String, data: Value) {
        let (cell, from) = (self.driver.number, &self.driver.plugin);
        let shared = &self.driver.outside.host.0;
        let heard_by = shared.hub.tell(Some(cell), from, &topic, &data.to_string());
        shared.offered.note_told(cell, &topic, &heard_by);
        self.tell(Event::Emitted { cell, topic, data });
    }

    /// The plugin listens for these from now on.
    pub(super) fn listens(&self, patterns: Vec<TopicPattern>) {
        let outside = &self.driver.outside;
        let waker = outside.waker.clone();
        outside.host.0.hub.listen(self.driver.number, patterns, move || waker.wake());
    }

    /// Tells the cell of the next event that waits, if it has dealt with the last.
    pub(super) fn tell_next(&mut self) -> Result<(), Ending> {
        if !matches!(self.stage, Stage::Serving) || self.leaves || self.hears.is_some() {
            return Ok(());
        }
        let Some(heard) = self.driver.outside.host.0.hub.next(self.driver.number) else {
            return Ok(());
        };
        // While it is busy with calls it cannot be asked to deal with anything else.
        let busy = self.calls.values().map(|open| open.until).max();
        let busy =
            busy.map_or(Duration::ZERO, |busy| busy.saturating_duration_since(Instant::now()));
        let limit = EVENT_TIME.min(self.driver.load_limit).max(busy);
        let deadline_ms = millis(limit);
        let news = News {
            topic: &heard.topic,
            from: &heard.from,
            data: &heard.data,
            dropped: heard.dropped,
        };
        let sent = self.driver.door.event(&news, deadline_ms);
        let (id, outgoing) = sent.map_err(|error| broken(&error))?;
        let event = self.driver.auditor.event(Kind::Call, "event", Verdict::Allowed);
        let from = if heard.from.is_empty() { "the host" } else { &heard.from };
        let mut event = event.object(&heard.topic).detail("from", from);
        if heard.dropped > 0 {
            event = event.detail("dropped", i64::try_from(heard.dropped).unwrap_or(i64::MAX));
        }
        self.write(&event)?;
        // Nobody waits for its answer.
        let (answer, _) = channel();
        let until = Instant::now() + limit + GRACE;
        let open = OpenCall {
            gave: false,
            pieces: None,
            method: heard.topic.to_string(),
            limit,
            until,
            latest: until,
            joined: None,
            late: Limit::Time(limit),
            answer,
            more: More::default(),
            cancelled: Arc::new(AtomicBool::new(false)),
            stood: Duration::ZERO,
            by_plugin: false,
            told: false,
        };
        self.calls.insert(id, open);
        self.hears = Some(id);
        self.next_sample = self.next_sample.min(Instant::now() + SAMPLE_BUSY);
        self.send(outgoing)?;
        self.hold(id)
    }

    /// A call has begun, with which the cell may be busy so long: the event that it deals with has
    /// no less.
    pub(super) fn extend_event(&mut self, until: Instant) -> Result<(), Ending> {
        let Some(event) = self.hears else { return Ok(()) };
        let Some(open) = self.calls.get_mut(&event) else { return Ok(()) };
        let more = until.saturating_duration_since(open.until);
        if more.is_zero() {
            return Ok(());
        }
        open.lengthen(more);
        let ms = millis(more);
        let line = self.driver.door.extend(event, ms).map_err(|error| broken(&error))?;
        self.send(line)
    }

    /// Whether the cell, which is to end, deals with an event: it may end that, within the time of
    /// one.
    pub(super) fn may_end_its_event(&mut self) -> bool {
        let Some(open) = self.hears.and_then(|event| self.calls.get_mut(&event)) else {
            return false;
        };
        open.until = open.until.min(Instant::now() + EVENT_TIME + GRACE);
        true
    }

    /// The cell has dealt with an event.
    pub(super) fn heard(
        &mut self,
        request: u64,
        outcome: Result<(), RpcError>,
    ) -> Result<(), Ending> {
        let Some(open) = self.calls.remove(&request) else { return Ok(()) };
        self.hears = None;
        self.watch.set(self.deadlines().into_iter().min());
        let kept = self.driver.door.flush_values();
        if let Err(error) = &outcome
            && let Some(limit) = self.limit_in(error, open.limit)
        {
            return Err(Ending::Limit(limit));
        }
        let verdict =
            if outcome.is_ok() && kept.is_ok() { Verdict::Allowed } else { Verdict::Failed };
        self.audit(Kind::CallEnd, "event", verdict, &open.method)?;
        self.drop_unwanted()?;
        if self.leaves {
            return self.leave();
        }
        self.tell_next()
    }
}

/// The cell among those that call each other.
fn node_of(offered: bool, cell: u32, plugin: &str) -> Node {
    let plugin = plugin.to_owned();
    if offered { Node::Offered { plugin } } else { Node::Own { cell, plugin } }
}
