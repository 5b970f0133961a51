//! The text of a Seatbelt profile. Pure: what is on the machine is not looked at.
//!
//! A profile is a program in Apple's dialect of Scheme, which is documented nowhere. So only the
//! plainest of it is used, and paths go into it as texts that every reader of Scheme reads alike. A
//! later rule wins over an earlier one: what no cell may have is denied last.
//!
//! Seatbelt looks at where a file really is, with links followed and in the letters that its folder
//! has. A path that is written otherwise grants nothing.

use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::{Mount, MountKind, Native};

/// `PATH_MAX` of macOS, with the byte at the end.
const PATH_BYTES: usize = 1024;

/// Where macOS has had the code of its own libraries, in one file that every process maps.
const CODE_OF_THE_SYSTEM: [&str; 4] = [
    "/System/Library/dyld",
    "/System/Cryptexes/OS/System/Library/dyld",
    "/System/Volumes/Preboot/Cryptexes/OS/System/Library/dyld",
    "/private/var/db/dyld",
];

/// What brings a program into memory.
const LOADER: &str = "/usr/lib/dyld";

/// What allocators and the Rust library ask of the machine. Neither its name nor its model.
const FACTS: [&str; 7] = [
    "hw.activecpu",
    "hw.cachelinesize",
    "hw.logicalcpu",
    "hw.logicalcpu_max",
    "hw.ncpu",
    "hw.pagesize",
    "hw.pagesize_compat",
];

/// What a program asks beside that as it starts.
const FACTS_AT_START: [&str; 7] = [
    "hw.machine",
    "hw.memsize",
    "kern.argmax",
    "kern.osproductversion",
    "kern.osrelease",
    "kern.osversion",
    "kern.usrstack64",
];

/// What no cell may do, whatever was allowed before. A hard link would give a file that may only be
/// read a second name, by which it could be written.
const NEVER: &str = "\
    (deny network*)\n\
    (deny process-fork)\n\
    (deny mach-lookup)\n\
    (deny mach-register)\n\
    (deny iokit-open)\n\
    (deny file-link)\n\
    (deny file-write-setugid)\n";

/// What an engine may not do either.
const NEVER_IN_AN_ENGINE: &str = "\
    (deny file-write*)\n\
    (deny process-exec*)\n";

/// A profile for one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Profile(String);

/// A path that cannot stand in a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Unusable {
    path: PathBuf,
    why: &'static str,
}

impl fmt::Display for Unusable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} cannot be granted: {}", self.path.display().to_string(), self.why)
    }
}

impl Profile {
    /// For an engine, of which `program` is the file: nothing but its own program and the system's
    /// code to read, and nobody to talk to.
    ///
    /// # Errors
    /// [`Unusable`] for a program whose path cannot be written.
    pub(in super::super) fn of_engine(program: &Path) -> Result<Self, Unusable> {
        let mut text = beginning(&FACTS);
        let program = Quoted::new(program)?;
        rule(&mut text, format_args!("(allow file-read* (literal {program}))"));
        text.push_str(NEVER_IN_AN_ENGINE);
        text.push_str(NEVER);
        Ok(Self(text))
    }

    /// For a native program, which may write to the folder `own` and to nothing else. `init` is our
    /// own program, which becomes it.
    ///
    /// Where a mount goes in a root plays no part: there is none.
    ///
    /// # Errors
    /// [`Unusable`] names the first path that cannot be granted.
    pub(in super::super) fn of_native(
        native: &Native,
        own: &Path,
        init: &Path,
    ) -> Result<Self, Unusable> {
        let mut text = beginning(&FACTS);
        facts(&mut text, &FACTS_AT_START);
        start(&mut text);
        let init = Quoted::new(init)?;
        rule(&mut text, format_args!("(allow file-read* (literal {init}))"));
        for mount in &native.mounts {
            show(&mut text, mount)?;
        }
        for program in &native.executable {
            let place = Quoted::new(program)?;
            rule(&mut text, format_args!("(allow process-exec* (subpath {place}))"));
        }
        ways_to(&mut text, native, own)?;
        let own = Quoted::new(own)?;
        rule(&mut text, format_args!("(allow file-read* file-write* (subpath {own}))"));
        text.push_str(NEVER);
        Ok(Self(text))
    }

