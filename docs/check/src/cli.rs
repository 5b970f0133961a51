//! What can be typed, by the source of the command's arguments.

use std::collections::BTreeSet;

use crate::documents::read;

/// The words of the command line.
#[derive(Clone, Debug)]
pub struct Cli {
    /// Subcommands, such as `audit verify`.
    pub commands: BTreeSet<String>,
    /// Options, such as `--set`.
    pub options: BTreeSet<String>,
}

impl Cli {
    /// Reads the definition. It is written with derive, one field or variant a line.
    #[must_use]
    pub fn read() -> Self {
        let source = read("crates/cli/src/args.rs");
        Self { commands: commands(&source), options: options(&source) }
    }
}

fn commands(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (definition, prefix) in [
        ("enum Command {", ""),
        ("enum AuditCommand {", "audit "),
        ("enum PluginsCommand {", "plugins "),
    ] {
        let body = source.split(definition).nth(1).and_then(|rest| rest.split("\n}").next());
        for line in body.unwrap_or_default().lines() {
            let variant =
                line.strip_prefix("    ").filter(|rest| rest.starts_with(char::is_uppercase));
            let Some(variant) = variant else { continue };
            let name: String = variant.chars().take_while(|c| c.is_alphanumeric()).collect();
            found.insert(format!("{prefix}{}", name.to_lowercase()));
        }
    }
    found
}

fn options(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::from(["--help".to_owned(), "--version".to_owned()]);
    let mut wanted = false;
    for line in source.lines().map(str::trim) {
        if let Some(attribute) = line.strip_prefix("#[arg(long") {
            let named = attribute.strip_prefix(" = \"").and_then(|rest| rest.split('"').next());
            if let Some(name) = named {
                found.insert(format!("--{name}"));
            }
            wanted = named.is_none();
        } else if wanted && !line.starts_with("#[") && !line.starts_with("///") {
            let field =
                line.trim_start_matches("pub(crate) ").split(':').next().unwrap_or_default();
            found.insert(format!("--{}", field.replace('_', "-")));
            wanted = false;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_understood() {
        let cli = Cli::read();
        for command in ["run", "call", "audit verify", "plugins revoke"] {
            assert!(cli.commands.contains(command), "{command}: {:?}", cli.commands);
        }
        for option in ["--set", "--policy", "--unsafe", "--inspect-security", "--only"] {
            assert!(cli.options.contains(option), "{option}: {:?}", cli.options);
        }
    }
}
