//! `aether completions`

use aether::ExitCode;
use clap::CommandFactory;

use crate::args::{Args, CompletionsArgs};
use crate::failure::Failure;
use crate::show::terminal::Terminal;

pub(crate) fn completions(
    args: &CompletionsArgs,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "aether", &mut text);
    terminal.result(String::from_utf8_lossy(&text).trim_end())?;
    Ok(ExitCode::Done)
}
