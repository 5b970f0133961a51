//! Plugins that are not started before a person restores them, kept from run to run.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crate::Error;

/// Longest list that is read, in bytes: more was not written here.
const LONGEST: u64 = 1 << 20;

/// Longest reason that is kept, in characters. Part of it may be a plugin's words.
const REASON: usize = 500;

/// By name, why.
pub(crate) type Offences = BTreeMap<String, String>;

fn file_in(folder: &Path) -> PathBuf {
    folder.join("held.json")
}

/// Reads the list. One that cannot be read is an error: nobody has forgiven what would be in it.
pub(crate) fn load(folder: &Path) -> Result<Offences, Error> {
    let file = file_in(folder);
    let odd = |why: &dyn std::fmt::Display| {
        let message = format!("{} cannot be read: {why}", file.display());
        Error::new("system", message)
            .fix("it says which plugins wait to be restored: remove it to let all of them start")
    };
    let opened = match fs::File::open(&file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Offences::new()),
        opened => opened.map_err(|error| odd(&error))?,
    };
    let mut text = String::new();
    opened.take(LONGEST).read_to_string(&mut text).map_err(|error| odd(&error))?;
    serde_json::from_str(&text).map_err(|error| odd(&error))
}

/// Writes it anew.
pub(crate) fn save(folder: &Path, offences: &Offences) -> Result<(), Error> {
    let (file, new) = (file_in(folder), folder.join("held.json.new"));
    let text = serde_json::json!(offences).to_string();
    let written = fs::File::create(&new).and_then(|mut into| {
        into.write_all(text.as_bytes())?;
        into.sync_all()
    });
    let done = written.and_then(|()| fs::rename(&new, &file));
    done.map_err(|error| Error::system(&format!("write {}", file.display()), &error))
}

/// A reason as it is kept.
pub(crate) fn reason(why: &str) -> String {
    why.chars().take(REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_forgiven_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(load(folder.path()).unwrap(), Offences::new());
        let offences = Offences::from([("p".to_owned(), reason(&"x".repeat(9_999)))]);
        save(folder.path(), &offences).unwrap();
        assert_eq!(load(folder.path()).unwrap(), offences);
        assert_eq!(offences["p"].len(), REASON);
        fs::write(file_in(folder.path()), "{ \"p\": 1 }").unwrap();
        let error = load(folder.path()).unwrap_err();
        assert!(error.fix.is_some() && error.message.contains("held.json"), "{error:?}");
    }
}
