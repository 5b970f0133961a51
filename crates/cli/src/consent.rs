//! The file of remembered consents.

use std::fs;
use std::path::Path;

use aether::policy::consent::Consents;

use crate::failure::Failure;

/// What was agreed to before; nothing when there is no file yet.
pub(crate) fn load(path: &Path) -> Result<Consents, Failure> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Consents::new()),
        Err(error) => return Err(Failure::Io { path: path.to_owned(), error }),
    };
    Consents::from_json(&text).map_err(|error| {
        Failure::usage_with(
            format!("{}: {error}", path.display()),
            "remove the file to forget all consents",
        )
    })
}

/// Replaces the file in one step.
pub(crate) fn save(path: &Path, consents: &Consents) -> Result<(), Failure> {
    let text = consents.to_json().map_err(|error| Failure::usage(error.to_string()))?;
    let new = path.with_extension("json.new");
    fs::write(&new, text).map_err(Failure::io(&new))?;
    fs::rename(&new, path).map_err(Failure::io(path))
}
