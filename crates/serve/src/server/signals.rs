//! Signals that ask the program to end.

use std::io;

use super::Stopper;

/// Stops the server at the first of them. At the second, cells are ended at once.
pub(super) fn watch(stopper: Stopper) -> io::Result<()> {
    let mut heard = 0_u32;
    listen(move || {
        heard += 1;
        match heard {
            1 => stopper.stop(),
            _ => stopper.0.cells.host.interrupt(),
        }
    })
}

/// Does this at each of them, on a thread of its own: the runtime would have descriptors for signals in
/// every host of the program, whether it serves or not.
#[cfg(unix)]
fn listen(mut hear: impl FnMut() + Send + 'static) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    // What the server was started with as ignored stays so: `nohup` means the hang-up.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).unwrap_or(0);
    let heard = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|one| ignored >> (one - 1) & 1 == 0);
    let mut signals = signal_hook::iterator::Signals::new(heard)?;
    let thread = std::thread::Builder::new().name("aether-signals".to_owned());
    thread.spawn(move || signals.forever().for_each(|_| hear())).map(drop)
}

#[cfg(not(unix))]
fn listen(hear: impl FnMut() + Send + 'static) -> io::Result<()> {
    ctrlc::try_set_handler(hear).map_err(io::Error::other)
}
