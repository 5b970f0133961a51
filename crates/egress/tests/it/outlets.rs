//! One client's ways out: one set of limits, one set of rules.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use aether_egress::{
    Client, Egress, Failure, Fetch, FetchError, Fetching, Limits, MOST_CONNECTIONS,
    MOST_HEAD_BYTES, MOST_MESSAGE_BYTES, Outlet, Part, Served, Stage, Why,
};

use crate::fetching::{all, to};
use crate::lab::{Lab, NAME, PATIENCE, Peer, Server, get};
use crate::rules::rules;

fn listen(outlet: &Outlet) -> (SocketAddr, Served) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    (listener.local_addr().unwrap(), outlet.serve(listener).unwrap())
}

fn at(server: &Server) -> String {
    format!("{NAME}:{}", server.port())
}

/// A server that begins an answer, and ends it when it is told to or left.
fn held() -> (Server, std::sync::mpsc::Sender<()>, Receiver<bool>) {
    let (go, told): (_, Receiver<()>) = channel();
    let (say, left) = channel();
    let told = Mutex::new(told);
    let server = Server::raw(move |peer| {
        peer.head();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbegin");
        if told.lock().unwrap().recv_timeout(Duration::from_millis(500)).is_ok() {
            peer.send("ended");
        }
        say.send(peer.is_closed()).unwrap();
    });
    (server, go, left)
}

fn begun(outlet: &Outlet, fetch: Fetch) -> Fetching {
    let mut fetching = outlet.fetcher().fetch(fetch, Arc::new(|| {}));
    assert!(matches!(fetching.next_part(), Some(Part::Head(_))));
    assert!(matches!(fetching.next_part(), Some(Part::Data(_))));
    fetching
}

fn closed() -> Option<Part> {
    Some(Part::Failed(FetchError::Failed(Failure::Closed)))
}

#[test]
fn connections_count_whichever_way_they_go() {
    let server = Server::hello();
    let lab = Lab::new(&[], &[]);
    let limits = Limits { connections: 1, ..Limits::default() };
    let outlet = lab.outlet(&[&at(&server)], &[NAME], limits);
    let (proxy, _served) = listen(&outlet);
    // A listener that nobody connects to takes no room.
    assert_eq!(all(&outlet.fetcher(), to(&server, "/")).unwrap().1, b"hello");
    let mut peer = Peer::connect(proxy);
    peer.send(get(&server, "/"));
    assert_eq!(peer.answer(false).text(), "hello");
    let mut waiting = outlet.fetcher().fetch(to(&server, "/"), Arc::new(|| {}));
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(waiting.try_next(), None);
    drop(peer);
    assert!(matches!(waiting.next_part(), Some(Part::Head(_))));
}

#[test]
fn turns_count_whichever_way_they_are_taken() {
    let server = Server::hello();
    let lab = Lab::new(&[], &[]);
    let limits = Limits { requests_per_second: 20, burst: 0, ..Limits::default() };
    let outlet = lab.outlet(&[&at(&server)], &[NAME], limits);
    let (proxy, _served) = listen(&outlet);
    let began = Instant::now();
    for _ in 0..3 {
        let mut peer = Peer::connect(proxy);
        peer.send(get(&server, "/"));
        assert_eq!(peer.answer(false).text(), "hello");
        all(&outlet.fetcher(), to(&server, "/")).unwrap();
    }
    assert!(began.elapsed() >= Duration::from_millis(250));
}

#[test]
fn new_rules_end_what_they_do_not_allow() {
    let lab = Lab::new(&[], &[]);
    let (kept, go, _left) = held();
    let (ended, _go, left) = held();
    let outlet = lab.outlet(&[&at(&kept), &at(&ended)], &[NAME], Limits::default());
    let (proxy, _served) = listen(&outlet);
    let mut peer = Peer::connect(proxy);
    peer.send(get(&kept, "/"));
    peer.head();
    let mut keeps = begun(&outlet, to(&kept, "/"));
    let mut ends = begun(&outlet, to(&ended, "/"));
    outlet.replace_rules(Arc::new(rules(&[&at(&kept)], &[NAME])));
    // When that returns, all of it has ended and is recorded.
    let failed = Stage::Failed(Failure::Closed);
    assert_eq!(lab.events.all().iter().filter(|event| event.stage == failed).count(), 2);
    assert_eq!(peer.rest(), b"begin");
    assert_eq!(ends.next_part(), closed());
    assert_eq!(ends.next_part(), None);
    assert!(left.recv_timeout(PATIENCE).unwrap());
    go.send(()).unwrap();
    go.send(()).unwrap();
    assert_eq!(keeps.next_part(), Some(Part::Data(b"ended".to_vec())));
    assert_eq!(keeps.next_part(), Some(Part::End));
    let error = all(&outlet.fetcher(), to(&ended, "/")).unwrap_err();
    assert!(matches!(error, FetchError::Denied(denied) if denied.why == Why::Port));
}

