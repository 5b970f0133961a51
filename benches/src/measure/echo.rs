//! The floor: the same line there and back between two plain processes.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};
use std::time::Instant;

use serde_json::Value;

use super::us;
use crate::programs::clean;
use crate::scene::Scene;

/// A process that answers each JSON-RPC line with its parameters, over a Unix socket pair.
/// No container, gateway, permission or audit: what the kernel and JSON cost by themselves.
pub(super) struct Echo {
    child: Child,
    to: UnixStream,
    from: BufReader<UnixStream>,
}

impl Echo {
    pub(super) fn start(scene: &Scene) -> Result<Self, Box<dyn Error>> {
        let (host, cell) = UnixStream::pair()?;
        let mut command = clean(&scene.programs.client);
        command.arg("echo").stdin(Stdio::from(OwnedFd::from(cell)));
        let child = command.spawn()?;
        Ok(Self { child, from: BufReader::new(host.try_clone()?), to: host })
    }

    /// Round trips, one after the other, each in microseconds.
    pub(super) fn round_trips(&mut self, count: usize) -> Result<Vec<f64>, Box<dyn Error>> {
        let mut took = Vec::with_capacity(count);
        let mut line = String::new();
        for id in 0..count {
            let began = Instant::now();
            let asked =
                format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"env.list","params":{{}}}}"#);
            self.to.write_all(asked.as_bytes())?;
            self.to.write_all(b"\n")?;
            line.clear();
            self.from.read_line(&mut line)?;
            let answer: Value = serde_json::from_str(&line)?;
            if answer["id"] != id {
                return Err("the echo answered something else".into());
            }
            took.push(us(began.elapsed()));
        }
        Ok(took)
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        // It ends when its socket does; killed here so that no error path leaves it.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
