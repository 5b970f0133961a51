//! Whether a file or folder is its user's, so that nobody else has put there what is found there.
//!
//! It looks at one object, and not at the folders above it. Whoever may rename in those can put another in its
//! place later: a place where nobody may is the caller's to choose.
#![allow(unsafe_code, reason = "the calls themselves")]

use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt as _;
use std::os::windows::io::AsRawHandle as _;
use std::path::Path;

use windows_sys::Win32::Foundation::{GENERIC_ALL, GENERIC_WRITE};
use windows_sys::Win32::Security::{
    DACL_SECURITY_INFORMATION, GetKernelObjectSecurity, OWNER_SECURITY_INFORMATION,
};
use windows_sys::Win32::Storage::FileSystem::{
    DELETE, FILE_APPEND_DATA, FILE_DELETE_CHILD, FILE_FLAG_BACKUP_SEMANTICS,
    FILE_FLAG_OPEN_REPARSE_POINT, FILE_READ_ATTRIBUTES, FILE_WRITE_ATTRIBUTES, FILE_WRITE_DATA,
    FILE_WRITE_EA, READ_CONTROL, WRITE_DAC, WRITE_OWNER,
};

use super::acl::{ALLOWED, DENIED, entries_of};
use super::calls::{Calls, System, checked};
use super::sid::Sid;

/// Rights by which a file or folder comes to have what its user has not put there. Whoever may write the
/// attributes of an empty folder can make a link of it.
const WRITES: u32 = FILE_WRITE_DATA
    | FILE_APPEND_DATA
    | FILE_WRITE_EA
    | FILE_WRITE_ATTRIBUTES
    | FILE_DELETE_CHILD
    | DELETE
    | WRITE_DAC
    | WRITE_OWNER
    | GENERIC_WRITE
    | GENERIC_ALL;

/// Words that a descriptor has room in: a list has at most 64 KiB, and an owner and the head some bytes.
const WORDS: usize = (64 << 10) / size_of::<u32>() + 64;

/// Whether the user of this process, the system or administrators own a file or folder, and nobody else may
/// write to it, delete it, or change who may. Of a link it is false: it says nothing of where it leads. It is
/// false too for what cannot be made out.
///
/// # Errors
/// The system's.
pub fn is_its_users(path: &Path) -> io::Result<bool> {
    let object = opened(path)?;
    if object.metadata()?.file_type().is_symlink() {
        return Ok(false);
    }
    let descriptor = descriptor_of(&object)?;
    Ok(keeps_others_out(&descriptor, &System.host()?.user).unwrap_or(false))
}

/// A folder too, and a link itself.
fn opened(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.access_mode(READ_CONTROL | FILE_READ_ATTRIBUTES);
    options.custom_flags(FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT);
    options.open(path)
}

/// Its owner and its access list: `SECURITY_DESCRIPTOR_RELATIVE`.
fn descriptor_of(object: &File) -> io::Result<Vec<u8>> {
    let mut words = vec![0u32; WORDS];
    let mut needed = 0;
    // SAFETY: the buffer has as many bytes as are named, and is aligned for a descriptor.
    checked(unsafe {
        GetKernelObjectSecurity(
            object.as_raw_handle(),
            OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
            words.as_mut_ptr().cast(),
            (WORDS * size_of::<u32>()) as u32,
            &raw mut needed,
        )
    })?;
    Ok(words.iter().flat_map(|word| word.to_le_bytes()).take(needed as usize).collect())
}

/// Nothing for a descriptor that is cut off, or has an entry of another kind than those that allow or deny.
/// Where there is no list at all, everybody may do everything.
fn keeps_others_out(descriptor: &[u8], user: &Sid) -> Option<bool> {
    let trusted = [user.clone(), Sid::system(), Sid::of(5, [32, 544])];
    let owner = Sid::first_of(part(descriptor, 4)?)?;
    // Whoever makes something in it, and whoever owns it, have been looked at.
    let stand_ins = [Sid::of(3, [0]), Sid::owner_rights()];
    let grants = allowed(part(descriptor, 16)?)?;
    let is_harmless = |(sid, rights): &(Sid, u32)| {
        rights & WRITES == 0 || trusted.contains(sid) || stand_ins.contains(sid)
    };
    Some(trusted.contains(&owner) && grants.iter().all(is_harmless))
}

