//! The documents, held against the files and the code that they speak of.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use aether::{ExitCode, Protection};
use aether_docs_check::{Cli, all, anchors, blocks, links, packages, read, root, rows};

/// Words that belong to how the project is made, not to what it is; and promises of later.
const FORBIDDEN: &[&str] = &[
    "/work/",
    "issue #",
    "issues show",
    "crates.io",
    "static.rust-lang",
    "registry+",
    "this session",
    "another session",
    "language model",
    "lorem",
    "todo",
    "tbd",
    "fixme",
    "coming soon",
    "blazing",
    "seamless",
    "cutting-edge",
    "military-grade",
    "bulletproof",
    "unhackable",
];

#[test]
fn a_block_that_names_a_file_is_that_file() {
    let mut shown = 0;
    for document in all() {
        for block in blocks(&document.text) {
            let Some(file) = &block.file else { continue };
            let place = format!("{}:{}", document.path, block.line);
            assert!(root().join(file).is_file(), "{place}: there is no {file}");
            assert_eq!(block.text.trim_end(), read(file).trim_end(), "{place} differs from {file}");
            shown += 1;
        }
    }
    assert!(shown >= 15, "only {shown} blocks name their file");
}

#[test]
fn every_example_made_for_the_documents_is_shown() {
    let mut shown = BTreeSet::new();
    for document in all() {
        shown.extend(blocks(&document.text).into_iter().filter_map(|block| block.file));
    }
    let mut files = Vec::new();
    collect("examples/docs", &mut files);
    for file in files {
        let first = read(&file).lines().next().unwrap_or_default().to_owned();
        if first.ends_with(&file) {
            assert!(shown.contains(&file), "{file} is shown nowhere");
        }
    }
}

#[test]
fn links_lead_somewhere() {
    for document in all() {
        let folder = Path::new(&document.path).parent().unwrap_or(Path::new(""));
        for link in links(&document.text) {
            let place = format!("{}:{}: {}", document.path, link.line, link.target);
            if link.target.contains("://") {
                assert!(link.target.starts_with("https://"), "{place}");
                continue;
            }
            let (file, anchor) = link.target.split_once('#').unwrap_or((&link.target, ""));
            assert!(!file.starts_with('/'), "{place}: a path from the file system's root");
            let path = if file.is_empty() {
                document.path.clone()
            } else {
                folder.join(file).display().to_string()
            };
            assert!(root().join(&path).exists(), "{place}: not there");
            if !anchor.is_empty() {
                assert!(
                    anchors(&read(&path)).iter().any(|known| known == anchor),
                    "{place}: no such heading"
                );
            }
        }
    }
}

#[test]
fn nothing_in_the_documents_is_out_of_place() {
    for document in all() {
        let lower = document.text.to_lowercase();
        for word in FORBIDDEN {
            assert!(!lower.contains(word), "{}: {word:?}", document.path);
        }
        let odd = |c: &char| matches!(c, '\u{1f300}'..='\u{1faff}' | '\u{2600}'..='\u{26ff}' | '\u{200b}' | '\u{feff}');
        assert_eq!(document.text.chars().find(odd), None, "{}", document.path);
        for (index, line) in document.text.lines().enumerate() {
            assert_eq!(line.trim_end(), line, "{}:{}: blanks at the end", document.path, index + 1);
        }
    }
}

#[test]
fn exit_codes_are_those_of_the_facade() {
    for path in ["README.md", "docs/command-line.md"] {
        let text = read(path);
        let told: Vec<(u8, String)> = rows(&text)
            .into_iter()
            .filter(|row| row.section == "Exit codes" && row.cells.len() == 2)
            .filter_map(|row| Some((row.cells[0].parse().ok()?, row.cells[1].clone())))
            .collect();
        let numbers: Vec<u8> = told.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, ExitCode::ALL.map(ExitCode::number), "{path}");
        for (code, (_, words)) in ExitCode::ALL.iter().zip(&told) {
            assert!(words.starts_with(code.meaning()), "{path}: {words:?} is not {code:?}");
        }
    }
}

