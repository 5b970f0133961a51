//! The first exchange: protocol version and runtime.

use aether_protocol::v1::{self, Hello};
use aether_protocol::{Code, RpcError};

use crate::client::{Ask, Client, Gone, Incoming};

/// The runtimes that this cell can start.
const RUNTIMES: [&str; 2] = ["javascript", WASM];

/// The one for WebAssembly.
pub(crate) const WASM: &str = "wasm";

/// Waits for a hello that can be served; `None` when the end comes first.
pub(crate) fn wait(client: &mut Client) -> Result<Option<(u64, Hello)>, Gone> {
    loop {
        match client.next(None)? {
            Some(Incoming::Ask { id, ask: Ask::Hello(hello) }) => match refusal(&hello) {
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

fn refusal(hello: &Hello) -> Option<RpcError> {
    if !hello.protocol.contains(&v1::VERSION) {
        let offered: Vec<String> = hello.protocol.iter().map(u32::to_string).collect();
        let (spoken, offered) = (v1::VERSION, offered.join(", "));
        let message =
            format!("this cell speaks protocol version {spoken}; its host speaks {offered}");
        return Some(RpcError::new(Code::UnsupportedVersion, message));
    }
    if !RUNTIMES.contains(&hello.runtime.as_str()) {
        let message = format!("this cell runs `{}`", RUNTIMES.join("` or `"));
        return Some(RpcError::new(Code::InvalidParams, message));
    }
    None
}