/// What a descriptor has at the place that it says here, if it has it.
fn part(descriptor: &[u8], says: usize) -> Option<&[u8]> {
    let at = u32::from_le_bytes(*descriptor.get(says..)?.first_chunk()?);
    if at == 0 { None } else { descriptor.get(at as usize..) }
}

/// Whom a list grants what. An entry that only counts for what is made in a folder is among them: that matters
/// as much. One that denies only takes away, and is passed over.
fn allowed(list: &[u8]) -> Option<Vec<(Sid, u32)>> {
    let entries = entries_of(list)?;
    let known = entries.iter().all(|one| [ALLOWED, DENIED].contains(&one.kind));
    let allows = entries.into_iter().filter(|one| one.kind == ALLOWED);
    known.then(|| allows.map(|one| (one.sid, one.rights)).collect())
}

#[cfg(test)]
mod tests {
    use std::os::windows::ffi::OsStrExt as _;
    use std::os::windows::fs::symlink_dir;

    use windows_sys::Win32::Security::SetFileSecurityW;
    use windows_sys::Win32::Storage::FileSystem::{
        FILE_ALL_ACCESS, FILE_GENERIC_EXECUTE, FILE_GENERIC_READ, FILE_GENERIC_WRITE,
    };

    use super::super::acl::Private;
    use super::super::recorded::user;
    use super::*;

    /// `CONTAINER_INHERIT_ACE | OBJECT_INHERIT_ACE`, with `INHERIT_ONLY_ACE` and with `INHERITED_ACE`.
    const FOR_CHILDREN: u8 = 0xb;
    const FROM_PARENT: u8 = 0x13;

    fn administrators() -> Sid {
        Sid::of(5, [32, 544])
    }

    /// A descriptor with an owner and a list, each entry of a kind and with flags.
    fn descriptor(owner: &Sid, entries: &[(u8, u8, &Sid, u32)]) -> Vec<u8> {
        let mut list = Vec::new();
        for (kind, flags, sid, rights) in entries {
            list.extend([*kind, *flags]);
            list.extend((8 + sid.0.len() as u16).to_le_bytes());
            list.extend(rights.to_le_bytes());
            list.extend(&sid.0);
        }
        let mut all = vec![1, 0, 4, 0x80];
        all.extend([20u32, 0, 0, 20 + owner.0.len() as u32].map(u32::to_le_bytes).concat());
        all.extend(&owner.0);
        all.extend([2, 0]);
        all.extend([8 + list.len() as u16, entries.len() as u16, 0].map(u16::to_le_bytes).concat());
        all.extend(list);
        all
    }

    fn check(owner: &Sid, entries: &[(u8, u8, &Sid, u32)], expect: Option<bool>) {
        let told = keeps_others_out(&descriptor(owner, entries), &user());
        assert_eq!(told, expect, "{owner} {entries:?}");
    }

    #[test]
    fn a_profiles_folder_is_its_users() {
        let (user, system, administrators) = (user(), Sid::system(), administrators());
        let full = FILE_ALL_ACCESS;
        let profile = [
            (ALLOWED, FROM_PARENT, &system, full),
            (ALLOWED, FROM_PARENT, &administrators, full),
            (ALLOWED, FROM_PARENT, &user, full),
        ];
        for owner in [&user, &system, &administrators] {
            check(owner, &profile, Some(true));
        }
        check(&Sid::of(5, [21, 1, 2, 3, 1001]), &profile, Some(false));
        check(&user, &[], Some(true));
    }

