//! Native programs on Windows, where nothing can be mounted: everything that one finds is laid as copies in
//! a folder of the host's own, its stage. What it changed there is compared when it has ended.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use aether_bundle::Bundle;
use aether_container::{Door, Mount, MountKind, Native};
use aether_manifest::Permission;
use aether_overlay::{Quota, StageConfig, StageKind, StagedPlace, Written};
use aether_path::VirtualPath;
use aether_policy::grant::Grant;
use tempfile::TempDir;

use super::runtime::Profile;
use super::{NativeError, PLUGIN, Prepared, Shelf, Wanted, files};
use crate::Plugin;
use crate::host_path;

/// Where a program finds a folder for what it needs for itself alone.
const TEMPORARY: &str = "/tmp";

/// The variable that says where the stage is: below it everything stands under the name that the manifest
/// has for it.
const ROOT: &str = "AETHER_ROOT";

/// Most that is copied for one program: it is all on the disk as long as the program runs.
const COPIED: Quota = Quota { bytes: 1 << 30, entries: 65_536 };

/// Bytes that a program may write for which nothing else is said.
const LEAST: u64 = 1 << 20;

/// How every program begins. PE format: the header of MS-DOS.
const HEAD: &[u8] = b"MZ";

/// A folder with everything that a program finds, gone with this.
#[derive(Debug)]
pub(crate) struct Staged {
    /// Until it is read.
    tree: Mutex<Option<aether_overlay::Stage>>,
    _rights: aether_container::Stage,
    _made: TempDir,
}

impl Staged {
    /// What the program has changed, once it has ended; why that cannot be told, as a sentence.
    pub(super) fn written(&self, quota: Quota) -> Result<Written, String> {
        let tree = self.tree.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(tree.ok_or("what it wrote was read before")?.written(quota))
    }
}

/// Makes a stage, a command and an environment of a grant.
pub(crate) fn prepare(wanted: Wanted<'_>, shelf: &Shelf) -> Result<Prepared, NativeError> {
    let Wanted { plugin, grant, places, reach, door, container, folder, .. } = wanted;
    let granted = files::mounts(grant, places, &Profile::default())?;
    let mut making = Making::new(shelf, (Some(container), wanted.may_lack), places.workdir())?;
    making.bundle(plugin.bundle())?;
    for mount in &granted.mounts {
        making.place(mount)?;
    }
    let tree = making.lay()?;
    // It may stand in what was laid.
    let folder = making.folders_to(folder)?;
    let command = making.command(plugin.bundle(), &plugin.words())?;
    let lines = grant.lines().filter(|line| line.permission == Permission::Process);
    for name in lines.map(|line| &line.resource).filter(|name| !name.ends_with('/')) {
        making.find(plugin.bundle(), name)?;
    }
    let native = Native {
        environment: making.environment(grant, door)?,
        door,
        inbound: reach.inbound.clone(),
        // What it may reach it reaches through its gateway, if it has one.
        networked: door == Door::Closed && grant.domains().next().is_some(),
        scratch: grant.limits().disk,
        processes: grant.limits().processes,
        ..making.native(command, folder)
    };
    let mut layers = granted.layers;
    layers.stand_in(making.done(tree));
    Ok(Prepared { native, layers })
}

/// Whether a plugin's program is there, without granting or running anything.
pub(crate) fn look_for_program(plugin: &Plugin) -> Result<(), NativeError> {
    let words = plugin.words();
    let name = words.first().map_or_else(String::new, |word| word.display().to_string());
    match in_bundle(plugin.bundle(), &name) {
        Some((_, content)) => check_head(&name, content),
        None => of_system(&name).map(drop),
    }
}

/// A program that does nothing, to try on it what a machine can enforce, and the stage that it needs.
pub(crate) fn trial(shelf: &Shelf) -> Result<(Native, Staged), NativeError> {
    // In the container of a trial, which has no name.
    let mut making = Making::new(shelf, (None, true), Path::new("/"))?;
    let tree = making.lay()?;
    let bundle = Bundle::from_files(Path::new("/"), std::collections::BTreeMap::new());
    let words = ["cmd", "/d", "/c", "exit"].map(OsString::from);
    let command = making.command(&bundle, &words)?;
    let folder = making.folders_to(Path::new(TEMPORARY))?;
    let native = making.native(command, folder);
    Ok((native, making.done(tree)))
}

/// A stage that is being made.
struct Making {
    rights: aether_container::Stage,
    made: TempDir,
    places: Vec<StagedPlace>,
    /// Places in the stage that a program may write, with all that is in them.
    writable: Vec<PathBuf>,
    /// The working folder of the host.
    workdir: PathBuf,
}

impl Making {
    fn new(
        shelf: &Shelf,
        (container, may_lack): (Option<&str>, bool),
        workdir: &Path,
    ) -> Result<Self, NativeError> {
        let made = shelf.stage()?;
        let root = made.path().join("root");
        let rights = aether_container::Stage::new(&root, container, may_lack);
        let rights = rights.map_err(NativeError::io(&root))?;
        let mut making = Self {
            rights,
            made,
            places: Vec::new(),
            writable: Vec::new(),
            workdir: workdir.to_owned(),
        };
        let temporary = making.at(Path::new(TEMPORARY));
        making.make_folder(&temporary, true)?;
        Ok(making)
    }

