//! What takes its time for a cell: a person's answer, a command, a request, another plugin.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use aether_container::Waker;
use aether_gateway::{Done, Question, Work};
use aether_protocol::v1::failure::CANCELLED;
use aether_protocol::{Code, RpcError};
use serde_json::Value;

use super::end::broken;
use super::{OpenCall, Piece, Running, Stage};
use crate::host::{Host, millis};
use crate::network::Fetch;
use crate::others::Leash;
use crate::{Ending, Limit};

/// How long a person is waited for. The plugin's own time stands still meanwhile, less what it
/// computes.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

/// How long one call's time may stand still, all questions together. Stops a plugin that asks again
/// and again from never reaching its deadline.
const STANDSTILL: Duration = Duration::from_secs(300);

/// How long a cell may take to need no more memory than it was started with, once the calls that had
/// more are over. Stops what one call was given from being kept for good.
const GIVE_BACK: Duration = Duration::from_secs(10);

/// Bytes of answers to requests that are kept for a cell while they come in, before all but the
/// oldest wait. Stops a plugin that makes many requests for much from filling its host's memory.
const COMING_IN: usize = 32 << 20;

/// Why nobody wants it any more.
const IS_OVER: &str = "the call that asked for it is over";

/// The error of what nobody wants any more.
fn cancelled(why: &str) -> RpcError {
    RpcError::new(Code::Plugin, why).with("kind", CANCELLED)
}

/// Where work is done, and where it comes back from.
pub(crate) struct Outside {
    pub(super) host: Host,
    /// The cell's.
    number: u32,
    say: Sender<(u64, Done)>,
    done: Receiver<(u64, Done)>,
    pub(super) waker: Waker,
    /// What is under way, by the number of its work.
    errands: BTreeMap<u64, Errand>,
    /// Answers that are read piece by piece, by the cell's numbers.
    streams: BTreeMap<u64, Stream>,
    /// While a person is asked.
    held: Option<Moment>,
}

/// A moment of a cell, by both of its clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    at: Instant,
    /// Processor time used before.
    cpu: Duration,
}

impl OpenCall {
    /// Gives it a later limit.
    pub(super) fn lengthen(&mut self, more: Duration) {
        self.until += more;
        self.latest += more;
        self.limit += more;
        self.late = Limit::Time(self.limit);
    }

    /// How long this call's time has stood still since a person is asked, or since it began, which is
    /// as long as nothing was computed.
    fn rested(&self, held: Moment, cpu: Duration, now: Instant) -> Duration {
        let since = self.joined.map_or(held, |joined| Moment {
            at: joined.at.max(held.at),
            cpu: joined.cpu.max(held.cpu),
        });
        now.saturating_duration_since(since.at).saturating_sub(cpu.saturating_sub(since.cpu))
    }
}

/// Work that is under way for a cell.
struct Errand {
    /// The calls that were open when it was asked for: one of them did. Empty while loading.
    behalf: BTreeSet<u64>,
    what: What,
}

/// An answer that is read piece by piece.
struct Stream {
    fetch: Fetch,
    /// As for errands.
    behalf: BTreeSet<u64>,
}

/// What of it there is to hold on to.
pub(super) enum What {
    /// A call of another plugin.
    Call(Leash),
    /// A command; the host ends it by its number.
    Run,
    /// A request.
    Fetch(Box<Fetch>),
    /// The head of an answer that is read piece by piece, by its number.
    Head(u64),
    /// The next piece of one.
    Piece(u64),
    /// A question that a person has not answered yet.
    Ask {
        /// Until when one is waited for.
        until: Instant,
        /// Cleared when nobody wants the answer any more.
        wanted: Arc<AtomicBool>,
    },
}

/// More memory than it was started with, for a while.
#[derive(Debug)]
pub(super) struct Raised {
    /// Bytes before.
    before: u64,
    /// What was given, and the calls that it is for: the most of it counts.
    given: Vec<(u64, Vec<u64>)>,
    /// With how much it is to make do, and since when it was told so.
    told: Option<(u64, Instant)>,
}

