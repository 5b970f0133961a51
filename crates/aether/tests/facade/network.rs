//! The way out of native programs, with names and certificates of the test's own.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aether::egress::{Config, Lookup, Resolver, Roots};
use aether::source::Source;
use aether::{Ending, Event, Host, Plugin, StartError, StartOptions, Streams};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::lab::{Lab, policy, tests};

tests! {
    tunnels_with_rules_are_looked_into_and_trusted,
    tunnels_without_are_left_alone,
    a_name_that_leads_inside_is_denied_to_plugins_with_the_policy_line,
    a_policy_beside_a_pipeline_opens_nothing,
    nothing_of_the_gateway_is_there_before_it_is_used,
}

const NAME: &str = "api.test.example";

/// The longest that a test waits for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// Every name is this machine.
struct Here;

impl Resolver for Here {
    fn lookup(&self, _: &str) -> Lookup {
        Box::pin(async { Ok(vec![IpAddr::from(Ipv4Addr::LOCALHOST)]) })
    }
}

/// A server that speaks TLS as [`NAME`] and answers everything with `hello`; its port and its
/// certificate.
fn server() -> (u16, Vec<u8>) {
    let made = rcgen::generate_simple_self_signed(vec![NAME.to_owned()]).expect("a certificate");
    let der = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(vec![der.clone()], key))
        .expect("a server");
    let config = Arc::new(config);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    listener.set_nonblocking(true).expect("a listener");
    std::thread::spawn(move || {
        let until = Instant::now() + 3 * PATIENCE;
        while Instant::now() < until {
            match listener.accept() {
                Ok((stream, _)) => answer(stream, &config),
                Err(_) => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    });
    (port, der.to_vec())
}

fn answer(stream: TcpStream, config: &Arc<ServerConfig>) {
    stream.set_nonblocking(false).expect("a stream");
    stream.set_read_timeout(Some(PATIENCE)).expect("a stream");
    let connection = ServerConnection::new(Arc::clone(config)).expect("a connection");
    let mut stream = StreamOwned::new(connection, stream);
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
    // A client that does not trust it has left.
    drop(stream.write_all(answer).and_then(|()| stream.flush()));
}

/// What a program printed.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Printed {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("output")).into_owned()
    }
}

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("output").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A command with these domains in its manifest.
fn command(domains: &[String], words: &[&str]) -> Plugin {
    let text = serde_json::json!({
        "name": "probe",
        "runtime": "native",
        "entry": ["command"],
        "permissions": { "network": { "domains": domains } },
    });
    let source = Source::new("aether-plugin.json", text.to_string());
    let manifest = aether::manifest::parse(source).expect("a manifest");
    Plugin::of_command(manifest, words.iter().map(Into::into).collect(), Path::new("/"))
}

/// Runs it; what it printed, and how it ended.
fn run(host: &Host, command: &Plugin) -> (String, Result<Ending, StartError>) {
    let printed = Printed::default();
    let (output, errors) = (Box::new(printed.clone()), Box::new(printed.clone()));
    let streams = Streams { input: None, output, errors };
    let limits = aether::ProgramLimits::default();
    let options = StartOptions::default();
    let ending = host.execute(command, &options, Path::new("/tmp"), limits, streams);
    (printed.text(), ending)
}

/// A host that trusts a server, for which every name is this machine, under a policy for the
/// domains and places inside.
fn host(lab: &Lab, certificate: Vec<u8>, domains: &[String], private: &str) -> Host {
    let domains = serde_json::json!(domains);
    let text = format!(
        "version: 1\nplugins: {{ probe: {{ allow: {{ network: {{ domains: {domains}, private: [{private}] }} }} }} }}\n"
    );
    let roots = Roots::Only(vec![certificate]);
    let egress = Config { resolver: Arc::new(Here), roots, ..Config::default() };
    lab.builder().policy(policy(&text)).egress(egress).build().expect("a host")
}

fn curl<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["curl", "-sS", "-m", "20"], arguments].concat()
}

