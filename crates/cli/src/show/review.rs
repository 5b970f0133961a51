//! Asking a person, once for everything.

use aether::Answer;
use aether::policy::grant::{Review, Risk};
use aether::source::printable;

use crate::show::prompt::Prompt;
use crate::show::terminal::{Ink, Terminal};

/// Shows what the plugins want, the riskiest first, and asks until there is an answer. The end of
/// input is a no.
pub(crate) fn ask(terminal: &Terminal, reviews: &[Review]) -> Answer {
    for review in reviews {
        show(terminal, review);
    }
    let prompt = Prompt {
        choice: "Allow?  [o]nce   [a]lways for exactly these versions   [N]o ",
        known: "o, a or n",
    };
    prompt.ask(
        terminal,
        || true,
        Answer::Refuse,
        |word| match word {
            "o" | "once" | "y" | "yes" => Some(Answer::Once),
            "a" | "always" => Some(Answer::Always),
            _ => None,
        },
    )
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
        terminal.say(format_args!(
            "  {}  {:<17} {}",
            mark(terminal, line.risk),
            line.permission.as_str(),
            printable(&line.resource)
        ));
        terminal.say(terminal.ink(Ink::Dim, format_args!("          {}", printable(&line.note))));
    }
    for (word, pattern) in review.grant().unreviewed() {
        let when = match word {
            "commit" => "as soon as the run has ended well",
            _ => "at once",
        };
        let mark = mark(terminal, Risk::High);
        terminal.say(format_args!("  {mark}  {word:<17} {}", printable(pattern.as_str())));
        let note =
            format!("          the policy has what it changes there made on disk {when}, unseen");
        terminal.say(terminal.ink(Ink::Dim, note));
    }
    for engine in &review.engine {
        terminal.say(format_args!("  {}  {:<17}", mark(terminal, engine.risk), engine.word));
        terminal.say(terminal.ink(Ink::Dim, format_args!("          {}", engine.note)));
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

fn mark(terminal: &Terminal, risk: Risk) -> String {
    let (ink, word) = match risk {
        Risk::Low => (Ink::Green, "low   "),
        Risk::Medium => (Ink::Yellow, "medium"),
        _ => (Ink::Red, "high  "),
    };
    terminal.ink(ink, word)
}
