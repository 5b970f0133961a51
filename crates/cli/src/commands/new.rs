//! `aether new`

use std::fs;

use aether::ExitCode;
use aether::manifest::PluginName;

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
    let name =
        args.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = PluginName::parse(&name).map_err(|error| {
        Failure::usage_with(
            format!("{name:?} cannot be a plugin's name: {error}"),
            "use small letters, digits, `.`, `_` and `-`",
        )
    })?;
    fs::create_dir(&args.folder).map_err(Failure::io(&args.folder))?;
    let manifest = format!(
        "{{\n  \"name\": \"{name}\",\n  \"version\": \"0.1.0\",\n  \"api\": 1,\n  \"entry\": \"main.js\",\n  \"permissions\": {{}}\n}}\n"
    );
    for (file, text) in [("aether-plugin.json", manifest.as_str()), ("main.js", MAIN)] {
        let path = args.folder.join(file);
        fs::write(&path, text).map_err(Failure::io(path))?;
    }
    let folder = args.folder.display();
    terminal.say(format_args!(
        "Made {folder}. Try: aether call {folder} run --input '{{\"name\": \"Ada\"}}'"
    ));
    Ok(ExitCode::Done)
}
