//! What host and cell say to each other over the gateway: lines of text.

use aether_attacks::{Miss, Outcome, Scene, Victim};

/// The last line of an answer.
pub(super) const END: &str = "end\n";

const OUTSIDE: &str = "outside";

const fn place(outside: bool) -> &'static str {
    if outside { OUTSIDE } else { "inside" }
}

/// What a host orders.
#[derive(Debug)]
pub(super) enum Order {
    /// Try the attack of that name.
    Attack(String, Scene),
    /// Keep a secret in memory and say where.
    Hold { outside: bool, secret: u64 },
    /// Make refused calls until one is not refused.
    Flood,
    /// From here on nothing becomes executable.
    Settle,
    /// Say that you are there.
    Ping,
}

impl Order {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Attack(name, scene) => {
                let Scene { outside, host, victim: Victim { pid, address, secret } } = scene;
                format!("attack {name} {} {host} {pid} {address} {secret}\n", place(*outside))
            }
            Self::Hold { outside, secret } => format!("hold {} {secret}\n", place(*outside)),
            Self::Flood => "flood\n".to_owned(),
            Self::Settle => "settle\n".to_owned(),
            Self::Ping => "ping\n".to_owned(),
        }
    }

    pub(super) fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        Some(match words[..] {
            ["attack", name, place, host, pid, address, secret] => {
                let victim = Victim {
                    pid: pid.parse().ok()?,
                    address: address.parse().ok()?,
                    secret: secret.parse().ok()?,
                };
                let scene = Scene { outside: place == OUTSIDE, host: host.parse().ok()?, victim };
                Self::Attack(name.to_owned(), scene)
            }
            ["hold", place, secret] => {
                Self::Hold { outside: place == OUTSIDE, secret: secret.parse().ok()? }
            }
            ["flood"] => Self::Flood,
            ["settle"] => Self::Settle,
            ["ping"] => Self::Ping,
            _ => return None,
        })
    }
}

/// What a cell answers to an attack.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) outcome: Outcome,
    /// The arguments of each call that it says was refused with `EPERM`.
    pub(super) refused: Vec<[u64; 6]>,
}

impl Answer {
    pub(super) fn text(&self) -> String {
        let mut text = match &self.outcome {
            Ok(won) => format!("bites {won}\n"),
            Err(Miss::Refused(errno)) => format!("refused {errno}\n"),
            Err(Miss::Nothing) => "nothing\n".to_owned(),
            Err(Miss::NotHere(why)) => format!("not-here {why}\n"),
        };
        for call in &self.refused {
            let words = call.map(|argument| argument.to_string());
            text += &format!("call {}\n", words.join(" "));
        }
        text + END
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix(END)?.lines();
        let (word, rest) = lines.next()?.split_once(' ').unwrap_or(("nothing", ""));
        let outcome = match word {
            "bites" => Ok(rest.to_owned()),
            "refused" => Err(Miss::Refused(rest.parse().ok()?)),
            "nothing" => Err(Miss::Nothing),
            "not-here" => Err(Miss::NotHere(rest.to_owned())),
            _ => return None,
        };
        let call = |line: &str| {
            let words = line.strip_prefix("call ")?.split(' ').map(|word| word.parse().ok());
            words.collect::<Option<Vec<u64>>>()?.try_into().ok()
        };
        Some(Self { outcome, refused: lines.map(call).collect::<Option<_>>()? })
    }
}
