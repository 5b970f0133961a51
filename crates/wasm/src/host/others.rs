//! `aether:plugin/plugins`, `events`, `blob` and `command`.

use aether_protocol::Payload;
use aether_protocol::v1::{self, method};
use wasmtime::component::Resource;

use super::failure::{Told, told};
use super::token::Token;
use crate::bindings::aether::plugin::{blob, command, events, plugins};
use crate::gate::Gate;
use crate::state::{State, split};

impl<G: Gate> plugins::Host for State<G> {
    fn call(&mut self, name: String, input: String) -> Told<String> {
        told(split(Payload::json(input)).and_then(|(input, attach)| {
            let params = v1::PluginsCall { method: name, input };
            let (reply, mut attached): (v1::CallReply, _) =
                self.ask_with(method::PLUGINS_CALL, &params, attach)?;
            attached.json(reply.output)
        }))
    }
}

impl<G: Gate> events::Host for State<G> {
    fn emit(&mut self, topic: String, data: String) -> Told<()> {
        told(split(Payload::json(data)).and_then(|(data, attach)| {
            self.tell_with(method::EVENTS_EMIT, &v1::EventsEmit { topic, data }, attach)
        }))
    }

    fn on(&mut self, topic: String) -> Told<()> {
        told(self.tell(method::EVENTS_ON, &v1::EventsOn { topic }))
    }

    fn off(&mut self, topic: String) -> Told<()> {
        told(self.tell(method::EVENTS_OFF, &v1::EventsOn { topic }))
    }
}

impl<G: Gate> blob::Host for State<G> {
    fn create(&mut self, data: Vec<u8>) -> Told<String> {
        told(split(Payload::bytes(data)).and_then(|(data, attach)| {
            let (made, _): (v1::BlobMade, _) =
                self.ask_with(method::BLOB_CREATE, &v1::BlobCreate { data }, attach)?;
            Ok(made.blob)
        }))
    }

    fn open(&mut self, blob: String) -> Told<Vec<u8>> {
        let opened = self.ask_with(method::BLOB_OPEN, &v1::BlobName { blob }, Vec::new());
        told(opened.and_then(|(data, mut attached): (v1::Data, _)| attached.bytes(data.data)))
    }

    fn send(&mut self, blob: String, plugin: String) -> Told<()> {
        told(self.tell(method::BLOB_SEND, &v1::BlobSend { blob, to: plugin }))
    }

    fn drop(&mut self, blob: String) -> Told<()> {
        told(self.tell(method::BLOB_DROP, &v1::BlobName { blob }))
    }
}

impl<G: Gate> command::Host for State<G> {
    fn run(
        &mut self,
        name: String,
        input: Option<Vec<u8>>,
        token: Option<Resource<Token>>,
    ) -> Told<command::Done> {
        let token = self.token_text(token)?;
        let split = input.map(|bytes| split(Payload::bytes(bytes))).transpose();
        told(split.and_then(|made| {
            let (input, attach) =
                made.map_or((None, Vec::new()), |(input, attach)| (Some(input), attach));
            let params = v1::CommandRun { name, input, token };
            let (done, mut attached): (v1::CommandDone, _) =
                self.ask_with(method::COMMAND_RUN, &params, attach)?;
            let output = attached.bytes(done.output)?;
            let errors = attached.bytes(done.errors)?;
            let errors = String::from_utf8_lossy(&errors).into_owned();
            Ok(command::Done { code: done.code, output, errors })
        }))
    }
}
