//! What a plugin can do, and doing it on an overlay.

use aether_overlay::{Error, Handle, Stat};
use proptest::prelude::*;

use crate::common::Lab;
use crate::tree::{old, text};

/// How many files are held open.
pub(crate) const SLOTS: usize = 3;

#[derive(Clone, Debug)]
pub(crate) enum Act {
    Write(String, String),
    Append(String, String),
    WriteAt(String, u64, String),
    Truncate(String, u64),
    Mkdir(String),
    MkdirAll(String),
    RemoveFile(String),
    RemoveFolder(String),
    RemoveTree(String),
    Rename(String, String),
    Link(String, String),
    /// Target and place.
    Symlink(String, String),
    Readlink(String),
    Chmod(String, u32),
    SetTimes(String, i64),
    Read(String),
    List(String),
    /// From a name on, so many at a time.
    Page(String, String, usize),
    Stat(String),
    Open(usize, String),
    Close(usize),
    ReadOpen(usize),
    StatOpen(usize),
    WriteOpen(usize, u64, String),
    AppendOpen(usize, String),
    TruncateOpen(usize, u64),
    /// Takes a changeset, so that contents are shared meanwhile.
    Look,
}

impl Act {
    /// The same, with no folder made such that its owner may not enter it.
    pub(crate) fn within_reach(&self) -> Self {
        match self {
            Self::Chmod(at, mode) => Self::Chmod(at.clone(), mode | 0o700),
            other => other.clone(),
        }
    }
}

pub(crate) type Answer = Result<String, &'static str>;

fn names() -> impl Strategy<Value = String> {
    let count = prop_oneof![3 => Just(1usize), 2 => Just(2usize), 1 => Just(3usize)];
    let name = || prop_oneof![4 => "[a-e]", 3 => "[ad]", 2 => "[lm]"];
    count
        .prop_flat_map(move |count| prop::collection::vec(name(), count))
        .prop_map(|names| names.join("/"))
}

fn targets() -> impl Strategy<Value = String> {
    let climbs = prop_oneof![4 => Just(""), 3 => Just("../"), 1 => Just("../../"), 1 => Just("./")];
    prop_oneof![
        8 => (climbs, names()).prop_map(|(climbs, names)| format!("{climbs}{names}")),
        1 => Just("..".to_owned()),
        1 => Just(".".to_owned()),
        1 => names().prop_map(|names| format!("{names}/../a")),
        1 => names().prop_map(|names| format!("/{names}")),
    ]
}

/// Within a page, and where pages meet.
fn offsets() -> impl Strategy<Value = u64> {
    prop_oneof![12 => 0..20u64, 1 => 65_530..65_545u64, 1 => 131_060..131_080u64]
}

pub(crate) fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![10 => on_paths(), 3 => on_handles()]
}

fn on_paths() -> impl Strategy<Value = Act> {
    let content = || "[xyz\n]{0,6}";
    let modes = prop::sample::select(vec![0o700, 0o750, 0o755, 0o711, 0o705, 0o640, 0o600, 0o644]);
    prop_oneof![
        3 => (names(), content()).prop_map(|(at, content)| Act::Write(at, content)),
        2 => (names(), content()).prop_map(|(at, content)| Act::Append(at, content)),
        1 => (names(), offsets(), content())
            .prop_map(|(at, offset, content)| Act::WriteAt(at, offset, content)),
        1 => (names(), offsets()).prop_map(|(at, len)| Act::Truncate(at, len)),
        2 => names().prop_map(Act::Mkdir),
        1 => names().prop_map(Act::MkdirAll),
        2 => names().prop_map(Act::RemoveFile),
        1 => names().prop_map(Act::RemoveFolder),
        1 => names().prop_map(Act::RemoveTree),
        6 => (names(), names()).prop_map(|(from, to)| Act::Rename(from, to)),
        2 => (names(), names()).prop_map(|(from, to)| Act::Link(from, to)),
        3 => (targets(), names()).prop_map(|(target, at)| Act::Symlink(target, at)),
        1 => names().prop_map(Act::Readlink),
        2 => (names(), modes).prop_map(|(at, mode)| Act::Chmod(at, mode)),
        2 => (names(), -5000..1_000_000_000i64).prop_map(|(at, time)| Act::SetTimes(at, time)),
        1 => names().prop_map(Act::Read),
        1 => names().prop_map(Act::List),
        1 => (names(), "[a-m]{0,1}", 1..4usize)
            .prop_map(|(at, after, max)| Act::Page(at, after, max)),
        1 => names().prop_map(Act::Stat),
        1 => Just(Act::Look),
    ]
}

fn on_handles() -> impl Strategy<Value = Act> {
    let content = || "[xyz\n]{0,6}";
    prop_oneof![
        4 => (0..SLOTS, names()).prop_map(|(slot, at)| Act::Open(slot, at)),
        1 => (0..SLOTS).prop_map(Act::Close),
        2 => (0..SLOTS).prop_map(Act::ReadOpen),
        1 => (0..SLOTS).prop_map(Act::StatOpen),
        2 => (0..SLOTS, offsets(), content())
            .prop_map(|(slot, offset, content)| Act::WriteOpen(slot, offset, content)),
        1 => (0..SLOTS, content()).prop_map(|(slot, content)| Act::AppendOpen(slot, content)),
        1 => (0..SLOTS, offsets()).prop_map(|(slot, len)| Act::TruncateOpen(slot, len)),
    ]
}

