//! What can be typed.

use crate::installed;

/// How to run.
#[derive(Clone, Debug)]
pub(crate) struct Args {
    /// Few samples: whether everything works, not how fast it is.
    pub(crate) quick: bool,
    /// Take the other programs as they are.
    pub(crate) no_build: bool,
    /// This program was copied to where it would be installed, and the others beside it.
    pub(crate) installed: bool,
    /// Only measurements whose group begins with this.
    pub(crate) only: Option<String>,
}

/// How it is used.
pub(crate) const USAGE: &str = "\
usage: cargo run --release -p aether-benches -- [--quick] [--no-build] [--only GROUP]

  --quick      few samples, under 20 seconds: shows that everything works
  --no-build   take the aether command and the client as they are built
  --only GROUP cold-start, host-call, call, files, blob, memory, native, javascript, wasm, watch or parts

One JSON document goes to standard output, a table to standard error.";

impl Args {
    /// `None` when the usage should be shown.
    pub(crate) fn parse(mut typed: impl Iterator<Item = String>) -> Option<Self> {
        let mut args = Self { quick: false, no_build: false, installed: false, only: None };
        while let Some(word) = typed.next() {
            match word.as_str() {
                "--quick" => args.quick = true,
                "--no-build" => args.no_build = true,
                installed::OPTION => args.installed = true,
                "--only" => args.only = Some(typed.next()?),
                _ => return None,
            }
        }
        Some(args)
    }

    /// Whether a group is to be measured.
    pub(crate) fn wants(&self, group: &str) -> bool {
        self.only.as_ref().is_none_or(|only| group.starts_with(only.as_str()))
    }

    /// One number for the full run and one for the quick one.
    pub(crate) const fn size(&self, full: usize, quick: usize) -> usize {
        if self.quick { quick } else { full }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let parse = |text: &str| Args::parse(text.split_whitespace().map(str::to_owned));
        assert!(parse("--quick --only call").is_some_and(|args| args.quick && args.wants("call")));
        assert!(parse("--only call").is_some_and(|args| !args.wants("files")));
        assert!(parse("--only").is_none() && parse("--fast").is_none());
    }
}