    #[test]
    fn others_may_read_and_no_more() {
        let (user, everyone) = (user(), Sid::everyone());
        let read = FILE_GENERIC_READ | FILE_GENERIC_EXECUTE;
        check(&user, &[(ALLOWED, 0, &everyone, read)], Some(true));
        for bit in 0..32 {
            let right = 1 << bit;
            let expect = Some(right & WRITES == 0);
            check(&user, &[(ALLOWED, 0, &everyone, right)], expect);
            check(&user, &[(ALLOWED, FOR_CHILDREN, &Sid::users(), read | right)], expect);
            for stands_in in [Sid::of(3, [0]), Sid::owner_rights()] {
                check(&user, &[(ALLOWED, FOR_CHILDREN, &stands_in, right)], Some(true));
            }
        }
        for right in [FILE_WRITE_DATA, FILE_APPEND_DATA, WRITE_DAC, WRITE_OWNER, DELETE] {
            check(&user, &[(ALLOWED, 0, &everyone, right)], Some(false));
        }
        // What a folder on another drive has from the drive.
        let authenticated = Sid::of(5, [11]);
        check(&user, &[(ALLOWED, FROM_PARENT, &authenticated, 0x1301bf)], Some(false));
    }

    #[test]
    fn entries_that_deny_do_not_matter_and_strange_ones_are_not_made_out() {
        let (user, everyone) = (user(), Sid::everyone());
        let denied = (DENIED, 0, &everyone, FILE_ALL_ACCESS);
        check(&user, &[denied, (ALLOWED, 0, &user, GENERIC_ALL)], Some(true));
        check(&user, &[denied, (ALLOWED, 0, &everyone, DELETE)], Some(false));
        // Of an object, and with a condition.
        for kind in [2, 5, 6, 9, 10, 17, u8::MAX] {
            check(&user, &[(kind, 0, &user, FILE_GENERIC_READ)], None);
        }
    }

    #[test]
    fn what_is_missing_or_cut_off_is_not_made_out() {
        let user = user();
        let whole = descriptor(&user, &[(ALLOWED, 0, &user, GENERIC_ALL)]);
        assert_eq!(keeps_others_out(&whole, &user), Some(true));
        for length in 0..whole.len() {
            assert_eq!(keeps_others_out(&whole[..length], &user), None, "{length}");
        }
        for says in [4, 16] {
            let mut without = whole.clone();
            without[says] = 0;
            assert_eq!(keeps_others_out(&without, &user), None, "nothing at {says}");
        }
        // An entry that says it is longer than its list, shorter than its identifier, or has no length.
        let length = whole.len() - 8 - user.0.len() + 2;
        for wrong in [u8::MAX, whole[length] - 4, 0] {
            let mut strange = whole.clone();
            strange[length] = wrong;
            assert_eq!(keeps_others_out(&strange, &user), None, "{wrong}");
        }
    }

    #[test]
    fn a_folder_of_the_users_is_theirs_and_so_is_a_file_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let told = |path: &Path| descriptor_of(&opened(path).unwrap()).unwrap();
        assert!(is_its_users(folder.path()).unwrap(), "{:x?}", told(folder.path()));
        assert!(is_its_users(&file).unwrap(), "{:x?}", told(&file));
        assert!(is_its_users(&folder.path().join("none")).is_err());
    }

    #[test]
    fn a_folder_that_everyone_may_write_to_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path: Vec<u16> = folder.path().as_os_str().encode_wide().chain([0]).collect();
        let is_theirs_with = |rights| {
            let user = System.host().unwrap().user;
            let grants = [(&user, FILE_ALL_ACCESS), (&Sid::everyone(), rights)];
            let private = Private::of(&grants).unwrap();
            let descriptor = private.attributes(false).lpSecurityDescriptor;
            // SAFETY: the path ends with a zero, and the descriptor is whole and lives through the call.
            checked(unsafe {
                SetFileSecurityW(path.as_ptr(), DACL_SECURITY_INFORMATION, descriptor)
            })
            .unwrap();
            is_its_users(folder.path()).unwrap()
        };
        // Wine keeps a list as a mode, which has either of these.
        assert!(is_theirs_with(FILE_GENERIC_READ | FILE_GENERIC_EXECUTE));
        assert!(!is_theirs_with(FILE_GENERIC_READ | FILE_GENERIC_WRITE));
    }

    #[test]
    fn a_link_is_nobodys() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        std::fs::create_dir(&target).unwrap();
        // Wine says that it has made one.
        match symlink_dir(&target, &link).and_then(|()| link.symlink_metadata()) {
            Ok(_) => assert!(!is_its_users(&link).unwrap()),
            Err(error) => eprintln!("SKIPPED: needs a system that makes links ({error})"),
        }
    }
}