/// Files held open in an overlay.
#[derive(Default)]
pub(crate) struct Handles([Option<Handle>; SLOTS]);

impl Handles {
    fn get(&self, slot: usize) -> Result<&Handle, &'static str> {
        self.0[slot].as_ref().ok_or("EBADF")
    }

    pub(crate) fn close_all(&mut self, lab: &mut Lab) {
        for handle in self.0.iter_mut().filter_map(Option::take) {
            lab.overlay.close(&handle).unwrap();
        }
    }
}

fn done(done: Result<(), &'static str>) -> Answer {
    done.map(|()| String::new())
}

fn told(done: Result<(), Error>) -> Answer {
    done.map(|()| String::new()).map_err(|error| error.code())
}

pub(crate) fn on_overlay(lab: &mut Lab, handles: &mut Handles, act: &Act) -> Answer {
    let w = |name: &str| format!("/w/{name}");
    match act {
        Act::Write(at, content) => done(lab.write(&w(at), content)),
        Act::Append(at, content) => done(lab.append(&w(at), content)),
        Act::WriteAt(at, offset, content) => done(lab.write_at(&w(at), *offset, content)),
        Act::Truncate(at, len) => done(lab.truncate(&w(at), *len)),
        Act::Mkdir(at) => done(lab.mkdir(&w(at))),
        Act::MkdirAll(at) => done(lab.mkdir_all(&w(at))),
        Act::RemoveFile(at) => done(lab.remove_file(&w(at))),
        Act::RemoveFolder(at) => done(lab.remove_folder(&w(at))),
        Act::RemoveTree(at) => done(lab.remove_tree(&w(at))),
        Act::Rename(from, to) => done(lab.rename(&w(from), &w(to))),
        Act::Link(from, to) => done(lab.link(&w(from), &w(to))),
        Act::Symlink(target, at) => done(lab.symlink(target, &w(at))),
        Act::Readlink(at) => lab.readlink(&w(at)),
        Act::Chmod(at, mode) => done(lab.set_mode(&w(at), *mode)),
        Act::SetTimes(at, time) => done(lab.set_times(&w(at), *time)),
        Act::Read(at) => lab.read(&w(at)),
        Act::List(at) => lab.list(&w(at)).map(|names| names.join(",")),
        Act::Page(at, after, max) => by_pieces(lab, &w(at), after, *max),
        Act::Stat(at) => {
            let stat = lab.itself(&w(at)).and_then(|at| lab.overlay.stat(&at));
            stat.map(|stat| shown(&stat)).map_err(|error| error.code())
        }
        Act::Open(slot, at) => {
            let opened = lab.open(&w(at))?;
            if let Some(before) = handles.0[*slot].replace(opened) {
                lab.overlay.close(&before).unwrap();
            }
            Ok(String::new())
        }
        Act::Close(slot) => told(lab.overlay.close(&handles.0[*slot].take().ok_or("EBADF")?)),
        Act::ReadOpen(slot) => lab.read_open(handles.get(*slot)?),
        Act::StatOpen(slot) => {
            let stat = lab.overlay.stat_open(handles.get(*slot)?);
            stat.map(|stat| shown(&stat)).map_err(|error| error.code())
        }
        Act::WriteOpen(slot, offset, content) => {
            told(lab.overlay.write_open(handles.get(*slot)?, *offset, content.as_bytes()))
        }
        Act::AppendOpen(slot, content) => {
            told(lab.overlay.append_open(handles.get(*slot)?, content.as_bytes()))
        }
        Act::TruncateOpen(slot, len) => told(lab.overlay.truncate_open(handles.get(*slot)?, *len)),
        Act::Look => {
            lab.overlay.changeset();
            Ok(String::new())
        }
    }
}

fn by_pieces(lab: &Lab, at: &str, after: &str, max: usize) -> Answer {
    let mut after = after.to_owned();
    let mut found = Vec::new();
    loop {
        let at = lab.at(at).map_err(|error| error.code())?;
        let piece = lab.overlay.list_after(&at, Some(&after), max, |_| true);
        let piece = piece.map_err(|error| error.code())?;
        assert!(piece.entries.len() <= max && piece.complete == piece.next.is_none());
        found.extend(piece.entries.into_iter().map(|entry| entry.name));
        match piece.next {
            Some(next) => after = next,
            None => return Ok(found.join(",")),
        }
    }
}

/// What is told of something, as far as the two can agree.
fn shown(stat: &Stat) -> String {
    use aether_overlay::Kind;
    match stat.kind {
        Kind::File => {
            text('f', stat.mode, old(stat.modified), Some((stat.size, stat.links.into())))
        }
        Kind::Folder => text('d', stat.mode, old(stat.modified), None),
        // Second names of a symlink are symlinks of their own here.
        Kind::Symlink => format!("l {}", stat.size),
        Kind::Special(_) => "s".to_owned(),
    }
}
