//! Operations beyond the grant: no token, no operation; and each token for what it is for.

use aether_audit::{End, Verdict};
use aether_gateway::{Done, Event, Fetched, Ran, Work, limits};
use aether_protocol::{Code, RpcError};
use serde_json::{Value, json};

use crate::bench::{Bench, Refusal, SECRET, outcome, value};

const ALLOW_OUT: &str = "{ right: host-write, below: ./out/, answer: allow, uses: 2, for: 60s }";

/// A token, as a plugin would hold it.
#[track_caller]
fn token(bench: &mut Bench, want: Value) -> String {
    let reply = bench.ask("token.request", json!({ "want": want, "reason": "because" }));
    reply.expect("a token")["token"].as_str().expect("its text").to_owned()
}

fn write(path: &str, token: Option<&str>) -> Value {
    json!({ "path": path, "data": { "text": "new" }, "through": true, "token": token })
}

/// The number of the work that is to be done, and what it is.
#[track_caller]
fn work(bench: &mut Bench) -> (u64, Work) {
    let found = bench.events().into_iter().find_map(|event| match event {
        Event::Work { number, work } => Some((number, work)),
        _ => None,
    });
    found.expect("something to do")
}

/// What the cell is answered when the work is done.
#[track_caller]
fn finish(bench: &mut Bench, number: u64, id: u64, done: Done) -> Result<Value, Refusal> {
    let answer = value(&bench.door.finish(number, done).expect("an answer"));
    assert_eq!(answer["id"], id);
    outcome(&answer)
}

#[test]
fn a_write_through_needs_a_token_and_says_which() {
    let mut bench = Bench::elevating(ALLOW_OUT, false);
    let refused = bench.ask("fs.write", write("./out/a.txt", None)).unwrap_err();
    assert_eq!(refused.number(), -32040);
    let want = refused.0["data"]["request"].clone();
    assert_eq!(want, json!({ "right": "host-write", "path": "/workspace/out/a.txt" }));
    assert!(!bench.host("out/a.txt").exists());
    let token = token(&mut bench, want);
    assert_eq!(bench.ask("fs.write", write("./out/a.txt", Some(&token))), Ok(json!({})));
    assert_eq!(std::fs::read_to_string(bench.host("out/a.txt")).unwrap(), "new");
    assert!(bench.door.overlay().changeset().is_empty(), "nothing waits");
    let again = bench.ask("fs.write", write("./out/a.txt", Some(&token))).unwrap_err();
    assert_eq!(again.number(), -32001, "one use was asked for");
    assert_eq!(
        bench.recorded("token"),
        [
            ("token.issue".to_owned(), "host-write below /workspace/out/a.txt".to_owned()),
            ("token.use".to_owned(), "host-write below /workspace/out/a.txt".to_owned()),
            ("token.use".to_owned(), "host-write below /workspace/out/a.txt".to_owned()),
        ]
    );
    let records = bench.records();
    let issued = records.iter().find(|record| record.action == "token.issue").unwrap();
    assert_eq!(issued.rule.as_deref(), Some("plugins.p.elevation[0]"));
    assert!(records.iter().any(|record| record.action == "fs.write-through"));
    for record in &records {
        let text = format!("{record:?}");
        assert!(!text.contains("aec1."), "a token in the log: {text}");
    }
    assert!(bench.door.ledger().elevations[0].issued);
}

#[test]
#[cfg_attr(windows, ignore = "of links, modes, pipes or names that Windows does not give")]
fn a_token_is_for_what_it_is_for() {
    let mut bench = Bench::elevating(ALLOW_OUT, false);
    let token = token(&mut bench, json!({ "right": "host-write", "path": "./out/a.txt" }));
    for (path, code) in [
        ("./out/b.txt", "-32001"),
        ("./both/c.txt", "-32001"),
        ("./in/a.txt", "-32001"),
        ("./secret.txt", "-32001"),
        ("./out/link", "ENOENT"),
        ("./out/../secret.txt", "EINVAL"),
    ] {
        let refused = bench.ask("fs.write", write(path, Some(&token))).unwrap_err();
        assert_eq!(refused.word(), code, "{path}: {}", refused.message());
    }
    assert_eq!(std::fs::read_to_string(bench.host("secret.txt")).unwrap(), SECRET);
    let other = json!({ "name": "key", "token": token });
    assert_eq!(bench.ask("secret.get", other).unwrap_err().number(), -32001);
    // Nothing was used up by all that.
    assert_eq!(bench.ask("fs.write", write("./out/a.txt", Some(&token))), Ok(json!({})));
}

