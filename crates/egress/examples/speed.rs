//! How much the gateway adds to a request and takes from a download, against the same server reached
//! directly in the same run, in rounds that take turns. Prints JSON, times in microseconds:
//! `cargo run --release -p aether-egress --example speed [ROUNDS]`.
//!
//! What is carried goes through the loopback twice, so that a machine with few processors cannot do
//! it as fast as once, whoever carries it. So a download is also compared with a bare relay, which
//! copies bytes between two sockets on threads of its own and decides on nothing.

#![expect(clippy::print_stdout, reason = "it is there to print")]

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use aether_egress::{
    Client, Config, Egress, Fetch, Fetcher, Limits, Part, RelayLimits, Rules, relay,
};
use serde_json::{Value, json};

/// Requests of a round, one after another on one connection.
const REQUESTS: usize = 2_000;
/// Connections of a round that ask at once, each for so many.
const BUSY: (usize, usize) = (8, 1_000);
/// Requests of a round, each on a connection of its own.
const FETCHES: usize = 300;
const DOWNLOAD: usize = 100 << 20;
/// What a server answers to anything but `/big`.
const SHORT: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

fn main() -> io::Result<()> {
    let rounds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(5);
    let server = serve()?;
    let egress = Egress::start(Config::default())?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let proxy = listener.local_addr()?;
    let private = server.to_string().parse();
    let rules = Rules::new("speed", [], private.ok()).map_err(io::Error::other)?;
    let outlet = egress.client(Client {
        name: "speed".into(),
        rules: Arc::new(rules),
        on_event: Arc::new(|_| Ok(())),
        limits: Limits { requests_per_second: u32::MAX, ..Limits::default() },
    });
    let served = outlet.serve(listener)?;
    let fetcher = outlet.fetcher();
    let bare = relay_to(server)?;
    let rounds = (0..rounds).map(|_| round((server, bare, proxy), &fetcher));
    let rounds = rounds.collect::<io::Result<Vec<_>>>()?;
    let text = serde_json::to_string_pretty(&report(&rounds)).map_err(io::Error::other)?;
    println!("{text}");
    served.close();
    Ok(())
}

/// What one round found: names and numbers.
type Round = Vec<(&'static str, f64)>;

fn round(
    (server, bare, proxy): (SocketAddr, SocketAddr, SocketAddr),
    fetcher: &Fetcher,
) -> io::Result<Round> {
    let mut found = Round::new();
    let (direct, through) = (requests(server, server)?, requests(proxy, server)?);
    found.push(("request_direct_p50", micros(direct)));
    found.push(("request_added_p50", micros(through) - micros(direct)));
    let (direct, through) = (fetches(|| once(server))?, fetches(|| fetch(fetcher, server))?);
    found.push(("fetch_direct_p50", micros(direct)));
    found.push(("fetch_added_p50", micros(through) - micros(direct)));
    found.push(("requests_per_second_direct", busy(server, server)?));
    let before = gateway_time();
    found.push(("requests_per_second", busy(proxy, server)?));
    if let (Some(before), Some(after)) = (before, gateway_time()) {
        let requests = u32::try_from(BUSY.0 * BUSY.1).unwrap_or(u32::MAX);
        found.push(("requests_per_second_per_core", f64::from(requests) / (after - before)));
    }
    let direct = download(TcpStream::connect(server)?, server)?;
    let relayed = download(TcpStream::connect(bare)?, server)?;
    let before = gateway_time();
    let through = download(TcpStream::connect(proxy)?, server)?;
    if let (Some(before), Some(after)) = (before, gateway_time()) {
        found.push(("download_gateway_processor_time", (after - before) * 1e6));
    }
    let carried = tunnelled(proxy, server)?;
    found.push(("download_direct", micros(direct)));
    found.push(("download_share", micros(direct) / micros(through)));
    found.push(("download_share_of_bare_relay", micros(relayed) / micros(through)));
    found.push(("tunnel_share", micros(direct) / micros(carried)));
    found.push(("tunnel_share_of_bare_relay", micros(relayed) / micros(carried)));
    Ok(found)
}

/// The median of each number, and all of them, since machines are noisy.
fn report(rounds: &[Round]) -> Value {
    let names = rounds.iter().flatten().map(|(name, _)| *name);
    let of = |name| {
        let numbers = rounds.iter().flatten().filter(move |(found, _)| *found == name);
        let numbers: Vec<f64> = numbers.map(|(_, number)| rounded(*number)).collect();
        let mut sorted = numbers.clone();
        sorted.sort_by(f64::total_cmp);
        json!({ "median": sorted.get(sorted.len() / 2), "rounds": numbers })
    };
    names.map(|name| (name.to_owned(), of(name))).collect::<serde_json::Map<_, _>>().into()
}

fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// Seconds that the gateway's thread has had of a processor, where the system tells.
fn gateway_time() -> Option<f64> {
    let tasks = std::fs::read_dir("/proc/self/task").ok()?;
    tasks.flatten().find_map(|task| {
        let name = std::fs::read_to_string(task.path().join("comm")).ok()?;
        let times = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        let nanos: f64 = times.split(' ').next()?.parse().ok()?;
        (name.trim_end() == "aether-egress").then_some(nanos / 1e9)
    })
}

fn serve() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Whoever leaves early ends it.
            thread::spawn(move || drop(answer(stream)));
        }
    });
    Ok(address)
}

