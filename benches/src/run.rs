//! A whole run.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use crate::args::{Args, USAGE};
use crate::figure::Figure;
use crate::machine::Machine;
use crate::programs::Programs;
use crate::scene::Scene;
use crate::spread::Spread;
use crate::{installed, measure, table};

/// The result of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Document {
    /// Version of this form.
    pub(crate) version: u32,
    pub(crate) aether: &'static str,
    /// `full`, `quick`, or either with what it was narrowed to.
    pub(crate) mode: String,
    /// Whether the programs were built for speed.
    pub(crate) optimised: bool,
    pub(crate) machine: Machine,
    pub(crate) figures: Vec<Figure>,
    /// What was left out and why.
    pub(crate) notes: Vec<String>,
}

impl Document {
    /// Notes which of these peers are not there.
    pub(crate) fn note_absent<const N: usize>(&mut self, peers: [(&str, &Option<PathBuf>); N]) {
        let absent = peers.into_iter().filter(|(_, path)| path.is_none());
        self.notes.extend(absent.map(|(name, _)| format!("{name} is not installed: no such peer")));
    }

    /// Adds calls, in microseconds, each beside a bare echo over a socket: identifier, what it is,
    /// samples.
    pub(crate) fn beside_echo<const N: usize>(
        &mut self,
        rows: [(&'static str, &'static str, Vec<f64>); N],
        echo: Spread,
    ) {
        for (id, what, samples) in rows {
            if let Some(spread) = Spread::of(samples) {
                self.figures.push(Figure::new(id, what, "us", spread).beside("echo", echo));
            }
        }
    }
}

pub(crate) fn main() -> ExitCode {
    let outcome = match Args::parse(std::env::args().skip(1)) {
        Some(args) => run(args),
        None => Err(USAGE.into()),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            // Nothing is left to tell it to when standard error is closed.
            drop(writeln!(std::io::stderr(), "{error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<ExitCode, Box<dyn Error>> {
    let programs = Programs::find(&args)?;
    if !args.installed {
        return installed::run(&programs);
    }
    let mut mode = if args.quick { "quick" } else { "full" }.to_owned();
    if let Some(only) = &args.only {
        mode = format!("{mode}, only {only}");
    }
    let mut document = Document {
        version: 1,
        aether: aether::VERSION,
        mode,
        optimised: !cfg!(debug_assertions),
        machine: Machine::look(),
        figures: Vec::new(),
        notes: Vec::new(),
    };
    let scene = Scene::new(args, programs)?;
    for (group, measure) in measure::GROUPS {
        if scene.args.wants(group) {
            measure(&scene, &mut document).map_err(|error| format!("{group}: {error}"))?;
        }
    }
    document.machine.look_again();
    writeln!(std::io::stderr(), "{}", table::render(&document))?;
    writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&document)?)?;
    Ok(ExitCode::SUCCESS)
}
