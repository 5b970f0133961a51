//! What the host asks of the cell, and what it answers.

use std::io::Write as _;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use aether_audit::{Kind, Verdict};
use aether_gateway::{Event as DoorEvent, ValuesError};
use aether_monitor::Act;
use aether_protocol::v1::{HelloReply, Load, LoadReply, failure};
use aether_protocol::{Code, RpcError};
use aether_schema::Unfit;
use serde_json::Value;

use super::end::broken;
use super::{Asked, GRACE, Loaded, OpenCall, Running, SAMPLE_BUSY, Stage};
use crate::call::{CallError, Misfit, PluginError};
use crate::host::millis;
use crate::{Ending, Event, Limit, Violation, private};

/// Pieces of a result that wait for whoever called, at most.
const CREDITS: u32 = 8;

/// Names of methods that a message lists.
const NAMES: usize = 20;

impl Running {
    pub(super) fn call(&mut self, asked: Asked) -> Result<(), Ending> {
        let Asked { method, input, limit, answer, more, cancelled, number, caller, pieces } = asked;
        if cancelled.load(Ordering::SeqCst) {
            self.note_cancelled(&method)?;
            drop(answer.send(Err(CallError::Cancelled)));
            return Ok(());
        }
        if let Some(error) = self.stands_still() {
            self.audit(Kind::Call, "call", Verdict::Limited, &method)?;
            drop(answer.send(Err(error)));
            return Ok(());
        }
        if let Some(error) = self.no_method(&method) {
            // The caller may have stopped waiting.
            drop(answer.send(Err(self.plugin_error(&error))));
            return Ok(());
        }
        if let Err(unfit) = self.driver.contracts.check_params(&method, &input) {
            self.audit_misfit(Kind::Call, Verdict::Denied, &method, &unfit)?;
            drop(answer.send(Err(CallError::Params(Box::new(Misfit { method, unfit })))));
            return Ok(());
        }
        let deadline_ms = millis(limit);
        let name = caller.as_ref().map(|caller| &*caller.plugin);
        let credits = pieces.as_ref().map(|_| CREDITS);
        let sent = self.driver.door.call_for(name, &method, &input, deadline_ms, credits);
        let (id, outgoing) = match sent {
            Ok(sent) => sent,
            Err(error) => {
                // The caller may have stopped waiting.
                drop(answer.send(Err(CallError::Input(error.message))));
                return Ok(());
            }
        };
        number.get_or_init(|| id);
        let event = self.driver.auditor.event(Kind::Call, "call", Verdict::Allowed).object(&method);
        self.write(&match &caller {
            Some(caller) => event.detail("caller", &*caller.plugin).detail("chain", &*caller.chain),
            None => event,
        })?;
        let until = Instant::now() + limit + GRACE;
        let late = Limit::Time(limit);
        let told = false;
        let by_plugin = caller.is_some();
        let open = OpenCall {
            method,
            limit,
            until,
            latest: until,
            joined: None,
            late,
            answer,
            gave: false,
            pieces,
            more,
            cancelled,
            stood: Duration::ZERO,
            by_plugin,
            told,
        };
        self.trace_call(id, &open.method);
        self.calls.insert(id, open);
        // It rests again when this has ended.
        self.rest = None;
        self.spare_for(until);
        self.next_sample = self.next_sample.min(Instant::now() + SAMPLE_BUSY);
        // A call is known to the cell before it hears of more time for it.
        self.send(outgoing)?;
        self.hold(id)?;
        self.extend_event(until)
    }

    /// Why a native plugin is not asked: engines look for their methods themselves, but a plugin of
    /// twenty lines may take every call for the one that it has.
    fn no_method(&self, method: &str) -> Option<RpcError> {
        let exports = self.exports.as_ref()?;
        if exports.iter().any(|name| name == method) {
            return None;
        }
        let shown: Vec<&str> = exports.iter().take(NAMES).map(String::as_str).collect();
        let there = match shown.is_empty() {
            true => "it exports none".to_owned(),
            false => format!("it exports `{}`", shown.join("`, `")),
        };
        let text = format!("the plugin has no method `{method}`; {there}");
        Some(RpcError::new(Code::Plugin, text).with("kind", failure::NO_METHOD))
    }

