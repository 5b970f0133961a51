//! What a door tells its owner.

use aether_manifest::TopicPattern;
use aether_protocol::v1::{HelloReply, Level, LoadReply};
use aether_protocol::{Code, RpcError};
use serde_json::{Map, Value};

use crate::{Denied, Elevation, Work};

/// Something that the door's owner should know. Texts are the plugin's: escape them where they are
/// shown.
#[derive(Debug)]
pub enum Event {
    /// The cell asked for something, and was answered or has its work under way. One that is about
    /// several files is told for each.
    Asked {
        /// The method.
        method: String,
        /// What it was about, the beginning of it: the path where a file really is, else a name in the
        /// plugin's words.
        object: String,
    },
    /// The cell asked for something that its grant does not allow.
    Unallowed {
        /// The method.
        method: String,
        /// What it was about, in the plugin's words; the beginning of it.
        object: String,
    },
    /// A request of the cell, where each is told of: [`crate::Door::trace`].
    Traced {
        /// The method.
        method: String,
        /// What it is about, in the plugin's words; the beginning of it.
        object: String,
        /// The number of its work where that is under way, or what it failed with.
        outcome: Result<Option<u64>, Code>,
    },
    /// The work of a traced request is done.
    Concluded {
        /// Its number.
        work: u64,
        /// What it failed with, if it did.
        failed: Option<Code>,
    },
    /// The cell sent a line with the decoy of this name in it.
    Decoy(String),
    /// The cell broke the protocol.
    Struck(String),
    /// The cell answered `hello`.
    Greeted(Result<HelloReply, RpcError>),
    /// The cell loaded, or compiled, the plugin.
    Loaded(Result<LoadReply, RpcError>),
    /// A call ended.
    Returned {
        /// The call's identifier.
        call: u64,
        /// What the method returned, or how it failed.
        outcome: Result<Value, RpcError>,
    },
    /// What the cell says to its debugger.
    Debug(String),
    /// The plugin's code stands still for its debugger, or goes on.
    Stopped(bool),
    /// A line of the plugin's log.
    Log {
        /// How important.
        level: Level,
        /// The text.
        message: String,
        /// Further facts.
        fields: Map<String, Value>,
    },
    /// From here on log lines are dropped.
    LogCapped,
    /// A call tells how far it is.
    Progress {
        /// The call's identifier.
        call: u64,
        /// From 0 to 1.
        fraction: f64,
        /// What is being done.
        message: String,
    },
    /// Something was refused, whether or not for the first time.
    Refused {
        /// The permission that was missing, or what stands for it: [`Denied::permission`].
        permission: String,
        /// What was asked for: [`Denied::object`].
        object: String,
    },
    /// Something was refused for the first time.
    Denied(Denied),
    /// A call has so much more time.
    Extend {
        /// The call's identifier.
        call: u64,
        /// Milliseconds.
        ms: u64,
    },
    /// Nobody wants this answer any more: what is waited for of it has failed.
    Close {
        /// The number that its request had.
        stream: u64,
    },
    /// Something is to be done, and [`crate::Door::finish`] to be called then.
    Work {
        /// Its number.
        number: u64,
        /// What.
        work: Work,
    },
    /// Something happened, and others may be told of it.
    Emitted {
        /// Its topic.
        topic: String,
        /// What there is to say, validated.
        data: Value,
    },
    /// From here on the cell listens for these topics and no others.
    Listens(Vec<TopicPattern>),
    /// An event has been dealt with.
    Heard {
        /// The request's identifier.
        request: u64,
        /// How the plugin failed, if it did.
        outcome: Result<(), RpcError>,
    },
    /// A token was issued, or refused.
    Elevated(Elevation),
}
