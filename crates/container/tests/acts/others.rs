//! Sockets, signals and tracing: what leads to others.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsRawFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, connect, connect_unspec, ipproto,
    listen, socket, socketpair,
};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::{Act, act, call, errno};

fn stream(family: AddressFamily) -> Result<OwnedFd, Errno> {
    socket(family, SocketType::STREAM, None)
}

fn loopback(port: u16) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)
}

pub(super) const SOCKETS: &[Act] = &[
    act("binds TCP", |_| bind(stream(AddressFamily::INET)?, &loopback(8080)), "EACCES", "EPERM"),
    act(
        "binds TCP to any port",
        |_| bind(stream(AddressFamily::INET)?, &loopback(0)),
        "EACCES",
        "EPERM",
    ),
    act(
        "binds TCP to a port of root's",
        |_| bind(stream(AddressFamily::INET)?, &loopback(1023)),
        "EACCES",
        "EPERM",
    ),
    act("connects TCP", |_| connect(stream(AddressFamily::INET)?, &loopback(9)), "EACCES", "EPERM"),
    act(
        "connects TCP to port 0",
        |_| connect(stream(AddressFamily::INET)?, &loopback(0)),
        "EACCES",
        "EPERM",
    ),
    act(
        "binds TCP over IPv6",
        |_| {
            let address = SocketAddrV6::new(Ipv6Addr::LOCALHOST, 8080, 0, 0);
            bind(stream(AddressFamily::INET6)?, &address)
        },
        "EACCES|EAFNOSUPPORT",
        "EPERM",
    ),
    act(
        "connects TCP over IPv6",
        |_| {
            let address = SocketAddrV6::new(Ipv6Addr::LOCALHOST, 9, 0, 0);
            connect(stream(AddressFamily::INET6)?, &address)
        },
        "EACCES|EAFNOSUPPORT",
        "EPERM",
    ),
    act("connects to nobody", |_| connect_unspec(stream(AddressFamily::INET)?), "ok", "EPERM"),
    act(
        "sends a datagram to itself",
        |_| {
            let one = socket(AddressFamily::INET, SocketType::DGRAM, None)?;
            bind(&one, &loopback(0))
        },
        "ok",
        "EPERM",
    ),
    act(
        "makes a raw socket",
        |_| socket(AddressFamily::INET, SocketType::RAW, Some(ipproto::ICMP)).map(drop),
        "EPERM",
        "EPERM",
    ),
    act(
        "makes a packet socket",
        |_| socket(AddressFamily::PACKET, SocketType::RAW, None).map(drop),
        "EPERM",
        "EPERM",
    ),
    act(
        "has a pair",
        |_| {
            socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
                .map(drop)
        },
        "ok",
        "ok",
    ),
    act(
        "meets itself by an abstract name",
        |_| {
            let name = format!("meets-{}", rustix::thread::gettid().as_raw_nonzero());
            let name = SocketAddrUnix::new_abstract_name(name.as_bytes())?;
            let one = stream(AddressFamily::UNIX)?;
            bind(&one, &name)?;
            listen(&one, 1)?;
            connect(stream(AddressFamily::UNIX)?, &name)
        },
        "ok",
        "EPERM",
    ),
    act(
        "meets itself by a path",
        |p| {
            let path = match &p.write {
                Some(_) => p.fresh("s").join("s"),
                None => std::env::current_dir().expect("its own folder").join("s"),
            };
            let name = SocketAddrUnix::new(path)?;
            let one = stream(AddressFamily::UNIX)?;
            bind(&one, &name)?;
            listen(&one, 1)?;
            connect(stream(AddressFamily::UNIX)?, &name)
        },
        "ok",
        "EPERM",
    ),
    act(
        "binds a path of what may be read",
        |p| bind(stream(AddressFamily::UNIX)?, &SocketAddrUnix::new(p.read.join("s"))?),
        "EROFS",
        "EPERM",
    ),
];

/// Where the way out listens, and where the program may.
pub(crate) const WAY_OUT: u16 = 3128;
pub(crate) const WAY_IN: u16 = 8080;

fn listens(port: u16) -> Result<OwnedFd, Errno> {
    let one = stream(AddressFamily::INET)?;
    // Another of these programs was here just now.
    rustix::net::sockopt::set_socket_reuseaddr(&one, true)?;
    bind(&one, &loopback(port))?;
    listen(&one, 1)?;
    Ok(one)
}

