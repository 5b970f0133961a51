//! One line out of many arguments: Windows hands a program a line, and the program takes it apart.
//!
//! The rules are those of `CommandLineToArgvW` and of the Microsoft C runtime since 2008: blanks part
//! arguments, quotes keep blanks, and backslashes count only before a quote. What the zeroth argument
//! may hold is less: there a backslash is always itself.

use thiserror::Error;

/// Longest line, in UTF-16 units with the zero at its end. `CreateProcessW`.
const LONGEST: usize = 32_767;

const QUOTE: u16 = b'"' as u16;
const BACKSLASH: u16 = b'\\' as u16;

/// Why a program cannot be started with these arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum CommandLineError {
    /// A zero would end the line.
    #[error("an argument holds a zero")]
    Zero,
    /// The zeroth argument cannot hold a quote, whatever stands before it.
    #[error("the program's name holds a quote")]
    QuoteInName,
    /// The line would be longer than the system takes.
    #[error("the arguments together are longer than {} characters", LONGEST - 1)]
    TooLong,
    /// It is run by the command interpreter, which takes its line apart by rules of its own, and in
    /// which no quoting is safe.
    #[error("a batch file cannot be started safely: name the program that it is to run")]
    Batch,
}

/// The line for a program, with the zero at its end.
///
/// `program` is the file that is started and `arguments` are what it finds, the zeroth among them.
///
/// # Errors
/// [`CommandLineError`]: nothing is cut and nothing guessed.
pub(crate) fn command_line(
    program: &[u16],
    arguments: &[Vec<u16>],
) -> Result<Vec<u16>, CommandLineError> {
    if is_batch(program) {
        return Err(CommandLineError::Batch);
    }
    let mut line = Vec::new();
    for (index, argument) in arguments.iter().enumerate() {
        if argument.contains(&0) {
            return Err(CommandLineError::Zero);
        }
        match index {
            0 => put_name(&mut line, argument)?,
            _ => {
                line.push(b' '.into());
                put(&mut line, argument);
            }
        }
    }
    line.push(0);
    if line.len() > LONGEST { Err(CommandLineError::TooLong) } else { Ok(line) }
}

/// Whether the system would start the command interpreter for it. Blanks and dots at the end of a name
/// are not part of it.
fn is_batch(program: &[u16]) -> bool {
    let end = program.iter().rposition(|unit| !matches!(*unit, 0x20 | 0x2e)).map_or(0, |at| at + 1);
    let Some(last) = end.checked_sub(4).and_then(|from| program.get(from..end)) else {
        return false;
    };
    let is = |word: &str| {
        last.iter().zip(word.encode_utf16()).all(|(unit, wanted)| lower(*unit) == wanted)
    };
    is(".bat") || is(".cmd")
}

fn lower(unit: u16) -> u16 {
    match u8::try_from(unit) {
        Ok(byte) => byte.to_ascii_lowercase().into(),
        Err(_) => unit,
    }
}

/// The zeroth argument: always in quotes, so that a blank in it does not end it.
fn put_name(line: &mut Vec<u16>, name: &[u16]) -> Result<(), CommandLineError> {
    if name.contains(&QUOTE) {
        return Err(CommandLineError::QuoteInName);
    }
    line.push(QUOTE);
    line.extend_from_slice(name);
    line.push(QUOTE);
    Ok(())
}

