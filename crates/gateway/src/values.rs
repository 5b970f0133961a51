//! Where a plugin's keys and values are.

use std::collections::BTreeMap;
use std::fmt;

use aether_protocol::{Code, RpcError};

use crate::limits;

/// A plugin's keys and JSON texts, under a quota, wherever they are kept.
pub trait Values: fmt::Debug + Send {
    /// The value of a key.
    ///
    /// # Errors
    /// [`ValuesError`].
    fn get(&mut self, key: &str) -> Result<Option<String>, ValuesError>;

    /// Gives a key a value.
    ///
    /// # Errors
    /// [`ValuesError`]; nothing has changed then.
    fn set(&mut self, key: String, value: String) -> Result<(), ValuesError>;

    /// Removes a key; says whether it was there.
    ///
    /// # Errors
    /// [`ValuesError`].
    fn delete(&mut self, key: &str) -> Result<bool, ValuesError>;

    /// The keys that begin with a prefix, in order.
    ///
    /// # Errors
    /// [`ValuesError`].
    fn names(&mut self, prefix: &str) -> Result<Vec<String>, ValuesError>;

    /// Makes what has changed last beyond the cell, if it is to.
    ///
    /// # Errors
    /// [`ValuesError`]; the changes wait for the next time.
    fn flush(&mut self) -> Result<(), ValuesError>;

    /// The digest of the version that wrote last, once that is known and where it is not the one
    /// that runs.
    fn written_by_other(&self) -> Option<&str>;
}

/// Why keys and values cannot be had. The plugin is told the kind, the person the whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValuesError {
    /// There would be more than the quota.
    #[error(
        "the store is full: {} bytes in {} keys are the most",
        limits::KV_BYTES,
        limits::KV_KEYS
    )]
    Full,
    /// Another process has them. The text is for the person alone.
    #[error("the store is in use by another run of this plugin: {0}")]
    InUse(String),
    /// They cannot be read or written. The text is for the person alone.
    #[error("the store cannot be used: {0}")]
    Unusable(String),
}

impl From<&ValuesError> for RpcError {
    fn from(error: &ValuesError) -> Self {
        match error {
            ValuesError::Full => RpcError::new(Code::QuotaExceeded, error.to_string()),
            // A path of the host is nothing for a plugin.
            ValuesError::InUse(_) => {
                let text = "the store is in use by another run of this plugin";
                RpcError::new(Code::Io, text).with("code", "EBUSY")
            }
            ValuesError::Unusable(_) => {
                RpcError::new(Code::Io, "the store cannot be used").with("code", "EIO")
            }
        }
    }
}

/// Keys and values in memory, for the life of a cell.
#[derive(Debug, Default)]
pub struct InMemory {
    values: BTreeMap<String, String>,
    bytes: u64,
}

fn cost(key: &str, value: &str) -> u64 {
    (key.len() + value.len()) as u64
}

impl Values for InMemory {
    fn get(&mut self, key: &str) -> Result<Option<String>, ValuesError> {
        Ok(self.values.get(key).cloned())
    }

    fn set(&mut self, key: String, value: String) -> Result<(), ValuesError> {
        let old = self.values.get(&key).map_or(0, |old| cost(&key, old));
        let bytes = self.bytes - old + cost(&key, &value);
        let full = old == 0 && self.values.len() >= limits::KV_KEYS;
        if bytes > limits::KV_BYTES || full {
            return Err(ValuesError::Full);
        }
        self.bytes = bytes;
        self.values.insert(key, value);
        Ok(())
    }

    fn delete(&mut self, key: &str) -> Result<bool, ValuesError> {
        let Some(value) = self.values.remove(key) else { return Ok(false) };
        self.bytes -= cost(key, &value);
        Ok(true)
    }

    fn names(&mut self, prefix: &str) -> Result<Vec<String>, ValuesError> {
        let from = self.values.range(prefix.to_owned()..);
        let names = from.map(|(key, _)| key).take_while(|key| key.starts_with(prefix));
        Ok(names.cloned().collect())
    }

    fn flush(&mut self) -> Result<(), ValuesError> {
        Ok(())
    }

    fn written_by_other(&self) -> Option<&str> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quota_counts_what_is_there_now() {
        let mut store = InMemory::default();
        let big = "x".repeat(limits::KV_BYTES as usize - 1);
        store.set("a".into(), big.clone()).unwrap();
        assert!(store.set("b".into(), "1".into()).is_err());
        store.set("a".into(), "1".into()).unwrap();
        store.set("b".into(), "1".into()).unwrap();
        assert!(store.delete("a").unwrap() && store.delete("b").unwrap());
        assert!(!store.delete("b").unwrap());
        assert_eq!(store.bytes, 0);
        store.set("a".into(), big).unwrap();
    }

    #[test]
    fn the_number_of_keys_is_bounded() {
        let mut store = InMemory::default();
        for index in 0..limits::KV_KEYS {
            store.set(index.to_string(), "1".into()).unwrap();
        }
        assert!(store.set("one more".into(), "1".into()).is_err());
        store.set("0".into(), "2".into()).unwrap();
    }

    #[test]
    fn a_plugin_is_told_no_place_of_the_host() {
        for error in [ValuesError::InUse("/home/a".into()), ValuesError::Unusable("/home/a".into())]
        {
            assert!(error.to_string().contains("/home/a"));
            assert!(!RpcError::from(&error).message.contains('/'));
        }
    }
}
