//! The archive's own lists, walked byte by byte.
//!
//! A zip file can be read from its end, from its beginning, and by either of two descriptions of each
//! entry, and programs differ in what they take. Here all of them must say the same: one end record
//! that ends the file, directly before it the one list, directly before that the entries in a row from
//! the first byte on, and each described alike in both places.

use crate::archive::{ArchiveError, ArchiveProblem as Problem};
use crate::limits::{MAX_ARCHIVE, MAX_ENTRIES, MAX_ENTRY_NAME, MAX_RATIO, UNRATIOED};

const END: &[u8; 4] = b"PK\x05\x06";
const END64: &[u8; 4] = b"PK\x06\x07";
const LISTED: &[u8; 4] = b"PK\x01\x02";
const LOCAL: &[u8; 4] = b"PK\x03\x04";

const END_BYTES: usize = 22;
const LISTED_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;
const END64_BYTES: usize = 20;

const ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;
const DESCRIPTOR: u16 = 1 << 3;
const UTF8: u16 = 1 << 11;
/// The level of deflate says nothing about the content.
const LEVEL: u16 = 1 << 1 | 1 << 2;

/// One entry, as the list has it.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    /// As it stands there, with `/` at the end of a folder's.
    pub(super) name: &'a str,
    /// Where the entry itself begins.
    pub(super) offset: usize,
    /// Its length once unpacked.
    pub(super) size: u64,
}

impl Entry<'_> {
    pub(super) fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }
}

struct End {
    count: usize,
    list: usize,
    at: usize,
}

/// What stands between the beginning of an entry and the next one, as far as the list says.
struct Extent {
    offset: usize,
    packed: usize,
    flags: u16,
    method: u16,
}

/// The entries, in the order of the list.
pub(super) fn entries(bytes: &[u8]) -> Result<Vec<Entry<'_>>, ArchiveError> {
    if bytes.len() as u64 > MAX_ARCHIVE {
        return Err(ArchiveError::whole(Problem::ArchiveTooLarge));
    }
    let end = end(bytes).map_err(ArchiveError::whole)?;
    let (mut found, mut extents) = (Vec::new(), Vec::new());
    let mut at = end.list;
    let mut total = 0u64;
    for _ in 0..end.count {
        let (entry, extent, next) = listed(bytes, at, end.at)?;
        total += entry.size;
        if total > aether_bundle::MAX_BYTES {
            return Err(ArchiveError::whole(Problem::TooLarge));
        }
        at = next;
        found.push(entry);
        extents.push(extent);
    }
    if at != end.at {
        return Err(ArchiveError::whole(Problem::List));
    }
    in_a_row(bytes, &found, &extents, end.list)?;
    Ok(found)
}

fn end(bytes: &[u8]) -> Result<End, Problem> {
    let from = bytes.len().saturating_sub(END_BYTES + usize::from(u16::MAX));
    let tail = bytes.get(from..).unwrap_or_default();
    let last = tail.windows(END.len()).rposition(|four| four == END);
    let at = from + last.ok_or(Problem::NotZip)?;
    let record = bytes.get(at..).unwrap_or_default();
    let field = |offset: usize| short(record, offset).ok_or(Problem::EndRecord);
    let comment = usize::from(field(20)?);
    if record.len() != END_BYTES + comment {
        return Err(Problem::EndRecord);
    }
    let (disk, disk_of_list, here, count) = (field(4)?, field(6)?, field(8)?, field(10)?);
    let (size, list) = (long(record, 12), long(record, 16));
    let (size, list) = (size.ok_or(Problem::EndRecord)?, list.ok_or(Problem::EndRecord)?);
    let has_locator = at >= END64_BYTES && bytes[at - END64_BYTES..].starts_with(END64);
    if has_locator || [here, count].contains(&u16::MAX) || [size, list].contains(&u32::MAX) {
        return Err(Problem::Zip64);
    }
    if disk != 0 || disk_of_list != 0 || here != count {
        return Err(Problem::MultiDisk);
    }
    let (count, size, list) = (usize::from(count), size as usize, list as usize);
    if count > MAX_ENTRIES {
        return Err(Problem::TooManyEntries);
    }
    if count == 0 {
        return Err(Problem::Empty);
    }
    if list.checked_add(size) != Some(at) {
        return Err(Problem::EndRecord);
    }
    // Another one within the list would be taken by a program that looks from the front.
    let behind = bytes.get(list..).unwrap_or_default();
    if behind.windows(END.len()).filter(|four| *four == END).count() != 1 {
        return Err(Problem::EndRecord);
    }
    Ok(End { count, list, at })
}

