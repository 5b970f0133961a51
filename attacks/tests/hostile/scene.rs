//! Where an attack happens: the folder that the plugin sees as `/workspace`, the secrets around
//! it, and a port that nobody may come to.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use super::sys;

/// The variable of the host that holds the secret, under a name that every thief knows.
pub(super) const PLANTED: &str = "AWS_SECRET_ACCESS_KEY";

/// The variable of the host that tells an attack without a sandbox which secret it is after.
pub(super) const SECRET: &str = "AETHER_ATTACKS_SECRET";

/// A laid-out scene.
#[derive(Debug)]
pub(super) struct Scene {
    root: PathBuf,
    listener: TcpListener,
    before: BTreeMap<PathBuf, String>,
}

impl Scene {
    /// Lays it out in `root`.
    pub(super) fn lay(root: &Path, secret: &str) -> io::Result<Self> {
        let work = root.join("work");
        for folder in ["public/sub", "private", "inbox/box", "mixed/deep", "out"] {
            fs::create_dir_all(work.join(folder))?;
        }
        fs::create_dir_all(root.join("outside"))?;
        let public = work.join("public");
        fs::write(public.join("readme.txt"), "for everyone\n")?;
        fs::write(public.join("sub/more.txt"), "for everyone too\n")?;
        fs::write(work.join("mixed/scratch.tmp"), "may go\n")?;
        for kept in ["mixed/keep.txt", "mixed/deep/keep.txt"] {
            fs::write(work.join(kept), "must stay\n")?;
        }
        for place in [
            "work/secret.txt",
            "work/private/secret.txt",
            "work/inbox/secret.txt",
            "work/inbox/box/secret.txt",
            "outside/secret.txt",
        ] {
            fs::write(root.join(place), secret)?;
        }
        if sys::HAS_LINKS {
            lay_links(root)?;
        }
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        Ok(Self { root: root.to_owned(), listener, before: BTreeMap::new() })
    }

    /// Remembers how it is now.
    pub(super) fn remember(&mut self) -> io::Result<()> {
        self.before = self.tree()?;
        Ok(())
    }

    /// What the plugin sees as `/workspace`.
    pub(super) fn work(&self) -> PathBuf {
        self.root.join("work")
    }

    /// The port that nobody may come to.
    pub(super) fn port(&self) -> io::Result<u16> {
        Ok(self.listener.local_addr()?.port())
    }

    /// Nobody came, and every file is as it was.
    pub(super) fn is_untouched(&self) -> Result<(), String> {
        if let Ok((_, from)) = self.listener.accept() {
            return Err(format!("a connection came from {from}"));
        }
        let now = self.tree().map_err(|error| error.to_string())?;
        let all = self.before.keys().chain(now.keys());
        match all.into_iter().find(|path| self.before.get(*path) != now.get(*path)) {
            Some(path) => Err(format!(
                "{} was {:?} and is {:?}",
                path.display(),
                self.before.get(path),
                now.get(path)
            )),
            None => Ok(()),
        }
    }

    /// Every file with what it is.
    fn tree(&self) -> io::Result<BTreeMap<PathBuf, String>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.root.join("work"), self.root.join("outside")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                let about = fs::symlink_metadata(&path)?;
                if about.is_dir() {
                    folders.push(path.clone());
                }
                found.insert(path.clone(), describe(&path, &about)?);
            }
        }
        found.retain(|path, _| !path.ends_with(Self::RESTLESS));
        Ok(found)
    }

    /// A file that the harness itself swaps, below the scene's root.
    pub(super) const RESTLESS: &str = "work/public/restless";
}

fn lay_links(root: &Path) -> io::Result<()> {
    let work = root.join("work");
    let public = work.join("public");
    sys::link("../private/secret.txt", public.join("aside"))?;
    sys::link("../../outside/secret.txt", public.join("above"))?;
    sys::link(root.join("outside/secret.txt"), public.join("absolute"))?;
    sys::link("../private", public.join("folder"))?;
    sys::link("..", public.join("up"))?;
    sys::link("/", public.join("everything"))?;
    sys::link("/proc/self/environ", public.join("environ"))?;
    sys::link("loop", public.join("loop"))?;
    sys::link("../../outside", work.join("out/escape"))
}

fn describe(path: &Path, about: &fs::Metadata) -> io::Result<String> {
    let kind = about.file_type();
    if kind.is_symlink() {
        return Ok(format!("a link to {}", fs::read_link(path)?.display()));
    }
    if sys::is_pipe(about) {
        return Ok("a pipe".to_owned());
    }
    if kind.is_dir() {
        return Ok(format!("a folder with mode {}", sys::mode(about)));
    }
    // Larger ones are sparse, and only read.
    let content = if about.len() < 1 << 20 { fs::read_to_string(path)? } else { String::new() };
    Ok(format!("{} bytes with mode {}: {content}", about.len(), sys::mode(about)))
}
