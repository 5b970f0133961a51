//! What goes to and fro.

use std::io::{Read as _, Write as _};

use aether_devtools::{Event, MAX_MESSAGE_BYTES};
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tungstenite::{Error, Message};

use crate::client::{Answer, Opened, frame, next};

#[test]
fn messages_go_both_ways_in_order() {
    let opened = Opened::new();
    let mut socket = opened.attach();
    for number in 0..200 {
        socket.write(format!("question {number}").into()).expect("a reader");
        opened.door.send(&format!("answer {number}"));
    }
    socket.flush().expect("a reader");
    for number in 0..200 {
        assert_eq!(opened.event(), Event::Message(format!("question {number}")));
        assert_eq!(next(&mut socket), Ok(format!("answer {number}")));
    }
    for text in ["", "é🜁\u{202e}\0", &"x".repeat(125), &"x".repeat(126), &"x".repeat(65_536)] {
        socket.send(text.into()).expect("a reader");
        opened.door.send(text);
        assert_eq!(opened.event(), Event::Message(text.to_owned()));
        assert_eq!(next(&mut socket).as_deref(), Ok(text));
    }
}

#[test]
fn a_large_message_goes_both_ways() {
    let opened = Opened::new();
    let mut socket = opened.attach();
    // More than the library's own limit on a frame.
    let large = "x".repeat(20 << 20);
    socket.send(large.as_str().into()).expect("a reader");
    assert_eq!(opened.event(), Event::Message(large.clone()));
    std::thread::scope(|scope| {
        scope.spawn(|| opened.door.send(&large));
        assert_eq!(next(&mut socket).map(|text| text == large), Ok(true));
    });
}

#[test]
fn what_is_sent_to_nobody_is_dropped() {
    let opened = Opened::new();
    opened.door.send("to nobody");
    let mut socket = opened.attach();
    opened.door.send("to somebody");
    assert_eq!(next(&mut socket).as_deref(), Ok("to somebody"));
    socket.close(None).expect("a reader");
    assert_eq!(opened.event(), Event::Detached);
    opened.door.send("to nobody");
    let mut socket = opened.attach();
    opened.door.send("to another");
    assert_eq!(next(&mut socket).as_deref(), Ok("to another"));
}

#[test]
fn a_message_in_parts_is_one() {
    let opened = Opened::new();
    let mut socket = opened.attach();
    let part = |bytes: &'static [u8], data: Data, is_last: bool| {
        Message::Frame(Frame::message(bytes, OpCode::Data(data), is_last))
    };
    // Split within a letter, with a ping in between.
    let (first, second) = "é".as_bytes().split_at(1);
    socket.send(part(first, Data::Text, false)).expect("a reader");
    socket.send(Message::Ping("in between".into())).expect("a reader");
    socket.send(part(second, Data::Continue, false)).expect("a reader");
    socket.send(part(b"", Data::Continue, false)).expect("a reader");
    socket.send(part(b"!", Data::Continue, true)).expect("a reader");
    assert_eq!(opened.event(), Event::Message("é!".to_owned()));
    assert_eq!(socket.read().expect("a pong"), Message::Pong("in between".into()));
}

#[test]
fn pings_are_answered_and_pongs_are_not() {
    let opened = Opened::new();
    let mut socket = opened.attach();
    socket.send(Message::Pong("unasked".into())).expect("a reader");
    for number in 0..50 {
        let payload = format!("{number}");
        socket.send(Message::Ping(payload.clone().into())).expect("a reader");
        assert_eq!(socket.read().expect("a pong"), Message::Pong(payload.into()));
    }
    assert!(opened.is_silent());
}

#[test]
fn a_debugger_takes_its_leave() {
    let opened = Opened::new();
    let check = |leave: Option<(CloseCode, &'static str)>, expect: Option<CloseCode>| {
        let mut socket = opened.attach();
        let frame = leave.map(|(code, reason)| CloseFrame { code, reason: reason.into() });
        socket.close(frame).expect("a reader");
        let Message::Close(answer) = socket.read().expect("an answer") else { panic!("no close") };
        assert_eq!(answer.map(|close| close.code), expect, "{leave:?}");
        assert!(matches!(socket.read(), Err(Error::ConnectionClosed)), "the door hangs up");
        assert_eq!(opened.event(), Event::Detached);
    };
    check(None, None);
    check(Some((CloseCode::Normal, "done")), Some(CloseCode::Normal));
    check(Some((CloseCode::Library(4000), "")), Some(CloseCode::Library(4000)));
    check(Some((CloseCode::Status, "may not be said")), Some(CloseCode::Protocol));
}

#[test]
fn nothing_is_said_after_leave_was_taken() {
    let opened = Opened::new();
    let mut socket = opened.attach();
    std::thread::scope(|scope| {
        let talks =
            scope.spawn(|| (0..2000).for_each(|number| opened.door.send(&number.to_string())));
        socket.close(None).expect("a reader");
        // Messages until the close, in order, and then the end.
        let mut expect = 0;
        let end = loop {
            match socket.read() {
                Ok(Message::Text(text)) => {
                    assert_eq!(text.as_str(), expect.to_string());
                    expect += 1;
                }
                Ok(Message::Close(_)) => break socket.read(),
                other => panic!("{other:?}"),
            }
        };
        assert!(matches!(end, Err(Error::ConnectionClosed)), "{end:?}");
        talks.join().expect("it sent");
    });
    assert_eq!(opened.event(), Event::Detached);
}

