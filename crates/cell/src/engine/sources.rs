//! What modules are made of, the same for every engine: names resolved, files read, and what is said
//! of those that cannot be had.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use aether_protocol::{Code, limits};
use aether_typescript::Goal;
use serde_json::json;

use crate::builtins;
use crate::host::Host;
use crate::packages::{Files, Format, Found, Packages, Problem, lex};
use crate::requests;
use crate::source_map::{self, SourceMap};
use crate::specifier::{self, Refused, Target};
use crate::value::{Raise, Ret};

/// Longest source line shown with a syntax error, in bytes.
const LINE_BYTES: usize = 200;

/// Most files that are looked at for what one of them exports again.
const REEXPORTS: usize = 64;

/// Most names that a CommonJS file exports.
const EXPORTS: usize = 32_768;

/// Why there is no text of a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Unread {
    /// The bundle has no such file, or may not give it to whoever asks.
    Refused(Refused),
    /// It is no text that could be run: a message.
    Unreadable(String),
    /// It is no TypeScript, or more than types: a message, and [`syntax_facts`].
    Syntax { message: String, facts: String },
    /// The host did not answer.
    Raised(Raise),
}

impl From<Refused> for Unread {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// What a file is to an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// An ES module.
    Module(String),
    /// JSON.
    Json(String),
    /// CommonJS, which runs when it is evaluated: the names that it exports.
    CommonJs(Vec<String>),
}

/// What `require` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Required {
    /// A file of the bundle.
    File(String, Format),
    /// A module of the runtime, such as `node:path`.
    Builtin(String),
}

/// A map, and from where its sources are named.
#[derive(Debug)]
struct Mapped {
    map: SourceMap,
    base: String,
}

/// The bundle as modules see it.
#[derive(Debug)]
pub(crate) struct Sources {
    packages: RefCell<Packages>,
    /// The paths of all files, once they were asked for.
    listed: RefCell<Option<Rc<BTreeSet<String>>>>,
    /// Texts that were looked at and will be run.
    texts: RefCell<BTreeMap<String, String>>,
    /// Files that say that there is a map of them; and the map, once it was wanted, if it is one.
    maps: RefCell<BTreeMap<String, Option<Option<Rc<Mapped>>>>>,
}

impl Sources {
    pub(crate) fn new() -> Self {
        Self {
            packages: RefCell::new(Packages::new(|name| builtins::node(name).is_some())),
            listed: RefCell::default(),
            texts: RefCell::default(),
            maps: RefCell::default(),
        }
    }

    /// What `specifier`, found in the module `base`, names.
    ///
    /// # Errors
    /// [`Unread`] with the reason.
    pub(crate) fn resolve(
        &self,
        host: &Host,
        base: &str,
        specifier: &str,
    ) -> Result<Target, Unread> {
        let hello = &host.hello;
        if !hello.packages || !specifier::is_packaged(specifier) {
            return Ok(specifier::resolve(base, specifier, &hello.compat)?);
        }
        let found = self.packages.borrow_mut().import(
            &mut Bundle { host, sources: self },
            base.strip_prefix(specifier::ROOT).unwrap_or_default(),
            specifier,
        );
        match found.map_err(unread)? {
            Found::File { path, .. } => Ok(Target::File(path)),
            Found::Builtin(name) => Ok(specifier::resolve("", &name, &hello.compat)?),
        }
    }

    /// What `require(specifier)` in the file `base` names.
    ///
    /// # Errors
    /// [`Unread`] with the reason.
    pub(crate) fn require(
        &self,
        host: &Host,
        base: &str,
        specifier: &str,
    ) -> Result<Required, Unread> {
        if specifier::is_builtin(specifier) {
            let target = specifier::resolve("", specifier, &host.hello.compat)?;
            return Ok(Required::Builtin(target.url()));
        }
        let found = self.packages.borrow_mut().require(
            &mut Bundle { host, sources: self },
            base,
            specifier,
        );
        match found.map_err(unread)? {
            Found::File { path, format } => Ok(Required::File(path, format)),
            Found::Builtin(name) => {
                let target = specifier::resolve("", &name, &host.hello.compat)?;
                Ok(Required::Builtin(target.url()))
            }
        }
    }

