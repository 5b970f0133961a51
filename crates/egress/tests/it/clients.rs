//! Programs that nobody changed, as clients of the proxy: they are told of it by what they read, and
//! have the authority of the gateway in a file.

use std::process::{Command, Stdio};

use aether_egress::{Limits, Stage};

use crate::lab::{Lab, NAME, Server};
use crate::proxy::which;
use crate::tls;

/// Prints status and body for each address; what fails, without a status.
const PYTHON: &str = r#"
import sys
try:
    import requests
except ImportError:
    sys.exit(77)
for url in sys.argv[1:]:
    try:
        answer = requests.get(url, timeout=10)
        print(answer.status_code, answer.text.strip())
    except requests.RequestException as error:
        print("failed", error)
"#;

/// The same, by hand where the program's own `fetch` does not know of proxies.
const NODE: &str = r#"
const http = require("node:http"), https = require("node:https"), tls = require("node:tls");
const proxy = new URL(process.env.http_proxy);
const at = { host: proxy.hostname, port: proxy.port };
const read = (answer, done) => {
    let text = "";
    answer.on("data", (data) => (text += data));
    answer.on("end", () => done(`${answer.statusCode} ${text.trim()}`));
};
const plain = (url, done, failed) =>
    http.get({ ...at, path: url.href, headers: { Host: url.host } }, (answer) => read(answer, done))
        .on("error", failed);
const secure = (url, done, failed) => {
    const path = `${url.hostname}:${url.port || 443}`;
    http.request({ ...at, method: "CONNECT", path, headers: { Host: path } })
        .on("connect", (answer, socket) => {
            if (answer.statusCode !== 200) return failed(`no tunnel: ${answer.statusCode}`);
            const stream = tls.connect({ socket, servername: url.hostname }, () =>
                https.get(url, { createConnection: () => stream }, (answer) =>
                    read(answer, (said) => { stream.destroy(); done(said); })).on("error", failed));
            stream.on("error", failed);
        })
        .on("error", failed)
        .end();
};
(async () => {
    for (const text of process.argv.slice(1)) {
        const url = new URL(text);
        const ask = url.protocol === "https:" ? secure : plain;
        const said = new Promise((done) => ask(url, done, (error) => done(`failed ${error}`)));
        console.log(await said);
    }
    process.exit(0);
})();
"#;

/// Runs a program with its proxy in the environment; nothing where it is missing, which is said.
#[expect(clippy::print_stderr, reason = "a client that is missing is said aloud")]
fn run(lab: &Lab, ca: &str, program: &str, arguments: &[&str]) -> Option<String> {
    let Some(path) = which(program) else {
        eprintln!("skipped: there is no {program}");
        return None;
    };
    let proxy = format!("http://{}", lab.proxy);
    // Version managers find their programs through the first two.
    let kept = ["PATH", "HOME"].map(|name| (name, std::env::var_os(name).unwrap_or_default()));
    let output = Command::new(path)
        .args(arguments)
        .env_clear()
        .envs(kept)
        .envs([("http_proxy", &*proxy), ("https_proxy", &proxy)])
        .envs(["CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"].map(|v| (v, ca)))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    if output.status.code() == Some(77) {
        eprintln!("skipped: {program} is without what it needs for this");
        return None;
    }
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(said + &String::from_utf8_lossy(&output.stderr))
}

#[test]
fn curl_python_and_node() {
    let hello = |_: &str| b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".to_vec();
    let (secure, der) = tls::server(&[NAME], hello);
    let plain = Server::hello();
    let (plain_at, secure_at) =
        (format!("{NAME}:{}", plain.port()), format!("{NAME}:{}", secure.port()));
    let rules = [format!("GET {plain_at}/open/**"), format!("GET {secure_at}/open/**")];
    let lab = Lab::trusting(&[&rules[0], &rules[1]], &[NAME], Limits::default(), vec![der]);
    let folder = std::env::temp_dir().join(format!("aether-egress-clients-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let ca = folder.join("ca.pem").display().to_string();
    std::fs::write(&ca, lab.egress.authority()).unwrap();
    let urls = [
        format!("http://{plain_at}/open/a"),
        format!("http://{plain_at}/shut"),
        format!("http://{plain_at}/open/..%3B/shut"),
        format!("https://{secure_at}/open/a"),
        format!("https://{secure_at}/shut"),
        format!("https://{secure_at}/open/..%3B/shut"),
        "http://evil.example/".to_owned(),
        "https://evil.example/".to_owned(),
    ];
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let mut clients = 0;
    for (program, arguments) in [
        ("curl", vec!["-sS", "-m", "10", "--path-as-is", "-w", "\n%{http_code}\n"]),
        ("python3", vec!["-c", PYTHON]),
        ("node", vec!["-e", NODE]),
    ] {
        let arguments: Vec<&str> = arguments.into_iter().chain(urls.iter().copied()).collect();
        let Some(said) = run(&lab, &ca, program, &arguments) else { continue };
        clients += 1;
        let count = |part: &str| said.matches(part).count();
        assert_eq!(count("hello"), 2, "{program}: {said}");
        assert_eq!(count("denied by policy"), 5, "{program}: {said}");
        assert_eq!(count("other paths"), 2, "{program}: {said}");
        assert_eq!(count("dots and blanks"), 2, "{program}: {said}");
        // In words of its own each tells that it got no tunnel.
        assert!(count("403") >= 6, "{program}: {said}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(plain.requests().len(), clients);
    let allowed = lab.events.all().iter().filter(|event| event.stage == Stage::Allowed).count();
    assert_eq!(allowed, 2 * clients);
    println!("{clients} clients of 3");
}
