//! A granted folder and the layer over it: made by hand, or by the kernel in a namespace of its own.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use aether_overlay::{
    Layer, LayersConfig, LeftOut, Mount, Quota, Resolution, Written, apply, read_layers,
};
use rustix::fs::{CWD, FileType, Mode, OFlags, XattrFlags};
use tempfile::TempDir;

use super::{fill, path, short, tree};

/// Mounts the overlay, runs the script in it and keeps a copy of what it then shows.
const MOUNT: &str = r#"
mount -t overlay -o "userxattr,lowerdir=$TOP/host,upperdir=$TOP/upper,workdir=$TOP/work" \
    overlay "$TOP/merged" || exit 99
cd "$TOP/merged" || exit 98
eval "$SCRIPT"
code=$?
[ -z "$KEEP" ] || cp -a . "$TOP/shown" || exit 97
exit $code
"#;

/// A granted folder `host`, mounted at `/w`, and the folder `upper` over it.
pub(crate) struct Lab {
    dir: TempDir,
}

impl Lab {
    /// Host files as in [`fill`].
    pub(crate) fn new(host: &[(&str, &str)]) -> Self {
        // A memory file system, as a container's layers are on, where there is one.
        let memory = Path::new("/dev/shm");
        let dir = tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir());
        let lab = Self { dir: dir.expect("a temporary folder") };
        for name in ["host", "upper", "work", "merged"] {
            if name == "upper" {
                fill(&lab.at("host"), host);
            }
            fs::create_dir(lab.at(name)).expect("a folder");
        }
        lab
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.dir.path().canonicalize().expect("its path").join(name)
    }

    /// Runs a script over the folder, as a native program would be; what it says goes to the test.
    pub(crate) fn run(&self, script: &str) -> String {
        self.script(script, false)
    }

    /// The same; what the program saw in the end is kept as the folder `shown`.
    pub(crate) fn run_and_keep(&self, script: &str) -> String {
        self.script(script, true)
    }

    fn script(&self, script: &str, keep: bool) -> String {
        let out = inside(&self.at(""), script, keep);
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        let errors = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{:?}: {said}{errors}", out.status);
        said
    }

    pub(crate) fn mount(&self) -> Mount {
        Mount::folder(path("/w"), self.at("host"))
    }

    pub(crate) fn read(&self) -> Written {
        self.read_with(Quota::default(), Resolution::Auto)
    }

    pub(crate) fn read_with(&self, quota: Quota, resolution: Resolution) -> Written {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let upper = rustix::fs::open(self.at("upper"), flags, Mode::empty()).expect("the layer");
        let upper = File::from(upper);
        let layers = vec![Layer { mount: self.mount(), upper }];
        let config = LayersConfig { layers, quota, resolution, ..LayersConfig::default() };
        read_layers(config).expect("a changeset")
    }

    /// Reads, checks what is found, applies it, and checks what the host has then.
    #[track_caller]
    pub(crate) fn check(&self, changes: &[&str], left_out: &[&str], host: &[&str]) -> Written {
        let written = self.read();
        assert_eq!(short(&written.changes), changes);
        assert_eq!(said(&written.left_out), left_out);
        let walked = self.read_with(Quota::default(), Resolution::Walk);
        assert_eq!(walked.changes, written.changes, "by another way");
        let report = apply(&written.changes, |_| true);
        assert!(report.is_complete(), "{report:?}");
        assert_eq!(tree(&self.at("host")), host);
        written
    }

    /// Puts a file into the layer.
    pub(crate) fn upper(&self, name: &str, content: &str) {
        fill(&self.at("upper"), &[(name, content)]);
    }

    /// Puts the kernel's mark for something removed into the layer.
    pub(crate) fn whiteout(&self, name: &str) {
        let at = self.at("upper").join(name);
        fs::create_dir_all(at.parent().expect("a folder")).expect("a folder");
        rustix::fs::mknodat(CWD, &at, FileType::CharacterDevice, Mode::empty(), 0)
            .expect("a whiteout, which every user may make since Linux 5.8");
    }

    /// Sets an attribute in the layer.
    pub(crate) fn mark(&self, name: &str, attribute: &str, value: &[u8]) {
        set_attribute(&self.at("upper").join(name), attribute, value).expect("an attribute");
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // The kernel's own folder in `work` cannot be entered by an ordinary user, and a tree can be
        // deeper than the library's removal can follow.
        let top = self.at("");
        let _ = Command::new("chmod").arg("-R").arg("u+rwx").arg(top.join("work")).output();
        let _ = Command::new("rm").arg("-rf").arg(&top).output();
    }
}

pub(crate) fn set_attribute(at: &Path, name: &str, value: &[u8]) -> rustix::io::Result<()> {
    rustix::fs::setxattr(at, name, value, XattrFlags::empty())
}

/// What was left out, as `path: reason`.
pub(crate) fn said(left_out: &[LeftOut]) -> Vec<String> {
    left_out.iter().map(|one| format!("{}: {}", one.path, one.reason)).collect()
}

/// Whether this kernel lets this user mount an overlay. If not, the test says so and passes.
pub(crate) fn kernel() -> bool {
    static WHY_NOT: OnceLock<Option<String>> = OnceLock::new();
    let why_not = WHY_NOT.get_or_init(|| {
        let lab = Lab::new(&[]);
        let out = inside(&lab.at(""), "true", false);
        let errors = String::from_utf8_lossy(&out.stderr).trim().to_owned();
        (!out.status.success()).then(|| format!("{}: {errors}", out.status))
    });
    if let Some(why) = why_not {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        // Past the test harness, which shows nothing of a test that passes.
        let mut out = std::io::stderr();
        let line = format!("SKIPPED {test}: this user cannot mount an overlay here: {why}\n");
        out.write_all(line.as_bytes()).expect("standard error");
    }
    why_not.is_none()
}

fn inside(top: &Path, script: &str, keep: bool) -> Output {
    Command::new("unshare")
        .args(["-Urm", "sh", "-c", MOUNT])
        .env("TOP", top.as_os_str().to_string_lossy().trim_end_matches('/'))
        .env("SCRIPT", script)
        .env("KEEP", if keep { "1" } else { "" })
        .env("LC_ALL", "C")
        .output()
        .expect("util-linux has unshare")
}