    /// The file of the bundle that the module `referrer` imports, as it is to be run.
    ///
    /// # Errors
    /// [`Unread`].
    pub(crate) fn load(&self, host: &Host, path: &str, referrer: &str) -> Result<Source, Unread> {
        if specifier::is_json(path) {
            return self.text(host, path, referrer).map(Source::Json);
        }
        let format = self.format(host, path)?;
        let text = self.text(host, path, referrer)?;
        if format != Format::CommonJs {
            return Ok(Source::Module(text));
        }
        let lexed = lex(&text);
        // As Node does, whatever its `package.json` says.
        if lexed.module {
            return Ok(Source::Module(text));
        }
        self.texts.borrow_mut().insert(path.to_owned(), text);
        let mut names: BTreeSet<String> = lexed.exports.into_iter().collect();
        self.add_reexports(host, path, lexed.reexports, &mut names)?;
        // These two are what the file makes of `module.exports`.
        names.remove("default");
        names.remove("module.exports");
        Ok(Source::CommonJs(names.into_iter().take(EXPORTS).collect()))
    }

    /// The text of a file of the bundle that `referrer` wants.
    ///
    /// # Errors
    /// [`Unread`].
    pub(crate) fn text(&self, host: &Host, path: &str, referrer: &str) -> Result<String, Unread> {
        if let Some(text) = self.texts.borrow_mut().remove(path) {
            return Ok(text);
        }
        let bytes = read(host, path)?;
        let bytes = bytes.ok_or_else(|| Unread::from(specifier::missing(path, referrer)))?;
        let text = String::from_utf8(bytes).map_err(|_| unreadable(path, "is not UTF-8"))?;
        if text.contains('\0') {
            return Err(unreadable(path, "contains a NUL character"));
        }
        let text = text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text);
        if source_map::place(&text).is_some() {
            self.maps.borrow_mut().entry(path.to_owned()).or_default();
        }
        if !specifier::is_typescript(path) {
            return Ok(text);
        }
        let goal = match self.format(host, path)? {
            Format::CommonJs => Goal::CommonJs,
            _ => Goal::Module,
        };
        without_types(path, &text, goal)
    }

    /// Where in what a file was made of a place of it was; nothing where there is no map.
    pub(crate) fn origin(
        &self,
        host: &Host,
        path: &str,
        line: u32,
        column: u32,
    ) -> Option<(String, u32, u32)> {
        let mapped = self.map(host, path)?;
        let (source, line, column) = mapped.map.origin(line, column)?;
        let target = specifier::resolve(&mapped.base, &relative(source), &[]);
        let file = match target {
            Ok(Target::File(file)) => file,
            // Of a package's map, for example, which was made in another folder.
            _ => source.to_owned(),
        };
        Some((file, line, column))
    }

    fn map(&self, host: &Host, path: &str) -> Option<Rc<Mapped>> {
        if let Some(known) = self.maps.borrow().get(path)? {
            return known.clone();
        }
        let map = read_map(host, path).map(Rc::new);
        self.maps.borrow_mut().insert(path.to_owned(), Some(map.clone()));
        map
    }

    fn format(&self, host: &Host, path: &str) -> Result<Format, Unread> {
        if !host.hello.packages && !path.ends_with(".cjs") && !path.ends_with(".cts") {
            return Ok(Format::Module);
        }
        let mut bundle = Bundle { host, sources: self };
        self.packages.borrow_mut().format_of(&mut bundle, path).map_err(unread)
    }

    /// What a CommonJS file exports of others, which are looked at for that.
    fn add_reexports(
        &self,
        host: &Host,
        path: &str,
        reexports: Vec<String>,
        names: &mut BTreeSet<String>,
    ) -> Result<(), Unread> {
        let mut seen = BTreeSet::from([path.to_owned()]);
        let mut left: Vec<(String, String)> =
            reexports.into_iter().map(|name| (path.to_owned(), name)).collect();
        while let Some((base, specifier)) = left.pop() {
            // What is not there fails when it is run, and says so better.
            let Ok(Required::File(path, Format::CommonJs)) = self.require(host, &base, &specifier)
            else {
                continue;
            };
            if seen.len() >= REEXPORTS || names.len() >= EXPORTS || !seen.insert(path.clone()) {
                continue;
            }
            let text = self.text(host, &path, &base)?;
            let lexed = lex(&text);
            self.texts.borrow_mut().insert(path.clone(), text);
            names.extend(lexed.exports);
            left.extend(lexed.reexports.into_iter().map(|name| (path.clone(), name)));
        }
        Ok(())
    }

    fn listed(&self, host: &Host) -> Result<Rc<BTreeSet<String>>, Raise> {
        if let Some(listed) = &*self.listed.borrow() {
            return Ok(Rc::clone(listed));
        }
        let text = match host.request_and_wait(requests::bundle_list()?)? {
            Ret::Text(text) => text,
            _ => return Err(Raise::wrong("the host sent no list")),
        };
        let listed = serde_json::from_str(&text);
        let listed = listed.map_err(|error| Raise::wrong(format!("the host's list: {error}")))?;
        Ok(Rc::clone(self.listed.borrow_mut().insert(Rc::new(listed))))
    }
}

