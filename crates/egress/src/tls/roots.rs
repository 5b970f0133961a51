//! Which certificates are trusted.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use crate::failure::Failure;

/// Characters in a line of PEM, RFC 7468.
const PEM_LINE: usize = 64;

/// The authorities that certificates of servers lead to.
///
/// The system's are those that the owner of the machine decided on, an authority of their own
/// included; a list compiled in would be somebody else's decision and grow old with the program.
#[derive(Clone, Default)]
pub enum Roots {
    /// Those of the system.
    #[default]
    System,
    /// These alone, in DER.
    Only(Vec<Vec<u8>>),
}

impl Roots {
    /// Loads them. A certificate that cannot be read is passed over, as systems have such; none at
    /// all is an error.
    pub(super) fn load(&self) -> Result<RootCertStore, Failure> {
        let mut store = RootCertStore::empty();
        match self {
            Roots::System => {
                let found = rustls_native_certs::load_native_certs();
                store.add_parsable_certificates(found.certs);
            }
            Roots::Only(list) => {
                let list = list.iter().map(|der| CertificateDer::from(der.clone()));
                store.add_parsable_certificates(list);
            }
        }
        if store.is_empty() {
            return Err(Failure::Tls("no authority is trusted on this machine".to_owned()));
        }
        Ok(store)
    }
}

impl Roots {
    /// The same as a file that programs take their authorities from: PEM, one after another.
    pub(crate) fn to_pem(&self) -> String {
        let listed = match self {
            Roots::System => rustls_native_certs::load_native_certs().certs,
            Roots::Only(list) => list.iter().map(|der| CertificateDer::from(der.clone())).collect(),
        };
        listed.iter().map(|der| pem(der)).collect()
    }
}

/// A certificate in the form of RFC 7468.
fn pem(der: &[u8]) -> String {
    let mut out = String::from("-----BEGIN CERTIFICATE-----\n");
    let text = STANDARD.encode(der);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        // Base64 is ASCII, so every byte is a border.
        let (line, more) = rest.split_at(rest.len().min(PEM_LINE));
        out.push_str(line);
        out.push('\n');
        rest = more;
    }
    out.push_str("-----END CERTIFICATE-----\n");
    out
}

impl fmt::Debug for Roots {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Roots::System => out.write_str("System"),
            Roots::Only(list) => write!(out, "Only({})", list.len()),
        }
    }
}