#[test]
#[cfg_attr(windows, ignore = "of links, modes, pipes or names that Windows does not give")]
fn what_is_not_granted_cannot_be_written_through_either() {
    let mut bench =
        Bench::elevating("{ right: host-write, below: /workspace/, answer: allow }", true);
    for path in ["./in/a.txt", "./secret.txt", "/etc/passwd", "./both/folder-link/e.txt"] {
        let want = json!({ "want": { "right": "host-write", "path": path } });
        let refused = bench.ask("token.request", want).unwrap_err();
        let expected = if path.contains("link") { -32002 } else { -32001 };
        assert_eq!(refused.number(), expected, "{path}: {}", refused.message());
    }
    assert!(bench.recorded("token").is_empty(), "no token was ever spoken of");
}

#[test]
fn tokens_of_others_forged_and_dropped_ones_are_nothing() {
    let mut bench = Bench::elevating(ALLOW_OUT, false);
    let mut other = Bench::elevating(ALLOW_OUT, false);
    let want = json!({ "right": "host-write", "path": "./out/a.txt" });
    let stolen = token(&mut other, want.clone());
    let own = token(&mut bench, want);
    let mut forged = own.clone();
    forged.replace_range(forged.len() - 1.., if own.ends_with('0') { "1" } else { "0" });
    for wrong in [&*stolen, &*forged, "", "aec1.", "aec1.00.x.00", &"x".repeat(10_000)] {
        let refused = bench.ask("fs.write", write("./out/a.txt", Some(wrong))).unwrap_err();
        assert_eq!(refused.number(), -32001, "{wrong}");
    }
    assert_eq!(bench.ask("token.drop", json!({ "token": stolen })), Ok(json!({})));
    assert_eq!(other.ask("fs.write", write("./out/a.txt", Some(&stolen))), Ok(json!({})));
    assert_eq!(bench.ask("token.drop", json!({ "token": own })), Ok(json!({})));
    let refused = bench.ask("fs.write", write("./out/a.txt", Some(&own))).unwrap_err();
    assert_eq!(refused.number(), -32001, "it was given back");
    assert!(!bench.host("out/a.txt").exists());
}

#[test]
fn a_narrowed_token_allows_less_and_shares_its_uses() {
    let mut bench = Bench::elevating(ALLOW_OUT, false);
    let asked = json!({ "want": { "right": "host-write", "path": "./out/" }, "uses": 2 });
    let wide = bench.ask("token.request", asked).unwrap()["token"].clone();
    let narrow = |bench: &mut Bench, token: &Value, caveats: Value| {
        bench.ask("token.narrow", json!({ "token": token, "caveats": caveats }))
    };
    let part = json!({ "path_prefix": "./out/a.txt", "max_bytes": 3, "before_ms": 60_000 });
    let small = narrow(&mut bench, &wide, part).unwrap()["token"].clone();
    let through = |path: &str, text: &str, token: &Value| json!({ "path": path, "data": { "text": text }, "through": true, "token": token });
    for (path, text) in [("./out/b.txt", "new"), ("./out/a.txt", "long")] {
        let refused = bench.ask("fs.write", through(path, text, &small)).unwrap_err();
        assert_eq!(refused.number(), -32001, "{path} {text}: {}", refused.message());
    }
    assert_eq!(bench.ask("fs.write", through("./out/a.txt", "new", &small)), Ok(json!({})));
    // It cannot be made wider again, and what is made of nothing is nothing.
    let wider = narrow(&mut bench, &small, json!({ "path_prefix": "/", "max_bytes": 99 })).unwrap();
    let refused = bench.ask("fs.write", through("./out/a.txt", "long", &wider["token"]));
    assert_eq!(refused.unwrap_err().number(), -32001);
    let over = narrow(&mut bench, &wide, json!({ "before_ms": 0 })).unwrap();
    let refused = bench.ask("fs.write", through("./out/a.txt", "new", &over["token"]));
    assert_eq!(refused.unwrap_err().number(), -32001);
    assert_eq!(bench.ask("fs.write", through("./out/b.txt", "new", &wide)), Ok(json!({})));
    let refused = bench.ask("fs.write", through("./out/b.txt", "new", &wide)).unwrap_err();
    assert_eq!(refused.number(), -32001, "both uses are used up");
    for bad in [
        json!({}),
        json!({ "host": "UPPER" }),
        json!({ "method": "no method" }),
        json!({ "plugin": "a" }),
        json!({ "uses": -1 }),
    ] {
        let refused = narrow(&mut bench, &wide, bad.clone()).unwrap_err();
        assert_eq!(refused.number(), -32602, "{bad}");
    }
    let recorded = bench.recorded("token");
    assert_eq!(recorded.iter().filter(|(action, _)| action == "token.narrow").count(), 3);
}

