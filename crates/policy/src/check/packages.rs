//! Packages that a plugin brings in its `node_modules`, as far as the check needs to know them: whether
//! they are there, what they may lead to, and how files are run.
//!
//! The cell finds the one file that a name stands for. Here all are found that it may stand for: a file
//! more that is scanned does no harm, and one less would hide what the code uses.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::config::{Config, MAX_CONFIG};
use super::files::{Files, folder, holds_packages, home, join, package_in, package_name, upwards};
use super::resolve::resolve;
use crate::scan::{Format, Specifier};

/// The most text of `package.json` files that is read, in bytes: their number is the sender's choice.
const MAX_CONFIGS: usize = 4 * MAX_CONFIG;

/// The most folders and entries of `package.json` files that are looked at, for all names together.
const MAX_STEPS: usize = 8_000_000;

/// What a name may lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lead {
    /// A package, by its folder.
    Package(String),
    /// A file of the bundle.
    File(String),
    /// A module of the cell.
    Module(String),
}

/// The packages of a bundle.
pub(super) struct Packages<'a> {
    files: &'a Files,
    /// The folders of packages that hold something.
    homes: BTreeSet<&'a str>,
    configs: HashMap<String, Option<Rc<Config>>>,
    /// Text that may still be read, in bytes.
    unread: usize,
    /// Folders and entries that may still be looked at.
    steps: usize,
    /// False when a cap left something out.
    pub(super) complete: bool,
}

impl<'a> Packages<'a> {
    pub(super) fn new(files: &'a Files) -> Self {
        let is_folder = |name: &&'a str, home: &&str| home.len() < name.len();
        let names = files.keys().map(String::as_str);
        let homes = names.filter_map(|name| home(name).filter(|home| is_folder(&name, home)));
        Packages {
            files,
            homes: homes.collect(),
            configs: HashMap::new(),
            unread: MAX_CONFIGS,
            steps: MAX_STEPS,
            complete: true,
        }
    }

    /// How a file is run, as far as its name and the `package.json` above it tell. Without a `type` the
    /// plugin's own files are ES modules, and those of packages are not.
    pub(super) fn format(&mut self, file: &str) -> Format {
        match file.rsplit_once('.') {
            Some((_, "mjs" | "mts")) => return Format::Module,
            Some((_, "cjs" | "cts")) => return Format::CommonJs,
            _ => {}
        }
        let default = if home(file).is_some() { Format::CommonJs } else { Format::Module };
        self.scope(file).and_then(|(_, config)| config.format).unwrap_or(default)
    }

    /// What a bare name or a `#name` in the file `importer` may lead to; nothing when it leads nowhere.
    pub(super) fn leads(&mut self, importer: &str, name: &str) -> Option<Vec<Lead>> {
        if self.spend(importer.split('/').count()).is_none() {
            return Some(Vec::new());
        }
        if name.starts_with('#') {
            return self.internal(importer, name);
        }
        let (package, rest) = package_name(name)?;
        if let Some(leads) = self.itself(importer, package, rest) {
            return Some(leads);
        }
        if let Some(found) = self.find(folder(importer), package) {
            return Some(vec![Lead::Package(found)]);
        }
        // `require` finds a file right in `node_modules`, too.
        let mut paths = upwards(folder(importer)).map(|folder| package_in(folder, name));
        Some(vec![Lead::File(paths.find_map(|path| self.with_extension(&path))?)])
    }

    /// The file that `require` finds at a path: with its extension or without, or in the folder there.
    pub(super) fn required(&mut self, path: &str) -> Option<String> {
        if let Some(file) = self.with_extension(path) {
            return Some(file);
        }
        let main = self.config(path).and_then(|config| {
            let main = config.main.as_deref()?;
            // As written in a file of the folder.
            resolve(&join(path, "package.json"), main)
        });
        let main = main.and_then(|main| self.with_extension(&main).or_else(|| self.index(&main)));
        main.or_else(|| self.index(path))
    }

