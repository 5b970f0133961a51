//! Bytes, lines and output from the cell, and lines to it.

use std::io;
use std::time::{Duration, Instant};

use aether_audit::{Kind, Verdict};
use aether_container::{Ready, Stream};
use aether_gateway::Expelled;
use aether_protocol::Message;
use aether_protocol::v1::Level;
use serde_json::Map;

use super::Running;
use super::end::{gone, is_closed, tells_of_memory};
use crate::{Ending, Event, Limit, Violation};

/// How long lines are served before deadlines, commands and the processor limit are looked at
/// again: a cell that sends a thousand costly requests at once must not outlive its limits.
const SLICE: Duration = Duration::from_millis(5);

/// Bytes of standard error that are kept to find out why a cell ended.
const LAST_WORDS: usize = 1024;

impl Running {
    pub(super) fn take_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Ending> {
        let received = match self.driver.cell.receive(buffer) {
            Ok(received) => received,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                ) =>
            {
                return Ok(());
            }
            Err(error) if is_closed(&error) => return self.closed(),
            Err(error) => return Err(gone(&error)),
        };
        if received.bytes == 0 {
            return self.closed();
        }
        if received.truncated || !self.inbox.push(received.descriptors) {
            return Err(Ending::Violation(Violation::Protocol(
                "a flood of descriptors".to_owned(),
            )));
        }
        if let Some(aside) = self.undecided.take() {
            self.driver.cell.close_input();
            self.log_output(&aside);
            if cfg!(windows) {
                // Its gateway is a pipe, which carries bytes alone.
                self.driver.door.never_attach();
            }
        }
        self.reader.push(&buffer[..received.bytes]);
        self.more = true;
        Ok(())
    }

    /// What an undecided native plugin prints: its answer to the greeting, or output.
    fn listen_aside(&mut self, printed: &[u8]) {
        let Some(aside) = &mut self.undecided else { return self.log_output(printed) };
        aside.extend_from_slice(printed);
        let aside = std::mem::take(aside);
        let mut start = 0;
        while let Some(end) = aside[start..].iter().position(|byte| *byte == b'\n') {
            let line = &aside[start..start + end];
            if matches!(Message::parse(line), Ok(Message::Response { .. })) {
                self.undecided = None;
                self.stdio = true;
                self.driver.cell.use_stdio();
                self.driver.door.never_attach();
                self.reader.push(&aside[start..]);
                self.more = true;
                return;
            }
            self.log_output(line);
            start += end + 1;
        }
        let rest = &aside[start..];
        if rest.len() > aether_protocol::limits::FRAME_BYTES {
            // No answer is that long.
            self.log_output(rest);
            self.undecided = Some(Vec::new());
        } else {
            self.undecided = Some(rest.to_vec());
        }
    }

    /// Serves the lines that have arrived, for a slice of time and as long as answers have room.
    pub(super) fn take_lines(&mut self) -> Result<(), Ending> {
        let until = Instant::now() + SLICE;
        while self.more && !self.outbox.is_full() {
            self.trace_line();
            let frame = match self.reader.next_frame() {
                Ok(Some(frame)) => frame,
                Ok(None) => {
                    self.more = false;
                    self.check_unclaimed()?;
                    break;
                }
                Err(overflow) => {
                    return Err(Ending::Violation(Violation::Protocol(overflow.to_string())));
                }
            };
            if self.stdio && !frame.trim_ascii_start().starts_with(b"{") {
                // Printing is what everybody does there.
                let printed = frame.to_vec();
                self.count_output(printed.len())?;
                self.log_output(&printed);
                continue;
            }
            match self.driver.door.receive(frame, &mut self.inbox) {
                Ok(Some(outgoing)) => self.outbox.push(outgoing),
                Ok(None) => {}
                Err(expelled) => return self.expel(expelled),
            }
            self.take_events()?;
            self.flush()?;
            if Instant::now() >= until {
                break;
            }
        }
        Ok(())
    }

    /// Descriptors come with the first byte of their line, so between lines none may be left.
    pub(super) fn check_unclaimed(&mut self) -> Result<(), Ending> {
        if !self.reader.is_mid_frame()
            && self.inbox.discard()
            && let Err(expelled) = self.driver.door.strike("a descriptor that no line claims")
        {
            return self.expel(expelled);
        }
        Ok(())
    }

    pub(super) fn take_output(&mut self, ready: Ready, buffer: &mut [u8]) -> Result<(), Ending> {
        for (has, stream) in [(ready.stdout, Stream::Stdout), (ready.stderr, Stream::Stderr)] {
            if !has {
                continue;
            }
            let count = match self.driver.cell.read_output(stream, buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) => return Err(gone(&error)),
            };
            self.count_output(count)?;
            if stream == Stream::Stderr {
                self.hear_last_words(&buffer[..count]);
            }
            let printed = buffer[..count].to_vec();
            match stream {
                Stream::Stdout => self.listen_aside(&printed),
                Stream::Stderr => self.log_output(&printed),
            }
        }
        Ok(())
    }

    /// A line may come in pieces.
    fn hear_last_words(&mut self, printed: &[u8]) {
        self.last_words.extend_from_slice(printed);
        let beyond = self.last_words.len().saturating_sub(LAST_WORDS);
        self.last_words.drain(..beyond);
        self.ran_out |= tells_of_memory(&self.last_words);
    }

    fn count_output(&mut self, bytes: usize) -> Result<(), Ending> {
        self.output_bytes += bytes as u64;
        match self.output_bytes > aether_gateway::limits::LOG_FLOOD_BYTES {
            true => Err(Ending::Limit(Limit::Output(aether_gateway::limits::LOG_FLOOD_BYTES))),
            false => Ok(()),
        }
    }

    /// Output as lines of the log. An engine cell prints only when the engine itself does, such as
    /// a failed assertion.
    fn log_output(&self, printed: &[u8]) {
        if self.output_bytes > aether_gateway::limits::LOG_BYTES {
            return;
        }
        let text = String::from_utf8_lossy(printed);
        let level = if self.driver.native.is_some() { Level::Info } else { Level::Warn };
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let (cell, message) = (self.driver.number, line.to_owned());
            self.tell(Event::Log { cell, level, message, fields: Map::new() });
        }
    }

    /// A system call beyond the allow-list: an engine that makes one is no longer the engine. Of a
    /// native program, every call that waits to be read.
    pub(super) fn take_syscall(&mut self) -> Result<(), Ending> {
        if self.driver.native.is_some() {
            return self.take_native_calls();
        }
        let attempt = self.driver.cell.next_syscall().map_err(|error| gone(&error))?;
        let Some(attempt) = attempt else { return Ok(()) };
        let arguments = attempt.arguments.map(|argument| format!("{argument:#x}")).join(", ");
        let text = format!("{}({arguments})", attempt.name);
        let event = self.driver.auditor.event(Kind::Violation, "syscall", Verdict::Violation);
        // The cell is ended whether or not this can be written.
        drop(self.driver.auditor.write(&event.object(&text)));
        Err(Ending::Violation(Violation::Syscall(attempt.name)))
    }

    pub(super) fn expel(&mut self, expelled: Expelled) -> Result<(), Ending> {
        Err(match expelled {
            Expelled::LogFlood => {
                Ending::Limit(Limit::Output(aether_gateway::limits::LOG_FLOOD_BYTES))
            }
            other => Ending::Violation(Violation::Protocol(other.to_string())),
        })
    }

    pub(super) fn send(&mut self, outgoing: aether_gateway::Outgoing) -> Result<(), Ending> {
        self.outbox.push(outgoing);
        self.flush()
    }

    pub(super) fn flush(&mut self) -> Result<(), Ending> {
        match self.outbox.flush(&self.driver.cell) {
            // The cell is gone; its exit says why.
            Err(error) if is_closed(&error) => self.closed(),
            other => other.map_err(|error| gone(&error)),
        }
    }
}