#[test]
fn rules_that_close_a_place_inside_end_what_leads_there() {
    let lab = Lab::new(&[], &[]);
    let (server, _go, left) = held();
    let outlet = lab.outlet(&[&at(&server)], &[NAME], Limits::default());
    let mut fetching = begun(&outlet, to(&server, "/"));
    outlet.replace_rules(Arc::new(rules(&[&at(&server)], &[])));
    assert_eq!(fetching.next_part(), closed());
    assert!(left.recv_timeout(PATIENCE).unwrap());
}

#[test]
fn rules_of_ones_own_hold_until_the_clients_change() {
    let lab = Lab::new(&[], &[]);
    let (server, _go, left) = held();
    let outlet = lab.outlet(&[], &[], Limits::default());
    let own = outlet.fetcher().with_rules(Arc::new(rules(&[&at(&server)], &[NAME])));
    let mut fetching = own.fetch(to(&server, "/"), Arc::new(|| {}));
    assert!(matches!(fetching.next_part(), Some(Part::Head(_))));
    outlet.replace_rules(Arc::new(rules(&[], &[])));
    assert!(matches!(fetching.next_part(), Some(Part::Data(_))));
    assert_eq!(fetching.next_part(), closed());
    assert!(left.recv_timeout(PATIENCE).unwrap());
    let error = all(&own, to(&server, "/")).unwrap_err();
    assert!(matches!(error, FetchError::Denied(_)), "{error:?}");
}

#[test]
fn a_redirect_is_decided_on_by_the_rules_of_its_moment() {
    let outlet: Arc<OnceLock<Outlet>> = Arc::default();
    let known = Arc::clone(&outlet);
    // New rules come between the request and its redirect.
    let server = Server::answering(move |request| {
        let at = request.field("host").unwrap();
        let here = rules(&[&format!("GET {at}/here")], &[NAME]);
        known.get().unwrap().replace_rules(Arc::new(here));
        b"HTTP/1.1 302 X\r\nLocation: /away\r\nContent-Length: 0\r\n\r\n".to_vec()
    });
    let lab = Lab::new(&[], &[]);
    let outlet = outlet.get_or_init(|| lab.outlet(&[&at(&server)], &[NAME], Limits::default()));
    let error = all(&outlet.fetcher(), to(&server, "/here")).unwrap_err();
    assert!(matches!(error, FetchError::Denied(denied) if denied.why == Why::Path));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn what_is_taken_ends_and_comes_back_with_what_is_given_back() {
    let lab = Lab::new(&[], &[]);
    let (server, _go, left) = held();
    let outlet = lab.outlet(&[&at(&server)], &[NAME], Limits::default());
    let (proxy, _served) = listen(&outlet);
    let mut peer = Peer::connect(proxy);
    peer.send(get(&server, "/"));
    peer.head();
    let mut fetching = begun(&outlet, to(&server, "/"));
    let own = outlet.fetcher().with_rules(Arc::new(rules(&[&at(&server)], &[NAME])));
    let mut opened = own.fetch(to(&server, "/"), Arc::new(|| {}));
    assert!(matches!(opened.next_part(), Some(Part::Head(_))));
    assert!(matches!(opened.next_part(), Some(Part::Data(_))));
    let granted = || rules(&[&at(&server)], &[NAME]);
    outlet.replace_rules(Arc::new(granted().taken()));
    let failed = Stage::Failed(Failure::Closed);
    assert_eq!(lab.events.all().iter().filter(|event| event.stage == failed).count(), 3);
    assert_eq!(peer.rest(), b"begin");
    assert_eq!([fetching.next_part(), opened.next_part()], [closed(), closed()]);
    for _ in 0..3 {
        assert!(left.recv_timeout(PATIENCE).unwrap());
    }
    let error = all(&outlet.fetcher(), to(&server, "/")).unwrap_err();
    assert!(matches!(error, FetchError::Denied(denied) if denied.why == Why::Taken));
    let mut peer = Peer::connect(proxy);
    peer.send(get(&server, "/"));
    assert!(peer.head().contains("403"));
    outlet.replace_rules(Arc::new(granted()));
    let mut peer = Peer::connect(proxy);
    peer.send(get(&server, "/"));
    assert!(peer.head().contains("200"));
    begun(&outlet, to(&server, "/"));
}

#[test]
fn what_passes_is_counted_while_it_does() {
    let lab = Lab::new(&[], &[]);
    let (server, _go, _left) = held();
    let outlet = lab.outlet(&[&at(&server)], &[NAME], Limits::default());
    assert_eq!(outlet.carried(), [0, 0]);
    let fetching = begun(&outlet, to(&server, "/"));
    assert_eq!(outlet.carried(), [0, 5], "`begin`, though it has not ended");
    let mut sends = to(&server, "/");
    (sends.method, sends.body) = ("POST".to_owned(), Some(b"four".to_vec()).into());
    let second = begun(&outlet, sends);
    assert_eq!(outlet.carried(), [4, 10]);
    drop((fetching, second));
    let ended = |event: &aether_egress::EgressEvent| matches!(event.stage, Stage::Failed(_));
    let until = Instant::now() + PATIENCE;
    while lab.events.all().iter().filter(|event| ended(event)).count() < 2 {
        assert!(Instant::now() < until);
        std::thread::sleep(Duration::from_millis(2));
    }
    assert_eq!(outlet.carried(), [4, 10], "and once");
}

#[test]
fn what_is_closed_is_closed_for_good() {
    let lab = Lab::new(&[], &[]);
    let (server, _go, left) = held();
    let outlet = lab.outlet(&[&at(&server)], &[NAME], Limits::default());
    let (proxy, _served) = listen(&outlet);
    let mut peer = Peer::connect(proxy);
    peer.send(get(&server, "/"));
    peer.head();
    let mut fetching = begun(&outlet, to(&server, "/"));
    outlet.close_after(Duration::ZERO);
    let failed = Stage::Failed(Failure::Closed);
    assert_eq!(lab.events.all().iter().filter(|event| event.stage == failed).count(), 2);
    assert_eq!(fetching.next_part(), closed());
    assert_eq!(peer.rest(), b"begin");
    assert!(left.recv_timeout(PATIENCE).unwrap());
    assert!(std::net::TcpStream::connect(proxy).is_err());
    let error = all(&outlet.fetcher(), to(&server, "/")).unwrap_err();
    assert_eq!(error, FetchError::Failed(Failure::Closed));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let error = outlet.serve(listener).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotConnected);
}

