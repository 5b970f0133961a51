//! Plugins, loaded, started, called and held back.

use std::io::Write as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Served, tests};

tests![
    a_plugin_is_loaded_started_called_and_stopped,
    a_plugin_that_is_none_is_told_with_its_places,
    who_is_refused_is_told_why,
    what_a_plugin_does_wrong_is_told,
    whoever_is_frozen_is_not_called_until_it_is_restored,
    each_order_is_done,
    calls_go_on_beside_each_other,
    whoever_hangs_up_has_cancelled,
    at_the_end_everything_is_stopped,
    ended_cells_do_not_pile_up,
    ended_cells_are_forgotten_although_nobody_starts_another,
];

const CODE: &str = r#"
    export function hello({ name }) { return `hello, ${name}`; }
    export function fail() { const error = new TypeError("no <b>good</b>"); error.code = "E_BAD"; throw error; }
    export async function last({ ms }, { signal }) {
        const until = performance.now() + ms;
        while (performance.now() < until) {
            if (signal.aborted) throw signal.reason;
            await new Promise((go) => setTimeout(go, 5));
        }
        return "done";
    }
"#;

fn a_plugin_is_loaded_started_called_and_stopped() {
    let served = Served::new();
    let cell = served.start("greeter", CODE);
    let (status, answer) = served.call(cell, "hello", json!({ "name": "Ada" }));
    assert_eq!((status, &answer["result"]), (200, &json!("hello, Ada")));
    let (_, plugins) = served.get("/v1/plugins");
    assert_eq!(plugins["plugins"][0]["name"], "greeter");
    assert_eq!(plugins["plugins"][0]["cells"], json!([cell]));
    let about = served.until(cell, |about| about["memory"].as_u64() > Some(0));
    assert_eq!((&about["state"], &about["plugin"]), (&json!("running"), &json!("greeter")));
    assert_eq!(about["limits"]["memory"], 256 << 20);
    let seccomp =
        about["posture"].as_array().expect("a list").iter().find(|one| one["name"] == "seccomp");
    assert_eq!(seccomp.expect("a protection")["state"], "enforced");
    assert!(about["methods"].as_array().expect("a list").contains(&json!("hello")));
    let (status, answer) = served.post(&format!("/v1/cells/{cell}/stop"), &Value::Null);
    assert_eq!((status, &answer["ending"]), (202, &json!("it ended normally")));
    let (status, about) = served.get(&format!("/v1/cells/{cell}"));
    assert_eq!((status, &about["state"]), (200, &json!("ended")));
    assert_eq!(served.call(cell, "hello", json!({})).0, 404);
    let actions = served.actions();
    for action in ["serve.load", "serve.start", "serve.call", "serve.stop"] {
        assert!(actions.iter().any(|one| one == action), "{action}: {actions:?}");
    }
}

fn a_plugin_that_is_none_is_told_with_its_places() {
    let served = Served::new();
    let folder = served.scene.plugin("odd").with("permissoins", "{}").main("");
    let (status, answer) = served.post("/v1/plugins", &json!({ "folder": folder }));
    let error = &answer["error"];
    assert_eq!((status, &error["code"]), (422, &json!("unusable")));
    let problem = &error["diagnostics"][0];
    assert!(problem["message"].as_str().expect("words").contains("permissoins"), "{problem}");
    assert!(problem["line"].as_u64() > Some(1) && error["fix"].is_string(), "{error}");
}

fn who_is_refused_is_told_why() {
    let served = Served::new();
    let folder = served.scene.plugin("reader").reads(&["./secrets/**"]).main("");
    assert_eq!(served.post("/v1/plugins", &json!({ "folder": folder })).0, 201);
    let (status, answer) = served.post("/v1/plugins/reader/start", &Value::Null);
    let error = &answer["error"];
    assert_eq!((status, &error["code"]), (403, &json!("refused")), "{answer}");
    assert!(error["refusals"][0]["code"].is_string() && error["fix"].is_string(), "{error}");
    assert_eq!(served.get("/v1/cells").1["cells"], json!([]));
}

fn what_a_plugin_does_wrong_is_told() {
    let served = Served::new();
    let cell = served.start("p", CODE);
    let (status, answer) = served.call(cell, "fail", json!({}));
    let plugin = &answer["error"]["plugin"];
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("plugin-error")));
    assert_eq!(plugin["name"], "TypeError");
    assert_eq!(plugin["message"], "TypeError: no <b>good</b>");
    assert_eq!(plugin["code"], "E_BAD");
    let (status, answer) = served.call(cell, "nothing", json!({}));
    assert_eq!((status, &answer["error"]["code"]), (404, &json!("no-method")));
    let call = json!({ "method": "last", "input": { "ms": 60_000 }, "timeout_ms": 300 });
    let begun = Instant::now();
    let (status, answer) = served.post(&format!("/v1/cells/{cell}/call"), &call);
    assert_eq!((status, &answer["error"]["code"]), (410, &json!("cell-ended")), "{answer}");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

fn whoever_is_frozen_is_not_called_until_it_is_restored() {
    let served = Served::new();
    let cell = served.start("p", CODE);
    assert_eq!(served.post(&format!("/v1/cells/{cell}/freeze"), &Value::Null).0, 202);
    served.until(cell, |about| about["rung"] == "freeze");
    let (status, answer) = served.call(cell, "hello", json!({ "name": "x" }));
    assert_eq!((status, &answer["error"]["code"]), (503, &json!("degraded")), "{answer}");
    let refused =
        served.answer("POST", &format!("/v1/cells/{cell}/call"), "{\"method\":\"hello\"}");
    assert!(refused.head.contains("retry-after: "), "{refused:?}");
    assert_eq!(served.post(&format!("/v1/cells/{cell}/restore"), &Value::Null).0, 202);
    served.until(cell, |about| about["rung"] == "observe");
    let (status, answer) = served.call(cell, "hello", json!({ "name": "x" }));
    assert_eq!((status, &answer["result"]), (200, &json!("hello, x")));
}