    /// Where a place of the root is in the stage, or a path of the host by its name. No file is called as a
    /// drive is.
    fn at(&self, place: &Path) -> PathBuf {
        let text = self.name_of(place).replace('\\', "/").replace(':', "$");
        let names = text.split('/').filter(|name| !name.is_empty());
        names.fold(self.rights.root().to_owned(), |at, name| at.join(name))
    }

    /// The name of a place that may be a path of the host.
    fn name_of(&self, place: &Path) -> String {
        match place.components().next() {
            Some(Component::Prefix(_)) => host_path::name_of(place, &self.workdir),
            _ => place.to_string_lossy().into_owned(),
        }
    }

    fn make_folder(&mut self, at: &Path, may_write: bool) -> Result<(), NativeError> {
        self.rights.folder(at, may_write).map_err(NativeError::io(at))?;
        if may_write {
            self.writable.push(at.to_owned());
        }
        Ok(())
    }

    /// Makes the folders on the way to a place, and the place.
    fn folders_to(&self, place: &Path) -> Result<PathBuf, NativeError> {
        let at = self.at(place);
        self.make_way(&at)?;
        Ok(at)
    }

    fn make_way(&self, at: &Path) -> Result<(), NativeError> {
        let missing: Vec<&Path> = at.ancestors().take_while(|folder| !folder.is_dir()).collect();
        for folder in missing.into_iter().rev() {
            let may_write = self.writable.iter().any(|writable| folder.starts_with(writable));
            self.rights.folder(folder, may_write).map_err(NativeError::io(folder))?;
        }
        Ok(())
    }

    /// The plugin's own files, from memory: what was hashed is what runs.
    fn bundle(&self, bundle: &Bundle) -> Result<(), NativeError> {
        let folder = self.at(Path::new(PLUGIN));
        for (name, content) in bundle.files() {
            let path = name.split('/').fold(folder.clone(), |at, name| at.join(name));
            self.make_way(path.parent().unwrap_or(&folder))?;
            fs::write(&path, content).map_err(NativeError::io(&path))?;
        }
        Ok(())
    }

    /// Makes the place of something that was granted; it is filled later.
    fn place(&mut self, mount: &Mount) -> Result<(), NativeError> {
        let Ok(at) = VirtualPath::parse(&mount.at.to_string_lossy().replace('\\', "/")) else {
            return Err(NativeError::Reserved { pattern: mount.at.display().to_string() });
        };
        let into = self.at(&mount.at);
        let is_file = match mount.kind {
            MountKind::FileCopy | MountKind::NewFile => true,
            MountKind::ReadOnly => mount.from.is_file(),
            _ => false,
        };
        let kind = match mount.kind {
            MountKind::Overlay | MountKind::FileCopy => StageKind::Copied,
            MountKind::NewFolder | MountKind::NewFile => StageKind::Blank,
            MountKind::ReadOnly | MountKind::View => StageKind::Shown,
            // The machine's own files, of which there are none here.
            MountKind::StandIn => return Ok(()),
        };
        let own = self.at(Path::new(PLUGIN));
        let taken = |other: &Path| into.as_os_str().eq_ignore_ascii_case(other.as_os_str());
        if taken(&own) || self.places.iter().any(|place| taken(&place.into)) {
            // Two names, and one place for both.
            return Err(NativeError::Reserved { pattern: mount.at.display().to_string() });
        }
        self.make_way(into.parent().unwrap_or(self.rights.root()))?;
        let may_write = kind != StageKind::Shown;
        if is_file {
            self.rights.file(&into, may_write).map_err(NativeError::io(&into))?;
        } else if !into.is_dir() {
            self.make_folder(&into, may_write)?;
        }
        let from = mount.from.clone();
        let mount = match is_file {
            true => aether_overlay::Mount::file(at, from),
            false => aether_overlay::Mount::folder(at, from),
        };
        self.places.push(StagedPlace { mount, kind, into });
        Ok(())
    }

    /// A command in this stage, that has nothing yet and may start nothing.
    fn native(&self, (program, command): (PathBuf, Vec<OsString>), folder: PathBuf) -> Native {
        Native {
            program,
            command,
            environment: Vec::new(),
            folder,
            mounts: Vec::new(),
            links: Vec::new(),
            executable: Vec::new(),
            door: Door::Closed,
            proxy: None,
            inbound: Vec::new(),
            networked: false,
            scratch: LEAST,
            processes: 1,
            trace_files: false,
            broker: false,
            stage: Some(self.rights.root().to_owned()),
        }
    }

    /// Fills the places.
    fn lay(&mut self) -> Result<aether_overlay::Stage, NativeError> {
        let config =
            StageConfig { places: self.places.clone(), copied: COPIED, ..StageConfig::default() };
        Ok(aether_overlay::Stage::lay(config)?)
    }

