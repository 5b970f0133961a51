//! A bundle for tests: names and texts.

use std::collections::BTreeMap;

use super::{Files, Found, Problem};

pub(super) struct Tree {
    files: BTreeMap<String, String>,
    /// How often a `package.json` was asked for.
    pub(super) reads: usize,
    /// What every question is answered with, if anything.
    pub(super) broken: Option<&'static str>,
}

impl Tree {
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        Self { files: files.collect(), reads: 0, broken: None }
    }

    fn ask(&mut self, path: &str) -> Result<Option<&String>, &'static str> {
        let odd = |part: &str| matches!(part, "" | "." | "..") || part.contains(['\\', '\0']);
        assert!(!path.split('/').any(odd), "asked for {path:?}");
        match self.broken {
            Some(broken) => Err(broken),
            None => Ok(self.files.get(path)),
        }
    }
}

impl Files for Tree {
    type Error = &'static str;

    fn read(&mut self, path: &str) -> Result<Option<String>, &'static str> {
        self.reads += 1;
        Ok(self.ask(path)?.cloned())
    }

    fn is_file(&mut self, path: &str) -> Result<bool, &'static str> {
        Ok(self.ask(path)?.is_some())
    }
}

/// What was found, in one line.
pub(super) fn told(found: Result<Found, Problem<&'static str>>) -> String {
    match found {
        Ok(Found::File { path, format }) => format!("{path} is {format:?}"),
        Ok(Found::Builtin(name)) => format!("builtin {name}"),
        Err(Problem::Refused(refused)) => format!("{}: {refused}", refused.code),
        Err(Problem::Files(broken)) => format!("files: {broken}"),
    }
}
