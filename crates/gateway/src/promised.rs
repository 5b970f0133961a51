//! What stands in the audit log as allowed and has yet to happen.

use aether_audit::{Kind, Verdict};
use aether_protocol::limits::cut;
use aether_protocol::{Code, RpcError};

use crate::door::Door;
use crate::limits;

/// The fact of an error of [`Work`](crate::Work) that is for the host's owner alone.
pub const WITHHELD: &str = "withheld";

/// An operation that a token allowed, or a call of another plugin. It is written down before it
/// happens; where it then does not, that is written down too, however often.
#[derive(Debug)]
pub(crate) struct Promised {
    action: String,
    object: String,
}

impl Door {
    /// From here on the current request is one that may not fail silently.
    pub(crate) fn promise(&mut self, action: &str, object: &str) {
        let object = cut(object, limits::RECORDED_BYTES).to_owned();
        self.promised = Some(Promised { action: action.to_owned(), object });
    }

    /// Writes down what came of a promise. The error goes on without what is the host's own affair,
    /// such as its paths.
    pub(crate) fn broken(&self, promised: Option<Promised>, mut error: RpcError) -> RpcError {
        let withheld = error.data.remove(WITHHELD);
        let Some(Promised { action, object }) = promised else { return error };
        let why = withheld.as_ref().and_then(serde_json::Value::as_str);
        let event = self
            .auditor
            .event(Kind::HostCall, &action, Verdict::Failed)
            .object(&object)
            .detail("because", because(&error))
            .detail("code", i64::from(error.code.number()));
        let event = match why {
            Some(why) => event.detail("why", cut(why, limits::RECORDED_BYTES)),
            None => event,
        };
        // It has failed whether or not this can be written.
        drop(self.auditor.write(&event));
        error
    }
}

/// Why, without what another plugin said: its words can hold anything.
fn because(error: &RpcError) -> &str {
    let kind = error.data.get("kind").and_then(serde_json::Value::as_str);
    match error.code {
        Code::Plugin => kind.map_or("failed", |kind| cut(kind, limits::RECORDED_BYTES)),
        _ => cut(&error.message, limits::RECORDED_BYTES),
    }
}
