//! Applying under a journal, and finishing what was cut off.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::journal::{Journal, JournalError};
use super::recall::{recalled, roll_back, roll_forward};
use super::work::Work;
use super::{ApplyReport, Atomicity};
use crate::changeset::{Change, Changeset};
use crate::error::HostProblem;

/// What became of an application that was cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resumed {
    /// Nothing had been begun.
    Nothing,
    /// It is finished; what became of the changes, by changeset.
    Finished(Vec<ApplyReport>),
    /// Everything is as it was before, since all changes were to be made or none, and not all had
    /// been. What would become of them now, by changeset.
    RolledBack(Vec<ApplyReport>),
}

/// Makes the selected changes of several changesets on the host, as [`apply`](crate::apply) does,
/// under a journal: should it be cut off at any moment, [`resume`] finishes it. `select` is given
/// the changeset's place among them.
///
/// The journal is a file that must not be there, in a folder that is only this user's; it is removed
/// in the end. Until then no other process can apply under it. With [`Atomicity::All`] everything is
/// verified before anything is done, and a change that cannot be made has those undone that were.
///
/// A path that two changesets change is a [`Conflict::Overlap`](crate::Conflict::Overlap) of the
/// later one, whatever the two make of it: no plugin has seen what they are together. So are a
/// path in what the other one removes, moves or replaces. Both may make the same folder.
///
/// # Errors
/// [`JournalError::Waits`] and [`JournalError::InUse`] before anything is done. Where the journal
/// cannot be written, what was begun is taken back.
pub fn apply_journalled(
    changesets: &[&Changeset],
    select: impl Fn(usize, &Change) -> bool,
    atomicity: Atomicity,
    journal: &Path,
) -> Result<Vec<ApplyReport>, JournalError> {
    let mut opened = Journal::create(journal)?;
    if opened.read()?.is_some() {
        return Err(JournalError::Waits { path: journal.to_owned() });
    }
    let select = |_, set, change: &Change| select(set, change);
    go_on(Work::verified(changesets, select, &BTreeMap::new(), atomicity), opened, None)
}

/// Finishes what was cut off under a journal: what was begun is taken back, and then made anew if
/// each change is made by itself. After the moment from which on nothing is taken back, it goes the
/// rest of the way.
///
/// What people have changed in between stays; where that keeps something of the host's from its
/// path, the report tells where it is ([`Conflict::KeptAt`](crate::Conflict::KeptAt)).
///
/// # Errors
/// The journal is in use, is not one of these changesets, or what was begun cannot be taken back;
/// the journal stays then.
pub fn resume(changesets: &[&Changeset], journal: &Path) -> Result<Resumed, JournalError> {
    let Some(mut opened) = Journal::find(journal)? else { return Ok(Resumed::Nothing) };
    let Some(recorded) = opened.read()? else {
        opened.end()?;
        return Ok(Resumed::Nothing);
    };
    let mut work = recalled(changesets, &recorded, &opened)?;
    let not_durable = match &recorded.committed {
        Some(unmade) => roll_forward(&mut work, unmade),
        None => roll_back(&mut work, recorded.staged.is_some()),
    };
    let (stuck, settled) = (work.stuck.take(), work.settled());
    if let Some(stuck) = stuck {
        return Err(stuck.into());
    }
    let selected: BTreeSet<usize> = recorded.plan.selected.iter().copied().collect();
    let select = |number, _, _: &Change| selected.contains(&number);
    let again = Work::verified(changesets, select, &settled, work.atomicity);
    if work.atomicity == Atomicity::All && recorded.committed.is_none() {
        opened.end()?;
        return Ok(Resumed::RolledBack(again.reports(not_durable)));
    }
    go_on(again, opened, not_durable).map(Resumed::Finished)
}

/// Whether an application under this journal was cut off and waits to be resumed.
///
/// # Errors
/// [`JournalError::InUse`] while one is under way; and where the journal cannot be read.
pub fn journal_waits(journal: &Path) -> Result<bool, JournalError> {
    match Journal::find(journal)? {
        Some(mut opened) => Ok(opened.read()?.is_some()),
        None => Ok(false),
    }
}

/// Makes what was verified, and removes the journal.
fn go_on(
    mut work: Work<'_>,
    mut journal: Journal,
    not_durable: Option<HostProblem>,
) -> Result<Vec<ApplyReport>, JournalError> {
    let made = work.make(&mut journal);
    // What could not be cleared up waits to be resumed.
    let ended = if work.stuck.is_none() { journal.end() } else { Ok(()) };
    let not_durable = not_durable.or(made?);
    ended?;
    Ok(work.reports(not_durable))
}
