//! Words as numbers.

use std::collections::HashMap;

use super::limits::{MOST_SYMBOLS, SYMBOL};
use crate::text;

/// Words and their numbers, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Symbols {
    words: Vec<String>,
    numbers: HashMap<String, u32>,
}

/// What stands for every word that is not known.
pub(super) const UNKNOWN: u32 = u32::MAX;

impl Symbols {
    /// The number of a word, which is new if need be. Beyond [`MOST_SYMBOLS`] all new words share
    /// one number.
    pub fn learn(&mut self, word: &str) -> u32 {
        let word = text::short(word, SYMBOL);
        if let Some(number) = self.numbers.get(&word) {
            return *number;
        }
        let Ok(number) = u32::try_from(self.words.len()) else { return UNKNOWN };
        if self.words.len() >= MOST_SYMBOLS {
            return UNKNOWN;
        }
        self.words.push(word.clone());
        self.numbers.insert(word, number);
        number
    }

    /// The number of a word. All unknown ones share one.
    #[must_use]
    pub fn number(&self, word: &str) -> u32 {
        self.numbers.get(&text::short(word, SYMBOL)).copied().unwrap_or(UNKNOWN)
    }

    /// The word of a number.
    #[must_use]
    pub fn word(&self, number: u32) -> &str {
        let place = usize::try_from(number).ok();
        place.and_then(|place| self.words.get(place)).map_or("(new)", String::as_str)
    }

    /// All words.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_one_number_and_too_many_share_one() {
        let mut symbols = Symbols::default();
        assert_eq!(
            (symbols.learn("open"), symbols.learn("read"), symbols.learn("open")),
            (0, 1, 0)
        );
        assert_eq!(
            (symbols.number("write"), symbols.word(1), symbols.word(9)),
            (UNKNOWN, "read", "(new)")
        );
        for number in 0..10_000 {
            symbols.learn(&number.to_string());
        }
        assert_eq!(symbols.words().len(), MOST_SYMBOLS);
        assert_eq!(symbols.learn("more"), UNKNOWN);
    }
}
