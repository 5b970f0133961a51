//! Requests that are too large, too slow or too many, and debuggers that do not read.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use aether_devtools::{Event, MAX_WAITING_BYTES, STALL_TIME};

use crate::client::{Answer, Opened, PATIENCE, frame, next};

#[test]
fn a_head_that_is_too_large_is_not_read() {
    let opened = Opened::new();
    let large = format!("X-Large: {}", "x".repeat(100 << 10));
    assert_eq!(opened.said("GET /json HTTP/1.1", &["Host: localhost", &large]).status, 431);
    let many: Vec<String> = (0..100).map(|number| format!("X-{number}: y")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(opened.said("GET /json HTTP/1.1", &many).status, 431);
    // One that just fits, and one that does not.
    let head = |length: usize| {
        let empty = "GET /json HTTP/1.1\r\nHost: localhost\r\nX: \r\n\r\n".len();
        let field = format!("X: {}", "x".repeat(length - empty));
        opened.said("GET /json HTTP/1.1", &["Host: localhost", &field]).status
    };
    assert_eq!((head(8 << 10), head((8 << 10) + 1)), (200, 431));
}

#[test]
fn whoever_is_slow_is_hung_up_on() {
    let opened = Opened::new();
    let begun = Instant::now();
    // One says nothing, one a letter now and then, one asks and does not hang up.
    let mut silent = opened.connect();
    let mut asked = opened.connect();
    asked.write_all(b"GET /json HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("a reader");
    let mut slow = opened.connect();
    let text = b"GET /json HTTP/1.1\r\nX: ";
    let mut letters = text.iter().chain(std::iter::repeat(&b'x'));
    while begun.elapsed() < PATIENCE {
        if slow.write_all(&[*letters.next().expect("a letter")]).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    for stream in [&mut silent, &mut slow, &mut asked] {
        // Closed, or reset since it was written to after that.
        drop(stream.read_to_end(&mut Vec::new()));
    }
    let took = begun.elapsed();
    assert!(took > Duration::from_secs(4) && took < PATIENCE, "{took:?}");
    assert_eq!(opened.get("/json").status, 200);
}

#[test]
fn a_head_that_comes_byte_by_byte_in_time_is_read() {
    let opened = Opened::new();
    let mut stream = opened.connect();
    stream.set_nodelay(true).expect("a stream");
    for byte in b"GET /json HTTP/1.1\r\nHost: localhost\r\n\r\n" {
        stream.write_all(&[*byte]).expect("a reader");
    }
    assert_eq!(Answer::read(&mut stream).status, 200);
    // One that ends where its head does not.
    let mut stream = opened.connect();
    stream.write_all(b"GET /json HTTP/1.1\r\nHost: localhost\r\n").expect("a reader");
    stream.shutdown(Shutdown::Write).expect("a stream");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).expect("the end");
    assert_eq!(rest, b"");
}

#[test]
fn no_more_connections_than_there_may_be() {
    let opened = Opened::new();
    let mut socket = opened.attach();
    let mut held: Vec<TcpStream> = (0..15).map(|_| opened.connect()).collect();
    // They are taken one after the other, and hung up on after a while.
    let until = Instant::now() + PATIENCE;
    while opened.try_ask() != Some(503) {
        assert!(Instant::now() < until, "there is always room");
        held.extend((0..15).map(|_| opened.connect()));
    }
    // Whoever is attached notices nothing.
    opened.door.send("still here");
    assert_eq!(next(&mut socket).as_deref(), Ok("still here"));
    drop(held);
    let until = Instant::now() + PATIENCE;
    while opened.try_ask() != Some(200) {
        assert!(Instant::now() < until, "there is room again");
    }
}

#[test]
fn a_debugger_that_stops_reading_holds_nobody_up_for_longer_than_the_limit() {
    let opened = Opened::new();
    let socket = opened.attach();
    let message = "x".repeat(1 << 20);
    // What waits, and what the system holds besides.
    let enough = 2 * (MAX_WAITING_BYTES / message.len()) + 64;
    let mut longest = Duration::ZERO;
    let begun = Instant::now();
    for _ in 0..enough {
        let sent = Instant::now();
        opened.door.send(&message);
        longest = longest.max(sent.elapsed());
    }
    assert!(longest < STALL_TIME + PATIENCE / 2, "{longest:?}");
    assert_eq!(opened.event(), Event::Detached);
    assert!(begun.elapsed() > STALL_TIME / 2, "it is given time");
    drop(socket);
    // The next one is served.
    let mut socket = opened.attach();
    opened.door.send("for the next");
    assert_eq!(next(&mut socket).as_deref(), Ok("for the next"));
}

#[test]
fn a_debugger_that_stops_reading_is_cut_off_also_where_nobody_sends_any_more() {
    let opened = Opened::new();
    let socket = opened.attach();
    // More than the system holds.
    opened.door.send(&"x".repeat(MAX_WAITING_BYTES));
    assert_eq!(opened.event(), Event::Detached);
    drop(socket);
}

#[test]
fn a_debugger_that_reads_a_drop_now_and_then_holds_nobody_up_for_longer_either() {
    let opened = Opened::new();
    let mut stream = opened.attach().into_inner();
    let drops = std::thread::spawn(move || {
        // Too much for the system to see no progress, and too little for a message in time.
        let mut drop = [0; 64 << 10];
        // Until the door hangs up.
        while stream.read(&mut drop).is_ok_and(|read| read > 0) {
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    let message = "x".repeat(MAX_WAITING_BYTES / 4);
    let mut longest = Duration::ZERO;
    for _ in 0..8 {
        let sent = Instant::now();
        opened.door.send(&message);
        longest = longest.max(sent.elapsed());
    }
    assert!(longest < STALL_TIME + PATIENCE / 2, "{longest:?}");
    assert_eq!(opened.event(), Event::Detached);
    drop(opened);
    drop(drops);
}

#[test]
fn a_debugger_that_reads_slowly_gets_everything() {
    let opened = Opened::new();
    let mut socket = opened.attach();
    let messages = 3 * (MAX_WAITING_BYTES >> 20);
    let message = "x".repeat(1 << 20);
    std::thread::scope(|scope| {
        // Waits for room again and again.
        scope.spawn(|| (0..messages).for_each(|_| opened.door.send(&message)));
        for number in 0..messages {
            if number % 16 == 0 {
                std::thread::sleep(Duration::from_millis(50));
            }
            assert_eq!(next(&mut socket).map(|text| text.len()), Ok(message.len()));
        }
    });
    assert!(opened.is_silent());
}

#[test]
fn pings_of_a_debugger_that_does_not_read_fill_no_memory() {
    let opened = Opened::new();
    let socket = opened.attach();
    // Until the door reads no more of them, or hangs up.
    let mut stream = socket.get_ref().try_clone().expect("a stream");
    stream.set_write_timeout(Some(STALL_TIME * 3)).expect("a stream");
    let pings = frame(0x89, &[b'x'; 125]).repeat(1000);
    let most = 4 * MAX_WAITING_BYTES / pings.len();
    let sent = (0..most).take_while(|_| stream.write_all(&pings).is_ok()).count();
    assert!(sent < most, "all of it was taken");
    assert_eq!(opened.event(), Event::Detached);
}

#[test]
fn a_debugger_that_talks_while_nobody_listens_is_held_up_itself() {
    let heard = Mutex::new(0);
    let (wait, waits) = std::sync::mpsc::channel::<()>();
    let waits = Mutex::new(waits);
    let door = aether_devtools::Door::open(0, crate::client::target(), move |event| {
        if let Event::Message(_) = event {
            *heard.lock().unwrap() += 1;
            // Ends once the other side is dropped.
            assert!(waits.lock().unwrap().recv().is_err());
        }
    });
    let door = door.expect("a door");
    let stream = TcpStream::connect(door.address()).expect("a door");
    let (mut socket, _) =
        tungstenite::client(door.websocket_url().as_str(), stream).expect("attached");
    let time = Some(Duration::from_millis(500));
    socket.get_ref().set_write_timeout(time).expect("a stream");
    let message = "x".repeat(1 << 20);
    let sent = (0..256).take_while(|_| socket.send(message.as_str().into()).is_ok()).count();
    assert!(sent < 256, "memory took it all");
    drop(wait);
}
