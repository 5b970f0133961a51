//! The attacker's side. In a cell it makes only calls that a cell may make, but for the attack's.

#![allow(unsafe_code, reason = "one call that is always refused is made raw")]

use std::io::Write;
use std::os::fd::OwnedFd;

use aether_attacks::{Attack, Scene, Victim, call, take_refused};
use aether_container::Role;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use rustix::process::{PTracer, set_ptracer};

use super::find;
use super::words::{Answer, END, Order};

/// Obeys orders from the gateway until it closes.
pub(super) fn be_a_cell() -> ! {
    match aether_container::enter() {
        Ok(Role::Engine(gateway)) => serve(&gateway),
        Ok(Role::Watched { gateway, .. }) => {
            aether_container::aside(move || serve(&gateway)).expect("a second thread");
            loop {
                std::thread::park();
            }
        }
        Ok(Role::Over(code)) => std::process::exit(code.into()),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(3)
        }
    }
}

fn serve(gateway: &OwnedFd) -> ! {
    while let Some(order) = next_order(gateway) {
        let answer = obey(&order);
        let mut rest = answer.as_bytes();
        while !rest.is_empty() {
            let sent = send(gateway, rest, SendFlags::NOSIGNAL).expect("the gateway");
            rest = &rest[sent..];
        }
    }
    std::process::exit(0)
}

/// Tries one attack, unconfined, and says how it went on standard output.
pub(super) fn be_a_plain_child(attack: &str) -> ! {
    let attack = find(attack).expect("a known attack");
    let scene = Scene { outside: true, host: 0, victim: Victim::default() };
    print!("{}", attempt(attack, &scene).text());
    std::io::stdout().flush().expect("standard output");
    std::process::exit(0)
}

/// One order per line, and the host waits for the answer before it gives the next.
fn next_order(gateway: &OwnedFd) -> Option<Order> {
    let mut buffer = [0; 256];
    let (length, _) = recv(gateway, &mut buffer[..], RecvFlags::empty()).ok()?;
    Order::parse(std::str::from_utf8(&buffer[..length]).ok()?)
}

fn obey(order: &Order) -> String {
    match order {
        Order::Attack(name, scene) => attempt(find(name).expect("a known attack"), scene).text(),
        Order::Hold { outside, secret } => {
            let secret: &'static u64 = Box::leak(Box::new(*secret));
            if *outside {
                // Only a kernel with Yama knows it, and needs it.
                let _without_yama = set_ptracer(PTracer::Any);
            }
            format!("{}\n{END}", std::ptr::from_ref(secret).addr())
        }
        Order::Flood => {
            while is_refused() {
                let _told = take_refused();
            }
            END.to_owned()
        }
        Order::Settle => {
            aether_container::no_more_code().expect("the last filter");
            END.to_owned()
        }
        Order::Ping => format!("here\n{END}"),
    }
}

fn is_refused() -> bool {
    // SAFETY: getuid(2) takes nothing and touches no memory.
    unsafe { call(libc::SYS_getuid, []) == Err(libc::EPERM) }
}

fn attempt(attack: &Attack, scene: &Scene) -> Answer {
    let _before = take_refused();
    let outcome = (attack.attempt)(scene);
    Answer { outcome, refused: take_refused() }
}
