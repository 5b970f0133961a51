//! A server that speaks TLS, and a client that trusts whom it is told to.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};

use crate::lab::{Peer, Server};

/// A certificate for these names, and a server that shows it and answers each head with `answer`,
/// given the head, then closes.
pub(crate) fn server(
    names: &[&str],
    answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> (Server, Vec<u8>) {
    server_by(rustls::crypto::ring::default_provider(), names, answer)
}

/// The same, with these ways to agree on keys.
pub(crate) fn server_by(
    provider: CryptoProvider,
    names: &[&str],
    answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> (Server, Vec<u8>) {
    let params = CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>());
    server_with(provider, params.unwrap(), answer)
}

/// The same, with a certificate of these parts.
pub(crate) fn server_with(
    provider: CryptoProvider,
    params: CertificateParams,
    answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> (Server, Vec<u8>) {
    let key = KeyPair::generate().unwrap();
    let der = params.self_signed(&key).unwrap().der().clone();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![der.clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let server = Server::raw(move |peer: &mut Peer| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        let stream = peer.stream.try_clone().unwrap();
        let mut stream = rustls::StreamOwned::new(connection, stream);
        loop {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                match stream.read(&mut byte) {
                    Ok(1) => head.push(byte[0]),
                    _ => return,
                }
            }
            let said = answer(&String::from_utf8(head).unwrap());
            if stream.write_all(&said).and_then(|()| stream.flush()).is_err() {
                return;
            }
        }
    });
    (server, der.to_vec())
}

/// TLS with whoever is at the other end of a stream, for a name; nothing when it is not trusted.
pub(crate) fn client(
    stream: TcpStream,
    name: &str,
    trusted: &[u8],
) -> Option<rustls::StreamOwned<ClientConnection, TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(trusted.to_vec())).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, stream);
    stream.conn.complete_io(&mut stream.sock).ok()?;
    Some(stream)
}

/// The first certificate of a PEM text.
pub(crate) fn der_of(pem: &str) -> Vec<u8> {
    use rustls::pki_types::pem::PemObject;
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
}
