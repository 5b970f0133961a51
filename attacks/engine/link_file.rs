#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "link-file",
    tries: "Gives a file a second name, to keep it after its removal.",
    source: "linkat(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["linkat"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let file = scene.scratch_file()?;
    let second = std::ffi::CString::new([file.path.to_bytes(), b"-2"].concat()).unwrap_or_default();
    let names = [HERE, at(file.path.as_ptr()), HERE, at(second.as_ptr())];
    // SAFETY: linkat(2) reads two paths, both live C strings.
    unsafe { call(libc::SYS_linkat, names) }?;
    let removed = std::fs::remove_file(second.to_str().unwrap_or_default());
    bites(format!("made a second name; removed: {}", removed.is_ok()))
}
