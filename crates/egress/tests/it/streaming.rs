//! Bodies that are sent and taken piece by piece.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use aether_egress::{
    Body, BodyWriter, Failure, Fetch, FetchError, Fetcher, Fetching, Limits, Part, Stage,
    Unwritten, body_stream,
};

use crate::fetching::{all, gzip, lab, to};
use crate::lab::{Answer, Lab, NAME, PATIENCE, Server, hasty};

/// A POST whose body is written at the other end.
fn post(server: &Server, path: &str) -> (Fetch, BodyWriter) {
    let (writer, stream) = body_stream();
    let fetch = Fetch { method: "POST".into(), body: Body::Stream(stream), ..to(server, path) };
    (fetch, writer)
}

fn begin(fetcher: &Fetcher, fetch: Fetch) -> Fetching {
    fetcher.fetch(fetch, Arc::new(|| {}))
}

/// The end of it, whatever came before.
fn end_of(mut fetching: Fetching) -> Part {
    loop {
        match fetching.next_part().expect("an end") {
            Part::Head(_) | Part::Data(_) => {}
            end => return end,
        }
    }
}

fn failed(failure: Failure) -> Part {
    Part::Failed(FetchError::Failed(failure))
}

/// A fetcher for one server, with these limits.
fn limited(server: &Server, limits: Limits) -> (Lab, Fetcher) {
    let lab = Lab::new(&[], &[]);
    let outlet = lab.outlet(&[&format!("{NAME}:{}", server.port())], &[NAME], limits);
    (lab, outlet.fetcher())
}

#[test]
fn pieces_are_sent_when_they_are_written_and_taken_when_they_come() {
    let server = Server::raw(|peer| {
        let head = peer.head();
        assert!(head.contains("Transfer-Encoding: chunked\r\n") && !head.contains("Length"));
        // The answer begins before the request ends, and goes on with it.
        assert_eq!(peer.bytes(8), b"3\r\nabc\r\n");
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nABC\r\n");
        assert_eq!(peer.bytes(15), b"a\r\n0123456789\r\n");
        peer.send("1\r\n!\r\n");
        assert_eq!(peer.bytes(5), b"0\r\n\r\n");
        peer.send("0\r\n\r\n");
    });
    let (lab, fetcher) = lab(&server);
    let (fetch, writer) = post(&server, "/");
    let mut fetching = begin(&fetcher, fetch);
    writer.write(b"abc".to_vec()).unwrap();
    assert!(matches!(fetching.next_part(), Some(Part::Head(head)) if head.status == 200));
    assert_eq!(fetching.next_part(), Some(Part::Data(b"ABC".to_vec())));
    writer.write(Vec::new()).unwrap();
    writer.write(b"0123456789".to_vec()).unwrap();
    assert_eq!(fetching.next_part(), Some(Part::Data(b"!".to_vec())));
    writer.end();
    assert_eq!(fetching.next_part(), Some(Part::End));
    let end = lab.events.ended();
    assert_eq!((end.stage, end.bytes_out, end.bytes_in), (Stage::Done, 13, 4));
}

#[test]
fn a_server_may_answer_while_it_still_reads() {
    // More than any buffer holds: who stops to send when the answer begins never sees its end.
    const SIZE: usize = 24 << 20;
    let server = Server::raw(|peer| {
        peer.head();
        peer.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n"));
        let mut left = SIZE;
        while left > 0 {
            let piece = peer.bytes(left.min(64 * 1024));
            assert!(!piece.is_empty() && peer.send(&piece));
            left -= piece.len();
        }
    });
    let (_lab, fetcher) = lab(&server);
    let body = vec![7; SIZE].into();
    let fetch = Fetch { method: "POST".into(), body, ..to(&server, "/") };
    assert_eq!(all(&fetcher, fetch).unwrap().1.len(), SIZE);
}

#[test]
fn part_of_a_body_does_not_pass_for_all_of_it() {
    let (say, came) = channel();
    let server = Server::raw(move |peer| {
        peer.head();
        say.send(peer.rest()).unwrap();
    });
    let (lab, fetcher) = lab(&server);
    let (fetch, writer) = post(&server, "/");
    let fetching = begin(&fetcher, fetch);
    writer.write(b"abc".to_vec()).unwrap();
    drop(writer);
    assert_eq!(end_of(fetching), failed(Failure::RequestShort));
    assert_eq!(came.recv_timeout(PATIENCE).unwrap(), b"3\r\nabc\r\n");
    assert_eq!(lab.events.ended().stage, Stage::Failed(Failure::RequestShort));
}

#[test]
fn a_body_has_a_limit_and_must_come() {
    let server = Server::raw(|peer| drop(peer.rest()));
    let (_lab, fetcher) = limited(&server, Limits { request_body: 1000, ..Limits::default() });
    let (fetch, writer) = post(&server, "/");
    let fetching = begin(&fetcher, fetch);
    writer.write(vec![0; 1000]).unwrap();
    writer.write(vec![0; 1]).unwrap();
    assert_eq!(end_of(fetching), failed(Failure::RequestLong));
    let (_lab, fetcher) = limited(&server, hasty());
    let (fetch, writer) = post(&server, "/");
    assert_eq!(end_of(begin(&fetcher, fetch)), failed(Failure::ClientIdle));
    assert_eq!(writer.write(vec![1]), Err(Unwritten::Over(vec![1])));
}