/// One entry of the list, and where the next one begins.
fn listed(bytes: &[u8], at: usize, end: usize) -> Result<(Entry<'_>, Extent, usize), ArchiveError> {
    let broken = || ArchiveError::whole(Problem::List);
    let record = bytes.get(at..end).filter(|record| record.starts_with(LISTED));
    let record = record.filter(|record| record.len() >= LISTED_BYTES).ok_or_else(broken)?;
    let short = |offset| short(record, offset).unwrap_or_default();
    let long = |offset| long(record, offset).unwrap_or_default();
    let lengths = [28, 30, 32].map(|offset| usize::from(short(offset)));
    let [name, extra, comment] = lengths;
    let next = LISTED_BYTES + name + extra + comment;
    if record.len() < next {
        return Err(broken());
    }
    let flags = short(8);
    let name = name_of(record.get(LISTED_BYTES..LISTED_BYTES + name).unwrap_or_default(), flags)?;
    let (method, packed, size, offset) = (short(10), long(20), long(24), long(42));
    let refuse = |problem| Err(ArchiveError::of(name, problem));
    if flags & ENCRYPTED != 0 {
        return refuse(Problem::Encrypted);
    }
    if flags & !(DESCRIPTOR | UTF8 | LEVEL) != 0 {
        return refuse(Problem::Flags);
    }
    if ![0, 8].contains(&method) {
        return refuse(Problem::Method(method));
    }
    if [packed, size, offset].contains(&u32::MAX) {
        return refuse(Problem::Zip64);
    }
    if short(34) != 0 {
        return refuse(Problem::MultiDisk);
    }
    if method == 0 && packed != size {
        return refuse(Problem::Disagrees);
    }
    let is_folder = name.ends_with('/');
    // The kind of file stands there where the archive was made on Unix; elsewhere it is nothing.
    match long(38) >> 28 {
        0 => {}
        0o12 => return refuse(Problem::Symlink),
        0o10 if !is_folder => {}
        0o04 if is_folder => {}
        _ => return refuse(Problem::Special),
    }
    if is_folder && size != 0 {
        return refuse(Problem::FolderWithContent);
    }
    let (packed, size) = (u64::from(packed), u64::from(size));
    if size > aether_bundle::MAX_FILE_BYTES {
        return refuse(Problem::FileTooLarge);
    }
    if size > UNRATIOED && size > packed.saturating_mul(MAX_RATIO) {
        return refuse(Problem::Ratio);
    }
    let offset = offset as usize;
    let entry = Entry { name, offset, size };
    Ok((entry, Extent { offset, packed: packed as usize, flags, method }, at + next))
}

fn name_of(raw: &[u8], flags: u16) -> Result<&str, ArchiveError> {
    let shown = || String::from_utf8_lossy(raw.get(..MAX_ENTRY_NAME).unwrap_or(raw)).into_owned();
    if raw.is_empty() || raw.len() > MAX_ENTRY_NAME {
        return Err(ArchiveError::of(&shown(), Problem::NameLength));
    }
    // Without the mark the bytes are of an old code page to some programs, and UTF-8 to others.
    match std::str::from_utf8(raw) {
        Ok(name) if name.is_ascii() || flags & UTF8 != 0 => Ok(name),
        _ => Err(ArchiveError::of(&shown(), Problem::NotUtf8)),
    }
}

/// Holds the entries themselves against the list, and against each other.
fn in_a_row(
    bytes: &[u8],
    entries: &[Entry<'_>],
    extents: &[Extent],
    list: usize,
) -> Result<(), ArchiveError> {
    let mut order: Vec<_> = entries.iter().zip(extents).collect();
    order.sort_by_key(|(_, extent)| extent.offset);
    let mut expected = 0;
    let mut slack: &[usize] = &[0];
    for (entry, extent) in order {
        let gap = extent.offset.checked_sub(expected).filter(|gap| slack.contains(gap));
        if gap.is_none() {
            return Err(ArchiveError::of(entry.name, Problem::Gap));
        }
        expected = itself(bytes, entry, extent, list)?;
        // Sizes behind the content, with or without a mark, in four bytes each or in eight.
        slack = if extent.flags & DESCRIPTOR == 0 { &[0] } else { &[12, 16, 20, 24] };
    }
    match list.checked_sub(expected).filter(|gap| slack.contains(gap)) {
        Some(_) => Ok(()),
        None => Err(ArchiveError::whole(Problem::List)),
    }
}

/// Where the entry's content ends.
fn itself(
    bytes: &[u8],
    entry: &Entry<'_>,
    extent: &Extent,
    list: usize,
) -> Result<usize, ArchiveError> {
    let differs = || ArchiveError::of(entry.name, Problem::Disagrees);
    let record = bytes.get(extent.offset..list).filter(|record| record.starts_with(LOCAL));
    let record = record.filter(|record| record.len() >= LOCAL_BYTES).ok_or_else(differs)?;
    let short = |offset| short(record, offset).unwrap_or_default();
    let long = |offset| long(record, offset).unwrap_or_default();
    let (name, extra) = (usize::from(short(26)), usize::from(short(28)));
    let same_name = record.get(LOCAL_BYTES..LOCAL_BYTES + name) == Some(entry.name.as_bytes());
    let counts = DESCRIPTOR | UTF8 | ENCRYPTED;
    let same_flags = short(6) & counts == extent.flags & counts;
    let same_sizes = extent.flags & DESCRIPTOR != 0
        || (long(18) as usize == extent.packed && u64::from(long(22)) == entry.size);
    if !same_name || !same_flags || !same_sizes || short(8) != extent.method {
        return Err(differs());
    }
    let end = LOCAL_BYTES + name + extra + extent.packed;
    if end > record.len() {
        return Err(ArchiveError::of(entry.name, Problem::Gap));
    }
    Ok(extent.offset + end)
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}
