//! Who may open what we make: access lists, and descriptors that hold one. Put together by hand, as they
//! are laid out in memory: `winnt.h`, `SECURITY_DESCRIPTOR_RELATIVE`, `ACL`, `ACCESS_ALLOWED_ACE`.

use std::io;

use windows_sys::Win32::Foundation::GENERIC_ALL;
use windows_sys::Win32::Security::{
    ACCESS_ALLOWED_ACE, ACE_HEADER, ACL, CONTAINER_INHERIT_ACE, OBJECT_INHERIT_ACE,
    SE_DACL_PRESENT, SE_DACL_PROTECTED, SE_SACL_PRESENT, SE_SELF_RELATIVE, SECURITY_ATTRIBUTES,
    SECURITY_DESCRIPTOR_RELATIVE,
};

use super::calls::Calls;
use super::sid::Sid;
use super::token::LOW;

/// `ACL_REVISION` and `SECURITY_DESCRIPTOR_REVISION`; neither is in the bindings as a byte.
const LIST_REVISION: u8 = 2;
const REVISION: u8 = 1;

/// `ACCESS_ALLOWED_ACE_TYPE` and `ACCESS_DENIED_ACE_TYPE`, which are laid out alike.
pub(super) const ALLOWED: u8 = 0;
pub(super) const DENIED: u8 = 1;

/// `SYSTEM_MANDATORY_LABEL_ACE_TYPE`, which is laid out as one that allows.
const LABEL: u8 = 0x11;

/// `SYSTEM_MANDATORY_LABEL_NO_WRITE_UP`: whoever is lower writes nothing.
const NO_WRITE_UP: u32 = 1;

/// Files and folders that are made within have the entry too.
const HANDED_DOWN: u8 = (CONTAINER_INHERIT_ACE | OBJECT_INHERIT_ACE) as u8;

/// `READ_CONTROL`.
const READ_CONTROL: u32 = 0x2_0000;

/// Bytes before the first entry of a list.
const LIST_HEAD: usize = size_of::<ACL>();

/// Bytes before the identifier of an entry.
const ENTRY_HEAD: usize = size_of::<ACE_HEADER>() + size_of::<u32>();

/// Bytes before the list of a descriptor that has nothing else.
const HEAD: usize = size_of::<SECURITY_DESCRIPTOR_RELATIVE>();

const _: () = assert!(ENTRY_HEAD + size_of::<u32>() == size_of::<ACCESS_ALLOWED_ACE>());

/// An access list which grants these rights to these, and nothing to anybody else.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] for more than a list can hold.
pub(super) fn list(grants: &[(&Sid, u32)]) -> io::Result<Vec<u8>> {
    // No flags: nothing is made in what has it.
    entries(ALLOWED, 0, grants)
}

/// A list with entries of one kind.
fn entries(kind: u8, flags: u8, grants: &[(&Sid, u32)]) -> io::Result<Vec<u8>> {
    let length: usize = grants.iter().map(|(sid, _)| ENTRY_HEAD + sid.0.len()).sum();
    let mut list = vec![LIST_REVISION, 0];
    list.extend(short(LIST_HEAD + length)?);
    list.extend(short(grants.len())?);
    list.extend([0; 2]);
    for (sid, rights) in grants {
        list.extend([kind, flags]);
        list.extend(short(ENTRY_HEAD + sid.0.len())?);
        list.extend(rights.to_le_bytes());
        list.extend(&sid.0);
    }
    Ok(list)
}

