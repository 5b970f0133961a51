//! How a cell ends.

use std::io;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use aether_audit::{Kind, Verdict};
use aether_container::{Exit, Interest, Limit as Overstepped, Ready, Usage};
use aether_overlay::Changeset;
use aether_protocol::RpcError;

use super::{FAREWELL, READ_BYTES, Running, Stage};
use crate::call::CallError;
use crate::record::Final;
use crate::{Ending, Event, Limit, Violation};

/// How long the end of a process may take after it closed its gateway: the kernel takes its memory
/// and namespaces down meanwhile, slowly on a busy machine.
const DYING: Duration = Duration::from_secs(3);

/// The signal with which the kernel ends a process for a call of another architecture, or for a
/// refused one where nobody can be told. signal(7): the same number on every Linux we support.
pub(super) const SIGSYS: i32 = 31;

/// The signal that ends a process at once. signal(7).
pub(super) const SIGKILL: i32 = 9;

/// `STATUS_DLL_INIT_FAILED` of Windows: a library that draws, where nothing may be drawn.
const NOT_LOADED: i32 = 0xC000_0142_u32.cast_signed();

impl Running {
    /// The cell closed its end: it is about to be gone.
    pub(super) fn closed(&mut self) -> Result<(), Ending> {
        let until = match self.stage {
            Stage::Leaving { until } => until,
            _ => Instant::now() + DYING,
        };
        while Instant::now() < until {
            if let Some(exit) = self.driver.cell.try_exit() {
                return Err(self.ended(exit));
            }
            // Output that fills a pipe would keep it from ending.
            let ready = self.driver.cell.wait(Duration::from_millis(5), Interest::default());
            if let Ok(ready) = ready {
                if ready.proxy {
                    // Who connects now gets no answer: it would end the wait, again and again.
                    drop(self.driver.cell.take_proxy());
                }
                self.take_output(ready, &mut [0; 4096])?;
                if ready.syscall {
                    self.take_syscall()?;
                }
            }
        }
        Err(match self.stage {
            // It was asked to, and its end takes a moment on a busy machine.
            Stage::Leaving { .. } => Ending::Normal,
            _ => Ending::Violation(Violation::HungUp),
        })
    }

