//! The first exchange: protocol version and runtime.

use aether_protocol::v1::{self, Hello};
use aether_protocol::{Code, RpcError};

use crate::client::{Ask, Client, Gone, Incoming};

/// The runtime for JavaScript.
pub(crate) const JAVASCRIPT: &str = "javascript";

/// The one for WebAssembly.
pub(crate) const WASM: &str = "wasm";

/// Waits for a hello for one of these runtimes; `None` when the end comes first.
pub(crate) fn wait(client: &mut Client, runtimes: &[&str]) -> Result<Option<(u64, Hello)>, Gone> {
    loop {
        match client.next(None)? {
            Some(Incoming::Ask { id, ask: Ask::Hello(hello) }) => match refusal(&hello, runtimes) {
                Some(error) => client.fail(id, &error)?,
                None => return Ok(Some((id, *hello))),
            },
            Some(Incoming::Ask { id, .. }) => {
                client.fail(id, &RpcError::new(Code::InvalidRequest, "`hello` comes first"))?;
            }
            Some(Incoming::Shutdown) => return Ok(None),
            _ => {}
        }
    }
}

fn refusal(hello: &Hello, runtimes: &[&str]) -> Option<RpcError> {
    if !hello.protocol.contains(&v1::VERSION) {
        let offered: Vec<String> = hello.protocol.iter().map(u32::to_string).collect();
        let (spoken, offered) = (v1::VERSION, offered.join(", "));
        let message =
            format!("this cell speaks protocol version {spoken}; its host speaks {offered}");
        return Some(RpcError::new(Code::UnsupportedVersion, message));
    }
    if !runtimes.contains(&hello.runtime.as_str()) {
        let message = format!("this cell runs `{}`", runtimes.join("` or `"));
        return Some(RpcError::new(Code::InvalidParams, message));
    }
    None
}
