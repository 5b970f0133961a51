//! A small plugin manager: what tauri-plugin-aether does, in a window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_aether::Builder;

/// What plugins may do at most. It is part of the program: nothing that runs here can change it.
const POLICY: &str = include_str!("../../aether-policy.yaml");

/// A plugin that comes with the workbench, to be tried.
#[derive(Debug, Serialize)]
struct Sample {
    /// The plugin's name.
    name: &'static str,
    /// Its folder.
    folder: PathBuf,
    /// What it is called here.
    title: &'static str,
    /// What it is there for.
    about: &'static str,
    /// What runs it.
    runtime: &'static str,
}

/// Where the samples are: beside the sources, as long as the workbench is not packed.
fn samples_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins")
}

#[tauri::command]
fn samples() -> Vec<Sample> {
    let sample = |name, folder: &str, title, about, runtime| Sample {
        name,
        folder: samples_folder().join(folder),
        title,
        about,
        runtime,
    };
    vec![
        sample(
            "outline",
            "outline",
            "Outline",
            "Reads your notes and lists their headings; writes an outline when you let it.",
            "javascript",
        ),
        sample(
            "palette",
            "palette",
            "Palette",
            "Works out the tones of a colour. It asks for nothing at all.",
            "wasm",
        ),
        sample(
            "counter",
            "counter",
            "Counter",
            "Counts the words of your notes: a program in Python, confined like the others.",
            "native",
        ),
        sample(
            "misbehave",
            "misbehave",
            "Proofreader",
            "Finds mistakes in your notes, and tries meanwhile what it may not.",
            "javascript",
        ),
        sample(
            "outline",
            "outline-2",
            "Outline 2",
            "An update of Outline that asks for more than the first one.",
            "javascript",
        ),
    ]
}

/// The program that becomes the cells: it lies beside this one.
fn cell_program() -> PathBuf {
    let name = format!("aether-workbench-cell{}", std::env::consts::EXE_SUFFIX);
    // Where this program has no path that is known, the name alone is looked for, and its absence told.
    std::env::current_exe().map(|own| own.with_file_name(&name)).unwrap_or_else(|_| name.into())
}

/// The folder of the notes. The first time, those that come along are laid there.
fn workspace<R: Runtime>(app: &AppHandle<R>) -> io::Result<PathBuf> {
    let data = app.path().app_data_dir().map_err(io::Error::other)?;
    let folder = data.join("workspace");
    if !folder.is_dir() {
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../workspace"), &folder)?;
    }
    Ok(folder)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &target)?,
            false => drop(fs::copy(entry.path(), target)?),
        }
    }
    Ok(())
}

fn main() {
    let policy =
        tauri_plugin_aether::policy("aether-policy.yaml", POLICY).unwrap_or_else(|problems| {
            panic!("the workbench's own policy has {} problem(s): {}", problems.len(), problems[0])
        });
    let plugins =
        Builder::new().policy(policy).cell_program(cell_program()).settings(|app, settings| {
            match workspace(app) {
                Ok(folder) => settings.workspace(folder),
                // Plugins see an empty folder then; what is wrong with the disk is told when they are opened.
                Err(_) => settings,
            }
        });
    tauri::Builder::default()
        .plugin(plugins.build())
        .invoke_handler(tauri::generate_handler![samples])
        .run(tauri::generate_context!())
        .expect("the window could not be opened");
}
