//! `aether:plugin/env`, `kv` and `secret`.

use aether_protocol::Payload;
use aether_protocol::v1::{self, method};
use wasmtime::component::Resource;

use super::failure::{Told, told};
use super::token::Token;
use crate::bindings::aether::plugin::{env, kv, secret};
use crate::gate::Gate;
use crate::state::{State, split};

impl<G: Gate> env::Host for State<G> {
    fn get(&mut self, name: String) -> Told<Option<String>> {
        let asked = self.ask::<v1::EnvValue>(method::ENV_GET, &v1::EnvGet { name });
        told(asked.map(|answer| answer.value))
    }

    fn names(&mut self) -> Told<Vec<String>> {
        let asked = self.ask::<v1::Names>(method::ENV_LIST, &v1::Empty {});
        told(asked.map(|answer| answer.names))
    }
}

impl<G: Gate> kv::Host for State<G> {
    fn get(&mut self, key: String) -> Told<Option<String>> {
        let asked = self.ask_with(method::KV_GET, &v1::KvKey { key }, Vec::new());
        told(asked.and_then(|(answer, mut attached): (v1::KvValue, _)| {
            answer.value.map(|value| attached.json(value)).transpose()
        }))
    }

    fn set(&mut self, key: String, value: String) -> Told<()> {
        told(split(Payload::json(value)).and_then(|(value, attach)| {
            self.tell_with(method::KV_SET, &v1::KvSet { key, value }, attach)
        }))
    }

    fn delete(&mut self, key: String) -> Told<bool> {
        let asked = self.ask::<v1::KvDeleted>(method::KV_DELETE, &v1::KvKey { key });
        told(asked.map(|answer| answer.deleted))
    }

    fn keys(&mut self, prefix: String) -> Told<Vec<String>> {
        let asked = self.ask::<v1::Names>(method::KV_LIST, &v1::KvList { prefix });
        told(asked.map(|answer| answer.names))
    }
}

impl<G: Gate> secret::Host for State<G> {
    fn get(&mut self, name: String, token: Option<Resource<Token>>) -> Told<String> {
        let token = self.token_text(token)?;
        let asked = self.ask::<v1::SecretValue>(method::SECRET_GET, &v1::SecretGet { name, token });
        told(asked.map(|answer| answer.value))
    }
}
