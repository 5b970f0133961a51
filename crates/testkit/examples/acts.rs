//! A native plugin that does with files what it is told, and says how that went. Tests of systems on which
//! no interpreter can be relied on have it in their plugins' folders.
#![allow(unused_crate_dependencies, reason = "those of the tests")]

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use serde_json::{Value, json};

/// Answers its host's requests, in lines.
fn main() {
    let mut lines = io::stdin().lines().map_while(Result::ok);
    while let Some(line) = lines.next() {
        let message: Value = serde_json::from_str(&line).expect("a message");
        let result = match message["method"].as_str() {
            Some("hello") => json!({ "protocol": 1, "engine": "test" }),
            Some("load") => json!({ "exports": ["act"] }),
            // One act alone asks its host: it hears the answer before it answers.
            Some("call") if message["params"]["input"]["json"][0][0] == "lend" => {
                let path = &message["params"]["input"]["json"][0][1];
                let params = json!({ "path": path, "access": "read", "lend": true });
                say(&json!({ "jsonrpc": "2.0", "id": 1, "method": "fs.open", "params": params }));
                let answer = lines.next().unwrap_or_default();
                let answer: Value = serde_json::from_str(&answer).expect("an answer");
                let told = answer.get("result").or(answer.get("error"));
                json!({ "output": { "json": [told] } })
            }
            Some("call") => {
                json!({ "output": { "json": act(&message["params"]["input"]["json"]) } })
            }
            Some("shutdown") => return,
            _ => continue,
        };
        say(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }));
    }
}

fn say(message: &Value) {
    let mut out = io::stdout().lock();
    writeln!(out, "{message}").and_then(|()| out.flush()).expect("a host");
}

/// Does each act in turn: its outcomes, as texts.
fn act(acts: &Value) -> Value {
    let all = acts.as_array().expect("acts").iter();
    all.map(|act| {
        let word = |at: usize| act[at].as_str().unwrap_or_default();
        let done = match word(0) {
            "read" => fs::read_to_string(word(1)),
            "write" => fs::write(word(1), word(2)).map(|()| "done".to_owned()),
            "remove" => fs::remove_file(word(1)).map(|()| "done".to_owned()),
            "rename" => fs::rename(word(1), word(2)).map(|()| "done".to_owned()),
            "folder" => fs::create_dir_all(word(1)).map(|()| "done".to_owned()),
            "list" => list(Path::new(word(1))),
            "variable" => Ok(std::env::var(word(1)).unwrap_or_else(|_| "none".to_owned())),
            "fill" => fs::write(word(1), vec![1; 8 << 20]).map(|()| {
                // Until somebody has looked.
                std::thread::sleep(std::time::Duration::from_secs(60));
                "done".to_owned()
            }),
            other => Err(io::Error::other(format!("what is {other}?"))),
        };
        Value::from(done.unwrap_or_else(|error| format!("failed: {:?}", error.kind())))
    })
    .collect()
}

fn list(folder: &Path) -> io::Result<String> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name()));
    let mut names: Vec<_> = entries.collect::<io::Result<_>>()?;
    names.sort();
    let names: Vec<String> = names.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    Ok(names.join(" "))
}
