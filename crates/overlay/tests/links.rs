//! Symlinks are followed within the virtual tree only, and what is not a file is never opened.

#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::os::unix::ffi::OsStrExt;

use aether_overlay::{
    HostProblem, LastLink, Mount, Overlay, OverlayConfig, Problem, Quota, Resolution, SetupError,
    SpecialKind,
};
use common::{Lab, fill, path, short};

/// Resolves a path over a fixed tree, with both ways of resolution.
fn check(asked: &str, last: LastLink, expect: Result<&str, &str>) {
    for resolution in [Resolution::Auto, Resolution::Walk] {
        let lab = tree_of_links(resolution);
        let got = lab.overlay.resolve(&path(asked), last);
        let got =
            got.as_ref().map(|resolved| resolved.path().as_str()).map_err(|error| error.code());
        assert_eq!(got, expect, "{asked} {last:?} {resolution:?}");
    }
}

fn tree_of_links(resolution: Resolution) -> Lab {
    Lab::with(
        &[
            ("file", "f"),
            ("d/x", "x"),
            ("to-file -> file", ""),
            ("to-d -> ./d//", ""),
            ("chain -> to-d/../to-file", ""),
            ("absolute -> /w/d/x", ""),
            ("d/up -> ../file", ""),
            ("out -> /etc/shadow", ""),
            ("out-relative -> ../../../../../etc/shadow", ""),
            ("above -> ../w/file", ""),
            ("root -> /", ""),
            ("folder-out -> /etc", ""),
            ("dangling -> nothing/here", ""),
            ("dangling-up -> nothing/../file", ""),
            ("self -> self", ""),
            ("ping -> pong", ""),
            ("pong -> ping", ""),
            ("deep -> deep/deep", ""),
            ("through-file -> file/../d", ""),
        ],
        Quota::default(),
        resolution,
    )
}

#[test]
fn links_resolve_within_the_virtual_tree() {
    use LastLink::{Follow, Keep};
    check("/w/file", Follow, Ok("/w/file"));
    check("/w/to-file", Follow, Ok("/w/file"));
    check("/w/to-file", Keep, Ok("/w/to-file"));
    check("/w/to-d/x", Follow, Ok("/w/d/x"));
    check("/w/to-d/x", Keep, Ok("/w/d/x"));
    check("/w/to-d/up", Follow, Ok("/w/file"));
    check("/w/to-d/up", Keep, Ok("/w/d/up"));
    check("/w/to-d/new/er", Follow, Ok("/w/d/new/er"));
    check("/w/chain", Follow, Ok("/w/file"));
    check("/w/absolute", Follow, Ok("/w/d/x"));
    check("/w/above", Follow, Ok("/w/file"));
    check("/w/root/w/file", Follow, Ok("/w/file"));
    check("/w/root", Follow, Ok("/"));
    check("/w/out", Follow, Err("ENOENT"));
    check("/w/out", Keep, Ok("/w/out"));
    check("/w/out-relative", Follow, Err("ENOENT"));
    check("/w/folder-out/passwd", Follow, Err("ENOENT"));
    check("/w/folder-out/passwd", Keep, Err("ENOENT"));
    check("/w/dangling", Follow, Ok("/w/nothing/here"));
    check("/w/dangling-up", Follow, Err("ENOENT"));
    check("/w/through-file", Follow, Err("ENOTDIR"));
    check("/w/self", Follow, Err("ELOOP"));
    check("/w/self", Keep, Ok("/w/self"));
    check("/w/ping", Follow, Err("ELOOP"));
    check("/w/ping/x", Keep, Err("ELOOP"));
    check("/w/deep", Follow, Err("ELOOP"));
}

#[test]
fn links_followed_and_escapes_are_told() {
    let lab = tree_of_links(Resolution::Auto);
    let chain = lab.at("/w/chain").unwrap();
    assert_eq!(
        chain.links().iter().map(|link| link.as_str()).collect::<Vec<_>>(),
        ["/w/chain", "/w/to-d", "/w/to-file"]
    );
    let error = lab.at("/w/out").unwrap_err();
    let expected = Problem::EscapesByLink { link: path("/w/out"), target: path("/etc/shadow") };
    assert_eq!(
        (&error.problem, error.path.as_str(), error.is_exception()),
        (&expected, "/w/out", true)
    );
}