#[test]
fn one_question_at_a_time_and_two_commands() {
    let mut bench =
        Bench::elevating("{ right: command, name: format, answer: allow, uses: 9 }", true);
    let secret = json!({ "want": { "right": "secret", "name": "key" } });
    let first = bench.begin("token.request", secret.clone());
    let (number, _) = work(&mut bench);
    let busy = bench.ask("token.request", secret.clone()).unwrap_err();
    assert_eq!((busy.number(), busy.0["data"]["retry_after_ms"].as_u64()), (-32029, Some(1000)));
    let unanswered =
        finish(&mut bench, number, first, Done::Unanswered("nobody has answered")).unwrap_err();
    assert!(unanswered.message().contains("nobody has answered"), "{}", unanswered.message());
    bench.begin("token.request", secret);
    work(&mut bench);

    let want = json!({ "want": { "right": "command", "name": "format" }, "uses": 3 });
    let token = bench.ask("token.request", want).unwrap()["token"].clone();
    let run = json!({ "name": "format", "token": token });
    bench.begin("command.run", run.clone());
    work(&mut bench);
    let id = bench.begin("command.run", run.clone());
    let (number, _) = work(&mut bench);
    assert_eq!(bench.ask("command.run", run.clone()).unwrap_err().number(), -32029);
    let why = RpcError::new(Code::Io, "the command `format` cannot be run")
        .with("withheld", "/home/owner/format: no such file");
    let failed = finish(&mut bench, number, id, Done::Ran(Err(why))).unwrap_err();
    assert!(!failed.0.to_string().contains("owner"), "the host's paths are the host's");
    let records = format!("{:?}", bench.records());
    assert!(records.contains("/home/owner/format"), "its owner can read why");
    // What was refused has not used the token up.
    bench.begin("command.run", run);
    assert!(matches!(work(&mut bench).1, Work::Run { .. }));
}

#[test]
fn what_is_under_way_holds_so_much_of_the_hosts_memory() {
    let mut bench = Bench::elevating("", false);
    let body = "x".repeat(12 << 20);
    let asked = json!({ "url": "https://a.example/", "method": "POST", "body": { "text": body } });
    let mut ids = Vec::new();
    for _ in 0..2 {
        let id = bench.begin("http.fetch", asked.clone());
        ids.push((work(&mut bench).0, id));
    }
    assert_eq!(bench.ask("http.fetch", asked.clone()).unwrap_err().number(), -32029);
    let (number, id) = ids[0];
    let over = Done::Failed(RpcError::new(Code::Io, "over"));
    assert_eq!(finish(&mut bench, number, id, over).unwrap_err().number(), -32002);
    bench.begin("http.fetch", asked);
    assert!(matches!(work(&mut bench).1, Work::Fetch(_)));
}

#[test]
fn what_the_policy_allows_of_time_is_for_a_call_as_a_whole() {
    let mut bench = Bench::elevating("{ right: time, most: 5s, answer: allow, uses: 9 }", false);
    let want = json!({ "want": { "right": "time", "ms": 2000 }, "uses": 9 });
    let token = bench.ask("token.request", want.clone()).unwrap()["token"].clone();
    let extend = json!({ "ms": 2000, "token": token });
    assert_eq!(bench.ask("time.extend", extend.clone()), Ok(json!({})));
    assert_eq!(bench.ask("time.extend", extend.clone()), Ok(json!({})));
    assert_eq!(bench.ask("time.extend", extend).unwrap_err().number(), -32001);
    let token = bench.ask("token.request", want).unwrap()["token"].clone();
    let another = json!({ "ms": 2000, "token": token });
    assert_eq!(bench.ask("time.extend", another).unwrap_err().number(), -32001);
}