    /// The process has ended by itself. What it said last still counts, and often says why.
    pub(super) fn ended(&mut self, exit: Exit) -> Ending {
        // Nobody reads answers any more: they must not keep the last lines from being served.
        self.outbox.close();
        let until = Instant::now() + FAREWELL;
        let mut buffer = vec![0; READ_BYTES];
        while Instant::now() < until {
            if let Err(ending) = self.take_lines() {
                return ending;
            }
            if self.more {
                continue;
            }
            match self.driver.cell.receive(&mut buffer) {
                Ok(received) if received.bytes > 0 && !received.truncated => {
                    if !self.inbox.push(received.descriptors) {
                        break;
                    }
                    self.reader.push(&buffer[..received.bytes]);
                    self.more = true;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ => break,
            }
        }
        // The end can be seen before what was printed last; a pipe holds no more than one piece.
        let last = Ready { stdout: true, stderr: true, ..Ready::default() };
        match self.take_output(last, &mut buffer) {
            Ok(()) => self.classify(exit),
            Err(ending) => ending,
        }
    }

    /// How the process ended, when it did so by itself and did not say.
    pub(super) fn classify(&self, exit: Exit) -> Ending {
        const OUT_OF_MEMORY: i32 = aether_cell::exit::MEMORY as i32;
        const STUCK: i32 = aether_cell::exit::STUCK as i32;
        let engine = self.driver.native.is_none();
        if let Some(limit) = self.overstepped() {
            return Ending::Limit(limit);
        }
        match exit {
            // It ended when there was nothing left to do for it.
            Exit::Code(_) if !engine && matches!(self.stage, Stage::Leaving { .. }) => {
                Ending::Normal
            }
            Exit::Code(OUT_OF_MEMORY) if engine => Ending::Limit(Limit::Memory(self.driver.memory)),
            Exit::Code(STUCK) if engine => {
                let limits = self.calls.values().map(|call| call.limit);
                Ending::Limit(Limit::Time(limits.min().unwrap_or(self.driver.load_limit)))
            }
            Exit::Signal { number: SIGKILL, out_of_memory: false } if self.is_interrupted() => {
                Ending::Killed
            }
            Exit::Signal { .. } if self.ran_out => Ending::Limit(Limit::Memory(self.driver.memory)),
            Exit::Signal { out_of_memory: true, .. } => {
                Ending::Limit(Limit::Memory(self.driver.memory))
            }
            Exit::Signal { number: SIGSYS, .. } => Ending::Violation(Violation::KilledByFilter),
            Exit::Code(NOT_LOADED) if engine => Ending::Crashed(
                "its program could not be loaded with so little: `aether-cell` has to stand beside \
                 the program that starts it"
                    .to_owned(),
            ),
            Exit::Code(0) if self.calls.is_empty() && self.loaded.is_none() => Ending::Normal,
            Exit::Code(code) => Ending::Crashed(format!("it ended with code {code}")),
            Exit::Signal { number, .. } => Ending::Crashed(format!("signal {number}")),
        }
    }

    /// The limit for which the container ended the cell.
    pub(super) fn overstepped(&self) -> Option<Limit> {
        Some(match self.driver.cell.overstepped()? {
            Overstepped::Memory => Limit::Memory(self.driver.memory),
            Overstepped::Cpu => Limit::Share,
            Overstepped::Scratch => Limit::Disk(self.driver.quota.bytes),
            Overstepped::Processes => {
                Limit::Processes(self.driver.native.as_ref().map_or(0, |native| native.processes))
            }
        })
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.driver.interrupted.load(Ordering::SeqCst)
    }

    /// Waits until nothing is left of the cell, so that whoever is answered below may rely on it.
    /// Bounded: a process that waits in the kernel, as for a page from a slow disk, takes its time.
    pub(super) fn wait_until_gone(&mut self) {
        let until = Instant::now() + FAREWELL;
        while self.driver.cell.try_exit().is_none() && Instant::now() < until {
            // The end of the process ends the wait; after an error the bound does.
            drop(self.driver.cell.wait(Duration::from_millis(5), Interest::default()));
        }
    }

    /// What is still to be said of a native program.
    fn note_native(&mut self, usage: Usage) {
        let Some(native) = &self.driver.native else { return };
        if usage.processes_refused > 0 {
            self.driver.door.note_process_limit(native.processes);
        }
        if self.driver.cell.usage().scratch_full {
            self.driver.door.note_full(self.driver.quota.bytes);
        }
        self.take_last_calls();
    }

    /// What the cell would change on the host, and how much that is.
    fn changes(&mut self) -> (Changeset, aether_overlay::Usage) {
        let overlay = self.driver.door.overlay();
        let of_engine = (overlay.changeset(), overlay.usage());
        let Some(native) = &self.driver.native else { return of_engine };
        match native.layers.read(self.driver.cell.layers(), self.driver.quota) {
            Ok(written) => {
                for left in &written.left_out {
                    self.driver.door.note_left_out(&left.path, &left.reason.to_string());
                }
                if written.left_out_unnamed > 0 {
                    let more = format!("{} more", written.left_out_unnamed);
                    self.driver.door.note_left_out(&more, "too many to name each");
                }
                let bytes = written.changes.changes().iter();
                let bytes = bytes.filter_map(|change| change.after.as_ref()).map(|after| after.len);
                let usage = aether_overlay::Usage {
                    bytes: bytes.sum(),
                    entries: written.changes.changes().len() as u64,
                };
                (written.changes, usage)
            }
            Err(why) => {
                self.driver.door.note_left_out("everything that it wrote", &why);
                of_engine
            }
        }
    }

    /// The cell is ended, everybody who waits is answered, and what it did is kept.
    pub(super) fn finish(mut self, ending: Ending) {
        let now = Instant::now();
        let usage = self.driver.cell.usage();
        self.surveyed = self.driver.cell.survey();
        self.samples.take(now, usage, self.figures());
        self.driver.cell.kill();
        // Nobody is served any more who connects now.
        drop(self.driver.cell.take_proxy());
        self.wait_until_gone();
        self.close_network();
        self.note_native(usage);
        self.end_watched(&ending);
        // What it was told to be stored is; that it cannot be kept stands among its violations.
        drop(self.driver.door.flush_values());
        self.say_loaded(Err(CallError::Ended(ending.clone())));
        let event = self.driver.auditor.event(Kind::Exit, ending.word(), verdict(&ending));
        let text = ending.to_string();
        // Nothing is left to refuse; a log that cannot be written shows as unclean.
        drop(self.driver.auditor.write(&event.object(&text)));
        let (changes, overlay) = self.changes();
        let kept = Final {
            ending: ending.clone(),
            engine: self.greeting.as_ref().map(|greeting| greeting.engine.clone()),
            ledger: self.driver.door.ledger().clone(),
            overlay,
            usage,
            samples: self.samples.done(),
            ended: now,
            wall: now.duration_since(self.samples.started()),
            changes,
            findings: self.driver.watched.findings(),
            ladder: self.driver.watched.take_steps(),
            egress: self.driver.watched.take_egress(),
            trace: self.driver.watched.take_trace(),
            had_less: self.driver.watched.had_less(),
            other_destinations: self.driver.watched.other_destinations(),
        };
        match self.driver.finished.lock() {
            Ok(mut finished) => *finished = Some(kept),
            Err(poisoned) => *poisoned.into_inner() = Some(kept),
        }
        self.trace_ended();
        for (_, open) in std::mem::take(&mut self.calls) {
            drop(open.answer.send(Err(CallError::Ended(ending.clone()))));
        }
        let number = self.driver.number;
        self.tell(Event::Ended { cell: number, ending });
    }
}

const fn verdict(ending: &Ending) -> Verdict {
    match ending {
        Ending::Normal | Ending::Killed => Verdict::Noted,
        Ending::Limit(_) => Verdict::Limited,
        Ending::Violation(_) => Verdict::Violation,
        Ending::Exited(_) | Ending::Signalled(_) | Ending::Crashed(_) => Verdict::Failed,
    }
}

/// Whether the other end is closed: that is told as a reset where it had not read everything.
pub(super) fn is_closed(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}

pub(super) fn gone(error: &io::Error) -> Ending {
    Ending::Crashed(format!("its channel broke: {error}"))
}

pub(super) fn broken(error: &RpcError) -> Ending {
    Ending::Crashed(format!("a message could not be made: {error}"))
}

/// Whether output is what the Rust runtime says before it gives up for want of memory. An owned
/// engine can say so too, and gains another word for its end.
pub(super) fn tells_of_memory(output: &[u8]) -> bool {
    let text = String::from_utf8_lossy(output);
    text.lines().any(|line| line.starts_with("memory allocation of ") && line.ends_with(" failed"))
}
