//! What a native program has to know about its network.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use aether_container::{Mount, MountKind};

use super::read_only;

/// Where the way out listens on a native program's loopback: where HTTP proxies usually do.
const PROXY_PORT: u16 = 3128;

/// Where a program finds the authorities to trust, if they are others than the system's.
const TRUST: &str = "/etc/aether/authorities.pem";

/// By which names programs and libraries are told of them: OpenSSL's, curl's, and of what brings a
/// list of its own.
const TRUST_NAMES: [&str; 9] = [
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
    "PIP_CERT",
    "CARGO_HTTP_CAINFO",
    "AWS_CA_BUNDLE",
    "DENO_CERT",
];

/// What a program can reach, as far as its root and environment tell.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// Ports on which it may be reached.
    pub(crate) inbound: Vec<u16>,
    /// Whether `localhost` is its own. It is the host's where the owner opened that: then requests
    /// to it go out like all others.
    pub(crate) is_loopback_its_own: bool,
    /// The file on the host with the authorities to trust, where tunnels are looked into.
    pub(crate) trust: Option<PathBuf>,
}

impl Reach {
    /// The port of the way out: one that the program may not want for itself.
    pub(super) fn proxy_port(&self) -> u16 {
        (PROXY_PORT..=u16::MAX).find(|port| !self.inbound.contains(port)).unwrap_or(PROXY_PORT)
    }

    pub(super) fn mounts(&self) -> Option<Mount> {
        let file = self.trust.as_ref()?;
        Some(Mount { kind: MountKind::StandIn, ..read_only(Path::new(TRUST), file) })
    }

    /// The variables by which programs find their way out, as far as they ask for one.
    pub(super) fn variables(&self) -> Vec<(&'static str, OsString)> {
        let address = format!("http://127.0.0.1:{}", self.proxy_port());
        let proxies = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
        let small = ["http_proxy", "https_proxy", "all_proxy"];
        let mut all: Vec<(&str, OsString)> =
            proxies.into_iter().chain(small).map(|name| (name, address.clone().into())).collect();
        if self.is_loopback_its_own {
            all.extend(["NO_PROXY", "no_proxy"].map(|name| (name, "localhost,127.0.0.1".into())));
        }
        if self.trust.is_some() {
            all.extend(TRUST_NAMES.map(|name| (name, TRUST.into())));
        }
        all
    }
}