#[test]
fn every_command_and_option_is_documented_and_no_other() {
    let cli = Cli::read();
    let text = read("docs/command-line.md");
    for command in &cli.commands {
        assert!(
            text.contains(&format!("aether {command}")),
            "`aether {command}` is not documented"
        );
    }
    for option in &cli.options {
        assert!(text.contains(&format!("`{option}")), "`{option}` is not documented");
    }
    for document in all().into_iter().filter(|document| !document.path.starts_with("crates/")) {
        for (command, option) in typed(&document.text) {
            let known = cli.commands.iter().any(|name| name.split(' ').next() == Some(&command));
            assert!(known || command.starts_with('-'), "{}: aether {command}", document.path);
            for option in option {
                assert!(
                    cli.options.contains(&option),
                    "{}: aether {command} {option}",
                    document.path
                );
            }
        }
    }
}

/// The commands that blocks tell to type, each with its options.
fn typed(markdown: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for block in blocks(markdown).into_iter().filter(|block| block.language == "console") {
        for line in block.text.lines().filter_map(|line| line.strip_prefix("$ aether ")) {
            let mut words = line.split_whitespace();
            let command = words.next().unwrap_or_default().to_owned();
            // What follows a bare `--` belongs to another command.
            let options = words.take_while(|word| *word != "--");
            let options = options.filter(|word| word.starts_with("--"));
            let options = options.map(|word| word.split('=').next().unwrap_or(word).to_owned());
            found.push((command, options.collect()));
        }
    }
    found
}

/// The words between double quotes in a text.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

#[test]
fn commands_of_the_tauri_plugin_are_in_the_sets_that_are_told() {
    let text = read("docs/tauri.md");
    let all = rows(&text);
    let told: BTreeSet<(String, String)> = all
        .iter()
        .filter(|row| row.section == "Permissions and scopes" && row.cells.len() == 3)
        .flat_map(|row| {
            let set = row.code(2).concat();
            row.code(0).into_iter().map(move |name| (name.to_owned(), set.clone()))
        })
        .collect();
    let mut real = BTreeSet::new();
    let sets = read("tauri/plugin/permissions/default.toml");
    for part in sets.split("\n[[").skip(1).filter(|part| part.contains("identifier = ")) {
        let set = match part.split_once("identifier = ").and_then(|(_, rest)| quoted(rest).next()) {
            Some("read") => "aether:default".to_owned(),
            set => format!("aether:{}", set.expect("its name")),
        };
        let list = part.rsplit_once('[').map_or("", |(_, list)| list);
        let name = |word: &str| word.trim_start_matches("allow-").replace('-', "_");
        real.extend(quoted(list).map(|word| (name(word), set.clone())));
    }
    assert_eq!(told, real, "what docs/tauri.md says, and the permissions");
    let source = read("tauri/plugin/build.rs");
    let commands = source.split_once("COMMANDS").and_then(|(_, rest)| rest.split_once("];"));
    let commands: BTreeSet<&str> = quoted(commands.expect("the list").0).collect();
    assert_eq!(told.iter().map(|(name, _)| name.as_str()).collect::<BTreeSet<_>>(), commands);
    let words = format!("Tauri 2 apps: {} commands", commands.len());
    assert!(read("CHANGELOG.md").contains(&words), "the changelog says another number");
}

