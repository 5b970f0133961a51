//! The peer's side: a sealed cell in which no engine serves the gateway, but a script.

use std::io::{IoSlice, IoSliceMut, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use aether_container::Role;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recv, recvmsg, send, sendmsg,
};
use serde_json::{Value, json};

use crate::peers;

/// Most descriptors that the kernel takes with one message. unix(7): `SCM_MAX_FD`.
const DESCRIPTORS: usize = 253;

/// Becomes the peer that the greeting's plugin is named after, or an honest cell.
pub(super) fn be_a_cell() -> ! {
    let code = match aether_container::enter() {
        Ok(Role::Engine(gateway)) => match named(&gateway) {
            Some(act) => {
                let mut wire = Wire::new(gateway);
                act(&mut wire);
                wire.stay();
                0
            }
            None => aether_cell::run(gateway, aether_cell::Machine::NONE),
        },
        Ok(Role::Over(code)) => code,
        Ok(_) => 2,
        Err(error) => {
            eprintln!("{error}");
            3
        }
    };
    std::process::exit(code.into())
}

/// The script that is asked for. The greeting stays where it is.
fn named(gateway: &OwnedFd) -> Option<fn(&mut Wire)> {
    let mut buffer = [0; 16 << 10];
    let (length, _) = recv(gateway, &mut buffer[..], RecvFlags::PEEK).ok()?;
    let greeting: Value = serde_json::from_slice(&buffer[..length]).ok()?;
    let name = greeting["params"]["plugin"]["name"].as_str()?;
    peers::find(name).map(|peer| peer.act)
}

/// The raw gateway, as a peer uses it.
#[derive(Debug)]
pub(crate) struct Wire {
    gateway: Option<OwnedFd>,
    heard: Vec<u8>,
    /// What came along last.
    arrived: Option<OwnedFd>,
}

impl Wire {
    const fn new(gateway: OwnedFd) -> Self {
        Self { gateway: Some(gateway), heard: Vec::new(), arrived: None }
    }

