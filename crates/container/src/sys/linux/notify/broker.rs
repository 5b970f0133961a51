//! Files that a broker gives.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat};

use super::decode::{How, Opening};
use crate::{Answer, Broker, Caller, OpenRequest};

/// What a call is answered with.
pub(super) enum Verdict {
    Continue,
    Give { file: OwnedFd, close_on_exec: bool },
    Refuse(i32),
}

/// Asks about a call whose path has been copied. Whatever is in doubt is refused; it never goes on.
pub(super) fn decide(broker: &mut dyn Broker, opening: Opening, caller: Caller) -> Verdict {
    let Opening { place, how: Some(how) } = opening else { return Verdict::Refuse(libc::EACCES) };
    let whole = place.path.as_ref().is_some_and(|path| !path.is_cut());
    if !whole {
        return Verdict::Refuse(libc::EACCES);
    }
    let How { flags, mode, resolve } = how;
    let request = OpenRequest { place, access: how.access(), flags, mode, resolve, caller };
    match broker.open(&request) {
        Answer::Continue => Verdict::Continue,
        Answer::Descriptor(file) if is_plain(&file) => {
            Verdict::Give { file, close_on_exec: how.has(libc::O_CLOEXEC) }
        }
        Answer::Descriptor(_) => Verdict::Refuse(libc::EACCES),
        Answer::Refuse(errno) => Verdict::Refuse(errno),
    }
}

/// A regular file that is open to be read or written. From a folder, or what only names something,
/// its holder could go on to what nobody judged.
fn is_plain(file: &OwnedFd) -> bool {
    let regular = fstat(file.as_fd())
        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile);
    regular && fcntl_getfl(file).is_ok_and(|flags| !flags.contains(OFlags::PATH))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::OpenOptionsExt;

    use super::*;
    use crate::{Place, PluginText};

    struct Gives(Option<File>);

    impl Broker for Gives {
        fn open(&mut self, _: &OpenRequest) -> Answer {
            self.0.take().map_or(Answer::Continue, |file| Answer::Descriptor(file.into()))
        }
    }

    fn asked(cut: bool, how: Option<How>, file: Option<File>) -> Verdict {
        let path = Some(PluginText::new(b"/x".to_vec(), cut));
        let opening = Opening { place: Place { path, ..Place::default() }, how };
        decide(&mut Gives(file), opening, Caller::default())
    }

    #[test]
    fn what_cannot_be_judged_is_refused_unasked() {
        for (cut, how) in [(true, Some(How::default())), (false, None)] {
            assert!(matches!(asked(cut, how, None), Verdict::Refuse(libc::EACCES)));
        }
        assert!(matches!(asked(false, Some(How::default()), None), Verdict::Continue));
        let opening = Opening { place: Place::default(), how: Some(How::default()) };
        let verdict = decide(&mut Gives(None), opening, Caller::default());
        assert!(matches!(verdict, Verdict::Refuse(libc::EACCES)));
    }

    #[test]
    fn nothing_but_regular_files_is_given() {
        let give = |file| asked(false, Some(How::default()), Some(file));
        assert!(matches!(give(tempfile::tempfile().unwrap()), Verdict::Give { .. }));
        let named = tempfile::NamedTempFile::new().unwrap();
        let path = File::options().read(true).custom_flags(libc::O_PATH).open(named.path());
        for file in [path.unwrap(), File::open("/").unwrap(), File::open("/dev/null").unwrap()] {
            assert!(matches!(give(file), Verdict::Refuse(libc::EACCES)));
        }
    }
}