fn put(line: &mut Vec<u16>, argument: &[u16]) {
    let parts = |unit: &u16| matches!(*unit, 0x20 | 0x09..=0x0d | QUOTE);
    if !argument.is_empty() && !argument.iter().any(parts) {
        line.extend_from_slice(argument);
        return;
    }
    line.push(QUOTE);
    let mut backslashes = 0;
    for &unit in argument {
        match unit {
            BACKSLASH => backslashes += 1,
            QUOTE => {
                // Each of those before it is doubled, and it has one of its own.
                line.extend(std::iter::repeat_n(BACKSLASH, backslashes + 1));
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
        line.push(unit);
    }
    line.extend(std::iter::repeat_n(BACKSLASH, backslashes));
    line.push(QUOTE);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wide(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    fn line(arguments: &[&str]) -> Result<String, CommandLineError> {
        let arguments: Vec<Vec<u16>> = arguments.iter().map(|text| wide(text)).collect();
        let line = command_line(&wide("p.exe"), &arguments)?;
        let (zero, text) = line.split_last().expect("a zero");
        assert_eq!(*zero, 0);
        Ok(String::from_utf16(text).expect("text"))
    }

    /// Takes a line apart by the rules, without regard to how it was made.
    fn parsed(line: &[u16]) -> Vec<Vec<u16>> {
        let mut rest = line.strip_suffix(&[0]).expect("a zero").iter().copied().peekable();
        let mut all = vec![Vec::new()];
        let mut quoted = false;
        // The zeroth: a quote turns, a blank outside ends, a backslash is itself.
        for unit in rest.by_ref() {
            match unit {
                QUOTE => quoted = !quoted,
                0x20 | 0x09 if !quoted => break,
                unit => all[0].push(unit),
            }
        }
        loop {
            while rest.next_if(|unit| matches!(*unit, 0x20 | 0x09)).is_some() {}
            if rest.peek().is_none() {
                return all;
            }
            let (mut one, mut quoted) = (Vec::new(), false);
            loop {
                let mut backslashes = 0;
                while rest.next_if_eq(&BACKSLASH).is_some() {
                    backslashes += 1;
                }
                if rest.next_if_eq(&QUOTE).is_some() {
                    one.extend(std::iter::repeat_n(BACKSLASH, backslashes / 2));
                    // One that is escaped, or doubled within quotes, is itself.
                    let is_itself =
                        backslashes % 2 == 1 || quoted && rest.next_if_eq(&QUOTE).is_some();
                    match is_itself {
                        true => one.push(QUOTE),
                        false => quoted = !quoted,
                    }
                    continue;
                }
                one.extend(std::iter::repeat_n(BACKSLASH, backslashes));
                match rest.peek() {
                    None => break,
                    Some(0x20 | 0x09) if !quoted => break,
                    Some(_) => one.extend(rest.next()),
                }
            }
            all.push(one);
        }
    }

    #[test]
    fn what_needs_quotes_has_them_and_nothing_else() {
        let check = |argument: &str, expect: &str| {
            assert_eq!(line(&["p", argument]).as_deref(), Ok(&*format!("\"p\" {expect}")));
        };
        check("plain", "plain");
        check("", "\"\"");
        check("two words", "\"two words\"");
        check(r"C:\a\b", r"C:\a\b");
        check(r"C:\a b\", r#""C:\a b\\""#);
        check(r#"a"b"#, r#""a\"b""#);
        check(r#"a\"b"#, r#""a\\\"b""#);
        check(r#"" & calc "#, r#""\" & calc ""#);
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        assert_eq!(line(&["p", "a\0b"]), Err(CommandLineError::Zero));
        assert_eq!(line(&["p\"q"]), Err(CommandLineError::QuoteInName));
        assert_eq!(line(&["p", &"x".repeat(LONGEST)]), Err(CommandLineError::TooLong));
        assert!(line(&["p", &"x".repeat(LONGEST - 6)]).is_ok());
        for name in ["x.bat", "X.CMD", "x.BaT. .", "x.cmd ", ".bat"] {
            let started = command_line(&wide(name), &[wide("x")]);
            assert_eq!(started, Err(CommandLineError::Batch), "{name}");
        }
        for name in ["x.exe", "bat", "x.bat.exe", "", "x.bau"] {
            assert!(command_line(&wide(name), &[wide("x")]).is_ok(), "{name}");
        }
    }

    #[cfg(windows)]
    fn by_the_system(line: &[u16]) -> Vec<Vec<u16>> {
        super::super::calls::arguments_of(line)
    }

    /// Texts with what the rules are about in them often.
    fn argument() -> impl Strategy<Value = Vec<u16>> {
        let unit = prop_oneof![
            4 => Just(BACKSLASH),
            3 => Just(QUOTE),
            2 => Just(0x20u16),
            1 => Just(0x09u16),
            3 => any::<u16>().prop_filter("no zero", |unit| *unit != 0),
        ];
        prop::collection::vec(unit, 0..12)
    }

    proptest! {
        #[test]
        fn what_is_put_together_is_taken_apart_as_it_was(
            name in argument().prop_map(|name| {
                name.into_iter().filter(|unit| *unit != QUOTE).collect::<Vec<_>>()
            }),
            rest in prop::collection::vec(argument(), 0..5),
        ) {
            let all: Vec<Vec<u16>> = std::iter::once(name).chain(rest).collect();
            let line = command_line(&wide("p.exe"), &all).unwrap();
            prop_assert_eq!(&parsed(&line), &all);
            #[cfg(windows)]
            prop_assert_eq!(&by_the_system(&line), &all);
        }
    }
}
