//! A plugin's life in a library, by its effects on disk and on what a host is given.

mod support;

use std::fs;

use aether_installed::{
    Answers, IndexProblem, Library, LibraryError, Order, Outcome, ReviewError, Signature, Source,
    Terms,
};
use aether_manifest::{JsEngine, Limit};
use aether_path::VirtualPath;
use aether_policy::grant::{Decision, Input, Mount, Risk, decide};
use support::{Desk, assert_in_agreement, code, domain, manifest, read};

const NONE: &str = "{}";
const READS: &str = r#"{ "filesystem": { "read": ["/data/notes/**"] } }"#;
/// Reading is required, the network is not.
const BOTH: &str = r#"{ "filesystem": { "read": ["/data/notes/**"] }, "network": { "domains": ["api.example.com"] } }"#;
const TWO: &str = r#"{ "filesystem": { "read": ["/data/notes/**"] }, "network": { "domains": ["*.example.com", "api.example.com"] } }"#;
const OPTIONAL: &str = r#", "optional": ["network.domains"]"#;

fn notes() -> aether_installed::Right {
    read("/data/notes/**")
}

#[test]
fn a_review_says_what_a_person_has_to_know() {
    let desk = Desk::new();
    let more = format!(r#"{OPTIONAL}, "resources": {{ "memory": "512MB" }}"#);
    let review = desk.review(&manifest("1.2.0", BOTH, &more), &code("1"));
    assert_eq!(review.name().as_str(), "notes");
    assert_eq!(review.version(), "1.2.0");
    assert_eq!(review.description(), Some("Keeps notes"));
    assert_eq!(review.runtime().as_str(), "javascript");
    assert!(review.digest().to_string().starts_with("b3:"));
    assert_eq!(review.signature(), Signature::Unsigned);
    let rights: Vec<_> =
        review.rights().iter().map(|one| (one.right.clone(), one.optional, one.risk)).collect();
    assert_eq!(
        rights,
        [(notes(), false, Risk::Medium), (domain("api.example.com"), true, Risk::Medium)]
    );
    assert_eq!(review.rights()[0].note, "it can read files of this machine");
    assert_eq!(review.limits().len(), 1);
    assert_eq!(review.limits()[0].limit, Limit::Memory);
    assert!(review.policy().is_none() && review.difference().is_none());
    // Nothing was written.
    assert!(desk.kept().is_empty() && desk.library.list().is_empty());
}

#[test]
fn a_policy_is_asked_where_there_is_one() {
    use aether_installed::PolicyAnswer as P;
    let desk = Desk::new();
    let folder = desk.folder(&manifest("1.0.0", READS, ""), &code("1"));
    let check = |entry: &str| {
        let text = format!("version: 1\nplugins:\n  notes: {{ {entry} }}\n");
        let source = aether_source::Source::new("policy.yaml", text);
        let policy = aether_policy::policy::Policy::parse(
            source,
            aether_policy::policy::PolicyOrigin::Named,
            &jiff::tz::TimeZoneDatabase::bundled(),
        )
        .unwrap();
        let terms = Terms { policy: Some(&policy), ..Terms::default() };
        desk.library.review(Source::Folder(&folder), &terms).unwrap().policy().cloned().unwrap()
    };
    let allow = r#"allow: { filesystem: { read: ["/data/**"] } }"#;
    assert_eq!(check(allow), P::Allows);
    assert_eq!(check(&format!("{allow}, consent: ask")), P::AllowsIfAgreed);
    assert!(matches!(check("consent: ask"), P::Refuses(_)));
}

#[test]
fn what_is_no_plugin_is_refused_by_its_kind() {
    let desk = Desk::new();
    let review = |manifest: &str| {
        let folder = desk.folder(manifest, &code("1"));
        desk.library.review(Source::Folder(&folder), &Terms::default()).unwrap_err()
    };
    let error = review("{");
    assert!(matches!(&error, ReviewError::Manifest(problems) if !problems.is_empty()), "{error}");
    assert!(matches!(review(r#"{ "permissions": {} }"#), ReviewError::NoName));
    for name in ["con", "nul.x", "com1", "dot."] {
        let error = review(&format!(r#"{{ "name": "{name}", "permissions": {{}} }}"#));
        assert!(matches!(&error, ReviewError::Name(_)), "{name}: {error}");
    }
    for text in ["\\u202Egnp.exe", "a\\u200Bb", "a\\u0007", "two\\nlines"] {
        let text = format!(r#"{{ "name": "x", "description": "{text}", "permissions": {{}} }}"#);
        let error = review(&text);
        assert!(matches!(&error, ReviewError::Deceptive { .. }), "{error}");
        assert!(error.to_string().is_ascii() && !error.help().is_empty(), "{error}");
    }
    let error = review(r#"{ "name": "x", "entry": "other.js", "permissions": {} }"#);
    assert!(matches!(&error, ReviewError::Manifest(_)), "{error}");
    let long = format!(r#"{{ "name": "x", "permissions": {{}} }}{}"#, " ".repeat(256 << 10));
    assert!(matches!(review(&long), ReviewError::ManifestTooLarge));
    let empty = desk.folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let error = desk.library.review(Source::Folder(&empty), &Terms::default()).unwrap_err();
    assert!(matches!(error, ReviewError::NoManifest));
}

#[test]
fn the_longest_lists_are_compared_in_bounded_time() {
    let desk = Desk::new();
    // As long as lists may be, of what costs most to compare.
    let list = |letter: char| {
        let entry = |number: usize| {
            let parts = format!("/**/*{letter}*b*c*d").repeat(30);
            format!("\"/data{parts}/{number}\"")
        };
        (0..128).map(entry).collect::<Vec<_>>().join(", ")
    };
    let text = |version: &str, letter| {
        let list = list(letter);
        manifest(version, &format!(r#"{{ "filesystem": {{ "read": [{list}] }} }}"#), "")
    };
    let short = |version: &str, letter: char, count: usize| {
        let entry =
            |number: usize| format!("\"/data{}/{number}\"", format!("/**/*{letter}*").repeat(4));
        let list = (0..count).map(entry).collect::<Vec<_>>().join(", ");
        manifest(
            version,
            &format!(r#"{{ "filesystem": {{ "read": [{list}], "write": [{list}] }} }}"#),
            "",
        )
    };
    for (old, new) in [
        (text("1.0.0", 'a'), text("2.0.0", 'z')),
        (short("1.0.0", 'a', 100), short("2.0.0", 'z', 100)),
    ] {
        desk.install(&old, &code("1"), &Answers::agreed());
        let review = desk.review(&new, &code("2"));
        let begin = std::time::Instant::now();
        let waits = desk.library.install(&review, &Answers::nobody()).unwrap();
        let took = begin.elapsed();
        assert!(matches!(waits.outcome, Outcome::Waiting(_)));
        eprintln!("compared within {took:?}");
        assert!(took < std::time::Duration::from_secs(20), "{took:?}");
        let _ = desk.library.uninstall("notes").unwrap();
    }
}

#[test]
fn what_was_reviewed_is_what_is_installed() {
    let desk = Desk::new();
    let folder = desk.folder(&manifest("1.0.0", NONE, ""), &code("1"));
    let review = desk.library.review(Source::Folder(&folder), &Terms::default()).unwrap();
    fs::write(folder.join("main.js"), code("evil")).unwrap();
    desk.library.install(&review, &Answers::agreed()).unwrap();
    let held = desk.library.hold("notes").unwrap();
    assert_eq!(held.digest(), review.digest());
    assert_eq!(fs::read_to_string(held.folder().join("main.js")).unwrap(), code("1"));
    assert!(fs::metadata(held.folder().join("main.js")).unwrap().permissions().readonly());
    drop(held);
    assert_in_agreement(&desk.library);
}

#[test]
fn rights_are_a_persons_to_give() {
    let desk = Desk::new();
    let review = desk.review(&manifest("1.0.0", BOTH, OPTIONAL), &code("1"));
    let install = |answers: &Answers| desk.library.install(&review, answers);
    // Nobody was asked; one right is no answer to the others either.
    let nobody = [Answers::nobody(), Answers::nobody().granting(domain("api.example.com"))];
    for answers in nobody {
        assert!(matches!(install(&answers), Err(LibraryError::NotAnswered(_))));
    }
    let refused = install(&Answers::agreed().refusing(notes())).unwrap_err();
    assert!(matches!(&refused, LibraryError::Refused { rights, .. } if *rights == [notes()]));
    let beyond = install(&Answers::agreed().granting(read("/**"))).unwrap_err();
    assert!(matches!(beyond, LibraryError::NotAsked { .. }), "{beyond}");
    // A no that another right makes void is told.
    let both = manifest("1.0.0", TWO, OPTIONAL);
    let (wide, narrow) = (domain("*.example.com"), domain("api.example.com"));
    let answers = Answers::agreed().granting(wide.clone()).refusing(narrow);
    let void = desk.library.install(&desk.review(&both, &code("1")), &answers).unwrap_err();
    assert!(matches!(&void, LibraryError::Covered { by, .. } if *by == [wide]), "{void}");
    assert!(desk.kept().is_empty() && desk.library.list().is_empty());

    let installed = install(&Answers::agreed()).unwrap();
    assert_eq!(installed.outcome, Outcome::New);
    let listed = &desk.library.list()[0];
    assert_eq!(listed.current.granted, [notes()]);
    assert_eq!(listed.current.refused, [domain("api.example.com")]);
    let held = desk.library.hold("notes").unwrap();
    assert_eq!((held.permissions().read.len(), held.permissions().domains.len()), (1, 0));
}

#[test]
fn what_asks_for_nothing_needs_nobody() {
    let desk = Desk::new();
    let review = desk.review(&manifest("1.0.0", NONE, ""), &code("1"));
    let installed = desk.library.install(&review, &Answers::nobody()).unwrap();
    assert_eq!(installed.outcome, Outcome::New);
    let again = desk.library.install(&review, &Answers::nobody()).unwrap();
    assert_eq!(again.outcome, Outcome::Unchanged);
    // A limit above its default is asked for as well.
    let more = r#", "resources": { "memory": "1GB" }"#;
    let text = manifest("1.0.0", NONE, more).replace("notes", "other");
    let review = desk.review(&text, &code("1"));
    let refused = desk.library.install(&review, &Answers::nobody());
    assert!(matches!(refused, Err(LibraryError::NotAnswered(_))));
    assert_in_agreement(&desk.library);
}

#[test]
fn an_update_that_asks_for_no_more_takes_the_place_of_the_old_one() {
    let desk = Desk::new();
    desk.install(&manifest("1.0.0", BOTH, OPTIONAL), &code("1"), &Answers::everything());
    let old = desk.library.list()[0].current.clone();
    // Narrower: a part of what was granted.
    let narrow = r#"{ "filesystem": { "read": ["/data/notes/a.txt"] } }"#;
    let review = desk.review(&manifest("1.1.0", narrow, ""), &code("2"));
    let change = review.difference().unwrap();
    assert_eq!(change.order, Order::Newer);
    assert!(change.added.is_empty() && change.widened.is_empty() && !change.needs_a_person());
    assert_eq!(change.removed, [notes(), domain("api.example.com")]);
    let files = change.files.as_ref().unwrap();
    assert_eq!(files.changed, ["aether-plugin.json", "main.js"]);
    let installed = desk.library.install(&review, &Answers::nobody()).unwrap();
    assert_eq!(installed.outcome, Outcome::Updated(old.digest));
    let now = &desk.library.list()[0].current;
    assert_eq!(now.granted, [read("/data/notes/a.txt")]);
    assert_eq!(now.agreed, old.agreed, "nobody agreed to anything since");
    assert_in_agreement(&desk.library);
}

#[test]
fn an_update_that_names_another_engine_waits() {
    let desk = Desk::new();
    desk.install(&manifest("1.0.0", READS, ""), &code("1"), &Answers::agreed());
    let review = desk.review(&manifest("1.1.0", READS, r#", "engine": "v8""#), &code("1"));
    let change = review.difference().unwrap();
    assert_eq!(change.engine, Some((None, Some(JsEngine::V8))));
    assert!(change.asks_for_more() && change.added.is_empty() && change.runtime.is_none());
    let installed = desk.library.install(&review, &Answers::nobody()).unwrap();
    assert!(matches!(installed.outcome, Outcome::Waiting(_)));
    assert_eq!(desk.library.list()[0].current.version, "1.0.0");
}

#[test]
fn an_update_that_asks_for_more_waits_and_the_old_one_stays_in_use() {
    let desk = Desk::new();
    desk.install(&manifest("1.0.0", READS, ""), &code("1"), &Answers::agreed());
    let wide = r#"{ "filesystem": { "read": ["/data/**"], "write": ["/data/notes/**"] } }"#;
    let review = desk.review(&manifest("2.0.0", wide, ""), &code("2"));
    let change = review.difference().unwrap();
    assert_eq!(change.widened.len(), 1);
    assert_eq!(
        (&change.widened[0].right, &change.widened[0].was),
        (&read("/data/**"), &vec![notes()])
    );
    assert_eq!(change.added.len(), 1);
    let installed = desk.library.install(&review, &Answers::nobody()).unwrap();
    assert!(matches!(&installed.outcome, Outcome::Waiting(change) if change.asks_for_more()));

    let listed = desk.library.list().remove(0);
    assert_eq!(listed.current.version, "1.0.0");
    let waiting = listed.waiting.unwrap();
    assert!(waiting.version == "2.0.0" && waiting.granted.is_empty());
    let held = desk.library.hold("notes").unwrap();
    assert_eq!(fs::read_to_string(held.folder().join("main.js")).unwrap(), code("1"));
    assert_in_agreement(&desk.library);

    // The app is started again, and the person looks at what waits.
    let root = desk.root();
    drop((held, desk.library));
    let library = Library::open(&root).unwrap();
    let review = library.review_waiting("notes", &Terms::default()).unwrap();
    assert_eq!(review.digest(), waiting.digest);
    assert_eq!(review.difference().unwrap().added.len(), 1);
    assert!(library.inspect("notes", &Terms::default()).unwrap().difference.is_some());
    let unanswered = library.accept(&review, &Answers::nobody());
    assert!(matches!(unanswered, Err(LibraryError::NotAnswered(_))));
    let accepted = library.accept(&review, &Answers::agreed()).unwrap();
    assert!(matches!(accepted.outcome, Outcome::Updated(_)));
    let listed = library.list().remove(0);
    assert_eq!((listed.current.version.as_str(), listed.waiting), ("2.0.0", None));
    assert_eq!(listed.current.granted.len(), 2);
    assert_in_agreement(&library);
}

#[test]
fn only_the_update_that_was_seen_is_accepted() {
    let desk = Desk::new();
    desk.install(&manifest("1.0.0", NONE, ""), &code("1"), &Answers::agreed());
    let seen = desk.review(&manifest("2.0.0", READS, ""), &code("2"));
    let other = desk.review(&manifest("3.0.0", BOTH, ""), &code("3"));
    for review in [&seen, &other] {
        desk.library.install(review, &Answers::nobody()).unwrap();
        assert_in_agreement(&desk.library);
    }
    let accepted = desk.library.accept(&seen, &Answers::everything());
    assert!(matches!(accepted, Err(LibraryError::NotWaiting { .. })));
    let rejected = desk.library.reject("notes", &seen.digest());
    assert!(matches!(rejected, Err(LibraryError::NotWaiting { .. })));
    desk.library.reject("notes", &other.digest()).unwrap();
    let listed = desk.library.list().remove(0);
    assert_eq!((listed.current.version.as_str(), listed.waiting), ("1.0.0", None));
    assert_in_agreement(&desk.library);
}

#[test]
fn going_back_changing_the_runtime_and_raising_limits_wait_too() {
    let desk = Desk::new();
    desk.install(&manifest("2.0.0", NONE, ""), &code("1"), &Answers::agreed());
    let check = |text: &str| {
        let review = desk.review(text, &code("2"));
        let installed = desk.library.install(&review, &Answers::nobody()).unwrap();
        let Outcome::Waiting(change) = installed.outcome else { panic!("{text}") };
        *change
    };
    let older = check(&manifest("1.9.0", NONE, ""));
    assert!(older.order == Order::Older && !older.asks_for_more());
    let native = check(&manifest("2.1.0", NONE, r#", "runtime": "native", "entry": ["./x"]"#));
    assert!(native.runtime.is_some());
    let limits = check(&manifest("2.1.0", NONE, r#", "resources": { "timeout": "1h" }"#));
    assert_eq!(limits.limits[0].limit, Limit::Timeout);
    // A new optional right is asked for as well.
    let network = r#"{ "network": { "domains": ["api.example.com"] } }"#;
    assert_eq!(check(&manifest("2.1.0", network, OPTIONAL)).added, [domain("api.example.com")]);
    // The same number with other files is an update like any other.
    let same = desk.review(&manifest("2.0.0", NONE, ""), &code("other"));
    assert_eq!(same.difference().unwrap().order, Order::Same);
    let installed = desk.library.install(&same, &Answers::nobody()).unwrap();
    assert!(matches!(installed.outcome, Outcome::Updated(_)));
    assert!(desk.library.list()[0].waiting.is_none());
    assert_in_agreement(&desk.library);
}

#[test]
fn a_no_stays_a_no_until_the_right_is_required() {
    let desk = Desk::new();
    desk.install(&manifest("1.0.0", BOTH, OPTIONAL), &code("1"), &Answers::agreed());
    let installed =
        desk.install(&manifest("1.1.0", BOTH, OPTIONAL), &code("2"), &Answers::nobody());
    assert!(matches!(installed.outcome, Outcome::Updated(_)), "it is not asked for again");
    assert_eq!(desk.library.list()[0].current.refused, [domain("api.example.com")]);
    let installed = desk.install(&manifest("1.2.0", BOTH, ""), &code("3"), &Answers::nobody());
    let Outcome::Waiting(change) = installed.outcome else { panic!("it is required now") };
    assert_eq!(change.added, [domain("api.example.com")]);
}

#[test]
fn optional_rights_are_granted_and_taken_one_by_one() {
    let desk = Desk::new();
    desk.install(&manifest("1.0.0", TWO, OPTIONAL), &code("1"), &Answers::agreed());
    let library = &desk.library;
    let (all, one) = (domain("*.example.com"), domain("api.example.com"));
    assert!(!library.grant("notes", &one).unwrap().running);
    assert_eq!(library.list()[0].current.granted, [notes(), one.clone()]);
    // A running one keeps what it had.
    let held = library.hold("notes").unwrap();
    assert!(library.revoke("notes", &one).unwrap().running);
    assert_eq!(held.permissions().domains.len(), 1);
    assert_eq!(library.hold("notes").unwrap().permissions().domains.len(), 0);
    drop(held);
    let _ = library.grant("notes", &all).unwrap();
    let _ = library.grant("notes", &one).unwrap();
    let covered = library.revoke("notes", &one).unwrap_err();
    assert!(
        matches!(&covered, LibraryError::Covered { by, .. } if by == std::slice::from_ref(&all))
    );
    assert_eq!(library.list()[0].current.granted.len(), 3, "nothing changed");
    let _ = library.revoke("notes", &all).unwrap();
    let _ = library.revoke("notes", &one).unwrap();
    assert!(matches!(library.revoke("notes", &notes()), Err(LibraryError::Required { .. })));
    assert!(matches!(library.grant("notes", &read("/**")), Err(LibraryError::NotAsked { .. })));
    assert!(matches!(library.grant("other", &one), Err(LibraryError::Unknown(_))));
    let root = desk.root();
    drop(desk.library);
    assert_eq!(Library::open(&root).unwrap().list()[0].current.granted, [notes()]);
}

#[test]
fn a_disabled_plugin_is_not_started_and_stays_so_over_an_update() {
    let desk = Desk::new();
    desk.install(&manifest("1.0.0", NONE, ""), &code("1"), &Answers::agreed());
    let _ = desk.library.disable("notes").unwrap();
    assert!(matches!(desk.library.hold("notes"), Err(LibraryError::Disabled(_))));
    desk.install(&manifest("1.1.0", NONE, ""), &code("2"), &Answers::nobody());
    assert!(matches!(desk.library.hold("notes"), Err(LibraryError::Disabled(_))));
    let _ = desk.library.enable("notes").unwrap();
    assert_eq!(desk.library.hold("notes").unwrap().identity().version, "1.1.0");
}

#[test]
fn what_is_held_stays_until_it_goes() {
    let desk = Desk::new();
    desk.install(&manifest("1.0.0", NONE, ""), &code("1"), &Answers::agreed());
    let (first, second) =
        (desk.library.hold("notes").unwrap(), desk.library.hold("notes").unwrap());
    let old = first.folder().clone();
    let installed = desk.install(&manifest("1.1.0", NONE, ""), &code("2"), &Answers::nobody());
    assert!(installed.running);
    let new = desk.library.hold("notes").unwrap();
    assert_ne!(new.folder(), &old);
    assert_eq!(fs::read_to_string(new.folder().join("main.js")).unwrap(), code("2"));
    drop(first);
    assert_eq!(fs::read_to_string(old.join("main.js")).unwrap(), code("1"), "held once more");
    drop(second);
    assert!(!old.exists());

    let new_folder = new.folder().clone();
    assert!(desk.library.uninstall("notes").unwrap().running);
    assert!(desk.library.list().is_empty());
    assert!(matches!(desk.library.hold("notes"), Err(LibraryError::Unknown(_))));
    assert!(new_folder.exists());
    // Installed again meanwhile: the same folder, and it is not taken away with the guard.
    desk.install(&manifest("1.1.0", NONE, ""), &code("2"), &Answers::agreed());
    drop(new);
    assert!(new_folder.exists());
    assert_in_agreement(&desk.library);
    assert!(!desk.library.uninstall("notes").unwrap().running);
    assert!(desk.kept().is_empty());
    assert_in_agreement(&desk.library);
}

#[test]
fn a_guard_keeps_the_library_locked() {
    let desk = Desk::new();
    desk.install(&manifest("1.0.0", NONE, ""), &code("1"), &Answers::agreed());
    let held = desk.library.hold("notes").unwrap();
    let root = desk.root();
    drop(desk.library);
    assert!(matches!(Library::open(&root), Err(LibraryError::InUse(_))));
    drop(held);
    assert_eq!(Library::open(&root).unwrap().list().len(), 1);
}

#[test]
fn uninstalling_takes_every_right_with_it() {
    let desk = Desk::new();
    let text = manifest("1.0.0", BOTH, OPTIONAL);
    desk.install(&text, &code("1"), &Answers::everything());
    let _ = desk.library.uninstall("notes").unwrap();
    let review = desk.review(&text, &code("1"));
    assert!(review.difference().is_none());
    let refused = desk.library.install(&review, &Answers::nobody());
    assert!(matches!(refused, Err(LibraryError::NotAnswered(_))));
    desk.library.install(&review, &Answers::agreed()).unwrap();
    assert_eq!(desk.library.list()[0].current.granted, [notes()]);
}

/// Puts another file in the place of one that is read-only.
fn replace(path: &std::path::Path, content: &str) {
    let aside = path.with_extension("aside");
    fs::write(&aside, content).unwrap();
    #[cfg(windows)]
    {
        let mut permissions = fs::metadata(path).unwrap().permissions();
        #[expect(
            clippy::permissions_set_readonly_false,
            reason = "the attribute alone, on Windows"
        )]
        permissions.set_readonly(false);
        fs::set_permissions(path, permissions).unwrap();
    }
    fs::rename(&aside, path).unwrap();
}

#[test]
fn changed_files_are_told_and_put_right_by_the_same_bundle() {
    let desk = Desk::new();
    let review = desk.review(&manifest("1.0.0", READS, ""), &code("1"));
    desk.library.install(&review, &Answers::agreed()).unwrap();
    let inspect = || desk.library.inspect("notes", &Terms::default()).unwrap();
    let size = review.bundle().files().values().map(|content| content.len() as u64).sum();
    assert_eq!(inspect().files, Some((3, size)));
    assert_eq!(inspect().rights.len(), 1);
    assert!(inspect().rights[0].1);
    let folder = inspect().folder;
    replace(&folder.join("main.js"), &code("evil"));
    assert_eq!(inspect().files, None);
    // The host that loads it sees another digest than the one it must have.
    let held = desk.library.hold("notes").unwrap();
    assert_ne!(aether_bundle::Bundle::read(held.folder()).unwrap().digest(), held.digest());
    let busy = desk.library.install(&review, &Answers::nobody());
    assert!(matches!(busy, Err(LibraryError::Busy(_))));
    drop(held);
    // An update is compared with what was agreed to, and not with what lies there.
    let update = desk.review(&manifest("2.0.0", BOTH, ""), &code("2"));
    assert_eq!(update.difference().unwrap().added, [domain("api.example.com")]);
    assert_eq!(update.difference().unwrap().files, None);
    let repaired = desk.library.install(&review, &Answers::nobody()).unwrap();
    assert_eq!(repaired.outcome, Outcome::Repaired);
    assert_in_agreement(&desk.library);
    fs::rename(&folder, desk.folder.path().join("away")).unwrap();
    assert!(matches!(desk.library.hold("notes"), Err(LibraryError::Changed(_))));
}

/// What a host decides with what the library gives it, with nobody to ask.
fn starts(held: &aether_installed::Held, mounts: &[Mount], given: &[Mount]) -> bool {
    let consents = held.consents(None, given);
    let decision = decide(&Input {
        manifest: held.manifest(),
        identity: held.identity(),
        policy: None,
        engine: aether_policy::grant::Engine::default(),
        narrowing: Some(held.permissions()),
        mounts,
        consents: Some(&consents),
        unattended: true,
        now: jiff::Timestamp::now(),
    });
    match decision {
        Decision::Granted(grant) => {
            let granted = held.permissions();
            let lines = granted.read.len() + granted.domains.len();
            assert_eq!(grant.lines().len(), lines);
            true
        }
        Decision::Refused(_) | Decision::Ask(_) => false,
    }
}

#[test]
fn a_host_starts_it_with_what_was_granted_and_asks_nobody_again() {
    let desk = Desk::new();
    desk.install(&manifest("1.0.0", BOTH, OPTIONAL), &code("1"), &Answers::agreed());
    let held = desk.library.hold("notes").unwrap();
    assert!(starts(&held, &[], &[]));
    // The answer is about what was granted: the whole request is not remembered with it.
    let consents = held.consents(None, &[]);
    let whole = decide(&Input {
        manifest: held.manifest(),
        identity: held.identity(),
        policy: None,
        engine: aether_policy::grant::Engine::default(),
        narrowing: None,
        mounts: &[],
        consents: Some(&consents),
        unattended: true,
        now: jiff::Timestamp::now(),
    });
    assert!(matches!(whole, Decision::Refused(_)));
    let _ = desk.library.grant("notes", &domain("api.example.com")).unwrap();
    assert!(starts(&desk.library.hold("notes").unwrap(), &[], &[]));
}

#[test]
fn what_was_agreed_to_in_one_folder_is_not_agreed_to_in_another() {
    let desk = Desk::new();
    let folder = desk.folder(&manifest("1.0.0", READS, ""), &code("1"));
    let mount = |host: &str| Mount {
        root: VirtualPath::parse("/data/notes").unwrap(),
        host: host.to_owned(),
        typed_by_person: false,
        shows_host: false,
    };
    let (seen, other) = ([mount("/srv/notes")], [mount("/srv/keys")]);
    let terms = Terms { mounts: &seen, ..Terms::default() };
    let review = desk.library.review(Source::Folder(&folder), &terms).unwrap();
    assert!(review.rights()[0].note.contains("`/srv/notes`"), "{}", review.rights()[0].note);
    desk.library.install(&review, &Answers::agreed()).unwrap();
    let held = desk.library.hold("notes").unwrap();
    assert!(starts(&held, &seen, &seen));
    assert!(!starts(&held, &other, &other), "a person has to be asked");
    assert!(!starts(&held, &other, &seen));
}

#[test]
fn a_library_is_used_by_one_process_at_a_time() {
    let desk = Desk::new();
    let error = Library::open(&desk.root()).unwrap_err();
    assert!(matches!(&error, LibraryError::InUse(_)), "{error}");
    assert!(error.to_string().contains("in use"));
    // A clone is the same library.
    let clone = desk.library.clone();
    let root = desk.root();
    drop(desk.library);
    assert!(Library::open(&root).is_err());
    drop(clone);
    assert!(Library::open(&root).is_ok());
}

#[test]
fn a_folder_of_somebody_elses_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let check = |path: &std::path::Path| {
        let before = fs::read_dir(path).unwrap().count();
        let error = Library::open(path).unwrap_err();
        assert!(matches!(&error, LibraryError::NotALibrary(_)), "{error}");
        assert_eq!(fs::read_dir(path).unwrap().count(), before);
    };
    let documents = folder.path().join("documents");
    fs::create_dir_all(documents.join("letters")).unwrap();
    check(&documents);
    // Its own names, and something in them that no index names.
    let plugins = folder.path().join("app");
    fs::create_dir_all(plugins.join("plugins/theirs")).unwrap();
    check(&plugins);
    assert!(plugins.join("plugins/theirs").exists());
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(Library::open(&file), Err(LibraryError::Io { .. })));
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_a_folder_is_not_followed() {
    let desk = Desk::new();
    desk.install(&manifest("1.0.0", NONE, ""), &code("1"), &Answers::agreed());
    let (root, theirs) = (desk.root(), desk.folder.path().join("theirs"));
    drop(desk.library);
    fs::create_dir_all(theirs.join("kept")).unwrap();
    fs::rename(root.join("plugins"), root.join("away")).unwrap();
    std::os::unix::fs::symlink(&theirs, root.join("plugins")).unwrap();
    assert!(matches!(Library::open(&root), Err(LibraryError::NotItsOwn(_))));
    fs::remove_file(root.join("plugins")).unwrap();
    fs::rename(root.join("away"), root.join("plugins")).unwrap();
    // One further down is no part of the library, and is removed itself.
    std::os::unix::fs::symlink(&theirs, root.join("plugins/other")).unwrap();
    std::os::unix::fs::symlink(&theirs, root.join("plugins/notes/link")).unwrap();
    let library = Library::open(&root).unwrap();
    assert_in_agreement(&library);
    assert!(theirs.join("kept").exists());
    drop(library);
    // One in the place of a plugin's folder is removed as well, and then the plugin's files are gone.
    fs::rename(root.join("plugins/notes"), desk.folder.path().join("away")).unwrap();
    std::os::unix::fs::symlink(&theirs, root.join("plugins/notes")).unwrap();
    let library = Library::open(&root).unwrap();
    assert!(theirs.join("kept").exists());
    assert!(matches!(library.hold("notes"), Err(LibraryError::Changed(_))));
}

#[test]
fn an_index_that_cannot_be_used_is_told_and_nothing_is_removed() {
    let desk = Desk::new();
    desk.install(&manifest("1.0.0", READS, ""), &code("1"), &Answers::agreed());
    let (root, kept) = (desk.root(), desk.kept());
    let index = root.join("index.json");
    let good = fs::read_to_string(&index).unwrap();
    drop(desk.library);
    let check = |text: &str, expect: fn(&IndexProblem) -> bool| {
        fs::write(&index, text).unwrap();
        let error = Library::open(&root).unwrap_err();
        let LibraryError::Index { problem, .. } = &error else { panic!("{error}") };
        assert!(expect(problem), "{error}");
        assert_eq!(support::kept(&root), kept);
    };
    let syntax = |problem: &IndexProblem| matches!(problem, IndexProblem::Syntax(_));
    check("", syntax);
    check(&good[..good.len() / 2], syntax);
    check(&good.replacen("\"version\": 1", "\"version\": 2", 1), |problem| {
        matches!(problem, IndexProblem::Version(2))
    });
    check(&good.replacen("\"enabled\"", "\"enabled \"", 1), syntax);
    fs::write(&index, good).unwrap();
    assert_eq!(Library::open(&root).unwrap().list().len(), 1);
}

#[test]
fn an_entry_that_cannot_be_read_is_not_started_and_the_others_are() {
    let desk = Desk::new();
    let mine = desk.review(&manifest("1.0.0", READS, ""), &code("1"));
    desk.library.install(&mine, &Answers::agreed()).unwrap();
    let other = manifest("1.0.0", NONE, "").replace("\"notes\"", "\"other\"");
    desk.install(&other, &code("1"), &Answers::agreed());
    let (root, kept) = (desk.root(), desk.kept());
    let index = root.join("index.json");
    let good = fs::read_to_string(&index).unwrap();
    drop(desk.library);
    let changes = [
        // A right that the manifest does not ask for; no digest; what another version may know.
        good.replace("\"/data/notes/**\"", "\"/**\""),
        good.replacen("\"b3:", "\"b4:", 1),
        good.replacen("\"filesystem.read\",", "\"filesystem.dream\",", 1),
        good.replacen("Keeps notes", "Keeps notes\\\", \\\"dreams\\\": \\\"", 1),
    ];
    for text in changes {
        assert_ne!(text, good);
        fs::write(&index, text).unwrap();
        let library = Library::open(&root).unwrap();
        assert_eq!(library.unreadable(), ["notes"]);
        assert!(matches!(library.hold("notes"), Err(LibraryError::Unknown(_))));
        assert!(library.hold("other").is_ok());
        // It is not forgotten by a change to another one.
        assert!(!library.disable("other").unwrap().running);
        assert_eq!(support::kept(&root), kept);
        drop(library);
        let library = Library::open(&root).unwrap();
        assert_eq!(library.unreadable(), ["notes"]);
        let unanswered = library.install(&mine, &Answers::nobody());
        assert!(matches!(unanswered, Err(LibraryError::NotAnswered(_))));
        library.install(&mine, &Answers::agreed()).unwrap();
        assert!(library.unreadable().is_empty());
        assert_in_agreement(&library);
    }
    // A name that does not belong to its manifest, or is none, leads nowhere.
    for name in ["else", "../../x", ""] {
        fs::write(&index, good.replacen("\"notes\": {", &format!("\"{name}\": {{"), 1)).unwrap();
        let library = Library::open(&root).unwrap();
        assert_eq!(library.unreadable(), [name]);
        assert!(!library.uninstall(name).unwrap().running);
        assert!(library.unreadable().is_empty());
        drop(library);
        let library = Library::open(&root).unwrap();
        assert_in_agreement(&library);
        library.install(&mine, &Answers::agreed()).unwrap();
    }
}
