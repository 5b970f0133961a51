//! Layers as no kernel would make them, and as a plugin would.

#![cfg(target_os = "linux")]

mod common;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicBool, Ordering};

use aether_overlay::{
    Layer, LayerError, LayersConfig, LeftOutReason, MAX_DEPTH, MAX_LEFT_OUT, Mount, Quota,
    Resolution, SpecialKind, Written, apply, read_layers,
};
use common::layer::{Lab, said};
use common::{fill, path, short, tree};
use rustix::fs::{CWD, FileType, Mode, OFlags, mkdirat, mknodat, openat};

const HOST: &[(&str, &str)] = &[("a", "old a"), ("d/x", "old x"), ("d/y/z", "old z")];

fn quota(bytes: u64, entries: u64) -> Quota {
    Quota { bytes, entries }
}

fn read(lab: &Lab, quota: Quota) -> Written {
    lab.read_with(quota, Resolution::Auto)
}

/// Makes a special file in the layer, or on the host.
fn special(lab: &Lab, name: &str, kind: FileType, device: u64) -> bool {
    mknodat(CWD, lab.at(name), kind, Mode::from_raw_mode(0o644), device).is_ok()
}

#[test]
fn marks_are_read_as_the_kernel_reads_them() {
    let lab =
        Lab::new(&[("a", ""), ("b", "b"), ("c/x", ""), ("d/x", ""), ("d/y/z", ""), ("e/x", "")]);
    lab.whiteout("a");
    lab.whiteout("nothing");
    lab.upper("b", "");
    lab.mark("b", "user.overlay.whiteout", b"");
    // Only an empty file can be one.
    lab.upper("full", "content");
    lab.mark("full", "user.overlay.whiteout", b"");
    lab.upper("c/", "");
    lab.mark("c", "user.overlay.opaque", b"x");
    lab.upper("d/n", "");
    lab.mark("d", "user.overlay.opaque", b"y");
    // What is below an opaque folder is hidden too, marked or not.
    lab.upper("d/y/", "");
    // Those that a program asked for are stored under other names.
    lab.upper("e/", "");
    lab.mark("e", "user.overlay.overlay.opaque", b"y");
    lab.check(
        &["- /w/a", "- /w/b", "+ /w/d/n", "- /w/d/x", "- /w/d/y/z", "+ /w/full"],
        &["/w/e: its extended attributes are not kept"],
        &["c/", "c/x=", "d/", "d/n=", "d/y/", "e/", "e/x=", "full=content"],
    );
}

#[test]
fn content_from_elsewhere_is_refused() {
    let lab = Lab::new(HOST);
    lab.upper("d/n", "");
    lab.mark("d", "user.overlay.redirect", b"/secret");
    lab.upper("a", "");
    lab.mark("a", "user.overlay.metacopy", b"");
    lab.mark("a", "user.overlay.redirect", &[b'x'; 300]);
    lab.check(
        &[],
        &["/w/a: its content is not in the layer", "/w/d: its content is not in the layer"],
        &["a=old a", "d/", "d/x=old x", "d/y/", "d/y/z=old z"],
    );
}

#[test]
fn nothing_special_is_opened() {
    let lab = Lab::new(HOST);
    fs::create_dir(lab.at("upper/d")).expect("a folder");
    for name in ["upper/p", "upper/d/x"] {
        assert!(special(&lab, name, FileType::Fifo, 0));
    }
    let _socket = UnixListener::bind(lab.at("upper/s")).expect("a socket");
    let mut expected = vec![
        (path("/w/p"), SpecialKind::Fifo),
        (path("/w/s"), SpecialKind::Socket),
        (path("/w/d/x"), SpecialKind::Fifo),
    ];
    // /dev/null, and a block device with the numbers of a whiteout.
    for (name, kind, device) in
        [("n", FileType::CharacterDevice, 0x103), ("o", FileType::BlockDevice, 0)]
    {
        if special(&lab, &format!("upper/{name}"), kind, device) {
            expected.push((path(&format!("/w/{name}")), SpecialKind::Device));
        }
    }
    let mut expected: Vec<String> =
        expected.iter().map(|(at, kind)| format!("{at}: is a {kind}")).collect();
    expected.sort();
    let written = lab.read();
    let mut left_out = said(&written.left_out);
    left_out.sort();
    assert_eq!(left_out, expected);
    assert!(written.changes.is_empty());
}

