//! `aether doctor`

use aether::{ExitCode, Posture, State};
use serde_json::json;

use crate::args::{Format, FormatArgs};
use crate::failure::Failure;
use crate::show::terminal::{Ink, Terminal};

pub(crate) fn doctor(args: &FormatArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let posture = aether::probe().map_err(|error| Failure::Start(error.into()))?;
    let code = if posture.is_full() { ExitCode::Done } else { ExitCode::Protection };
    match args.format {
        Format::Json => {
            terminal.result(json!({ "platform": aether::platform(), "full": posture.is_full(), "protections": lines(&posture) }))?;
        }
        Format::Text => show(terminal, &posture)?,
    }
    Ok(code)
}

fn lines(posture: &Posture) -> Vec<serde_json::Value> {
    let line = |line: &aether::PostureLine| json!({ "name": line.protection.name(), "state": word(line.state), "detail": line.detail });
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

fn show(terminal: &Terminal, posture: &Posture) -> Result<(), Failure> {
    terminal.result(format_args!(
        "What a cell gets on this machine ({}), tried just now:",
        aether::platform()
    ))?;
    for line in &posture.lines {
        let good = line.state == State::Enforced;
        let text = format!("{:<9}", word(line.state));
        let state = if terminal.result_is_read {
            terminal.ink(if good { Ink::Green } else { Ink::Red }, text)
        } else {
            text
        };
        terminal.result(format_args!(
            "  {state} {:<18} {}",
            line.protection.name(),
            line.detail
        ))?;
    }
    if posture.is_full() {
        terminal.result("Everything that Aether knows is enforced.")?;
    } else {
        terminal.result("Plugins are refused here unless each missing protection is named: --allow-degraded NAME, or `degraded:` in the policy.")?;
        if posture.get(aether::Protection::Userns).is_some_and(|line| line.state != State::Enforced)
        {
            terminal.result(USERNS)?;
        }
    }
    Ok(())
}

const USERNS: &str = "\
To allow user namespaces:
  Debian and others   sysctl user.max_user_namespaces=15000
  older Debian        sysctl kernel.unprivileged_userns_clone=1
  Ubuntu 24.04        an AppArmor profile for this program with `userns,`, or
                      sysctl kernel.apparmor_restrict_unprivileged_userns=0
  containers          run the container with a seccomp profile that allows clone with CLONE_NEWUSER";
