//! `aether new`

use std::fs;
use std::io::Write;
use std::path::Path;

use aether::ExitCode;
use aether::manifest::PluginName;
use aether::source::{printable, quoted};

use crate::args::NewArgs;
use crate::failure::Failure;
use crate::show::terminal::Terminal;

const MAIN: &str = r#"import log from "aether:log";

// Every exported function is a method; the default export is called `run`.
export default function run(input, ctx) {
  log.info(`${ctx.plugin.name} runs`);
  return { greeting: `Hello, ${input.name ?? "world"}!` };
}
"#;

pub(crate) fn new(args: &NewArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    // `.` and the like have the name of the folder that they are.
    let named = match args.folder.file_name() {
        Some(name) => Some(name.to_owned()),
        None => args.folder.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_owned())),
    };
    let name = named.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = PluginName::parse(&name).map_err(|error| {
        Failure::usage_with(
            format!("{} cannot be a plugin's name: {error}", quoted(&name)),
            "use small letters, digits, `.`, `_` and `-` for the folder's name",
        )
    })?;
    make_folder(&args.folder)?;
    let manifest = format!(
        "{{\n  \"name\": \"{name}\",\n  \"version\": \"0.1.0\",\n  \"api\": 1,\n  \"entry\": \"main.js\",\n  \"permissions\": {{}}\n}}\n"
    );
    for (file, text) in [("aether-plugin.json", manifest.as_str()), ("main.js", MAIN)] {
        let path = args.folder.join(file);
        // Never over something that came to be meanwhile.
        fs::File::create_new(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(Failure::io(path))?;
    }
    let folder = args.folder.display().to_string();
    let folder = printable(&folder);
    terminal.say(format_args!(
        "Made {folder}. Try: aether call {folder} run --input '{{\"name\": \"Ada\"}}'"
    ));
    Ok(ExitCode::Done)
}

/// A new folder, or one that is there and empty.
fn make_folder(folder: &Path) -> Result<(), Failure> {
    let is_empty = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    if is_empty {
        return Ok(());
    }
    let help =
        "name a folder that is not there yet, or an empty one; the one above it must be there";
    fs::create_dir(folder).map_err(Failure::io_with(folder, help))
}
