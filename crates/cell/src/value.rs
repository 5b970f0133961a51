//! The plain values that cross between an engine and native code.
//!
//! Nothing else crosses: no object, proxy or function of the plugin ever reaches native code.

use std::collections::VecDeque;
use std::rc::Rc;

use aether_protocol::{Code, RpcError};

use crate::channel::Attached;
use crate::engine::sources::Unread;

/// A value that JavaScript hands to a native operation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Arg {
    /// Left out, `undefined` or `null`.
    Nothing,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string, lone surrogates replaced.
    Text(String),
    /// A copy of the bytes of a `Uint8Array`.
    Bytes(Vec<u8>),
}

/// A value that a native operation hands to JavaScript.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ret {
    /// `undefined`.
    Nothing,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string.
    Text(String),
    /// A new `Uint8Array`.
    Bytes(Vec<u8>),
    /// A new `Uint8Array` with what arrived as a memory file, which is read then.
    File(Rc<Attached>),
    /// Whatever this JSON text says.
    Json(String),
    /// A new array.
    List(Vec<Ret>),
}

impl From<RpcError> for Raise {
    fn from(error: RpcError) -> Self {
        Self::Host(error)
    }
}

/// What a native operation throws.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Raise {
    /// A `TypeError`: the runtime or a plugin passed what the operation does not take.
    Type(String),
    /// An error answered by the host, or one in the same form.
    Host(RpcError),
    /// A module that cannot be had.
    Module {
        /// Why not.
        unread: Box<Unread>,
        /// What it was called.
        specifier: String,
        /// Who wants it.
        referrer: String,
    },
}

impl Raise {
    /// A `TypeError` with this message.
    pub(crate) fn wrong(message: impl Into<String>) -> Self {
        Self::Type(message.into())
    }
}

/// Longest name of a file, key or variable that goes to the host, in bytes. Beyond what any of them
/// may have, so that the host's own limits are the ones that are told.
const NAME_BYTES: usize = 64 << 10;

pub(crate) fn bounded(name: String, what: &str) -> Result<String, Raise> {
    if name.len() <= NAME_BYTES {
        return Ok(name);
    }
    let text = format!("{what} is longer than the {NAME_BYTES} bytes that a name may have");
    Err(Raise::Host(RpcError::new(Code::InvalidParams, text)))
}

/// The arguments of one operation, taken in order.
#[derive(Debug)]
pub(crate) struct Args(VecDeque<Arg>);

impl Args {
    /// These arguments.
    pub(crate) fn new(args: impl IntoIterator<Item = Arg>) -> Self {
        Self(args.into_iter().collect())
    }

    /// Bytes of all texts and byte strings among them.
    pub(crate) fn total_bytes(&self) -> usize {
        self.0
            .iter()
            .map(|arg| match arg {
                Arg::Text(text) => text.len(),
                Arg::Bytes(bytes) => bytes.len(),
                Arg::Nothing | Arg::Bool(_) | Arg::Number(_) => 0,
            })
            .sum()
    }

    /// The next argument, a name: a string that is no longer than any host takes. Stops names of
    /// many megabytes from being escaped and copied only to be refused.
    pub(crate) fn name(&mut self, what: &str) -> Result<String, Raise> {
        bounded(self.text(what)?, what)
    }

    /// The next argument, a string.
    pub(crate) fn text(&mut self, what: &str) -> Result<String, Raise> {
        self.maybe_text(what)?.ok_or_else(|| expected(what, "a string"))
    }

    /// The next argument, a name or nothing.
    pub(crate) fn maybe_name(&mut self, what: &str) -> Result<Option<String>, Raise> {
        self.maybe_text(what)?.map(|name| bounded(name, what)).transpose()
    }

    /// The next argument, a string or nothing.
    pub(crate) fn maybe_text(&mut self, what: &str) -> Result<Option<String>, Raise> {
        match self.take() {
            Arg::Nothing => Ok(None),
            Arg::Text(text) => Ok(Some(text)),
            _ => Err(expected(what, "a string")),
        }
    }

    /// The next argument, a number.
    pub(crate) fn number(&mut self, what: &str) -> Result<f64, Raise> {
        match self.take() {
            Arg::Number(number) => Ok(number),
            _ => Err(expected(what, "a number")),
        }
    }

    /// The next argument, a whole number from zero up to 2^53, or nothing.
    pub(crate) fn maybe_count(&mut self, what: &str) -> Result<Option<u64>, Raise> {
        const LARGEST: f64 = 9_007_199_254_740_992.0;
        match self.take() {
            Arg::Nothing => Ok(None),
            Arg::Number(number) if (0.0..=LARGEST).contains(&number) && number.fract() == 0.0 => {
                Ok(Some(number as u64))
            }
            _ => Err(expected(what, "a whole number that is not negative")),
        }
    }

    /// The next argument, a whole number from zero up to 2^53.
    pub(crate) fn count(&mut self, what: &str) -> Result<u64, Raise> {
        self.maybe_count(what)?.ok_or_else(|| expected(what, "a whole number"))
    }

    /// The next argument, true or false; nothing is false.
    pub(crate) fn flag(&mut self, what: &str) -> Result<bool, Raise> {
        match self.take() {
            Arg::Nothing => Ok(false),
            Arg::Bool(flag) => Ok(flag),
            _ => Err(expected(what, "a boolean")),
        }
    }

    /// The next argument, bytes.
    pub(crate) fn bytes(&mut self, what: &str) -> Result<Vec<u8>, Raise> {
        match self.take() {
            Arg::Bytes(bytes) => Ok(bytes),
            _ => Err(expected(what, "a Uint8Array")),
        }
    }

    /// The next argument, whatever it is.
    pub(crate) fn take(&mut self) -> Arg {
        self.0.pop_front().unwrap_or(Arg::Nothing)
    }
}

fn expected(what: &str, kind: &str) -> Raise {
    Raise::wrong(format!("{what} must be {kind}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_do_not_count_are_refused() {
        for number in [-1.0, 0.5, f64::NAN, f64::INFINITY, 1e300] {
            assert!(Args::new([Arg::Number(number)]).count("offset").is_err(), "{number}");
        }
        assert_eq!(Args::new([Arg::Number(3.0)]).count("offset"), Ok(3));
        assert_eq!(Args::new([]).maybe_count("offset"), Ok(None));
    }

    #[test]
    fn the_message_names_the_argument() {
        let error = Args::new([Arg::Bool(true)]).text("the path").unwrap_err();
        assert_eq!(error, Raise::Type("the path must be a string".into()));
    }
}
