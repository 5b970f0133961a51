//! `aether plugins`

use aether::ExitCode;
use aether::source::printable;

use crate::args::{PluginsArgs, PluginsCommand};
use crate::consent;
use crate::failure::Failure;
use crate::show::terminal::Terminal;
use crate::state::State;

pub(crate) fn plugins(args: &PluginsArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let path = State::open()?.consents_file();
    let mut consents = consent::load(&path)?;
    match &args.command {
        None | Some(PluginsCommand::List) => {
            if consents.iter().next().is_none() {
                terminal.say("Nothing is remembered.");
            }
            for consent in consents.iter() {
                let digest: String = consent.plugin.chars().take(15).collect();
                let name = printable(&consent.name);
                terminal.result(format_args!(
                    "{name:<24} {digest}…  {}  {}",
                    consent.given,
                    printable(&consent.version)
                ))?;
            }
        }
        Some(PluginsCommand::Revoke { plugin }) => {
            let count = consents.revoke(plugin);
            if count == 0 {
                return Err(Failure::usage_with(
                    format!("nothing is remembered about {plugin:?}"),
                    "`aether plugins` lists what is",
                ));
            }
            consent::save(&path, &consents)?;
            terminal.say(format_args!("Forgot {count} consent(s)."));
        }
    }
    Ok(ExitCode::Done)
}
