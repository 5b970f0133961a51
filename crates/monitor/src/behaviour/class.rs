//! The class of a call: its method, and coarsely what it is about.

use super::limits::SYMBOL;
use crate::text;

/// Most characters of a file's extension.
const EXTENSION: usize = 8;

/// A word for a call: the method, and the tier of the path or the site of the host. What differs
/// from run to run, such as the name of a file, is left out.
#[must_use]
pub fn class(method: &str, argument: &str) -> String {
    let method = text::short(method, 48);
    let about = match argument.trim() {
        "" => return method,
        path if path.starts_with('/') => of_path(path),
        address if address.contains("://") => {
            of_host(address.split("://").nth(1).unwrap_or_default())
        }
        host if is_host(host) => of_host(host),
        _ => "text".to_owned(),
    };
    text::short(&format!("{method} {about}"), SYMBOL - 1)
}

/// The first folder, and the extension.
fn of_path(path: &str) -> String {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let tier = parts.next().unwrap_or_default();
    let Some(file) = parts.next_back() else { return format!("/{}", text::short(tier, 32)) };
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    let known =
        extension.len() <= EXTENSION && extension.chars().all(|c| c.is_ascii_alphanumeric());
    let extension = if known && !extension.is_empty() { extension } else { "*" };
    format!("/{} {extension}", text::short(tier, 32))
}

/// The last two labels of a host, without its port; an address is just that.
fn of_host(host: &str) -> String {
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    if host.starts_with('[') {
        return "address".to_owned();
    }
    let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    if host.parse::<std::net::Ipv4Addr>().is_ok() {
        return "address".to_owned();
    }
    let labels: Vec<&str> = host.trim_end_matches('.').rsplitn(3, '.').take(2).collect();
    labels.into_iter().rev().collect::<Vec<_>>().join(".")
}

fn is_host(text: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    text.contains(['.', ':']) && text.chars().all(known)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_left_out() {
        let check =
            |method, argument, expected: &str| assert_eq!(class(method, argument), expected);
        check("read", "/project/src/lib.rs", "read /project rs");
        check("read", "/tmp/x8f3a", "read /tmp *");
        check("read", "/tmp", "read /tmp");
        check("egress", "https://api.Example.com:443/v1?q=1", "egress example.com");
        check("egress", "a.b.example.com", "egress example.com");
        check("egress", "10.0.0.1:80", "egress address");
        check("egress", "[::1]:80", "egress address");
        check("kv.get", "last visit", "kv.get text");
        check("openat", "", "openat");
    }

    proptest! {
        #[test]
        fn any_text_gives_a_short_class(method: String, argument: String) {
            prop_assert!(class(&method, &argument).chars().count() <= SYMBOL);
        }

        #[test]
        fn any_address_gives_a_short_class(host in "[a-z0-9.:@/\\[\\]-]{0,300}") {
            let class = class("egress", &format!("http://{host}"));
            prop_assert!(class.chars().count() <= SYMBOL);
        }
    }
}
