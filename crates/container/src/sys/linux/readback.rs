//! What the kernel says of a sealed cell, against what the cell said of itself.
//!
//! The cell's program is ours and honest when it reports, but a mistake in its order, or a kernel
//! that accepts and ignores, would pass unseen; so the host looks again from outside.

use std::fs;

use crate::{Posture, Protection, State};

/// Refuses a cell whose kernel state falls short of its posture.
pub(super) fn verify(
    pid: i32,
    threads: usize,
    namespaces: bool,
    userns: bool,
    posture: &Posture,
) -> Result<(), String> {
    let found = threads_of(pid)?;
    if found.len() != threads {
        return Err(format!("it has {} threads, not {threads}", found.len()));
    }
    for thread in found {
        verify_thread(pid, thread, userns, posture)?;
    }
    if namespaces {
        own_namespaces(pid, userns)?;
    }
    only_known_descriptors(pid)
}

fn threads_of(pid: i32) -> Result<Vec<i32>, String> {
    let entries = fs::read_dir(format!("/proc/{pid}/task"))
        .map_err(|error| format!("its threads are not readable: {error}"))?;
    let number = |entry: fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    Ok(entries.flatten().filter_map(number).collect())
}

/// What a thread has of its own.
fn verify_thread(pid: i32, thread: i32, userns: bool, posture: &Posture) -> Result<(), String> {
    let status = fs::read_to_string(format!("/proc/{pid}/task/{thread}/status"))
        .map_err(|e| format!("its status is not readable: {e}"))?;
    let held =
        |protection| posture.get(protection).is_some_and(|line| line.state == State::Enforced);
    if held(Protection::NoNewPrivileges) {
        expect(&status, "NoNewPrivs", "1")?;
    }
    if held(Protection::Seccomp) {
        expect(&status, "Seccomp", "2")?;
    }
    if held(Protection::Capabilities) {
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            expect(&status, set, "0000000000000000")?;
        }
        if userns {
            expect(&status, "CapBnd", "0000000000000000")?;
        }
    }
    Ok(())
}

/// The same for a native cell, whose program waits to be executed: the init is looked at for its
/// namespaces, its child for everything else.
pub(super) fn verify_native(init: i32, userns: bool) -> Result<(), String> {
    own_namespaces(init, userns)?;
    let child = only_child(init)?;
    let status = fs::read_to_string(format!("/proc/{child}/status"))
        .map_err(|error| format!("its status is not readable: {error}"))?;
    no_way_to_more(&status)?;
    if userns {
        expect(&status, "CapBnd", "0000000000000000")?;
    }
    Ok(())
}

/// Privileges, filter, threads: alike for all native cells.
fn no_way_to_more(status: &str) -> Result<(), String> {
    expect(status, "NoNewPrivs", "1")?;
    expect(status, "Seccomp", "2")?;
    expect(status, "Threads", "1")?;
    for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
        expect(status, set, "0000000000000000")?;
    }
    Ok(())
}

/// The same where there is no namespace. Landlock is not among what the kernel tells: the cell has
/// tried that itself.
pub(super) fn verify_bare(init: i32, most_bytes: u64) -> Result<(), String> {
    let child = only_child(init)?;
    let read = |name: &str| {
        fs::read_to_string(format!("/proc/{child}/{name}"))
            .map_err(|error| format!("its {name} is not readable: {error}"))
    };
    let status = read("status")?;
    no_way_to_more(&status)?;
    let user = rustix::process::geteuid().as_raw();
    expect(&status, "Uid", &[user; 4].map(|user| user.to_string()).join("\t"))?;
    // In a namespace the root stands in for this one.
    let limits = read("limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max file size"));
    let words: Vec<&str> = line.unwrap_or_default().split_ascii_whitespace().collect();
    // The host's own limit may be lower.
    let bounds = words.get(..2).into_iter().flatten();
    let held = bounds.filter(|word| word.parse::<u64>().is_ok_and(|bound| bound <= most_bytes));
    match held.count() {
        2 => Ok(()),
        _ => Err("the size of its files is not limited".to_owned()),
    }
}

/// The process that waits to become the program of a native cell.
pub(super) fn only_child(init: i32) -> Result<i32, String> {
    let children = fs::read_to_string(format!("/proc/{init}/task/{init}/children"))
        .map_err(|error| format!("its processes are not readable: {error}"))?;
    let mut children = children.split_ascii_whitespace().map(str::parse);
    match (children.next(), children.next()) {
        (Some(Ok(child)), None) => Ok(child),
        _ => Err("it has not one process".to_owned()),
    }
}

fn expect(status: &str, field: &str, value: &str) -> Result<(), String> {
    let found =
        status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':')).map(str::trim);
    if found == Some(value) {
        return Ok(());
    }
    Err(format!("{field} is {}, not {value}", found.unwrap_or("absent")))
}

fn own_namespaces(pid: i32, userns: bool) -> Result<(), String> {
    for name in ["mnt", "pid", "ipc", "uts", "net", "cgroup", "user"] {
        if name == "user" && !userns {
            continue;
        }
        let of = |who: &str| fs::read_link(format!("/proc/{who}/ns/{name}"));
        match (of(&pid.to_string()), of("self")) {
            (Ok(cell), Ok(host)) if cell != host => {}
            (Ok(_), Ok(_)) => return Err(format!("its {name} namespace is the host's")),
            (Err(error), _) | (_, Err(error)) => {
                return Err(format!("its {name} namespace is not readable: {error}"));
            }
        }
    }
    Ok(())
}

/// 0 to 3 and nothing else.
fn only_known_descriptors(pid: i32) -> Result<(), String> {
    let entries = match fs::read_dir(format!("/proc/{pid}/fd")) {
        Ok(entries) => entries,
        // Not dumpable, same user, no user namespace of its own: the kernel does not let us look.
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => return Ok(()),
        Err(error) => return Err(format!("its descriptors are not readable: {error}")),
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.parse::<u32>().ok());
        if number.is_none_or(|number| number > 3) {
            return Err(format!("descriptor {} is open in it", name.display()));
        }
    }
    Ok(())
}