#[test]
fn nobody_to_ask_is_a_no_with_the_line_that_would_be_a_yes() {
    let mut bench = Bench::elevating("", false);
    let want =
        json!({ "want": { "right": "secret", "name": "key" }, "reason": "\u{1b}[31mplease" });
    let refused = bench.ask("token.request", want).unwrap_err();
    assert_eq!(refused.number(), -32001);
    let line = refused.0["data"]["policy"].as_str().unwrap();
    assert!(line.contains("elevation") && line.contains("key"), "{line}");
    let denied: Vec<_> = bench.door.ledger().denied().cloned().collect();
    assert_eq!(denied[0].permission, "elevation.secret");
    assert_eq!(denied[0].policy_line.as_deref(), Some(line));
}

#[test]
fn the_policy_refuses_before_anybody_is_asked() {
    let mut bench = Bench::elevating("{ right: secret, answer: refuse }", true);
    let want = json!({ "want": { "right": "secret", "name": "key" } });
    assert_eq!(bench.ask("token.request", want).unwrap_err().number(), -32001);
    assert!(bench.events().iter().all(|event| !matches!(event, Event::Work { .. })));
}

#[test]
fn a_person_decides_where_the_policy_does_not() {
    for yes in [true, false] {
        let mut bench = Bench::elevating("", true);
        let want =
            json!({ "want": { "right": "secret", "name": "key" }, "uses": 3, "reason": "r" });
        let id = bench.begin("token.request", want);
        let (number, asked) = work(&mut bench);
        let Work::Ask(question) = asked else { panic!("a question") };
        assert_eq!((question.want.to_string().as_str(), question.uses), ("secret key", 3));
        let answer = finish(&mut bench, number, id, Done::Answered(yes));
        assert_eq!(bench.door.finish(number, Done::Answered(true)), None, "answered once");
        match answer {
            Ok(reply) => {
                assert!(yes);
                let asked = json!({ "name": "key", "token": reply["token"] });
                assert_eq!(bench.ask("secret.get", asked), Ok(json!({ "value": SECRET })));
                assert!(!format!("{:?}", bench.records()).contains(SECRET), "never logged");
            }
            Err(refused) => assert!(!yes && refused.number() == -32001),
        }
        let by = &bench.door.ledger().elevations[0].by;
        assert!(by.contains("person"), "{by}");
    }
}

#[test]
fn what_the_owner_has_not_named_is_not_there() {
    let all = "{ right: secret, answer: ask }, { right: command, answer: ask }";
    let mut bench = Bench::elevating(all, true);
    for want in
        [json!({ "right": "secret", "name": "other" }), json!({ "right": "command", "name": "rm" })]
    {
        let refused = bench.ask("token.request", json!({ "want": want })).unwrap_err();
        assert!(refused.message().contains("names no"), "{}", refused.message());
    }
    for want in [
        json!({ "right": "secret", "name": "a b" }),
        json!({ "right": "network", "host": "EXAMPLE.com" }),
        json!({ "right": "network", "host": "127.1" }),
        json!({ "right": "all" }),
        json!({}),
    ] {
        let refused = bench.ask("token.request", json!({ "want": want })).unwrap_err();
        assert_eq!(refused.number(), -32602, "{want}");
    }
    for uses in [0, limits::TOKEN_USES + 1] {
        let want = json!({ "want": { "right": "secret", "name": "key" }, "uses": uses });
        assert_eq!(bench.ask("token.request", want).unwrap_err().number(), -32602);
    }
}

#[test]
fn a_command_is_run_outside_and_answered() {
    let mut bench = Bench::elevating("{ right: command, name: format, answer: allow }", false);
    assert_eq!(bench.ask("command.run", json!({ "name": "format" })).unwrap_err().number(), -32040);
    let token = token(&mut bench, json!({ "right": "command", "name": "format" }));
    let asked = json!({ "name": "format", "input": { "text": "in" }, "token": token });
    let id = bench.begin("command.run", asked);
    let (number, asked) = work(&mut bench);
    assert!(matches!(asked, Work::Run { name, input } if name == "format" && input == b"in"));
    let ran = Ran { code: 3, output: b"out".to_vec(), errors: vec![0xff] };
    let reply = finish(&mut bench, number, id, Done::Ran(Ok(ran))).unwrap();
    assert_eq!(reply["code"], 3);
    assert_eq!(reply["output"], json!({ "text": "out" }));
    assert_eq!(reply["errors"], json!({ "text": "\u{fffd}" }));
}

