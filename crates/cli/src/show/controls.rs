//! A stranger's output on the way to a terminal: text and colours pass, whatever else could steer the
//! terminal is shown instead of obeyed.

use std::io::{self, Write};

/// Most bytes of a sequence that is still looked at as one.
const LONGEST: usize = 64;

/// Writes to a terminal.
pub(crate) struct Controls<W> {
    to: W,
    /// The beginning of a control sequence whose end has not come yet.
    held: Vec<u8>,
}

impl<W: Write> Controls<W> {
    pub(crate) const fn new(to: W) -> Self {
        Self { to, held: Vec::new() }
    }

    fn filtered(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            self.held.push(byte);
            match look(&self.held) {
                Look::Passes => out.append(&mut self.held),
                Look::Goes => {}
                Look::Steers => self.give_up(&mut out, byte),
            }
        }
        out
    }

    /// What was held is shown. The byte that ended it may begin something new.
    fn give_up(&mut self, out: &mut Vec<u8>, last: u8) {
        let held = std::mem::take(&mut self.held);
        let (_, before) = held.split_last().unwrap_or((&last, &[]));
        if before.is_empty() {
            return escape(&held, out);
        }
        escape(before, out);
        self.held.push(last);
        match look(&self.held) {
            Look::Passes => out.append(&mut self.held),
            Look::Goes => {}
            Look::Steers => escape(&std::mem::take(&mut self.held), out),
        }
    }
}

/// What is to become of bytes.
enum Look {
    /// They are text, or a colour.
    Passes,
    /// More must come before that can be said.
    Goes,
    /// They are neither.
    Steers,
}

fn look(bytes: &[u8]) -> Look {
    match *bytes {
        [b'\n' | b'\t' | b'\r' | 0x08 | 0x20..=0x7e] => Look::Passes,
        [0x1b] | [0x1b, b'['] => Look::Goes,
        // ECMA-48: parameters, then one final byte. Colours and weight (SGR), and erasing what
        // follows in the line (EL); with other parameters the same finals do other things.
        [0x1b, b'[', ref middle @ .., last] => {
            let plain = middle.iter().all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':'));
            match last {
                b'm' | b'K' if plain => Look::Passes,
                b'0'..=b'9' | b';' | b':' if plain && bytes.len() < LONGEST => Look::Goes,
                _ => Look::Steers,
            }
        }
        [0xc2..=0xf4, ..] => match std::str::from_utf8(bytes) {
            // U+0080 to U+009F are controls.
            Ok(text) if text.chars().any(char::is_control) => Look::Steers,
            Ok(_) => Look::Passes,
            Err(error) if error.error_len().is_none() => Look::Goes,
            Err(_) => Look::Steers,
        },
        _ => Look::Steers,
    }
}

/// Controls as `\x1b`, the rest as it is.
fn escape(bytes: &[u8], out: &mut Vec<u8>) {
    for &byte in bytes {
        match byte {
            b'\n' | 0x20..=0x7e => out.push(byte),
            _ => out.extend(format!("\\x{byte:02x}").bytes()),
        }
    }
}

impl<W: Write> Write for Controls<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let out = self.filtered(bytes);
        self.to.write_all(&out)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(pieces: &[&[u8]]) -> String {
        let mut controls = Controls::new(Vec::new());
        pieces.iter().for_each(|piece| controls.write_all(piece).unwrap());
        String::from_utf8_lossy(&controls.to).into_owned()
    }

    #[test]
    fn text_and_colours_pass() {
        for text in ["plain\n", "\x1b[1;31mred\x1b[0m", "Grüße, 日本\t\r\n", "\x1b[K", "\u{a9}"]
        {
            assert_eq!(shown(&[text.as_bytes()]), text);
            let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            assert_eq!(shown(&bytes), text);
        }
    }

    #[test]
    fn what_steers_a_terminal_is_shown() {
        let check = |text: &str, expect: &str| assert_eq!(shown(&[text.as_bytes()]), expect);
        check("\x1b]52;c;aGk=\x07", "\\x1b]52;c;aGk=\\x07");
        check("\x1b[2Jx", "\\x1b[2Jx");
        check("\x1bPq", "\\x1bPq");
        check("\u{9b}2J", "\\xc2\\x9b2J");
        check("\x1b[6n\x00\x0e", "\\x1b[6n\\x00\\x0e");
        check("\x1b\x1b[31m", "\\x1b\x1b[31m");
        check("\x1b[?4m", "\\x1b[?4m");
        check("\x1b[>4;2m", "\\x1b[>4;2m");
        assert_eq!(shown(&[b"\x9b2J\xff\xc3x\xe6\x97"]), "\\x9b2J\\xff\\xc3x");
    }

    proptest! {
        #[test]
        fn no_control_but_colours_reaches_the_terminal(bytes: Vec<u8>, cut in 0usize..64) {
            let cut = cut.min(bytes.len());
            let mut controls = Controls::new(Vec::new());
            controls.write_all(&bytes[..cut]).unwrap();
            controls.write_all(&bytes[cut..]).unwrap();
            let out = controls.to;
            let text = std::str::from_utf8(&out);
            prop_assert!(text.is_ok());
            let mut rest = text.unwrap_or_default();
            while let Some(one) = rest.chars().next() {
                rest = &rest[one.len_utf8()..];
                if one == '\x1b' {
                    let end = rest.find(['m', 'K']);
                    prop_assert!(rest.starts_with('[') && end.is_some());
                    let (parameters, after) = rest.split_at(end.unwrap_or(0));
                    prop_assert!(parameters[1..].chars().all(|c| matches!(c, '0'..='9' | ';' | ':')));
                    rest = &after[1..];
                } else {
                    let plain = matches!(one, '\n' | '\t' | '\r' | '\x08');
                    prop_assert!(plain || !one.is_control(), "{:?}", one);
                }
            }
        }
    }
}
