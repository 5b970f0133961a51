//! `aether plugins`

use aether::ExitCode;
use aether::audit::{Event, Kind, Verdict};
use aether::policy::consent::Consents;
use aether::source::{printable, quoted};

use crate::args::{PluginsArgs, PluginsCommand};
use crate::consent;
use crate::failure::Failure;
use crate::own_log;
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
                let (name, digest) = (printable(&consent.name), printable(&digest));
                let given = consent.given.strftime("%Y-%m-%d %H:%M UTC");
                let version = printable(&consent.version);
                terminal.result(format_args!("{name:<24} {digest}…  {given}  {version}"))?;
            }
        }
        Some(PluginsCommand::Restore { plugin }) => restore(plugin.as_deref(), terminal)?,
        Some(PluginsCommand::Revoke { plugin }) => {
            let wanted = meant(&consents, plugin)?;
            let count = consents.revoke(&wanted);
            consent::save(&path, &consents)?;
            terminal.say(format_args!("Forgot {count} consent(s)."));
        }
    }
    Ok(ExitCode::Done)
}

/// Gives a plugin back what was taken from it, or lists those.
fn restore(plugin: Option<&str>, terminal: &Terminal) -> Result<(), Failure> {
    let state = State::open()?;
    let file = state.narrowed_file();
    let Some(plugin) = plugin else {
        let all = aether::narrowed(&file).map_err(Failure::io(&file))?;
        if all.is_empty() {
            terminal.say("Nothing was taken from any plugin.");
        }
        for (name, because, since) in all {
            let (name, because) = (printable(&name), printable(&because));
            terminal.result(format_args!("{name:<24} since {}  {because}", printable(&since)))?;
        }
        return Ok(());
    };
    let nothing = || {
        let message = format!("nothing was taken from {}", quoted(plugin));
        let help = "`aether plugins restore` lists the plugins that something was taken from";
        Failure::usage_with(message, help)
    };
    let all = aether::narrowed(&file).map_err(Failure::io(&file))?;
    let taken = all.iter().find(|(name, ..)| name == plugin);
    let (_, because, since) = taken.ok_or_else(nothing)?;
    // Recorded before it is so: it widens what the plugin may do.
    let log = own_log::of_restoring(&state)?;
    let event = Event::new(Kind::Ladder, "restore", Verdict::Noted).plugin(plugin).object(because);
    log.record(&event.detail("by", "a person").detail("since", since))?;
    log.sync()?;
    let is_done = aether::restore_narrowed(&file, plugin).map_err(Failure::io(&file))?;
    own_log::end(&log, if is_done { ExitCode::Done } else { ExitCode::Usage }, terminal)?;
    if !is_done {
        return Err(nothing());
    }
    terminal.say(format_args!(
        "{}: has its permissions again, from its next start on",
        printable(plugin)
    ));
    Ok(())
}

/// Shortest beginning of a digest: shorter ones hit by chance.
const MIN_DIGEST: usize = 6;

/// The name or whole digest that was meant: a name, a digest, or the only digest that begins so.
fn meant(consents: &Consents, typed: &str) -> Result<String, Failure> {
    if consents.iter().any(|one| one.name == typed || one.plugin == typed) {
        return Ok(typed.to_owned());
    }
    let plain = typed.trim_end_matches('…');
    let digits = plain.strip_prefix("b3:").unwrap_or(plain);
    let fits = |digest: &str| {
        let of = digest.strip_prefix("b3:").unwrap_or(digest);
        digits.len() >= MIN_DIGEST && of.starts_with(digits)
    };
    let mut found: Vec<&str> =
        consents.iter().map(|one| one.plugin.as_str()).filter(|digest| fits(digest)).collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => Err(Failure::usage_with(
            format!("nothing is remembered about {}", quoted(typed)),
            "`aether plugins` lists what is; give a name, or at least six digits of a digest",
        )),
        several => Err(Failure::choose(
            format!("several digests begin with {}", quoted(typed)),
            several.iter().map(|digest| (*digest).to_owned()),
        )),
    }
}
