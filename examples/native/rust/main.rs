//! Counts the lines and words of the text files in the working folder.
//!
//! To build it:  rustc -O -o main main.rs
//!
//! The host asks in lines of JSON-RPC on standard input and is answered on standard output. It
//! writes `id` and `method` before anything that others may have a say in, so looking for them is
//! enough here. A plugin that looks at its input takes `serde_json`.

use std::{fs, io};

fn run() -> Result<String, String> {
    let (mut files, mut lines, mut words) = (0, 0, 0);
    for entry in fs::read_dir(".").map_err(|error| error.to_string())? {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
            files += 1;
            lines += text.matches('\n').count();
            words += text.split_whitespace().count();
        }
    }
    if files == 0 {
        return Err("there is no text file here".to_owned());
    }
    tell(&format!(
        r#""method":"log.write","params":{{"level":"info","message":"counted","fields":{{"files":{files}}}}}"#
    ));
    Ok(format!(r#"{{"files":{files},"lines":{lines},"words":{words}}}"#))
}

fn tell(message: &str) {
    println!(r#"{{"jsonrpc":"2.0",{message}}}"#);
}

/// What stands between two texts.
fn between<'a>(line: &'a str, before: &str, after: &str) -> Option<&'a str> {
    line.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

fn main() {
    for line in io::stdin().lines().map_while(Result::ok) {
        let id = between(&line, r#""id":"#, ",").unwrap_or("null");
        let method = between(&line, r#""method":""#, "\"").unwrap_or_default();
        let answer = match method {
            "hello" => r#""result":{"protocol":1,"engine":"rust"}"#.to_owned(),
            "load" => r#""result":{"exports":["run"]}"#.to_owned(),
            "call" => match run() {
                Ok(json) => format!(r#""result":{{"output":{{"json":{json}}}}}"#),
                // Rust's quotes are JSON's as long as no control character stands between them.
                Err(why) => format!(
                    r#""error":{{"code":-32000,"message":{why:?},"data":{{"kind":"exception"}}}}"#
                ),
            },
            "shutdown" => break,
            _ => continue, // other notifications, such as `cancel`, want no answer
        };
        tell(&format!(r#""id":{id},{answer}"#));
    }
}
