//! JSON on its way out.

use aether::source::printable;
use serde_json::Value;

/// The value in which every character is seen as what it is: what acts on a terminal or hides text is
/// written as an escape, which JSON reads as the same text. Such characters stand in strings only.
pub(crate) fn text(value: &Value) -> String {
    inert(&value.to_string())
}

/// The same for JSON that is written already.
pub(crate) fn inert(json: &str) -> String {
    let is_plain = |letter: char| matches!(letter, ' '..='~' | '\n');
    if json.chars().all(is_plain) {
        return json.to_owned();
    }
    let mut inert = String::with_capacity(json.len() + 16);
    for letter in json.chars() {
        let mut bytes = [0; 4];
        let alone: &str = letter.encode_utf8(&mut bytes);
        if is_plain(letter) || printable(alone) == alone {
            inert.push(letter);
        } else {
            let mut units = [0; 2];
            let units = letter.encode_utf16(&mut units);
            inert.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    inert
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn inert_json_means_the_same(words in proptest::collection::vec(any::<String>(), 0..8)) {
            let value = json!({ "words": words, "\u{202e}\u{7f}": "\u{1b}[2J\u{e0001}" });
            let text = text(&value);
            let shown = printable(&text);
            prop_assert_eq!(shown.as_ref(), text.as_str());
            prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }
}