    /// The names of the packages that files in a folder can import.
    pub(super) fn names(&self, folder: &str) -> impl Iterator<Item = &'a str> {
        let start = format!("{folder}/");
        let names = self.homes.iter().filter_map(|home| home.rsplit_once("node_modules/"));
        let near = names.filter(move |(above, _)| above.is_empty() || start.starts_with(above));
        near.map(|(_, name)| name)
    }

    fn with_extension(&self, path: &str) -> Option<String> {
        let mut paths = ["", ".js", ".json"].iter().map(|extension| format!("{path}{extension}"));
        paths.find(|path| self.files.contains_key(path))
    }

    fn index(&self, folder: &str) -> Option<String> {
        let mut paths = ["index.js", "index.json"].iter().map(|name| join(folder, name));
        paths.find(|path| self.files.contains_key(path))
    }

    /// The nearest package of this name, from a folder upwards.
    fn find(&self, start: &str, name: &str) -> Option<String> {
        let mut homes = upwards(start).filter(|folder| !holds_packages(folder));
        homes.find_map(|folder| {
            Some(package_in(folder, name)).filter(|home| self.homes.contains(home.as_str()))
        })
    }

    /// A package that names itself.
    fn itself(&mut self, importer: &str, name: &str, rest: &str) -> Option<Vec<Lead>> {
        let (home, config) = self.scope(importer)?;
        let exports = config.exports.as_ref()?;
        if config.name.as_deref() != Some(name) {
            return None;
        }
        let targets = exports.targets(&format!(".{rest}"), &mut self.steps);
        Some(self.all_leads(&home, targets))
    }

    /// What a package calls by a name of its own.
    fn internal(&mut self, importer: &str, name: &str) -> Option<Vec<Lead>> {
        let (home, config) = self.scope(importer)?;
        let Some(imports) = &config.imports else { return Some(Vec::new()) };
        let targets = imports.targets(name, &mut self.steps);
        Some(self.all_leads(&home, targets))
    }

    fn all_leads(&mut self, home: &str, targets: Option<Vec<String>>) -> Vec<Lead> {
        self.complete &= targets.is_some();
        targets.unwrap_or_default().iter().filter_map(|target| self.lead(home, target)).collect()
    }

    /// What an entry of a package in the folder `home` leads to.
    fn lead(&self, home: &str, target: &str) -> Option<Lead> {
        match Specifier::of(target) {
            Specifier::Relative(path) => {
                let file = resolve(&join(home, "package.json"), path)?;
                self.files.contains_key(&file).then_some(Lead::File(file))
            }
            Specifier::Aether(_) | Specifier::Node(_) => Some(Lead::Module(target.to_owned())),
            Specifier::Unknown => {
                let (name, _) = package_name(target)?;
                self.find(home, name).map(Lead::Package)
            }
            Specifier::Absolute | Specifier::Url(_) => None,
        }
    }

    /// The nearest `package.json` above a file, with its folder.
    fn scope(&mut self, file: &str) -> Option<(String, Rc<Config>)> {
        let mut folders = upwards(folder(file)).take_while(|folder| !holds_packages(folder));
        folders.find_map(|folder| Some((folder.to_owned(), self.config(folder)?)))
    }

    fn config(&mut self, folder: &str) -> Option<Rc<Config>> {
        let bytes = self.files.get(&join(folder, "package.json"))?;
        if let Some(known) = self.configs.get(folder) {
            return known.clone();
        }
        let config = match self.unread.checked_sub(bytes.len()) {
            Some(unread) => {
                self.unread = unread;
                Config::read(bytes).map(Rc::new)
            }
            None => {
                self.complete = false;
                None
            }
        };
        self.configs.insert(folder.to_owned(), config.clone());
        config
    }

    /// Pays for looking at so many folders.
    fn spend(&mut self, steps: usize) -> Option<()> {
        let left = self.steps.checked_sub(steps);
        self.complete &= left.is_some();
        self.steps = left?;
        Some(())
    }
}
