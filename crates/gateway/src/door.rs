//! The door: one line in, at most one line out.

use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use aether_audit::{Event as Record, Kind, Verdict};
use aether_manifest::{Permission, TopicPattern, show_size};
use aether_path::VirtualPath;
use aether_policy::grant::{Allowed, Denial, Grant, api_name};
use aether_protocol::limits::{LOG_TEXT_BYTES, cut};
use aether_protocol::v1::{
    BundleRead, Call, CallReply, Cancel, Data, DebugAttached, DebugMessage, DebugStopped, Empty,
    Extend, Hello, HelloReply, Load, LoadReply, Log, MemoryNow, Progress, method,
};
use aether_protocol::version::Fixed;
use aether_protocol::{
    Code, Id, Malformed, Message, Payload, PayloadError, RpcError, Versions, strict,
};
use serde::Serialize;
use serde_json::Value;

use crate::answer::{Answer, Blobs, Outgoing};
use crate::asked::{Asked, typed};
use crate::auditor::Auditor;
use crate::code::CodeSide;
use crate::files::OpenFiles;
use crate::pending::{Open, Pending, Pieces};
use crate::pool::Attach;
use crate::promised::Promised;
use crate::rate::{Class, Exceeded, Meters, Rates};
use crate::rights::{Right, Rights};
use crate::version::Spoken;
use crate::work::{Done, Owed, Rest, Work};
use crate::{Denied, Event, Ledger, Services, limits};

/// Why the door does not deal with a cell any more. The cell must be ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Expelled {
    /// Too many protocol violations; the last one is told.
    #[error("protocol violation: {0}")]
    Violation(String),
    /// It printed without end.
    #[error("more than {} MiB of log", limits::LOG_FLOOD_BYTES >> 20)]
    LogFlood,
}

/// What a request comes to.
#[derive(Debug)]
pub(crate) enum Reply {
    /// Its answer.
    Now(Answer),
    /// Work, and what is to be done after it.
    Later(Box<(Work, Rest)>),
}

impl Reply {
    pub(crate) fn later(work: Work, rest: Rest) -> Self {
        Self::Later(Box::new((work, rest)))
    }
}

/// Gives a program a file that its host has opened for it.
pub trait Lender: fmt::Debug + Send {
    /// Gives it one to be read, and no more than that: the number by which the program knows it.
    ///
    /// # Errors
    /// The system's.
    fn lend(&self, file: &File) -> io::Result<u64>;
}

/// One cell's door.
#[derive(Debug)]
pub struct Door {
    pub(crate) services: Services,
    pub(crate) rights: Rights,
    /// All that was granted, once something of it was taken away.
    whole: Option<Arc<Grant>>,
    pub(crate) auditor: Auditor,
    pub(crate) open: Open,
    /// Requests of the cell that are not yet answered.
    pub(crate) owed: Owed,
    pub(crate) ledger: Ledger,
    pub(crate) events: VecDeque<Event>,
    /// What it listens for.
    pub(crate) heard: Vec<TopicPattern>,
    /// The answers that it reads piece by piece, by its own numbers.
    pub(crate) streams: BTreeSet<u64>,
    /// The files that it has open.
    pub(crate) open_files: OpenFiles,
    /// What is left of its rates.
    meters: Arc<Mutex<Meters>>,
    /// What this cell alone may, while it is slowed down.
    slowed: Option<Meters>,
    /// The version that it speaks.
    spoken: Spoken,
    /// Set once the cell has answered `hello`: before, it may ask for nothing.
    greeted: bool,
    /// Whether descriptors may be sent to the cell.
    attaches: bool,
    /// Set where a person may debug the plugin: what has come of a message to a debugger.
    debugged: Option<String>,
    /// Whether each request is told of, and how it ended.
    traces: bool,
    /// What the request at hand is about.
    about: String,
    /// Whether files are reached through this door.
    files: bool,
    /// Who lends files to the program behind it, and how many were.
    pub(crate) lender: Option<Box<dyn Lender>>,
    pub(crate) lent: u32,
    /// Code that was compiled of its entry, or is to be.
    pub(crate) code: CodeSide,
    /// A violation within the current line: a broken claim of an attachment, a credit that was not
    /// there.
    pub(crate) broken_claim: Option<String>,
    /// What is attached to the current request was not claimed yet.
    unclaimed: bool,
    /// What the current request has been allowed, where its failure is to be written down as well.
    pub(crate) promised: Option<Promised>,
    /// The method of the current request; empty outside of one.
    call: String,
    /// Decoys that others have handed to it.
    handed: BTreeSet<String>,
    /// The files that the current request is about: where they really are.
    pub(crate) touched: Vec<VirtualPath>,
}

impl Door {
    /// A door with everything that may be reached through it.
    #[must_use]
    pub fn new(grant: Arc<Grant>, services: Services, auditor: Auditor) -> Self {
        let meters = Meters::new(&Rates::of(&grant), Instant::now());
        let meters = Arc::new(Mutex::new(meters));
        Self {
            services,
            rights: Rights(grant),
            whole: None,
            auditor,
            open: Open::default(),
            owed: Owed::default(),
            ledger: Ledger::new(),
            events: VecDeque::new(),
            heard: Vec::new(),
            streams: BTreeSet::new(),
            open_files: OpenFiles::default(),
            meters,
            slowed: None,
            spoken: Spoken::new(Versions::default()),
            greeted: false,
            attaches: false,
            debugged: None,
            traces: false,
            about: String::new(),
            files: true,
            lender: None,
            lent: 0,
            code: CodeSide::Nothing,
            broken_claim: None,
            unclaimed: false,
            promised: None,
            call: String::new(),
            handed: BTreeSet::new(),
            touched: Vec::new(),
        }
    }

    /// For a cell whose files are in a root of its own: asking for them here is refused.
    #[must_use]
    pub const fn without_files(mut self) -> Self {
        self.files = false;
        self
    }

