//! The version that a cell speaks. The door itself knows the latest: everything of an older one is
//! converted here, first when it comes and last when it goes. Of the latest nothing is touched.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aether_protocol::limits::{METHOD_BYTES, cut};
use aether_protocol::message::{failure, notification, request, response};
use aether_protocol::v1::{Hello, HelloReply};
use aether_protocol::version::{Fixed, Form, LATEST, Older, Told};
use aether_protocol::{Code, Id, RpcError, Versions};
use serde::Serialize;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

use crate::answer::{Answer, Outgoing};

/// What was offered, and what was agreed on.
#[derive(Debug)]
pub(crate) struct Spoken {
    served: Versions,
    /// What the greeting offered.
    protocol: Vec<u32>,
    api: BTreeMap<String, u32>,
    /// Set where an older version was agreed on.
    older: Option<&'static dyn Older>,
    /// The security fixes in force for the version that was agreed on.
    fixed: Fixed,
    /// Of an older version: the latest's name of the request at hand.
    at_hand: String,
    /// The same of requests that are answered later, by the number of their work.
    owed: BTreeMap<u64, String>,
}

impl Spoken {
    pub(crate) fn new(served: Versions) -> Self {
        Self {
            fixed: served.fixed(LATEST),
            served,
            protocol: Vec::new(),
            api: BTreeMap::new(),
            older: None,
            at_hand: String::new(),
            owed: BTreeMap::new(),
        }
    }

    pub(crate) const fn fixed(&self) -> &Fixed {
        &self.fixed
    }

    /// Remembers what is offered. Nobody can offer what is not served.
    pub(crate) fn offer(&mut self, hello: &Hello) {
        let served = self.served.offered();
        self.protocol = hello.protocol.iter().copied().filter(|n| served.contains(n)).collect();
        self.api = hello.api.clone();
    }

    /// Takes a cell at its word, if it chose what was offered and needs no more than that.
    pub(crate) fn agree(&mut self, reply: HelloReply) -> Result<HelloReply, RpcError> {
        let refuse = |text| RpcError::new(Code::UnsupportedVersion, text);
        if !self.protocol.contains(&reply.protocol) {
            let offered = self.protocol.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
            let text = format!(
                "the plugin speaks protocol version {}; this host speaks {offered}",
                reply.protocol
            );
            return Err(refuse(text)
                .with("protocol", reply.protocol)
                .with("offered", json!(self.protocol)));
        }
        if let Some(error) = self.lacking(&reply.needs) {
            return Err(error);
        }
        self.older = self.served.older(reply.protocol);
        self.fixed = self.served.fixed(reply.protocol);
        Ok(reply)
    }

    /// The modules that a cell needs and the host does not have, or not in that version.
    fn lacking(&self, needs: &BTreeMap<String, u32>) -> Option<RpcError> {
        let has = |module: &str| self.api.get(module).copied();
        let is_lacking = |(module, version): &(&String, &u32)| has(module) < Some(**version);
        let named =
            |(module, version): (&String, &u32)| (cut(module, METHOD_BYTES).to_owned(), *version);
        let lacking: BTreeMap<String, u32> =
            needs.iter().filter(is_lacking).take(MODULES_NAMED).map(named).collect();
        if lacking.is_empty() {
            return None;
        }
        let one = |(module, version): (&String, &u32)| match has(module) {
            Some(had) => format!("`{module}` {version}, and this host has {had}"),
            None => format!("`{module}` {version}, and this host has no `{module}`"),
        };
        let text = lacking.iter().map(one).collect::<Vec<_>>().join("; ");
        let text = format!("the plugin needs the API module {text}");
        let had: BTreeMap<&String, u32> =
            lacking.keys().filter_map(|module| Some((module, has(module)?))).collect();
        let error = RpcError::new(Code::UnsupportedVersion, text);
        Some(error.with("has", json!(had)).with("needs", json!(lacking)))
    }

