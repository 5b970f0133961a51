//! The trials: each peer on a host of this user and of an ordinary one, and what only the host's own
//! reader can be shown.

use std::fs;
use std::os::unix::fs::chown;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use aether_container::{Sealed, read_memory_file};
use libtest_mimic::{Arguments, Failed, Trial};

use super::Peer;
use super::order::{Answer, Order};
use crate::apart::Program;
use crate::peers;

/// Fewest peers that there must be: they do not get lost unnoticed.
const FLOOR: usize = 165;

/// The next user and group without name, file or right on any machine. Each trial has its own: the
/// system shares some limits out by user, and trials run side by side.
static NEXT_USER: AtomicU32 = AtomicU32::new(2_912_345);

/// The worst that any trial saw: microseconds until a neighbour answered, and bytes of growth.
static SLOWEST: AtomicU64 = AtomicU64::new(0);
static LARGEST: AtomicU64 = AtomicU64::new(0);

/// The variable with which each trial says its figures.
const FIGURES: &str = "AETHER_ATTACKS_FIGURES";

pub(super) fn run() {
    let arguments = Arguments::from_args();
    let program = Program::default();
    let root = rustix::process::geteuid().is_root();
    println!("{} peers", peers::all().count());
    if !root {
        println!("each is met once, as this user; root would also meet them as another one");
    }
    let mut trials = vec![
        Trial::test("there are enough peers, each with a name of its own", names),
        Trial::test("nothing but a sealed memory file is read", no_memory_files),
    ];
    for peer in peers::all() {
        if let Some(hole) = peer.open {
            println!("OPEN: {}: {hole}", peer.name);
        }
        trials.push(trial(peer, false, &program));
        if root {
            trials.push(trial(peer, true, &program));
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    println!(
        "neighbours answered within {:.1} ms, and hosts grew by {} KiB at most",
        SLOWEST.load(Ordering::Relaxed) as f64 / 1000.0,
        LARGEST.load(Ordering::Relaxed) >> 10,
    );
    // The copy goes with its last user, and nothing is dropped by an exit.
    drop(program);
    conclusion.exit()
}

fn names() -> Result<(), Failed> {
    let mut names: Vec<&str> = peers::all().map(|peer| peer.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    if names.len() != count || count < FLOOR {
        return Err(format!("{count} peers with {} names", names.len()).into());
    }
    Ok(())
}

fn trial(peer: &'static Peer, ordinary: bool, program: &Program) -> Trial {
    let suffix = if ordinary { " as an ordinary user" } else { "" };
    let program = program.clone();
    Trial::test(format!("{}{suffix}", peer.name), move || {
        let answer = met(peer, ordinary, &program)?;
        SLOWEST.fetch_max(answer.neighbour, Ordering::Relaxed);
        LARGEST.fetch_max(answer.grown, Ordering::Relaxed);
        let figures = format!(
            "{} ms, neighbour {:.1} ms, host grew {} KiB: {}",
            answer.took,
            answer.neighbour as f64 / 1000.0,
            answer.grown >> 10,
            answer.came,
        );
        if std::env::var_os(FIGURES).is_some() {
            println!("{}: {figures} {}", peer.name, answer.failed.join("; "));
        }
        match (answer.failed.is_empty(), peer.open) {
            (true, None) | (false, Some(_)) => Ok(()),
            (true, Some(hole)) => Err(format!("closed, remove `open`: {hole}").into()),
            (false, None) => {
                let failed = answer.failed.join("\n");
                Err(format!("{failed}\n  it tries: {}\n  {figures}", peer.tries).into())
            }
        }
    })
}

fn met(peer: &Peer, ordinary: bool, program: &Program) -> Result<Answer, String> {
    let broken = |error: std::io::Error| format!("the folder: {error}");
    let folder = tempfile::Builder::new().prefix("aether-peer-").tempdir().map_err(broken)?;
    let user = ordinary.then(|| NEXT_USER.fetch_add(1, Ordering::Relaxed));
    if let Some(user) = user {
        chown(folder.path(), Some(user), Some(user)).map_err(broken)?;
    }
    let order = Order { root: folder.path().to_owned(), peer: peer.name.to_owned() };
    order.give(program.copy()?, user)
}

/// What a cell has no way to get hold of, and could send if it had.
fn no_memory_files() -> Result<(), Failed> {
    let file = tempfile::tempfile()?;
    file.set_len(4096)?;
    let (socket, _other) = std::os::unix::net::UnixStream::pair()?;
    let (pipe, _end) = rustix::pipe::pipe()?;
    let opened = |path: &str| fs::File::open(path).map(std::os::fd::OwnedFd::from);
    let others = [
        ("a directory", opened("/")?),
        ("a device", opened("/dev/zero")?),
        ("an endless file of the kernel's", opened("/proc/self/maps")?),
        ("a file", file.into()),
        ("a socket", socket.into()),
        ("a pipe", pipe),
    ];
    for (what, descriptor) in &others {
        for size in [0, 5, 4096, u64::MAX] {
            let read = read_memory_file(descriptor, size);
            if !read.as_ref().is_err_and(|error| error.to_string().contains("not a memory file")) {
                return Err(format!("{what} of {size} bytes: {read:?}").into());
            }
            if Sealed::adopt(descriptor, size).is_ok() {
                return Err(format!("{what} of {size} bytes is handed on").into());
            }
        }
    }
    Ok(())
}
