//! Mounts and namespaces, filters and layers.

use std::os::fd::AsRawFd;

use landlock::{
    ABI, Access, AccessFs, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr,
};
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;

use super::{Act, Places, act, call, in_a_thread};

/// The address of a path that is there, for calls that shall fail for another reason.
fn here() -> usize {
    c"/".as_ptr() as usize
}

const BIND: usize = libc::MS_BIND as usize;

pub(super) const MOUNTS: &[Act] = &[
    act(
        "mounts",
        |_| call(libc::SYS_mount, &[here(), here(), 0, BIND, 0]).map(drop),
        "EPERM",
        "EPERM",
    ),
    act(
        "mounts anew",
        |_| {
            let flags = (libc::MS_REMOUNT | libc::MS_BIND) as usize;
            call(libc::SYS_mount, &[0, here(), 0, flags, 0]).map(drop)
        },
        "EPERM",
        "EPERM",
    ),
    act("unmounts", |_| call(libc::SYS_umount2, &[here(), 2]).map(drop), "EPERM", "EPERM"),
    act(
        "moves a mount",
        |_| call(libc::SYS_move_mount, &[usize::MAX, here(), usize::MAX, here(), 0]).map(drop),
        "EPERM",
        "EPERM",
    ),
    act(
        "copies a tree",
        |_| call(libc::SYS_open_tree, &[usize::MAX, here(), 1]).map(drop),
        "EPERM",
        "EPERM",
    ),
    act(
        "makes a file system",
        |_| call(libc::SYS_fsopen, &[c"tmpfs".as_ptr() as usize, 0]).map(drop),
        "EPERM",
        "EPERM",
    ),
    act(
        "changes a mount",
        |_| call(libc::SYS_mount_setattr, &[usize::MAX, here(), 0, 0, 0]).map(drop),
        "EPERM",
        "EPERM",
    ),
    act(
        "takes another root",
        |_| call(libc::SYS_pivot_root, &[here(), here()]).map(drop),
        "EPERM",
        "EPERM",
    ),
    act("changes its root", |_| call(libc::SYS_chroot, &[here()]).map(drop), "EPERM", "EPERM"),
    act(
        "makes a user namespace",
        |_| in_a_thread(|| call(libc::SYS_unshare, &[libc::CLONE_NEWUSER as usize]).map(drop)),
        "EPERM",
        "EPERM",
    ),
    act(
        "makes a mount namespace",
        |_| in_a_thread(|| call(libc::SYS_unshare, &[libc::CLONE_NEWNS as usize]).map(drop)),
        "EPERM",
        "EPERM",
    ),
    act(
        "makes one by clone",
        |_| {
            let flags = (libc::CLONE_NEWUSER | libc::SIGCHLD) as usize;
            call(libc::SYS_clone, &[flags, 0, 0, 0, 0]).map(drop)
        },
        "EPERM",
        "EPERM",
    ),
    act("makes one by clone3", |_| call(libc::SYS_clone3, &[0, 64]).map(drop), "ENOSYS", "ENOSYS"),
    act("enters a namespace", |_| call(libc::SYS_setns, &[0, 0]).map(drop), "EPERM", "EPERM"),
    act(
        "opens by number",
        |_| call(libc::SYS_open_by_handle_at, &[0, 0, 0]).map(drop),
        "EPERM",
        "EPERM",
    ),
];

/// Adds a filter that ends `number` with `fate` and lets all else happen.
fn filter(number: libc::c_long, fate: u32, flags: libc::c_ulong) -> Result<usize, Errno> {
    let step =
        |code: u32, k: u32, jt: u8, jf: u8| libc::sock_filter { code: code as u16, jt, jf, k };
    let mut steps = [
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, number as u32, 0, 1),
        step(libc::BPF_RET | libc::BPF_K, fate, 0, 0),
        step(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ALLOW, 0, 0),
    ];
    let program = libc::sock_fprog { len: 4, filter: steps.as_mut_ptr() };
    let at = &raw const program as usize;
    call(libc::SYS_seccomp, &[libc::SECCOMP_SET_MODE_FILTER as usize, flags as usize, at])
}