    /// The profile as the system takes it.
    pub(in super::super) fn text(&self) -> &str {
        &self.0
    }
}

/// What every cell has.
fn beginning(names: &[&str]) -> String {
    let mut text = "(version 1)\n(deny default)\n(allow signal (target self))\n".to_owned();
    facts(&mut text, names);
    for place in CODE_OF_THE_SYSTEM {
        rule(&mut text, format_args!("(allow file-read* file-map-executable (subpath {place:?}))"));
    }
    text
}

fn facts(text: &mut String, names: &[&str]) {
    for name in names {
        rule(text, format_args!("(allow sysctl-read (sysctl-name {name:?}))"));
    }
}

/// What a program needs to start, and the devices that hold nothing.
fn start(text: &mut String) {
    rule(text, format_args!("(allow file-read* file-map-executable (literal {LOADER:?}))"));
    for device in ["/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"] {
        rule(text, format_args!("(allow file-read* (literal {device:?}))"));
    }
    rule(text, format_args!("(allow file-write-data (literal \"/dev/null\"))"));
    rule(text, format_args!("(allow file-read-metadata (literal \"/\"))"));
    for way in ["/usr", "/usr/lib", "/dev", "/System", "/System/Library"] {
        rule(text, format_args!("(allow file-read-metadata (literal {way:?}))"));
    }
}

fn show(text: &mut String, mount: &Mount) -> Result<(), Unusable> {
    let refuse = |why| Err(Unusable { path: mount.at.clone(), why });
    let place = Quoted::new(&mount.from)?;
    match mount.kind {
        MountKind::ReadOnly => {
            rule(text, format_args!("(allow file-read* file-map-executable (subpath {place}))"));
        }
        // Pipes and sockets are left out.
        MountKind::View => rule(
            text,
            format_args!(
                "(allow file-read* file-map-executable (require-all (subpath {place}) (require-any \
                 (vnode-type REGULAR-FILE) (vnode-type DIRECTORY) (vnode-type SYMLINK))))"
            ),
        ),
        MountKind::StandIn => return refuse("nothing can stand in for a file here"),
        MountKind::Overlay | MountKind::NewFolder | MountKind::FileCopy | MountKind::NewFile => {
            return refuse("there are no layers of changes here");
        }
    }
    Ok(())
}

/// The folders on the way to what was granted: that they are there is no secret from somebody who
/// was told the path, and a program that finds its own place looks at each of them. What is in them
/// stays hidden.
fn ways_to(text: &mut String, native: &Native, own: &Path) -> Result<(), Unusable> {
    let granted = native.mounts.iter().map(|mount| mount.from.as_path());
    let ways = granted.chain([own]).flat_map(|path| path.ancestors().skip(1));
    let ways: std::collections::BTreeSet<&Path> =
        ways.filter(|way| way.parent().is_some()).collect();
    for way in ways {
        let way = Quoted::new(way)?;
        rule(text, format_args!("(allow file-read-metadata (literal {way}))"));
    }
    Ok(())
}

fn rule(text: &mut String, rule: fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _written = writeln!(text, "{rule}");
}

/// A path as a text of Scheme: whole, below the root, and without anything that a reader could take
/// for more than itself.
struct Quoted(String);

impl Quoted {
    fn new(path: &Path) -> Result<Self, Unusable> {
        let refuse = |why| Err(Unusable { path: path.to_owned(), why });
        let Some(text) = path.to_str() else { return refuse("it is not UTF-8") };
        if text.len() >= PATH_BYTES {
            return refuse("it is longer than a path may be");
        }
        if text.chars().any(char::is_control) {
            return refuse("there are control characters in it");
        }
        let Some(below) = text.strip_prefix('/') else { return refuse("it is not absolute") };
        if below.split('/').any(|name| matches!(name, "" | "." | "..")) {
            return refuse("it has an empty component, or `.` or `..`");
        }
        let mut quoted = String::with_capacity(text.len() + 2);
        quoted.push('"');
        for character in text.chars() {
            if matches!(character, '"' | '\\') {
                quoted.push('\\');
            }
            quoted.push(character);
        }
        quoted.push('"');
        Ok(Self(quoted))
    }
}