    pub(super) fn take_events(&mut self) -> Result<(), Ending> {
        while let Some(event) = self.driver.door.next_event() {
            match event {
                DoorEvent::Greeted(reply) => self.greeted(reply)?,
                DoorEvent::Loaded(reply) => self.loaded(reply)?,
                DoorEvent::Returned { call, outcome } => self.returned(call, outcome)?,
                DoorEvent::Log { level, message, fields } => {
                    self.tell(Event::Log { cell: self.driver.number, level, message, fields });
                }
                DoorEvent::LogCapped => self.tell(Event::LogCapped { cell: self.driver.number }),
                DoorEvent::Progress { call, fraction, message } => {
                    let cell = self.driver.number;
                    self.tell(Event::Progress { cell, call, fraction, message });
                }
                DoorEvent::Asked { method, object } => self.watch_asked(method, object)?,
                DoorEvent::Unallowed { method, object } => self.note_unallowed(&method, object),
                DoorEvent::Traced { method, object, outcome } => {
                    self.trace_asked(method, object, outcome);
                }
                DoorEvent::Concluded { work, failed } => self.trace_concluded(work, failed),
                DoorEvent::Decoy(name) => self.watch_act(&Act::Token { name })?,
                DoorEvent::Struck(what) => self.watch_act(&Act::Strike { what })?,
                DoorEvent::Refused { permission, object } => {
                    self.watch_refused(permission, object)?;
                }
                DoorEvent::Denied(denied) => {
                    self.watch_limit(&denied)?;
                    self.tell(Event::Denied { cell: self.driver.number, denied });
                }
                DoorEvent::Elevated(elevation) => {
                    self.tell(Event::Elevated { cell: self.driver.number, elevation });
                }
                DoorEvent::Close { stream } => self.close_stream(stream)?,
                DoorEvent::Extend { call, ms } => self.extend(call, ms)?,
                DoorEvent::Work { number, work } => self.begin_work(number, work)?,
                DoorEvent::Emitted { topic, data } => self.emitted(topic, data),
                DoorEvent::Listens(patterns) => self.listens(patterns),
                DoorEvent::Debug(message) => self.tell_debugger(&message),
                DoorEvent::Stopped(stopped) => self.stopped(stopped),
                DoorEvent::Heard { request, outcome } => self.heard(request, outcome)?,
            }
        }
        Ok(())
    }

    pub(super) fn greeted(&mut self, reply: Result<HelloReply, RpcError>) -> Result<(), Ending> {
        match reply {
            Ok(reply) => {
                self.greeting = Some(reply);
                self.stage = Stage::Loading;
                let load = Load { deadline_ms: millis(self.driver.load_limit) };
                let door = &mut self.driver.door;
                let line =
                    if self.driver.compile_only { door.compile(&load) } else { door.load(&load) };
                self.send(line.map_err(|error| broken(&error))?)
            }
            Err(error) => {
                self.say_loaded(Err(self.plugin_error(&error)));
                Err(Ending::Normal)
            }
        }
    }

    pub(super) fn loaded(&mut self, reply: Result<LoadReply, RpcError>) -> Result<(), Ending> {
        self.trace_loaded(reply.as_ref().err().map(|error| error.code));
        match reply {
            Ok(reply) => {
                let greeting =
                    self.greeting.clone().ok_or(Ending::Violation(Violation::Ungreeted))?;
                self.stage = Stage::Serving;
                if self.driver.native.is_some() {
                    self.exports = Some(reply.exports.clone());
                }
                self.tell(Event::Started {
                    cell: self.driver.number,
                    plugin: self.driver.plugin.clone(),
                });
                self.say_loaded(Ok((greeting, reply)));
                self.drop_unwanted()?;
                self.tell_next()
            }
            Err(error) => match self.limit_in(&error, self.driver.load_limit) {
                Some(limit) => Err(Ending::Limit(limit)),
                None => {
                    self.say_loaded(Err(self.plugin_error(&error)));
                    Err(Ending::Normal)
                }
            },
        }
    }