#[test]
fn no_symlink_is_followed() {
    let lab = Lab::new(HOST);
    let secret = lab.at("secret");
    fill(&secret, &[("x", "secret"), ("y/z", "secret")]);
    for (name, target) in [("a", secret.join("x")), ("d", secret.clone()), ("n", "/".into())] {
        symlink(target, lab.at("upper").join(name)).expect("a symlink");
    }
    symlink("x".repeat(4095), lab.at("upper/long")).expect("a symlink");
    lab.check(
        &[],
        &["a", "d", "long", "n"]
            .map(|name| format!("/w/{name}: is a symlink that could lead out of its folder"))
            .each_ref()
            .map(|one| one.as_str()),
        &["a=old a", "d/", "d/x=old x", "d/y/", "d/y/z=old z"],
    );
}

#[test]
fn a_symlink_that_comes_and_goes_is_not_followed() {
    let lab = Lab::new(&[]);
    fs::write(lab.at("secret"), "secret").expect("a file");
    let (at, aside) = (lab.at("upper/a"), lab.at("aside"));
    fs::write(&at, "harmless").expect("a file");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                symlink("../secret", &aside).expect("a symlink");
                fs::rename(&aside, &at).expect("in its place");
                fs::write(&aside, "harm").expect("a file");
                fs::rename(&aside, &at).expect("in its place");
                fs::write(&at, "harmless").expect("a file");
            }
        });
        for _ in 0..300 {
            let written = lab.read();
            for change in written.changes.changes() {
                let Some(content) = written.changes.content_of(change) else { continue };
                let content = content.read(0, usize::MAX).expect("its content");
                assert!(b"harmless".starts_with(&content), "{content:?}");
            }
        }
        over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn depth_has_an_end() {
    const LEVELS: usize = 20_000;
    let lab = Lab::new(&[]);
    let open = |at: &File| {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW;
        File::from(openat(at, "d", flags, Mode::empty()).expect("it opens"))
    };
    let mut at = File::open(lab.at("upper")).expect("the layer");
    for _ in 0..LEVELS {
        mkdirat(&at, "d", Mode::from_raw_mode(0o755)).expect("a folder");
        at = open(&at);
    }
    let written = lab.read();
    // The mount itself is one.
    assert_eq!(written.changes.changes().len(), MAX_DEPTH - 1);
    let [left_out] = written.left_out.as_slice() else { panic!("{:?}", written.left_out) };
    assert_eq!(left_out.reason, LeftOutReason::TooDeep);
    assert!(apply(&written.changes, |_| true).is_complete());
}

#[test]
fn length_has_an_end() {
    let lab = Lab::new(&[]);
    let name = "n".repeat(255);
    let mut at = lab.at("upper");
    for _ in 0..14 {
        at = at.join(&name);
    }
    fs::create_dir_all(&at).expect("folders");
    let top = File::open(&at).expect("it opens");
    mkdirat(&top, name.as_str(), Mode::from_raw_mode(0o755)).expect("a folder");
    let deeper = openat(&top, name.as_str(), OFlags::PATH, Mode::empty()).expect("it opens");
    mkdirat(&deeper, name.as_str(), Mode::from_raw_mode(0o755)).expect("a folder");
    let bad = [&[0xffu8; 200][..], b"x"].concat();
    mkdirat(&deeper, OsStr::from_bytes(&bad), Mode::from_raw_mode(0o755)).expect("a folder");
    let written = lab.read();
    assert_eq!(written.changes.changes().len(), 15);
    let reasons: Vec<LeftOutReason> = written.left_out.iter().map(|one| one.reason).collect();
    assert_eq!(reasons, [LeftOutReason::TooDeep, LeftOutReason::NotUtf8]);
}

