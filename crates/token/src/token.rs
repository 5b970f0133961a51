//! The form in which a plugin holds a token.

use std::fmt;

use zeroize::Zeroizing;

use crate::caveat::{Caveat, NotACaveat};
use crate::chain::{TAG_BYTES, Tag};
use crate::id::{Fingerprint, ID_BYTES, TokenId};
use crate::limits::{MAX_CAVEATS, MAX_NAME, MAX_TOKEN};

/// What every token begins with: its kind and version.
const PREFIX: &str = "aec1.";

/// A token as it is presented: `aec1.<id>.<caveats>.<tag>`.
///
/// The id is 32 hexadecimal digits, the tag 64, the caveats are `name=value` with commas between
/// them, or nothing. There is one spelling of each token and any other is refused.
///
/// Made by [`Vault::issue`](crate::Vault::issue), by [`Token::narrow`] from another one, or read from
/// text, which proves nothing until [`Vault::redeem`](crate::Vault::redeem) says so. Whoever has the
/// text has the right: it is shown by [`Token::expose`] alone and wiped when dropped.
#[derive(Clone)]
pub struct Token {
    id: TokenId,
    caveats: Vec<Caveat>,
    tag: Tag,
}

/// Why a text is not a token. Holds nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// Longer than [`MAX_TOKEN`].
    #[error("longer than {MAX_TOKEN} bytes")]
    TooLong,
    /// Not of the form of a token at all.
    #[error("not of the form `aec1.<id>.<caveats>.<tag>`")]
    Form,
    /// More caveats than [`MAX_CAVEATS`].
    #[error("more than {MAX_CAVEATS} caveats")]
    TooManyCaveats,
    /// A caveat that does not exist. Whoever wrote it meant to allow less, so it is not skipped.
    #[error("it has a caveat that does not exist here")]
    UnknownCaveat,
    /// A caveat whose value is none, or is not in its canonical spelling.
    #[error(
        "a caveat has a value that is not in its canonical form, or has names beyond {MAX_NAME} bytes"
    )]
    CaveatValue,
}

impl From<NotACaveat> for Malformed {
    fn from(error: NotACaveat) -> Self {
        match error {
            NotACaveat::Unknown => Malformed::UnknownCaveat,
            NotACaveat::Value => Malformed::CaveatValue,
        }
    }
}

impl Token {
    pub(crate) fn new(id: TokenId, tag: Tag) -> Self {
        Token { id, caveats: Vec::new(), tag }
    }

    /// Reads a token. Length and number of caveats are checked before any of it is looked at.
    ///
    /// # Errors
    /// [`Malformed`], which says nothing about whether a token like this exists.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if text.len() > MAX_TOKEN {
            return Err(Malformed::TooLong);
        }
        let parts = split(text).ok_or(Malformed::Form)?;
        let (Some(id), Some(tag)) = (TokenId::parse(parts.id), Tag::parse(parts.tag)) else {
            return Err(Malformed::Form);
        };
        if parts.caveats.is_empty() {
            return Ok(Token::new(id, tag));
        }
        if parts.caveats.split(',').count() > MAX_CAVEATS {
            return Err(Malformed::TooManyCaveats);
        }
        let caveats = parts.caveats.split(',').map(Caveat::parse).collect::<Result<_, _>>()?;
        Ok(Token { id, caveats, tag })
    }

    /// The text, for whom the token is meant and nobody else.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        // Of its whole length from the beginning: growing would leave parts of it behind.
        let mut text = String::with_capacity(MAX_TOKEN);
        text.push_str(PREFIX);
        text.push_str(&self.id.hex());
        text.push('.');
        for (index, caveat) in self.caveats.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            caveat.write(&mut text);
        }
        text.push('.');
        text.push_str(&self.tag.hex());
        Zeroizing::new(text)
    }

    /// The same token with one more condition. Needs no key and asks nobody.
    ///
    /// # Errors
    /// [`Malformed::TooManyCaveats`] or [`Malformed::TooLong`] when the result could not be read.
    pub fn narrow(&self, caveat: Caveat) -> Result<Token, Malformed> {
        if self.caveats.len() >= MAX_CAVEATS {
            return Err(Malformed::TooManyCaveats);
        }
        let mut spelling = String::new();
        caveat.write(&mut spelling);
        let longer = 1 + spelling.len();
        if self.expose().len() + longer > MAX_TOKEN {
            return Err(Malformed::TooLong);
        }
        let mut caveats = self.caveats.clone();
        caveats.push(caveat);
        Ok(Token { id: self.id, caveats, tag: self.tag.next(&spelling) })
    }

    /// By which a vault knows it. All narrowed forms of a token have the same.
    #[must_use]
    pub const fn id(&self) -> TokenId {
        self.id
    }

    /// What may be shown of it.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.id.fingerprint()
    }

    /// Its conditions, in the order in which they were added.
    #[must_use]
    pub fn caveats(&self) -> &[Caveat] {
        &self.caveats
    }

    pub(crate) const fn tag(&self) -> &Tag {
        &self.tag
    }
}

