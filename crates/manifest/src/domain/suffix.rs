//! Names below which strangers can have names.

/// Names above public suffixes, each with one that is below it: a pattern for what is below them
/// covers what strangers have. The list of public suffixes cannot be asked what is above one, so
/// these are the ones most seen.
const ABOVE: [(&str, &str); 7] = [
    ("amazonaws.com", "s3.amazonaws.com"),
    ("amazonaws.com.cn", "execute-api.cn-north-1.amazonaws.com.cn"),
    ("amazoncognito.com", "auth.us-east-1.amazoncognito.com"),
    ("core.windows.net", "blob.core.windows.net"),
    ("fastly.net", "global.ssl.fastly.net"),
    ("on.aws", "lambda-url.us-east-1.on.aws"),
    ("windows.net", "blob.core.windows.net"),
];

/// Whether strangers can have names below this one: it is a public suffix (`co.uk`, `github.io`),
/// all that is right below it are, or it is above one.
pub(super) fn is_shared(name: &str) -> bool {
    is_public(name)
        || is_public(&format!("aether-probe.{name}"))
        || ABOVE.iter().any(|(above, _)| *above == name)
}

/// Whether the name as a whole is a public suffix, those of companies for their customers included.
/// A last label that no list knows is somebody's own network.
fn is_public(name: &str) -> bool {
    psl::suffix(name.as_bytes())
        .is_some_and(|suffix| suffix.is_known() && suffix.as_bytes() == name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_strangers_and_of_one_owner() {
        for (name, expect) in [
            ("co.uk", true),
            ("com.au", true),
            ("github.io", true),
            ("s3.amazonaws.com", true),
            ("amazonaws.com", true),
            ("kawasaki.jp", true),
            ("ck", true),
            ("xn--p1ai", true),
            ("example.com", false),
            ("example.co.uk", false),
            ("someone.github.io", false),
            ("city.kawasaki.jp", false),
            ("cdn.example.com", false),
            ("cluster.local", false),
            ("corp.internal", false),
        ] {
            assert_eq!(is_shared(name), expect, "{name}");
        }
    }

    #[test]
    fn what_is_above_a_public_suffix_is() {
        for (above, below) in ABOVE {
            assert!(below.ends_with(&format!(".{above}")), "{below} is not below {above}");
            assert!(is_public(below), "{below} is no public suffix");
        }
    }
}
