//! Counts the lines and words of the text files in the working folder.

wit_bindgen::generate!({
    path: ["../../../crates/wasm/wit", "wit"],
    world: "example:count/count",
    generate_all,
});

use aether::plugin::fs::{self, Kind};
use aether::plugin::log::{self, Level};

struct Count;

export!(Count);

impl Guest for Count {
    fn run() -> Result<Counts, String> {
        let mut counts = Counts { files: 0, lines: 0, words: 0 };
        let listing = fs::list(".", None).map_err(|error| error.message)?;
        let texts = |entry: &fs::Entry| entry.kind == Kind::File && entry.name.ends_with(".txt");
        for entry in listing.entries.into_iter().filter(texts) {
            let path = format!("./{}", entry.name);
            let text = fs::read_text(&path).map_err(|error| error.message)?;
            counts.files += 1;
            counts.lines += text.matches('\n').count() as u32;
            counts.words += text.split_whitespace().count() as u32;
        }
        if counts.files == 0 {
            return Err("there is no text file here".to_owned());
        }
        let fields = format!("{{\"files\":{}}}", counts.files);
        log::write(Level::Info, "counted", Some(&fields));
        Ok(counts)
    }
}