/// The same in words, and so aligned as the system wants it.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] for a part of a word, of which no identifier has any.
pub(super) fn words(bytes: &[u8]) -> io::Result<Box<[u32]>> {
    match bytes.as_chunks() {
        (words, []) => Ok(words.iter().map(|word| u32::from_le_bytes(*word)).collect()),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// Whom a list grants what, in its order.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] for a list that is cut off, or has an entry of another kind.
pub(super) fn grants_of(list: &[u8]) -> io::Result<Vec<(Sid, u32)>> {
    let entries = entries_of(list).filter(|all| all.iter().all(|one| one.kind == ALLOWED));
    let entries = entries.ok_or(io::ErrorKind::InvalidData)?;
    Ok(entries.into_iter().map(|one| (one.sid, one.rights)).collect())
}

/// An entry of a list, of a kind that is laid out as one that allows.
pub(super) struct Entry {
    pub(super) kind: u8,
    pub(super) sid: Sid,
    pub(super) rights: u32,
}

/// The entries of a list, in its order. Nothing for a list that is cut off.
pub(super) fn entries_of(list: &[u8]) -> Option<Vec<Entry>> {
    let (&[_, _, low, high, count_low, count_high, _, _], _) = list.split_first_chunk()?;
    let whole = list.get(..usize::from(u16::from_le_bytes([low, high])))?;
    let mut rest = whole.get(LIST_HEAD..)?;
    let mut entries = Vec::new();
    for _ in 0..u16::from_le_bytes([count_low, count_high]) {
        let &[kind, _, low, high, rights @ ..] = rest.first_chunk::<ENTRY_HEAD>()?;
        let length = usize::from(u16::from_le_bytes([low, high]));
        let (entry, after) = rest.split_at_checked(length)?;
        let sid = Sid::first_of(entry.get(ENTRY_HEAD..)?)?;
        entries.push(Entry { kind, sid, rights: u32::from_le_bytes(rights) });
        rest = after;
    }
    Some(entries)
}

fn short(number: usize) -> io::Result<[u8; 2]> {
    let number = u16::try_from(number).map_err(|_| io::ErrorKind::InvalidInput)?;
    Ok(number.to_le_bytes())
}

/// A descriptor for an object of ours. Its list is protected: nothing is added to it from where the object
/// is made.
#[derive(Debug)]
pub(super) struct Private {
    words: Box<[u32]>,
}

impl Private {
    /// For what the user of this process may open, and nobody else: `D:P(A;;GA;;;user)`. It keeps out
    /// other users, containers, and tokens whose restricting identifiers do not have the user. A process
    /// with the user's plain token it does not keep out.
    ///
    /// # Errors
    /// The system's, where it does not say who the user is.
    pub(super) fn only_this_user(calls: &dyn Calls) -> io::Result<Self> {
        Self::of(&[(&calls.host()?.user, GENERIC_ALL)])
    }

    /// For a process of a cell and its thread: for the user and the system, and so for no other cell, though
    /// it were of the same container. Whoever has made it has its handle, and it itself needs none.
    ///
    /// # Errors
    /// The system's, where it does not say who the user is.
    pub(super) fn for_a_cell(calls: &dyn Calls) -> io::Result<Self> {
        Self::of(&[(&calls.host()?.user, GENERIC_ALL), (&Sid::system(), GENERIC_ALL)])
    }

    /// For what nobody opens: whoever has a handle has what it was made or duplicated with, and cannot
    /// widen it. `D:P(A;;RC;;;OW)`: the entry for the owner stands in place of the right to replace this
    /// list, which an owner has otherwise.
    ///
    /// # Errors
    /// None: the list is short.
    pub(super) fn nobody() -> io::Result<Self> {
        Self::of(&[(&Sid::owner_rights(), READ_CONTROL)])
    }

    pub(super) fn of(grants: &[(&Sid, u32)]) -> io::Result<Self> {
        Self::put(&[], &list(grants)?)
    }

    /// For a folder, and all that comes to be in it, of so low an integrity that a cell may write there if
    /// its entry says so: `D:P(A;OICI;…)…S:(ML;OICI;NW;;;LW)`.
    ///
    /// # Errors
    /// None: the lists are short.
    pub(super) fn handed_down(grants: &[(&Sid, u32)]) -> io::Result<Self> {
        let label = entries(LABEL, HANDED_DOWN, &[(&Sid::integrity(LOW), NO_WRITE_UP)])?;
        Self::put(&label, &entries(ALLOWED, HANDED_DOWN, grants)?)
    }

    /// A descriptor with a label, if any, and an access list.
    fn put(label: &[u8], list: &[u8]) -> io::Result<Self> {
        let labelled = if label.is_empty() { 0 } else { SE_SACL_PRESENT };
        let control = SE_SELF_RELATIVE | SE_DACL_PRESENT | SE_DACL_PROTECTED | labelled;
        let place = |at: usize| u32::try_from(at).map_err(|_| io::ErrorKind::InvalidInput);
        let mut bytes = vec![REVISION, 0];
        bytes.extend(control.to_le_bytes());
        // Neither owner nor group: the maker's. Then where the lists are.
        bytes.extend([0; 8]);
        bytes.extend(if label.is_empty() { 0 } else { place(HEAD)? }.to_le_bytes());
        bytes.extend(place(HEAD + label.len())?.to_le_bytes());
        bytes.extend(label);
        bytes.extend(list);
        Ok(Self { words: words(&bytes)? })
    }

    /// What an object is made with. It points to `self`, which has to live until the object is made.
    pub(super) fn attributes(&self, inherit: bool) -> SECURITY_ATTRIBUTES {
        SECURITY_ATTRIBUTES {
            nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
            lpSecurityDescriptor: self.words.as_ptr().cast_mut().cast(),
            bInheritHandle: i32::from(inherit),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::windows::io::AsHandle as _;

    use super::super::calls::{System, dacl_of, named_event, open_event};
    use super::super::recorded::{Recorded, user};
    use super::super::wine::is_wine;
    use super::*;

    /// `EVENT_MODIFY_STATE`.
    const SET: u32 = 2;

    /// `WRITE_DAC`.
    const WRITE_DAC: u32 = 0x4_0000;

    /// `EVENT_ALL_ACCESS`: what all rights are, of an event.
    const ALL_OF_AN_EVENT: u32 = 0x1f_0003;

    #[test]
    fn a_list_is_laid_out_as_the_system_has_it() {
        let users = Sid::users();
        let list = list(&[(&users, 0x1234_5678)]).unwrap();
        let head = [2, 0, 32, 0, 1, 0, 0, 0, 0, 0, 24, 0, 0x78, 0x56, 0x34, 0x12];
        assert_eq!(list, [&head, &*users.0].concat());
        assert_eq!(grants_of(&list).unwrap(), [(users, 0x1234_5678)]);
    }

    #[test]
    fn a_list_that_is_cut_off_or_strange_is_not_read() {
        let mut whole = list(&[(&Sid::users(), 1), (&Sid::everyone(), 2)]).unwrap();
        for length in 0..whole.len() {
            assert!(grants_of(&whole[..length]).is_err(), "{length}");
        }
        whole[LIST_HEAD] = 1;
        assert!(grants_of(&whole).is_err(), "an entry that denies");
    }

    #[test]
    fn a_descriptor_is_the_users_and_protected() {
        let private = Private::only_this_user(&Recorded::honest()).unwrap();
        let bytes: Vec<u8> = private.words.iter().flat_map(|word| word.to_le_bytes()).collect();
        assert_eq!(bytes[..HEAD], [1, 0, 4, 0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0]);
        assert_eq!(grants_of(&bytes[HEAD..]).unwrap(), [(user(), GENERIC_ALL)]);
        assert_eq!(private.attributes(true).bInheritHandle, 1);
        assert_eq!(private.attributes(false).bInheritHandle, 0);
    }

    #[test]
    fn a_folder_hands_its_list_and_its_label_down() {
        let folder = Private::handed_down(&[(&Sid::users(), 7)]).unwrap();
        let bytes: Vec<u8> = folder.words.iter().flat_map(|word| word.to_le_bytes()).collect();
        // SELF_RELATIVE, DACL_PROTECTED, SACL_PRESENT, DACL_PRESENT; a label of 28 bytes at 20.
        let head = [1, 0, 0x14, 0x90, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 48, 0, 0, 0];
        assert_eq!(bytes[..HEAD], head);
        // ML, OICI, no write up, S-1-16-4096.
        let label = [2, 0, 28, 0, 1, 0, 0, 0, 0x11, 3, 20, 0, 1, 0, 0, 0];
        assert_eq!(bytes[20..36], label);
        assert_eq!(bytes[36..48], *Sid::integrity(LOW).0);
        assert_eq!(bytes[56..58], [0, 3]);
        assert_eq!(grants_of(&bytes[48..]).unwrap(), [(Sid::users(), 7)]);
    }

    #[test]
    fn the_system_has_it_as_it_was_made() {
        let private = Private::only_this_user(&System).unwrap();
        let event = named_event("aether-test-acl-user", &private).unwrap();
        let (protected, list) = dacl_of(event.as_handle()).unwrap();
        assert!(protected, "entries of others may come in");
        let grants = grants_of(&list).unwrap();
        let [(sid, rights)] = &*grants else { panic!("{grants:?}") };
        assert_eq!(*sid, System.host().unwrap().user);
        assert!([ALL_OF_AN_EVENT, GENERIC_ALL].contains(rights), "{rights:#x}");
        assert!(open_event("aether-test-acl-user", SET).is_ok(), "its user may open it");
    }

    #[test]
    fn what_is_nobodys_is_opened_by_nobody() {
        let event = named_event("aether-test-acl-nobody", &Private::nobody().unwrap()).unwrap();
        let (protected, list) = dacl_of(event.as_handle()).unwrap();
        assert!(protected);
        assert_eq!(grants_of(&list).unwrap(), [(Sid::owner_rights(), READ_CONTROL)]);
        let denied = |rights| open_event("aether-test-acl-nobody", rights).unwrap_err().kind();
        assert_eq!(denied(SET), io::ErrorKind::PermissionDenied);
        if is_wine() {
            eprintln!("SKIPPED: needs real Windows, where entries for owners count");
            return;
        }
        assert_eq!(denied(WRITE_DAC), io::ErrorKind::PermissionDenied);
    }
}