#[test]
fn a_token_opens_one_host_for_one_request() {
    let rule = "{ right: network, host: a.example, answer: allow }";
    let mut bench = Bench::elevating(rule, false);
    let token = token(&mut bench, json!({ "right": "network", "host": "a.example" }));
    let asked = json!({ "url": "https://b.example/", "token": token });
    assert_eq!(bench.ask("http.fetch", asked).unwrap_err().number(), -32001);
    let id = bench.begin("http.fetch", json!({ "url": "https://a.example/", "token": token }));
    let (number, asked) = work(&mut bench);
    let Work::Fetch(fetching) = asked else { panic!("a request") };
    let opened = fetching.opened.expect("what the token opens");
    assert_eq!((opened.host.as_str(), opened.port), ("a.example", 443));
    let fetched = Fetched {
        reason: String::new(),
        status: 204,
        url: "https://a.example/".to_owned(),
        redirected: false,
        headers: vec![("a".to_owned(), "b".to_owned())],
        body: Some(Vec::new()),
    };
    let reply = finish(&mut bench, number, id, Done::Fetched(Ok(fetched))).unwrap();
    assert_eq!(reply["status"], 204);
    // Without one it is decided on by whoever makes the request.
    bench.begin("http.fetch", json!({ "url": "https://b.example/" }));
    assert!(matches!(work(&mut bench).1, Work::Fetch(fetching) if fetching.opened.is_none()));
}

#[test]
fn more_time_is_for_a_call_that_is_open() {
    let mut bench = Bench::elevating("{ right: time, most: 5s, answer: allow, uses: 9 }", false);
    let want = json!({ "want": { "right": "time", "ms": 2000 }, "uses": 9 });
    let token = bench.ask("token.request", want).unwrap()["token"].clone();
    let more = json!({ "want": { "right": "time", "ms": 6000 } });
    assert_eq!(bench.ask("token.request", more).unwrap_err().number(), -32001, "beyond the rule");
    let extend = |ms: u64, call: Value| match call {
        Value::Null => json!({ "ms": ms, "token": token }),
        call => json!({ "ms": ms, "token": token, "call": call }),
    };
    assert_eq!(bench.ask("time.extend", extend(2001, Value::Null)).unwrap_err().number(), -32001);
    assert_eq!(bench.ask("time.extend", extend(1, json!(99))).unwrap_err().number(), -32602);
    bench.events();
    assert_eq!(bench.ask("time.extend", extend(2000, Value::Null)), Ok(json!({})));
    assert!(bench.events().iter().any(|event| matches!(event, Event::Extend { ms: 2000, .. })));
    let second = bench.open_call();
    let refused = bench.ask("time.extend", extend(1, Value::Null)).unwrap_err();
    assert!(refused.message().contains("name a call"), "{}", refused.message());
    assert_eq!(bench.ask("time.extend", extend(1, json!(second))), Ok(json!({})));
}

#[test]
fn more_requests_than_may_be_unanswered_are_a_violation() {
    let mut bench = Bench::elevating("", true);
    let asked = || json!({ "url": "https://a.example/" });
    for _ in 0..limits::IN_FLIGHT {
        bench.begin("http.fetch", asked());
    }
    for _ in 1..limits::STRIKES {
        assert_eq!(bench.ask("http.fetch", asked()).unwrap_err().number(), -32600);
    }
    let line = r#"{"jsonrpc":"2.0","id":9999,"method":"env.list"}"#;
    assert!(bench.say(line).is_err(), "expelled");
}

#[test]
fn the_identifier_of_an_unanswered_request_is_taken() {
    let mut bench = Bench::elevating("", true);
    let id = bench.begin("http.fetch", json!({ "url": "https://a.example/" }));
    let line = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"env.list"}}"#);
    let answer = value(&bench.say(&line).unwrap().expect("an answer"));
    assert_eq!(answer["error"]["code"], -32600);
    assert_eq!(bench.door.ledger().totals.strikes, 1);
}

