//! TLS with clients whose requests are looked at.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::decide::Host;

/// Most hosts whose certificates are kept: a rule for all hosts below a domain lets a plugin name
/// new ones without end.
const KEPT: usize = 256;

/// A certificate authority for as long as the gateway runs: its key is in memory alone, and only the
/// plugins of this host program trust it.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
    pem: String,
    /// One key for all certificates: they differ only in the name, and live as long.
    key: KeyPair,
    made: Mutex<HashMap<Host, Arc<ServerConfig>>>,
}

/// A certificate could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the certificate could not be made: {0}")]
pub(crate) struct CertificateError(String);

impl From<rcgen::Error> for CertificateError {
    fn from(error: rcgen::Error) -> Self {
        CertificateError(error.to_string())
    }
}

impl From<rustls::Error> for CertificateError {
    fn from(error: rustls::Error) -> Self {
        CertificateError(error.to_string())
    }
}

impl Authority {
    /// Makes a new one.
    pub(crate) fn new() -> Result<Self, CertificateError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = named("Aether egress, this run alone");
        // It vouches for servers and for no further authority.
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let certificate = params.self_signed(&key)?;
        let (der, pem) = (certificate.der().clone(), certificate.pem());
        let issuer = Issuer::new(params, key);
        Ok(Authority { issuer, der, pem, key: KeyPair::generate()?, made: Mutex::default() })
    }

    /// Its certificate, for the trust store of a cell.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// What a server of this name says.
    pub(crate) fn server(&self, host: &Host) -> Result<Arc<ServerConfig>, CertificateError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = made.get(host) {
            return Ok(Arc::clone(config));
        }
        let config = Arc::new(self.make(host)?);
        if made.len() >= KEPT {
            made.clear();
        }
        made.insert(host.clone(), Arc::clone(&config));
        Ok(config)
    }

    fn make(&self, host: &Host) -> Result<ServerConfig, CertificateError> {
        let name = host.address().map_or_else(|| host.to_string(), |address| address.to_string());
        let mut params = CertificateParams::new(vec![name])?;
        params.distinguished_name = named("Aether egress");
        params.use_authority_key_identifier_extension = true;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&self.key, &self.issuer)?;
        let key = PrivateKeyDer::try_from(self.key.serialize_der())
            .map_err(|error| CertificateError(error.to_owned()))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone(), self.der.clone()], key)?;
        // The one version in which each request is read and decided on here.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

fn named(name: &str) -> DistinguishedName {
    let mut all = DistinguishedName::new();
    all.push(DnType::CommonName, name);
    all
}