#[test]
fn numbers_have_an_end() {
    let lab = Lab::new(HOST);
    for number in 0..3000 {
        lab.upper(&format!("m/{number}"), "");
    }
    lab.upper("a", "new a");
    lab.upper("z/y", "y");
    lab.whiteout("d");
    let written = read(&lab, quota(1 << 20, 1000));
    // The listing of the flooded folder used up what there was.
    assert_eq!(
        short(&written.changes),
        ["~ /w/a", "- /w/d/", "- /w/d/x", "- /w/d/y/", "- /w/d/y/z", "+ /w/m/", "+ /w/z/"]
    );
    let limit = LeftOutReason::TooMany { limit: 1000 };
    let left_out: Vec<_> =
        written.left_out.iter().map(|one| (one.path.as_str(), one.reason)).collect();
    assert_eq!(left_out, [("/w/m", limit), ("/w/z", limit)]);
}

#[test]
fn what_is_left_out_is_counted_when_it_is_too_much_to_be_named() {
    let lab = Lab::new(HOST);
    for number in 0..MAX_LEFT_OUT + 234 {
        assert!(special(&lab, &format!("upper/{number}"), FileType::Fifo, 0));
    }
    let written = lab.read();
    assert_eq!(written.left_out.len(), MAX_LEFT_OUT);
    assert_eq!(written.left_out_unnamed, 234);
}

#[test]
fn long_paths_count() {
    let lab = Lab::new(&[]);
    let name = "n".repeat(250);
    let at = lab.at("upper").join([name.as_str(); 12].join("/"));
    fs::create_dir_all(&at).expect("folders");
    for number in 0..400 {
        fs::write(at.join(number.to_string()), "").expect("a file");
    }
    // 412 things of three kilobytes each.
    let written = read(&lab, quota(1 << 20, 500));
    let found = written.changes.changes().len();
    assert!((100..200).contains(&found), "{found}");
    assert_eq!(found + written.left_out.len(), 412);
    assert!(read(&lab, quota(1 << 20, 4000)).left_out.is_empty());
}

#[test]
fn holes_count_as_what_they_would_take() {
    let lab = Lab::new(&[]);
    for number in 10..40 {
        let file = File::create(lab.at("upper").join(number.to_string())).expect("a file");
        file.set_len(1 << 20).expect("a hole");
    }
    let written = read(&lab, quota(8 << 20, 1000));
    assert_eq!(written.changes.changes().len(), 8);
    assert_eq!(written.left_out.len(), 22);
    assert!(
        written.left_out.iter().all(|one| one.reason == LeftOutReason::TooLong { len: 1 << 20 })
    );
}

#[test]
fn many_names_of_one_file_cost_as_one() {
    let lab = Lab::new(&[]);
    fs::write(lab.at("upper/0"), vec![7; 4 << 20]).expect("a file");
    for number in 1..2000 {
        let name = lab.at("upper").join(number.to_string());
        fs::hard_link(lab.at("upper/0"), name).expect("a hard link");
    }
    let written = read(&lab, quota(5 << 20, 4000));
    assert_eq!(written.changes.changes().len(), 2000);
    assert!(written.left_out.is_empty());
}

#[test]
fn comparing_has_an_end() {
    // The host has many large files of the same content, and the layer one of them under all names.
    let lab = Lab::new(&[]);
    fs::write(lab.at("upper/0"), vec![7; 1 << 20]).expect("a file");
    for number in 0..30 {
        let (ours, theirs) = (lab.at("upper"), lab.at("host"));
        fs::write(theirs.join(number.to_string()), vec![7; 1 << 20]).expect("a file");
        if number > 0 {
            let name = ours.join(number.to_string());
            fs::hard_link(ours.join("0"), name).expect("a hard link");
        }
    }
    let written = read(&lab, quota(20 << 20, 1000));
    assert!(written.changes.is_empty());
    assert_eq!(written.left_out.len(), 10);
}

