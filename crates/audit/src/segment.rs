//! The files of a log: their names, and which of them are there.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::MAX_SEGMENTS;

/// Where segment `number` of the log at `log` is: the log itself is segment 0, and beside
/// `audit.jsonl` follow `audit.1.jsonl`, `audit.2.jsonl` and so on. A segment keeps its name.
pub fn segment_path(log: &Path, number: u64) -> PathBuf {
    if number == 0 {
        return log.to_owned();
    }
    let mut name = log.file_stem().unwrap_or_default().to_owned();
    name.push(format!(".{number}"));
    if let Some(extension) = log.extension() {
        name.push(".");
        name.push(extension);
    }
    log.with_file_name(name)
}

/// Segment `number` of the log at `log`, if it is there.
pub(crate) fn open_segment(log: &Path, number: u64) -> io::Result<Option<File>> {
    match File::open(segment_path(log, number)) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The number of the last segment that is there, whether or not those before it are: a missing one
/// must be noticed. `None` if there is nothing of the log.
pub(crate) fn last(log: &Path) -> io::Result<Option<u64>> {
    let mut last = log.symlink_metadata().is_ok().then_some(0);
    let entries = match fs::read_dir(folder_of(log)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(last),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let found = entry?.file_name().to_str().and_then(|name| number_in(log, name));
        last = last.max(found);
    }
    Ok(last)
}

/// The folder a file is in.
pub(crate) fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// The number in the name of a later segment, in the one way it is written.
fn number_in(log: &Path, name: &str) -> Option<u64> {
    let stem = log.file_stem()?.to_str()?;
    let rest = name.strip_prefix(stem)?.strip_prefix('.')?;
    let digits = match log.extension() {
        Some(extension) => rest.strip_suffix(extension.to_str()?)?.strip_suffix('.')?,
        None => rest,
    };
    let number: u64 = digits.parse().ok()?;
    ((1..=MAX_SEGMENTS).contains(&number) && number.to_string() == digits).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_numbered_before_the_extension() {
        let check = |log: &str, number, expect: &str| {
            let path = segment_path(Path::new(log), number);
            assert_eq!(path, Path::new(expect));
            let name = path.file_name().unwrap().to_str().unwrap();
            assert_eq!(number_in(Path::new(log), name), (number > 0).then_some(number));
        };
        check("/a/audit.jsonl", 0, "/a/audit.jsonl");
        check("/a/audit.jsonl", 1, "/a/audit.1.jsonl");
        check("audit", 12, "audit.12");
        check("/a.b/x.y.z", 3, "/a.b/x.y.3.z");
    }

    #[test]
    fn other_names_are_no_segments() {
        let log = Path::new("audit.jsonl");
        for name in [
            "audit.jsonl",
            "audit.0.jsonl",
            "audit.01.jsonl",
            "audit.+1.jsonl",
            "audit.-1.jsonl",
            "audit.1.json",
            "audit.1.jsonl.gz",
            "xaudit.1.jsonl",
            "audit.1.2.jsonl",
            "audit.18446744073709551616.jsonl",
            "audit.9999999999.jsonl",
        ] {
            assert_eq!(number_in(log, name), None, "{name}");
        }
    }

    #[test]
    fn a_later_segment_is_found_beyond_a_gap() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("audit.jsonl");
        assert_eq!(last(&log).unwrap(), None);
        fs::write(&log, "").unwrap();
        assert_eq!(last(&log).unwrap(), Some(0));
        fs::write(segment_path(&log, 7), "").unwrap();
        assert_eq!(last(&log).unwrap(), Some(7));
    }
}
