//! `aether:plugin/token`. The text of a token stays on this side: the plugin has a handle, which
//! gets into no log and cannot be handed to anybody else.

use aether_protocol::v1::{self, method};
use wasmtime::component::Resource;

use super::failure::{Told, told};
use crate::bindings::aether::plugin::token::{self, Caveats, Want};
use crate::gate::{Gate, Refused};
use crate::state::State;

/// A token that a plugin has.
#[derive(Debug)]
pub struct Token {
    text: v1::TokenText,
    uses: u32,
}

impl<G: Gate> token::Host for State<G> {
    fn request(&mut self, want: Want, uses: Option<u32>, reason: String) -> Told<Resource<Token>> {
        let want = match want {
            Want::HostWrite(path) => v1::Want::HostWrite { path },
            Want::Network(to) => v1::Want::Network { host: to.host, port: to.port },
            Want::Command(name) => v1::Want::Command { name },
            Want::Secret(name) => v1::Want::Secret { name },
        };
        match told(self.request_token(want, uses, reason))? {
            Ok(reply) => {
                let token = Token { text: reply.token, uses: reply.uses };
                Ok(Ok(self.table.push(token)?))
            }
            Err(error) => Ok(Err(error)),
        }
    }

    fn extend_time(&mut self, ms: u64, reason: String) -> Told<()> {
        let extended = self.request_token(v1::Want::Time { ms }, None, reason);
        told(extended.and_then(|reply| {
            let call = Some(self.current.id);
            let params = v1::TimeExtend { call, ms, token: Some(reply.token) };
            // How much it is, the gate says when it is next looked at.
            self.tell(method::TIME_EXTEND, &params)
        }))
    }

    fn extend_memory(&mut self, bytes: u64, reason: String) -> Told<()> {
        let extended = self.request_token(v1::Want::Memory { bytes }, None, reason);
        told(extended.and_then(|reply| {
            let params = v1::MemoryExtend { bytes, token: Some(reply.token) };
            let now: v1::MemoryNow = self.ask(method::MEMORY_EXTEND, &params)?;
            self.limiter.set_memory(now.heap);
            Ok(())
        }))
    }
}

impl<G: Gate> token::HostToken for State<G> {
    fn uses(&mut self, this: Resource<Token>) -> wasmtime::Result<u32> {
        Ok(self.table.get(&this)?.uses)
    }

    fn narrow(&mut self, this: Resource<Token>, caveats: Caveats) -> Told<Resource<Token>> {
        let Token { text, uses } = self.table.get(&this)?;
        let uses = caveats.uses.map_or(*uses, |fewer| fewer.min(*uses));
        let caveats = v1::Caveats {
            method: caveats.method,
            path_prefix: caveats.path_prefix,
            host: caveats.host,
            max_bytes: caveats.max_bytes,
            before_ms: caveats.within_ms,
            uses: caveats.uses,
        };
        let params = v1::TokenNarrow { token: text.clone(), caveats };
        match told(self.ask::<v1::TokenNarrowed>(method::TOKEN_NARROW, &params))? {
            Ok(narrowed) => Ok(Ok(self.table.push(Token { text: narrowed.token, uses })?)),
            Err(error) => Ok(Err(error)),
        }
    }

    fn give_back(&mut self, this: Resource<Token>) -> Told<()> {
        let token = self.table.get(&this)?.text.clone();
        told(self.tell(method::TOKEN_DROP, &v1::TokenDrop { token }))
    }

    fn drop(&mut self, this: Resource<Token>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}

impl<G: Gate> State<G> {
    /// The text of a token that is lent.
    pub(super) fn token_text(
        &self,
        token: Option<Resource<Token>>,
    ) -> wasmtime::Result<Option<v1::TokenText>> {
        token.map(|token| Ok(self.table.get(&token)?.text.clone())).transpose()
    }

    fn request_token(
        &mut self,
        want: v1::Want,
        uses: Option<u32>,
        reason: String,
    ) -> Result<v1::TokenReply, Refused> {
        self.ask(method::TOKEN_REQUEST, &v1::TokenRequest { want, uses, reason })
    }
}
