//! Counts words, remembers how often, and tells what it is refused.

use std::collections::BTreeMap;

wit_bindgen::generate!({
    path: ["../../../crates/wasm/wit", "wit"],
    world: "example:alike/alike",
    generate_all,
});

use aether::plugin::log::{self, Level};
use aether::plugin::types::Error;
use aether::plugin::{env, events, http, kv, plugins, secret};

struct Alike;

export!(Alike);

fn code_of<T>(done: Result<T, Error>) -> String {
    done.map_or_else(|error| error.code, |_| "none".to_owned())
}

impl Guest for Alike {
    fn run(text: String) -> Result<Tally, String> {
        let words = |error: Error| error.message;
        let mut counts = BTreeMap::<&str, u32>::new();
        for word in text.split(' ') {
            *counts.entry(word).or_default() += 1;
        }
        let fields = format!("{{\"words\":{}}}", counts.len());
        log::write(Level::Info, "counted", Some(&fields));
        let before = kv::get("visits").map_err(words)?;
        let visits = before.and_then(|text| text.parse().ok()).unwrap_or(0) + 1;
        kv::set("visits", &visits.to_string()).map_err(words)?;
        let language = env::get("LANG").map_err(words)?;
        events::emit("tally.counted", &format!("{{\"visits\":{visits}}}")).map_err(words)?;
        let request = http::Request {
            method: "GET".to_owned(),
            url: "http://denied.example/".to_owned(),
            headers: Vec::new(),
            body: None,
            redirect: http::Redirect::Follow,
        };
        let refused = Refused {
            host: code_of(http::fetch(&request, None)),
            plugin: code_of(plugins::call("nobody.anything", "{}")),
            secret: code_of(secret::get("key", None)),
            topic: code_of(events::emit("other.topic", "null")),
            variable: code_of(env::get("HOME")),
        };
        let counts = counts.into_iter().map(|(word, count)| (word.to_owned(), count)).collect();
        Ok(Tally { counts, language, refused, visits })
    }
}
