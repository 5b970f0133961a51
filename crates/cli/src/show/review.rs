//! Asking a person, once for everything.

use std::io::{BufRead, Write, stderr, stdin};

use aether::Answer;
use aether::policy::grant::{Review, Risk};
use aether::source::printable;

use crate::show::terminal::{Ink, Terminal};

/// Shows what the plugins want, the riskiest first, and asks until there is an answer. The end of
/// input is a no.
pub(crate) fn ask(terminal: &Terminal, reviews: &[Review]) -> Answer {
    for review in reviews {
        show(terminal, review);
    }
    loop {
        let choice = "Allow?  [o]nce   [a]lways for exactly these versions   [N]o ";
        drop(write!(stderr(), "{} ", terminal.ink(Ink::Bold, choice)));
        drop(stderr().flush());
        let mut line = String::new();
        match stdin().lock().read_line(&mut line) {
            Ok(count) if count > 0 => {}
            _ => return Answer::Refuse,
        }
        match line.trim().to_lowercase().as_str() {
            "o" | "once" | "y" | "yes" => return Answer::Once,
            "a" | "always" => return Answer::Always,
            "" | "n" | "no" => return Answer::Refuse,
            _ => terminal.say("Please answer o, a or n."),
        }
    }
}

fn show(terminal: &Terminal, review: &Review) {
    let plugin = &review.plugin;
    let version = if plugin.version.is_empty() {
        String::new()
    } else {
        format!(" {}", printable(&plugin.version))
    };
    let digest: String = plugin.digest.chars().take(15).collect();
    let name = terminal.ink(Ink::Bold, printable(&plugin.name));
    terminal.say(format_args!(
        "{name}{version}  {}  asks for",
        terminal.ink(Ink::Dim, format!("{digest}…"))
    ));
    for line in &review.lines {
        let mark = match line.risk {
            Risk::Low => terminal.ink(Ink::Green, "low   "),
            Risk::Medium => terminal.ink(Ink::Yellow, "medium"),
            _ => terminal.ink(Ink::Red, "high  "),
        };
        terminal.say(format_args!(
            "  {mark}  {:<17} {}",
            line.permission.as_str(),
            printable(&line.resource)
        ));
        terminal.say(terminal.ink(Ink::Dim, format_args!("          {}", printable(&line.note))));
    }
    for limit in &review.limits {
        terminal.say(format_args!(
            "          {} {} (default {})",
            limit.limit.as_str(),
            limit.value,
            limit.default
        ));
    }
    terminal.say("");
}
