//! How a door ends, with whatever goes on there.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use aether_devtools::{Door, Event};
use tungstenite::{Error, Message};

use crate::client::{Opened, PATIENCE, frame, next, target};

/// A door whose listener holds the other side of this: gone once no thread of the door is left.
fn watched(on_event: impl Fn(Event) + Send + Sync + 'static) -> (Door, Weak<()>) {
    let held = Arc::new(());
    let watch = Arc::downgrade(&held);
    let door = Door::open(0, target(), move |event| {
        let _held = &held;
        on_event(event);
    });
    (door.expect("a door"), watch)
}

fn connect(door: &Door) -> TcpStream {
    let stream = TcpStream::connect(door.address()).expect("a door");
    stream.set_read_timeout(Some(PATIENCE)).expect("a stream");
    stream
}

fn attach(door: &Door) -> tungstenite::WebSocket<TcpStream> {
    tungstenite::client(door.websocket_url().as_str(), connect(door)).expect("attached").0
}

#[test]
fn a_door_with_nobody_there_ends_at_once() {
    let (door, watch) = watched(|_| {});
    let address = door.address();
    drop(door);
    assert_eq!(watch.strong_count(), 0, "all its threads have ended");
    assert!(TcpStream::connect(address).is_err());
    TcpListener::bind(address).expect("the port is free");
}

#[test]
fn whoever_is_attached_hears_what_was_sent_before_and_that_it_ends() {
    let (tell, events) = channel();
    let (door, watch) = watched(move |event| drop(tell.send(event)));
    let mut socket = attach(&door);
    assert_eq!(events.recv_timeout(PATIENCE), Ok(Event::Attached));
    // More than the system holds, so that some of it still waits.
    let large = "x".repeat(8 << 20);
    let address = door.address();
    let client = std::thread::spawn(move || {
        assert_eq!(next(&mut socket).map(|text| text.len()), Ok(8 << 20));
        assert_eq!(next(&mut socket).as_deref(), Ok("last words"));
        assert_eq!(next(&mut socket), Err(1001));
        assert!(matches!(socket.read(), Err(Error::ConnectionClosed)));
    });
    door.send(&large);
    door.send("last words");
    drop(door);
    assert_eq!(watch.strong_count(), 0, "all its threads have ended");
    assert_eq!(events.try_recv(), Ok(Event::Detached));
    assert!(events.try_recv().is_err());
    client.join().expect("it heard everything");
    let again = Door::open(address.port(), target(), |_| {}).expect("the port is free");
    assert_eq!(again.address(), address);
}

