//! `aether debug`

use std::sync::{Arc, OnceLock};

use aether::{Debugging, ExitCode, Plugin, real_path};
use aether_devtools::{Door, Event, Target};

use crate::args::{CallArgs, DebugArgs};
use crate::commands::call::call_with;
use crate::failure::Failure;
use crate::show::terminal::Terminal;

pub(crate) fn debug(args: DebugArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let DebugArgs { plugin, method, input, port, no_stop, apply, with, launch } = args;
    let call = CallArgs { plugin, method, input, stream: false, apply, with, launch };
    // Lives until the call has ended: whoever is attached hears of the end.
    let door = Arc::new(OnceLock::new());
    let opened = Arc::clone(&door);
    call_with(call, terminal, move |plugin| {
        open(plugin, port, !no_stop, &opened, terminal).map(Some)
    })
}

/// Opens the door, and says where it is.
fn open(
    plugin: &Plugin,
    port: u16,
    stops_first: bool,
    door: &Arc<OnceLock<Door>>,
    terminal: &Terminal,
) -> Result<Debugging, Failure> {
    let folder = real_path(plugin.bundle().folder());
    let root = url::Url::from_directory_path(&folder).map_or_else(|()| String::new(), String::from);
    let through = Arc::downgrade(door);
    let debugging = Debugging::showing(root.clone(), stops_first, move |message| {
        let Some(through) = through.upgrade() else { return };
        if let Some(door) = through.get() {
            door.send(message);
        }
    });
    let target = Target {
        title: format!("{} in Aether", plugin.identity().name),
        url: format!("{root}{}", plugin.entry()),
        description: "a plugin in its cell".to_owned(),
    };
    let link = debugging.clone();
    let opened = Door::open(port, target, move |event| match event {
        Event::Attached => link.attach(),
        Event::Message(message) => link.say(message),
        Event::Detached => link.detach(),
    });
    let opened = opened.map_err(|error| {
        let help = "`--port 0` takes any that is free";
        Failure::usage_with(
            format!("nothing can listen on port {port} of this machine: {error}"),
            help,
        )
    })?;
    terminal.say(format!("debugger: {}", opened.websocket_url()));
    terminal.say(format!("  Chrome: chrome://inspect, or {}", opened.devtools_url()));
    if stops_first {
        terminal.say("the plugin waits for a debugger");
    }
    // There was none before.
    let _new = door.set(opened);
    Ok(debugging)
}