/// A bare relay to the server.
fn relay_to(server: SocketAddr) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let Ok(beyond) = TcpStream::connect(server) else { return };
            thread::spawn(move || relay(&stream, &beyond, &RelayLimits::default()));
        }
    });
    Ok(address)
}

fn answer(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let data = vec![b'x'; 1 << 20];
    let mut buffer = [0; 4096];
    loop {
        let mut head = 0;
        while !buffer[..head].ends_with(b"\r\n\r\n") {
            match stream.read(&mut buffer[head..])? {
                0 => return Ok(()),
                read => head += read,
            }
            // A greeting of TLS asks for the download too.
            if buffer[0] == 22 {
                break;
            }
        }
        let is_big = buffer[0] == 22 || buffer[..head].windows(4).any(|part| part == b"/big");
        if !is_big {
            stream.write_all(SHORT)?;
            continue;
        }
        if buffer[0] != 22 {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {DOWNLOAD}\r\n\r\n")?;
        }
        for _ in 0..DOWNLOAD / data.len() {
            stream.write_all(&data)?;
        }
    }
}

/// The median of many requests on one connection.
fn requests(to: SocketAddr, server: SocketAddr) -> io::Result<Duration> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_nodelay(true)?;
    median(REQUESTS, || exchange(&mut stream, server))
}

fn median(count: usize, mut act: impl FnMut() -> io::Result<()>) -> io::Result<Duration> {
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let began = Instant::now();
        act()?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    Ok(times[count / 2])
}

fn exchange(stream: &mut TcpStream, server: SocketAddr) -> io::Result<()> {
    ask(stream, server, "/")?;
    stream.read_exact(&mut [0; SHORT.len()])
}

fn fetches(act: impl Fn() -> io::Result<()>) -> io::Result<Duration> {
    median(FETCHES, act)
}

fn once(server: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_nodelay(true)?;
    exchange(&mut stream, server)
}

fn fetch(fetcher: &Fetcher, server: SocketAddr) -> io::Result<()> {
    let url = format!("http://{server}/");
    let fetch = Fetch { method: "GET".into(), url, ..Fetch::default() };
    let mut fetching = fetcher.fetch(fetch, Arc::new(|| {}));
    loop {
        match fetching.next_part() {
            Some(Part::End) => return Ok(()),
            Some(Part::Failed(error)) => return Err(io::Error::other(error)),
            Some(_) => {}
            None => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// Requests in a second on many connections at once.
fn busy(to: SocketAddr, server: SocketAddr) -> io::Result<f64> {
    let (connections, each) = BUSY;
    let began = Instant::now();
    thread::scope(|scope| {
        let run = |_| {
            scope.spawn(move || {
                let mut stream = TcpStream::connect(to)?;
                stream.set_nodelay(true)?;
                (0..each).try_for_each(|_| exchange(&mut stream, server))
            })
        };
        let threads: Vec<_> = (0..connections).map(run).collect();
        let broken = |_| io::Error::other("a thread panicked");
        threads.into_iter().try_for_each(|thread| thread.join().map_err(broken)?)
    })?;
    let requests = u32::try_from(connections * each).unwrap_or(u32::MAX);
    Ok(f64::from(requests) / began.elapsed().as_secs_f64())
}

fn download(mut stream: TcpStream, server: SocketAddr) -> io::Result<Duration> {
    let began = Instant::now();
    ask(&mut stream, server, "/big")?;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {DOWNLOAD}\r\n\r\n");
    stream.read_exact(&mut vec![0; head.len()])?;
    take(&mut stream)?;
    Ok(began.elapsed())
}

/// The same bytes through a tunnel, behind a greeting of TLS that is for this server.
fn tunnelled(proxy: SocketAddr, server: SocketAddr) -> io::Result<Duration> {
    let mut stream = TcpStream::connect(proxy)?;
    let began = Instant::now();
    write!(stream, "CONNECT {server} HTTP/1.1\r\nHost: {server}\r\n\r\n")?;
    stream.read_exact(&mut [0; b"HTTP/1.1 200 Connection established\r\n\r\n".len()])?;
    let mut greeting = vec![22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 3];
    greeting.extend_from_slice(&[7; 32]);
    greeting.extend_from_slice(&[0, 0, 2, 0x13, 1, 1, 0]);
    stream.write_all(&greeting)?;
    take(&mut stream)?;
    Ok(began.elapsed())
}

fn take(stream: &mut TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 20];
    let mut left = DOWNLOAD;
    while left > 0 {
        match stream.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => left = left.saturating_sub(read),
        }
    }
    Ok(())
}

fn ask(stream: &mut TcpStream, server: SocketAddr, path: &str) -> io::Result<()> {
    let request = format!("GET http://{server}{path} HTTP/1.1\r\nHost: {server}\r\n\r\n");
    stream.write_all(request.as_bytes())
}
