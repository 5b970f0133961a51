//! Which program is meant, and what else must be executable for it to run.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use aether_bundle::Bundle;
use aether_container::{Link, Mount};

use super::runtime::PATH;
use super::{NativeError, PLUGIN, runtime, through};

/// Bytes at a program's start that the kernel looks at. execve(2): `BINPRM_BUF_SIZE`.
const HEAD: usize = 256;

/// How often an interpreter may itself be a script. The kernel stops there too.
const NESTED: usize = 4;

/// What to execute.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// The program's path in the root.
    pub(super) program: PathBuf,
    /// Its arguments, its name first.
    pub(super) words: Vec<OsString>,
    /// Everything that the kernel executes to run it: itself, and the interpreters of scripts.
    pub(super) programs: Vec<PathBuf>,
}

/// Where programs are looked for.
pub(super) struct Around<'a> {
    pub(super) bundle: &'a Bundle,
    /// What was granted.
    pub(super) granted: &'a [Mount],
    /// The links of the root.
    pub(super) links: &'a [Link],
}

/// A program, found.
struct Program {
    /// Where it is in the root, as it is named.
    path: PathBuf,
    /// The same without links.
    real: PathBuf,
    head: Vec<u8>,
}

impl Around<'_> {
    /// Finds a command's program. Words that name files of the bundle become their paths.
    pub(super) fn command(&self, words: &[OsString]) -> Result<Command, NativeError> {
        let name = words.first().map_or_else(String::new, |word| word.display().to_string());
        let name = name.as_str();
        let program = self.find(name)?;
        let mut programs = Vec::new();
        self.interpreters(name, &program, &mut programs, NESTED)?;
        let argument = |word: &OsString| match word.to_str().and_then(|word| self.in_bundle(word)) {
            Some(path) => path.into_os_string(),
            None => word.clone(),
        };
        // Programs that go by several names look at the one they were called by.
        let mut all = vec![match Path::new(name).is_absolute() || name.contains('/') {
            true => program.path.clone().into_os_string(),
            false => name.into(),
        }];
        all.extend(words.iter().skip(1).map(argument));
        Ok(Command { program: program.path, words: all, programs })
    }

    /// A program that the grant names, with what it needs.
    pub(super) fn granted_programs(&self, name: &str) -> Result<Vec<PathBuf>, NativeError> {
        if let Some(folder) = name.strip_suffix('/') {
            // Everything in a folder, which is there if it was granted to be read.
            let folder = PathBuf::from(folder);
            let granted = self.granted.iter().any(|mount| folder.starts_with(&mount.at));
            if !granted && !runtime::holds(&folder) {
                let looked = "what it may read".to_owned();
                return Err(NativeError::NoProgram {
                    name: name.to_owned(),
                    looked,
                    elsewhere: None,
                });
            }
            return Ok(vec![folder]);
        }
        let program = self.find(name)?;
        let mut programs = Vec::new();
        self.interpreters(name, &program, &mut programs, NESTED)?;
        Ok(programs)
    }

    fn in_bundle(&self, word: &str) -> Option<PathBuf> {
        let name = word.strip_prefix("./").unwrap_or(word);
        self.bundle.file(name).map(|_| Path::new(PLUGIN).join(name))
    }

    fn find(&self, name: &str) -> Result<Program, NativeError> {
        if let Some(path) = self.in_bundle(name) {
            let content = self.bundle.file(name.strip_prefix("./").unwrap_or(name));
            let head = content.map_or_else(Vec::new, |all| all[..all.len().min(HEAD)].to_vec());
            return Ok(Program { real: path.clone(), path, head });
        }
        if name.starts_with('/') {
            return self.of_host(Path::new(name), name);
        }
        let missing = |looked: String, elsewhere| NativeError::NoProgram {
            name: name.to_owned(),
            looked,
            elsewhere,
        };
        if name.contains('/') {
            return Err(missing("the plugin's folder".to_owned(), None));
        }
        let found =
            PATH.iter().map(|folder| Path::new(folder).join(name)).find(|path| is_file(path));
        match found {
            Some(path) => self.of_host(&path, name),
            None => Err(missing(PATH.join(", "), elsewhere(name))),
        }
    }

    /// A program of the host, by where it is in the root.
    fn of_host(&self, path: &Path, name: &str) -> Result<Program, NativeError> {
        let missing = |elsewhere| NativeError::NoProgram {
            name: name.to_owned(),
            looked: path.display().to_string(),
            elsewhere,
        };
        let refuse = |why: String| NativeError::NotAProgram { name: name.to_owned(), why };
        let granted = self.granted.iter().find(|mount| path.starts_with(&mount.at));
        let (host, real) = match granted {
            Some(mount) => {
                let host = match path.strip_prefix(&mount.at) {
                    Ok(below) if !below.as_os_str().is_empty() => mount.from.join(below),
                    _ => mount.from.clone(),
                };
                (host, path.to_owned())
            }
            None => {
                let real = path.canonicalize().map_err(|_| missing(None))?;
                if !runtime::holds(&real) {
                    return Err(missing(Some(real)));
                }
                (real.clone(), through(self.links, &real))
            }
        };
        if !is_file(&host) {
            return Err(missing(None));
        }
        if !is_executable(&host) {
            return Err(refuse("it has no right to be executed (chmod +x)".to_owned()));
        }
        let head = head_of(&host).map_err(|error| refuse(error.to_string()))?;
        Ok(Program { path: path.to_owned(), real, head })
    }

    /// A program and, if it is a script, what runs it; each checked for what the kernel would say.
    fn interpreters(
        &self,
        name: &str,
        program: &Program,
        found: &mut Vec<PathBuf>,
        depth: usize,
    ) -> Result<(), NativeError> {
        let refuse = |why: String| NativeError::NotAProgram { name: name.to_owned(), why };
        found.push(program.real.clone());
        let interpreter = match kind_of(&program.head).map_err(refuse)? {
            Kind::Binary => return Ok(()),
            Kind::Script { interpreter, argument } => (interpreter, argument),
        };
        if depth == 0 {
            return Err(refuse("its interpreters are scripts of scripts".to_owned()));
        }
        let (path, argument) = interpreter;
        let not_there = |error: NativeError| match error {
            NativeError::NoProgram { .. } => {
                refuse(format!("its first line names {path}, which is not there"))
            }
            other => other,
        };
        let next = self.find(&path).map_err(not_there)?;
        self.interpreters(&path, &next, found, depth - 1)?;
        // env(1) executes what its argument names.
        let named = argument.as_deref().filter(|_| path.ends_with("/env"));
        let named = named.and_then(|text| text.trim_start_matches("-S").split_whitespace().next());
        if let Some(named) = named.filter(|named| !named.contains('=')) {
            let next = self.find(named).map_err(|error| match error {
                NativeError::NoProgram { .. } => {
                    refuse(format!("its first line names {named}, which is not there"))
                }
                other => other,
            })?;
            self.interpreters(named, &next, found, depth - 1)?;
        }
        Ok(())
    }
}