#[test]
fn forty_links_are_followed_and_no_more() {
    let links: Vec<(String, &str)> =
        (0..41).map(|number| (format!("{number} -> {}", number + 1), "")).collect();
    let links: Vec<(&str, &str)> =
        links.iter().map(|(name, content)| (name.as_str(), *content)).collect();
    let mut lab = Lab::new(&links);
    lab.write("/w/41", "end").unwrap();
    assert_eq!(lab.read("/w/1").unwrap(), "end");
    assert_eq!(lab.read("/w/0"), Err("ELOOP"));
}

#[test]
fn a_link_leads_to_another_mount_by_its_virtual_path() {
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().canonicalize().unwrap();
    fill(
        &top,
        &[("logs/real", "r"), ("ws/link -> /var/log/real", ""), ("ws/host -> ../logs/real", "")],
    );
    let mounts = vec![
        Mount::folder(path("/var/log"), top.join("logs")),
        Mount::folder(path("/w"), top.join("ws")),
    ];
    let lab = Lab::mounted(dir, mounts);
    assert_eq!(lab.at("/w/link").unwrap().path().as_str(), "/var/log/real");
    assert_eq!(lab.read("/w/link").unwrap(), "r");
    // Where the host's own tree would lead does not matter.
    assert_eq!(lab.read("/w/host"), Err("ENOENT"));
}

#[test]
fn what_is_written_through_a_link_goes_to_its_target() {
    let mut lab = tree_of_links(Resolution::Auto);
    lab.write("/w/to-file", "1").unwrap();
    lab.write("/w/to-d/new", "2").unwrap();
    assert_eq!(lab.write("/w/dangling", "3"), Err("ENOENT"));
    lab.mkdir("/w/nothing").unwrap();
    lab.write("/w/dangling", "3").unwrap();
    assert_eq!(lab.write("/w/out", "4"), Err("ENOENT"));
    assert_eq!(lab.changes(), ["+ /w/d/new", "~ /w/file", "+ /w/nothing/", "+ /w/nothing/here"]);
}

#[test]
fn links_themselves_are_removed_and_renamed() {
    let mut lab = tree_of_links(Resolution::Auto);
    lab.remove_file("/w/out").unwrap();
    lab.rename("/w/to-file", "/w/d/moved").unwrap();
    // Relative to where it is now.
    assert_eq!(lab.at("/w/d/moved").unwrap().path().as_str(), "/w/d/file");
    assert_eq!(lab.rename("/w/absolute", "/w/d/there"), Err("EPERM"));
    lab.rename("/w/file", "/w/self").unwrap();
    assert_eq!(lab.read("/w/self").unwrap(), "f");
    let changeset = lab.overlay.changeset();
    assert_eq!(
        short(&changeset),
        ["> /w/to-file /w/d/moved", "- /w/out", "- /w/self", "> /w/file /w/self"]
    );
    assert_eq!(
        changeset.changes().iter().map(|change| change.symlink).collect::<Vec<_>>(),
        [true, true, true, false]
    );
}

