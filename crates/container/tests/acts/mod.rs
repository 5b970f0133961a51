//! What is tried in cells, and how each try ends.

mod calls;
mod files;
mod others;

pub(crate) use others::{WAY_IN, WAY_OUT};

use std::path::PathBuf;
use std::process::Command;

use rustix::io::Errno;

/// What this program is called where it acts.
pub(crate) const ACT: &str = "act";

/// Who acts. The confinement is that of the program, so that each ends the same.
pub(crate) const WAYS: [&str; 3] = ["first", "thread", "child"];

/// One try.
pub(crate) struct Act {
    pub(crate) name: &'static str,
    pub(crate) does: fn(&Places) -> Result<(), Errno>,
    /// How it ends, with namespaces and without; several words where kernels differ.
    pub(crate) expect: (&'static str, &'static str),
}

pub(crate) const GROUPS: &[(&str, &[Act])] = &[
    ("files", files::FILES),
    ("moving", files::MOVING),
    ("descriptors", files::DESCRIPTORS),
    ("programs", files::PROGRAMS),
    ("devices", files::DEVICES),
    ("mounts", calls::MOUNTS),
    ("sockets", others::SOCKETS),
    ("ports", others::PORTS),
    ("signals", others::SIGNALS),
    ("filters", calls::FILTERS),
    ("layers", calls::LAYERS),
];

const fn act(
    name: &'static str,
    does: fn(&Places) -> Result<(), Errno>,
    with: &'static str,
    without: &'static str,
) -> Act {
    Act { name, does, expect: (with, without) }
}

/// What a program was granted, and what not.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    pub(crate) read: PathBuf,
    /// Granted to be written to; where nothing can be, the cell's own folder.
    pub(crate) write: Option<PathBuf>,
    /// The same, another one.
    pub(crate) other: Option<PathBuf>,
    pub(crate) run: PathBuf,
    pub(crate) outside: PathBuf,
    /// A process outside.
    pub(crate) victim: u32,
    /// The init of the cell, once it runs.
    pub(crate) init: Option<i32>,
}

impl Places {
    pub(crate) fn words(&self) -> Vec<String> {
        let word = |path: &PathBuf| path.to_str().expect("text").to_owned();
        let maybe = |path: &Option<PathBuf>| path.as_ref().map_or_else(String::new, word);
        vec![
            word(&self.read),
            maybe(&self.write),
            maybe(&self.other),
            word(&self.run),
            word(&self.outside),
            self.victim.to_string(),
        ]
    }

    fn of_words(words: &[String]) -> Self {
        let maybe = |word: &String| (!word.is_empty()).then(|| PathBuf::from(word));
        Self {
            read: words[0].clone().into(),
            write: maybe(&words[1]),
            other: maybe(&words[2]),
            run: words[3].clone().into(),
            outside: words[4].clone().into(),
            victim: words[5].parse().expect("a number"),
            init: words.get(6).map(|word| word.parse().expect("a number")),
        }
    }

    /// A file of the granted folder.
    fn granted(&self) -> PathBuf {
        self.read.join("f")
    }

    fn init(&self) -> rustix::process::Pid {
        self.init.and_then(rustix::process::Pid::from_raw).expect("who made this process")
    }

    /// A new folder where the program may write, with `f` in it.
    fn fresh(&self, name: &str) -> PathBuf {
        let at = match &self.write {
            Some(path) => path.clone(),
            None => std::env::current_dir().expect("its own folder"),
        };
        let number = rustix::thread::gettid().as_raw_nonzero();
        let folder = at.join(format!("{name}-{number}"));
        std::fs::create_dir(&folder).expect("a folder of its own");
        std::fs::write(folder.join("f"), "its own").expect("a file of its own");
        folder
    }
}

/// Plays a group of acts, in each way. A child of this is told the number of the init.
pub(crate) fn play(words: &[String]) {
    let (_, acts) = GROUPS.iter().find(|(name, _)| *name == words[0]).expect("a group");
    let mut places = Places::of_words(&words[1..]);
    let is_child = places.init.is_some();
    places.init.get_or_insert(std::os::unix::process::parent_id().cast_signed());
    let all = |way: &str| {
        for Act { name, does, .. } in *acts {
            let end = does(&places).map_or_else(word, |()| "ok".to_owned());
            println!("{way}: {name}: {end}");
        }
    };
    if is_child {
        return all("child");
    }
    all("first");
    std::thread::scope(|scope| drop(scope.spawn(|| all("thread")).join()));
    let mut child = Command::new(std::env::current_exe().expect("this program"));
    std::os::unix::process::CommandExt::arg0(&mut child, ACT);
    let status = child
        .args(words)
        .arg(places.init().as_raw_nonzero().to_string())
        .status()
        .expect("a child");
    assert!(status.success(), "{status}");
}

/// An error by its name.
fn word(error: Errno) -> String {
    let named = [
        (libc::EPERM, "EPERM"),
        (libc::EACCES, "EACCES"),
        (libc::EROFS, "EROFS"),
        (libc::EXDEV, "EXDEV"),
        (libc::ENOENT, "ENOENT"),
        (libc::ENOSYS, "ENOSYS"),
        (libc::EINVAL, "EINVAL"),
        (libc::ENOTTY, "ENOTTY"),
        (libc::ESRCH, "ESRCH"),
        (libc::EAFNOSUPPORT, "EAFNOSUPPORT"),
        (libc::EPROTONOSUPPORT, "EPROTONOSUPPORT"),
        (libc::ECONNREFUSED, "ECONNREFUSED"),
        (libc::EBUSY, "EBUSY"),
        (libc::E2BIG, "E2BIG"),
    ];
    let number = error.raw_os_error();
    let found = named.iter().find(|(known, _)| *known == number);
    found.map_or_else(|| number.to_string(), |(_, name)| (*name).to_owned())
}

/// What an error of the standard library is.
fn errno(error: std::io::Error) -> Errno {
    Errno::from_io_error(&error).unwrap_or(Errno::IO)
}

/// A system call by its number.
fn call(number: libc::c_long, arguments: &[usize]) -> Result<usize, Errno> {
    let at = |index: usize| arguments.get(index).copied().unwrap_or(0);
    // SAFETY: every caller passes integers, and addresses of what outlives the call and is as large
    // as the call may read or write.
    let result = unsafe { libc::syscall(number, at(0), at(1), at(2), at(3), at(4), at(5)) };
    match usize::try_from(result) {
        Ok(value) => Ok(value),
        Err(_) => Err(errno(std::io::Error::last_os_error())),
    }
}

/// Does something in a thread, whose confinement goes with it.
fn in_a_thread<T: Send>(does: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(does).join().expect("it ends"))
}