    /// The gateway itself.
    pub(crate) fn gateway(&self) -> BorrowedFd<'_> {
        self.gateway.as_ref().expect("the gateway").as_fd()
    }

    /// Sends bytes as they are; false when the host has cut it.
    pub(crate) fn raw(&self, mut bytes: &[u8]) -> bool {
        let Some(gateway) = &self.gateway else { return false };
        while !bytes.is_empty() {
            match send(gateway, bytes, SendFlags::NOSIGNAL) {
                Ok(sent) => bytes = &bytes[sent..],
                Err(_) => return false,
            }
        }
        true
    }

    /// Sends a line.
    pub(crate) fn say(&self, line: impl AsRef<[u8]>) -> bool {
        let mut bytes = line.as_ref().to_vec();
        bytes.push(b'\n');
        self.raw(&bytes)
    }

    /// Sends bytes with descriptors attached to the first of them.
    pub(crate) fn attach(&self, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> bool {
        let Some(gateway) = &self.gateway else { return false };
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        assert!(control.push(SendAncillaryMessage::ScmRights(descriptors)), "room for descriptors");
        let sent = sendmsg(gateway, &[IoSlice::new(bytes)], &mut control, SendFlags::NOSIGNAL);
        sent.is_ok_and(|count| self.raw(&bytes[count..]))
    }

    /// A line with descriptors.
    pub(crate) fn say_with(&self, line: &str, descriptors: &[BorrowedFd<'_>]) -> bool {
        self.attach(format!("{line}\n").as_bytes(), descriptors)
    }

    /// The host's next line; nothing when it has cut the cell.
    pub(crate) fn hear(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.heard.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.heard.drain(..=end).collect();
                return serde_json::from_slice(&line).ok();
            }
            let mut buffer = [0; 16 << 10];
            match self.take_all(&mut buffer) {
                0 => return None,
                count => self.heard.extend_from_slice(&buffer[..count]),
            }
        }
    }

    /// The descriptor that came along last.
    pub(crate) fn arrived(&mut self) -> Option<OwnedFd> {
        self.arrived.take()
    }

    /// As [`Wire::take`], with what comes along.
    fn take_all(&mut self, buffer: &mut [u8]) -> usize {
        let Some(gateway) = &self.gateway else { return 0 };
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let flags = RecvFlags::CMSG_CLOEXEC;
        let taken = recvmsg(gateway, &mut [IoSliceMut::new(buffer)], &mut control, flags);
        for part in control.drain() {
            if let RecvAncillaryMessage::ScmRights(files) = part {
                self.arrived = files.last();
            }
        }
        taken.map_or(0, |taken| taken.bytes)
    }

    /// Bytes from the host, as many as there are and as the buffer holds.
    pub(crate) fn take(&self, buffer: &mut [u8]) -> usize {
        let Some(gateway) = &self.gateway else { return 0 };
        recv(gateway, buffer, RecvFlags::empty()).map_or(0, |(count, _)| count)
    }

    /// Hears the greeting and answers nothing yet.
    pub(crate) fn hello(&mut self) -> u64 {
        self.request("hello")
    }

    /// Answers the greeting as an honest cell does, and so on until it serves.
    pub(crate) fn begin(&mut self) {
        self.greet();
        let load = self.request("load");
        self.say(result(load, &json!({ "exports": ["run"] })));
    }

    /// Answers the greeting as an honest cell does.
    pub(crate) fn greet(&mut self) {
        let hello = self.hello();
        self.say(result(hello, &json!({ "protocol": 1, "engine": "peer", "attachments": true })));
    }

    /// Hears a request of that method; its identifier.
    pub(crate) fn request(&mut self, method: &str) -> u64 {
        loop {
            match self.hear() {
                Some(line) if line["method"] == method => {
                    return line["id"].as_u64().unwrap_or_default();
                }
                Some(line) if line["method"] == "shutdown" => std::process::exit(0),
                Some(_) => {}
                None => std::process::exit(0),
            }
        }
    }

    /// Serves until the first call; its identifier.
    pub(crate) fn called(&mut self) -> u64 {
        self.begin();
        self.call()
    }

    /// Hears the next call; its identifier.
    pub(crate) fn call(&mut self) -> u64 {
        self.request("call")
    }

    /// Answers a call with a value.
    pub(crate) fn give(&self, call: u64, value: &Value) -> bool {
        self.say(answer(call, value))
    }

    /// Asks and hears the answer, other lines aside.
    pub(crate) fn ask(&mut self, line: impl AsRef<[u8]>) -> Option<Value> {
        self.say(line);
        self.answer()
    }

    /// The host's next answer.
    pub(crate) fn answer(&mut self) -> Option<Value> {
        loop {
            let line = self.hear()?;
            if line.get("method").is_none() {
                return Some(line);
            }
        }
    }

    /// Asks with these lines and gives what became of each as the call's result: the error's code,
    /// or `"ok"`.
    pub(crate) fn give_codes(&mut self, call: u64, lines: &[String]) {
        let mut codes = Vec::new();
        for line in lines {
            let Some(answer) = self.ask(line) else { return };
            codes.push(code(&answer));
        }
        self.give(call, &Value::Array(codes));
    }

    /// Says the same line more often than is forgiven.
    pub(crate) fn insist(&self, line: impl AsRef<[u8]>) {
        for _ in 0..10 {
            if !self.say(line.as_ref()) {
                return;
            }
        }
    }

    /// Closes the gateway.
    pub(crate) fn close(&mut self) {
        self.gateway = None;
    }

    /// Reads what the host says until it has had enough, or asks for the end.
    pub(crate) fn stay(&mut self) {
        while let Some(line) = self.hear() {
            if line["method"] == "shutdown" {
                return;
            }
        }
    }
}

/// What became of a request.
pub(crate) fn code(answer: &Value) -> Value {
    answer.pointer("/error/code").cloned().unwrap_or_else(|| "ok".into())
}

/// The line of an answer.
pub(crate) fn result(id: u64, value: &Value) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{value}}}"#)
}

/// The line of a call's answer.
pub(crate) fn answer(call: u64, value: &Value) -> String {
    answer_text(call, &value.to_string())
}

/// The line of a call's answer with a result that need not be JSON.
pub(crate) fn answer_text(call: u64, value: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{call},"result":{{"output":{{"json":{value}}}}}}}"#)
}

/// The line of a request.
pub(crate) fn asks(id: &str, method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":{method},"params":{params}}}"#)
}

/// The line of a notification.
pub(crate) fn tells(method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params}}}"#)
}

/// Waits so many milliseconds.
pub(crate) fn wait(milliseconds: u64) {
    std::thread::sleep(Duration::from_millis(milliseconds));
}

/// Prints beside the protocol until it is cut.
pub(crate) fn print_without_end(mut to: impl Write, block: &[u8]) {
    while to.write_all(block).is_ok() {}
}
