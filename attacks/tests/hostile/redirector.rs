//! A server that a plugin may come to, and that sends it where it may not.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// What stands for it in a bundle.
const PLACE: &str = "localhost:00000";

/// Answers until it is dropped.
#[derive(Debug)]
pub(super) struct Redirector {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Redirector {
    /// Starts it, and makes the bundle mean it. `forbidden` is a port that nobody may come to.
    pub(super) fn start(plugin: &Path, forbidden: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        // With the leading zeros that keep its length, so that it fits where the code has it.
        let place = format!("localhost:{:05}", listener.local_addr()?.port());
        for entry in fs::read_dir(plugin)? {
            mean(&entry?.path(), &place)?;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                match listener.accept() {
                    // Who hangs up in between is none of its affairs.
                    Ok((stream, _)) => drop(answer(&stream, forbidden)),
                    Err(_) => std::thread::sleep(Duration::from_millis(2)),
                }
            }
        });
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Redirector {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// Puts its address into a file.
fn mean(path: &Path, place: &str) -> io::Result<()> {
    let mut bytes = fs::read(path)?;
    let mut found = false;
    while let Some(at) = bytes.windows(PLACE.len()).position(|part| part == PLACE.as_bytes()) {
        bytes[at..at + PLACE.len()].copy_from_slice(place.as_bytes());
        found = true;
    }
    if found {
        // The folder is ours; the file may be another user's.
        fs::remove_file(path)?;
        fs::write(path, bytes)?;
    }
    Ok(())
}

/// `/` is an answer; any digit behind it leads elsewhere.
fn answer(mut stream: &TcpStream, forbidden: u16) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let mut lines = BufReader::new(stream).lines();
    let asked = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let to = match asked.split(' ').nth(1) {
        Some("/1") => format!("http://127.0.0.1:{forbidden}/"),
        Some("/2") => format!("http://localhost:{forbidden}/"),
        Some("/3") => "http://169.254.169.254/latest/meta-data/".to_owned(),
        Some("/4") => "file:///etc/passwd".to_owned(),
        Some("/5") => format!("//[::1]:{forbidden}/"),
        Some("/6") => "/6".to_owned(),
        _ => {
            let head = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
            return stream.write_all(head.as_bytes());
        }
    };
    let head = "HTTP/1.1 302 Found\r\ncontent-length: 0\r\nconnection: close\r\nlocation:";
    stream.write_all(format!("{head} {to}\r\n\r\n").as_bytes())
}
