//! Packages of the workspace, by their manifests.

use std::fs;

use crate::documents::{read, root};

/// A package.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its folder, from the repository's top.
    pub folder: String,
    /// Its name.
    pub name: String,
    /// Whether it is meant for others: nothing says `publish = false`.
    pub published: bool,
    /// What it is built with, on any system.
    pub dependencies: Vec<String>,
    /// What it is built or tested with.
    pub all_dependencies: Vec<String>,
}

/// The packages of the workspace.
#[must_use]
pub fn packages() -> Vec<Package> {
    let crates = fs::read_dir(root().join("crates")).into_iter().flatten().flatten();
    let crates = crates.filter_map(|entry| entry.file_name().into_string().ok());
    let mut folders: Vec<String> = crates.map(|name| format!("crates/{name}")).collect();
    folders.extend(["attacks", "attacks/native", "benches", "docs/check"].map(str::to_owned));
    folders.sort_unstable();
    let exists = |folder: &String| root().join(folder).join("Cargo.toml").is_file();
    folders.into_iter().filter(exists).map(package).collect()
}

/// Reads the few lines that matter; the manifests are our own and plainly written.
fn package(folder: String) -> Package {
    let text = read(&format!("{folder}/Cargo.toml"));
    let mut package = Package {
        folder,
        name: String::new(),
        published: !text.contains("publish = false"),
        dependencies: Vec::new(),
        all_dependencies: Vec::new(),
    };
    let mut section = "";
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end().trim_end_matches(']');
            continue;
        }
        let key = line.split(['.', ' ', '=']).next().unwrap_or_default();
        if section == "package" && key == "name" {
            package.name = line.split('"').nth(1).unwrap_or_default().to_owned();
        }
        if !section.ends_with("dependencies") || key.is_empty() || key.starts_with('#') {
            continue;
        }
        if !section.ends_with("dev-dependencies") {
            package.dependencies.push(key.to_owned());
        }
        package.all_dependencies.push(key.to_owned());
    }
    package
}
