//! Whatever is done in whatever order, and whatever an archive holds.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use aether_installed::{
    Answers, Held, Library, LibraryError, Outcome, Review, Right, Source, Terms, read_archive,
};
use proptest::prelude::*;
use proptest::sample::select;
use support::{Desk, Raw, archive, assert_in_agreement, code, domain, raw_archive, read};

#[derive(Clone, Copy, Debug)]
enum Act {
    Install(usize, Said),
    Accept(usize),
    Reject(usize),
    Grant(usize, usize),
    Revoke(usize, usize),
    Switch(usize, bool),
    Uninstall(usize),
    Hold(usize),
    Release,
    Reopen,
}

#[derive(Clone, Copy, Debug)]
enum Said {
    Nobody,
    Agreed,
    Everything,
    Refusing,
}

const NAMES: [&str; 2] = ["one", "two"];

/// Versions of each plugin, with less and more to ask for.
const VERSIONS: [&str; 5] = [
    r#""version": "1.0.0", "permissions": {}"#,
    r#""version": "1.1.0", "permissions": { "filesystem": { "read": ["/data/a"] } }"#,
    r#""version": "1.2.0", "permissions": { "filesystem": { "read": ["/data/**"] }, "network": { "domains": ["a.example.com"] } }, "optional": ["network.domains"]"#,
    r#""version": "1.3.0", "permissions": { "network": { "domains": ["a.example.com"] } }"#,
    r#""permissions": { "filesystem": { "read": ["/data/a", "/data/b"] } }, "optional": ["filesystem.read"], "resources": { "memory": "1GB" }"#,
];

fn rights() -> [Right; 4] {
    [read("/data/a"), read("/data/**"), domain("a.example.com"), read("/etc/**")]
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let said = select(vec![Said::Nobody, Said::Agreed, Said::Everything, Said::Refusing]);
    let bundle = 0..NAMES.len() * VERSIONS.len();
    let (name, right) = (0..NAMES.len(), 0..rights().len());
    let act = prop_oneof![
        6 => (bundle, said).prop_map(|(bundle, said)| Act::Install(bundle, said)),
        2 => name.clone().prop_map(Act::Accept),
        1 => name.clone().prop_map(Act::Reject),
        2 => (name.clone(), right.clone()).prop_map(|(name, right)| Act::Grant(name, right)),
        2 => (name.clone(), right).prop_map(|(name, right)| Act::Revoke(name, right)),
        1 => (name.clone(), any::<bool>()).prop_map(|(name, on)| Act::Switch(name, on)),
        1 => name.clone().prop_map(Act::Uninstall),
        2 => name.prop_map(Act::Hold),
        2 => Just(Act::Release),
        1 => Just(Act::Reopen),
    ];
    proptest::collection::vec(act, 1..24)
}

/// What persons ever agreed to, by plugin, since it was last uninstalled.
type Agreed = BTreeMap<String, BTreeSet<Right>>;

struct Run {
    library: Library,
    reviews: Vec<Review>,
    held: Vec<Held>,
    agreed: Agreed,
}

impl Run {
    fn agree(&mut self, review: &Review, said: Said) {
        let all = self.agreed.entry(review.name().to_string()).or_default();
        let given = review.rights().iter().filter(|asked| match said {
            Said::Nobody => false,
            Said::Everything => true,
            Said::Agreed | Said::Refusing => !asked.optional,
        });
        all.extend(given.map(|asked| asked.right.clone()));
    }

    fn install(&mut self, number: usize, said: Said) {
        let review = self.reviews[number].clone();
        let answers = match said {
            Said::Nobody => Answers::nobody(),
            Said::Agreed => Answers::agreed(),
            Said::Everything => Answers::everything(),
            Said::Refusing => {
                let first = review.rights().first().map(|asked| asked.right.clone());
                first.into_iter().fold(Answers::agreed(), Answers::refusing)
            }
        };
        if let Ok(installed) = self.library.install(&review, &answers)
            && matches!(installed.outcome, Outcome::New | Outcome::Updated(_))
        {
            self.agree(&review, said);
        }
    }

    fn act(&mut self, act: Act) {
        // Many of these are refused; what counts is what is there after.
        match act {
            Act::Install(number, said) => self.install(number, said),
            Act::Accept(name) => {
                let waiting = self.library.review_waiting(NAMES[name], &Terms::default());
                if let Ok(review) = waiting {
                    self.library.accept(&review, &Answers::agreed()).unwrap();
                    self.agree(&review, Said::Agreed);
                }
            }
            Act::Reject(name) => {
                let listed = self.library.list();
                let plugin = listed.iter().find(|plugin| plugin.name.as_str() == NAMES[name]);
                if let Some(waiting) = plugin.and_then(|plugin| plugin.waiting.as_ref()) {
                    self.library.reject(NAMES[name], &waiting.digest).unwrap();
                }
            }
            Act::Grant(name, right) => {
                if self.library.grant(NAMES[name], &rights()[right]).is_ok() {
                    let all = self.agreed.entry(NAMES[name].to_owned()).or_default();
                    all.insert(rights()[right].clone());
                }
            }
            Act::Revoke(name, right) => {
                drop(self.library.revoke(NAMES[name], &rights()[right]));
            }
            Act::Switch(name, true) => drop(self.library.enable(NAMES[name])),
            Act::Switch(name, false) => drop(self.library.disable(NAMES[name])),
            Act::Uninstall(name) => {
                if self.library.uninstall(NAMES[name]).is_ok() {
                    self.agreed.remove(NAMES[name]);
                }
            }
            Act::Hold(name) => self.held.extend(self.library.hold(NAMES[name])),
            Act::Release => drop(self.held.pop()),
            Act::Reopen => {}
        }
    }

