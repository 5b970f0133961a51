//! Plugins among themselves: calls, events, blobs; and results in pieces.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::payload::Payload;

/// Calls a method of another plugin.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PluginsCall {
    /// The plugin's name, a point, and the method.
    pub method: String,
    /// Its input, JSON.
    pub input: Payload,
}

/// Tells the host, and whoever listens, that something happened.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventsEmit {
    /// What kind of thing.
    pub topic: String,
    /// What there is to say about it, JSON.
    pub data: Payload,
}

/// Begins to listen, or ceases to.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventsOn {
    /// The topic, or a pattern of topics.
    pub topic: String,
}

/// Something happened that the plugin listens for. Answered with `{}` when it has been dealt with.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Happened {
    /// What kind of thing.
    pub topic: String,
    /// The plugin that tells of it; empty for the host.
    pub from: String,
    /// What there is to say about it, JSON.
    pub data: Payload,
    /// Events that were dropped since the last, because too many waited.
    #[serde(default)]
    pub dropped: u64,
    /// Milliseconds until it must have been dealt with.
    pub deadline_ms: u64,
}

/// Makes a blob: bytes that never change and that other plugins can be let read.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlobCreate {
    /// The bytes.
    pub data: Payload,
}

/// A blob's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlobName {
    /// Its name, which says nothing to a plugin that may not read it.
    pub blob: String,
}

/// A blob that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlobMade {
    /// Its name.
    pub blob: String,
    /// Its size in bytes.
    pub size: u64,
}

/// Lets another plugin read a blob.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlobSend {
    /// The blob's name.
    pub blob: String,
    /// The plugin's name.
    pub to: String,
}

/// A piece of a call's result. Answered with `{}` when whoever called has taken it: only so many
/// may be unanswered.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Chunk {
    /// The identifier of the call's request.
    pub call: u64,
    /// The piece, JSON.
    pub data: Payload,
}
