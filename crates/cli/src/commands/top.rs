//! `aether top`

use std::io::{IsTerminal as _, stdout};

use aether::ExitCode;
use aether_top::{Target, TopError};

use crate::args::TopArgs;
use crate::failure::Failure;
use crate::show::terminal::Terminal;
use crate::state::State;

pub(crate) fn top(args: &TopArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let target = target(args)?;
    if args.once || !stdout().is_terminal() {
        terminal.result(aether_top::once(&target).map_err(failure)?.trim_end())?;
    } else {
        aether_top::watch(&target).map_err(failure)?;
    }
    Ok(ExitCode::Done)
}

fn target(args: &TopArgs) -> Result<Target, Failure> {
    match (&args.url, &args.token_file) {
        (Some(url), Some(token)) => Target::of(url, token).map_err(failure),
        (_, token) => {
            let note = State::open()?.serving_file();
            let target = Target::read(&note).map_err(failure)?;
            token
                .as_deref()
                .map_or(Ok(target.clone()), |file| target.with_token(file))
                .map_err(failure)
        }
    }
}

fn failure(error: TopError) -> Failure {
    let help = error.help();
    Failure::usage_with(error.to_string(), help)
}
