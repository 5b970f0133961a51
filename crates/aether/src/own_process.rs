//! Where the kernel shows the host's own process.
//!
//! A process's entry in a `/proc` holds its variables, its memory and its descriptors. The host's
//! own would be more than any grant, and a host may always look at it: so it is found before
//! anything is granted. Names do not tell, since a `/proc` may be mounted anywhere and number
//! processes in its own way; the kernel is asked.

use std::fs;
use std::path::Path;

/// Whether a path, without links, is or lies in what is shown of this process.
pub(crate) fn is_shown_at(path: &Path) -> bool {
    path.ancestors().any(is_own_entry)
}

/// Whether a folder is the entry of this process or one of its threads. A number that nobody has,
/// or of which nothing is told, counts: a thread may get it before it is opened.
fn is_own_entry(entry: &Path) -> bool {
    match process_of(entry) {
        Some(process) => process == own_number(entry),
        None => is_number(entry) && self_beside(entry).is_some(),
    }
}

/// The number of the process that an entry is about, in the numbering of its `/proc`; for a thread,
/// that of its process.
fn process_of(entry: &Path) -> Option<u32> {
    // Only the kernel's own file can be neither forged nor waited at.
    let status = is_proc(entry).then(|| fs::read_to_string(entry.join("status")).ok())??;
    status.lines().find_map(|line| line.strip_prefix("Tgid:")?.trim().parse().ok())
}

/// This process's number in the `/proc` that an entry is in.
fn own_number(entry: &Path) -> u32 {
    self_beside(entry).unwrap_or_else(std::process::id)
}

/// What `self` leads to beside an entry: only the top of a `/proc` has it.
fn self_beside(entry: &Path) -> Option<u32> {
    let top = entry.parent().filter(|top| is_proc(top))?;
    fs::read_link(top.join("self")).ok()?.to_str()?.parse().ok()
}

fn is_number(entry: &Path) -> bool {
    let name = entry.file_name().unwrap_or_default().as_encoded_bytes();
    !name.is_empty() && name.iter().all(u8::is_ascii_digit)
}

#[cfg(target_os = "linux")]
fn is_proc(path: &Path) -> bool {
    const PROC_SUPER_MAGIC: u64 = 0x9fa0;
    // The type's width and sign differ between systems; the number has 32 bits.
    rustix::fs::statfs(path).is_ok_and(|found| u64::from(found.f_type as u32) == PROC_SUPER_MAGIC)
}

/// Other systems have no such files.
#[cfg(not(target_os = "linux"))]
const fn is_proc(_: &Path) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_known_by_each_of_its_names() {
        let own = std::process::id();
        let check =
            |path: &str, expect: bool| assert_eq!(is_shown_at(Path::new(path)), expect, "{path}");
        check("/proc/self", true);
        check("/proc/self/environ", true);
        check("/proc/thread-self/fd/0", true);
        check(&format!("/proc/{own}/mem"), true);
        check(&format!("/proc/{own}/task/{own}/maps"), true);
        check("/proc/1/environ", own == 1);
        check("/proc/1/task/1/environ", own == 1);
        check("/proc", false);
        check("/proc/cpuinfo", false);
        check("/proc/sys/kernel/hostname", false);
        check("/etc/passwd", false);
        check("/4711/self", false);
    }

    #[test]
    fn a_thread_has_an_entry_of_its_own() {
        let thread = std::thread::spawn(|| fs::read_link("/proc/thread-self").expect("a link"));
        let at = Path::new("/proc").join(thread.join().expect("its entry"));
        // Of a thread that has ended, only the number is left.
        let number = at.file_name().expect("a number");
        assert!(is_shown_at(&Path::new("/proc").join(number).join("environ")));
        let (say, wait) = std::sync::mpsc::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let living = std::thread::spawn(move || {
            tell.send(fs::read_link("/proc/thread-self").expect("a link")).expect("a reader");
            wait.recv().unwrap_or_default();
        });
        let at = told.recv().expect("its entry");
        let entry = Path::new("/proc").join(at.file_name().expect("a number"));
        assert_ne!(entry, Path::new("/proc").join(std::process::id().to_string()));
        assert_eq!(process_of(&entry), Some(std::process::id()));
        assert!(is_shown_at(&entry.join("environ")));
        drop(say);
        living.join().expect("its end");
    }

    #[test]
    fn files_that_look_alike_are_not_asked() {
        let folder = tempfile::tempdir().expect("a folder");
        let entry = folder.path().join("7");
        fs::create_dir(&entry).expect("a folder");
        fs::write(entry.join("status"), format!("Tgid:\t{}\n", std::process::id()))
            .expect("a file");
        assert!(!is_shown_at(&entry));
    }
}