    fn done(self, tree: aether_overlay::Stage) -> Staged {
        Staged { tree: Mutex::new(Some(tree)), _rights: self.rights, _made: self.made }
    }

    /// A command's program, and its arguments, the name first. Words that name files of the bundle become
    /// their paths.
    fn command(
        &self,
        bundle: &Bundle,
        words: &[OsString],
    ) -> Result<(PathBuf, Vec<OsString>), NativeError> {
        let name = words.first().map_or_else(String::new, |word| word.display().to_string());
        let program = self.find(bundle, &name)?;
        let argument = |word: &OsString| {
            let path = word.to_str().and_then(|word| in_bundle(bundle, word));
            path.map_or_else(|| word.clone(), |(path, _)| self.at(&path).into_os_string())
        };
        let first = program.clone().into_os_string();
        let all = std::iter::once(first).chain(words.iter().skip(1).map(argument));
        Ok((program, all.collect()))
    }

    fn find(&self, bundle: &Bundle, name: &str) -> Result<PathBuf, NativeError> {
        if let Some((path, content)) = in_bundle(bundle, name) {
            check_head(name, content)?;
            return Ok(self.at(&path));
        }
        // A name that is no path is that of a program of the system's.
        let granted = VirtualPath::parse(&self.name_of(Path::new(name))).ok();
        let granted = granted
            .filter(|path| self.places.iter().any(|place| path.starts_with(&place.mount.at)));
        match granted {
            Some(path) => {
                let at = self.at(Path::new(path.as_str()));
                check_file(name, &at)?;
                Ok(at)
            }
            None => of_system(name),
        }
    }

    /// The variables of a native program: what every program may know, and what was granted.
    fn environment(
        &self,
        grant: &Grant,
        door: Door,
    ) -> Result<Vec<(OsString, OsString)>, NativeError> {
        let mut all: Vec<(OsString, OsString)> = Vec::new();
        let mut set = |name: &str, value: OsString| {
            // A granted variable of the host's stands before one of ours; case does not tell names apart.
            if all.iter().all(|(known, _)| !known.eq_ignore_ascii_case(name)) {
                all.push((name.into(), value));
            }
        };
        for name in grant.environment() {
            if let Some(value) = std::env::var_os(name) {
                set(name, value);
            }
        }
        let system = system_folder()?;
        let root = system.parent().unwrap_or(&system).as_os_str().to_owned();
        set("PATH", [system.as_os_str(), &root].join(&OsString::from(";")));
        set("windir", root);
        set("ComSpec", system.join("cmd.exe").into_os_string());
        let own = self.at(Path::new(TEMPORARY)).into_os_string();
        for name in ["TEMP", "TMP", "HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"] {
            set(name, own.clone());
        }
        set(ROOT, self.rights.root().as_os_str().to_owned());
        if door == Door::Open {
            set("AETHER_PLUGIN", self.at(Path::new(PLUGIN)).into_os_string());
        }
        Ok(all)
    }
}

/// A word that names a file of the bundle: where that is in the root, and its content.
fn in_bundle<'a>(bundle: &'a Bundle, word: &str) -> Option<(PathBuf, &'a [u8])> {
    let name = word.strip_prefix("./").unwrap_or(word);
    bundle.file(name).map(|content| (Path::new(PLUGIN).join(name), &**content))
}

fn system_folder() -> Result<PathBuf, NativeError> {
    aether_container::system_folder().map_err(NativeError::io("the system's folder"))
}

/// A program of the system's own folder, by its name alone.
fn of_system(name: &str) -> Result<PathBuf, NativeError> {
    let system = system_folder()?;
    let missing =
        |looked: String| NativeError::NoProgram { name: name.to_owned(), looked, elsewhere: None };
    if name.is_empty() || name.contains(['/', '\\', ':']) {
        return Err(missing("the plugin's folder and what it may read".to_owned()));
    }
    let names = [name.to_owned(), format!("{name}.exe")];
    let found = names.iter().map(|name| system.join(name)).find(|path| path.is_file());
    let found = found.ok_or_else(|| missing(system.display().to_string()))?;
    check_file(name, &found)?;
    Ok(found)
}

/// Refuses what is not there, and what [`check_head`] refuses.
fn check_file(name: &str, path: &Path) -> Result<(), NativeError> {
    if !path.is_file() {
        return Err(NativeError::NoProgram {
            name: name.to_owned(),
            looked: "what it may read".to_owned(),
            elsewhere: None,
        });
    }
    let mut head = Vec::new();
    let read =
        File::open(path).and_then(|file| file.take(HEAD.len() as u64).read_to_end(&mut head));
    read.map_err(NativeError::io(path))?;
    check_head(name, &head)
}

/// Refuses what the system would not start, or would start something else for.
fn check_head(name: &str, content: &[u8]) -> Result<(), NativeError> {
    if content.starts_with(HEAD) {
        return Ok(());
    }
    let why = "it is no program of Windows; a script is run by naming the program that runs it, with the \
               script as its first argument";
    Err(NativeError::NotAProgram { name: name.to_owned(), why: why.to_owned() })
}