fn each_order_is_done() {
    let served = Served::new();
    let cell = served.start("p", CODE);
    for rung in ["throttle", "narrow"] {
        let (status, answer) = served.post(&format!("/v1/cells/{cell}/{rung}"), &json!({}));
        assert_eq!((status, &answer["asked"]), (202, &json!(rung)));
        served.until(cell, |about| about["rung"] == rung);
    }
    assert_eq!(served.post(&format!("/v1/cells/{cell}/kill"), &Value::Null).0, 202);
    let about = served
        .until(cell, |about| about["state"] == "ended" && about["exit"]["kind"] == "violation");
    assert!(
        about["record"]["ladder"]
            .as_array()
            .expect("steps")
            .iter()
            .any(|step| { step["to"] == "kill" && step["by"] == "the token's holder" }),
        "{about}"
    );
    assert_eq!(served.post(&format!("/v1/cells/{cell}/kill"), &Value::Null).0, 404);
}

fn calls_go_on_beside_each_other() {
    let served = Served::new();
    let (one, other) = (served.start("one", CODE), served.start("other", CODE));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for number in 0..12 {
            let (served, cell) = (&served, if number % 2 == 0 { one } else { other });
            scope.spawn(move || {
                let (status, answer) = served.call(cell, "last", json!({ "ms": 500 }));
                assert_eq!((status, &answer["result"]), (200, &json!("done")), "{answer}");
            });
        }
        // Questions are answered meanwhile.
        let asked = Instant::now();
        assert_eq!(served.get("/v1/cells").0, 200);
        assert!(asked.elapsed() < Duration::from_millis(450), "{:?}", asked.elapsed());
    });
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

fn whoever_hangs_up_has_cancelled() {
    let served = Served::new();
    let cell = served.start("p", CODE);
    let mut stream = served.connect();
    let body = json!({ "method": "last", "input": { "ms": 20_000 } }).to_string();
    let head = format!(
        "POST /v1/cells/{cell}/call HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{body}",
        served.address,
        served.token,
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("a reader");
    served.until(cell, |about| about["open_calls"] == 1);
    drop(stream);
    served.until(cell, |about| about["open_calls"] == 0);
    assert_eq!(served.call(cell, "hello", json!({ "name": "x" })).0, 200, "it lives on");
}

fn at_the_end_everything_is_stopped() {
    let mut served = Served::new();
    let cell = served.start("p", CODE);
    let begun = Instant::now();
    let mut answered = None;
    std::thread::scope(|scope| {
        let (token, address) = (served.token.clone(), served.address);
        let call = scope.spawn(move || {
            let mut stream = std::net::TcpStream::connect(address).expect("a server");
            let body = json!({ "method": "last", "input": { "ms": 20_000 } }).to_string();
            let head = format!(
                "POST /v1/cells/{cell}/call HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(head.as_bytes()).expect("a reader");
            crate::client::Answer::read(&mut stream)
        });
        served.until(cell, |about| about["open_calls"] == 1);
        served.stop();
        answered = Some(call.join().expect("an answer"));
    });
    let answer = answered.expect("an answer");
    assert_eq!((answer.status, answer.code().as_str()), (410, "cell-ended"));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert_eq!(served.host.cells(), []);
    assert!(std::net::TcpStream::connect(served.address).is_err(), "nobody listens");
    served.host.finish(aether::ExitCode::Done).expect("a log");
}

fn ended_cells_do_not_pile_up() {
    let served = Served::new();
    // What does not start is on record like what has ended.
    let folder = served.scene.plugin("broken").main("throw new Error('not today')");
    assert_eq!(served.post("/v1/plugins", &json!({ "folder": folder })).0, 201);
    for _ in 0..130 {
        assert_eq!(served.post("/v1/plugins/broken/start", &Value::Null).0, 422);
    }
    let (_, record) = served.get("/v1/report");
    let kept = record["cells"].as_array().expect("cells").len();
    assert!((90..=105).contains(&kept), "{kept}");
}

fn ended_cells_are_forgotten_although_nobody_starts_another() {
    let served = Served::new();
    let folder = served.scene.plugin("p").main(CODE);
    assert_eq!(served.post("/v1/plugins", &json!({ "folder": folder })).0, 201);
    let cells: Vec<Value> = (0..120)
        .map(|_| served.post("/v1/plugins/p/start", &Value::Null).1["cell"].clone())
        .collect();
    assert_eq!(served.get("/v1/cells").1["cells"].as_array().map(Vec::len), Some(120));
    for cell in &cells {
        assert_eq!(served.post(&format!("/v1/cells/{cell}/kill"), &Value::Null).0, 202);
    }
    let begun = Instant::now();
    loop {
        let (_, record) = served.get("/v1/report");
        let kept = record["cells"].as_array().expect("cells");
        if kept.len() == 100 {
            // The last ones.
            assert_eq!(kept[0]["id"], cells[20]);
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{}", kept.len());
        std::thread::sleep(Duration::from_millis(200));
    }
}
