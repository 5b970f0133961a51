//! A text is a token in one spelling or is refused, and an unissued one allows nothing.
#![no_main]

use std::sync::LazyLock;

use aether_token::limits::{MAX_CAVEATS, MAX_TOKEN};
use aether_token::{Act, Asked, Caveat, ConnectionId, Moment, Name, Refusal, Token, Vault};
use libfuzzer_sys::fuzz_target;

static HOST: LazyLock<(Vault, ConnectionId, Name)> = LazyLock::new(|| {
    let vault = Vault::new().expect("random bytes");
    let name = Name::parse("p").expect("a name");
    let connection = vault.connect(name.clone(), 1);
    (vault, connection, name)
});

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(token) = Token::parse(text) else { return };
    assert!(text.len() <= MAX_TOKEN && token.caveats().len() <= MAX_CAVEATS);
    assert_eq!(token.expose().as_str(), text);
    assert!(!format!("{token:?}").contains(&text[5..37]));
    let (vault, connection, name) = &*HOST;
    let asked = Asked { method: name, act: Act::Command { name } };
    let refused = vault.redeem(*connection, &token, &asked, Moment(0));
    assert_eq!(refused.err(), Some(Refusal::Unknown));
    if let Ok(narrower) = token.narrow(Caveat::Uses(1)) {
        let again = Token::parse(&narrower.expose()).expect("what is written is read again");
        assert_eq!(again.caveats().len(), token.caveats().len() + 1);
    }
});