#[test]
fn special_files_are_refused_and_never_opened() {
    for resolution in [Resolution::Auto, Resolution::Walk] {
        let mut lab = Lab::with(&[("d/file", "x")], Quota::default(), resolution);
        let fifo = lab.host("d/fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let _socket = std::os::unix::net::UnixListener::bind(lab.host("socket")).unwrap();
        for (at, kind) in [("/w/d/fifo", SpecialKind::Fifo), ("/w/socket", SpecialKind::Socket)] {
            let resolved = lab.at(at).unwrap();
            // Would block for ever if the FIFO were opened.
            let error = lab.overlay.read(&resolved, 0, 10).unwrap_err();
            assert_eq!(
                (error.code(), &error.problem, error.is_exception()),
                ("EACCES", &Problem::Special(kind), true)
            );
            assert_eq!(lab.write(at, "x"), Err("EACCES"));
            assert_eq!(lab.append(at, "x"), Err("EACCES"));
            assert_eq!(lab.truncate(at, 0), Err("EACCES"));
            assert_eq!(lab.remove_file(at), Err("EACCES"));
            assert_eq!(lab.rename(at, "/w/d/z"), Err("EACCES"));
            assert_eq!(lab.rename("/w/d/file", at), Err("EACCES"));
        }
        assert_eq!(lab.remove_tree("/w/d"), Err("EACCES"));
        assert_eq!(lab.rename("/w/d", "/w/e"), Err("EACCES"));
        assert_eq!(lab.list("/w/d").unwrap(), ["fifo", "file"]);
        assert_eq!(lab.changes(), [""; 0]);
    }
}

#[test]
fn names_that_are_not_utf8_are_listed_and_not_opened() {
    let mut lab = Lab::new(&[("d/file", "x")]);
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9\xff.txt");
    fs::write(lab.host("d").join(name), "x").unwrap();
    assert_eq!(lab.list("/w/d").unwrap(), ["caf\\xE9\\xFF.txt", "file"]);
    let error = lab.at("/w/d/caf\\xE9\\xFF.txt").unwrap_err();
    assert_eq!((error.code(), &error.problem), ("EINVAL", &Problem::NotUtf8));
    assert_eq!(lab.read("/w/d/caf\\xE9"), Err("ENOENT"));
    assert_eq!(lab.remove_tree("/w/d"), Err("EINVAL"));
    assert_eq!(lab.remove_folder("/w/d"), Err("ENOTEMPTY"));
    // Longer than a name may be once escaped.
    fs::write(lab.host("d").join(std::ffi::OsStr::from_bytes(&[0xff; 200])), "x").unwrap();
    assert_eq!(lab.list("/w/d").unwrap().len(), 3);
}

#[test]
fn links_with_targets_that_are_not_utf8_are_not_followed() {
    let mut lab = Lab::new(&[]);
    std::os::unix::fs::symlink(std::ffi::OsStr::from_bytes(b"\xff"), lab.host("link")).unwrap();
    assert_eq!(lab.read("/w/link"), Err("EINVAL"));
    lab.remove_file("/w/link").unwrap();
    assert_eq!(lab.changes(), ["- /w/link"]);
}

#[test]
fn a_mount_is_not_reached_through_a_link() {
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().canonicalize().unwrap();
    fill(&top, &[("real/d/file", "x"), ("link -> real", ""), ("file-link -> real/d/file", "")]);
    let open = |host: &str, resolution| {
        let mounts = vec![Mount::folder(path("/w"), top.join(host))];
        Overlay::new(OverlayConfig { mounts, resolution, ..OverlayConfig::default() })
    };
    for resolution in [Resolution::Auto, Resolution::Walk] {
        for host in ["link", "link/d", "link/missing", "file-link"] {
            let problem = match open(host, resolution).unwrap_err() {
                SetupError::Mount { problem, .. } => problem,
                other => panic!("{other}"),
            };
            assert_eq!(problem, HostProblem::Symlink, "{host} {resolution:?}");
        }
        assert!(matches!(open("real/../real", resolution), Err(SetupError::NotAbsolute { .. })));
        assert!(matches!(
            open("real/d/file/x", resolution),
            Err(SetupError::Mount { problem: HostProblem::NotFolder, .. })
        ));
        for host in ["real", "real/d/file", "missing/deeper"] {
            open(host, resolution).expect(host);
        }
    }
    let relative = Overlay::new(OverlayConfig {
        mounts: vec![Mount::folder(path("/w"), "relative")],
        ..OverlayConfig::default()
    });
    assert!(matches!(relative, Err(SetupError::NotAbsolute { .. })));
    let twice = vec![
        Mount::folder(path("/w"), top.join("real")),
        Mount::file(path("/w"), top.join("link")),
    ];
    let twice = Overlay::new(OverlayConfig { mounts: twice, ..OverlayConfig::default() });
    assert!(matches!(twice, Err(SetupError::Twice { .. })));
}

/// What `/proc` has are links that are none; the kernel must not follow these either.
#[test]
fn magic_links_are_not_followed() {
    for resolution in [Resolution::Auto, Resolution::Walk] {
        let mounts = vec![Mount::folder(path("/p"), format!("/proc/{}", std::process::id()))];
        let overlay =
            Overlay::new(OverlayConfig { mounts, resolution, ..OverlayConfig::default() }).unwrap();
        for asked in ["/p/root/etc/passwd", "/p/cwd", "/p/exe", "/p/fd/0"] {
            let found = overlay
                .resolve(&path(asked), LastLink::Follow)
                .and_then(|at| overlay.read(&at, 0, 10));
            assert!(found.is_err(), "{asked}");
        }
        let status = overlay.resolve(&path("/p/status"), LastLink::Follow).unwrap();
        let chunk = overlay.read(&status, 0, 5).unwrap();
        assert_eq!(chunk.bytes, b"Name:");
    }
}

/// Wherever it stands in the virtual tree, and however it is spelled.
#[test]
fn what_the_kernel_shows_of_itself_is_not_entered_from_outside() {
    let own = std::process::id();
    for resolution in [Resolution::Auto, Resolution::Walk] {
        let mounts = vec![Mount::folder(path("/all"), "/"), Mount::folder(path("/p"), "/proc")];
        let config = OverlayConfig { mounts, resolution, ..OverlayConfig::default() };
        let overlay = Overlay::new(config).unwrap();
        let read = |text: &str| {
            let at = overlay.resolve(&path(text), LastLink::Follow);
            at.and_then(|at| overlay.read(&at, 0, 100)).map(drop).map_err(|error| error.code())
        };
        let environ = format!("/all/proc/{own}/environ");
        let refused = Err("EACCES");
        for text in [&environ, "/all/proc/self/environ", "/all/proc/version"] {
            assert_eq!(read(text), refused, "{text} {resolution:?}");
        }
        assert_eq!(read("/p/version"), Ok(()), "the mount was named");
        let environ = format!("/p/{own}/environ");
        for text in [&environ, "/p/self/environ", "/p/1/status", "/p/thread-self/status"] {
            assert_ne!(read(text), Ok(()), "{text} {resolution:?}");
        }
    }
    // The very file of one process can be named; what names the host's own by `self` is a link.
    let named = Mount::file(path("/f"), format!("/proc/{own}/environ"));
    let config = OverlayConfig { mounts: vec![named], ..OverlayConfig::default() };
    assert!(Overlay::new(config).is_ok());
    let own = Mount::file(path("/f"), "/proc/self/environ");
    let config = OverlayConfig { mounts: vec![own], ..OverlayConfig::default() };
    assert!(matches!(
        Overlay::new(config),
        Err(SetupError::Mount { problem: HostProblem::Symlink, .. })
    ));
}

/// A target is relative to where its symlink stands: moved up, one that kept to the granted folder
/// leads out of it, for every program of the host that follows it.
#[test]
fn no_move_makes_a_link_lead_out() {
    let host = &[
        ("a/b/l -> ../../x", ""),
        ("a/b/m -> ../x", ""),
        ("a/b/f", "f"),
        ("s -> .", ""),
        ("a/tricky -> s/s/../../x", ""),
        ("a/absolute -> /etc/passwd", ""),
        ("a/plain -> f", ""),
        ("x", "x"),
    ];
    let mut lab = Lab::new(host);
    for (from, to) in [
        ("/w/a/b/l", "/w/l"),
        ("/w/a/b/l", "/w/a/l"),
        ("/w/a/b", "/w/b"),
        ("/w/a/tricky", "/w/tricky"),
        ("/w/a/absolute", "/w/absolute"),
    ] {
        assert_eq!(lab.rename(from, to), Err("EPERM"), "{from} {to}");
        assert_eq!(lab.changes(), [""; 0], "nothing is moved");
    }
    let (from, to) = (lab.itself("/w/a/b/l").unwrap(), lab.itself("/w/l").unwrap());
    let error = lab.overlay.rename(&from, &to, |_, _| true).unwrap_err();
    assert_eq!((error.path.as_str(), error.is_exception()), ("/w/l", true));
    // What stays within is moved, and said to lead elsewhere.
    lab.rename("/w/a/b/m", "/w/a/m").unwrap();
    lab.rename("/w/a/plain", "/w/a/plainer").unwrap();
    assert_eq!(lab.changes(), ["> /w/a/b/m /w/a/m", "> /w/a/plain /w/a/plainer"]);
    let retargeted: Vec<bool> =
        lab.overlay.changeset().changes().iter().map(|change| change.retargeted).collect();
    assert_eq!(retargeted, [true, false]);
    // Twice, so that the second move is of what waits already.
    assert_eq!(lab.rename("/w/a/m", "/w/m"), Err("EPERM"));
}

#[test]
fn no_link_is_moved_to_lead_into_what_another_mount_hides() {
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().canonicalize().unwrap();
    fill(&top, &[("ws/d/l -> out/secret", ""), ("ws/d/out/", ""), ("ws/out/secret", "hidden")]);
    let mounts = vec![
        Mount::folder(path("/w"), top.join("ws")),
        Mount::folder(path("/w/out"), top.join("elsewhere")),
        Mount::file(path("/one"), top.join("one")),
    ];
    let mut lab = Lab::mounted(dir, mounts);
    // On the host, `out` is the hidden folder.
    assert_eq!(lab.rename("/w/d/l", "/w/l"), Err("EPERM"));
    // Beside a granted file, nothing is granted.
    assert_eq!(lab.rename("/w/d/l", "/one"), Err("EPERM"));
    assert_eq!(lab.rename("/w/d/l", "/w/out/l"), Ok(()));
}