#[test]
fn a_log_that_cannot_be_written_issues_nothing() {
    let mut bench = Bench::elevating(ALLOW_OUT, false);
    let token = token(&mut bench, json!({ "right": "host-write", "path": "./out/a.txt" }));
    // Nothing can be written to a log that has ended.
    let end = End { outcome: "done", exit_code: 0, verdict: Verdict::Noted };
    bench.log.end(&end).expect("an end");
    let refused = bench.ask("fs.write", write("./out/a.txt", Some(&token))).unwrap_err();
    assert_eq!(refused.number(), -32603);
    assert!(!bench.host("out/a.txt").exists());
    let want = json!({ "want": { "right": "host-write", "path": "./out/a.txt" } });
    assert_eq!(bench.ask("token.request", want).unwrap_err().number(), -32603);
}

/// What stands last in the log of these operations, and how it ended.
fn last(bench: &Bench) -> (String, Verdict) {
    let records = bench.records();
    let last = records.iter().rev().find(|one| one.kind.as_str() == "host-call");
    let last = last.expect("a record");
    (last.action.clone(), last.verdict)
}

#[test]
fn what_was_allowed_and_then_failed_is_written_down_as_failed() {
    let rules = "{ right: host-write, below: ./out/, answer: allow, uses: 9 }, \
                 { right: command, name: format, answer: allow, uses: 9 }, \
                 { right: time, most: 5s, answer: allow, uses: 9 }, \
                 { right: memory, most: 1GB, answer: allow, uses: 9 }, \
                 { right: secret, name: key, answer: allow, uses: 9 }";
    let mut bench = Bench::elevating(rules, false);
    // Beyond what is written down of refusals.
    for number in 0..limits::DENIALS_RECORDED {
        let path = format!("./secret-{number}");
        assert!(bench.ask("fs.read", json!({ "path": path, "as": "bytes" })).is_err());
    }
    let through = token(&mut bench, json!({ "right": "host-write", "path": "./out/" }));
    bench.ask("fs.write", json!({ "path": "./out/a.txt", "data": { "text": "x" } })).expect("one");
    let waits = bench.ask("fs.write", write("./out/a.txt", Some(&through))).unwrap_err();
    assert_eq!(waits.number(), -32002, "{}", waits.message());
    assert_eq!(last(&bench), ("fs.write-through".to_owned(), Verdict::Failed));

    let time = token(&mut bench, json!({ "right": "time", "ms": 5000 }));
    let extend = json!({ "ms": 5000, "token": time });
    assert_eq!(bench.ask("time.extend", extend), Ok(json!({})));
    let time = token(&mut bench, json!({ "right": "time", "ms": 5000 }));
    let extend = json!({ "ms": 5000, "token": time });
    assert_eq!(bench.ask("time.extend", extend).unwrap_err().number(), -32001);
    assert_eq!(last(&bench), ("time.extend".to_owned(), Verdict::Failed));

    let over = |bench: &mut Bench, method: &str, asked: Value, done: Done| {
        let id = bench.begin(method, asked);
        let (number, _) = work(bench);
        finish(bench, number, id, done).unwrap_err();
    };
    let error = || RpcError::new(Code::QuotaExceeded, "no more of that");
    let memory = token(&mut bench, json!({ "right": "memory", "bytes": 1 << 20 }));
    let asked = json!({ "bytes": 1 << 20, "token": memory });
    over(&mut bench, "memory.extend", asked, Done::Memory(Err(error())));
    assert_eq!(last(&bench), ("memory.extend".to_owned(), Verdict::Failed));
    let command = token(&mut bench, json!({ "right": "command", "name": "format" }));
    let asked = json!({ "name": "format", "token": command });
    over(&mut bench, "command.run", asked, Done::Ran(Err(error())));
    assert_eq!(last(&bench), ("command.run".to_owned(), Verdict::Failed));
    let records = bench.records();
    let failed = records.iter().rev().find(|one| one.verdict == Verdict::Failed).expect("one");
    assert!(format!("{:?}", failed.detail).contains("no more of that"), "{failed:?}");
}

#[test]
fn amounts_that_nobody_can_mean_are_refused_before_anybody_is_asked() {
    let mut bench = Bench::elevating("", true);
    for want in [
        json!({ "right": "time", "ms": u64::MAX }),
        json!({ "right": "time", "ms": limits::MOST_TIME_MS + 1 }),
        json!({ "right": "memory", "bytes": limits::MOST_MEMORY + 1 }),
    ] {
        let refused = bench.ask("token.request", json!({ "want": want })).unwrap_err();
        assert_eq!(refused.number(), -32602, "{want}");
    }
    assert!(bench.events().iter().all(|event| !matches!(event, Event::Work { .. })));
}