impl Outside {
    pub(crate) fn new(host: Host, number: u32, waker: Waker) -> Self {
        host.adopt(number);
        let (say, done) = channel();
        let (errands, streams) = (BTreeMap::new(), BTreeMap::new());
        Self { host, number, say, done, waker, errands, streams, held: None }
    }

    /// Does something on a thread of its own. What it comes to after the cell's end is dropped.
    pub(super) fn aside(&self, number: u64, act: impl FnOnce(&Host) -> Done + Send + 'static) {
        let (host, say, waker) = (self.host.clone(), self.say.clone(), self.waker.clone());
        let spawned = std::thread::Builder::new().name("aether-work".to_owned()).spawn(move || {
            // It may be the owner's closure that panics: whoever asked is answered all the same.
            let done = std::panic::catch_unwind(AssertUnwindSafe(|| act(&host)));
            // While the driver waits it holds the host too. Were this the last to do so, what the
            // host has still running would end here, after somebody was told that all had ended.
            drop(host);
            let done = done.unwrap_or_else(|_| {
                Done::Failed(RpcError::new(Code::Internal, "the host failed at it"))
            });
            drop(say.send((number, done)));
            waker.wake();
        });
        if let Err(error) = spawned {
            let error = RpcError::new(Code::Degraded, format!("no thread for it: {error}"));
            drop(self.say.send((number, Done::Failed(error))));
            self.waker.wake();
        }
    }
}

impl Errand {
    /// Nobody wants it any more. A request ends when it is dropped.
    fn drop_it(&self) {
        match &self.what {
            What::Call(leash) => leash.cancel(),
            What::Ask { wanted, .. } => wanted.store(false, Ordering::SeqCst),
            What::Run | What::Fetch(_) | What::Head(_) | What::Piece(_) => {}
        }
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.host.orphan(self.number);
        self.host.0.hub.leave(self.number);
        self.errands.values().for_each(|errand| errand.drop_it());
    }
}

impl Running {
    pub(super) fn begin_work(&mut self, number: u64, work: Work) -> Result<(), Ending> {
        match work {
            Work::Ask(question) => self.ask(number, question),
            Work::Run { name, input } => {
                let parent = (self.driver.number, number);
                let run = move |host: &Host| Done::Ran(host.run_command(parent, &name, input));
                self.begin_errand(number, What::Run);
                self.driver.outside.aside(number, run);
                Ok(())
            }
            Work::Fetch(fetching) => {
                let waker = self.driver.outside.waker.clone();
                let wake = Arc::new(move || waker.wake());
                let stream = fetching.request.stream;
                match (self.driver.network.fetch(&self.driver.cell, fetching, wake), stream) {
                    (Ok(fetch), None) => {
                        self.begin_errand(number, What::Fetch(Box::new(fetch)));
                        Ok(())
                    }
                    (Ok(fetch), Some(stream)) => {
                        let behalf = self.wanted();
                        self.driver.outside.streams.insert(stream, Stream { fetch, behalf });
                        self.begin_errand(number, What::Head(stream));
                        Ok(())
                    }
                    (Err(error), _) => self.finish_work(number, Done::Fetched(Err(error))),
                }
            }
            Work::Read { stream } => {
                self.begin_errand(number, What::Piece(stream));
                Ok(())
            }
            Work::Memory { bytes } => {
                let heap = self.more_memory(bytes)?;
                self.finish_work(number, Done::Memory(heap))
            }
            Work::Chunk { call, data } => self.hand_on(number, call, data),
            Work::Call { plugin, method, input } => self.call_other(number, plugin, method, input),
        }
    }

