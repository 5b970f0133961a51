//! How much the gateway adds to a request and takes from a download, against the same server reached
//! directly in the same run: `cargo run --release -p aether-egress --example speed`.

#![expect(clippy::print_stdout, reason = "it is there to print")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use aether_egress::{Client, Config, Egress, Limits, Rules};

const REQUESTS: usize = 5_000;
const DOWNLOAD: usize = 100 << 20;

fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let server = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream));
        }
    });
    let egress = Egress::start(Config::default())?;
    let proxy = TcpListener::bind("127.0.0.1:0")?;
    let address = proxy.local_addr()?;
    let private = server.to_string().parse();
    let rules = Rules::new("speed", [], private.ok()).map_err(std::io::Error::other)?;
    let client = Client {
        name: "speed".into(),
        rules: Arc::new(rules),
        on_event: Arc::new(|_| Ok(())),
        limits: Limits { requests_per_second: u32::MAX, ..Limits::default() },
    };
    let served = egress.serve(proxy, client)?;
    for round in 1..=3 {
        let (direct, through) = (requests(server, server)?, requests(address, server)?);
        println!(
            "round {round}: a request takes {direct:?} directly, {through:?} through the gateway \
             (p50); {:?} added",
            through.saturating_sub(direct)
        );
        let (direct, through) = (download(server, server)?, download(address, server)?);
        println!(
            "round {round}: 100 MB take {direct:?} directly, {through:?} through the gateway: {:.0} %",
            100.0 * direct.as_secs_f64() / through.as_secs_f64()
        );
    }
    served.close();
    Ok(())
}

fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let data = vec![b'x'; 1 << 20];
    loop {
        let head = head(&mut stream)?;
        if head.is_empty() {
            return Ok(());
        }
        if head.windows(4).any(|part| part == b"/big") {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {DOWNLOAD}\r\n\r\n")?;
            for _ in 0..DOWNLOAD / data.len() {
                stream.write_all(&data)?;
            }
        } else {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")?;
        }
    }
}

/// The median of many requests on one connection.
fn requests(to: SocketAddr, server: SocketAddr) -> std::io::Result<Duration> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_nodelay(true)?;
    let mut times = Vec::with_capacity(REQUESTS);
    for _ in 0..REQUESTS {
        let began = Instant::now();
        ask(&mut stream, server, "/")?;
        head(&mut stream)?;
        stream.read_exact(&mut [0; 5])?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    Ok(times[REQUESTS / 2])
}

fn download(to: SocketAddr, server: SocketAddr) -> std::io::Result<Duration> {
    let mut stream = TcpStream::connect(to)?;
    let began = Instant::now();
    ask(&mut stream, server, "/big")?;
    head(&mut stream)?;
    let mut buffer = vec![0; 1 << 20];
    let mut left = DOWNLOAD;
    while left > 0 {
        match stream.read(&mut buffer)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => left -= read,
        }
    }
    Ok(began.elapsed())
}

fn ask(stream: &mut TcpStream, server: SocketAddr, path: &str) -> std::io::Result<()> {
    let request = format!("GET http://{server}{path} HTTP/1.1\r\nHost: {server}\r\n\r\n");
    stream.write_all(request.as_bytes())
}

/// A head, read byte by byte: what follows it stays.
fn head(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? == 1 {
        head.push(byte[0]);
    }
    Ok(head)
}
