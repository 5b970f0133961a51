//! Asking a person for a single operation beyond a grant.

use aether::ElevationQuestion;
use aether::manifest::show_duration;
use aether::source::printable;

use crate::show::prompt::Prompt;
use crate::show::terminal::{Ink, Terminal};

/// Shows what a plugin wants to do, and asks until there is an answer. The end of input is a no.
pub(crate) fn ask(terminal: &Terminal, question: &ElevationQuestion) -> bool {
    terminal.ask(|| put(terminal, question))
}

/// Most characters of what a plugin has a say in that a question shows: what matters must not scroll
/// away.
const SHOWN: usize = 200;

/// A plugin's words for a screen. Cut in the middle: what a path ends with matters as much as what
/// it begins with.
fn clipped(words: &str) -> String {
    let letters: Vec<char> = printable(words).chars().collect();
    if letters.len() <= SHOWN {
        return letters.into_iter().collect();
    }
    let (begin, end) = (&letters[..SHOWN / 2], &letters[letters.len() - SHOWN / 2..]);
    begin.iter().chain([' ', '…', ' '].iter()).chain(end).collect()
}

fn put(terminal: &Terminal, question: &ElevationQuestion) -> bool {
    let name = terminal.ink(Ink::Bold, printable(&question.plugin));
    let times = match question.uses {
        1 => "once".to_owned(),
        uses => format!("{uses} times"),
    };
    let within = show_duration(question.lifetime);
    terminal
        .say(format_args!("{name}  asks for something beyond its grant, {times} within {within}:"));
    terminal.say(format_args!(
        "  {}  {}",
        terminal.ink(Ink::Red, "high  "),
        clipped(&question.want)
    ));
    if !question.reason.is_empty() {
        // In quotes: it must not be taken for what Aether says.
        let reason = clipped(&question.reason).replace('"', "'");
        terminal.say(format_args!("          it says: \"{reason}\""));
    }
    let policy = format!("          without asking: {}", clipped(&question.policy_line));
    terminal.say(terminal.ink(Ink::Dim, policy));
    let prompt = Prompt { choice: "Allow it?  [y]es   [N]o ", known: "y or n" };
    prompt.ask(
        terminal,
        || question.is_open(),
        false,
        |word| matches!(word, "y" | "yes").then_some(true),
    )
}
