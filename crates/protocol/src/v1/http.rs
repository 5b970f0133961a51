//! Requests to other machines.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TokenText;
use crate::payload::Payload;

/// A request to another machine.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpFetch {
    /// The method; `GET` when left out.
    #[serde(default = "get")]
    pub method: String,
    /// The whole address.
    pub url: String,
    /// Names and values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The body, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Payload>,
    /// What to do with redirects.
    #[serde(default)]
    pub redirect: Redirect,
    /// A token for the host, where the grant does not name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenText>,
    /// A number of the cell's own, of which no other answer is open: the body is then read by it, piece
    /// by piece, and it ends the request at any time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<u64>,
}

fn get() -> String {
    "GET".to_owned()
}

/// What to do with redirects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Redirect {
    /// Follow them, each decided on anew.
    #[default]
    Follow,
    /// Fail.
    Error,
    /// Give the redirect as the answer.
    Manual,
}

/// The answer of another machine.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpReply {
    /// The status.
    pub status: u16,
    /// What the server says of it; empty where it says nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The address that answered.
    pub url: String,
    /// Whether there were redirects.
    #[serde(default)]
    pub redirected: bool,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body, decoded; none where it is read by the number of its stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Payload>,
}

/// The next piece of an answer's body.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpRead {
    /// The number that the request had.
    pub stream: u64,
}

/// A piece of a body.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpData {
    /// The piece; empty at the end alone.
    pub data: Payload,
    /// The body is whole with it, and the number is free again.
    #[serde(default)]
    pub end: bool,
}

/// An answer that nobody wants any more.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpClose {
    /// The number that the request had. One that is not open is closed already.
    pub stream: u64,
}
