//! What a person answered before: remembered per plugin version and exact request, so that neither
//! a new version nor a wider request can profit from an old answer.
//!
//! This is data only. Where it is kept, and that nobody but its owner can write there, is the
//! caller's affair.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The longest store that is read (4 MiB): it lies on disk, where another program may have written
/// it.
pub const MAX_CONSENTS: usize = 4 * 1024 * 1024;

/// The format's version; another one is refused rather than guessed at.
const VERSION: u32 = 1;

/// A remembered "allow always".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// The plugin's digest (`b3:…`): its exact version.
    pub plugin: String,
    /// The digest of what was asked for
    /// ([`Review::request_digest`](crate::grant::Review::request_digest)).
    pub request: String,
    /// The plugin's name when it was asked, to show in lists.
    pub name: String,
    /// The plugin's version when it was asked, to show in lists.
    pub version: String,
    /// When the answer was given.
    pub given: Timestamp,
}

/// The remembered answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consents {
    answers: Vec<Consent>,
}

/// Why a store cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ConsentsError {
    /// Longer than [`MAX_CONSENTS`].
    #[error("the consent store has {0} bytes; at most {MAX_CONSENTS} are read")]
    TooLarge(usize),
    /// Not the JSON that [`Consents::to_json`] writes.
    #[error("the consent store cannot be read: {0}")]
    Syntax(#[from] serde_json::Error),
    /// Written by another version of Aether.
    #[error("the consent store has version {0}; this one reads version {VERSION}")]
    Version(u32),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Store {
    version: u32,
    consents: Vec<Consent>,
}

impl Consents {
    /// An empty store.
    pub fn new() -> Self {
        Consents::default()
    }

    /// The answer for exactly this plugin version and this request.
    pub fn find(&self, plugin: &str, request: &str) -> Option<&Consent> {
        self.answers.iter().find(|answer| answer.plugin == plugin && answer.request == request)
    }

    /// Remembers an answer, in place of an older one to the same question.
    pub fn remember(&mut self, answer: Consent) {
        self.answers.retain(|old| old.plugin != answer.plugin || old.request != answer.request);
        self.answers.push(answer);
    }

    /// Forgets every answer about a plugin, by name or digest; returns how many there were.
    pub fn revoke(&mut self, plugin: &str) -> usize {
        let before = self.answers.len();
        self.answers.retain(|answer| answer.name != plugin && answer.plugin != plugin);
        before - self.answers.len()
    }

    /// The answers, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Consent> {
        self.answers.iter()
    }

    /// Reads a store.
    pub fn from_json(text: &str) -> Result<Self, ConsentsError> {
        if text.len() > MAX_CONSENTS {
            return Err(ConsentsError::TooLarge(text.len()));
        }
        let store: Store = serde_json::from_str(text)?;
        if store.version != VERSION {
            return Err(ConsentsError::Version(store.version));
        }
        Ok(Consents { answers: store.consents })
    }

    /// Writes the store.
    pub fn to_json(&self) -> Result<String, ConsentsError> {
        let store = Store { version: VERSION, consents: self.answers.clone() };
        Ok(serde_json::to_string_pretty(&store)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consent(plugin: &str, request: &str) -> Consent {
        let given = "2026-11-23T10:00:00Z".parse().unwrap();
        Consent {
            plugin: plugin.into(),
            request: request.into(),
            name: "n".into(),
            version: "1".into(),
            given,
        }
    }

    #[test]
    fn an_answer_counts_for_its_plugin_and_request_alone() {
        let mut consents = Consents::new();
        consents.remember(consent("b3:a", "b3:1"));
        consents.remember(consent("b3:a", "b3:1"));
        assert_eq!(consents.iter().count(), 1);
        assert!(consents.find("b3:a", "b3:1").is_some());
        assert!(consents.find("b3:b", "b3:1").is_none());
        assert!(consents.find("b3:a", "b3:2").is_none());
    }

    #[test]
    fn a_store_survives_writing_and_reading() {
        let mut consents = Consents::new();
        consents.remember(consent("b3:a", "b3:1"));
        consents.remember(consent("b3:b", "b3:2"));
        let text = consents.to_json().unwrap();
        assert_eq!(Consents::from_json(&text).unwrap(), consents);
        assert_eq!(consents.revoke("b3:a"), 1);
        assert_eq!(consents.revoke("n"), 1);
        assert_eq!(consents.revoke("n"), 0);
    }

    #[test]
    fn stores_that_are_not_ours_are_refused() {
        let check = |text: &str, expect: &str| {
            let error = Consents::from_json(text).unwrap_err().to_string();
            assert!(error.contains(expect), "{error}");
        };
        check("", "cannot be read");
        check("{\"version\":2,\"consents\":[]}", "version 2");
        check("{\"version\":1,\"consents\":[],\"all\":true}", "unknown field");
        check("{\"version\":1,\"consents\":[{\"plugin\":\"b3:a\"}]}", "missing field");
        check(&" ".repeat(MAX_CONSENTS + 1), "bytes");
    }
}