#[test]
fn what_the_host_has_and_nobody_may_touch_stays() {
    let lab = Lab::new(&[("d/x", "x"), ("e/f/x", "x"), ("g", "g")]);
    assert!(special(&lab, "host/p", FileType::Fifo, 0));
    assert!(special(&lab, "host/q", FileType::Fifo, 0));
    assert!(special(&lab, "host/d/p", FileType::Fifo, 0));
    let bad = lab.at("host").join("e/f").join(OsStr::from_bytes(b"\xff"));
    fs::write(bad, "x").expect("a file");
    for name in ["p", "d", "e"] {
        lab.whiteout(name);
    }
    lab.upper("q", "in its place");
    let written = lab.read();
    assert_eq!(
        short(&written.changes),
        ["- /w/d/", "- /w/d/x", "- /w/e/", "- /w/e/f/", "- /w/e/f/x"]
    );
    assert_eq!(
        said(&written.left_out),
        [
            "/w/d/p: the host has a named pipe there",
            "/w/e/f/\\xFF: has a name that is not UTF-8",
            "/w/p: the host has a named pipe there",
            "/w/q: the host has a named pipe there",
        ]
    );
    // Applying says of the folders that they are not empty.
    assert!(!apply(&written.changes, |_| true).is_complete());
    assert!(lab.at("host/d/p").exists() && lab.at("host/q").exists());
}

#[test]
fn a_host_folder_of_more_than_can_be_listed_stays_whole() {
    let lab = Lab::new(&[("g", "g")]);
    for number in 0..200 {
        fill(&lab.at("host"), &[(&format!("d/{number}"), "x"), (&format!("e/{number}"), "x")]);
    }
    lab.upper("d", "a file in its place");
    lab.upper("e/n", "");
    lab.mark("e", "user.overlay.opaque", b"y");
    lab.whiteout("g");
    let written = read(&lab, quota(1 << 20, 100));
    assert_eq!(short(&written.changes), ["- /w/g"]);
    let limit = LeftOutReason::TooMany { limit: 100 };
    let left_out: Vec<_> =
        written.left_out.iter().map(|one| (one.path.as_str(), one.reason)).collect();
    assert_eq!(left_out, [("/w/d", limit), ("/w/e", limit)]);
}

#[test]
fn layers_within_layers_keep_to_their_own() {
    let lab = Lab::new(&[("a", "old"), ("in/a", "old"), ("shut/a", "old"), ("out/", "")]);
    let (host, inner) = (lab.at("host"), lab.at("inner"));
    fill(&inner, &[("n", "inner"), ("deep/n", "inner")]);
    // What an outer layer has where another one lay over it was not written by the program.
    lab.upper("in/n", "outer");
    lab.upper("shut/n", "outer");
    lab.upper("n", "outer");
    lab.whiteout("shut/a");
    let layers = vec![
        Layer { mount: lab.mount(), upper: File::open(lab.at("upper")).expect("a layer") },
        Layer {
            mount: Mount::folder(path("/w/in"), host.join("in")),
            upper: File::open(&inner).expect("a layer"),
        },
        Layer {
            // The host does not have it yet.
            mount: Mount::folder(path("/new"), host.join("out/new")),
            upper: File::open(inner.join("deep")).expect("a layer"),
        },
    ];
    let covered = vec![path("/w/shut")];
    let written = read_layers(LayersConfig { layers, covered, ..LayersConfig::default() });
    let written = written.expect("a changeset");
    assert_eq!(
        short(&written.changes),
        ["+ /new/", "+ /new/n", "+ /w/in/deep/", "+ /w/in/deep/n", "+ /w/in/n", "+ /w/n"]
    );
    assert!(apply(&written.changes, |_| true).is_complete());
    assert_eq!(
        tree(&host),
        [
            "a=old",
            "in/",
            "in/a=old",
            "in/deep/",
            "in/deep/n=inner",
            "in/n=inner",
            "n=outer",
            "out/",
            "out/new/",
            "out/new/n=inner",
            "shut/",
            "shut/a=old",
        ]
    );
}