fn mounts() -> Result<(), Errno> {
    call(libc::SYS_mount, &[here(), here(), 0, BIND, 0]).map(drop)
}

const ERRNO: u32 = libc::SECCOMP_RET_ERRNO;

pub(super) const FILTERS: &[Act] = &[
    act(
        "has no new rights to gain",
        |_| {
            let has = call(libc::SYS_prctl, &[libc::PR_GET_NO_NEW_PRIVS as usize])?;
            if has == 1 { Ok(()) } else { Err(Errno::IO) }
        },
        "ok",
        "ok",
    ),
    act(
        "gives up that it has none",
        |_| call(libc::SYS_prctl, &[libc::PR_SET_NO_NEW_PRIVS as usize, 0]).map(drop),
        "EINVAL",
        "EINVAL",
    ),
    act(
        "is filtered",
        |_| {
            let mode = call(libc::SYS_prctl, &[libc::PR_GET_SECCOMP as usize])?;
            if mode == 2 { Ok(()) } else { Err(Errno::IO) }
        },
        "ok",
        "ok",
    ),
    act(
        "asks for the strict mode",
        |_| call(libc::SYS_prctl, &[libc::PR_SET_SECCOMP as usize, 1]).map(drop),
        "EINVAL",
        "EINVAL",
    ),
    act(
        "asks for an unknown mode",
        |_| call(libc::SYS_seccomp, &[99, 0, 0]).map(drop),
        "EINVAL",
        "EINVAL",
    ),
    act(
        "adds one with unknown flags",
        |_| filter(libc::SYS_getppid, ERRNO, 1 << 20).map(drop),
        "EINVAL",
        "EINVAL",
    ),
    act("calls what no kernel has", |_| call(9999, &[]).map(drop), "ENOSYS", "ENOSYS"),
    act(
        "calls a number below zero",
        |_| {
            assert_eq!(call(-101, &[]), Err(Errno::NOSYS));
            call(-1, &[]).map(drop)
        },
        "ENOSYS",
        "ENOSYS",
    ),
    act("calls what came later than the list", |_| call(500, &[]).map(drop), "ENOSYS", "ENOSYS"),
    act(
        "goes past by io_uring",
        |_| call(libc::SYS_io_uring_setup, &[1, 0]).map(drop),
        "ENOSYS",
        "ENOSYS",
    ),
    act(
        "adds one, and is held to it",
        |_| {
            in_a_thread(|| {
                filter(libc::SYS_getppid, ERRNO | libc::EXDEV as u32, 0)?;
                call(libc::SYS_getppid, &[]).map(drop)
            })
        },
        "EXDEV",
        "EXDEV",
    ),
    act(
        "allows what was refused",
        |_| {
            in_a_thread(|| {
                filter(libc::SYS_mount, libc::SECCOMP_RET_ALLOW, 0)?;
                mounts()
            })
        },
        "EPERM",
        "EPERM",
    ),
    act(
        "logs what was refused",
        |_| {
            in_a_thread(|| {
                filter(libc::SYS_mount, libc::SECCOMP_RET_LOG, 0)?;
                mounts()
            })
        },
        "EPERM",
        "EPERM",
    ),
    act(
        "has a tracer asked, without one",
        |_| {
            in_a_thread(|| {
                filter(libc::SYS_mount, libc::SECCOMP_RET_TRACE, 0)?;
                mounts()
            })
        },
        "EPERM",
        "EPERM",
    ),
    act(
        "asks itself for what was refused",
        |_| {
            in_a_thread(|| {
                let listens = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
                filter(libc::SYS_mount, libc::SECCOMP_RET_USER_NOTIF, listens).map(drop)
            })
        },
        "EPERM",
        "EPERM",
    ),
    act(
        "asks itself, for all threads",
        |_| {
            in_a_thread(|| {
                let flags = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER
                    | libc::SECCOMP_FILTER_FLAG_TSYNC
                    | libc::SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
                filter(libc::SYS_getppid, libc::SECCOMP_RET_USER_NOTIF, flags).map(drop)
            })
        },
        "EPERM",
        "EPERM",
    ),
    act(
        "asks somebody without a listener",
        |_| {
            in_a_thread(|| {
                filter(libc::SYS_getppid, libc::SECCOMP_RET_USER_NOTIF, 0)?;
                call(libc::SYS_getppid, &[]).map(drop)
            })
        },
        "ENOSYS|ok",
        "ENOSYS|ok",
    ),
    act(
        "adds one for all threads",
        |_| {
            let flags = libc::SECCOMP_FILTER_FLAG_TSYNC;
            filter(9998, ERRNO | libc::EXDEV as u32, flags)?;
            // Some thread, before and after, of this process.
            in_a_thread(|| call(9998, &[]).map(drop))
        },
        "EXDEV|ENOSYS",
        "EXDEV|ENOSYS",
    ),
    act("is refused in a thread of its own", |_| in_a_thread(mounts), "EPERM", "EPERM"),
];