/// What the kernel makes of a file.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Binary,
    Script { interpreter: String, argument: Option<String> },
}

/// Reads a program's first bytes as execve(2) and elf(5) have it; why not, as a fragment.
fn kind_of(head: &[u8]) -> Result<Kind, String> {
    if let Some(line) = head.strip_prefix(b"#!") {
        let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line =
            std::str::from_utf8(line).map_err(|_| "its first line is not text".to_owned())?;
        if line.ends_with('\r') {
            return Err("its first line ends with a carriage return; save it with Unix line \
                        ends"
                .to_owned());
        }
        let (interpreter, argument) = match line.trim().split_once([' ', '\t']) {
            Some((interpreter, argument)) => (interpreter, Some(argument.trim().to_owned())),
            None => (line.trim(), None),
        };
        if !interpreter.starts_with('/') {
            return Err(match interpreter {
                "" => "its first line names no interpreter".to_owned(),
                other => format!("its first line names {other:?}, which is no absolute path"),
            });
        }
        return Ok(Kind::Script { interpreter: interpreter.to_owned(), argument });
    }
    let elf = head.starts_with(b"\x7fELF");
    match (elf, head.get(18..20)) {
        (true, Some(&[low, high])) => {
            let machine = u16::from_le_bytes([low, high]);
            match machine_of_host() {
                Some((expected, _)) if machine == expected => Ok(Kind::Binary),
                Some((_, name)) => Err(format!(
                    "it is for another processor ({}), this machine's is {name}",
                    machine_name(machine)
                )),
                None => Ok(Kind::Binary),
            }
        }
        (true, None | Some(_)) => Err("it is cut off".to_owned()),
        (false, _) if head.is_empty() => Err("it is empty".to_owned()),
        (false, _) if head.starts_with(b"MZ") => Err("it is a program for Windows".to_owned()),
        (false, _) if head.starts_with(&[0xcf, 0xfa, 0xed, 0xfe]) => {
            Err("it is a program for macOS".to_owned())
        }
        (false, _) => Err("it is neither a program of this system nor a script with `#!` in its \
                           first line"
            .to_owned()),
    }
}