#[test]
fn a_layer_within_what_is_read_only_is_read() {
    let lab = Lab::new(&[("d/in/a", "old"), ("d/in/shut/a", "old")]);
    lab.upper("n", "new");
    lab.upper("shut/n", "not the program's");
    let mount = Mount::folder(path("/w/d/in"), lab.at("host/d/in"));
    let layers = vec![Layer { mount, upper: File::open(lab.at("upper")).expect("a layer") }];
    let covered = vec![path("/w"), path("/w/d"), path("/w/d/in/shut")];
    let written = read_layers(LayersConfig { layers, covered, ..LayersConfig::default() });
    assert_eq!(short(&written.expect("a changeset").changes), ["+ /w/d/in/n"]);
}

#[test]
fn places_where_something_is_mounted_stay() {
    let lab = Lab::new(&[("d/in/a", "old"), ("e/shut/a", "old"), ("f/in/a", "old")]);
    let inner = lab.at("inner");
    fill(&inner, &[("f/", "")]);
    lab.whiteout("d");
    lab.upper("e", "a file in its place");
    lab.upper("f/", "");
    lab.mark("f", "user.overlay.opaque", b"y");
    let layer = |at: &str, host: &str, upper| Layer {
        mount: Mount::folder(path(at), lab.at("host").join(host)),
        upper: File::open(upper).expect("a layer"),
    };
    let layers = vec![
        layer("/w", "", lab.at("upper")),
        layer("/w/d/in", "d/in", inner.join("f")),
        layer("/w/f/in", "f/in", inner.join("f")),
    ];
    let covered = vec![path("/w/e/shut")];
    let written = read_layers(LayersConfig { layers, covered, ..LayersConfig::default() });
    let written = written.expect("a changeset");
    assert!(written.changes.is_empty(), "{:?}", short(&written.changes));
    let left_out: Vec<_> =
        written.left_out.iter().map(|one| (one.path.as_str(), one.reason)).collect();
    let stays = LeftOutReason::MountPoint;
    assert_eq!(left_out, [("/w/d", stays), ("/w/e", stays), ("/w/f/in", stays)]);
}

#[test]
fn layers_share_one_quota() {
    let lab = Lab::new(&[]);
    fill(&lab.at("inner"), &[("n", &"x".repeat(600))]);
    lab.upper("n", &"x".repeat(600));
    let layer = |at: &str, upper: &str| Layer {
        mount: Mount::folder(path(at), lab.at("host")),
        upper: File::open(lab.at(upper)).expect("a layer"),
    };
    let layers = vec![layer("/w", "upper"), layer("/v", "inner")];
    let config = LayersConfig { layers, quota: quota(1000, 100), ..LayersConfig::default() };
    let written = read_layers(config).expect("a changeset");
    assert_eq!(short(&written.changes), ["+ /w/n"]);
    assert_eq!(written.left_out.len(), 1);
}

#[test]
fn what_is_no_layer_is_an_error() {
    let lab = Lab::new(HOST);
    let read = |host: &str, upper: &str| {
        let mount = Mount::folder(path("/w"), lab.at("host").join(host));
        let upper = File::open(lab.at(upper)).expect("it opens");
        let layers = vec![Layer { mount, upper }];
        read_layers(LayersConfig { layers, ..LayersConfig::default() }).map(|_| ())
    };
    assert_eq!(read("d", "upper"), Ok(()));
    assert!(matches!(read("a", "upper"), Err(LayerError::NotFolder { .. })));
    assert!(matches!(read("d", "host/a"), Err(LayerError::Upper { .. })));
    symlink("d", lab.at("host/l")).expect("a symlink");
    assert!(matches!(read("l", "upper"), Err(LayerError::Setup(_))));
}