#[test]
fn nobody_keeps_a_door_from_ending() {
    let (tell, events) = channel();
    let (door, watch) = watched(move |event| drop(tell.send(event)));
    // One that neither reads nor takes its leave, one in the middle of its head, one that is silent,
    // and one that has its answer.
    let socket = attach(&door);
    assert_eq!(events.recv_timeout(PATIENCE), Ok(Event::Attached));
    door.send(&"x".repeat(32 << 20));
    let mut half = connect(&door);
    half.write_all(b"GET /json HTTP/1.1\r\nHo").expect("a reader");
    let silent = connect(&door);
    let mut asked = connect(&door);
    asked.write_all(b"GET /json HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("a reader");
    asked.read_exact(&mut [0; 12]).expect("an answer");
    let begun = Instant::now();
    drop(door);
    assert!(begun.elapsed() < PATIENCE / 2, "{:?}", begun.elapsed());
    assert_eq!(watch.strong_count(), 0, "all its threads have ended");
    assert_eq!(events.try_recv(), Ok(Event::Detached));
    drop((socket, half, silent, asked));
}

#[test]
fn what_a_debugger_says_to_a_closed_door_is_not_heard() {
    let (tell, events) = channel();
    let (door, watch) = watched(move |event| drop(tell.send(event)));
    let mut socket = attach(&door);
    assert_eq!(events.recv_timeout(PATIENCE), Ok(Event::Attached));
    let talks = std::thread::spawn(move || {
        // Until the door hangs up.
        while socket.send("too late?".into()).is_ok() {}
    });
    assert!(matches!(events.recv_timeout(PATIENCE), Ok(Event::Message(_))));
    drop(door);
    assert_eq!(watch.strong_count(), 0);
    let last = events.try_iter().last();
    assert_eq!(last, Some(Event::Detached));
    talks.join().expect("it ended");
}

#[test]
fn a_door_can_be_dropped_by_what_it_tells() {
    for dropped_at in [Event::Attached, Event::Message("drop".to_owned()), Event::Detached] {
        let place: Arc<Mutex<Option<Door>>> = Arc::default();
        let (inside, told) = (Arc::clone(&place), dropped_at.clone());
        let (tell, events) = channel();
        let (door, watch) = watched(move |event| {
            if event == told {
                // Waits until it is there.
                let door =
                    std::iter::repeat_with(|| inside.lock().unwrap().take()).flatten().next();
                drop(door.expect("a door"));
            }
            drop(tell.send(event));
        });
        let mut socket = attach(&door);
        *place.lock().unwrap() = Some(door);
        drop(socket.send("drop".into()));
        drop(socket.close(None));
        // Until the door hangs up.
        while let Ok(Message::Text(_) | Message::Close(_)) = socket.read() {}
        let until = Instant::now() + PATIENCE;
        while watch.strong_count() > 0 {
            assert!(Instant::now() < until, "{dropped_at:?}: a thread is left");
            std::thread::sleep(Duration::from_millis(5));
        }
        let told: Vec<Event> = events.iter().collect();
        assert_eq!(told.first(), Some(&Event::Attached));
        assert_eq!(told.last(), Some(&Event::Detached));
        assert_eq!(told.iter().filter(|event| **event == Event::Detached).count(), 1);
    }
}

#[test]
fn a_panic_costs_one_connection() {
    let (tell, events) = channel();
    let (door, watch) = watched(move |event| {
        drop(tell.send(event.clone()));
        assert_ne!(event, Event::Message("panic".to_owned()), "on purpose");
    });
    let mut socket = attach(&door);
    socket.send("panic".into()).expect("a reader");
    assert!(socket.read().is_err(), "it is hung up on");
    assert_eq!(events.recv_timeout(PATIENCE), Ok(Event::Attached));
    assert!(matches!(events.recv_timeout(PATIENCE), Ok(Event::Message(_))));
    let until = Instant::now() + PATIENCE;
    let mut socket = loop {
        match tungstenite::client(door.websocket_url().as_str(), connect(&door)) {
            Ok((socket, _)) => break socket,
            Err(error) => assert!(Instant::now() < until, "{error}"),
        }
    };
    assert_eq!(events.recv_timeout(PATIENCE), Ok(Event::Attached));
    door.send("for the next");
    assert_eq!(next(&mut socket).as_deref(), Ok("for the next"));
    drop(door);
    assert_eq!(watch.strong_count(), 0, "all its threads have ended");
}

#[test]
fn it_can_send_while_it_is_told() {
    let place: Arc<Mutex<Option<Arc<Door>>>> = Arc::default();
    let inside = Arc::clone(&place);
    let (door, watch) = watched(move |event| {
        if let (Event::Message(text), Some(door)) = (event, &*inside.lock().unwrap()) {
            door.send(&text);
        }
    });
    let door = Arc::new(door);
    *place.lock().unwrap() = Some(Arc::clone(&door));
    let mut socket = attach(&door);
    for text in ["one", "two", "three"] {
        socket.send(text.into()).expect("a reader");
        assert_eq!(next(&mut socket).as_deref(), Ok(text));
    }
    drop(place.lock().unwrap().take());
    drop(Arc::into_inner(door).expect("the last one"));
    assert_eq!(watch.strong_count(), 0);
}

#[test]
fn a_port_that_is_taken_is_an_error() {
    let opened = Opened::new();
    let error = Door::open(opened.port(), target(), |_| {}).expect_err("it is taken");
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    let shown = format!("{:?}", opened.door);
    assert!(!shown.contains(opened.path().trim_start_matches('/')), "{shown}");
}

#[test]
fn a_debugger_that_pings_a_closing_door_hears_its_last_words() {
    let (tell, events) = channel();
    let (door, watch) = watched(move |event| drop(tell.send(event)));
    let mut socket = attach(&door);
    assert_eq!(events.recv_timeout(PATIENCE), Ok(Event::Attached));
    let mut stream = socket.get_ref().try_clone().expect("a stream");
    let (begin, begins) = channel();
    let pings = std::thread::spawn(move || {
        // Until the door hangs up.
        while stream.write_all(&frame(0x89, b"ping")).is_ok() {
            begin.send(()).ok();
        }
    });
    begins.recv_timeout(PATIENCE).expect("it pings");
    let client = std::thread::spawn(move || {
        assert_eq!(next(&mut socket).as_deref(), Ok("last words"));
        next(&mut socket)
    });
    door.send("last words");
    drop(door);
    assert_eq!(watch.strong_count(), 0);
    assert_eq!(client.join().expect("it heard"), Err(1001));
    pings.join().expect("it ended");
}
