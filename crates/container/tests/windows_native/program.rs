//! What the started program does, by its first word.
#![allow(unsafe_code, reason = "a handle that was inherited by number")]

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::windows::io::FromRawHandle as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// By what it knows that it is the program.
pub(super) const MARK: &str = "--program";

pub(super) fn main(words: &[String]) -> i32 {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["gateway"] => gateway(),
        ["echo"] => {
            let mut all = Vec::new();
            std::io::stdin().read_to_end(&mut all).expect("input");
            std::io::stdout().write_all(&all).expect("output");
        }
        ["answer"] => {
            for line in std::io::stdin().lines() {
                println!("you said {}", line.expect("a line"));
            }
        }
        ["variables"] => {
            let all: Vec<String> =
                std::env::vars().map(|(name, value)| format!("{name}={value}")).collect();
            println!("{}", all.join("\n"));
        }
        ["folder"] => println!("{}", std::env::current_dir().expect("a folder").display()),
        ["words", ..] => println!("{words:?}"),
        ["fill", path] => {
            let mut file = File::create(path).expect("a file");
            loop {
                file.write_all(&[1; 64 << 10]).expect("room");
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        ["many", folder] => {
            for number in 0.. {
                std::fs::write(Path::new(folder).join(number.to_string()), "").expect("a file");
            }
        }
        ["family"] => {
            let own = std::env::current_exe().expect("a name");
            let count = |name| Command::new(&own).args([MARK, "count", name]).spawn();
            let _children = [count("0").expect("a child"), count("1").expect("a child")];
            while !["0", "1"].iter().all(|name| Path::new(name).exists()) {
                std::thread::sleep(Duration::from_millis(5));
            }
            println!("they count");
            std::thread::sleep(Duration::from_secs(300));
        }
        ["count", name] => {
            let mut file = File::create(name).expect("a file");
            // Not without end, whatever becomes of whoever is to end it.
            for _ in 0..60_000 {
                file.write_all(b"x").expect("room");
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        ["exit", code] => return code.parse().expect("a number"),
        _ => return 99,
    }
    0
}

/// What can be done with a file that was lent.
fn lent(number: usize) -> String {
    // SAFETY: the host has put it here for this.
    let mut file = unsafe { File::from_raw_handle(number as _) };
    let mut text = String::new();
    let read = file.read_to_string(&mut text).is_ok();
    let write = file.write_all(b"x").is_ok();
    let cut = file.set_len(0).is_ok();
    format!("{read} {write} {cut} {}", text.trim_end())
}

/// Answers each line that the host says, over the handle that it was given. A number is that of a file.
fn gateway() {
    let number: usize = std::env::var("AETHER_FD").expect("a gateway").parse().expect("a number");
    // SAFETY: it was inherited for this, and nothing else in this program has it.
    let mut file = unsafe { File::from_raw_handle(number as _) };
    let heard = file.try_clone().expect("another");
    for line in BufReader::new(heard).lines() {
        let Ok(line) = line else { return };
        let said = match line.parse() {
            Ok(number) => lent(number),
            Err(_) => format!("heard {line}"),
        };
        file.write_all(format!("{said}\n").as_bytes()).expect("a host");
    }
}