#[test]
fn a_server_that_does_not_read_holds_up_the_writer_not_the_memory() {
    let (go, told): (_, Receiver<()>) = channel();
    let told = std::sync::Mutex::new(told);
    let server = Server::raw(move |peer| {
        told.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        assert!(peer.answer(false).is_whole);
        peer.send("HTTP/1.1 204 No Content\r\n\r\n");
    });
    let (_lab, fetcher) = lab(&server);
    let (fetch, writer) = post(&server, "/");
    let woken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&woken);
    let wake = move || {
        count.fetch_add(1, Ordering::SeqCst);
    };
    let fetching = fetcher.fetch(fetch, Arc::new(wake));
    let (mut written, mut refused) = (0, 0);
    // The system buffers some; after that nothing is taken, however often it is tried.
    while refused < 100 {
        match writer.try_write(vec![1; 64 * 1024]) {
            Ok(()) => (written, refused) = (written + 1, 0),
            Err(Unwritten::Full(piece)) => {
                assert_eq!(piece.len(), 64 * 1024);
                refused += 1;
                thread::sleep(std::time::Duration::from_millis(2));
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    assert!(written < 512, "{written} pieces wait");
    let before = woken.load(Ordering::SeqCst);
    go.send(()).unwrap();
    writer.write(vec![1; 64 * 1024]).unwrap();
    writer.end();
    assert_eq!(end_of(fetching), Part::End);
    assert!(woken.load(Ordering::SeqCst) > before);
}

#[test]
fn a_server_that_has_heard_enough_is_heard() {
    let server = Server::raw(|peer| {
        peer.head();
        peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nfull");
    });
    let (lab, fetcher) = lab(&server);
    let (fetch, writer) = post(&server, "/");
    let mut fetching = begin(&fetcher, fetch);
    assert!(matches!(fetching.next_part(), Some(Part::Head(head)) if head.status == 413));
    assert_eq!(end_of(fetching), Part::End);
    lab.events.wait_for(|event| event.stage == Stage::Done);
    // The writer learns of it sooner or later.
    while writer.write(vec![0; 1000]).is_ok() {}
}

#[test]
fn a_streamed_body_is_sent_once() {
    for (status, follows) in [(301, false), (302, false), (303, true), (307, false), (308, false)] {
        let server = Server::answering(move |request: &Answer| {
            let redirect =
                format!("HTTP/1.1 {status} X\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n");
            if request.head.starts_with("POST") {
                redirect.into()
            } else {
                b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec()
            }
        });
        let (_lab, fetcher) = lab(&server);
        let (fetch, writer) = post(&server, "/");
        let fetching = begin(&fetcher, fetch);
        writer.write(b"abc".to_vec()).unwrap();
        writer.end();
        let expect = if follows { Part::End } else { Part::Failed(FetchError::Unrepeatable) };
        assert_eq!(end_of(fetching), expect, "{status}");
        assert_eq!(server.requests().len(), if follows { 2 } else { 1 }, "{status}");
        assert_eq!(server.requests()[0].body, b"abc");
    }
}

#[test]
fn what_is_dropped_ends_at_once_and_makes_room() {
    let (say, left) = channel();
    let server = Server::raw(move |peer| {
        let head = peer.head();
        if head.contains("/held") {
            peer.send("HTTP/1.1 200 OK\r\n\r\nand so on");
            say.send(peer.is_closed() || head.starts_with("POST")).unwrap();
        } else {
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    let (lab, fetcher) = limited(&server, Limits { connections: 1, ..Limits::default() });
    let (fetch, writer) = post(&server, "/held");
    writer.write(b"abc".to_vec()).unwrap();
    for fetch in [to(&server, "/held"), fetch] {
        let mut fetching = begin(&fetcher, fetch);
        assert!(matches!(fetching.next_part(), Some(Part::Head(_))));
        drop(fetching);
        assert!(left.recv_timeout(PATIENCE).unwrap());
        assert_eq!(all(&fetcher, to(&server, "/free")).unwrap().1, b"ok");
    }
    assert!(matches!(writer.write(vec![1]), Err(Unwritten::Over(_))));
    let closed = Stage::Failed(Failure::Closed);
    assert_eq!(lab.events.all().iter().filter(|event| event.stage == closed).count(), 2);
}

#[test]
fn an_encoding_without_an_end_that_decodes_to_nothing() {
    let server = Server::raw(|peer| {
        peer.head();
        peer.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n");
        let nothing = gzip(b"");
        while peer.send(nothing.repeat(1000)) {}
    });
    let (lab, fetcher) = limited(&server, Limits { response_body: 100_000, ..Limits::default() });
    assert_eq!(end_of(begin(&fetcher, to(&server, "/"))), failed(Failure::AnswerLong));
    assert_eq!(lab.events.ended().stage, Stage::Failed(Failure::AnswerLong));
}