    /// For a program that files can be lent to.
    pub fn set_lender(&mut self, lender: Box<dyn Lender>) {
        self.lender = Some(lender);
    }

    /// For a host that serves other versions of the protocol than this build does, or with other
    /// security fixes.
    #[must_use]
    pub fn with_versions(mut self, served: Versions) -> Self {
        self.spoken = Spoken::new(served);
        self
    }

    /// For a cell that is not the only one of its plugin: what one uses up, none of them has.
    #[must_use]
    pub fn with_meters(mut self, meters: Arc<Mutex<Meters>>) -> Self {
        self.meters = meters;
        self
    }

    /// For a cell that runs code which was compiled of its entry, or compiles it.
    pub fn set_code(&mut self, code: CodeSide) {
        self.code = code;
    }

    /// The security fixes that are in force for the version that the cell speaks.
    #[must_use]
    pub const fn fixed(&self) -> &Fixed {
        self.spoken.fixed()
    }

    /// The cell talks where no descriptors travel, whatever it answered.
    pub const fn never_attach(&mut self) {
        self.attaches = false;
    }

    /// Takes kinds of permission away, whatever was granted, from what is open too: files, and topics
    /// that it listens for. None of them gives all back that was.
    pub fn narrow(&mut self, kinds: &[Permission]) {
        let whole = self.whole.get_or_insert_with(|| Arc::clone(&self.rights.0));
        self.rights = Rights(match kinds {
            [] => Arc::clone(whole),
            kinds => Arc::new(whole.without(kinds)),
        });
        if !self.heard.is_empty() {
            self.events.push_back(Event::Listens(self.may_hear()));
        }
    }

    /// Whether something was taken away since the start, so that what is open has to be looked at again.
    pub(crate) const fn was_narrowed(&self) -> bool {
        self.whole.is_some()
    }

    /// Lets this cell ask so many times as slowly as its plugin may; 1 is as fast. Other cells of the
    /// plugin ask as before.
    pub fn slow_down(&mut self, factor: u32) {
        self.slowed = (factor > 1).then(|| {
            let rates = Rates::of(&self.rights.0).slowed(factor);
            let mut own = self.meters.lock().unwrap_or_else(PoisonError::into_inner).clone();
            own.change(&rates, Instant::now());
            own
        });
    }

    /// What the cell did so far.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The cell's changes to the virtual tree.
    #[must_use]
    pub const fn overlay(&self) -> &aether_overlay::Overlay {
        &self.services.overlay
    }

    /// Takes the next event.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Greets the cell.
    ///
    /// # Errors
    /// [`RpcError`] when the parameters do not serialise, which would be a bug.
    pub fn hello(&mut self, hello: &Hello) -> Result<Outgoing, RpcError> {
        self.spoken.offer(hello);
        self.ask(Pending::Hello, method::HELLO, hello).map(|(_, outgoing)| outgoing)
    }

    /// Asks the cell to load the plugin.
    ///
    /// # Errors
    /// As [`Door::hello`].
    pub fn load(&mut self, load: &Load) -> Result<Outgoing, RpcError> {
        self.ask(Pending::Load, method::LOAD, load).map(|(_, outgoing)| outgoing)
    }

    /// Asks the cell to compile the plugin without running it.
    ///
    /// # Errors
    /// As [`Door::hello`].
    pub fn compile(&mut self, load: &Load) -> Result<Outgoing, RpcError> {
        self.ask(Pending::Compile, method::COMPILE, load).map(|(_, outgoing)| outgoing)
    }

    /// Calls an exported method; gives the call's identifier.
    ///
    /// # Errors
    /// `InvalidParams` when the input is too large or nested too deep, or the name too long: a cell
    /// cannot be sent that.
    pub fn call(
        &mut self,
        name: &str,
        input: &Value,
        deadline_ms: u64,
    ) -> Result<(u64, Outgoing), RpcError> {
        self.call_for(None, name, input, deadline_ms, None)
    }

    /// The same for another plugin, which the cell is told of; with `credits`, the result comes in
    /// pieces, of which so many may be unanswered.
    ///
    /// # Errors
    /// As [`Door::call`].
    pub fn call_for(
        &mut self,
        caller: Option<&str>,
        name: &str,
        input: &Value,
        deadline_ms: u64,
        credits: Option<u32>,
    ) -> Result<(u64, Outgoing), RpcError> {
        check_call(name, input)?;
        let input = input.to_string();
        self.note_handed(input.as_bytes());
        let input = self.carried(Payload::json(input))?;
        let (method, caller) = (name.to_owned(), caller.map(str::to_owned));
        let call = Call { method, input: input.payload, deadline_ms, caller, credits };
        let pieces = Pieces::of(credits.unwrap_or(0));
        let (id, mut outgoing) =
            self.ask(Pending::Call { progress: 0, pieces, extended_ms: 0 }, method::CALL, &call)?;
        self.ledger.totals.bytes_out += input.attach.as_ref().map_or(0, Vec::len) as u64;
        outgoing.attach = input.attach.map(Attach::Bytes);
        Ok((id, outgoing))
    }

    /// Asks the cell to abort a call. Its answer still comes.
    ///
    /// # Errors
    /// As [`Door::hello`].
    pub fn cancel(&mut self, call: u64) -> Result<Outgoing, RpcError> {
        self.tell(method::CANCEL, &Cancel { id: call })
    }

    /// Tells the cell that a call has more time than it was told before.
    ///
    /// # Errors
    /// As [`Door::hello`].
    pub fn extend(&mut self, call: u64, ms: u64) -> Result<Outgoing, RpcError> {
        self.tell(method::EXTEND, &Extend { call, ms })
    }

    /// Tells the cell what heap its engine may have from now on.
    ///
    /// # Errors
    /// As [`Door::hello`].
    pub fn memory(&mut self, heap: u64) -> Result<Outgoing, RpcError> {
        self.tell(method::HEAP, &MemoryNow { heap })
    }

