//! Host patterns.

use std::fmt;

/// Hosts, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HostPattern {
    /// This host alone.
    Exact(String),
    /// `*.d`: hosts with exactly one label before `d`.
    Child(String),
    /// `**.d`: hosts with one or more labels before `d`.
    Below(String),
}

impl HostPattern {
    /// Whether a host, already in lower case and without a trailing point, is one of these.
    pub fn matches(&self, host: &str) -> bool {
        match self {
            HostPattern::Exact(name) => host == name,
            HostPattern::Child(name) => before(host, name).is_some_and(|part| !part.contains('.')),
            HostPattern::Below(name) => before(host, name).is_some(),
        }
    }

    /// Whether every host of `other` is one of these.
    pub fn covers(&self, other: &HostPattern) -> bool {
        match (self, other) {
            (_, HostPattern::Exact(host)) => self.matches(host),
            (HostPattern::Exact(_), _) => false,
            (HostPattern::Child(mine), HostPattern::Child(theirs)) => mine == theirs,
            (HostPattern::Child(_), HostPattern::Below(_)) => false,
            (HostPattern::Below(mine), HostPattern::Child(theirs) | HostPattern::Below(theirs)) => {
                mine == theirs || before(theirs, mine).is_some()
            }
        }
    }

    /// Whether some host is one of both.
    pub fn meets(&self, other: &HostPattern) -> bool {
        match (self, other) {
            (HostPattern::Exact(host), pattern) | (pattern, HostPattern::Exact(host)) => {
                pattern.matches(host)
            }
            (HostPattern::Child(mine), HostPattern::Child(theirs)) => mine == theirs,
            // What is right below `child` is also below whatever `child` is below.
            (HostPattern::Child(child), HostPattern::Below(all))
            | (HostPattern::Below(all), HostPattern::Child(child)) => {
                child == all || before(child, all).is_some()
            }
            (HostPattern::Below(mine), HostPattern::Below(theirs)) => {
                mine == theirs || before(mine, theirs).is_some() || before(theirs, mine).is_some()
            }
        }
    }
}

/// The labels of `host` before `name`, if there are any.
fn before<'h>(host: &'h str, name: &str) -> Option<&'h str> {
    let labels = host.strip_suffix(name)?.strip_suffix('.')?;
    (!labels.is_empty()).then_some(labels)
}

impl fmt::Display for HostPattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HostPattern::Exact(name) => out.write_str(name),
            HostPattern::Child(name) => write!(out, "*.{name}"),
            HostPattern::Below(name) => write!(out, "**.{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matching() {
        let child = HostPattern::Child("example.com".into());
        let below = HostPattern::Below("example.com".into());
        for (host, one, more) in [
            ("a.example.com", true, true),
            ("b.a.example.com", false, true),
            ("example.com", false, false),
            (".example.com", false, false),
            ("xexample.com", false, false),
            ("a.example.com.evil.org", false, false),
        ] {
            assert_eq!(child.matches(host), one, "{host}");
            assert_eq!(below.matches(host), more, "{host}");
        }
    }
}
