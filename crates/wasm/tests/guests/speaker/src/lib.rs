//! A component that says to its host whatever it is told to say, by `aether:plugin` and by
//! `wasi:http`. Each method does one thing.

wit_bindgen::generate!({
    path: ["../../../wit", "wit"],
    world: "test:speaker/speaker",
    generate_all,
});

use aether::plugin::{
    blob, call, command, env, events, fs, http, kv, log, plugins, secret, time, token, types::Error,
};
use exports::aether::plugin::listener;
use wasi::http::outgoing_handler;
use wasi::http::types as web;
use wasi::io::streams::StreamError;

struct Speaker;

export!(Speaker);

fn words(error: Error) -> String {
    format!("{}|{}|{}", error.code, error.message, error.facts)
}

impl Guest for Speaker {
    fn say(text: String) -> String {
        log::write(log::Level::Warn, &text, Some(r#"{"n":1}"#));
        log::write(log::Level::Info, "odd", Some("no json"));
        call::progress(0.5, "half");
        let (name, version) = call::plugin();
        format!("{name} {version} {} {:?} {}", call::method(), call::caller(), call::wants_pieces())
    }

    fn store(key: String, value: String) -> Result<String, String> {
        kv::set(&key, &value).map_err(words)?;
        let got = kv::get(&key).map_err(words)?;
        let keys = kv::keys("").map_err(words)?;
        let gone = kv::delete(&key).map_err(words)?;
        Ok(format!("{got:?} {keys:?} {gone} {:?}", kv::get(&key).map_err(words)?))
    }

    fn files(path: String) -> Result<String, String> {
        fs::write(&path, b"one", fs::WriteFlags::EXCLUSIVE).map_err(words)?;
        fs::write(&path, b" two", fs::WriteFlags::APPEND).map_err(words)?;
        let found = fs::stat(&path).map_err(words)?;
        let part = fs::read(&path, 2, Some(3)).map_err(words)?;
        let text = fs::read_text(&path).map_err(words)?;
        let listing = fs::list("./out", None).map_err(words)?;
        let names: Vec<_> = listing.entries.iter().map(|entry| entry.name.as_str()).collect();
        fs::mkdir("./out/a/b", true).map_err(words)?;
        fs::rename(&path, "./out/a/b/c").map_err(words)?;
        let gone = fs::exists(&path).map_err(words)?;
        fs::remove("./out/a", true).map_err(words)?;
        Ok(format!("{} {} {:?} {text} {names:?} {gone}", found.size, part.size, part.data))
    }

    fn denied(path: String) -> String {
        fs::read_text(&path).map_or_else(words, |text| text)
    }

    fn others(what: String) -> Result<String, String> {
        let said = match what.as_str() {
            "env" => format!("{:?} {:?}", env::get("LANG").map_err(words)?, env::names().map_err(words)?),
            "call" => plugins::call("glossary.explain", r#"{"word":"cell"}"#).map_err(words)?,
            "emit" => {
                events::emit("a.b", "[1]").map_err(words)?;
                events::on("a.*").map_err(words)?;
                events::off("a.*").map_err(words)?;
                String::new()
            }
            "blob" => {
                let name = blob::create(b"bytes").map_err(words)?;
                blob::send(&name, "other").map_err(words)?;
                let bytes = blob::open(&name).map_err(words)?;
                blob::drop(&name).map_err(words)?;
                format!("{name} {}", bytes.len())
            }
            "piece" => {
                call::piece("{\"a\":1}").map_err(words)?;
                String::new()
            }
            "sleep" => {
                let begun = time::monotonic();
                time::sleep(20);
                format!("{} {}", time::monotonic() - begun >= 19.0, time::now() > 0)
            }
            "left" => (call::left_ms() > 0).to_string(),
            _ => String::new(),
        };
        Ok(said)
    }

    fn beyond(what: String) -> Result<String, String> {
        let said = match what.as_str() {
            "through" => {
                let want = token::Want::HostWrite("./out/x".to_owned());
                let whole = token::request(&want, Some(3), "to test").map_err(words)?;
                let caveats = token::Caveats {
                    method: None,
                    path_prefix: Some("./out/x".to_owned()),
                    host: None,
                    max_bytes: Some(9),
                    within_ms: None,
                    uses: Some(1),
                };
                let less = whole.narrow(&caveats).map_err(words)?;
                fs::write_through("./out/x", b"now", false, Some(&less)).map_err(words)?;
                whole.give_back().map_err(words)?;
                format!("{} {}", whole.uses(), less.uses())
            }
            "lacking" => fs::write_through("./out/x", b"now", true, None).map_or_else(words, |()| String::new()),
            "secret" => secret::get("key", None).map_err(words)?,
            "command" => {
                let done = command::run("format", Some(b"in"), None).map_err(words)?;
                format!("{} {:?} {}", done.code, done.output, done.errors)
            }
            "time" => token::extend_time(1000, "slow").map_err(words).map(|()| String::new())?,
            "memory" => token::extend_memory(1 << 20, "large").map_err(words).map(|()| String::new())?,
            _ => String::new(),
        };
        Ok(said)
    }

    fn fetch(url: String) -> Result<String, String> {
        let request = http::Request {
            method: "POST".to_owned(),
            url,
            headers: vec![("x-a".to_owned(), "1".to_owned())],
            body: Some(b"sent".to_vec()),
            redirect: http::Redirect::Manual,
        };
        let (head, whole) = http::fetch(&request, None).map_err(words)?;
        let (_, body) = http::open(&request, None).map_err(words)?;
        let mut pieces = 0;
        while body.read().map_err(words)?.is_some() {
            pieces += 1;
        }
        Ok(format!("{} {:?} {} {pieces}", head.status, head.headers, whole.len()))
    }

    fn web(authority: String, path: String, body: String) -> Result<String, String> {
        let headers = web::Fields::new();
        headers.append("x-a", b"1").map_err(|error| format!("{error:?}"))?;
        let forbidden = headers.append("host", b"other");
        let request = web::OutgoingRequest::new(headers);
        let bad = request.set_authority(Some("a b")).is_err();
        request.set_method(&web::Method::Post).map_err(|()| "method")?;
        request.set_scheme(Some(&web::Scheme::Http)).map_err(|()| "scheme")?;
        request.set_authority(Some(&authority)).map_err(|()| "authority")?;
        request.set_path_with_query(Some(&path)).map_err(|()| "path")?;
        let sent = request.body().map_err(|()| "body")?;
        let answer = outgoing_handler::handle(request, None).map_err(|code| format!("{code:?}"))?;
        {
            let stream = sent.write().map_err(|()| "stream")?;
            stream.blocking_write_and_flush(body.as_bytes()).map_err(|_| "write")?;
        }
        web::OutgoingBody::finish(sent, None).map_err(|code| format!("{code:?}"))?;
        answer.subscribe().block();
        let answer = answer.get().ok_or("no answer")?.map_err(|()| "taken")?;
        let answer = answer.map_err(|code| format!("{code:?}"))?;
        let headers = answer.headers().entries().len();
        let body = answer.consume().map_err(|()| "consume")?;
        let stream = body.stream().map_err(|()| "stream")?;
        let mut text = Vec::new();
        loop {
            match stream.blocking_read(5) {
                Ok(bytes) => text.extend(bytes),
                Err(StreamError::Closed) => break,
                Err(StreamError::LastOperationFailed(error)) => {
                    let code = web::http_error_code(&error);
                    return Err(format!("{code:?}"));
                }
            }
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        Ok(format!("{} {headers} {text} {} {bad}", answer.status(), forbidden.is_err()))
    }

    fn unfinished(authority: String) -> String {
        let request = web::OutgoingRequest::new(web::Fields::new());
        let _ = request.set_authority(Some(&authority));
        let _body = request.body();
        match outgoing_handler::handle(request, None) {
            Ok(answer) => format!("{:?}", answer.get().map(|got| got.map(|got| got.map(|_| ())))),
            Err(code) => format!("{code:?}"),
        }
    }
}

impl listener::Guest for Speaker {
    fn heard(topic: String, sender: String, data: String, dropped: u64) {
        log::write(log::Level::Debug, &format!("{topic} {sender} {data} {dropped}"), None);
    }
}
