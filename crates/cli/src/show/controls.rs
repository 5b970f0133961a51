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
            if self.held.is_empty() {
                match byte {
                    0x1b => self.held.push(byte),
                    b'\n' | b'\t' | b'\r' | 0x08 | 0x20..=0x7e => out.push(byte),
                    // UTF-8: the controls that it has, U+0080 to U+009F, are 0xc2 and one of these.
                    0xc2 => self.held.push(byte),
                    0x80..=0xff => out.push(byte),
                    _ => escape(&[byte], &mut out),
                }
                continue;
            }
            self.held.push(byte);
            match *self.held {
                [0xc2, 0x80..=0x9f] | [0x1b, _] if byte != b'[' => self.give_up(&mut out),
                [0xc2, 0xa0..=0xbf] => out.append(&mut self.held),
                // ECMA-48: parameters, then one final byte.
                [0x1b, b'[', .., last] if (0x40..=0x7e).contains(&last) && self.held.len() > 2 => {
                    // Colours and weight (SGR), and erasing what follows in the line (EL).
                    if matches!(last, b'm' | b'K') {
                        out.append(&mut self.held);
                    } else {
                        self.give_up(&mut out);
                    }
                }
                [0x1b, b'[', ..] if (0x20..=0x3f).contains(&byte) || self.held.len() == 2 => {
                    if self.held.len() > LONGEST {
                        self.give_up(&mut out);
                    }
                }
                _ => self.give_up(&mut out),
            }
        }
        out
    }

    fn give_up(&mut self, out: &mut Vec<u8>) {
        escape(&std::mem::take(&mut self.held), out);
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
        check("\x1b\x1b[31m", "\\x1b\\x1b[31m");
    }

    proptest! {
        #[test]
        fn no_control_but_colours_reaches_the_terminal(bytes: Vec<u8>, cut in 0usize..64) {
            let cut = cut.min(bytes.len());
            let mut controls = Controls::new(Vec::new());
            controls.write_all(&bytes[..cut]).unwrap();
            controls.write_all(&bytes[cut..]).unwrap();
            let out = controls.to;
            for (at, byte) in out.iter().enumerate() {
                match byte {
                    0x1b => {
                        prop_assert_eq!(out.get(at + 1), Some(&b'['));
                        let end = out[at + 2..].iter().find(|byte| (0x40..=0x7e).contains(*byte));
                        prop_assert!(matches!(end, Some(b'm' | b'K')));
                    }
                    b'\n' | b'\t' | b'\r' | 0x08 | 0x20..=0x7e | 0x80..=0xff => {}
                    other => prop_assert!(false, "{other:#x}"),
                }
            }
        }
    }
}
