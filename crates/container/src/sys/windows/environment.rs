//! The block that a program finds its variables in.

use thiserror::Error;

/// Longest variable with its name, in UTF-16 units. `SetEnvironmentVariableW`.
const LONGEST: usize = 32_767;

const EQUALS: u16 = b'=' as u16;

/// Why a variable cannot be handed over.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum EnvironmentError {
    /// It has no name, or one that ends somewhere else.
    #[error("a variable's name is empty or holds `=` or a zero: {0:?}")]
    Name(String),
    /// A zero would end its value.
    #[error("the value of the variable {0:?} holds a zero")]
    Value(String),
    /// Two have one name: case does not tell them apart.
    #[error("two variables are called {0:?}: Windows takes upper and lower case as the same")]
    Twice(String),
    /// It is longer than the system takes.
    #[error("the variable {0:?} is longer than {LONGEST} characters")]
    TooLong(String),
}

/// The block of these variables: sorted by name without regard to case, as `CreateProcessW` wants it,
/// each with a zero at its end, and one more at the end of all.
///
/// # Errors
/// [`EnvironmentError`]: none is dropped and none guessed.
pub(crate) fn block(variables: &[(Vec<u16>, Vec<u16>)]) -> Result<Vec<u16>, EnvironmentError> {
    let shown = |name: &[u16]| String::from_utf16_lossy(name);
    let mut sorted = Vec::with_capacity(variables.len());
    for (name, value) in variables {
        if name.is_empty() || name.contains(&EQUALS) || name.contains(&0) {
            return Err(EnvironmentError::Name(shown(name)));
        }
        if value.contains(&0) {
            return Err(EnvironmentError::Value(shown(name)));
        }
        if name.len() + value.len() + 2 > LONGEST {
            return Err(EnvironmentError::TooLong(shown(name)));
        }
        sorted.push((upper(name), name, value));
    }
    sorted.sort();
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(EnvironmentError::Twice(shown(pair[1].1)));
    }
    let mut block = Vec::new();
    for (_, name, value) in sorted {
        block.extend_from_slice(name);
        block.push(EQUALS);
        block.extend_from_slice(value);
        block.push(0);
    }
    // An empty block, too, ends with two.
    if block.is_empty() {
        block.push(0);
    }
    block.push(0);
    Ok(block)
}

/// In upper case, unit by unit: what has no single unit in upper case stays as it is.
fn upper(name: &[u16]) -> Vec<u16> {
    let one = |unit: &u16| {
        let mut upper = char::from_u32((*unit).into())?.to_uppercase();
        let first = upper.next().filter(|_| upper.len() == 0)?;
        u16::try_from(u32::from(first)).ok()
    };
    name.iter().map(|unit| one(unit).unwrap_or(*unit)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wide(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    fn made(variables: &[(&str, &str)]) -> Result<String, EnvironmentError> {
        let all: Vec<_> = variables.iter().map(|(name, value)| (wide(name), wide(value))).collect();
        block(&all).map(|block| String::from_utf16(&block).expect("text"))
    }

    #[test]
    fn they_are_sorted_and_end_with_two_zeros() {
        let all = made(&[("b", "2"), ("A", "1"), ("ä", ""), ("c", "x=y")]);
        assert_eq!(all.as_deref(), Ok("A=1\0b=2\0c=x=y\0ä=\0\0"));
        assert_eq!(made(&[]).as_deref(), Ok("\0\0"));
    }

    #[test]
    fn what_would_be_read_as_something_else_is_refused() {
        for name in ["", "=C:", "a=b", "a\0b"] {
            assert_eq!(made(&[(name, "x")]), Err(EnvironmentError::Name(name.to_owned())));
        }
        assert_eq!(made(&[("a", "x\0B=2")]), Err(EnvironmentError::Value("a".to_owned())));
        assert_eq!(
            made(&[("Path", "1"), ("PATH", "2")]),
            Err(EnvironmentError::Twice("Path".to_owned()))
        );
        let long = "x".repeat(LONGEST);
        assert_eq!(made(&[("a", &long)]), Err(EnvironmentError::TooLong("a".to_owned())));
    }

    proptest! {
        #[test]
        fn what_is_in_the_block_is_what_was_given(
            all in prop::collection::btree_map("[a-z]{1,6}", "[^\0]{0,8}", 0..8),
        ) {
            let pairs: Vec<_> = all.iter().map(|(name, value)| (wide(name), wide(value))).collect();
            let block = block(&pairs).unwrap();
            let text = String::from_utf16(&block).unwrap();
            let body = text.strip_suffix('\0').unwrap();
            let read: Vec<_> = body
                .split_terminator('\0')
                .filter(|line| !line.is_empty())
                .map(|line| line.split_once('=').unwrap())
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            let given: Vec<_> = all.into_iter().collect();
            prop_assert_eq!(read, given);
        }
    }
}