impl fmt::Display for Quoted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use proptest::prelude::*;

    use super::*;
    use crate::Door;

    /// What a reader of Scheme sees.
    #[derive(Clone, Debug, PartialEq)]
    enum Form {
        Word(String),
        Text(String),
        List(Vec<Form>),
    }

    /// Reads a whole profile, and knows no more of the language than a profile may use.
    fn read(text: &str) -> Vec<Form> {
        let mut stack = vec![Vec::new()];
        let mut rest = text.chars().peekable();
        while let Some(next) = rest.next() {
            let top = stack.len() - 1;
            match next {
                '(' => stack.push(Vec::new()),
                ')' => {
                    let list = stack.pop().unwrap();
                    stack.last_mut().expect("a bracket too many").push(Form::List(list));
                }
                ' ' | '\n' => {}
                '"' => {
                    let mut read = String::new();
                    loop {
                        match rest.next().expect("a text without an end") {
                            '"' => break,
                            '\\' => match rest.next() {
                                Some(escaped @ ('"' | '\\')) => read.push(escaped),
                                other => panic!("readers differ on \\{other:?}"),
                            },
                            other => read.push(other),
                        }
                    }
                    stack[top].push(Form::Text(read));
                }
                'a'..='z' | 'A'..='Z' | '0'..='9' => {
                    let mut word = next.to_string();
                    while let Some(more) =
                        rest.next_if(|more| more.is_ascii_alphanumeric() || "-*".contains(*more))
                    {
                        word.push(more);
                    }
                    stack[top].push(Form::Word(word));
                }
                other => panic!("{other:?} has no place in a profile"),
            }
        }
        assert_eq!(stack.len(), 1, "a bracket is missing");
        stack.pop().unwrap()
    }

    fn native(mounts: &[(MountKind, &Path)], executable: &[&Path]) -> Native {
        let mount = |&(kind, from): &(MountKind, &Path)| Mount {
            at: from.to_owned(),
            from: from.to_owned(),
            kind,
            places: Vec::new(),
            as_root: false,
        };
        Native {
            program: "/granted/program".into(),
            command: Vec::new(),
            environment: Vec::new(),
            folder: "/own".into(),
            mounts: mounts.iter().map(mount).collect(),
            links: Vec::new(),
            executable: executable.iter().map(|&path| path.to_owned()).collect(),
            door: Door::Closed,
            proxy: None,
            networked: false,
            inbound: Vec::new(),
            scratch: 0,
            processes: 1,
            trace_files: false,
            broker: false,
            stage: None,
        }
    }

    const OWN: &str = "/private/var/folders/own";

    fn of_native(native: &Native) -> Result<Profile, Unusable> {
        Profile::of_native(native, Path::new(OWN), Path::new("/opt/aether"))
    }

    fn of_engine(program: &str) -> Profile {
        Profile::of_engine(Path::new(program)).unwrap()
    }

    fn word(text: &str) -> Form {
        Form::Word(text.to_owned())
    }

    /// Every text for which an operation is allowed, with the kind of filter around it; "" for a rule
    /// without any.
    fn allowed(profile: &Profile, operation: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for form in read(profile.text()) {
            let Form::List(rule) = form else { panic!("not a rule: {form:?}") };
            if rule[0] != word("allow") || !rule.contains(&word(operation)) {
                continue;
            }
            let before = found.len();
            let mut within = rule.clone();
            while let Some(form) = within.pop() {
                let Form::List(list) = form else { continue };
                if let [Form::Word(kind), Form::Text(text)] = &list[..] {
                    found.push((kind.clone(), text.clone()));
                }
                within.extend(list);
            }
            if found.len() == before {
                found.push(Default::default());
            }
        }
        found
    }

    fn denials(profile: &Profile) -> Vec<String> {
        let rules = read(profile.text());
        let last = rules.iter().rev().map_while(|form| match form {
            Form::List(rule) => match &rule[..] {
                [Form::Word(verb), Form::Word(what)] if verb == "deny" => Some(what.clone()),
                _ => None,
            },
            _ => None,
        });
        last.collect()
    }

    #[test]
    fn a_seatbelt_profile_begins_by_denying_everything() {
        let profiles = [of_engine("/opt/aether"), of_native(&native(&[], &[])).unwrap()];
        for profile in profiles {
            let rules = read(profile.text());
            assert_eq!(rules[0], Form::List(vec![word("version"), word("1")]));
            assert_eq!(rules[1], Form::List(vec![word("deny"), word("default")]));
        }
    }

    #[test]
    fn an_engine_reads_its_program_and_code_of_the_system_and_has_nothing_else() {
        let profile = of_engine("/opt/aether");
        let mut reads = allowed(&profile, "file-read*");
        let program = ("literal".to_owned(), "/opt/aether".to_owned());
        reads.retain(|one| *one != program);
        let code: Vec<_> =
            CODE_OF_THE_SYSTEM.iter().map(|&at| ("subpath".to_owned(), at.to_owned())).collect();
        assert_eq!(reads, code);
        // Whatever else is allowed is among these.
        let verbs: std::collections::BTreeSet<String> = read(profile.text())
            .into_iter()
            .filter_map(|form| match form {
                Form::List(rule) if rule[0] == word("allow") => Some(rule),
                _ => None,
            })
            .flatten()
            .filter_map(|form| match form {
                Form::Word(verb) => Some(verb),
                _ => None,
            })
            .collect();
        let expect = ["allow", "file-map-executable", "file-read*", "signal", "sysctl-read"];
        assert_eq!(verbs.into_iter().collect::<Vec<_>>(), expect);
        let signal = [word("signal"), Form::List(vec![word("target"), word("self")])];
        assert!(read(profile.text()).iter().any(|form| match form {
            Form::List(rule) => rule[1..] == signal,
            _ => false,
        }));
    }

    #[test]
    fn a_seatbelt_profile_ends_with_what_no_cell_may_do() {
        let engine = denials(&of_engine("/opt/aether"));
        let program = Path::new("/granted");
        let own = native(&[(MountKind::ReadOnly, program)], &[program]);
        let native = denials(&of_native(&own).unwrap());
        for never in ["network*", "process-fork", "mach-lookup", "iokit-open", "file-link"] {
            assert!(engine.iter().any(|what| what == never), "{never}");
            assert!(native.iter().any(|what| what == never), "{never}");
        }
        for never in ["file-write*", "process-exec*"] {
            assert!(engine.iter().any(|what| what == never), "{never}");
        }
    }

    #[test]
    fn no_fact_of_a_seatbelt_profile_names_the_machine() {
        let profile = of_native(&native(&[], &[])).unwrap();
        let facts = allowed(&profile, "sysctl-read");
        assert!(facts.len() > FACTS.len());
        for (kind, name) in facts {
            assert_eq!(kind, "sysctl-name", "every fact is named");
            assert!(!name.contains("host") && !name.contains("uuid") && !name.contains("model"));
        }
    }

    #[test]
    fn a_native_program_has_in_its_seatbelt_what_was_granted() {
        let (data, view) = (Path::new("/Users/a/data"), Path::new("/Users/a/view"));
        let program = Path::new("/Users/a/plugin");
        let own = native(
            &[(MountKind::ReadOnly, data), (MountKind::View, view), (MountKind::ReadOnly, program)],
            &[program],
        );
        let profile = of_native(&own).unwrap();
        let subpath = |path: &Path| ("subpath".to_owned(), path.to_str().unwrap().to_owned());
        let reads = allowed(&profile, "file-read*");
        for path in [data, view, program, Path::new(OWN)] {
            assert!(reads.contains(&subpath(path)), "{path:?}");
        }
        assert_eq!(allowed(&profile, "file-write*"), [subpath(Path::new(OWN))]);
        let null = ("literal".to_owned(), "/dev/null".to_owned());
        assert_eq!(allowed(&profile, "file-write-data"), [null]);
        assert_eq!(allowed(&profile, "process-exec*"), [subpath(program)]);
        // The way there can be seen, and what is beside it cannot.
        let seen = allowed(&profile, "file-read-metadata");
        for way in ["/Users", "/Users/a", "/private/var/folders"] {
            assert!(seen.contains(&("literal".to_owned(), way.to_owned())), "{way}");
        }
        assert!(seen.iter().all(|(kind, _)| kind == "literal"));
    }

    #[test]
    fn a_view_leaves_pipes_and_sockets_out_of_its_seatbelt() {
        let view = native(&[(MountKind::View, Path::new("/Users/a/view"))], &[]);
        let text = of_native(&view).unwrap();
        let rule = text.text().lines().find(|line| line.contains("/Users/a/view")).unwrap();
        assert!(rule.contains("require-all") && rule.contains("(vnode-type REGULAR-FILE)"));
        assert!(!rule.contains("FIFO") && !rule.contains("SOCKET"));
    }

    #[test]
    fn what_needs_layers_is_in_no_seatbelt_profile() {
        use MountKind as M;
        for kind in [M::StandIn, M::Overlay, M::NewFolder, M::FileCopy, M::NewFile] {
            let wanted = native(&[(kind, Path::new("/Users/a/data"))], &[]);
            assert!(of_native(&wanted).is_err(), "{kind:?}");
        }
    }

    #[test]
    fn a_path_that_is_no_plain_place_is_in_no_seatbelt_profile() {
        let long = format!("/{}", "a".repeat(PATH_BYTES - 1));
        let paths = [
            "", "/", "a", "a/b", "/a/", "/a//b", "/a/./b", "/a/../b", "/..", "/a\nb", "/\0", &long,
        ];
        for path in paths {
            assert!(Profile::of_engine(Path::new(path)).is_err(), "{path:?}");
            let path = Path::new(path);
            assert!(of_native(&native(&[(MountKind::ReadOnly, path)], &[])).is_err(), "{path:?}");
            assert!(of_native(&native(&[], &[path])).is_err(), "{path:?}");
            let own = Profile::of_native(&native(&[], &[]), path, Path::new("/opt/aether"));
            assert!(own.is_err(), "{path:?}");
        }
        assert!(Profile::of_engine(Path::new(OsStr::from_bytes(b"/a\xffb"))).is_err());
        assert!(Profile::of_engine(Path::new(&long[..PATH_BYTES - 1])).is_ok());
    }

    /// Paths made of what means something to a reader of Scheme.
    fn hostile() -> impl Strategy<Value = String> {
        let pieces = prop_oneof![
            Just("\"".to_owned()),
            Just("\\".to_owned()),
            Just("\\\"".to_owned()),
            Just("\")) (allow default) (".to_owned()),
            Just("\n(allow default)".to_owned()),
            Just(";".to_owned()),
            Just("#\"".to_owned()),
            Just("|#".to_owned()),
            Just("\\x22;".to_owned()),
            Just("/".to_owned()),
            Just("..".to_owned()),
            any::<char>().prop_map(String::from),
            "[ -~]{0,4}",
        ];
        prop::collection::vec(pieces, 0..8).prop_map(|pieces| format!("/{}", pieces.concat()))
    }

    proptest! {
        #[test]
        fn no_path_breaks_out_of_a_seatbelt_profile(path in hostile()) {
            // What a profile of this shape says, with a harmless path.
            let shape = read(of_engine("/opt/aether").text());
            let path = Path::new(&path);
            if let Ok(profile) = Profile::of_engine(path) {
                let found = read(profile.text());
                prop_assert_eq!(found.len(), shape.len());
                for (found, expect) in found.iter().zip(&shape) {
                    if found == expect {
                        continue;
                    }
                    let place = Form::Text(path.to_str().unwrap().to_owned());
                    let literal = Form::List(vec![word("literal"), place]);
                    let rule = Form::List(vec![word("allow"), word("file-read*"), literal]);
                    prop_assert_eq!(found, &rule);
                }
            }
        }

        #[test]
        fn no_grant_gives_more_in_a_seatbelt_profile_than_its_path(
            path in hostile(), other in hostile(), own in hostile(),
        ) {
            let (path, other, own) = (Path::new(&path), Path::new(&other), Path::new(&own));
            let wanted =
                native(&[(MountKind::ReadOnly, path), (MountKind::View, other)], &[path, other]);
            if let Ok(profile) = Profile::of_native(&wanted, own, Path::new("/opt/aether")) {
                let subpath =
                    |path: &Path| ("subpath".to_owned(), path.to_str().unwrap().to_owned());
                prop_assert_eq!(allowed(&profile, "file-write*"), [subpath(own)]);
                prop_assert_eq!(
                    allowed(&profile, "process-exec*"),
                    [subpath(path), subpath(other)]
                );
                let fixed = of_native(&native(&[], &[])).unwrap();
                let fixed = allowed(&fixed, "file-read*").len();
                prop_assert_eq!(allowed(&profile, "file-read*").len(), fixed + 2);
            }
        }
    }
}
