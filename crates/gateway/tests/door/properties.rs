//! Whatever a cell says: the door never panics, and never serves what was not granted.

use aether_gateway::{Attach, Outgoing};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::bench::{Bench, FakeBlobs, SECRET, value};

/// Components of paths, honest and not.
fn component() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec![
            "in", "out", "both", "a.txt", "deep", "b.txt", "c.txt", "d.txt", "link", "folder-link",
            "absolute", "loop", "honest", "secret.txt", "secrets", "e.txt", "workspace", "etc",
            "passwd", "new",
        ]).prop_map(str::to_owned),
        2 => prop::sample::select(vec!["..", ".", "", "...", "%2e%2e", "..\\", "\0", "~", "in\0", "IN"])
            .prop_map(str::to_owned),
        1 => "\\PC{0,8}",
        1 => any::<String>().prop_map(|text| text.chars().take(12).collect()),
    ]
}

fn path() -> impl Strategy<Value = String> {
    let lead = prop::sample::select(vec![
        "",
        "/",
        "./",
        "/workspace/",
        "/workspace/in/",
        "./out/",
        "./both/",
        "//",
    ]);
    (lead, prop::collection::vec(component(), 0..5))
        .prop_map(|(lead, components)| format!("{lead}{}", components.join("/")))
}

/// A request about files, mostly well formed.
fn request() -> impl Strategy<Value = (String, Value)> {
    let method = prop::sample::select(vec![
        "fs.read",
        "fs.write",
        "fs.list",
        "fs.stat",
        "fs.remove",
        "fs.rename",
        "fs.mkdir",
        "bundle.read",
        "env.get",
        "kv.set",
        "kv.get",
        "none",
    ]);
    (method, path(), path(), any::<bool>(), 0u64..40).prop_map(
        |(method, one, other, flag, number)| {
            let params = match method {
                "fs.read" => json!({ "path": one, "offset": number, "length": number }),
                "fs.write" => json!({ "path": one, "data": { "text": other }, "append": flag }),
                "fs.remove" | "fs.mkdir" => json!({ "path": one, "recursive": flag }),
                "fs.rename" => json!({ "from": one, "to": other }),
                "env.get" => json!({ "name": one }),
                "kv.set" => json!({ "key": one, "value": { "json": other } }),
                "kv.get" => json!({ "key": one }),
                _ => json!({ "path": one }),
            };
            (method.to_owned(), params)
        },
    )
}

/// JSON of any shape.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let key = prop_oneof![
            prop::sample::select(vec![
                "path", "data", "text", "blob", "as", "from", "to", "result", "output"
            ])
            .prop_map(str::to_owned),
            ".{0,6}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// A line that is nearly, or not at all, a message.
fn near_line() -> impl Strategy<Value = Vec<u8>> {
    let methods = prop::sample::select(vec![
        "fs.read",
        "fs.write",
        "log.write",
        "call.progress",
        "kv.set",
        "hello",
        "shutdown",
        "fs.get",
        "log.put",
        "x",
    ]);
    let message = (any::<Option<u8>>(), methods, any_json(), 0..4u8).prop_map(|(id, method, params, kind)| {
        let message = match kind {
            0 => json!({ "jsonrpc": "2.0", "id": id, "result": params }),
            1 => json!({ "jsonrpc": "2.0", "id": id, "error": params }),
            2 => json!({ "jsonrpc": "2.0", "method": method, "params": params }),
            _ => json!({ "jsonrpc": "2.0", "id": id.unwrap_or(1), "method": method, "params": params }),
        };
        message.to_string().into_bytes()
    }).boxed();
    let broken = (message.clone(), any::<prop::sample::Index>(), any::<u8>()).prop_map(
        |(mut line, at, byte)| {
            let at = at.index(line.len());
            line[at] = byte;
            line
        },
    );
    prop_oneof![prop::collection::vec(any::<u8>(), 0..200), message, broken,]
}

