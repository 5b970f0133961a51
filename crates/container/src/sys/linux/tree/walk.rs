//! From the init to every process. proc(5), `/proc/PID/task/TID/children` and `/proc/PID/stat`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// A process, as its `stat` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: i32,
    pub(super) parent: i32,
    /// The letter of proc(5).
    pub(super) state: u8,
    pub(super) threads: u32,
    /// Its own processor time, clock ticks.
    pub(super) own: u64,
    /// That of the children which it has waited for, and of theirs.
    pub(super) reaped: u64,
    /// When it started; with its number, this names it and no other.
    pub(super) start: u64,
}

/// Numbers of processes, and when each started.
pub(super) type Known = BTreeMap<i32, u64>;

/// Every process of the tree, each before its children; none when the init is gone.
///
/// Ancestors are read first, so that no time is read twice: what a process has used moves to an
/// ancestor when it is waited for. A process that is given to another parent in mid-walk can be
/// missed; one that is known already is looked for by its number, one that is not will be seen next
/// time.
pub(super) fn walk(init: i32, known: &Known) -> Vec<Process> {
    let mut found: Vec<Process> = read(init).into_iter().collect();
    let mut seen: BTreeSet<i32> = found.iter().map(|process| process.pid).collect();
    children_of(0, &mut found, &mut seen);
    if found.is_empty() {
        return found;
    }
    for (&pid, &start) in known {
        if !seen.contains(&pid)
            && let Some(process) = read(pid).filter(|process| process.start == start)
        {
            seen.insert(pid);
            let from = found.len();
            found.push(process);
            children_of(from, &mut found, &mut seen);
        }
    }
    found
}

/// Adds the children of the processes from `next` on, and theirs.
fn children_of(mut next: usize, found: &mut Vec<Process>, seen: &mut BTreeSet<i32>) {
    while let Some(&parent) = found.get(next) {
        next += 1;
        for child in children(&parent) {
            // A number that has gone to somebody else meanwhile has no parent of ours.
            if !seen.contains(&child)
                && let Some(process) = read(child)
                && seen.contains(&process.parent)
            {
                seen.insert(child);
                found.push(process);
            }
        }
    }
}

/// The children of all threads of a process.
fn children(parent: &Process) -> Vec<i32> {
    let list = |thread: i32| {
        let path = format!("/proc/{}/task/{thread}/children", parent.pid);
        let text = fs::read_to_string(path).unwrap_or_default();
        text.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<i32>>()
    };
    if parent.threads <= 1 {
        return list(parent.pid);
    }
    let threads = fs::read_dir(format!("/proc/{}/task", parent.pid));
    let threads = threads.into_iter().flatten().flatten();
    threads.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).flat_map(list).collect()
}

/// What is known of a process now; `None` when it is gone.
pub(super) fn read(pid: i32) -> Option<Process> {
    parse(pid, &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn parse(pid: i32, stat: &str) -> Option<Process> {
    // The name may hold blanks and parentheses; fields are counted after the last one.
    let fields: Vec<&str> = stat[stat.rfind(')')? + 1..].split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    Some(Process {
        pid,
        parent: fields.get(1)?.parse().ok()?,
        state: *fields.first()?.as_bytes().first()?,
        threads: field(20)?.try_into().ok()?,
        own: field(14)? + field(15)?,
        reaped: field(16)? + field(17)?,
        start: field(22)?,
    })
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_stat_line_is_read_behind_whatever_the_name_is() {
        let line = "7 (a) R 1 (b) S 3 7 7 0 -1 4194560 1 2 3 4 50 60 7 8 20 0 5 0 12345 1 2";
        let process = parse(7, line).unwrap();
        let expect = Process {
            pid: 7,
            parent: 3,
            state: b'S',
            threads: 5,
            own: 110,
            reaped: 15,
            start: 12345,
        };
        assert_eq!(process, expect);
        assert_eq!(parse(7, "7 (a"), None);
        assert_eq!(parse(7, "7 (a) R 1"), None);
    }

    #[test]
    fn children_of_children_and_of_every_thread_are_found_each_behind_its_parent() {
        let script = "sleep 30 & (sleep 30 & wait) & echo; wait";
        let start = || {
            let mut command = Command::new("sh");
            command.args(["-c", script]).stdout(Stdio::piped());
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
            command.spawn().unwrap()
        };
        // Started by another thread, which stays.
        let (stay, end) = std::sync::mpsc::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            tell.send(start()).unwrap();
            let _ended = end.recv();
        });
        let mut shell = told.recv().unwrap();
        let init = std::process::id() as i32;
        let pid = shell.id() as i32;
        let mut found = Vec::new();
        for _ in 0..2000 {
            found = walk(init, &Known::new());
            let below = |pid: i32| found.iter().filter(|p| p.parent == pid).count();
            if below(pid) == 2 && found.iter().any(|p| p.parent == pid && below(p.pid) == 1) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let place = |pid: i32| found.iter().position(|process| process.pid == pid);
        let grandchild = found.iter().find(|process| {
            found.iter().any(|parent| parent.pid == process.parent && parent.parent == pid)
        });
        let grandchild = grandchild.unwrap_or_else(|| panic!("no grandchild: {found:?}"));
        assert!(place(init) < place(pid) && place(pid) < place(grandchild.parent));
        assert!(place(grandchild.parent) < place(grandchild.pid));
        let group = rustix::process::Pid::from_raw(pid).unwrap();
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
        shell.wait().unwrap();
        drop(stay);
        thread.join().unwrap();
    }

    #[test]
    fn one_that_is_known_is_found_without_its_parent_and_only_as_itself() {
        let me = read(std::process::id() as i32).unwrap();
        let mut child = Command::new("sleep").arg("30").spawn().unwrap();
        let other = read(child.id() as i32).unwrap();
        // A walk that begins below this process does not reach it.
        let known = Known::from([(me.pid, me.start)]);
        assert!(walk(other.pid, &known).iter().any(|process| process.pid == me.pid));
        let known = Known::from([(me.pid, me.start + 1)]);
        assert_eq!(walk(other.pid, &known).len(), 1);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(walk(other.pid, &Known::from([(me.pid, me.start)])).is_empty(), "its init is gone");
    }
}