    /// A notification of the cell, in the latest version.
    pub(crate) fn told<'a>(&self, method: &'a str, params: &'a str) -> Result<Form<'a>, RpcError> {
        match self.older {
            None => Ok(Form { method: Cow::Borrowed(method), params: Cow::Borrowed(params) }),
            Some(older) => older.asked(method, params),
        }
    }

    /// A request of the cell, in the latest version. It is the one at hand until it is answered, or
    /// its answer is owed.
    pub(crate) fn asked<'a>(
        &mut self,
        method: &'a str,
        params: &'a str,
    ) -> Result<Form<'a>, RpcError> {
        let form = self.told(method, params)?;
        if self.older.is_some() {
            self.at_hand = form.method.to_string();
        }
        Ok(form)
    }

    /// The request at hand is answered when this work is done.
    pub(crate) fn owe(&mut self, work: u64) {
        if self.older.is_some() {
            self.owed.insert(work, std::mem::take(&mut self.at_hand));
        }
    }

    /// The line that answers the request at hand.
    pub(crate) fn answered(&mut self, id: &Id, outcome: Result<Answer, RpcError>) -> Outgoing {
        let method = std::mem::take(&mut self.at_hand);
        answered(id, self.converted(&method, outcome))
    }

    /// The line that answers a request whose work is done.
    pub(crate) fn concluded(
        &mut self,
        work: u64,
        id: &Id,
        outcome: Result<Answer, RpcError>,
    ) -> Outgoing {
        let method = self.owed.remove(&work).unwrap_or_default();
        answered(id, self.converted(&method, outcome))
    }

    fn converted(
        &self,
        method: &str,
        outcome: Result<Answer, RpcError>,
    ) -> Result<Answer, RpcError> {
        let Some(older) = self.older else { return outcome };
        let converted = outcome.and_then(|Answer { result, attach }| {
            Ok(Answer { result: older.result(method, result, &self.fixed)?, attach })
        });
        converted.map_err(|error| older.error(method, error))
    }

    /// The line of a request to the cell.
    pub(crate) fn request(
        &self,
        id: u64,
        method: &'static str,
        params: &impl Serialize,
    ) -> Result<Vec<u8>, RpcError> {
        let id = Id::Number(id);
        match self.older {
            None => request(&id, method, params),
            Some(older) => {
                let Told { method, params } = older.told(method, raw(params)?)?;
                request(&id, method, &params)
            }
        }
        .map_err(|error| internal(&error))
    }

    /// The line of a notification to the cell.
    pub(crate) fn notification(
        &self,
        method: &'static str,
        params: &impl Serialize,
    ) -> Result<Vec<u8>, RpcError> {
        match self.older {
            None => notification(method, params),
            Some(older) => {
                let Told { method, params } = older.told(method, raw(params)?)?;
                notification(method, &params)
            }
        }
        .map_err(|error| internal(&error))
    }

    /// What the cell answered to a request of the host, in the latest version.
    pub(crate) fn returned<'a>(
        &self,
        method: &str,
        outcome: Result<&'a str, RpcError>,
    ) -> Result<Cow<'a, str>, RpcError> {
        match self.older {
            None => outcome.map(Cow::Borrowed),
            Some(older) => older.answered(method, outcome),
        }
    }
}

/// Modules that one refusal names. There are fewer; a cell may need as many as a line holds.
const MODULES_NAMED: usize = 16;

fn answered(id: &Id, outcome: Result<Answer, RpcError>) -> Outgoing {
    let (line, attach) = match outcome {
        Ok(answer) => (response(id, &answer.result), answer.attach),
        Err(error) => (failure(id, &error), None),
    };
    // Neither form can fail to serialise; an empty line would be refused by the cell.
    Outgoing { line: line.unwrap_or_else(|_| b"\n".to_vec()), attach }
}

fn raw(params: &impl Serialize) -> Result<Box<RawValue>, RpcError> {
    to_raw_value(params).map_err(|error| internal(&error))
}

fn internal(error: &serde_json::Error) -> RpcError {
    RpcError::new(Code::Internal, error.to_string())
}
