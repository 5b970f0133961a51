//! The files of a bundle that its entry leads to, and their scans.

use std::collections::{BTreeSet, VecDeque};

use aether_manifest::Manifest;
use aether_source::{Diagnostic, Problems, Source, Span, did_you_mean, quoted};

use super::files::{Files, home, is_data, is_declaration, is_script};
use super::packages::{Lead, Packages};
use super::resolve::resolve;
use super::unmet::{Unmet, severity};
use crate::scan::{Format, How, Import, Need, Scan, Specifier, Uses, is_packaged, scan_as};

/// The most files of a bundle that are scanned: their number is the sender's choice.
pub const MAX_SCANNED_FILES: usize = 2048;
/// The most bytes of a bundle that are scanned (32 MiB), all files together.
pub const MAX_SCANNED_BYTES: usize = 32 * 1024 * 1024;

/// A scanned file.
pub(super) struct Script {
    pub(super) source: Source,
    pub(super) scan: Scan,
}

impl Script {
    /// The folder of the package that it came with; none for the plugin's own.
    pub(super) fn home(&self) -> Option<&str> {
        home(self.source.name())
    }
}

/// What the walk found.
#[derive(Default)]
pub(super) struct Graph {
    pub(super) scripts: Vec<Script>,
    pub(super) problems: Vec<Diagnostic>,
    pub(super) uses: Uses,
    /// False when a file was left out or not read to its end.
    pub(super) complete: bool,
}

/// Scans the entry and what it imports. Of a package that is imported all scripts are scanned: which of
/// them are run is for conditions to say that are not looked at here. Where the plugin's own code can
/// import what its text does not show, every script of the bundle is scanned.
pub(super) fn follow(manifest: &Manifest, entry: &str, files: &Files) -> Graph {
    let mut walk = Walk::new(files);
    if files.contains_key(entry) {
        walk.enqueue(entry);
    } else {
        walk.graph.problems.push(missing_entry(manifest, entry, files));
    }
    walk.run();
    if !walk.certain {
        walk.enqueue_all(files.keys());
        walk.run();
    }
    let mut graph = walk.graph;
    graph.complete &= walk.packages.complete;
    if !graph.complete {
        graph.problems.push(incomplete(manifest));
    }
    graph
}

struct Walk<'a> {
    files: &'a Files,
    packages: Packages<'a>,
    unmet: Unmet<'a>,
    seen: BTreeSet<String>,
    /// The plugin's own files, in the order in which they are come by.
    own: VecDeque<String>,
    /// Files of packages with their sizes: the small ones go first, so that the caps leave out as few as
    /// can be, and none of the plugin's own.
    brought: BTreeSet<(usize, String)>,
    /// Packages whose files are enqueued.
    imported: BTreeSet<String>,
    scanned: usize,
    bytes: usize,
    /// Whether the text of the plugin's own code shows what it imports.
    certain: bool,
    graph: Graph,
}

impl<'a> Walk<'a> {
    fn new(files: &'a Files) -> Self {
        Walk {
            files,
            packages: Packages::new(files),
            unmet: Unmet::new(files),
            seen: BTreeSet::new(),
            own: VecDeque::new(),
            brought: BTreeSet::new(),
            imported: BTreeSet::new(),
            scanned: 0,
            bytes: 0,
            certain: true,
            graph: Graph { complete: true, ..Graph::default() },
        }
    }

    fn enqueue(&mut self, name: &str) {
        if !self.seen.insert(name.to_owned()) {
            return;
        }
        if home(name).is_none() {
            self.own.push_back(name.to_owned());
        } else {
            let size = self.files.get(name).map_or(0, |bytes| bytes.len());
            self.brought.insert((size, name.to_owned()));
        }
    }

    /// Data is imported too; only scripts hold code.
    fn enqueue_code(&mut self, name: &str) {
        if !is_data(name) {
            self.enqueue(name);
        }
    }