    fn check(&self) {
        for plugin in self.library.list() {
            let agreed = self.agreed.get(plugin.name.as_str()).cloned().unwrap_or_default();
            for right in &plugin.current.granted {
                // Each is one that a person agreed to, or a part of one.
                let part = *right == read("/data/a") || *right == read("/data/b");
                let known = agreed.contains(right) || part && agreed.contains(&read("/data/**"));
                assert!(known, "{right} was agreed to by nobody: {agreed:?}");
            }
            assert!(plugin.waiting.is_none_or(|waiting| waiting.granted.is_empty()));
        }
        for held in &self.held {
            let bundle = aether_bundle::Bundle::read(held.folder()).unwrap();
            assert_eq!(bundle.digest(), held.digest(), "what is held stays as it is");
        }
        if self.held.is_empty() {
            assert_in_agreement(&self.library);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_sequence_of_acts_keeps_index_and_folders_in_agreement(acts in acts()) {
        let desk = Desk::new();
        let root = desk.root();
        let mut reviews = Vec::new();
        for name in NAMES {
            for (number, version) in VERSIONS.iter().enumerate() {
                let manifest = format!(r#"{{ "name": "{name}", {version} }}"#);
                reviews.push(desk.review(&manifest, &code(&number.to_string())));
            }
        }
        let Desk { folder: _kept, library } = desk;
        let mut run = Run { library, reviews, held: Vec::new(), agreed: Agreed::new() };
        for act in acts {
            if matches!(act, Act::Reopen) && run.held.is_empty() {
                let listed = run.library.list();
                let Run { library, reviews, held, agreed } = run;
                drop(library);
                let library = Library::open(&root).unwrap();
                run = Run { library, reviews, held, agreed };
                prop_assert_eq!(run.library.list(), listed);
            }
            run.act(act);
            run.check();
        }
        run.held.clear();
        run.check();
    }
}

/// Parts of names, most of them hostile.
fn name() -> impl Strategy<Value = String> {
    let part = select(vec![
        "..",
        ".",
        "",
        "a",
        "b.js",
        "C:",
        "\\",
        "é",
        "A",
        "con",
        "x:y",
        "\0",
        "aether-plugin.json",
        "\u{202e}",
        "…",
        "a ",
        "a.",
    ]);
    proptest::collection::vec(part, 1..5).prop_map(|parts| parts.join("/"))
}

fn assert_plain(files: &BTreeMap<String, std::sync::Arc<[u8]>>) {
    for path in files.keys() {
        assert!(path.split('/').all(aether_bundle::is_portable), "{path:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_an_archive_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(files) = read_archive(&bytes) {
            assert_plain(&files);
        }
    }

    #[test]
    fn an_archive_with_anything_put_into_it_is_one_or_an_error(
        at in any::<prop::sample::Index>(),
        cut in 0usize..40,
        with in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let good = archive(&[("x/a.js", b"export const a = 1;"), ("x/lib/b.js", b"// b")]);
        let at = at.index(good.len());
        let mut bytes = good.clone();
        bytes.splice(at..(at + cut).min(good.len()), with);
        if let Ok(files) = read_archive(&bytes) {
            assert_plain(&files);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_archive_writes_outside_of_the_library(names in proptest::collection::vec(name(), 1..4)) {
        let desk = Desk::new();
        let manifest = br#"{ "name": "x", "permissions": {} }"#;
        let mut entries = vec![Raw::new("aether-plugin.json", manifest), Raw::new("main.js", b"export const run = 1;")];
        entries.extend(names.iter().map(|name| Raw::new(name, b"content")));
        let file = desk.folder.path().join("plugin.zip");
        fs::write(&file, raw_archive(&entries)).unwrap();
        let reviewed = desk.library.review(Source::Archive(&file), &Terms::default());
        if let Ok(review) = reviewed {
            let installed = desk.library.install(&review, &Answers::nobody());
            // Not every file system has every name.
            prop_assert!(matches!(installed, Ok(_) | Err(LibraryError::NotKept(_))));
            assert_in_agreement(&desk.library);
        }
        let around = |folder: &std::path::Path| -> BTreeSet<String> {
            let entries = fs::read_dir(folder).unwrap();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        };
        let beside = around(desk.folder.path());
        prop_assert_eq!(beside, ["library", "plugin.zip"].map(str::to_owned).into());
        let inside = around(&desk.root());
        prop_assert_eq!(inside, ["index.json", "lock", "plugins", "staging"].map(str::to_owned).into());
    }
}