#[test]
fn codes_of_the_tauri_plugin_are_those_of_its_source() {
    let text = read("docs/tauri.md");
    let told: BTreeSet<String> = rows(&text)
        .iter()
        .filter(|row| row.section == "Errors" && row.cells.len() == 2)
        .flat_map(|row| row.code(0).into_iter().map(str::to_owned).collect::<Vec<_>>())
        .filter(|word| !["code", "message", "fix"].contains(&word.as_str()))
        .collect();
    let mut files = Vec::new();
    collect("crates/app/src", &mut files);
    collect("tauri/plugin/src", &mut files);
    let source: String = files.iter().map(|file| read(file)).collect();
    for code in &told {
        assert!(source.contains(&format!("\"{code}\"")), "nothing has the code {code}");
    }
    let source: String = source.split_whitespace().collect::<Vec<_>>().join(" ");
    for before in ["Error::new(", "Self::new(", "code: ", "\"code\": "] {
        for rest in source.split(before).skip(1) {
            let rest = rest.trim_start();
            let code = rest.strip_prefix('"').and_then(|rest| rest.split('"').next());
            let Some(code) = code else { continue };
            assert!(told.contains(code), "the code {code} is not in docs/tauri.md");
        }
    }
    let error = read("crates/app/src/error.rs");
    for line in error.lines().filter_map(|line| line.trim().split_once(" => \"")) {
        let code = line.1.trim_end_matches(['"', ',']);
        assert!(told.contains(code), "the code {code} is not in docs/tauri.md");
    }
}

#[test]
fn the_two_commands_of_the_readme_are_there() {
    let text = read("README.md");
    for script in ["scripts/demo", "scripts/test"] {
        assert!(text.contains(script), "{script} is not in the README");
        assert!(root().join(script).is_file(), "{script} is not there");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(root().join(script)).unwrap().permissions().mode();
            assert_eq!(mode & 0o111, 0o111, "{script} cannot be executed");
        }
    }
}

/// Where the tests are that `docs/expectations.md` names, by the word before `::`.
fn file_of(word: &str) -> String {
    match word {
        "acts" => "crates/container/tests/acts/mod.rs".to_owned(),
        "probe" => "attacks/native/probes/mod.rs".to_owned(),
        "launch" => "crates/container/tests/launch.rs".to_owned(),
        _ if word.starts_with("native") => format!("crates/container/tests/{word}.rs"),
        _ => format!("crates/cli/tests/native/{word}.rs"),
    }
}

#[test]
fn every_expectation_names_a_test_that_is_there() {
    let text = read("docs/expectations.md");
    let mut named = 0;
    for row in rows(&text) {
        for name in row.code(1).into_iter().filter(|word| word.contains("::")) {
            let (file, test) = name.split_once("::").expect("two words");
            let source = read(&file_of(file));
            let there = match file {
                "acts" => source.contains(&format!("(\"{test}\", ")),
                "probe" => source.contains(&format!("mod {test};")),
                _ => source.contains(&format!("fn {test}(")),
            };
            assert!(there, "{name} is not there");
            named += 1;
        }
    }
    assert!(named >= 100, "only {named} tests are named");
}

