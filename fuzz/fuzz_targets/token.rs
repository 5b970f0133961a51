//! A text is a token in one spelling or is refused; one that was not issued allows nothing, and one
//! that was, edited in any way, neither.
#![no_main]

use std::sync::LazyLock;

use aether_token::limits::{MAX_CAVEATS, MAX_TOKEN};
use aether_token::{
    Act, Asked, Caveat, ConnectionId, Issuer, Moment, Name, Refusal, Scope, Terms, Token, Vault,
};
use libfuzzer_sys::fuzz_target;

struct Host {
    vault: Vault,
    connection: ConnectionId,
    name: Name,
    /// As it was issued, and narrowed.
    issued: [String; 2],
}

static HOST: LazyLock<Host> = LazyLock::new(|| {
    let vault = Vault::new().expect("random bytes");
    let name = Name::parse("p").expect("a name");
    let connection = vault.connect(name.clone(), 1);
    let by = Issuer::Policy("a rule".to_owned());
    let terms = Terms::new(Scope::Command { name: name.clone() }, by, "to be edited");
    let terms = Terms { uses: None, ..terms };
    let token = vault.issue(connection, terms, Moment(0)).expect("a token");
    let narrow = token.narrow(Caveat::Method(name.clone())).expect("a narrower one");
    let issued = [&token, &narrow].map(|token| token.expose().to_string());
    Host { vault, connection, name, issued }
});

impl Host {
    fn takes(&self, token: &Token) -> Result<(), Refusal> {
        let asked = Asked { method: &self.name, act: Act::Command { name: &self.name } };
        self.vault.redeem(self.connection, token, &asked, Moment(0)).map(drop)
    }

    /// The issued ones with bytes of theirs changed, put in or taken out, as the data says.
    fn edited(&self, data: &[u8]) {
        for issued in &self.issued {
            let mut bytes = issued.as_bytes().to_vec();
            for edit in data.chunks_exact(3) {
                let at = usize::from(edit[1]) % (bytes.len() + 1);
                match edit[0] % 3 {
                    0 => bytes.insert(at, edit[2]),
                    1 if at < bytes.len() => bytes[at] = edit[2],
                    _ if at < bytes.len() => drop(bytes.remove(at)),
                    _ => {}
                }
            }
            let Ok(text) = std::str::from_utf8(&bytes) else { continue };
            let Ok(token) = Token::parse(text) else { continue };
            match self.issued.iter().any(|issued| issued == text) {
                true => assert_eq!(self.takes(&token), Ok(())),
                false => assert_eq!(self.takes(&token), Err(Refusal::Unknown)),
            }
        }
    }
}

fuzz_target!(|data: &[u8]| {
    HOST.edited(data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(token) = Token::parse(text) else { return };
    assert!(text.len() <= MAX_TOKEN && token.caveats().len() <= MAX_CAVEATS);
    assert_eq!(token.expose().as_str(), text);
    assert!(!format!("{token:?}").contains(&text[5..37]));
    assert_eq!(HOST.takes(&token), Err(Refusal::Unknown));
    if let Ok(narrower) = token.narrow(Caveat::Uses(1)) {
        let again = Token::parse(&narrower.expose()).expect("what is written is read again");
        assert_eq!(again.caveats().len(), token.caveats().len() + 1);
    }
});