#[test]
fn a_debugger_that_vanishes_has_left() {
    let opened = Opened::new();
    for _ in 0..3 {
        drop(opened.attach());
        assert_eq!(opened.event(), Event::Detached);
    }
    // In the middle of a message.
    let mut socket = opened.attach();
    socket.get_mut().write_all(&[0x81, 0xfe, 0xff]).expect("a reader");
    drop(socket);
    assert_eq!(opened.event(), Event::Detached);
}

#[test]
fn a_second_debugger_waits_for_the_first_to_leave() {
    let opened = Opened::new();
    let mut first = opened.attach();
    for _ in 0..3 {
        assert_eq!(opened.try_attach(None).map(drop), Err(409));
    }
    assert_eq!(opened.get("/json").status, 200, "it is still found");
    opened.door.send("still here");
    assert_eq!(next(&mut first).as_deref(), Ok("still here"));
    drop(first);
    assert_eq!(opened.event(), Event::Detached);
    let mut second = opened.attach();
    opened.door.send("for the second");
    assert_eq!(next(&mut second).as_deref(), Ok("for the second"));
}

#[test]
fn what_is_not_taken_ends_it_with_its_code() {
    let opened = Opened::new();
    let check = |sent: &[u8], code: u16| {
        let mut socket = opened.attach();
        opened.door.send("said before");
        socket.get_mut().write_all(sent).expect("a reader");
        assert_eq!(next(&mut socket).as_deref(), Ok("said before"));
        assert_eq!(next(&mut socket), Err(code), "{sent:?}");
        assert_eq!(opened.event(), Event::Detached);
    };
    check(&frame(0x82, b"binary"), 1003);
    check(&[frame(0x02, b"bin"), frame(0x80, b"ary")].concat(), 1003);
    check(&frame(0x81, b"\xff"), 1007);
    check(&frame(0x81, b"\xc3"), 1007);
    check(&frame(0xc1, b"reserved"), 1002);
    check(&frame(0x83, b"no such kind"), 1002);
    check(&frame(0x80, b"goes on with nothing"), 1002);
    check(&[frame(0x01, b"a"), frame(0x81, b"b")].concat(), 1002);
    check(&frame(0x09, b"a ping in parts"), 1002);
    check(&frame(0x88, b"\x03"), 1002);
    // Not masked.
    check(b"\x81\x02hi", 1002);
    // A frame that says it is too large, of which nothing follows.
    let length = u64::try_from(MAX_MESSAGE_BYTES + 1).expect("a length").to_be_bytes();
    check(&[&[0x81, 0xff], &length[..], &[0; 4]].concat(), 1009);
    check(&[&[0x81, 0xff], &[0xff; 8][..], &[0; 4]].concat(), 1009);
}

#[test]
fn a_message_that_is_too_large_in_all_its_parts_ends_it() {
    let opened = Opened::new();
    let mut socket = opened.attach();
    let part = vec![b'x'; MAX_MESSAGE_BYTES / 4];
    let frame = |data, part: &[u8]| {
        Message::Frame(Frame::message(part.to_vec(), OpCode::Data(data), false))
    };
    socket.send(frame(Data::Text, &part)).expect("a reader");
    (0..3).for_each(|_| socket.send(frame(Data::Continue, &part)).expect("a reader"));
    assert!(opened.is_silent());
    socket.send(frame(Data::Continue, b"!")).expect("a reader");
    assert_eq!(next(&mut socket), Err(1009));
    assert_eq!(opened.event(), Event::Detached);
}

#[test]
fn the_largest_message_is_taken_and_sent_and_no_larger_one() {
    let opened = Opened::new();
    let mut socket = opened.attach();
    let largest = "x".repeat(MAX_MESSAGE_BYTES);
    socket.send(largest.as_str().into()).expect("a reader");
    assert!(opened.event() == Event::Message(largest.clone()));
    std::thread::scope(|scope| {
        scope.spawn(|| opened.door.send(&largest));
        assert_eq!(next(&mut socket).map(|text| text.len()), Ok(MAX_MESSAGE_BYTES));
    });
    opened.door.send(&(largest + "x"));
    socket.send("not heard any more".into()).expect("a reader");
    assert_eq!(next(&mut socket), Err(1011));
    assert!(matches!(socket.read(), Err(Error::ConnectionClosed)));
    assert_eq!(opened.event(), Event::Detached);
}

#[test]
fn a_debugger_that_does_not_wait_for_the_answer_is_refused() {
    let opened = Opened::new();
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    let head = format!(
        "GET {} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\n{key}\r\n\r\n",
        opened.path()
    );
    let early = [head.as_bytes(), &frame(0x81, b"early")].concat();
    assert_eq!(opened.raw(&early).status, 400);
    let mut stream = opened.connect();
    stream.write_all(head.as_bytes()).expect("a reader");
    let answer = Answer::read_head(&mut stream);
    assert_eq!(answer.status, 101);
    let accept = "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    assert!(answer.head.contains(accept), "{answer:?}");
    assert!(!answer.head.contains("Extensions"), "{answer:?}");
    opened.door.send("hi");
    let mut said = [0; 4];
    stream.read_exact(&mut said).expect("a frame");
    assert_eq!(&said, b"\x81\x02hi", "not masked");
}
