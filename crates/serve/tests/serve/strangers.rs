//! Whoever has no token, or asks through somebody's browser.

use std::net::SocketAddr;

use aether_serve::{Feed, ServeError, Server, Settings};

use crate::client::{Served, another_token, tests};

tests![
    nobody_without_the_token_learns_anything,
    what_is_open_has_no_data,
    a_page_of_another_origin_gets_nothing,
    a_name_that_was_made_to_lead_here_gets_nothing,
    other_machines_are_let_in_in_words_alone,
];

const ROUTES: [(&str, &str); 10] = [
    ("GET", "/v1/host"),
    ("GET", "/v1/cells"),
    ("GET", "/v1/cells/1"),
    ("GET", "/v1/events"),
    ("GET", "/v1/report"),
    ("GET", "/report"),
    ("GET", "/metrics"),
    ("POST", "/v1/plugins"),
    ("POST", "/v1/cells/1/kill"),
    ("GET", "/v1/nothing"),
];

fn nobody_without_the_token_learns_anything() {
    let served = Served::new();
    let host = format!("Host: {}", served.address);
    for (method, path) in ROUTES {
        let other = format!("Authorization: Bearer {}", another_token());
        let short = format!("Authorization: Bearer {}", &served.token[..63]);
        let basic = format!("Authorization: Basic {}", served.token);
        let twice = format!("Authorization: Bearer {}", served.token);
        let all: [&[&str]; 5] = [
            &[&host],
            &[&host, &other],
            &[&host, &short],
            &[&host, &basic],
            &[&host, &twice, &twice],
        ];
        for fields in all {
            let answer = served.said(method, path, fields, "");
            assert_eq!((answer.status, answer.code().as_str()), (401, "no-token"), "{path}");
            assert!(answer.head.contains("www-authenticate: bearer"), "{answer:?}");
            assert!(!answer.body.contains(&served.token));
        }
    }
    // Nor does the token count in the address.
    let path = format!("/v1/host?token={}", served.token);
    assert_eq!(served.said("GET", &path, &[&host], "").status, 401);
    assert_eq!(served.get("/v1/host").0, 200);
}

fn what_is_open_has_no_data() {
    let served = Served::new();
    let host = format!("Host: {}", served.address);
    let page = served.said("GET", "/", &[&host], "");
    assert_eq!(page.status, 200);
    assert!(!page.body.contains(&served.token) && !page.body.contains(served.host.run_id()));
    let policy = page.head.lines().find(|line| line.starts_with("content-security-policy:"));
    let policy = policy.expect("a policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let nonce =
        policy.split("nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("one");
    assert!(page.body.contains(&format!("<script nonce=\"{nonce}\">")), "{policy}");
    let again = served.said("GET", "/", &[&host], "");
    assert!(!again.body.contains(nonce), "a nonce is used once");
    assert_eq!(served.said("GET", "/healthz", &[&host], "").body, "{\"ok\":true}\n");
}

fn a_page_of_another_origin_gets_nothing() {
    let served = Served::new();
    let host = format!("Host: {}", served.address);
    let token = format!("Authorization: Bearer {}", served.token);
    let foreign = [
        "Origin: http://evil.example",
        "Origin: null",
        "Origin: http://127.0.0.1:1",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
    ];
    for field in foreign {
        for path in ["/", "/v1/host", "/healthz"] {
            let answer = served.said("GET", path, &[&host, &token, field], "");
            assert_eq!((answer.status, answer.code().as_str()), (403, "other-origin"), "{field}");
            assert!(!answer.head.contains("access-control"), "{answer:?}");
        }
    }
    // What a browser asks beforehand is answered with no permission.
    let asks = "Access-Control-Request-Method: POST";
    let own = format!("Origin: http://{}", served.address);
    let answer = served.said("OPTIONS", "/v1/plugins", &[&host, &own, &token, asks], "");
    assert_eq!(answer.status, 405);
    assert!(answer.head.contains("allow: get, post") && !answer.head.contains("access-control"));
    let answer = served.said("GET", "/v1/host", &[&host, &own, &token], "");
    assert_eq!(answer.status, 200);
}

fn a_name_that_was_made_to_lead_here_gets_nothing() {
    let served = Served::new();
    let token = format!("Authorization: Bearer {}", served.token);
    let port = served.address.port();
    let hosts =
        [format!("evil.example:{port}"), "127.0.0.1".to_owned(), format!("127.0.0.1:{}", port - 1)];
    for host in hosts {
        for path in ["/", "/v1/host"] {
            let answer = served.said("GET", path, &[&format!("Host: {host}"), &token], "");
            assert_eq!((answer.status, answer.code().as_str()), (421, "other-host"), "{host}");
        }
    }
    for host in [format!("localhost:{port}"), format!("[::1]:{port}")] {
        let answer = served.said("GET", "/v1/host", &[&format!("Host: {host}"), &token], "");
        assert_eq!(answer.status, 200, "{host}");
    }
    assert_eq!(served.said("GET", "/v1/host", &[&token], "").code(), "no-host");
    let two = [&*format!("Host: {}", served.address), "Host: evil.example", &token];
    assert_eq!(served.said("GET", "/v1/host", &two, "").status, 400);
    let whole = format!("http://evil.example:{port}/v1/host");
    let host = format!("Host: {}", served.address);
    assert_eq!(served.said("GET", &whole, &[&host, &token], "").status, 421);
}

fn other_machines_are_let_in_in_words_alone() {
    let listen = SocketAddr::from(([0, 0, 0, 0], 0));
    let host = aether::Host::builder().build().expect("a host");
    let bind = |anywhere| {
        let settings = Settings { listen, anywhere, ..Settings::default() };
        Server::bind(host.clone(), Feed::default(), &settings)
    };
    assert!(matches!(bind(false), Err(ServeError::Beyond(_))));
    let server = bind(true).expect("a server");
    assert!(server.url().starts_with("http://127.0.0.1:"), "what this machine opens");
    let served = Served::with(|settings| Settings { listen, anywhere: true, ..settings });
    let own = format!("Host: 127.0.0.1:{}", served.address.port());
    assert_eq!(served.said("GET", "/v1/host", &[&own], "").status, 401, "the token all the same");
}