    pub(super) fn returned(
        &mut self,
        call: u64,
        outcome: Result<Value, RpcError>,
    ) -> Result<(), Ending> {
        let Some(open) = self.calls.remove(&call) else { return Ok(()) };
        self.trace_returned(call, outcome.as_ref().err().map(|error| error.code));
        // It answered in time. How long checking and keeping takes is no matter of its deadline.
        self.watch.set(self.deadlines().into_iter().min());
        // Before anybody is told of the result.
        let kept = self.driver.door.flush_values();
        if let Err(error) = &outcome
            && let Some(limit) = self.limit_in(error, open.limit)
        {
            // Put back, so that `finish` answers it like every other open call.
            self.calls.insert(call, open);
            return Err(Ending::Limit(limit));
        }
        let result = match outcome {
            _ if open.is_cancelled() => Err(self.ended_cancelled(&open)?),
            Ok(value) => self.accepted(&open, value, kept)?,
            Err(error) => {
                self.audit(Kind::CallEnd, "call", Verdict::Failed, &open.method)?;
                self.keep_dump();
                Err(self.plugin_error(&error))
            }
        };
        // The caller may have stopped waiting. It has its answer also where the cell is gone by now.
        drop(open.answer.send(result));
        self.drop_unwanted()?;
        self.take_memory_back()
    }

    /// Writes the coredump that came with a failure, if one did.
    fn keep_dump(&self) {
        let Some(dump) = &self.driver.dump else { return };
        let bytes = dump.sink.take().code;
        if bytes.is_empty() {
            return;
        }
        // One of a host before, in the same folder: its numbers were the same.
        drop(std::fs::remove_file(&dump.path));
        let cell = self.driver.number;
        let made = private::file().create_new(true).open(&dump.path);
        let written = made.and_then(|mut file| file.write_all(&bytes));
        let (path, error) = (dump.path.clone(), written.err().map(|error| error.to_string()));
        self.tell(Event::Dumped { cell, path, error });
    }

    /// A result as its caller gets it: it fits, and what was stored on the way is kept. What a generator
    /// returns behind its pieces is no part of the declared list, of which each piece was looked at.
    fn accepted(
        &self,
        open: &OpenCall,
        value: Value,
        kept: Result<(), ValuesError>,
    ) -> Result<Result<Value, CallError>, Ending> {
        let method = &*open.method;
        let contracts = &self.driver.contracts;
        let is_behind = open.gave
            // Of a generator that gave nothing the list is empty.
            || open.pieces.is_some()
                && value.is_null()
                && contracts.check_result(method, &Value::Array(Vec::new())).is_ok();
        if !is_behind && let Err(unfit) = contracts.check_result(method, &value) {
            self.audit_misfit(Kind::CallEnd, Verdict::Failed, method, &unfit)?;
            let method = method.to_owned();
            return Ok(Err(CallError::Result(Box::new(Misfit { method, unfit }))));
        }
        if let Err(error) = kept {
            self.audit(Kind::CallEnd, "call", Verdict::Failed, method)?;
            return Ok(Err(CallError::Unkept(error.to_string())));
        }
        self.audit(Kind::CallEnd, "call", Verdict::Allowed, method)?;
        Ok(Ok(value))
    }

    /// Records a call of which input or result is not what the plugin declares.
    fn audit_misfit(
        &self,
        kind: Kind,
        verdict: Verdict,
        method: &str,
        unfit: &Unfit,
    ) -> Result<(), Ending> {
        let event = self.driver.auditor.event(kind, "call", verdict).object(method);
        self.write(&event.detail("unfit", &unfit.to_string()))
    }

    pub(super) fn plugin_error(&self, error: &RpcError) -> CallError {
        let ledger = self.driver.door.ledger();
        let mut error = PluginError::from_rpc(error, |line| ledger.advised(line));
        error.disk_limit =
            ledger.disk_limit_met() && error.code.as_deref() == Some("ERR_QUOTA_EXCEEDED");
        CallError::Plugin(Box::new(error))
    }

    /// Whether the cell's error says that a limit was reached; it is ended then: an engine that
    /// ran out of something is not used again.
    pub(super) fn limit_in(&self, error: &RpcError, time: Duration) -> Option<Limit> {
        if error.code != Code::Plugin {
            return None;
        }
        match error.fact("kind") {
            Some(failure::TIMEOUT) => Some(Limit::Time(time)),
            Some(failure::MEMORY) => Some(Limit::Memory(self.driver.memory)),
            _ => None,
        }
    }

    pub(super) fn say_loaded(&mut self, loaded: Loaded) {
        if let Some(sender) = self.loaded.take() {
            // The starter may have given up.
            drop(sender.send(loaded));
        }
    }
}
