//! Who may ask at all. A browser on this machine asks for whatever page it shows: a page of a stranger
//! must get no word out of this server, whatever name it gives it, nor have anything done.

use std::net::{IpAddr, SocketAddr};

use hyper::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use hyper::{StatusCode, Uri};

use crate::Token;
use crate::refusal::Refusal;

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What every machine calls itself, beside `localhost`.
const ALWAYS: [&str; 2] = ["127.0.0.1", "[::1]"];

const FIX_TOKEN: &str =
    "send `Authorization: Bearer TOKEN`; the token is in serve.json of the state folder";

/// What is known of the server itself.
#[derive(Debug)]
pub(crate) struct Guard {
    listen: SocketAddr,
    token: Token,
}

impl Guard {
    pub(crate) const fn new(listen: SocketAddr, token: Token) -> Self {
        Self { listen, token }
    }

    /// Whether the request is meant for this server, and comes from no page but its own.
    pub(crate) fn origin(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let host = only(headers, &HOST)?.ok_or_else(|| {
            Refusal::bad("no-host", "the request names no host").fix("send one `Host` field")
        })?;
        let named = uri.authority().map(hyper::http::uri::Authority::as_str);
        if !self.is_own(host) || named.is_some_and(|named| !named.eq_ignore_ascii_case(host)) {
            let message = "the request is meant for another host";
            let own = format!("use http://{}/", self.listen);
            let refusal = Refusal::new(StatusCode::MISDIRECTED_REQUEST, "other-host", message);
            return Err(refusal.fix(own));
        }
        let origin = only(headers, &ORIGIN)?;
        let is_own = |origin: &str| {
            let rest = origin.strip_prefix("http://");
            rest.is_some_and(|rest| rest.eq_ignore_ascii_case(host))
        };
        let site = only(headers, &SITE)?;
        let is_foreign = |site: &str| !matches!(site, "same-origin" | "none");
        if origin.is_some_and(|origin| !is_own(origin)) || site.is_some_and(is_foreign) {
            let message = "a page of another origin asks";
            let refusal = Refusal::new(StatusCode::FORBIDDEN, "other-origin", message);
            return Err(refusal.fix("type the server's address into the browser"));
        }
        Ok(())
    }

    /// Whether whoever asks has the token.
    pub(crate) fn token(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let refusal = |message: &str| {
            Refusal::new(StatusCode::UNAUTHORIZED, "no-token", message).fix(FIX_TOKEN)
        };
        let said = headers.get_all(AUTHORIZATION).iter().collect::<Vec<_>>();
        let [said] = said.as_slice() else {
            return Err(refusal("the request carries no token"));
        };
        let bytes = said.as_bytes();
        let is_bearer = bytes.get(..7).is_some_and(|word| word.eq_ignore_ascii_case(b"bearer "));
        match bytes.get(7..) {
            Some(token) if is_bearer && self.token.is(token) => Ok(()),
            _ => Err(refusal("the request carries another token")),
        }
    }

    /// Whether this is a name of the server. Names of the domain system are none but `localhost`: they
    /// can be made to lead here by whoever owns them.
    fn is_own(&self, host: &str) -> bool {
        let port = self.listen.port();
        let (name, named) = match host.rsplit_once(':') {
            Some((name, digits)) if !digits.contains(']') => (name, digits.parse().ok()),
            _ => (host, Some(80)),
        };
        let inner = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let address: Option<IpAddr> = match inner {
            Some(inner) => inner.parse().ok().map(IpAddr::V6),
            None => name.parse().ok().map(IpAddr::V4),
        };
        let is_listened = |address: IpAddr| {
            let own = self.listen.ip();
            own == address || own.is_unspecified() || ALWAYS.contains(&name)
        };
        named == Some(port)
            && (name.eq_ignore_ascii_case("localhost") || address.is_some_and(is_listened))
    }
}

