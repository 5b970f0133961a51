//! TLS with servers.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::ClientConfig;
use rustls::pki_types::{DnsName, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Roots;
use crate::decide::Host;
use crate::failure::Failure;

/// What is needed for TLS with servers: made at the first use, since loading what the system trusts
/// takes longer than most plugins live.
pub(crate) struct Outward {
    roots: Roots,
    config: Mutex<Option<Arc<ClientConfig>>>,
}

impl Outward {
    pub(crate) fn new(roots: Roots) -> Self {
        Outward { roots, config: Mutex::default() }
    }

    /// Agrees on TLS with the server of this name, and only with it.
    pub(crate) async fn connect(
        &self,
        host: &Host,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, Failure> {
        let failed = |error: &dyn ToString| Failure::Tls(error.to_string());
        let name = match (host.name(), host.address()) {
            (_, Some(address)) => ServerName::IpAddress(address.into()),
            (name, None) => {
                let name = DnsName::try_from(name.unwrap_or_default().to_owned());
                ServerName::DnsName(name.map_err(|error| failed(&error))?)
            }
        };
        let connector = TlsConnector::from(self.config()?);
        connector.connect(name, stream).await.map_err(|error| failed(&error))
    }

    fn config(&self) -> Result<Arc<ClientConfig>, Failure> {
        let mut config = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = &*config {
            return Ok(Arc::clone(config));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Failure::Tls(error.to_string()))?;
        let mut made = builder.with_root_certificates(self.roots.load()?).with_no_client_auth();
        // The one version in which each request is read and decided on here.
        made.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::clone(config.insert(Arc::new(made))))
    }
}