fn reads(path: impl rustix::path::Arg) -> Result<(), Errno> {
    openat(CWD, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).map(drop)
}

fn writes(path: impl rustix::path::Arg) -> Result<(), Errno> {
    openat(CWD, path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty()).map(drop)
}

/// Confines this thread to what may be read below a path.
fn confine_to(path: &str) -> Result<(), Errno> {
    let all = AccessFs::from_all(ABI::V1);
    let confined = (|| {
        let ruleset = Ruleset::default().handle_access(all)?.create()?;
        let rule = PathBeneath::new(PathFd::new(path).expect("a path"), all);
        ruleset.add_rule(rule)?.restrict_self()
    })();
    confined.map(drop).map_err(|_: landlock::RulesetError| Errno::TOOBIG)
}

pub(super) const LAYERS: &[Act] = &[
    act(
        "narrows itself",
        |p| {
            in_a_thread(|| {
                confine_to("/usr")?;
                reads(p.granted())
            })
        },
        "EACCES",
        "EACCES",
    ),
    act(
        "keeps the rest",
        |p| {
            in_a_thread(|| {
                let _granted = p.granted();
                confine_to(p.read.to_str().expect("text"))?;
                reads(p.granted())
            })
        },
        "ok",
        "ok",
    ),
    act(
        "allows itself to write",
        |p| {
            in_a_thread(|| {
                confine_to("/")?;
                writes(p.granted())
            })
        },
        "EROFS",
        "EACCES",
    ),
    act(
        "allows itself what is outside",
        |p| {
            in_a_thread(|| {
                confine_to("/")?;
                reads(p.outside.join("f"))
            })
        },
        "ENOENT",
        "EACCES",
    ),
    act(
        "has layers without end",
        |_| {
            in_a_thread(|| {
                // Sixteen in all, of which the cell has one at least.
                (0..16).try_for_each(|_| confine_to("/"))
            })
        },
        "E2BIG",
        "E2BIG",
    ),
    act(
        "is held in the last of them",
        |p| {
            in_a_thread(|| {
                let _full = (0..16).try_for_each(|_| confine_to("/"));
                writes(p.granted())
            })
        },
        "EROFS",
        "EACCES",
    ),
    act("narrows nobody else", |p: &Places| reads(p.granted()), "ok", "ok"),
    act(
        "passes a descriptor to who is narrower",
        |p| {
            let file = openat(CWD, p.granted(), OFlags::RDONLY, Mode::empty())?;
            in_a_thread(|| {
                confine_to("/usr")?;
                let mut byte = [0];
                rustix::io::pread(&file, &mut byte, 0)?;
                // What is open stays; opened anew it is judged anew.
                reads(format!("/proc/self/fd/{}", file.as_raw_fd()))
            })
        },
        "EACCES",
        "EACCES",
    ),
];
