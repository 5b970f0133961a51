#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "link-symbolically",
    tries: "Makes a symbolic link to a file of the host, for a careless reader.",
    source: "symlinkat(2); bubblewrap before 0.12 followed one at set-up",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["symlinkat"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let link = scene.scratch();
    // SAFETY: symlinkat(2) reads two live C strings.
    unsafe { call(libc::SYS_symlinkat, [at(c"/etc/passwd".as_ptr()), HERE, at(link.as_ptr())]) }?;
    let removed = std::fs::remove_file(link.to_str().unwrap_or_default());
    bites(format!("made a link; removed: {}", removed.is_ok()))
}
