//! The signals that ask a command to end.

use std::{fs, io, thread};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Does this at each signal that asks for the end, on a thread of its own. A signal that the command
/// was started with as ignored stays ignored: `nohup` means the hang-up, and a shell without job
/// control the interruption of what it starts with `&`.
pub(crate) fn listen(mut hear: impl FnMut() + Send + 'static) -> io::Result<()> {
    let ignored = ignored();
    let is_heard = |signal: &i32| ignored >> (signal - 1) & 1 == 0;
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP].into_iter().filter(is_heard))?;
    let listener = move || signals.forever().for_each(|_| hear());
    thread::Builder::new().name("aether-signals".to_owned()).spawn(listener).map(drop)
}

/// The signals that are ignored, a bit for each from the first on, where the system tells it in a
/// file: a call that asks would be unsafe. None elsewhere, so that the command can be ended.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find_map(of_line).unwrap_or_default()
}

fn of_line(line: &str) -> Option<u64> {
    u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok()
}
