//! The plugin's way to the host: each wish is a request on the channel.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aether_protocol::{Code, RpcError};
use aether_wasm::{Ask, Gate, Look, Over, Refused, Told};
use serde_json::Value;

use crate::channel::Channel;
use crate::client::{Client, Unsent, Waited};
use crate::random;
use crate::requests::{BadReply, Outgoing};
use crate::value::Ret;

/// Deepest that a payload lies in an answer.
const DEPTH: usize = 4;

/// The conversation, and the call that runs.
pub(super) struct Door {
    client: Rc<RefCell<Client>>,
    /// The identifier of the running call, and when it must have ended.
    call: u64,
    until: Instant,
    born: Instant,
}

impl Door {
    pub(super) fn new(client: Rc<RefCell<Client>>) -> Self {
        let now = Instant::now();
        Self { client, call: 0, until: now, born: now }
    }

    /// A call begins.
    pub(super) fn enter(&mut self, call: u64, until: Instant) {
        (self.call, self.until) = (call, until);
    }

    fn send(&self, ask: Ask, told: &Rc<RefCell<Told>>) -> Result<u64, Refused> {
        let params = serde_json::from_str(&ask.params).map_err(|error| internal(&error))?;
        let told = Rc::clone(told);
        let read = move |text: &str, channel: &mut Channel| {
            let attachments = claimed(text, channel)?;
            *told.borrow_mut() = Told { result: text.to_owned(), attachments };
            Ok(Ret::Nothing)
        };
        let request =
            Outgoing { method: ask.method, params, attach: ask.attach, read: Box::new(read) };
        self.client.borrow_mut().request(request).map_err(|unsent| match unsent {
            Unsent::TooLong(_) => {
                Refused::Error(RpcError::new(Code::InvalidParams, unsent.to_string()))
            }
            Unsent::Gone(_) => Refused::Over(Over::Gone),
        })
    }
}

impl Gate for Door {
    fn ask(&mut self, ask: Ask) -> Result<Told, Refused> {
        let told = Rc::default();
        let id = self.send(ask, &told)?;
        loop {
            let waited = self.client.borrow_mut().wait_for(id, self.until);
            match waited.map_err(|_| Over::Gone)? {
                Waited::Answer(Ok(_)) => return Ok(told.take()),
                Waited::Answer(Err(error)) => return Err(error.into()),
                Waited::Looked | Waited::Passed => {}
            }
            let over = match self.look() {
                Look::Over(over) => over,
                _ if Instant::now() >= self.until => Over::Deadline,
                _ => continue,
            };
            self.client.borrow_mut().abandon(id);
            return Err(over.into());
        }
    }

    fn notify(&mut self, method: &'static str, params: String) -> Result<(), Over> {
        let params: Value = serde_json::from_str(&params).unwrap_or_default();
        self.client.borrow_mut().notify(method, &params).map_err(|_| Over::Gone)
    }

    fn look(&mut self) -> Look {
        let mut client = self.client.borrow_mut();
        let Ok(extended) = client.look() else { return Look::Over(Over::Gone) };
        if client.is_cancelled(self.call) {
            return Look::Over(Over::Cancelled);
        }
        let ours = extended.iter().filter(|extend| extend.call == self.call);
        let more: Duration = ours.map(|extend| Duration::from_millis(extend.ms)).sum();
        if more.is_zero() {
            return Look::GoOn;
        }
        self.until += more;
        Look::Extend(more)
    }

    fn random(&mut self, into: &mut [u8]) {
        if let Err(error) = random::fill(into) {
            // Never in a process that runs. Zeros would be guessed.
            panic!("the system has no random bytes: {error}");
        }
    }

    fn wall_ms(&mut self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
    }

    fn monotonic(&mut self) -> u64 {
        u64::try_from(self.born.elapsed().as_micros() / 100).unwrap_or(u64::MAX)
    }

    fn rest(&mut self, time: Duration, until: Instant) -> Look {
        let end = Instant::now().checked_add(time).map_or(until, |end| end.min(until));
        loop {
            let look = self.look();
            if look != Look::GoOn || Instant::now() >= end {
                return look;
            }
            // What arrives ends the wait; a number that no request has is never answered.
            let waited = self.client.borrow_mut().wait_for(0, end);
            if waited.is_err() {
                return Look::Over(Over::Gone);
            }
        }
    }
}

/// What came along with an answer, in the order of its blobs. What a plugin's value looks like is
/// nobody's payload.
fn claimed(text: &str, channel: &mut Channel) -> Result<Vec<Vec<u8>>, BadReply> {
    let mut sizes = Vec::new();
    sizes_in(&serde_json::from_str(text)?, DEPTH, &mut sizes);
    sizes.into_iter().map(|size| channel.claim(size).map_err(Into::into)).collect()
}

fn sizes_in(value: &Value, depth: usize, sizes: &mut Vec<u64>) {
    let Value::Object(members) = value else { return };
    if let Some(size) = members.get("blob").and_then(Value::as_u64) {
        sizes.push(size);
        return;
    }
    if depth == 0 {
        return;
    }
    for (name, member) in members {
        if name != "json" {
            sizes_in(member, depth - 1, sizes);
        }
    }
}

fn internal(error: &serde_json::Error) -> Refused {
    Refused::Error(RpcError::new(Code::Internal, error.to_string()))
}
