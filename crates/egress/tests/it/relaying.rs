//! Connections that are carried to others without a gateway.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use aether_egress::{RelayEnd, RelayLimits, Relayed, relay};

use crate::lab::{PATIENCE, Peer};

/// Both ends of a connection.
fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (near, listener.accept().unwrap().0)
}

/// Relays between two peers that do something meanwhile.
fn run(
    limits: RelayLimits,
    first: impl FnOnce(Peer) + Send,
    second: impl FnOnce(Peer) + Send,
) -> Relayed {
    let ((near, left), (right, far)) = (pair(), pair());
    thread::scope(|scope| {
        scope.spawn(|| first(Peer::new(near)));
        scope.spawn(|| second(Peer::new(far)));
        let relayed = relay(&left, &right, &limits);
        drop((left, right));
        relayed
    })
}

fn hasty() -> RelayLimits {
    RelayLimits { idle_time: Duration::from_millis(200), ..RelayLimits::default() }
}

#[test]
fn both_ways_and_to_both_ends() {
    const SIZE: usize = 3_000_000;
    let relayed = run(
        RelayLimits::default(),
        |mut peer| {
            let mut writer = peer.stream.try_clone().unwrap();
            thread::scope(|scope| {
                scope.spawn(move || {
                    writer.write_all(&[7; SIZE]).unwrap();
                    writer.shutdown(Shutdown::Write).unwrap();
                });
                assert_eq!(peer.rest().len(), SIZE + 3);
            });
        },
        |mut peer| {
            let all = peer.rest();
            assert_eq!(all, [7; SIZE]);
            // The other half is still open.
            assert!(peer.send(all) && peer.send(b"end"));
        },
    );
    let size = SIZE as u64;
    assert_eq!((relayed.forth, relayed.back, relayed.end), (size, size + 3, RelayEnd::Done));
}

#[test]
fn silence_of_both_ends_it() {
    let silent = |mut peer: Peer| assert!(peer.is_closed());
    assert_eq!(run(hasty(), silent, silent).end, RelayEnd::Idle);
    // Of one it does not, while the other speaks.
    let relayed = run(
        hasty(),
        |mut peer| assert_eq!(peer.rest(), [b'x'; 12]),
        |mut peer| {
            for _ in 0..12 {
                thread::sleep(Duration::from_millis(50));
                assert!(peer.send("x"));
            }
        },
    );
    assert_eq!((relayed.back, relayed.end), (12, RelayEnd::Done));
}

#[test]
fn who_does_not_read_is_not_waited_for() {
    let relayed = run(
        hasty(),
        |mut peer| while peer.send([0; 100_000]) {},
        |mut peer| {
            thread::sleep(Duration::from_secs(1));
            peer.rest();
        },
    );
    assert_eq!(relayed.end, RelayEnd::Idle);
}

#[test]
fn bytes_and_time_have_their_limits() {
    let limits = RelayLimits { bytes: 1000, ..RelayLimits::default() };
    let sink = |mut peer: Peer| assert!(peer.rest().len() <= 1000);
    let relayed = run(limits, |mut peer| while peer.send([0; 100]) {}, sink);
    assert_eq!(relayed.end, RelayEnd::Bytes);
    // Both ways together.
    let speak = |mut peer: Peer| {
        peer.send([0; 600]);
        peer.rest();
    };
    assert_eq!(run(limits, speak, speak).end, RelayEnd::Bytes);
    let limits = RelayLimits { time: Duration::from_millis(300), ..RelayLimits::default() };
    let chatter = |mut peer: Peer| {
        while peer.send("x") {
            thread::sleep(Duration::from_millis(5));
        }
    };
    let silent = |mut peer: Peer| drop(peer.rest());
    assert_eq!(run(limits, chatter, silent).end, RelayEnd::Time);
    assert_eq!(run(limits, silent, silent).end, RelayEnd::Time);
}

#[cfg_attr(windows, ignore = "Wine tells of some resets as if the other side had ended")]
#[test]
fn a_connection_that_breaks_ends_the_other() {
    let ((mut near, left), (right, far)) = (pair(), pair());
    near.write_all(b"unread").unwrap();
    let carried = thread::spawn(move || relay(&left, &right, &RelayLimits::default()));
    let mut peeked = [0; 6];
    while far.peek(&mut peeked).unwrap() < 6 {}
    // Closing with bytes unread breaks it.
    drop(far);
    assert_eq!(carried.join().unwrap().end, RelayEnd::Broken(ErrorKind::ConnectionReset));
    near.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(near.read(&mut peeked).unwrap(), 0);
}

#[test]
fn it_is_ended_from_outside_by_a_shutdown() {
    let ((_near, left), (right, _far)) = (pair(), pair());
    let ends = [left.try_clone().unwrap(), right.try_clone().unwrap()];
    let carried = thread::spawn(move || relay(&left, &right, &RelayLimits::default()));
    thread::sleep(Duration::from_millis(50));
    for end in &ends {
        end.shutdown(Shutdown::Both).unwrap();
    }
    assert_eq!(carried.join().unwrap().end, RelayEnd::Done);
}