    /// Hands a piece of a result to whoever called, who says when it is taken.
    fn hand_on(&mut self, number: u64, call: u64, data: Value) -> Result<(), Ending> {
        let refused = match self.calls.get(&call) {
            None => RpcError::new(Code::InvalidRequest, "the call has ended"),
            Some(open) => match self.fits(&open.method, data) {
                Ok(data) => {
                    let (say, waker) =
                        (self.driver.outside.say.clone(), self.driver.outside.waker.clone());
                    let piece = Piece { number, data, say, waker };
                    let sent = open.pieces.as_ref().map(|pieces| pieces.send(piece));
                    match sent {
                        Some(Ok(())) => {
                            if let Some(open) = self.calls.get_mut(&call) {
                                open.gave = true;
                            }
                            return Ok(());
                        }
                        _ => RpcError::new(Code::InvalidRequest, "nobody wants it any more"),
                    }
                }
                Err(why) => RpcError::new(Code::InvalidParams, why),
            },
        };
        self.finish_work(number, Done::Taken(Err(refused)))
    }

    /// A piece, if the result that the manifest declares may be a list with it alone.
    fn fits(&self, method: &str, data: Value) -> Result<Value, String> {
        let mut alone = Value::Array(vec![data]);
        if let Err(unfit) = self.driver.contracts.check_result(method, &alone) {
            return Err(format!("a piece is not what the manifest declares: {unfit}"));
        }
        Ok(alone.get_mut(0).map(Value::take).unwrap_or_default())
    }

    /// What is done by now. Nothing while the cell does not read: answers are large.
    pub(super) fn take_done(&mut self) -> Result<(), Ending> {
        while !self.outbox.is_full()
            && let Ok((number, done)) = self.driver.outside.done.try_recv()
        {
            // One that is over already was answered for whoever was late.
            if self.driver.outside.errands.contains_key(&number) || matches!(done, Done::Taken(_)) {
                self.finish_work(number, done)?;
            }
        }
        Ok(())
    }

    pub(super) fn finish_work(&mut self, number: u64, done: Done) -> Result<(), Ending> {
        self.end_errand(number);
        if let Some(outgoing) = self.driver.door.finish(number, done) {
            self.outbox.push(outgoing);
        }
        self.take_events()?;
        self.flush()
    }

    /// Takes what has come in of answers to requests. Nothing while the cell does not read: the
    /// servers wait then.
    pub(super) fn take_fetches(&mut self) -> Result<(), Ending> {
        while !self.outbox.is_full()
            && let Some((number, done)) = self.next_of_streams().or_else(|| self.next_fetched())
        {
            self.finish_work(number, done)?;
        }
        Ok(())
    }

    /// The next head or piece that somebody waits for.
    fn next_of_streams(&mut self) -> Option<(u64, Done)> {
        let (outside, grant) = (&mut self.driver.outside, &self.driver.grant);
        let asks = outside.host.can_ask();
        let streams = &mut outside.streams;
        let mut next = outside.errands.iter().filter_map(|(number, errand)| {
            let (stream, done) = match errand.what {
                What::Head(stream) => {
                    let head = streams.get_mut(&stream)?.fetch.head(grant, asks)?;
                    (head.is_err().then_some(stream), Done::Fetched(head))
                }
                What::Piece(stream) => {
                    let piece = streams.get_mut(&stream)?.fetch.piece(grant, asks)?;
                    let is_over = piece.as_ref().map_or(true, |(_, is_end)| *is_end);
                    (is_over.then_some(stream), Done::Read(piece))
                }
                _ => return None,
            };
            Some((*number, stream, done))
        });
        let (number, over, done) = next.next()?;
        drop(next);
        over.map(|stream| outside.streams.remove(&stream));
        Some((number, done))
    }

    /// Nobody wants an answer any more: what is waited for of it has failed.
    pub(super) fn close_stream(&mut self, stream: u64) -> Result<(), Ending> {
        self.end_stream(stream, "the plugin has closed it")
    }

    fn end_stream(&mut self, stream: u64, why: &str) -> Result<(), Ending> {
        self.driver.outside.streams.remove(&stream);
        let waits = |(number, errand): (&u64, &Errand)| match errand.what {
            What::Head(of) | What::Piece(of) if of == stream => Some(*number),
            _ => None,
        };
        let waiting: Vec<u64> = self.driver.outside.errands.iter().filter_map(waits).collect();
        for number in waiting {
            self.finish_work(number, Done::Failed(cancelled(why)))?;
        }
        self.driver.door.end_stream(stream);
        Ok(())
    }

