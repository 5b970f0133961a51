//! Embeds Aether: loads a plugin, starts it confined, calls a method, hears of events, stops it.
//!
//! ```console
//! $ cargo run -p aether --example embed -- examples/hello hello '{"name": "Ada"}'
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that tells a person")]

use std::error::Error;

use aether::source::printable;
use aether::{Event, Host, StartOptions};

fn main() -> Result<(), Box<dyn Error>> {
    // Becomes a cell, and does not return, when a host has started this program as one.
    aether::init();
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(method)) = (arguments.next(), arguments.next()) else {
        return Err("usage: embed PLUGIN METHOD [INPUT]".into());
    };
    let input = arguments.next().map_or(Ok(serde_json::json!({})), |text| text.parse())?;

    let host = Host::builder().on_event(tell).build()?;
    let plugin = host.load(folder)?;
    let cell = host.start(&plugin, &StartOptions::default())?;
    println!("{}", cell.call(&method, input)?);
    cell.stop();
    Ok(())
}

fn tell(event: &Event) {
    match event {
        Event::Log { message, .. } => eprintln!("log: {}", printable(message)),
        Event::Denied { denied, .. } => eprintln!("denied: {}", printable(&denied.message)),
        Event::Ended { ending, .. } => eprintln!("ended: {ending}"),
        _ => {}
    }
}
