//! Hostile WebAssembly is kept as text, and assembled where it is staged.
//!
//! A line `;; with NAME` stands for the text of `parts/NAME.wat`, and `;; NUMBER times: TEXT` for
//! that many lines of it, in which `{i}` counts from 1 and `{i-1}` from 0.

use std::fs;
use std::path::Path;

/// The text of a plugin.
const TEXT: &str = "main.wat";

/// The same without what is to be refused.
const TWIN: &str = "control.wat";

/// What is made of either.
pub(super) const CODE: &str = "main.wasm";

/// Puts the code of the plugin in `folder`, where it has a text, in the place of the text, and that
/// of its twin into `beside`, which is made.
pub(super) fn assemble(folder: &Path, beside: &Path) -> Result<(), String> {
    let text = folder.join(TEXT);
    if !text.exists() {
        return Ok(());
    }
    let twin = folder.join(TWIN);
    if twin.exists() {
        fs::create_dir(beside).map_err(|error| format!("{}: {error}", beside.display()))?;
        one(&twin, &beside.join(CODE))?;
    }
    one(&text, &folder.join(CODE))
}

fn one(text: &Path, code: &Path) -> Result<(), String> {
    let fail = |error: &dyn std::fmt::Display| format!("{}: {error}", text.display());
    let source = fs::read_to_string(text).map_err(|error| fail(&error))?;
    let bytes = wat::parse_str(whole(&source)?).map_err(|error| fail(&error))?;
    fs::write(code, bytes).map_err(|error| fail(&error))?;
    fs::remove_file(text).map_err(|error| fail(&error))
}

fn whole(source: &str) -> Result<String, String> {
    let mut text = String::with_capacity(source.len());
    for line in source.lines() {
        let order = line.trim_start().strip_prefix(";; ").unwrap_or_default();
        if let Some(name) = order.strip_prefix("with ") {
            text.push_str(part(name)?);
        } else if let Some((number, line)) = times(order) {
            for at in 1..=number {
                let line = line.replace("{i}", &at.to_string());
                text.push_str(&line.replace("{i-1}", &(at - 1).to_string()));
                text.push('\n');
            }
        } else {
            text.push_str(line);
            text.push('\n');
        }
    }
    Ok(text)
}

fn times(order: &str) -> Option<(u32, &str)> {
    let (number, line) = order.split_once(" times: ")?;
    Some((number.parse().ok()?, line))
}

fn part(name: &str) -> Result<&'static str, String> {
    match name {
        "program" => Ok(include_str!("parts/program.wat")),
        "component" => Ok(include_str!("parts/component.wat")),
        _ => Err(format!("there is no part {name}")),
    }
}
