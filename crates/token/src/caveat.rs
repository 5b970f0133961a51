//! Caveats: what a holder adds to a token so that it allows less.

use std::fmt::{self, Write as _};

use aether_path::VirtualPath;

use crate::encode::{percent, unpercent};
use crate::{HostName, Moment, Name};

/// One condition. All of a token's must hold, each for itself, so that no order and no repetition
/// of them allows more than fewer would.
///
/// A condition about something that the request does not have (a `host` for a written file) does
/// not hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Caveat {
    /// `method`: only by this method of the gateway.
    Method(Name),
    /// `path-prefix`: only this place of the virtual tree and what is below it.
    PathPrefix(VirtualPath),
    /// `host`: only this host.
    Host(HostName),
    /// `max-bytes`: only so much at a time.
    MaxBytes(u64),
    /// `before`: only before this moment.
    Before(Moment),
    /// `uses`: so often at most, all forms that are narrowed further counted together.
    Uses(u32),
    /// `plugin`: only when this plugin presents it.
    Plugin(Name),
}

/// Why a text is not a caveat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotACaveat {
    /// A name that does not exist here. It was meant to allow less, so it cannot be skipped.
    Unknown,
    /// A known name with a value that is none, or in another spelling than the canonical one.
    Value,
}

impl Caveat {
    /// Its name in a token.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Caveat::Method(_) => "method",
            Caveat::PathPrefix(_) => "path-prefix",
            Caveat::Host(_) => "host",
            Caveat::MaxBytes(_) => "max-bytes",
            Caveat::Before(_) => "before",
            Caveat::Uses(_) => "uses",
            Caveat::Plugin(_) => "plugin",
        }
    }

    /// Appends its one spelling, `name=value`.
    pub(crate) fn write(&self, into: &mut String) {
        into.push_str(self.name());
        into.push('=');
        match self {
            Caveat::Method(name) | Caveat::Plugin(name) => percent(name.as_str(), into),
            Caveat::PathPrefix(path) => percent(path.as_str(), into),
            Caveat::Host(host) => percent(host.as_str(), into),
            Caveat::MaxBytes(number) | Caveat::Before(Moment(number)) => decimal(*number, into),
            Caveat::Uses(number) => decimal(u64::from(*number), into),
        }
    }

    /// Reads what [`Caveat::write`] writes.
    pub(crate) fn parse(text: &str) -> Result<Self, NotACaveat> {
        let (name, value) = text.split_once('=').ok_or(NotACaveat::Unknown)?;
        let word = || unpercent(value).and_then(|text| Name::parse(&text).ok());
        let known = match name {
            "method" => word().map(Caveat::Method),
            "path-prefix" => unpercent(value)
                .and_then(|text| VirtualPath::parse(&text).ok())
                .map(Caveat::PathPrefix),
            "host" => {
                unpercent(value).and_then(|text| HostName::parse(&text).ok()).map(Caveat::Host)
            }
            "max-bytes" => number(value).map(Caveat::MaxBytes),
            "before" => number(value).map(|millis| Caveat::Before(Moment(millis))),
            "uses" => number(value).and_then(|uses| u32::try_from(uses).ok()).map(Caveat::Uses),
            "plugin" => word().map(Caveat::Plugin),
            _ => return Err(NotACaveat::Unknown),
        };
        known.ok_or(NotACaveat::Value)
    }
}

impl fmt::Display for Caveat {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        out.write_str(&text)
    }
}

fn decimal(number: u64, into: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(into, "{number}");
}

/// A number without sign, blanks or leading zeros.
fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = digits && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Result<&str, NotACaveat>) {
        let got = Caveat::parse(text);
        assert_eq!(got.as_ref().map(Caveat::name).map_err(|error| *error), expect, "{text}");
        if let Ok(caveat) = got {
            assert_eq!(caveat.to_string(), text);
        }
    }

    #[test]
    fn the_closed_set() {
        check("method=fs.write", Ok("method"));
        check("path-prefix=/workspace/out", Ok("path-prefix"));
        check("path-prefix=/a%20b/%C3%A9%2C", Ok("path-prefix"));
        check("host=api.example.com", Ok("host"));
        check("host=%5B%3A%3A1%5D", Ok("host"));
        check("max-bytes=0", Ok("max-bytes"));
        check("max-bytes=18446744073709551615", Ok("max-bytes"));
        check("before=1234567890", Ok("before"));
        check("uses=4294967295", Ok("uses"));
        check("plugin=log-triage", Ok("plugin"));
    }

    #[test]
    fn everything_else_is_refused() {
        for unknown in ["", "x", "method", "Method=a", "methods=a", "=a", " method=a", "user=root"]
        {
            check(unknown, Err(NotACaveat::Unknown));
        }
        for value in [
            "method=",
            "method=a%20b",
            "method=a b",
            "path-prefix=",
            "path-prefix=a",
            "path-prefix=/a/",
            "path-prefix=/a/../b",
            "path-prefix=/%61",
            "path-prefix=/a%2Fb",
            "path-prefix=/a%00",
            "host=EXAMPLE.com",
            "host=example.com.",
            "max-bytes=",
            "max-bytes=-1",
            "max-bytes=+1",
            "max-bytes=01",
            "max-bytes=1e3",
            "max-bytes=18446744073709551616",
            "before=0x1",
            "uses=4294967296",
            "uses=1=2",
            "plugin=a=b",
        ] {
            check(value, Err(NotACaveat::Value));
        }
    }
}
