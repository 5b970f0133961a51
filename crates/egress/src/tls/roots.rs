//! Which certificates are trusted.

use std::fmt;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use crate::failure::Failure;

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

impl fmt::Debug for Roots {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Roots::System => out.write_str("System"),
            Roots::Only(list) => write!(out, "Only({})", list.len()),
        }
    }
}