#[test]
fn the_code_map_names_every_crate_with_what_it_depends_on() {
    let text = read("ARCHITECTURE.md");
    let map: Vec<_> = rows(&text).into_iter().filter(|row| row.section == "Code map").collect();
    for package in packages().into_iter().filter(|package| package.folder.starts_with("crates/")) {
        let name = package.folder.trim_start_matches("crates/");
        let row = map.iter().find(|row| row.code(0) == [name]);
        let row = row.unwrap_or_else(|| panic!("{name} is not in the code map"));
        let told: BTreeSet<&str> = row.code(3).into_iter().collect();
        let real: BTreeSet<&str> = package
            .dependencies
            .iter()
            .filter_map(|name| {
                name.strip_prefix("aether-").or((name == "aether").then_some("aether"))
            })
            .collect();
        assert_eq!(told, real, "{name}: what the code map says, and Cargo.toml");
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let text = read("ARCHITECTURE.md");
    let told: BTreeSet<String> = rows(&text)
        .iter()
        .filter(|row| row.section == "Dependencies")
        .flat_map(|row| row.code(0).into_iter().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let ours = |name: &String| name == "aether" || name.starts_with("aether-");
    let real: BTreeSet<String> = packages()
        .into_iter()
        .flat_map(|package| package.all_dependencies)
        .filter(|name| !ours(name))
        .collect();
    assert_eq!(told, real, "what ARCHITECTURE.md says, and the Cargo.toml files");
}

#[test]
fn the_order_of_confinement_is_the_documented_one() {
    let source = read("crates/container/src/sys/linux/confine.rs");
    let of = |function: &str| {
        let from = source.split(function).nth(1).unwrap_or_default();
        from.split("\n    }\n\n").next().unwrap_or_default().split("\n}\n").next()
    };
    // Sealing, the last step, is the same for every kind of cell.
    let body = of("fn confine(").zip(of("fn seal(")).map(|(a, b)| format!("{a}{b}"));
    let body = body.as_deref();
    let name = |word: &str| {
        let word: String = word.chars().take_while(|c| c.is_alphanumeric()).collect();
        Protection::ALL
            .iter()
            .find(|protection| format!("{protection:?}") == word)
            .map(|p| p.name())
    };
    let mut real = Vec::new();
    for word in
        body.unwrap_or_default().split("P::").skip(1).flat_map(|part| part.split("Protection::"))
    {
        if let Some(name) = name(word).filter(|name| !real.contains(name)) {
            real.push(name);
        }
    }
    let text = read("ARCHITECTURE.md");
    let told: Vec<String> = rows(&text)
        .iter()
        .filter(|row| row.section == "The order of confinement")
        .flat_map(|row| row.code(0).into_iter().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    assert_eq!(told, real, "what ARCHITECTURE.md says, and `confine`");
}

#[test]
fn protections_are_those_of_the_container() {
    let text = read("SECURITY.md");
    let rows = rows(&text);
    let told: Vec<&str> = rows
        .iter()
        .filter(|row| row.section == "Protections")
        .flat_map(|row| row.code(0))
        .collect();
    let real: Vec<&str> = Protection::ALL.iter().map(|protection| protection.name()).collect();
    assert_eq!(told, real, "what SECURITY.md says, and `Protection::ALL`");
}

#[test]
fn crates_open_with_what_they_do_and_forbid_unsafe_code() {
    for package in packages().into_iter().filter(|package| package.published) {
        let path = format!("{}/src/lib.rs", package.folder);
        if !root().join(&path).is_file() {
            continue;
        }
        let text = read(&path);
        assert!(text.starts_with("//! "), "{path} does not say what the crate does");
        let rule = if unsafe_files(&package.name).is_none() { "forbid" } else { "deny" };
        assert!(text.contains(&format!("#![{rule}(unsafe_code)]")), "{path}");
    }
}

/// Where a crate may allow itself unsafe code: the container talks to the kernel directly, the
/// engine's memory is C's, and compiled WebAssembly is machine code.
fn unsafe_files(package: &str) -> Option<&'static [&'static str]> {
    match package {
        "aether-container" => Some(&["src/sys/"]),
        "aether-cell" => {
            Some(&["src/engine/quickjs/heap.rs", "src/engine/quickjs/filled.rs", "src/engine/v8"])
        }
        "aether-wasm" => Some(&["src/trusted.rs"]),
        _ => None,
    }
}

#[test]
fn unsafe_code_stands_where_it_may() {
    for package in packages().into_iter().filter(|package| package.published) {
        let mut files = Vec::new();
        collect(&format!("{}/src", package.folder), &mut files);
        for file in files.into_iter().filter(|file| read(file).contains("allow(unsafe_code")) {
            let inside = &file[package.folder.len() + 1..];
            let may = unsafe_files(&package.name)
                .is_some_and(|places| places.iter().any(|place| inside.starts_with(place)));
            assert!(may, "{file} allows unsafe code");
        }
    }
}

#[test]
fn every_crate_has_the_licences_of_the_workspace() {
    let (mit, apache) = (read("LICENSE-MIT"), read("LICENSE-APACHE"));
    assert!(mit.contains("Permission is hereby granted, free of charge"));
    assert!(apache.contains("Version 2.0, January 2004"));
    for package in packages() {
        let text = read(&format!("{}/Cargo.toml", package.folder));
        assert!(text.contains("license.workspace = true"), "{}", package.folder);
    }
}

fn collect(folder: &str, into: &mut Vec<String>) {
    for entry in fs::read_dir(root().join(folder)).into_iter().flatten().flatten() {
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() { collect(&path, into) } else { into.push(path) }
    }
}