/// The bundle as packages are looked for in it.
struct Bundle<'a> {
    host: &'a Host,
    sources: &'a Sources,
}

impl Files for Bundle<'_> {
    type Error = Unread;

    fn read(&mut self, path: &str) -> Result<Option<String>, Unread> {
        if !self.is_file(path)? {
            return Ok(None);
        }
        let bytes = read(self.host, path)?;
        // What is no text is no package either.
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn is_file(&mut self, path: &str) -> Result<bool, Unread> {
        let listed = self.sources.listed(self.host).map_err(Unread::Raised)?;
        Ok(listed.contains(path))
    }
}

/// The map of a file, which stands in it or beside it.
fn read_map(host: &Host, path: &str) -> Option<Mapped> {
    let text = |path: &str| String::from_utf8(read(host, path).ok()??).ok();
    let file = text(path)?;
    let base = Target::File(path.to_owned()).url();
    match source_map::place(&file)? {
        source_map::Place::Inline(encoded) => {
            Some(Mapped { map: SourceMap::decode(encoded)?, base })
        }
        source_map::Place::Named(name) => {
            let beside = specifier::resolve(&base, &relative(name), &[]).ok()?;
            let Target::File(path) = &beside else { return None };
            Some(Mapped { map: SourceMap::parse(&text(path)?)?, base: beside.url() })
        }
    }
}

/// A name beside a file, as an import has it.
fn relative(name: &str) -> String {
    if name.starts_with("../") || name.starts_with("./") {
        name.to_owned()
    } else {
        format!("./{name}")
    }
}

/// The bytes of a file of the bundle; nothing where it has none.
fn read(host: &Host, path: &str) -> Result<Option<Vec<u8>>, Unread> {
    let answer = requests::bundle_read(path).and_then(|request| host.request_and_wait(request));
    match answer {
        Ok(Ret::Bytes(bytes)) => Ok(Some(bytes)),
        Ok(_) => Err(Unread::Raised(Raise::wrong("the host sent no bytes"))),
        Err(Raise::Host(error)) if matches!(error.code, Code::Io | Code::PermissionDenied) => {
            Ok(None)
        }
        Err(raise) => Err(Unread::Raised(raise)),
    }
}

fn unread(problem: Problem<Unread>) -> Unread {
    match problem {
        Problem::Files(unread) => unread,
        Problem::Refused(refused) => Unread::Refused(Refused {
            code: refused.code,
            message: refused.message,
            alternative: None,
        }),
    }
}

/// The JavaScript that TypeScript is without its types, every line and column where it was.
fn without_types(path: &str, text: &str, goal: Goal) -> Result<String, Unread> {
    aether_typescript::erase(text, goal).map_err(|problem| {
        let help = problem.help.map(|help| format!("; {help}")).unwrap_or_default();
        Unread::Syntax {
            message: format!("{}{help}", problem.message),
            facts: syntax_facts(path, text, problem.line, problem.column),
        }
    })
}

fn unreadable(path: &str, why: &str) -> Unread {
    Unread::Unreadable(format!("`{path}` {why}"))
}

/// What is said of a file that does not parse as JSON.
pub(super) fn not_json(path: &str, why: &str) -> String {
    format!("`{path}` is not JSON: {why}")
}

/// What is said of a name that a module does not export; in QuickJS's words, which says so itself.
#[cfg(feature = "v8")]
pub(super) fn no_export(name: &str, module: &str) -> String {
    format!("Could not find export '{name}' in module '{module}'")
}

/// What the host is told of a module that cannot be had, as JSON text.
pub(super) fn refusal_facts(refused: &Refused, specifier: &str, referrer: &str) -> String {
    json!({
        "code": refused.code,
        "specifier": specifier,
        "referrer": referrer,
        "alternative": refused.alternative,
    })
    .to_string()
}

/// What the host is told of a file that does not parse, as JSON text: where, and the line.
pub(super) fn syntax_facts(path: &str, source: &str, line: u32, column: u32) -> String {
    let text = source.lines().nth(line.saturating_sub(1) as usize).unwrap_or_default();
    let text = limits::cut(text, LINE_BYTES);
    json!({ "file": path, "line": line, "column": column, "source": text }).to_string()
}