/// The fingerprint and the names of the caveats; never the token, and not what a holder wrote into a
/// caveat, which may be one.
impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Token({}", self.fingerprint())?;
        self.caveats.iter().try_for_each(|caveat| write!(out, ", {}", caveat.name()))?;
        out.write_str(")")
    }
}

struct Parts<'a> {
    id: &'a str,
    caveats: &'a str,
    tag: &'a str,
}

/// Id and tag have fixed lengths, so that points within caveats separate nothing.
fn split(text: &str) -> Option<Parts<'_>> {
    let (id, rest) = text.strip_prefix(PREFIX)?.split_at_checked(2 * ID_BYTES)?;
    let (rest, tag) = rest.split_at_checked(rest.len().checked_sub(2 * TAG_BYTES)?)?;
    let caveats = match rest {
        ".." => "",
        // One point alone would be both ends of it.
        _ => rest.strip_prefix('.')?.strip_suffix('.').filter(|inner| !inner.is_empty())?,
    };
    Some(Parts { id, caveats, tag })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(caveats: &str) -> String {
        format!("aec1.{}.{caveats}.{}", "0f".repeat(16), "a5".repeat(32))
    }

    #[track_caller]
    fn check(text: &str, expect: Result<usize, Malformed>) {
        let got = Token::parse(text);
        assert_eq!(got.as_ref().map(|token| token.caveats().len()), expect.as_ref().map(|n| *n));
        if let Ok(token) = got {
            assert_eq!(token.expose().as_str(), text);
        }
    }

    #[test]
    fn the_form() {
        check(&text(""), Ok(0));
        check(&text("uses=1"), Ok(1));
        check(&text("path-prefix=/a.b/...c,host=a.b.example"), Ok(2));
        for bad in [
            String::new(),
            "aec1.".into(),
            "aec1...".into(),
            text("").replace("aec1", "aec2"),
            text("").replace("aec1", "AEC1"),
            text("").replace("0f0f", "0F0f"),
            text("").replace("a5a5", "a5"),
            text("").replace("0f0f", "0f0f0"),
            text("").replace("..", "."),
            format!(" {}", text("")),
            format!("{}\n", text("")),
            format!("{}0", text("")),
            format!("aec1.{}é.{}", "0f".repeat(15), "a5".repeat(33)),
        ] {
            check(&bad, Err(Malformed::Form));
        }
        check(&text("uses=1,"), Err(Malformed::UnknownCaveat));
        check(&text(","), Err(Malformed::UnknownCaveat));
        check(&text("."), Err(Malformed::UnknownCaveat));
        check(&text("uses=1;uses=1"), Err(Malformed::CaveatValue));
        check(&text("admin=1"), Err(Malformed::UnknownCaveat));
        check(&text("uses=01"), Err(Malformed::CaveatValue));
    }

    #[test]
    fn caps_come_before_parsing() {
        let many = |count: usize| vec!["uses=1"; count].join(",");
        check(&text(&many(MAX_CAVEATS)), Ok(MAX_CAVEATS));
        check(&text(&many(MAX_CAVEATS + 1)), Err(Malformed::TooManyCaveats));
        check(&text(&"x,".repeat(100)), Err(Malformed::TooManyCaveats));
        check(&text(&"x".repeat(MAX_TOKEN)), Err(Malformed::TooLong));
    }

    #[test]
    fn narrowing_keeps_to_the_caps() {
        let mut token = Token::parse(&text("")).unwrap();
        for count in 1..=MAX_CAVEATS {
            token = token.narrow(Caveat::Uses(1)).unwrap();
            assert_eq!(Token::parse(&token.expose()).unwrap().caveats().len(), count);
        }
        assert_eq!(token.narrow(Caveat::Uses(1)).unwrap_err(), Malformed::TooManyCaveats);
        let path = aether_path::VirtualPath::parse(&format!("/{}", ["é"; 120].join("/"))).unwrap();
        let token = Token::parse(&text("")).unwrap();
        let mut token = token.narrow(Caveat::PathPrefix(path.clone())).unwrap();
        let error = loop {
            match token.narrow(Caveat::PathPrefix(path.clone())) {
                Ok(narrower) => token = narrower,
                Err(error) => break error,
            }
        };
        assert_eq!(error, Malformed::TooLong);
        assert!(token.expose().len() <= MAX_TOKEN);
    }

    #[test]
    fn what_is_shown_is_no_token() {
        let token = Token::parse(&text(&format!("plugin={}", "0f".repeat(16)))).unwrap();
        let shown = format!("{token:?} {:?} {}", token.id(), token.fingerprint());
        assert!(!shown.contains("0f0f") && !shown.contains("a5a5"), "{shown}");
        assert_eq!(token.fingerprint().to_string().len(), 8);
    }
}