    /// The next request that is over.
    fn next_fetched(&mut self) -> Option<(u64, Done)> {
        let (outside, grant) = (&mut self.driver.outside, &self.driver.grant);
        let asks = outside.host.can_ask();
        let fetches =
            outside.errands.iter_mut().filter_map(|(number, errand)| match &mut errand.what {
                What::Fetch(fetch) => Some((*number, fetch)),
                _ => None,
            });
        let mut fetches: Vec<_> = fetches.collect();
        let here: usize = fetches.iter().map(|(_, fetch)| fetch.held()).sum();
        if here > COMING_IN {
            fetches.truncate(1);
        }
        let mut over = fetches
            .into_iter()
            .filter_map(|(number, fetch)| Some((number, Done::Fetched(fetch.turn(grant, asks)?))));
        over.next()
    }

    /// Asks a person. Meanwhile the calls' time stands still.
    fn ask(&mut self, number: u64, question: Question) -> Result<(), Ending> {
        let now = Instant::now();
        // A call whose time is over already has none that could stand still.
        if let Some(late) = self.calls.values().find(|call| now >= call.until) {
            return Err(Ending::Limit(late.late.clone()));
        }
        let stood = self.calls.values().map(|call| call.stood).max().unwrap_or_default();
        let patience = STANDSTILL.saturating_sub(stood).min(PATIENCE);
        if patience.is_zero() {
            let why = "the time of its call has stood still for as long as it may";
            return self.finish_work(number, Done::Unanswered(why));
        }
        let calls: Vec<u64> = self.calls.keys().copied().collect();
        let extra_ms = millis(patience);
        for call in calls {
            // The cell need not know how long it takes: the host's clock counts.
            let line = self.driver.door.extend(call, extra_ms).map_err(|error| broken(&error))?;
            self.outbox.push(line);
            if let Some(open) = self.calls.get(&call) {
                open.more.add(patience);
            }
        }
        let cpu = self.driver.cell.usage().cpu;
        self.driver.outside.held.get_or_insert(Moment { at: now, cpu });
        let wanted = Arc::new(AtomicBool::new(true));
        let until = now + patience;
        self.begin_errand(number, What::Ask { until, wanted: Arc::clone(&wanted) });
        let (plugin, cell) = (self.driver.plugin.clone(), self.driver.number);
        let ask = move |host: &Host| match host.elevate(&plugin, cell, &question, &wanted) {
            Some(yes) => Done::Answered(yes),
            None => Done::Unanswered("nobody was asked"),
        };
        self.driver.outside.aside(number, ask);
        self.flush()
    }

    /// A call has begun while a person is asked: its time stands still like that of the others.
    pub(super) fn hold(&mut self, call: u64) -> Result<(), Ending> {
        let Some(until) = self.patience_ends() else { return Ok(()) };
        let (now, cpu) = (Instant::now(), self.driver.cell.usage().cpu);
        let patience = until.saturating_duration_since(now);
        if let Some(open) = self.calls.get_mut(&call) {
            open.more.add(patience);
            open.joined = Some(Moment { at: now, cpu });
        }
        let extra_ms = millis(patience);
        let line = self.driver.door.extend(call, extra_ms).map_err(|error| broken(&error))?;
        self.send(line)
    }

    /// When a call's time is over that stands still while a person is asked, as far as is known now.
    pub(super) fn ends(&mut self) -> impl Fn(&OpenCall) -> Instant + use<> {
        let held = self.driver.outside.held;
        let cpu = held.map_or(Duration::ZERO, |_| self.driver.cell.usage().cpu);
        let now = Instant::now();
        move |call| match held {
            Some(held) if !call.told => call.until + call.rested(held, cpu, now),
            _ => call.until,
        }
    }

