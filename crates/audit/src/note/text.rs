//! What is signed: the text of a checkpoint, written and read.

use blake3::Hash;
use jiff::Timestamp;

use super::NoteError;
use crate::key::is_name;
use crate::{Checkpoint, RunId, base64, hex};

/// The longest text of a time.
const MAX_TIME: usize = 40;

impl Checkpoint {
    /// What is signed. Fails if a field is not of its form, so that what is signed can be read.
    pub(crate) fn to_text(&self) -> Result<String, NoteError> {
        let root = hex::hash(&self.root).ok_or(NoteError::Line { line: 3, what: "root" })?;
        let Checkpoint { origin, run, records, head, segment, size, time, .. } = self;
        let root = base64::encode(root.as_bytes());
        let text = format!(
            "{origin}\n{size}\n{root}\nrun {run}\nrecords {records}\nhead {head}\n\
             segment {segment}\ntime {time}"
        );
        Checkpoint::parse_lines(&text)?;
        Ok(text + "\n")
    }

    /// Reads the text without its last line end.
    pub(super) fn parse_lines(text: &str) -> Result<Checkpoint, NoteError> {
        if text.chars().any(|each| each.is_control() && each != '\n') {
            return Err(NoteError::NotText);
        }
        let mut fields = Fields { lines: text.split('\n'), line: 0 };
        let origin = fields.next("origin", "", |text| is_name(text).then(|| text.to_owned()))?;
        let size = fields.next("size", "", number)?;
        let root = fields.next("root", "", root)?;
        let run = fields
            .next("run", "run ", |text| RunId::parse(text).is_ok().then(|| text.to_owned()))?;
        let records = fields.next("number of records", "records ", number)?;
        let head = fields
            .next("head", "head ", |text| hex::is_digits(text, 64).then(|| text.to_owned()))?;
        let segment = fields.next("segment", "segment ", |text| match text {
            "0" => Some(0),
            _ => number(text),
        })?;
        let time = fields.next("time", "time ", time)?;
        fields.end()?;
        Ok(Checkpoint { origin, run, records, head, segment, size, root, time })
    }
}

/// The lines of a checkpoint, in the one order there is.
struct Fields<'a> {
    lines: std::str::Split<'a, char>,
    line: usize,
}

impl Fields<'_> {
    fn next<T>(
        &mut self,
        what: &'static str,
        prefix: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, NoteError> {
        self.line += 1;
        let text = self.lines.next().and_then(|line| line.strip_prefix(prefix));
        text.and_then(read).ok_or(NoteError::Line { line: self.line, what })
    }

    fn end(&mut self) -> Result<(), NoteError> {
        match self.lines.next() {
            None => Ok(()),
            Some(_) => Err(NoteError::Line { line: self.line + 1, what: "end" }),
        }
    }
}

/// A number of records: at least one, and written in the one way there is.
fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number > 0 && number.to_string() == text).then_some(number)
}

fn root(text: &str) -> Option<String> {
    let bytes: [u8; 32] = base64::decode(text)?.try_into().ok()?;
    Some(hex::text(&Hash::from_bytes(bytes)))
}

fn time(text: &str) -> Option<String> {
    let is_fine = text.len() <= MAX_TIME && text.is_ascii() && text.parse::<Timestamp>().is_ok();
    is_fine.then(|| text.to_owned())
}