    fn enqueue_all<'n>(&mut self, names: impl Iterator<Item = &'n String>) {
        let scripts = names.filter(|name| is_script(name) && !is_declaration(name));
        scripts.for_each(|name| self.enqueue(name));
    }

    /// The scripts of a package; those of packages in it are other packages'.
    fn enqueue_package(&mut self, folder: String) {
        if self.imported.contains(&folder) {
            return;
        }
        let start = format!("{folder}/");
        let files = self.files;
        let names = files.range(start.clone()..).map(|(name, _)| name);
        let inside = names.take_while(|name| name.starts_with(&start));
        self.enqueue_all(inside.filter(|name| home(name) == Some(&*folder)));
        self.imported.insert(folder);
    }

    fn run(&mut self) {
        loop {
            let brought = || self.brought.pop_first().map(|(_, name)| name);
            let Some(name) = self.own.pop_front().or_else(brought) else { return };
            self.visit(&name);
        }
    }

    fn visit(&mut self, name: &str) {
        let Some(bytes) = self.files.get(name) else { return };
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.scanned >= MAX_SCANNED_FILES || self.bytes > MAX_SCANNED_BYTES {
            self.graph.complete = false;
            return;
        }
        self.scanned += 1;
        let is_own = home(name).is_none();
        let Ok(text) = std::str::from_utf8(bytes) else {
            if is_own {
                self.graph.problems.push(not_utf8(name));
            }
            return;
        };
        let source = Source::new(name, text);
        let mut scan = scan_as(&source, self.packages.format(name));
        if !is_own {
            without_process(&mut scan);
        }
        let mut visit = Visit { source: &source, is_own, problems: Problems::new() };
        for import in std::mem::take(&mut scan.imports) {
            self.import(&mut visit, &mut scan, &import);
            scan.imports.push(import);
        }
        self.graph.problems.extend(visit.problems.into_vec(&source));
        self.certain &= scan.uses.is_certain() || !is_own;
        self.graph.uses.merge(&scan.uses);
        self.graph.complete &= scan.complete;
        self.graph.scripts.push(Script { source, scan });
    }

    fn import(&mut self, visit: &mut Visit<'_>, scan: &mut Scan, import: &Import) {
        let Some(name) = import.specifier.as_deref() else { return };
        match Specifier::of(name) {
            Specifier::Relative(path) => {
                let required = import.how == How::Require && scan.format == Format::CommonJs;
                self.relative(visit, import, path, required);
            }
            Specifier::Unknown if is_packaged(name) => {
                self.packaged(visit, &mut scan.uses, import, name);
            }
            _ => {}
        }
    }

    fn relative(&mut self, visit: &mut Visit<'_>, import: &Import, path: &str, required: bool) {
        let source = visit.source;
        let Some(target) = resolve(source.name(), path) else {
            return visit.tell(import, || Unmet::outside(source, import));
        };
        let found = if required {
            self.packages.required(&target)
        } else {
            self.files.contains_key(&target).then(|| target.clone())
        };
        match found {
            Some(file) => self.enqueue_code(&file),
            None => visit.tell(import, || self.unmet.file(source, import, &target)),
        }
    }

    fn packaged(&mut self, visit: &mut Visit<'_>, uses: &mut Uses, import: &Import, name: &str) {
        let source = visit.source;
        let Some(leads) = self.packages.leads(source.name(), name) else {
            return visit.tell(import, || match name.strip_prefix('#') {
                Some(_) => Unmet::internal(source, import),
                None => self.unmet.package(source, import, &self.packages),
            });
        };
        uses.modules.remove(name);
        for lead in leads {
            match lead {
                Lead::Package(folder) => self.enqueue_package(folder),
                Lead::File(file) => self.enqueue_code(&file),
                Lead::Module(name) => uses.module(&name),
            }
        }
    }
}

/// A look at the imports of one file.
struct Visit<'s> {
    source: &'s Source,
    is_own: bool,
    problems: Problems,
}

impl Visit<'_> {
    /// Notes an import that leads nowhere. What packages miss is not told, and finding the words takes
    /// time.
    fn tell(&mut self, import: &Import, words: impl FnOnce() -> Diagnostic) {
        if self.is_own {
            self.problems.push_with(severity(import.how), words);
        }
    }
}

/// There is no `process` in a cell. Packages ask it for `NODE_ENV`, which takes no right.
fn without_process(scan: &mut Scan) {
    scan.sightings.retain(|sighting| sighting.word != "process.env");
    let mut needs = scan.sightings.iter().map(|sighting| sighting.need);
    scan.uses.environment = needs.any(|need| need == Need::Environment);
}

fn not_utf8(name: &str) -> Diagnostic {
    let source = Source::new(name, "");
    let message = "the file is not UTF-8 text";
    let problem = Diagnostic::error("not-utf8", &source, Span::default(), message);
    problem.with_help("save the file as UTF-8").without_place()
}

pub(super) fn missing_entry(manifest: &Manifest, entry: &str, files: &Files) -> Diagnostic {
    let place = manifest.entry.as_ref().map(|entry| entry.span);
    let message = format!("the entry {} is not in the bundle", quoted(entry));
    let diagnostic =
        Diagnostic::error("entry-missing", &manifest.source, place.unwrap_or_default(), message);
    let diagnostic = if place.is_none() { diagnostic.without_place() } else { diagnostic };
    let fits = |name: &&str| is_script(name) == is_script(entry);
    match did_you_mean(entry, files.keys().map(String::as_str).filter(fits)) {
        Some(near) => diagnostic.with_help(format!("did you mean {}?", quoted(near))),
        None => diagnostic.with_help("add the file, or name another with \"entry\""),
    }
}

fn incomplete(manifest: &Manifest) -> Diagnostic {
    let message = "the bundle is too large to be checked as a whole";
    let help = "what is not checked is still held to the grant when it runs";
    Diagnostic::warning("check-incomplete", &manifest.source, Span::default(), message)
        .with_help(help)
        .without_place()
}
