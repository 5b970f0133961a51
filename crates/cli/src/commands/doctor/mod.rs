//! `aether doctor`

mod advice;
mod machine;

use aether::{ExitCode, Posture, PostureLine, Protection, State};
use serde_json::{Value, json};

use crate::args::{Format, FormatArgs};
use crate::failure::Failure;
use crate::show::terminal::{Ink, Terminal};

use advice::{Advice, Cause};
use machine::Machine;

pub(crate) fn doctor(args: &FormatArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let engine = aether::probe().map_err(|error| Failure::Start(error.into()))?;
    let native = aether::probe_native().map_err(|error| error.to_string());
    let full = engine.is_full() && native.as_ref().is_ok_and(Posture::is_full);
    let lines = engine.lines.iter().chain(native.iter().flat_map(|native| &native.lines));
    // Windows says of each what it says, and there is nothing that a person could change about it.
    let advice = match cfg!(windows) {
        true => Vec::new(),
        false => advice::of(lines, &Machine::read()),
    };
    match args.format {
        Format::Json => terminal.result(json!({
            "platform": aether::platform(),
            "full": full,
            "level": engine.level().name(),
            "protections": lines_of(&engine),
            "native": match &native {
                Ok(native) => json!({ "protections": lines_of(native) }),
                Err(why) => json!({ "error": why }),
            },
            "advice": advice.iter().map(Advice::to_json).collect::<Value>(),
        }))?,
        Format::Text => show(terminal, full, &engine, &native, &advice)?,
    }
    Ok(if full { ExitCode::Done } else { ExitCode::Protection })
}

fn lines_of(posture: &Posture) -> Value {
    let line = |line: &PostureLine| json!({ "name": line.protection.name(), "state": word(line.state), "detail": line.detail });
    posture.lines.iter().map(line).collect()
}

const fn word(state: State) -> &'static str {
    match state {
        State::Enforced => "enforced",
        State::Degraded => "missing",
        State::Refused => "refused",
        State::Off => "off",
    }
}

fn show(
    terminal: &Terminal,
    full: bool,
    engine: &Posture,
    native: &Result<Posture, String>,
    advice: &[Advice],
) -> Result<(), Failure> {
    terminal.result(format_args!(
        "What a cell gets on this machine ({}), tried just now:",
        aether::platform()
    ))?;
    for line in &engine.lines {
        show_line(terminal, line)?;
    }
    match native {
        Ok(native) => {
            terminal.result("Native programs get the same, but for:")?;
            for line in differing(native, engine) {
                show_line(terminal, line)?;
            }
        }
        Err(why) => {
            terminal.result(format_args!("Native programs could not be tried: {why}"))?;
        }
    }
    if full {
        terminal.result("Everything that Aether knows is enforced.")?;
    } else {
        terminal.result("Plugins are refused here unless each missing protection is named: --allow-degraded NAME, or `degraded:` in the policy.")?;
        if cfg!(windows) {
            let level = engine.level();
            terminal.result(format_args!("Level: {}, {}.", level.name(), level.meaning()))?;
        } else {
            terminal.result("Without namespaces native programs write nothing and reach no network, and those of root do not start.")?;
        }
    }
    for one in advice {
        show_advice(terminal, one)?;
    }
    Ok(())
}

/// What a native program has that an engine's cell has not, or otherwise.
fn differing<'a>(native: &'a Posture, engine: &Posture) -> Vec<&'a PostureLine> {
    let same = |line: &&PostureLine| engine.get(line.protection) == Some(*line);
    native.lines.iter().filter(|line| !same(line)).collect()
}

fn show_line(terminal: &Terminal, line: &PostureLine) -> Result<(), Failure> {
    let good = line.state == State::Enforced;
    let state = ink(terminal, if good { Ink::Green } else { Ink::Red }, word(line.state));
    terminal.result(format_args!("  {state} {:<18} {}", line.protection.name(), line.detail))
}

fn ink(terminal: &Terminal, ink: Ink, word: &str) -> String {
    let text = format!("{word:<9}");
    if terminal.result_is_read { terminal.ink(ink, text) } else { text }
}

fn show_advice(terminal: &Terminal, advice: &Advice) -> Result<(), Failure> {
    let names: Vec<&str> = advice.protections.iter().map(|one: &Protection| one.name()).collect();
    let what = match advice.cause {
        Cause::Missing => "Missing",
        Cause::Weaker => "Enforced by the host, not by the kernel",
    };
    terminal.result(format_args!("\n{what}: {}", names.join(", ")))?;
    terminal.result(format_args!("  {}.", advice.why))?;
    for line in &advice.mend {
        terminal.result(format_args!("    {line}"))?;
    }
    Ok(())
}
