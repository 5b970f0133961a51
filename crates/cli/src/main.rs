//! The `aether` command. Arguments, words, progress and exit codes; everything else is the
//! facade's, so that another front door can have it too.
#![forbid(unsafe_code)]

mod args;
mod commands;
mod consent;
mod failure;
mod files;
mod interrupt;
mod mcp;
mod options;
mod own_log;
mod prune;
mod show;
mod state;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};
use crate::failure::Failure;
use crate::show::errors;
use crate::show::terminal::Terminal;

fn main() -> ExitCode {
    // Becomes a cell and does not return when a host started this program as one.
    aether::init();
    let terminal = Terminal::detect();
    let is_for_programs = errors::wants_json(std::env::args_os());
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) if error.use_stderr() => {
            // A closed pipe is no reason for another error.
            drop(error.print());
            if is_for_programs {
                errors::of_arguments(&error, &terminal);
            }
            return ExitCode::from(aether::ExitCode::Usage.number());
        }
        Err(help) => {
            drop(help.print());
            return ExitCode::from(aether::ExitCode::Done.number());
        }
    };
    let code = match run(args.command, &terminal) {
        Ok(code) => code,
        Err(failure) => {
            terminal.failure(&failure);
            if is_for_programs {
                errors::of_failure(&failure, &terminal);
            }
            failure.code().number()
        }
    };
    ExitCode::from(if interrupt::happened() { aether::INTERRUPTED } else { code })
}

pub(crate) fn run(command: Command, terminal: &Terminal) -> Result<u8, Failure> {
    let code = match command {
        Command::Exec(args) => return commands::exec::exec(&args, terminal),
        Command::Run(args) => commands::run::run(args, terminal),
        Command::Call(args) => commands::call::call(args, terminal),
        Command::Debug(args) => commands::debug::debug(args, terminal),
        Command::Mcp(args) => commands::mcp::mcp(&args, terminal),
        Command::Serve(args) => commands::serve::serve(&args, terminal),
        Command::Top(args) => commands::top::top(&args, terminal),
        Command::Check(args) => commands::check::check(&args, terminal),
        Command::Diff(args) => commands::changes::diff(&args, terminal),
        Command::Apply(args) => commands::changes::apply(&args, terminal),
        Command::Discard(args) => commands::changes::discard(&args, terminal),
        Command::Audit(args) => commands::audit::audit(&args, terminal),
        Command::Doctor(args) => commands::doctor::doctor(&args, terminal),
        Command::Schema(args) => commands::schema::schema(&args, terminal),
        Command::Plugins(args) => commands::plugins::plugins(&args, terminal),
        Command::Learn(args) => commands::learn::learn(&args, terminal),
        Command::Suggest(args) => commands::suggest::suggest(&args, terminal),
        Command::Report(args) => commands::report::report(&args, terminal),
        Command::New(args) => commands::new::new(&args, terminal),
        Command::Completions(args) => commands::completions::completions(&args, terminal),
    };
    code.map(aether::ExitCode::number)
}
