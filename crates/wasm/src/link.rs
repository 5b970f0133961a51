//! What a plugin imports, joined to what the host has: only what it imports, so that a plugin
//! which asks for little is loaded at once.

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, HasSelf, Linker};

use crate::bindings::{aether::plugin as aether, wasi};
use crate::compile::is_only_types;
use crate::engine::Engine;
use crate::gate::Gate;
use crate::state::State;
use crate::worlds;

/// Links the imports of a component.
pub(crate) fn link<G: Gate + 'static>(
    engine: &Engine,
    component: &Component,
) -> wasmtime::Result<Linker<State<G>>> {
    let mut linker = Linker::new(&engine.engine);
    let ty = component.component_type();
    for (name, import) in ty.imports(&engine.engine) {
        let (interface, _) = name.split_once('@').unwrap_or((name, ""));
        if !add(&mut linker, interface)? && !is_only_types(&import.ty, &engine.engine) {
            wasmtime::bail!("`{name}` is not served; compile the plugin again");
        }
        if let ComponentItem::ComponentInstance(instance) = &import.ty {
            let items =
                instance.exports(&engine.engine).map(|(name, item)| (name, item.ty.clone()));
            stub(&mut linker, interface, items)?;
        }
    }
    Ok(linker)
}

/// What can be done with sockets is linked too, so that programs which could use some run. None of
/// it can be reached without a handle that is never given.
fn stub<'a, G: Gate + 'static>(
    linker: &mut Linker<State<G>>,
    interface: &str,
    items: impl Iterator<Item = (&'a str, ComponentItem)>,
) -> wasmtime::Result<()> {
    if !interface.starts_with("wasi:sockets/") {
        return Ok(());
    }
    let mut instance = linker.instance(&format!("{interface}@{}", worlds::wasi_version()))?;
    for (name, item) in items {
        if !matches!(item, ComponentItem::ComponentFunc(_)) {
            continue;
        }
        let full = format!("{interface}#{name}");
        // It fails where there is such a function already, which is one that is served.
        let _ = instance.func_new(name, move |_, _, _, _| {
            wasmtime::bail!("`{full}` is for sockets, and plugins have none")
        });
    }
    Ok(())
}

/// Adds an interface; false where it is not served.
fn add<G: Gate + 'static>(
    linker: &mut Linker<State<G>>,
    interface: &str,
) -> wasmtime::Result<bool> {
    macro_rules! table {
        ($($name:literal => $($path:ident)::+,)*) => {
            match interface {
                $(
                    $name => {
                        $($path)::+::add_to_linker::<_, HasSelf<State<G>>>(linker, |state| state)?;
                    }
                )*
                _ => return Ok(false),
            }
        };
    }
    table! {
        "aether:plugin/blob" => aether::blob,
        "aether:plugin/call" => aether::call,
        "aether:plugin/command" => aether::command,
        "aether:plugin/env" => aether::env,
        "aether:plugin/events" => aether::events,
        "aether:plugin/fs" => aether::fs,
        "aether:plugin/http" => aether::http,
        "aether:plugin/kv" => aether::kv,
        "aether:plugin/log" => aether::log,
        "aether:plugin/plugins" => aether::plugins,
        "aether:plugin/secret" => aether::secret,
        "aether:plugin/time" => aether::time,
        "aether:plugin/token" => aether::token,
        "aether:plugin/types" => aether::types,
        "wasi:cli/environment" => wasi::cli::environment,
        "wasi:cli/exit" => wasi::cli::exit,
        "wasi:cli/stderr" => wasi::cli::stderr,
        "wasi:cli/stdin" => wasi::cli::stdin,
        "wasi:cli/stdout" => wasi::cli::stdout,
        "wasi:cli/terminal-input" => wasi::cli::terminal_input,
        "wasi:cli/terminal-output" => wasi::cli::terminal_output,
        "wasi:cli/terminal-stderr" => wasi::cli::terminal_stderr,
        "wasi:cli/terminal-stdin" => wasi::cli::terminal_stdin,
        "wasi:cli/terminal-stdout" => wasi::cli::terminal_stdout,
        "wasi:clocks/monotonic-clock" => wasi::clocks::monotonic_clock,
        "wasi:clocks/timezone" => wasi::clocks::timezone,
        "wasi:clocks/wall-clock" => wasi::clocks::wall_clock,
        "wasi:filesystem/preopens" => wasi::filesystem::preopens,
        "wasi:filesystem/types" => wasi::filesystem::types,
        "wasi:http/outgoing-handler" => wasi::http::outgoing_handler,
        "wasi:http/types" => wasi::http::types,
        "wasi:io/error" => wasi::io::error,
        "wasi:io/poll" => wasi::io::poll,
        "wasi:io/streams" => wasi::io::streams,
        "wasi:random/insecure" => wasi::random::insecure,
        "wasi:random/insecure-seed" => wasi::random::insecure_seed,
        "wasi:random/random" => wasi::random::random,
        "wasi:sockets/instance-network" => wasi::sockets::instance_network,
        "wasi:sockets/ip-name-lookup" => wasi::sockets::ip_name_lookup,
        "wasi:sockets/network" => wasi::sockets::network,
        "wasi:sockets/tcp" => wasi::sockets::tcp,
        "wasi:sockets/tcp-create-socket" => wasi::sockets::tcp_create_socket,
        "wasi:sockets/udp" => wasi::sockets::udp,
        "wasi:sockets/udp-create-socket" => wasi::sockets::udp_create_socket,
    }
    Ok(true)
}