/// The one value of a field. Two of them could be read differently by others on the way.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, Refusal> {
    let mut all = headers.get_all(name).iter();
    let first = all.next().map(HeaderValue::to_str).transpose();
    match (first, all.next()) {
        (Ok(first), None) => Ok(first),
        _ => Err(Refusal::bad("odd-field", format!("the field `{name}` is not one plain text"))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn guard(listen: &str) -> Guard {
        Guard::new(listen.parse().unwrap(), Token::parse(&"t".repeat(32)).unwrap())
    }

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        let mut map = HeaderMap::new();
        for (name, value) in all.iter().map(pair) {
            map.append(name, value);
        }
        map
    }

    #[track_caller]
    fn check(all: &[(&'static str, &str)], expect: Result<(), u16>) {
        let found = guard("127.0.0.1:7171").origin(&Uri::from_static("/v1/host"), &headers(all));
        assert_eq!(found.map_err(|refusal| refusal.status.as_u16()), expect, "{all:?}");
    }

    #[test]
    fn only_its_own_names_lead_to_it() {
        for host in ["127.0.0.1:7171", "localhost:7171", "LOCALHOST:7171", "[::1]:7171"] {
            check(&[("host", host)], Ok(()));
        }
        let others = [
            "evil.example:7171",
            "127.0.0.1",
            "localhost",
            "127.0.0.1:7172",
            "127.0.0.1:07171x",
            "127.0.0.2:7171",
            "localhost.:7171",
            "localhost.evil.example:7171",
            "2130706433:7171",
            "127.1:7171",
            "0.0.0.0:7171",
            "user@127.0.0.1:7171",
            "::1:7171",
            "[::1",
            "",
            ":7171",
            "127.0.0.1:7171:7171",
        ];
        others.iter().for_each(|host| check(&[("host", host)], Err(421)));
        check(&[], Err(400));
        check(&[("host", "localhost:7171"), ("host", "evil.example")], Err(400));
    }

    #[test]
    fn a_host_that_listens_anywhere_has_addresses_and_no_names() {
        let guard = guard("0.0.0.0:7171");
        assert!(guard.is_own("192.0.2.7:7171") && guard.is_own("[2001:db8::1]:7171"));
        assert!(!guard.is_own("rebound.example:7171") && !guard.is_own("192.0.2.7:80"));
    }

    #[test]
    fn other_pages_are_turned_away() {
        let own = ("host", "127.0.0.1:7171");
        check(&[own, ("origin", "http://127.0.0.1:7171")], Ok(()));
        check(&[own, ("sec-fetch-site", "same-origin")], Ok(()));
        check(&[own, ("sec-fetch-site", "none")], Ok(()));
        let origins = [
            "null",
            "http://evil.example",
            "https://127.0.0.1:7171",
            "http://localhost:7171",
            "http://127.0.0.1:7171.evil.example",
            "http://127.0.0.1:7172",
            "",
        ];
        origins.iter().for_each(|origin| check(&[own, ("origin", origin)], Err(403)));
        for site in ["cross-site", "same-site", "", "anything"] {
            check(&[own, ("sec-fetch-site", site)], Err(403));
        }
        check(&[own, ("origin", "http://127.0.0.1:7171"), ("origin", "null")], Err(400));
    }

    #[test]
    fn a_target_that_names_another_host_is_none() {
        let uri = Uri::from_static("http://evil.example/v1/host");
        let refusal = guard("127.0.0.1:7171").origin(&uri, &headers(&[("host", "127.0.0.1:7171")]));
        assert_eq!(refusal.unwrap_err().status, StatusCode::MISDIRECTED_REQUEST);
    }

    #[test]
    fn the_token_is_asked_for_in_its_one_form() {
        let guard = guard("127.0.0.1:7171");
        let token = "t".repeat(32);
        let check = |said: &[&str], is: bool| {
            let all: Vec<_> = said.iter().map(|said| ("authorization", *said)).collect();
            assert_eq!(guard.token(&headers(&all)).is_ok(), is, "{said:?}");
        };
        let good = format!("Bearer {token}");
        check(&[&good], true);
        check(&[&format!("bearer {token}")], true);
        check(&[], false);
        check(&[&good, &good], false);
        check(&[&token], false);
        check(&[&format!("Basic {token}")], false);
        check(&[&format!("Bearer  {token}")], false);
        check(&[&format!("Bearer {token}x")], false);
        check(&["Bearer "], false);
        check(&["Bea"], false);
    }

    proptest! {
        #[test]
        fn no_name_that_could_be_registered_leads_here(
            name in "[a-z][a-z0-9-]{0,8}(\\.[a-z][a-z0-9-]{0,8}){1,3}",
            anywhere: bool,
        ) {
            let guard = guard(if anywhere { "0.0.0.0:7171" } else { "127.0.0.1:7171" });
            let own = guard.is_own(&format!("{name}:7171"));
            prop_assert!(!own);
        }

        #[test]
        fn any_host_is_judged(host in "\\PC*") {
            guard("[::1]:7171").is_own(&host);
        }
    }
}
