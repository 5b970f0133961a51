//! The plugin's own store: in memory, for the life of the cell.

use std::collections::BTreeMap;

use aether_protocol::v1::{Empty, KvDeleted, KvKey, KvList, KvSet, KvValue, Names};
use aether_protocol::{Code, Payload, RpcError, strict};

use crate::answer::{Answer, Blobs};
use crate::door::{Door, bad_payload};
use crate::limits;
use crate::listing::fitting;

/// Keys and JSON texts under a quota.
#[derive(Debug, Default)]
pub(crate) struct Store {
    values: BTreeMap<String, String>,
    bytes: u64,
}

impl Store {
    fn cost(key: &str, value: &str) -> u64 {
        (key.len() + value.len()) as u64
    }

    fn set(&mut self, key: String, value: String) -> Result<(), RpcError> {
        let old = self.values.get(&key).map_or(0, |old| Self::cost(&key, old));
        let bytes = self.bytes - old + Self::cost(&key, &value);
        let full = old == 0 && self.values.len() >= limits::KV_KEYS;
        if bytes > limits::KV_BYTES || full {
            let text = format!(
                "the store is full: {} bytes in {} keys are the most",
                limits::KV_BYTES,
                limits::KV_KEYS
            );
            return Err(RpcError::new(Code::QuotaExceeded, text));
        }
        self.bytes = bytes;
        self.values.insert(key, value);
        Ok(())
    }

    fn delete(&mut self, key: &str) -> bool {
        let Some(value) = self.values.remove(key) else { return false };
        self.bytes -= Self::cost(key, &value);
        true
    }
}

impl Door {
    pub(crate) fn kv_get(&mut self, asked: KvKey) -> Result<Answer, RpcError> {
        check_key(&asked.key)?;
        self.record("kv.get", Some(&asked.key))?;
        let Some(value) = self.store.values.get(&asked.key) else {
            return Answer::of(&KvValue { value: None });
        };
        let outgoing = self.carried(Payload::json(value.clone()))?;
        Answer::payload(outgoing, |value| KvValue { value: Some(value) })
    }

    pub(crate) fn kv_set(
        &mut self,
        asked: KvSet,
        blobs: &mut dyn Blobs,
    ) -> Result<Answer, RpcError> {
        check_key(&asked.key)?;
        let blob = self.claim(&asked.value, blobs)?;
        let text = asked.value.into_json_text(blob).map_err(|error| bad_payload(&error))?;
        strict::parse(&text).map_err(|error| bad_payload(&error.into()))?;
        self.record("kv.set", Some(&asked.key))?;
        self.store.set(asked.key, text)?;
        Answer::of(&Empty {})
    }

    pub(crate) fn kv_delete(&mut self, asked: KvKey) -> Result<Answer, RpcError> {
        check_key(&asked.key)?;
        self.record("kv.delete", Some(&asked.key))?;
        Answer::of(&KvDeleted { deleted: self.store.delete(&asked.key) })
    }

    pub(crate) fn kv_list(&mut self, asked: KvList) -> Result<Answer, RpcError> {
        if asked.prefix.len() > limits::KV_KEY_BYTES {
            return Err(bad_key());
        }
        self.record("kv.list", Some(&asked.prefix))?;
        let from = self.store.values.range(asked.prefix.clone()..);
        let names = from.map(|(key, _)| key).take_while(|key| key.starts_with(&asked.prefix));
        match fitting(names.cloned()) {
            (names, true) => Answer::of(&Names { names }),
            // A part of them would look like all.
            (_, false) => Err(RpcError::new(
                Code::QuotaExceeded,
                "these are more names than one list carries: ask with a longer prefix",
            )),
        }
    }
}

fn check_key(key: &str) -> Result<(), RpcError> {
    if key.is_empty() || key.len() > limits::KV_KEY_BYTES { Err(bad_key()) } else { Ok(()) }
}

fn bad_key() -> RpcError {
    let text = format!("a key has 1 to {} bytes", limits::KV_KEY_BYTES);
    RpcError::new(Code::InvalidParams, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quota_counts_what_is_there_now() {
        let mut store = Store::default();
        let big = "x".repeat(limits::KV_BYTES as usize - 1);
        store.set("a".into(), big.clone()).unwrap();
        assert!(store.set("b".into(), "1".into()).is_err());
        store.set("a".into(), "1".into()).unwrap();
        store.set("b".into(), "1".into()).unwrap();
        assert!(store.delete("a") && store.delete("b") && !store.delete("b"));
        assert_eq!(store.bytes, 0);
        store.set("a".into(), big).unwrap();
    }

    #[test]
    fn the_number_of_keys_is_bounded() {
        let mut store = Store::default();
        for index in 0..limits::KV_KEYS {
            store.set(index.to_string(), "1".into()).unwrap();
        }
        assert!(store.set("one more".into(), "1".into()).is_err());
        store.set("0".into(), "2".into()).unwrap();
    }
}
