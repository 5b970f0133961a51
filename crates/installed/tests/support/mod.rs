//! What the tests of the library share.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use aether_installed::{Answers, Installed, Library, Review, Right, Source, Terms};
use aether_manifest::Permission;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

pub(crate) const MANIFEST: &str = "aether-plugin.json";

/// A library in a folder of its own, and a place for the bundles that come into it.
pub(crate) struct Desk {
    pub(crate) folder: TempDir,
    pub(crate) library: Library,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(&folder.path().join("library")).unwrap();
        Self { folder, library }
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("library")
    }

    /// A plugin's folder with this manifest and code.
    pub(crate) fn folder(&self, manifest: &str, code: &str) -> PathBuf {
        let mut number = 0;
        let folder = loop {
            let folder = self.folder.path().join(format!("source-{number}"));
            if !folder.exists() {
                break folder;
            }
            number += 1;
        };
        fs::create_dir_all(folder.join("lib")).unwrap();
        fs::write(folder.join(MANIFEST), manifest).unwrap();
        fs::write(folder.join("main.js"), code).unwrap();
        fs::write(folder.join("lib/part.js"), "export const part = 1;\n").unwrap();
        folder
    }

    pub(crate) fn review(&self, manifest: &str, code: &str) -> Review {
        let folder = self.folder(manifest, code);
        self.library.review(Source::Folder(&folder), &Terms::default()).unwrap()
    }

    pub(crate) fn install(&self, manifest: &str, code: &str, answers: &Answers) -> Installed {
        self.library.install(&self.review(manifest, code), answers).unwrap()
    }

    /// The digests of the folders that are there, by plugin.
    pub(crate) fn kept(&self) -> BTreeMap<String, Vec<String>> {
        kept(&self.root())
    }
}

/// Code with one method, which says which version it is.
pub(crate) fn code(version: &str) -> String {
    format!("export function run() {{ return {version:?}; }}\n")
}

/// A manifest of the plugin `notes` with these permissions and further keys.
pub(crate) fn manifest(version: &str, permissions: &str, more: &str) -> String {
    format!(
        r#"{{ "name": "notes", "version": "{version}", "description": "Keeps notes", "permissions": {permissions}{more} }}"#
    )
}

pub(crate) fn read(path: &str) -> Right {
    Right::new(Permission::FilesystemRead, path)
}

pub(crate) fn domain(name: &str) -> Right {
    Right::new(Permission::NetworkDomains, name)
}

/// The folders below `plugins` by name, each with the names of its versions.
pub(crate) fn kept(root: &Path) -> BTreeMap<String, Vec<String>> {
    let names = |folder: &Path| {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let plugins = root.join("plugins");
    names(&plugins).into_iter().map(|name| (name.clone(), names(&plugins.join(name)))).collect()
}

/// Index and folders name the same versions, each version's files are those of its digest, and nothing is
/// left in staging.
pub(crate) fn assert_in_agreement(library: &Library) {
    let root = library.root();
    let mut expected: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for plugin in library.list() {
        let mut versions: Vec<String> = [&plugin.current]
            .into_iter()
            .chain(&plugin.waiting)
            .map(|version| version.digest.to_string().trim_start_matches("b3:").to_owned())
            .collect();
        versions.sort();
        for version in &versions {
            let folder = root.join("plugins").join(plugin.name.as_str()).join(version);
            let bundle = aether_bundle::Bundle::read(&folder).unwrap();
            assert_eq!(bundle.digest().to_string(), format!("b3:{version}"));
        }
        expected.insert(plugin.name.to_string(), versions);
    }
    assert_eq!(kept(root), expected);
    assert_eq!(fs::read_dir(root.join("staging")).unwrap().count(), 0);
}

/// An archive of these names and contents; a name that ends with `/` is a folder.
pub(crate) fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    archive_with(entries, CompressionMethod::Deflated)
}

pub(crate) fn archive_with(entries: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, content) in entries {
        if let Some(folder) = name.strip_suffix('/') {
            writer.add_directory(folder, options).unwrap();
        } else {
            writer.start_file(*name, options).unwrap();
            writer.write_all(content).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

/// A stored entry as hand-made bytes, so that anything can be wrong with it.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) name: Vec<u8>,
    pub(crate) local_name: Option<Vec<u8>>,
    pub(crate) content: Vec<u8>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) mode: u32,
    /// What the list says of its length, if not the truth.
    pub(crate) size: Option<u32>,
    pub(crate) disk: u16,
    /// Of the entry, in the list.
    pub(crate) comment: Vec<u8>,
    /// What the entry itself says of its length, if not what the list says.
    pub(crate) local_size: Option<u32>,
    pub(crate) offset: Option<u32>,
}

impl Raw {
    pub(crate) fn new(name: &str, content: &[u8]) -> Self {
        Self {
            name: name.as_bytes().to_vec(),
            local_name: None,
            content: content.to_vec(),
            flags: if name.is_ascii() { 0 } else { 1 << 11 },
            method: 0,
            mode: 0,
            size: None,
            disk: 0,
            comment: Vec::new(),
            local_size: None,
            offset: None,
        }
    }
}

/// The checksum of zip files.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    };
    !bytes.iter().fold(!0, step)
}

fn put(out: &mut Vec<u8>, shorts: &[u16]) {
    shorts.iter().for_each(|short| out.extend(short.to_le_bytes()));
}

fn put_long(out: &mut Vec<u8>, longs: &[u32]) {
    longs.iter().for_each(|long| out.extend(long.to_le_bytes()));
}

/// An archive of such entries.
pub(crate) fn raw_archive(entries: &[Raw]) -> Vec<u8> {
    let (mut out, mut list) = (Vec::new(), Vec::new());
    for entry in entries {
        let at = u32::try_from(out.len()).unwrap();
        let length = u32::try_from(entry.content.len()).unwrap();
        let sizes = [crc(&entry.content), length, entry.size.unwrap_or(length)];
        let name = entry.local_name.as_ref().unwrap_or(&entry.name);
        let names = |name: &[u8]| u16::try_from(name.len()).unwrap();
        out.extend(b"PK\x03\x04");
        put(&mut out, &[20, entry.flags, entry.method, 0, 0x21]);
        put_long(&mut out, &[sizes[0], sizes[1], entry.local_size.unwrap_or(sizes[2])]);
        put(&mut out, &[names(name), 0]);
        out.extend(name);
        out.extend(&entry.content);
        list.extend(b"PK\x01\x02");
        put(&mut list, &[0x031e, 20, entry.flags, entry.method, 0, 0x21]);
        put_long(&mut list, &sizes);
        put(&mut list, &[names(&entry.name), 0, names(&entry.comment), entry.disk, 0]);
        put_long(&mut list, &[entry.mode << 16, entry.offset.unwrap_or(at)]);
        list.extend(&entry.name);
        list.extend(&entry.comment);
    }
    let (at, size) = (u32::try_from(out.len()).unwrap(), u32::try_from(list.len()).unwrap());
    let count = u16::try_from(entries.len()).unwrap();
    out.extend(list);
    out.extend(b"PK\x05\x06");
    put(&mut out, &[0, 0, count, count]);
    put_long(&mut out, &[size, at]);
    put(&mut out, &[0]);
    out
}