    /// A person may debug the plugin: what it says to a debugger is no breach of the protocol.
    pub fn let_debug(&mut self) {
        self.debugged = Some(String::new());
    }

    /// Tells of each request, [`Event::Traced`], and how it ended.
    pub const fn trace(&mut self) {
        self.traces = true;
    }

    /// A debugger comes, or is gone.
    ///
    /// # Errors
    /// As [`Door::hello`].
    pub fn debug_attached(&mut self, attached: &DebugAttached) -> Result<Outgoing, RpcError> {
        self.tell(method::DEBUG_ATTACHED, attached)
    }

    /// What a debugger says, in as many lines as it takes.
    ///
    /// # Errors
    /// As [`Door::hello`].
    pub fn debug(&mut self, message: &str) -> Result<Vec<Outgoing>, RpcError> {
        let mut lines = Vec::new();
        let mut rest = message;
        while !rest.is_empty() || lines.is_empty() {
            let piece = cut(rest, limits::DEBUG_PIECE_BYTES);
            rest = &rest[piece.len()..];
            let said = DebugMessage { text: piece.to_owned(), more: !rest.is_empty() };
            lines.push(self.tell(method::DEBUG_MESSAGE, &said)?);
        }
        Ok(lines)
    }

    /// What the cell says to its debugger, put together again.
    fn debug_said(&mut self, said: DebugMessage) -> Result<(), Expelled> {
        let Some(text) = &mut self.debugged else {
            return self.strike("debug.message: nobody debugs it");
        };
        text.push_str(&said.text);
        if text.len() > limits::DEBUG_BYTES {
            return self.strike("debug.message: longer than any message to a debugger");
        }
        if !said.more {
            let text = std::mem::take(text);
            self.events.push_back(Event::Debug(text));
        }
        Ok(())
    }

    /// Asks the cell to end in good order.
    ///
    /// # Errors
    /// As [`Door::hello`].
    pub fn shutdown(&mut self) -> Result<Outgoing, RpcError> {
        self.tell(method::SHUTDOWN, &Empty {})
    }

    /// Deals with one line from the cell.
    ///
    /// # Errors
    /// [`Expelled`] when the cell must be ended.
    pub fn receive(
        &mut self,
        line: &[u8],
        blobs: &mut dyn Blobs,
    ) -> Result<Option<Outgoing>, Expelled> {
        self.ledger.totals.bytes_in += line.len() as u64 + 1;
        self.broken_claim = None;
        self.look_for_decoys(line);
        let bytes = line.len() as u64;
        let outgoing = match Message::parse(line) {
            Ok(Message::Request { id, method, params }) => {
                self.answer(&id, method, params, bytes, blobs)?
            }
            Ok(Message::Notification { method, params }) => {
                self.notified(method, params, bytes)?;
                None
            }
            Ok(Message::Response { id, outcome }) => {
                self.returned(&id, outcome, blobs)?;
                None
            }
            Err(malformed) => {
                self.malformed(&malformed)?;
                None
            }
        };
        if let Some(reason) = self.broken_claim.take() {
            self.strike(&reason)?;
        }
        if let Some(outgoing) = &outgoing {
            self.count_out(outgoing);
        }
        Ok(outgoing)
    }

    /// Tells of texts in a line that nobody is to send anywhere, but for those that were handed to it.
    fn look_for_decoys(&mut self, line: &[u8]) {
        if self.rights.0.watching().tokens.is_empty() {
            return;
        }
        for name in self.decoys_in(line) {
            if !self.handed.contains(&name) {
                self.events.push_back(Event::Decoy(name));
            }
        }
    }

    /// The names of the decoys in a line, however its strings spell them.
    fn decoys_in(&self, line: &[u8]) -> Vec<String> {
        // What is not UTF-8 is refused as a whole, and so is what is no JSON.
        let Ok(line) = std::str::from_utf8(line) else { return Vec::new() };
        let spelt =
            line.contains("\\u").then(|| serde_json::from_str::<Value>(line).ok()).flatten();
        let texts = spelt.as_ref().map(strings_of).unwrap_or_default();
        let is_there =
            |token: &str| line.contains(token) || texts.iter().any(|text| text.contains(token));
        let tokens = self.rights.0.watching().tokens.iter();
        tokens.filter(|(_, text)| is_there(text)).map(|(name, _)| name.clone()).collect()
    }

    /// What another has handed to the cell is no theft of its own when it says it again.
    pub(crate) fn note_handed(&mut self, line: &[u8]) {
        if self.rights.0.watching().tokens.is_empty() {
            return;
        }
        for name in self.decoys_in(line) {
            self.handed.insert(name);
        }
    }

    /// Whether a decoy of this name was handed to the cell by somebody else.
    #[must_use]
    pub fn was_handed(&self, decoy: &str) -> bool {
        self.handed.contains(decoy)
    }

    fn count_out(&mut self, outgoing: &Outgoing) {
        let attached = outgoing.attach.as_ref().map_or(0, Attach::size);
        self.ledger.totals.bytes_out += outgoing.line.len() as u64 + attached;
    }

    /// A violation that the reader of the stream found, such as descriptors that nothing claims.
    ///
    /// # Errors
    /// [`Expelled`] when it was one too many.
    pub fn strike(&mut self, reason: &str) -> Result<(), Expelled> {
        // It may quote a whole line of the cell's.
        let reason = cut(reason, limits::RECORDED_BYTES);
        self.ledger.totals.strikes += 1;
        let event =
            self.auditor.event(Kind::Violation, "protocol", Verdict::Violation).object(reason);
        let unwritten = self.auditor.write(&event).is_err();
        self.events.push_back(Event::Struck(reason.to_owned()));
        if unwritten || self.ledger.totals.strikes >= limits::STRIKES {
            return Err(Expelled::Violation(reason.to_owned()));
        }
        Ok(())
    }

    fn malformed(&mut self, malformed: &Malformed) -> Result<(), Expelled> {
        self.strike(&malformed.to_string())
    }

