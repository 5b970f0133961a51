//! The plugin's own store.

use aether_audit::{Kind, Verdict};
use aether_protocol::v1::{Empty, KvDeleted, KvKey, KvList, KvSet, KvValue, Names};
use aether_protocol::{Code, Payload, RpcError, strict};

use crate::answer::{Answer, Blobs};
use crate::door::{Door, bad_payload};
use crate::listing::fitting;
use crate::values::{Values, ValuesError};
use crate::{Denied, limits};

impl Door {
    pub(crate) fn kv_get(&mut self, asked: KvKey) -> Result<Answer, RpcError> {
        check_key(&asked.key)?;
        self.record("kv.get", Some(&asked.key))?;
        let Some(value) = self.values(|values| values.get(&asked.key))? else {
            return Answer::of(&KvValue { value: None });
        };
        let outgoing = self.carried(Payload::json(value))?;
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
        self.values(|values| values.set(asked.key, text))?;
        Answer::of(&Empty {})
    }

    pub(crate) fn kv_delete(&mut self, asked: KvKey) -> Result<Answer, RpcError> {
        check_key(&asked.key)?;
        self.record("kv.delete", Some(&asked.key))?;
        let deleted = self.values(|values| values.delete(&asked.key))?;
        Answer::of(&KvDeleted { deleted })
    }

    pub(crate) fn kv_list(&mut self, asked: KvList) -> Result<Answer, RpcError> {
        if asked.prefix.len() > limits::KV_KEY_BYTES {
            return Err(bad_key());
        }
        self.record("kv.list", Some(&asked.prefix))?;
        match fitting(self.values(|values| values.names(&asked.prefix))?.into_iter()) {
            (names, true) => Answer::of(&Names { names }),
            // A part of them would look like all.
            (_, false) => Err(RpcError::new(
                Code::QuotaExceeded,
                "these are more names than one list carries: ask with a longer prefix",
            )),
        }
    }

    /// Makes what the plugin has stored last. To be called before a call's result is handed on:
    /// what it says to have stored is stored.
    ///
    /// # Errors
    /// [`ValuesError`], which is also told and recorded.
    pub fn flush_values(&mut self) -> Result<(), ValuesError> {
        let flushed = self.services.values.flush();
        flushed.inspect_err(|error| self.note_values(error))
    }

    fn values<T>(
        &mut self,
        act: impl FnOnce(&mut dyn Values) -> Result<T, ValuesError>,
    ) -> Result<T, RpcError> {
        let done = act(&mut *self.services.values);
        self.see_who_wrote();
        done.map_err(|error| {
            self.note_values(&error);
            RpcError::from(&error)
        })
    }

    fn note_values(&mut self, error: &ValuesError) {
        if *error != ValuesError::Full {
            self.note_exception(Denied::STORE, "store", &error.to_string(), Verdict::Failed);
        }
    }

    /// Writes down, once, that what is there was written by another version: a plugin of the same
    /// name is not always of the same author.
    fn see_who_wrote(&mut self) {
        let other = self.services.values.written_by_other();
        let Some(other) = other.filter(|_| self.ledger.stored_by.is_none()) else { return };
        let other = other.to_owned();
        let event = self.auditor.event(Kind::HostCall, "kv.open", Verdict::Noted);
        // The call itself is recorded, or has not happened.
        drop(
            self.auditor
                .write(&event.object("the store of another version").detail("written_by", &*other)),
        );
        self.ledger.stored_by = Some(other);
    }
}

fn check_key(key: &str) -> Result<(), RpcError> {
    if key.is_empty() || key.len() > limits::KV_KEY_BYTES { Err(bad_key()) } else { Ok(()) }
}

fn bad_key() -> RpcError {
    let text = format!("a key has 1 to {} bytes", limits::KV_KEY_BYTES);
    RpcError::new(Code::InvalidParams, text)
}
