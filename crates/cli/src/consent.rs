//! The file of remembered consents.

use std::fs;
use std::path::Path;

use aether::policy::consent::Consents;

use crate::failure::Failure;
use crate::files::replace_file;

/// What was agreed to before; nothing when there is no file yet.
pub(crate) fn load(path: &Path) -> Result<Consents, Failure> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Consents::new()),
        Err(error) => return Err(Failure::io(path)(error)),
    };
    Consents::from_json(&text).map_err(|error| {
        Failure::usage_with(
            format!("{}: {error}", path.display()),
            "remove the file to forget all consents",
        )
    })
}

/// Remembers what was agreed to during a run, beside what the file holds by now: another run may
/// have added to it, or a person revoked something.
pub(crate) fn add(path: &Path, given: &Consents) -> Result<(), Failure> {
    if given.iter().next().is_none() {
        return Ok(());
    }
    let mut all = load(path)?;
    for consent in given.iter() {
        all.remember(consent.clone());
    }
    save(path, &all)
}

/// Replaces the file in one step.
pub(crate) fn save(path: &Path, consents: &Consents) -> Result<(), Failure> {
    let text = consents.to_json().map_err(|error| Failure::usage(error.to_string()))?;
    replace_file(path, text.as_bytes())
}