    fn answer(
        &mut self,
        id: &Id,
        method: &str,
        params: &str,
        bytes: u64,
        blobs: &mut dyn Blobs,
    ) -> Result<Option<Outgoing>, Expelled> {
        self.ledger.totals.calls += 1;
        if self.owed.has(id) {
            self.drop_attached(method, params, blobs);
            self.strike("a request with the `id` of one that is not yet answered")?;
            let error = RpcError::new(Code::InvalidRequest, "the `id` is in use");
            return Ok(Some(self.spoken.answered(id, Err(error))));
        }
        if self.owed.len() >= limits::IN_FLIGHT as usize {
            self.drop_attached(method, params, blobs);
            self.strike("more requests than may be unanswered")?;
            let text = format!("{} requests are unanswered", limits::IN_FLIGHT);
            let error = RpcError::new(Code::InvalidRequest, text);
            return Ok(Some(self.spoken.answered(id, Err(error))));
        }
        let reply = self.dispatch(method, params, bytes, blobs);
        let promised = self.promised.take();
        let known = std::mem::take(&mut self.call);
        let reply = match reply {
            Ok(Reply::Now(answer)) => {
                self.traced(known, Ok(None));
                Ok(answer)
            }
            Ok(Reply::Later(later)) => {
                let (work, rest) = *later;
                let number = self.owed.add(id.clone(), &work, rest, promised);
                self.spoken.owe(number);
                self.traced(known, Ok(Some(number)));
                self.events.push_back(Event::Work { number, work });
                return Ok(None);
            }
            Err(error) => {
                self.traced(known, Err(error.code));
                Err(self.broken(promised, error))
            }
        };
        Ok(Some(self.spoken.answered(id, reply)))
    }

    /// Tells of a request that was answered, or whose work is under way.
    fn traced(&mut self, method: String, outcome: Result<Option<u64>, Code>) {
        if self.traces {
            let is_known = aether_protocol::v1::METHODS.iter().any(|known| known.name == method);
            let method = if is_known { method } else { "?".to_owned() };
            let object = std::mem::take(&mut self.about);
            self.events.push_back(Event::Traced { method, object, outcome });
        }
    }

    /// Answers a request whose work is done; nothing when it is not known.
    pub fn finish(&mut self, work: u64, done: Done) -> Option<Outgoing> {
        let (id, rest, promised) = self.owed.take(work)?;
        let outcome = self.concluded(rest, done);
        if self.traces {
            let failed = outcome.as_ref().err().map(|error| error.code);
            self.events.push_back(Event::Concluded { work, failed });
        }
        let outcome = outcome.map_err(|error| self.broken(promised, error));
        let outgoing = self.spoken.concluded(work, &id, outcome);
        self.count_out(&outgoing);
        Some(outgoing)
    }

    /// A request on its way, cheapest check first. Behind it are the cap on a frame, which is the
    /// reader's, and UTF-8, depth and envelope, which are those of [`Message::parse`].
    fn dispatch(
        &mut self,
        name: &str,
        params: &str,
        bytes: u64,
        blobs: &mut dyn Blobs,
    ) -> Result<Reply, RpcError> {
        // Whether it may ask at all, by a version that was agreed on.
        if let Err(error) = self.may_ask() {
            self.drop_attached(name, params, blobs);
            return Err(error);
        }
        // The method is known here, and its parameters are of their types.
        let form = self.spoken.asked(name, params);
        let known = form.as_ref().map_or(name, |form| &form.method);
        let class = Class::of(known);
        self.call.push_str(known);
        let asked = form.and_then(|form| Asked::read(&form.method, &form.params));
        let attached = asked.as_ref().ok().and_then(Asked::attached);
        self.unclaimed = attached.is_some();
        let asked = asked.and_then(|asked| self.known(asked));
        // What cannot be read was work too, and counts.
        let bytes = bytes.saturating_add(attached.unwrap_or(0));
        // Then permission, quota, the act itself and its record. What is attached is looked into only
        // when the handler finds that it may be.
        let on_time = self.keep_to_rates(class, bytes);
        let reply = on_time.and(asked).and_then(|asked| {
            self.touched.clear();
            let named = cut(asked.object(), limits::OBSERVED_BYTES).to_owned();
            if self.traces {
                self.about.clone_from(&named);
            }
            let reply = self.act(asked, blobs);
            self.observe(named, &reply);
            reply
        });
        self.drop_unclaimed(blobs);
        reply
    }

    /// Tells its owner what was asked for, who may compare it with what is usual. A path is where it
    /// really is: whoever watches for a place is not to be led past it by how it is written.
    fn observe(&mut self, named: String, reply: &Result<Reply, RpcError>) {
        if matches!(reply, Err(error) if error.code == Code::PermissionDenied) {
            self.events.push_back(Event::Unallowed { method: self.call.clone(), object: named });
            return;
        }
        if self.touched.is_empty() {
            self.events.push_back(Event::Asked { method: self.call.clone(), object: named });
        }
        for path in &self.touched {
            let object = cut(path.as_str(), limits::OBSERVED_BYTES).to_owned();
            self.events.push_back(Event::Asked { method: self.call.clone(), object });
        }
    }

    /// What is attached to a request that is refused unread.
    fn drop_attached(&mut self, name: &str, params: &str, blobs: &mut dyn Blobs) {
        let form = self.spoken.asked(name, params);
        let asked = form.and_then(|form| Asked::read(&form.method, &form.params));
        self.unclaimed = asked.is_ok_and(|asked| asked.attached().is_some());
        self.drop_unclaimed(blobs);
    }

    /// Nothing that is attached waits for the next line.
    fn drop_unclaimed(&mut self, blobs: &mut dyn Blobs) {
        if std::mem::take(&mut self.unclaimed)
            && let Err(reason) = blobs.skip()
        {
            self.broken_claim = Some(reason);
        }
    }