#[test]
fn rules_may_be_replaced_from_where_events_are_taken() {
    let server = Server::hello();
    let egress = Egress::start(aether_egress::Config::default()).unwrap();
    let own: Arc<OnceLock<Outlet>> = Arc::default();
    let (known, done) = (Arc::clone(&own), Arc::new(AtomicBool::new(false)));
    let is_done = Arc::clone(&done);
    let here = format!("127.0.0.1:{}", server.port());
    let outlet = egress.client(Client {
        name: "triage".into(),
        rules: Arc::new(rules(&[], &[&here])),
        on_event: Arc::new(move |_| {
            if let Some(outlet) = known.get()
                && !is_done.swap(true, Ordering::SeqCst)
            {
                outlet.replace_rules(Arc::new(rules(&[], &[])));
            }
            Ok(())
        }),
        limits: Limits::default(),
    });
    own.set(outlet.clone()).unwrap();
    let fetch = Fetch { method: "GET".into(), url: format!("http://{here}/"), ..Fetch::default() };
    let error = all(&outlet.fetcher(), fetch).unwrap_err();
    assert_eq!(error, FetchError::Failed(Failure::Closed));
    assert!(done.load(Ordering::SeqCst));
    assert_eq!(server.requests(), []);
}

#[test]
fn limits_are_what_they_can_be() {
    let nothing = Limits {
        head_bytes: 0,
        message_bytes: 0,
        connections: 0,
        requests_per_second: 0,
        burst: 0,
        ..Limits::default()
    };
    let bounded = nothing.bounded();
    assert_eq!((bounded.head_bytes, bounded.message_bytes, bounded.connections), (1, 1, 1));
    let endless = Limits {
        head_bytes: usize::MAX,
        message_bytes: usize::MAX,
        connections: usize::MAX,
        requests_per_second: u32::MAX,
        burst: u32::MAX,
        request_body: u64::MAX,
        response_body: u64::MAX,
        tunnel_bytes: u64::MAX,
        head_time: Duration::MAX,
        keep_alive_time: Duration::MAX,
        idle_time: Duration::MAX,
        exchange_time: Duration::MAX,
        tunnel_time: Duration::MAX,
        lookup_time: Duration::MAX,
        connect_time: Duration::MAX,
    };
    let bounded = endless.clone().bounded();
    let found = (bounded.head_bytes, bounded.message_bytes, bounded.connections);
    assert_eq!(found, (MOST_HEAD_BYTES, MOST_MESSAGE_BYTES, MOST_CONNECTIONS));
    // None of them breaks anything.
    let server = Server::hello();
    let lab = Lab::new(&[], &[]);
    let outlet = lab.outlet(&[&at(&server)], &[NAME], endless);
    let (proxy, _served) = listen(&outlet);
    assert_eq!(all(&outlet.fetcher(), to(&server, "/")).unwrap().1, b"hello");
    let mut peer = Peer::connect(proxy);
    peer.send(get(&server, "/"));
    assert_eq!(peer.answer(false).text(), "hello");
    let config = aether_egress::Config { connections: usize::MAX, ..Default::default() };
    drop(Egress::start(config).unwrap());
}