fn tunnels_with_rules_are_looked_into_and_trusted() {
    let lab = Lab::new();
    let (port, certificate) = server();
    let domains = [format!("GET {NAME}:{port}/v1/**")];
    let host = host(&lab, certificate, &domains, NAME);
    let url = |path: &str| format!("https://{NAME}:{port}{path}");
    let (printed, ending) = run(&host, &command(&domains, &curl(&[&url("/v1/x")])));
    assert_eq!((printed.as_str(), ending.expect("a run")), ("hello", Ending::Normal));
    let (printed, _) = run(&host, &command(&domains, &curl(&["-X", "DELETE", &url("/v1/x")])));
    assert!(printed.contains("the rules for the host name other methods"), "{printed}");
    let (printed, _) = run(&host, &command(&domains, &curl(&[&url("/v2/x")])));
    assert!(printed.contains("the rules for the host name other paths"), "{printed}");
    let denied = lab.heard.of(|event| match event {
        Event::Denied { denied, .. } => Some(denied.clone()),
        _ => None,
    });
    let lines: Vec<_> = denied.iter().filter_map(|one| one.manifest_line.as_deref()).collect();
    assert_eq!(lines.len(), 2, "{denied:?}");
    // Beside what the manifest has already.
    assert!(lines[0].contains(&domains[0]) && lines[0].contains("DELETE"), "{lines:?}");
}

fn tunnels_without_are_left_alone() {
    let lab = Lab::new();
    let (port, certificate) = server();
    let domains = [format!("{NAME}:{port}")];
    let host = host(&lab, certificate, &domains, NAME);
    let url = format!("https://{NAME}:{port}/");
    // The server's own certificate is shown, which this system does not trust.
    let (printed, ending) = run(&host, &command(&domains, &curl(&[&url])));
    assert!(matches!(ending, Ok(Ending::Exited(60))), "{printed}");
    let (printed, _) = run(&host, &command(&domains, &curl(&["-k", &url])));
    assert_eq!(printed, "hello");
}

fn a_name_that_leads_inside_is_denied_to_plugins_with_the_policy_line() {
    let lab = Lab::new();
    let (port, certificate) = server();
    let domains = [format!("{NAME}:{port}")];
    let host = host(&lab, certificate, &domains, "");
    let url = format!("http://{NAME}:{port}/");
    let (printed, _) = run(&host, &command(&domains, &curl(&[&url])));
    assert!(printed.contains("which the owner of the host program has not opened"), "{printed}");
    let lines = lab.heard.of(|event| match event {
        Event::Denied { denied, .. } => denied.policy_line.clone(),
        _ => None,
    });
    assert!(lines[0].contains(&format!("private: [\"{NAME}:{port}\"]")), "{lines:?}");
}

fn a_policy_beside_a_pipeline_opens_nothing() {
    let lab = Lab::new();
    let domains = [NAME.to_owned()];
    let text = format!(
        "version: 1\nplugins: {{ probe: {{ allow: {{ network: {{ domains: [\"{NAME}\"], private: [\"10.0.0.0/8\"] }} }} }} }}\n"
    );
    let mut found = policy(&text);
    found.origin = aether::policy::policy::PolicyOrigin::Discovered;
    let host = lab.builder().policy(found).build().expect("a host");
    let (_, refused) = run(&host, &command(&domains, &["true"]));
    let refused = refused.expect_err("a refusal");
    assert_eq!(refused.exit_code(), aether::ExitCode::Refused);
    assert!(refused.to_string().contains("opens nothing inside"), "{refused}");
}

fn nothing_of_the_gateway_is_there_before_it_is_used() {
    let lab = Lab::new();
    let (_, certificate) = server();
    let domains = [NAME.to_owned()];
    let host = host(&lab, certificate, &domains, "");
    // Other tests of this process have gateways too: the number of threads says nothing here, but
    // a host whose gateway was never made says so.
    let (_, ending) = run(&host, &command(&domains, &["true"]));
    assert!(matches!(ending, Ok(Ending::Normal)));
    assert!(format!("{host:?}").contains("gateway: false"), "{host:?}");
    let (_, ending) = run(&host, &command(&domains, &curl(&["http://elsewhere.example/"])));
    assert!(matches!(ending, Ok(Ending::Normal)));
    assert!(format!("{host:?}").contains("gateway: true"), "{host:?}");
}