    fn may_ask(&self) -> Result<(), RpcError> {
        let refuse = |text: &str| Err(RpcError::new(Code::InvalidRequest, text));
        // An honest cell is at rest then. What an owned one reads without a deadline in force would
        // have no end.
        if !self.open.is_any() {
            return refuse("nothing can be asked for while no call is open");
        }
        if !self.greeted {
            return refuse("nothing can be asked for before `hello` is answered");
        }
        Ok(())
    }

    /// A native program has its files where it looks for them.
    fn known(&self, asked: Asked) -> Result<Asked, RpcError> {
        if self.files || !asked.is_about_files() {
            return Ok(asked);
        }
        let text = "a native plugin has its files in its own root: open them there";
        Err(RpcError::new(Code::MethodNotFound, text))
    }

    fn take_from_rates(&mut self, class: Class, bytes: u64) -> Result<(), Exceeded> {
        let now = Instant::now();
        let mut own = self.slowed.clone();
        if let Some(own) = &mut own {
            own.take(class, bytes, now)?;
        }
        self.meters.lock().unwrap_or_else(PoisonError::into_inner).take(class, bytes, now)?;
        // Counted by both, or by none.
        self.slowed = own;
        Ok(())
    }

    /// Refuses what comes too fast.
    pub(crate) fn keep_to_rates(&mut self, class: Class, bytes: u64) -> Result<(), RpcError> {
        let taken = self.take_from_rates(class, bytes);
        taken.inspect_err(|exceeded| self.note_too_fast(exceeded)).map_err(RpcError::from)
    }

    fn act(&mut self, asked: Asked, blobs: &mut dyn Blobs) -> Result<Reply, RpcError> {
        let answer = match asked {
            Asked::BundleRead(asked) => self.bundle_read(&asked),
            Asked::BundleList(_) => self.bundle_list(),
            Asked::BundleCode(asked) => self.bundle_code(asked),
            Asked::BundleKeep(asked) => self.bundle_keep(asked, blobs),
            Asked::FsRead(asked) => self.fs_read(asked),
            Asked::FsWrite(asked) => self.fs_write(asked, blobs),
            Asked::FsList(asked) => self.fs_list(asked),
            Asked::FsStat(asked) => self.fs_stat(&asked),
            Asked::FsRemove(asked) => self.fs_remove(asked),
            Asked::FsRename(asked) => self.fs_rename(asked),
            Asked::FsMkdir(asked) => self.fs_mkdir(asked),
            Asked::FsOpen(asked) => self.fs_open(&asked),
            Asked::FsClose(asked) => self.fs_close(&asked),
            Asked::FsPread(asked) => self.fs_pread(&asked),
            Asked::FsPwrite(asked) => self.fs_pwrite(asked, blobs),
            Asked::FsResize(asked) => self.fs_resize(&asked),
            Asked::FsFstat(asked) => self.fs_fstat(&asked),
            Asked::FsLink(asked) => self.fs_link(&asked),
            Asked::FsSymlink(asked) => self.fs_symlink(&asked),
            Asked::FsReadlink(asked) => self.fs_readlink(&asked),
            Asked::FsChmod(asked) => self.fs_chmod(&asked),
            Asked::FsUtimes(asked) => self.fs_utimes(&asked),
            Asked::EnvGet(asked) => self.env_get(asked),
            Asked::EnvList(asked) => self.env_list(asked),
            Asked::KvGet(asked) => self.kv_get(asked),
            Asked::KvSet(asked) => self.kv_set(asked, blobs),
            Asked::KvDelete(asked) => self.kv_delete(asked),
            Asked::KvList(asked) => self.kv_list(asked),
            Asked::TokenNarrow(asked) => self.token_narrow(asked),
            Asked::TokenDrop(asked) => self.token_drop(&asked),
            Asked::SecretGet(asked) => self.secret_get(&asked),
            Asked::TimeExtend(asked) => self.time_extend(&asked),
            Asked::BlobCreate(asked) => self.blob_create(asked, blobs),
            Asked::BlobOpen(asked) => self.blob_open(&asked),
            Asked::BlobSend(asked) => self.blob_send(&asked),
            Asked::BlobDrop(asked) => self.blob_drop(&asked),
            Asked::EventsEmit(asked) => self.events_emit(asked, blobs),
            Asked::EventsOn(asked) => self.events_on(&asked),
            Asked::EventsOff(asked) => self.events_off(&asked),
            Asked::HttpClose(asked) => self.http_close(asked),
            // What takes its time.
            Asked::TokenRequest(asked) => return self.token_request(asked),
            Asked::CommandRun(asked) => return self.command_run(asked, blobs),
            Asked::MemoryExtend(asked) => return self.memory_extend(&asked),
            Asked::HttpFetch(asked) => return self.http_fetch(asked, blobs),
            Asked::HttpRead(asked) => return self.http_read(asked),
            Asked::PluginsCall(asked) => return self.plugins_call(asked, blobs),
            Asked::CallChunk(asked) => return self.call_chunk(asked, blobs),
        };
        answer.map(Reply::Now)
    }

    fn notified(&mut self, name: &str, params: &str, bytes: u64) -> Result<(), Expelled> {
        let form = self.spoken.told(name, params);
        let class = Class::of(form.as_ref().map_or(name, |form| &form.method));
        // What a debugger asks for is no work of the plugin's.
        let debugs = form.as_ref().is_ok_and(|form| form.method.starts_with("debug."));
        let on_time = match debugs && self.debugged.is_some() {
            true => Ok(()),
            false => self.take_from_rates(class, bytes),
        };
        if let Err(exceeded) = &on_time {
            self.note_too_fast(exceeded);
        }
        let form = match form {
            Ok(form) => form,
            Err(error) => return self.strike(&format!("a notification: {error}")),
        };
        let params = &*form.params;
        match &*form.method {
            method::LOG_WRITE => match typed::<Log>(params) {
                Ok(log) => self.log(log, on_time.is_ok()),
                Err(error) => self.strike(&format!("log.write: {error}")),
            },
            method::CALL_PROGRESS => match typed::<Progress>(params) {
                Ok(progress) if on_time.is_ok() => self.progress(progress),
                Ok(_) => Ok(()),
                Err(error) => self.strike(&format!("call.progress: {error}")),
            },
            method::DEBUG_MESSAGE => match typed::<DebugMessage>(params) {
                Ok(said) => self.debug_said(said),
                Err(error) => self.strike(&format!("debug.message: {error}")),
            },
            method::DEBUG_STOPPED => match typed::<DebugStopped>(params) {
                Ok(said) if self.debugged.is_some() => {
                    self.events.push_back(Event::Stopped(said.stopped));
                    Ok(())
                }
                Ok(_) => self.strike("debug.stopped: nobody debugs it"),
                Err(error) => self.strike(&format!("debug.stopped: {error}")),
            },
            _ => self.strike("an unknown notification"),
        }
    }