    /// Something is under way for the calls that are open now.
    pub(super) fn begin_errand(&mut self, number: u64, what: What) {
        let behalf = self.wanted();
        self.driver.outside.errands.insert(number, Errand { behalf, what });
    }

    /// The calls that are open and wanted now.
    fn wanted(&self) -> BTreeSet<u64> {
        let wanted = self.calls.iter().filter(|(_, open)| !open.is_cancelled());
        wanted.map(|(id, _)| *id).collect()
    }

    /// Something is over. With the last question the calls' time goes on.
    fn end_errand(&mut self, number: u64) {
        let Some(errand) = self.driver.outside.errands.remove(&number) else { return };
        errand.drop_it();
        if matches!(errand.what, What::Ask { .. })
            && self.patience_ends().is_none()
            && let Some(held) = self.driver.outside.held.take()
        {
            let (cpu, now) = (self.driver.cell.usage().cpu, Instant::now());
            for call in self.calls.values_mut().filter(|call| !call.told) {
                let rested = call.rested(held, cpu, now);
                call.until += rested;
                call.latest += rested;
                call.stood += rested;
            }
        }
    }

    /// Ends what was begun for calls of which none is wanted any more. Which of several asked for it
    /// cannot be known: it goes on while one is open.
    pub(super) fn drop_unwanted(&mut self) -> Result<(), Ending> {
        let (calls, loading) = (&self.calls, !matches!(self.stage, Stage::Serving));
        let is_wanted = |id: &u64| calls.get(id).is_some_and(|open| !open.is_cancelled());
        let is_unwanted = |behalf: &BTreeSet<u64>| match behalf.is_empty() {
            true => !loading,
            false => !behalf.iter().any(is_wanted),
        };
        let unwanted = |(stream, of): (&u64, &Stream)| is_unwanted(&of.behalf).then_some(*stream);
        let streams: Vec<u64> = self.driver.outside.streams.iter().filter_map(unwanted).collect();
        let unwanted =
            |(number, errand): (&u64, &Errand)| is_unwanted(&errand.behalf).then_some(*number);
        let unwanted: Vec<u64> = self.driver.outside.errands.iter().filter_map(unwanted).collect();
        for stream in streams {
            self.end_stream(stream, IS_OVER)?;
        }
        for number in unwanted {
            let Some(errand) = self.driver.outside.errands.get(&number) else { continue };
            match &errand.what {
                // These answer when they have ended.
                What::Call(leash) => leash.cancel(),
                What::Run => self.driver.outside.host.end_child(self.driver.number, number),
                What::Ask { .. } => self.finish_work(number, Done::Unanswered(IS_OVER))?,
                What::Fetch(_) | What::Head(_) | What::Piece(_) => {
                    self.finish_work(number, Done::Failed(cancelled(IS_OVER)))?;
                }
            }
        }
        Ok(())
    }

    /// When somebody who is asked is waited for no longer.
    pub(super) fn patience_ends(&self) -> Option<Instant> {
        let until = |errand: &Errand| match errand.what {
            What::Ask { until, .. } => Some(until),
            _ => None,
        };
        self.driver.outside.errands.values().filter_map(until).min()
    }

    /// Minds those who do not answer, and calls whose time is over: that of a cell that computes goes on
    /// while a person is asked.
    pub(super) fn mind_questions(&mut self, now: Instant) -> Result<(), Ending> {
        let late = |(number, errand): (&u64, &Errand)| match errand.what {
            What::Ask { until, .. } if now >= until => Some(*number),
            _ => None,
        };
        let late: Vec<u64> = self.driver.outside.errands.iter().filter_map(late).collect();
        for number in late {
            self.finish_work(number, Done::Unanswered("nobody has answered in time"))?;
        }
        let ends = self.ends();
        match self.calls.values().find(|call| now >= ends(call)) {
            Some(call) => Err(Ending::Limit(call.late.clone())),
            None => Ok(()),
        }
    }

