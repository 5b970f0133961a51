//! A program that does one thing with the standard library and says what came of it. Each argument
//! is one step; the answer is one line for each.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::{Duration, Instant, SystemTime};

fn main() {
    for step in std::env::args().skip(1) {
        let words: Vec<&str> = step.split(' ').collect();
        match take(&words) {
            Ok(said) => println!("{said}"),
            Err(error) => println!("{:?}", error.kind()),
        }
    }
}

fn take(words: &[&str]) -> io::Result<String> {
    let done = |()| "done".to_owned();
    match *words {
        ["read", path] => fs::read_to_string(path),
        ["write", path, text] => fs::write(path, text).map(done),
        ["append", path, text] => {
            OpenOptions::new().append(true).open(path)?.write_all(text.as_bytes()).map(done)
        }
        ["new", path] => File::create_new(path).map(|_| "done".to_owned()),
        ["seek", path] => {
            let mut file = OpenOptions::new().read(true).write(true).open(path)?;
            file.seek(SeekFrom::Start(2))?;
            file.write_all(b"XY")?;
            file.seek(SeekFrom::End(-1))?;
            let mut last = String::new();
            file.read_to_string(&mut last)?;
            file.set_len(3)?;
            Ok(format!("{last} {}", file.metadata()?.len()))
        }
        ["list", path] => {
            let mut names = Vec::new();
            for entry in fs::read_dir(path)? {
                let entry = entry?;
                let kind = if entry.file_type()?.is_dir() { "/" } else { "" };
                names.push(format!("{}{kind}", entry.file_name().to_string_lossy()));
            }
            names.sort();
            Ok(names.join(" "))
        }
        ["stat", path] => fs::metadata(path).map(|found| format!("{} {}", found.len(), found.is_dir())),
        ["rename", from, to] => fs::rename(from, to).map(done),
        ["remove", path] => fs::remove_file(path).map(done),
        ["rmdir", path] => fs::remove_dir(path).map(done),
        ["mkdir", path] => fs::create_dir(path).map(done),
        ["big", path] => {
            let bytes: Vec<u8> = (0..300_000_u32).map(|n| n as u8).collect();
            fs::write(path, &bytes)?;
            Ok((fs::read(path)? == bytes).to_string())
        }
        ["link", from, to] => fs::hard_link(from, to).map(done),
        ["env", name] => Ok(std::env::var(name).unwrap_or_else(|_| "not set".to_owned())),
        ["vars"] => Ok(std::env::vars().count().to_string()),
        ["stdin"] => io::read_to_string(io::stdin()),
        ["sleep", ms] => {
            let begun = Instant::now();
            std::thread::sleep(Duration::from_millis(ms.parse().unwrap_or(0)));
            Ok(begun.elapsed().as_millis().to_string())
        }
        ["now"] => {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            Ok(since.map_or(0, |since| since.as_millis()).to_string())
        }
        ["random"] => {
            // The keys of a hasher are what is random.
            use std::hash::BuildHasher as _;
            let state = std::collections::hash_map::RandomState::new();
            Ok((state.hash_one(1) == state.hash_one(1)).to_string())
        }
        ["error", text] => writeln!(io::stderr(), "{text}").map(done),
        ["print", text] => Ok(text.to_owned()),
        ["exit", code] => std::process::exit(code.parse().unwrap_or(1)),
        ["panic"] => panic!("as asked"),
        ["eat"] => {
            let mut held = Vec::new();
            loop {
                held.push(vec![1_u8; 1 << 20]);
            }
        }
        ["spin"] => loop {
            std::hint::black_box(0);
        },
        _ => Ok(format!("unknown {words:?}")),
    }
}