    /// What is not on time is counted as if it had been, and dropped.
    pub(crate) fn log(&mut self, mut log: Log, on_time: bool) -> Result<(), Expelled> {
        let fields: usize =
            log.fields.iter().map(|(key, value)| key.len() + value.to_string().len()).sum();
        let bytes = (log.message.len() + fields) as u64 + 1;
        let before = self.ledger.totals.log_bytes;
        self.ledger.totals.log_bytes += bytes;
        if self.ledger.totals.log_bytes > limits::LOG_FLOOD_BYTES {
            return Err(Expelled::LogFlood);
        }
        if !on_time {
            self.ledger.totals.log_dropped += 1;
            return Ok(());
        }
        if self.ledger.totals.log_bytes <= limits::LOG_BYTES {
            log.message.truncate(cut(&log.message, LOG_TEXT_BYTES).len());
            let Log { level, message, fields } = log;
            self.events.push_back(Event::Log { level, message, fields });
            return Ok(());
        }
        self.ledger.totals.log_dropped += 1;
        if before <= limits::LOG_BYTES {
            let event = self.auditor.event(Kind::LogDrop, "log.write", Verdict::Limited);
            self.auditor
                .write(&event.detail("cap_bytes", limits::LOG_BYTES as i64))
                .map_err(|error| Expelled::Violation(format!("unrecorded: {error}")))?;
            self.events.push_back(Event::LogCapped);
        }
        Ok(())
    }

    fn progress(&mut self, progress: Progress) -> Result<(), Expelled> {
        let Progress { call, fraction, mut message } = progress;
        message.truncate(cut(&message, limits::PROGRESS_BYTES).len());
        match self.open.count_progress(call, limits::PROGRESS_NOTES) {
            Some(true) => self.events.push_back(Event::Progress {
                call,
                fraction: fraction.clamp(0.0, 1.0),
                message,
            }),
            Some(false) => {}
            // The call has ended meanwhile: no fault of the cell.
            None => {}
        }
        Ok(())
    }

    fn returned(
        &mut self,
        id: &Id,
        outcome: Result<&str, RpcError>,
        blobs: &mut dyn Blobs,
    ) -> Result<(), Expelled> {
        let known = match id {
            Id::Number(number) => self.open.take(*number).map(|pending| (*number, pending)),
            Id::Text(_) => None,
        };
        let Some((call, pending)) = known else {
            return self.strike("an answer to nothing");
        };
        let outcome = match pending {
            Pending::Hello => outcome.map(Cow::Borrowed),
            _ => self.spoken.returned(pending.method(), outcome),
        };
        let outcome = outcome.map_err(|error| {
            let mut error = error.bounded();
            // The codes below are the host's to give.
            if !matches!(
                error.code,
                Code::Plugin
                    | Code::UnsupportedVersion
                    | Code::MethodNotFound
                    | Code::InvalidParams
            ) {
                error.code = Code::Internal;
            }
            error
        });
        let event = match pending {
            Pending::Hello => {
                let mut reply = outcome
                    .and_then(|text| typed::<HelloReply>(&text))
                    .and_then(|reply| self.spoken.agree(reply));
                if let Ok(HelloReply { engine, .. }) = &mut reply {
                    engine.truncate(cut(engine, limits::ENGINE_NAME_BYTES).len());
                }
                self.greeted = reply.is_ok();
                self.attaches = reply.as_ref().is_ok_and(|reply| reply.attachments);
                Event::Greeted(reply)
            }
            Pending::Event => {
                let outcome = outcome.and_then(|text| typed::<Empty>(&text)).map(drop);
                return self.heard_event(call, outcome);
            }
            Pending::Load => Event::Loaded(outcome.and_then(|text| typed::<LoadReply>(&text))),
            Pending::Compile => Event::Loaded(
                outcome
                    .and_then(|text| typed::<Empty>(&text))
                    .map(|_| LoadReply { exports: Vec::new() }),
            ),
            Pending::Call { .. } => {
                let outcome = outcome.and_then(|text| self.output(&text, blobs));
                Event::Returned { call, outcome }
            }
        };
        self.events.push_back(event);
        Ok(())
    }

    /// What a method returned, validated as strictly as what it asks for.
    fn output(&mut self, text: &str, blobs: &mut dyn Blobs) -> Result<Value, RpcError> {
        let reply: CallReply = typed(text)?;
        let blob = self.claim(&reply.output, blobs)?;
        let text = reply.output.into_json_text(blob).map_err(|error| bad_payload(&error))?;
        strict::parse(&text).map_err(|error| bad_payload(&error.into()))
    }

    fn bundle_read(&mut self, asked: &BundleRead) -> Result<Answer, RpcError> {
        let Some(content) = self.services.bundle.get(&asked.path) else {
            let text = format!("{:?} is not in the plugin's bundle", asked.path);
            return Err(RpcError::new(Code::Io, text).with("code", "ENOENT"));
        };
        let outgoing = match std::str::from_utf8(content) {
            Ok(text) => Payload::text(text.to_owned()),
            Err(_) => Payload::bytes(content.to_vec()),
        };
        Answer::payload(self.carried(outgoing)?, |data| Data { data })
    }

