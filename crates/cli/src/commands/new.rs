//! `aether new`

use std::fs;
use std::io::Write;
use std::path::Path;

use aether::ExitCode;
use aether::manifest::PluginName;
use aether::source::{printable, quoted};

use crate::args::{NewArgs, Template};
use crate::failure::Failure;
use crate::show::terminal::Terminal;

/// A beginning of a plugin.
struct Beginning {
    /// Its manifest, in which [`Beginning::name`] is its name.
    manifest: &'static str,
    name: &'static str,
    /// Its source.
    file: &'static str,
    text: &'static str,
    /// The words that build it, before the names of what is made and of the source.
    build: Option<&'static str>,
    /// What to add to a first call.
    input: &'static str,
}

/// A tested example as a beginning.
macro_rules! example {
    ($folder:literal, $file:literal, $build:expr) => {
        Beginning {
            manifest: include_str!(concat!(
                "../../../../examples/native/",
                $folder,
                "/aether-plugin.json"
            )),
            name: concat!("count-", $folder),
            file: $file,
            text: include_str!(concat!("../../../../examples/native/", $folder, "/", $file)),
            build: $build,
            input: "",
        }
    };
}

const JAVASCRIPT: Beginning = Beginning {
    manifest: r#"{
  "name": "NAME",
  "version": "0.1.0",
  "api": 1,
  "entry": "main.js",
  "permissions": {}
}
"#,
    name: "NAME",
    file: "main.js",
    text: r#"import log from "aether:log";

// Every exported function is a method; the default export is called `run`.
export default function run(input, ctx) {
  log.info(`${ctx.plugin.name} runs`);
  return { greeting: `Hello, ${input.name ?? "world"}!` };
}
"#,
    build: None,
    input: r#" --input '{"name": "Ada"}'"#,
};

const fn beginning(template: Template) -> Beginning {
    match template {
        Template::Javascript => JAVASCRIPT,
        Template::Sh => example!("sh", "main.sh", None),
        Template::Python => example!("python", "main.py", None),
        Template::Node => example!("node", "main.js", None),
        Template::C => example!("c", "main.c", Some("cc -O2 -o")),
        Template::Rust => example!("rust", "main.rs", Some("rustc -O -o")),
    }
}

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
    let beginning = beginning(args.template);
    let quoted_name = |name: &str| format!("\"{name}\"");
    let manifest =
        beginning.manifest.replace(&quoted_name(beginning.name), &quoted_name(&name.to_string()));
    for (file, text) in
        [("aether-plugin.json", manifest.as_str()), (beginning.file, beginning.text)]
    {
        let path = args.folder.join(file);
        // Never over something that came to be meanwhile.
        fs::File::create_new(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(Failure::io(path))?;
    }
    let folder = args.folder.display().to_string();
    let folder = printable(&folder);
    let (file, input) = (beginning.file, beginning.input);
    let build = beginning.build.map_or_else(String::new, |build| {
        format!(" Build it: {build} {folder}/main {folder}/{file}")
    });
    let then = if build.is_empty() { " Try: " } else { ". Then try: " };
    terminal.say(format_args!("Made {folder}.{build}{then}aether call {folder} run{input}"));
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