fn connects(port: u16) -> Result<(), Errno> {
    connect(stream(AddressFamily::INET)?, &loopback(port))
}

/// With a way out and a port to listen on, where there is a network for them.
pub(super) const PORTS: &[Act] = &[
    act("connects to the way out", |_| connects(WAY_OUT), "ok", "EPERM"),
    act("listens in its place", |_| listens(WAY_OUT).map(drop), "EACCES", "EPERM"),
    act("listens where it may", |_| listens(WAY_IN).map(drop), "ok", "EPERM"),
    act(
        "connects to itself there",
        |_| {
            let _one = listens(WAY_IN)?;
            connects(WAY_IN)
        },
        "ok",
        "EPERM",
    ),
    act("listens at the next port", |_| listens(WAY_IN + 1).map(drop), "EACCES", "EPERM"),
    act("connects to the next port", |_| connects(WAY_OUT + 1), "EACCES", "EPERM"),
    act(
        "listens at its bytes in turn",
        |_| listens(WAY_IN.swap_bytes()).map(drop),
        "EACCES",
        "EPERM",
    ),
    act("connects to its bytes in turn", |_| connects(WAY_OUT.swap_bytes()), "EACCES", "EPERM"),
    act("listens without a port", |_| listens(0).map(drop), "EACCES", "EPERM"),
];

fn pid(number: u32) -> Pid {
    i32::try_from(number).ok().and_then(Pid::from_raw).expect("a number")
}

/// Has the kernel send somebody `SIGKILL` for what happens to a socket, which is no kill(2).
fn sends_by_socket(whom: Pid) -> Result<(), Errno> {
    let (one, other) =
        socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    let number = one.as_raw_fd() as usize;
    let set = |what: i32, value: usize| call(libc::SYS_fcntl, &[number, what as usize, value]);
    set(libc::F_SETOWN, whom.as_raw_nonzero().get() as usize)?;
    set(10, libc::SIGKILL as usize)?; // F_SETSIG
    set(libc::F_SETFL, libc::O_ASYNC as usize)?;
    rustix::io::write(&other, b"x")?;
    Ok(())
}

pub(super) const SIGNALS: &[Act] = &[
    act("to itself", |_| test_kill_process(rustix::process::getpid()), "ok", "ok"),
    act(
        "to its child",
        |_| {
            let mut child =
                std::process::Command::new("/bin/sleep").arg("60").spawn().map_err(errno)?;
            let sent = kill_process(pid(child.id()), Signal::TERM);
            if sent.is_err() {
                drop(child.kill());
            }
            child.wait().map_err(errno)?;
            sent
        },
        "ok",
        "ok|EPERM",
    ),
    act("to the init", |p| test_kill_process(p.init()), "EPERM", "EPERM"),
    act("to somebody outside", |p| kill_process(pid(p.victim), Signal::KILL), "ESRCH", "EPERM"),
    // It is not told that nothing comes of it.
    act("to the init, by a socket", |p| sends_by_socket(p.init()), "ok|EPERM", "ok|EPERM"),
    act(
        "to somebody outside, by a socket",
        |p| sends_by_socket(pid(p.victim)),
        "ESRCH|ok|EPERM",
        "ESRCH|ok|EPERM",
    ),
    act(
        "is traced",
        |_| call(libc::SYS_ptrace, &[libc::PTRACE_TRACEME as usize]).map(drop),
        "EPERM",
        "EPERM",
    ),
    act(
        "traces the init",
        |p| {
            let init = p.init().as_raw_nonzero().get() as usize;
            call(libc::SYS_ptrace, &[libc::PTRACE_SEIZE as usize, init, 0, 0]).map(drop)
        },
        "EPERM",
        "EPERM",
    ),
    act(
        "reads the init's memory",
        |p| {
            let path = format!("/proc/{}/mem", p.init().as_raw_nonzero());
            std::fs::File::open(path).map(drop).map_err(errno)
        },
        "EACCES|EPERM",
        "EACCES|EPERM|ENOENT",
    ),
    act(
        "compares itself with somebody outside",
        |p| {
            call(libc::SYS_kcmp, &[std::process::id() as usize, p.victim as usize, 0, 0, 0])
                .map(drop)
        },
        "EPERM",
        "EPERM",
    ),
];