/// Nothing that goes out holds the secret.
fn is_clean(outgoing: &Outgoing) -> bool {
    let holds =
        |bytes: &[u8]| bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
    let attached = matches!(&outgoing.attach, Some(Attach::Bytes(bytes)) if holds(bytes));
    !holds(&outgoing.line) && !attached
}

/// Where a path leads by its text alone; nothing for one that must not be used.
fn plain(path: &str) -> Option<String> {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("/workspace/{path}") };
    let components: Vec<&str> =
        whole.split('/').filter(|one| !one.is_empty() && *one != ".").collect();
    let usable = !components.contains(&"..") && !whole.contains('\0');
    usable.then(|| format!("/{}", components.join("/")))
}

/// Whether the request may succeed, judged anew and simply: by the text of its paths.
fn may_succeed(method: &str, params: &Value) -> bool {
    let within = |key: &str, roots: &[&str]| {
        let path = params[key].as_str().and_then(plain);
        let in_root =
            |path: &str, root: &str| format!("{path}/").starts_with(&format!("/workspace/{root}/"));
        path.is_some_and(|path| roots.iter().any(|root| in_root(&path, root)))
    };
    let seen = |key: &str| {
        let path = params[key].as_str().and_then(plain);
        path.is_some_and(|path| {
            ["in", "out", "both"].iter().any(|root| {
                let root = format!("/workspace/{root}");
                path == "/"
                    || root == path
                    || root.starts_with(&format!("{path}/"))
                    || path.starts_with(&format!("{root}/"))
            })
        })
    };
    match method {
        "fs.read" => within("path", &["in", "both"]),
        "fs.list" | "fs.stat" => seen("path"),
        "fs.write" | "fs.remove" => within("path", &["out", "both"]),
        // Making a folder that is there already succeeds when asked for with its parents.
        "fs.mkdir" => within("path", &["out", "both"]),
        "fs.rename" => within("from", &["out", "both"]) && within("to", &["out", "both"]),
        "env.get" => matches!(params["name"].as_str(), Some("LANG" | "UNSET")),
        "bundle.read" => matches!(params["path"].as_str(), Some("main.js" | "binary")),
        "kv.set" | "kv.get" => true,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_was_not_granted_is_served(requests in prop::collection::vec(request(), 1..25)) {
        let mut bench = Bench::new();
        for (id, (method, params)) in requests.iter().enumerate() {
            let line = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
            let answer = bench.door.receive(line.to_string().as_bytes(), &mut FakeBlobs::default());
            let answer = answer.expect("an honest message").expect("an answer");
            prop_assert!(is_clean(&answer), "{method} {params}");
            let answer = value(&answer);
            prop_assert_eq!(&answer["id"], &json!(id));
            if answer.get("error").is_none() {
                prop_assert!(may_succeed(method, params), "{method} {params}: {answer}");
            }
        }
        prop_assert_eq!(bench.door.ledger().totals.strikes, 0);
        prop_assert_eq!(bench.door.ledger().totals.calls, requests.len() as u64);
        let secret = std::fs::read_to_string(bench.host("secret.txt")).expect("the host's file");
        prop_assert_eq!(secret, SECRET);
        prop_assert!(!bench.host("out/new").exists() && !bench.host("both/new").exists());
    }

    #[test]
    fn no_line_panics_or_breaks_the_count(
        lines in prop::collection::vec(near_line(), 1..20),
        version in 0..2u32,
    ) {
        let mut bench = Bench::speaking(version);
        bench.door.call("run", &json!({}), 1000).expect("a call");
        for line in &lines {
            let before = bench.door.ledger().totals.strikes;
            match bench.door.receive(line, &mut FakeBlobs::of("abc")) {
                Ok(Some(answer)) => prop_assert!(is_clean(&answer)),
                Ok(None) => {}
                Err(_) => {
                    prop_assert!(before + 1 >= aether_gateway::limits::STRIKES);
                    break;
                }
            }
            prop_assert!(bench.door.ledger().totals.strikes <= before + 1);
            bench.events();
        }
    }
}
