//! The first exchange: protocol version, runtime and engine.

use aether_protocol::v1::{self, Hello};
use aether_protocol::{Code, RpcError};

use crate::client::{Ask, Client, Gone, Incoming};
use crate::engine::Engine;
use crate::engine::quickjs::QuickJs;
#[cfg(feature = "v8")]
use crate::engine::v8::{self, V8};
use crate::wasm;

/// The runtime for JavaScript.
pub(crate) const JAVASCRIPT: &str = "javascript";

/// The one for WebAssembly.
pub(crate) const WASM: &str = "wasm";

/// An engine that can be had here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offer {
    runtime: &'static str,
    /// What a host calls it; empty where the runtime has one engine.
    id: &'static str,
    /// Name and version.
    name: &'static str,
}

impl Offer {
    /// The engine for WebAssembly.
    pub(crate) const WASM: Self = Self { runtime: WASM, id: "", name: wasm::NAME };

    /// An engine for JavaScript.
    pub(crate) const fn javascript<E: Engine>() -> Self {
        Self { runtime: JAVASCRIPT, id: E::ID, name: E::NAME }
    }

    /// Whether it is what the host asks for.
    fn is_for(&self, hello: &Hello) -> bool {
        let id = match (hello.engine.as_str(), self.runtime) {
            ("", JAVASCRIPT) => QuickJs::ID,
            (id, _) => id,
        };
        self.runtime == hello.runtime && self.id == id
    }
}

/// Waits for a hello for one of these engines, and gives it with that one's name; `None` when the end
/// comes first.
pub(crate) fn wait(
    client: &mut Client,
    engines: &[Offer],
) -> Result<Option<(u64, Hello, &'static str)>, Gone> {
    loop {
        match client.next(None)? {
            Some(Incoming::Ask { id, ask: Ask::Hello(hello) }) => match chosen(&hello, engines) {
                Err(error) => client.fail(id, &error)?,
                Ok(engine) => return Ok(Some((id, *hello, engine))),
            },
            Some(Incoming::Ask { id, .. }) => {
                client.fail(id, &RpcError::new(Code::InvalidRequest, "`hello` comes first"))?;
            }
            Some(Incoming::Shutdown) => return Ok(None),
            _ => {}
        }
    }
}

fn chosen(hello: &Hello, engines: &[Offer]) -> Result<&'static str, RpcError> {
    if !hello.protocol.contains(&v1::VERSION) {
        let offered: Vec<String> = hello.protocol.iter().map(u32::to_string).collect();
        let (spoken, offered) = (v1::VERSION, offered.join(", "));
        let message =
            format!("this cell speaks protocol version {spoken}; its host speaks {offered}");
        return Err(RpcError::new(Code::UnsupportedVersion, message));
    }
    if let Some(engine) = engines.iter().find(|engine| engine.is_for(hello)) {
        #[cfg(feature = "v8")]
        if engine.id == V8::ID && v8::is_other_kind(hello.jit) {
            let kind = if hello.jit { "without" } else { "with" };
            let message = format!("V8 was started {kind} machine code here, and stays so");
            return Err(RpcError::new(Code::InvalidParams, message));
        }
        return Ok(engine.name);
    }
    let mut runtimes: Vec<&str> = engines.iter().map(|engine| engine.runtime).collect();
    runtimes.dedup();
    let message = match runtimes.contains(&hello.runtime.as_str()) {
        false => format!("this cell runs `{}`", runtimes.join("` or `")),
        true => {
            let of_it = engines.iter().filter(|engine| engine.runtime == hello.runtime);
            let built: Vec<&str> = of_it.map(|engine| engine.id).collect();
            let (asked, built) = (&hello.engine, built.join("` and `"));
            format!("the engine `{asked}` is not built into this program, which has `{built}`")
        }
    };
    Err(RpcError::new(Code::InvalidParams, message))
}