    /// A call has more time.
    pub(super) fn extend(&mut self, call: u64, ms: u64) -> Result<(), Ending> {
        let more = Duration::from_millis(ms);
        // One that was cancelled has the time to tidy up, and no other.
        let Some(open) = self.calls.get_mut(&call).filter(|open| !open.told) else { return Ok(()) };
        open.lengthen(more);
        open.more.add(more);
        let line = self.driver.door.extend(call, ms).map_err(|error| broken(&error))?;
        self.send(line)
    }

    /// Lets the cell have more memory, until the calls that are open now have ended; gives the heap
    /// that its engine may have.
    fn more_memory(&mut self, bytes: u64) -> Result<Result<u64, RpcError>, Ending> {
        let before = self.raised.as_ref().map_or(self.driver.memory, |raised| raised.before);
        if bytes <= before {
            let text = format!("it has {before} bytes already");
            return Ok(Err(RpcError::new(Code::InvalidParams, text)));
        }
        let calls: Vec<u64> = self.calls.keys().copied().collect();
        let mut given = self.raised.take().map_or_else(Vec::new, |raised| raised.given);
        given.retain(|(_, calls)| calls.iter().any(|call| self.calls.contains_key(call)));
        given.push((bytes, calls));
        // Another call may have been given more, or not have given it back yet.
        let given_now = self.most_given(&given).unwrap_or_default();
        let most = given_now.max(bytes).max(self.driver.memory);
        let (process, heap) = self.parts(most);
        if let Err(error) = self.driver.cell.set_memory(process) {
            given.pop();
            self.raised = (!given.is_empty()).then_some(Raised { before, given, told: None });
            let text = format!("no more memory can be had: {error}");
            return Ok(Err(RpcError::new(Code::Degraded, text)));
        }
        let line = self.driver.door.memory(heap).map_err(|error| broken(&error))?;
        self.send(line)?;
        self.raised = Some(Raised { before, given, told: None });
        self.driver.memory = most;
        Ok(Ok(heap))
    }

    /// The most of what was given for calls that are open still.
    fn most_given(&self, given: &[(u64, Vec<u64>)]) -> Option<u64> {
        let is_open = |calls: &[u64]| calls.iter().any(|call| self.calls.contains_key(call));
        given.iter().filter(|(_, calls)| is_open(calls)).map(|(bytes, _)| *bytes).max()
    }

    /// Takes back what was given for calls that have ended, as soon as the cell does not use it.
    pub(super) fn take_memory_back(&mut self) -> Result<(), Ending> {
        let Some(raised) = &self.raised else { return Ok(()) };
        // What was given while it loads is for that.
        if matches!(self.stage, Stage::Greeting | Stage::Loading) {
            return Ok(());
        }
        let most = self.most_given(&raised.given);
        let (due, told) = (most.unwrap_or(raised.before), raised.told);
        if due >= self.driver.memory {
            return Ok(());
        }
        let (process, heap) = self.parts(due);
        let since = match told {
            Some((bytes, since)) if bytes == due => since,
            _ => {
                // The engine tidies up first; the process follows at one of the next looks.
                let line = self.driver.door.memory(heap).map_err(|error| broken(&error))?;
                self.send(line)?;
                Instant::now()
            }
        };
        if self.driver.cell.set_memory(process).is_ok() {
            self.driver.memory = due;
            match most {
                Some(_) => self.raised.iter_mut().for_each(|raised| raised.told = None),
                None => self.raised = None,
            }
        } else if since.elapsed() >= GIVE_BACK {
            return Err(Ending::Limit(Limit::Memory(due)));
        } else {
            self.raised.iter_mut().for_each(|raised| raised.told = Some((due, since)));
        }
        Ok(())
    }

    /// What of so much memory the process has, and what its engine's heap.
    fn parts(&self, bytes: u64) -> (u64, u64) {
        match self.driver.native {
            Some(_) => (bytes, bytes),
            None => (self.driver.engine.process(bytes), self.driver.engine.heap(bytes)),
        }
    }
}
