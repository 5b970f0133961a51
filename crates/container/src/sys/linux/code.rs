//! What a cell needs that runs machine code of its host's: a beat by which running code can be
//! stopped, and the end of all new code once it has its own.
#![allow(
    unsafe_code,
    reason = "a signal's handler and an interval timer; the contracts stand there"
)]

use std::io;
use std::marker::PhantomData;
use std::sync::OnceLock;
use std::time::Duration;

use libc::{c_int, sock_filter};

use super::{bpf, raw};

/// What a beat does.
type Beat = Box<dyn Fn() + Send + Sync>;

static BEAT: OnceLock<Beat> = OnceLock::new();

/// Says what a beat does, once for the process. It is done in a signal's handler, whatever runs at
/// that moment: it may count up atomically, and nothing else: no lock, no memory, no panic.
///
/// # Errors
/// The system's. A second call does nothing.
pub fn on_beat(act: impl Fn() + Send + Sync + 'static) -> io::Result<()> {
    if BEAT.set(Box::new(act)).is_err() {
        return Ok(());
    }
    // SAFETY: all-zero is a valid value of this plain struct: no flags, an empty mask.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = beat as extern "C" fn(c_int) as usize;
    // On the stack for signals: what runs may be at the end of its own.
    action.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
    // SAFETY: the kernel reads a live struct and writes nothing. The handler calls one closure
    // that was set before, whose contract is to be safe there; `errno` it leaves alone.
    let result = unsafe { libc::sigaction(libc::SIGALRM, &raw const action, std::ptr::null_mut()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

extern "C" fn beat(_: c_int) {
    if let Some(act) = BEAT.get() {
        act();
    }
}

/// While it lasts, the [beat](on_beat) goes on.
#[derive(Debug)]
pub struct Beating(PhantomData<*const ()>);

/// Beats every so often from now on, until what is given back is dropped.
///
/// # Errors
/// The system's.
pub fn beating(every: Duration) -> io::Result<Beating> {
    set_timer(every)?;
    Ok(Beating(PhantomData))
}

impl Drop for Beating {
    fn drop(&mut self) {
        // It fails for numbers alone that no timer can have, and these are zeros.
        drop(set_timer(Duration::ZERO));
    }
}

fn set_timer(every: Duration) -> io::Result<()> {
    let time = libc::timeval {
        tv_sec: every.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_usec: every.subsec_micros().into(),
    };
    let timer = libc::itimerval { it_interval: time, it_value: time };
    // SAFETY: the kernel reads a live struct and writes nothing.
    let result =
        unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// From here on no memory of this process becomes executable that is not so already: whatever asks
/// for it ends the process.
///
/// # Errors
/// The system's.
pub fn no_more_code() -> io::Result<()> {
    raw::install_filter(&filter(), false, raw::Whom::Thread).map(drop)
}

fn filter() -> Vec<sock_filter> {
    bpf::assemble_denials(
        &[libc::SYS_mmap, libc::SYS_mprotect, libc::SYS_pkey_mprotect],
        (2, libc::PROT_EXEC as u32),
    )
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Instant;

    use super::super::bpf::tests::{THIS_ARCH, evaluate};
    use super::*;

    static BEATS: AtomicU32 = AtomicU32::new(0);

    #[test]
    fn it_beats_while_it_is_to_and_interrupts_nothing() {
        on_beat(|| {
            BEATS.fetch_add(1, Ordering::Relaxed);
        })
        .unwrap();
        assert_eq!(BEATS.load(Ordering::Relaxed), 0);
        let beats = beating(Duration::from_millis(1)).unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        while BEATS.load(Ordering::Relaxed) < 5 && Instant::now() < until {
            std::hint::spin_loop();
        }
        drop(beats);
        let seen = BEATS.load(Ordering::Relaxed);
        assert!(seen >= 5);
        std::thread::sleep(Duration::from_millis(20));
        assert!(BEATS.load(Ordering::Relaxed) <= seen + 1, "one may have been under way");
    }

    #[test]
    fn the_filter_ends_what_asks_for_code_and_nothing_else() {
        let check = |number: libc::c_long, protection: c_int, ends: bool| {
            let arguments = [0, 4096, protection as u64, 0, 0, 0];
            let answer = evaluate(&filter(), THIS_ARCH, number as u32, arguments);
            let expect =
                if ends { libc::SECCOMP_RET_KILL_PROCESS } else { libc::SECCOMP_RET_ALLOW };
            assert_eq!(answer, expect, "{number} {protection}");
        };
        for number in [libc::SYS_mmap, libc::SYS_mprotect, libc::SYS_pkey_mprotect] {
            check(number, libc::PROT_READ | libc::PROT_WRITE, false);
            check(number, libc::PROT_READ | libc::PROT_EXEC, true);
            check(number, libc::PROT_EXEC, true);
        }
        check(libc::SYS_read, libc::PROT_EXEC, false);
    }
}