    fn bundle_list(&self) -> Result<Answer, RpcError> {
        let paths: Vec<&String> = self.services.bundle.keys().collect();
        let text = serde_json::to_string(&paths).unwrap_or_default();
        Answer::payload(self.carried(Payload::json(text))?, |data| Data { data })
    }

    /// Whether descriptors can be sent to the cell.
    pub(crate) const fn attaches(&self) -> bool {
        self.attaches
    }

    /// A payload as this cell takes it.
    pub(crate) fn carried(
        &self,
        payload: Result<aether_protocol::payload::Outgoing, PayloadError>,
    ) -> Result<aether_protocol::payload::Outgoing, RpcError> {
        let carried = payload.and_then(|all| if self.attaches { Ok(all) } else { all.in_line() });
        carried.map_err(|error| bad_payload(&error))
    }

    /// The bytes of a blob payload; nothing for one that is in the line.
    pub(crate) fn claim(
        &mut self,
        payload: &Payload,
        blobs: &mut dyn Blobs,
    ) -> Result<Option<Vec<u8>>, RpcError> {
        let Some(size) = payload.blob_size() else { return Ok(None) };
        self.claimed(size, || blobs.claim(size)).map(Some)
    }

    /// What is attached, taken over as it is.
    pub(crate) fn keep(&mut self, size: u64, blobs: &mut dyn Blobs) -> Result<Attach, RpcError> {
        self.claimed(size, || blobs.keep(size))
    }

    fn claimed<T>(
        &mut self,
        size: u64,
        claim: impl FnOnce() -> Result<T, String>,
    ) -> Result<T, RpcError> {
        if size > aether_protocol::limits::PAYLOAD_BYTES {
            return Err(bad_payload(&PayloadError::TooLarge { size }));
        }
        self.unclaimed = false;
        match claim() {
            Ok(claimed) => {
                self.ledger.totals.bytes_in += size;
                Ok(claimed)
            }
            Err(reason) => {
                let error = RpcError::new(Code::InvalidParams, reason.clone());
                self.broken_claim = Some(reason);
                Err(error)
            }
        }
    }

    /// Whether a path may be used like that; a refusal is counted, told and recorded.
    pub(crate) fn allow_path(&mut self, path: &VirtualPath, right: Right) -> Result<(), RpcError> {
        let decided = self.rights.path(path, right);
        self.heed(decided)
    }

    /// Counts the line of the grant that allows something; a refusal is counted, told and recorded.
    pub(crate) fn heed(&mut self, decided: Result<Allowed, Denial>) -> Result<(), RpcError> {
        let allowed = decided.map_err(|denial| self.deny(denial))?;
        self.ledger.used(allowed.line);
        Ok(())
    }

    /// Whether a variable may be read.
    pub(crate) fn allow_env(&mut self, name: &str) -> Result<(), RpcError> {
        if name.len() > limits::ENV_NAME_BYTES {
            let text = format!("a variable's name has at most {} bytes", limits::ENV_NAME_BYTES);
            return Err(RpcError::new(Code::InvalidParams, text));
        }
        let decided = self.rights.0.may_env(name);
        self.heed(decided)
    }

    /// Writes down an allowed operation. What cannot be written down does not happen.
    pub(crate) fn record(&mut self, action: &str, object: Option<&str>) -> Result<(), RpcError> {
        let mut event = self.auditor.event(Kind::HostCall, action, Verdict::Allowed);
        if let Some(object) = object {
            event = event.object(cut(object, limits::RECORDED_BYTES));
        }
        self.written(&event)
    }

    /// What cannot be written down does not happen.
    pub(crate) fn written(&self, event: &Record<'_>) -> Result<(), RpcError> {
        self.auditor.write(event).map_err(|error| {
            let text = format!("refused: it cannot be written to the audit log: {error}");
            RpcError::new(Code::Internal, text)
        })
    }

    /// Writes down that something came too fast: of a flood, the calls whose number is a power of ten.
    fn note_too_fast(&mut self, exceeded: &Exceeded) {
        let what = exceeded.what;
        let is_manifests = self.rights.0.limits().rates.get(what).is_some();
        let more = exceeded.rate.twice().written(what);
        let (number, first) = self.ledger.too_fast(Denied {
            manifest_line: is_manifests.then(|| format!("\"rates\": {{ \"{what}\": \"{more}\" }}")),
            policy_line: (!is_manifests).then(|| format!("rates: {{ {what}: {more} }}")),
            ..Denied::of(
                Denied::RATE,
                what,
                format!("{exceeded}; allowed are {}", exceeded.rate.written(what)),
            )
        });
        if limits::is_power_of_ten(number) {
            let event = self.auditor.event(Kind::Limit, "rate", Verdict::Limited);
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            // It is refused whether or not this can be written.
            drop(self.auditor.write(&event.object(what).detail("refused", number)));
        }
        if let Some(first) = first {
            self.events.push_back(Event::Denied(first));
        }
    }

    /// Writes down that a plugin met a border within something allowed, such as a link that leads
    /// out of it.
    pub(crate) fn note_border(&mut self, object: &str, reason: &str) {
        self.note_exception(Denied::BORDER, object, reason, Verdict::Denied);
    }

    /// Writes down that a plugin used up what it may write.
    pub(crate) fn note_disk_limit(&mut self, object: &str, reason: &str) {
        self.note_exception(Denied::DISK_LIMIT, object, reason, Verdict::Limited);
    }

    /// Writes down a system call that a native program was refused. `object` is the call with what
    /// it was for, part of it the program's own words.
    pub fn note_system_call(&mut self, object: &str, reason: &str, fix: Option<String>) {
        let denied = Denied {
            manifest_line: fix,
            ..Denied::of(
                Denied::SYSTEM_CALL,
                cut(object, limits::RECORDED_BYTES),
                format!("{}: {reason}", cut(object, limits::RECORDED_BYTES)),
            )
        };
        self.note(denied, Verdict::Denied);
    }