/// elf(5): `e_machine`, with the processor's name.
const MACHINES: [(u16, &str); 8] = [
    (3, "x86"),
    (8, "mips"),
    (21, "powerpc64"),
    (22, "s390x"),
    (40, "arm"),
    (62, "x86_64"),
    (183, "aarch64"),
    (243, "riscv64"),
];

fn machine_of_host() -> Option<(u16, &'static str)> {
    MACHINES.into_iter().find(|(_, name)| *name == std::env::consts::ARCH)
}

fn machine_name(machine: u16) -> String {
    let known = MACHINES.iter().find(|(number, _)| *number == machine);
    known.map_or_else(|| format!("number {machine}"), |(_, name)| (*name).to_owned())
}

fn head_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    File::open(path)?.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

fn is_file(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|meta| meta.is_file())
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    is_file(path)
}

/// Where the host's own `PATH` has a program of that name.
fn elsewhere(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| is_file(path))
}

#[cfg(all(test, unix))]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn bundle(files: &[(&str, &[u8])]) -> Bundle {
        let files = files.iter().map(|(name, content)| ((*name).to_owned(), (*content).into()));
        Bundle::from_files(Path::new("/nowhere"), files.collect::<BTreeMap<_, _>>())
    }

    fn command(files: &[(&str, &[u8])], words: &[&str]) -> Result<Command, NativeError> {
        let bundle = bundle(files);
        let around = Around { bundle: &bundle, granted: &[], links: &[] };
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        around.command(&words)
    }

    #[track_caller]
    fn refuses(files: &[(&str, &[u8])], words: &[&str], expect: &str) {
        let text = command(files, words).unwrap_err().to_string();
        assert!(text.contains(expect), "{text}");
    }

    #[test]
    fn a_name_is_looked_for_where_programs_are() {
        let found = command(&[("main.sh", b"x")], &["sh", "main.sh", "-x"]).unwrap();
        assert_eq!(found.words[1..], ["/plugin/main.sh", "-x"].map(OsString::from));
        assert!(found.program.is_file() && found.words[0] == "sh");
        assert_eq!(found.programs, [Path::new("/bin/sh").canonicalize().unwrap()]);
        refuses(&[], &["no-such-program"], "/usr/local/bin, /usr/bin");
        refuses(&[], &["./main.sh"], "the plugin's folder");
        refuses(&[], &["/etc/passwd"], "/etc/passwd");
    }

    #[test]
    fn scripts_bring_their_interpreters() {
        let found = command(&[("a", b"#!/usr/bin/env sh\n")], &["./a"]).unwrap();
        assert_eq!(found.words, [OsString::from("/plugin/a")]);
        assert_eq!(found.programs.len(), 3, "{found:?}");
        refuses(&[("a", b"#!/no/interpreter -x\n")], &["a"], "names /no/interpreter, which is not");
        refuses(&[("a", b"#!/usr/bin/env no-such\n")], &["a"], "names no-such, which is not there");
        refuses(&[("a", b"#!sh\n")], &["a"], "no absolute path");
        refuses(&[("a", b"#!\n")], &["a"], "names no interpreter");
        refuses(&[("a", b"#!/bin/sh\r\n")], &["a"], "carriage return");
    }

    #[test]
    fn what_the_kernel_would_not_execute_is_told() {
        let mut foreign = [0u8; 64];
        foreign[..4].copy_from_slice(b"\x7fELF");
        foreign[18] = 22;
        refuses(&[("a", &foreign)], &["a"], "another processor (s390x)");
        refuses(&[("a", b"\x7fELF")], &["a"], "cut off");
        refuses(&[("a", b"")], &["a"], "it is empty");
        refuses(&[("a", b"MZ\x90")], &["a"], "for Windows");
        refuses(&[("a", b"echo hello\n")], &["a"], "neither a program");
        refuses(&[], &["/usr/bin"], "/usr/bin");
    }
}
