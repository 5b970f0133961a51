//! Words for people, and foreign words made short.
//!
//! Nothing is escaped here: that happens at the last step, where text becomes HTML, a log line or
//! what a terminal shows.

use std::time::Duration;

/// Most characters of one foreign word, such as a path or a host: a plugin chooses them, and must
/// neither fill the memory nor push the rest of a sentence out of sight.
pub(crate) const WORD: usize = 120;

/// The beginning of a foreign word.
pub(crate) fn word(text: &str) -> String {
    short(text, WORD)
}

/// The first `most` characters, with a sign where there were more.
pub(crate) fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// Bytes, as people say them.
pub(crate) fn bytes(count: f64) -> String {
    const KILO: f64 = 1024.0;
    match count {
        size if size >= KILO * KILO * KILO => format!("{:.1} GB", size / KILO / KILO / KILO),
        size if size >= KILO * KILO => format!("{:.0} MB", size / KILO / KILO),
        size if size >= KILO => format!("{:.0} KB", size / KILO),
        size => format!("{size:.0} bytes"),
    }
}

/// A time, as people say it.
pub(crate) fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        long if long >= 7200.0 => format!("{:.0} h", long / 3600.0),
        long if long >= 120.0 => format!("{:.0} min", long / 60.0),
        short if short >= 10.0 => format!("{short:.0} s"),
        short => format!("{short:.1} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_between_characters() {
        assert_eq!(short("ääää", 2), "ää…");
        assert_eq!(short("ää", 2), "ää");
        assert_eq!(word(&"x".repeat(1_000)).chars().count(), WORD + 1);
    }

    #[test]
    fn figures_read_well() {
        assert_eq!(bytes(256.0 * 1024.0 * 1024.0), "256 MB");
        assert_eq!(bytes(12.0), "12 bytes");
        assert_eq!(time(Duration::from_millis(4_200)), "4.2 s");
        assert_eq!(time(Duration::from_secs(300)), "5 min");
    }
}