    /// Writes down that a native program was denied what a grant could give it. `object` and part of
    /// the message are its own words.
    pub fn note_denied(
        &mut self,
        permission: &str,
        object: &str,
        message: &str,
        manifest_line: Option<String>,
    ) {
        let denied = Denied {
            manifest_line,
            ..Denied::of(
                permission,
                cut(object, limits::RECORDED_BYTES),
                cut(message, limits::RECORDED_BYTES),
            )
        };
        self.note(denied, Verdict::Denied);
    }

    /// Writes down that a native program has filled the room that it may write in.
    pub fn note_full(&mut self, most: u64) {
        let most = show_size(most);
        let reason =
            format!("nothing is left of the {most} that it may write, 4KB at least a file");
        self.note_disk_limit("write", &reason);
    }

    /// Writes down that a native program could not have more processes.
    pub fn note_process_limit(&mut self, most: u32) {
        let reason = format!("it may have {most} processes and threads at a time");
        self.note_exception(Denied::PROCESS_LIMIT, "fork", &reason, Verdict::Limited);
    }

    /// Writes down something that a native program wrote and that is not among its changes.
    pub fn note_left_out(&mut self, object: &str, reason: &str) {
        self.note_exception(
            Denied::LEFT_OUT,
            cut(object, limits::RECORDED_BYTES),
            reason,
            Verdict::Noted,
        );
    }

    /// Counts a use of a line of the grant that was decided on and recorded elsewhere.
    pub fn count_use(&mut self, line: usize) {
        self.ledger.used(line);
    }

    /// Counts and tells a refusal that was decided on and recorded elsewhere.
    pub fn count_denied(&mut self, denied: Denied) {
        let (permission, object) = (denied.permission.clone(), denied.object.clone());
        if let Some(first) = self.ledger.refused(denied) {
            self.events.push_back(Event::Denied(first));
        }
        self.events.push_back(Event::Refused { permission, object });
    }

    pub(crate) fn note_exception(
        &mut self,
        what: &str,
        object: &str,
        reason: &str,
        verdict: Verdict,
    ) {
        let denied = Denied::of(what, object, format!("{object}: {reason}"));
        self.note(denied, verdict);
    }

    pub(crate) fn deny(&mut self, denial: Denial) -> RpcError {
        let error = RpcError::new(Code::PermissionDenied, denial.message.clone())
            .with("permission", api_name(denial.permission))
            .with("resource", denial.resource.clone())
            .with("plugin", self.auditor.plugin())
            .with("fix", denial.manifest_line.clone());
        let denied = Denied {
            manifest_line: Some(denial.manifest_line),
            policy_line: Some(denial.policy_line),
            ..Denied::of(denial.permission.to_string(), denial.resource, denial.message)
        };
        self.note(denied, Verdict::Denied);
        error
    }

    fn note(&mut self, denied: Denied, verdict: Verdict) {
        let mut record = None;
        let total = self.ledger.totals.denials + 1;
        let weighty = self.ledger.weighty() + 1;
        let is_recorded = limits::is_recorded(total)
            || denied.is_weighty() && limits::is_recorded(u64::try_from(weighty).unwrap_or(total));
        if is_recorded {
            let event = self
                .auditor
                .event(Kind::Denied, &denied.permission, verdict)
                .object(&denied.object);
            let event = match &denied.manifest_line {
                Some(line) => event.rule(line),
                // Nothing would allow it, so that the reason is all there is.
                None => event.detail("why", cut(&denied.message, limits::RECORDED_BYTES)),
            };
            let event = match self.call.as_str() {
                "" => event,
                call => event.detail("call", call),
            };
            // A refusal stands whether or not it can be written; the log is poisoned then, and
            // everything that must be written to happen is refused from here on.
            record = self.auditor.log().record(&event).ok();
        }
        self.count_denied(denied.this_time(record, &self.call));
    }

    pub(crate) fn ask(
        &mut self,
        pending: Pending,
        name: &'static str,
        params: &impl Serialize,
    ) -> Result<(u64, Outgoing), RpcError> {
        let id = self.open.add(pending);
        let line = self.spoken.request(id, name, params).inspect_err(|_| {
            self.open.take(id);
        })?;
        self.ledger.totals.bytes_out += line.len() as u64;
        Ok((id, Outgoing { line, attach: None }))
    }

    fn tell(&mut self, name: &'static str, params: &impl Serialize) -> Result<Outgoing, RpcError> {
        let line = self.spoken.notification(name, params)?;
        self.ledger.totals.bytes_out += line.len() as u64;
        Ok(Outgoing { line, attach: None })
    }
}

fn check_call(name: &str, input: &Value) -> Result<(), RpcError> {
    let refuse = |text: String| Err(RpcError::new(Code::InvalidParams, text));
    if name.len() > limits::METHOD_NAME_BYTES {
        return refuse(format!(
            "the method's name is longer than {} bytes",
            limits::METHOD_NAME_BYTES
        ));
    }
    if is_deeper(input, limits::INPUT_DEPTH) {
        return refuse(format!("nested deeper than {} levels", limits::INPUT_DEPTH));
    }
    Ok(())
}

/// Every string of a value, keys too.
fn strings_of(value: &Value) -> Vec<&str> {
    let (mut found, mut open) = (Vec::new(), vec![value]);
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => found.push(text.as_str()),
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => {
                found.extend(fields.keys().map(String::as_str));
                open.extend(fields.values());
            }
            _ => {}
        }
    }
    found
}

/// Whether lists and objects nest deeper than so many levels. Recurses no deeper than that.
pub(crate) fn is_deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(|item| is_deeper(item, levels - 1)),
        Value::Object(entries) => {
            levels == 0 || entries.values().any(|item| is_deeper(item, levels - 1))
        }
        _ => false,
    }
}

pub(crate) fn bad_payload(error: &PayloadError) -> RpcError {
    RpcError::new(Code::InvalidParams, error.to_string())
}
