//! Places whose reading or writing can cost more than the task at hand is worth: keys, passwords,
//! other people's data, the machine's own controls. A pattern that reaches one is shown as a high
//! risk, and a policy that no person named cannot grant it.
//!
//! Paths are strings here: nothing is looked up, no link is followed. ASCII case is ignored, since
//! some file systems do. The table errs on the side of asking.

use std::sync::LazyLock;

use aether_path::{PathPattern, VirtualPath};

/// A sensitive place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// What it is, for people: "SSH keys".
    pub name: &'static str,
    anchor: Anchor,
    at: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Anchor {
    /// A file by its absolute path.
    File,
    /// A folder by its absolute path, and everything below.
    Root,
    /// A path below someone's home, and everything below; elsewhere, a folder chain of these names.
    Home,
    /// A file name anywhere, where a pattern asks for it by name.
    Name,
}

/// Every sensitive place.
pub const PLACES: &[Place] = &[
    file("the password hashes", "/etc/shadow"),
    file("the password hashes", "/etc/gshadow"),
    file("the rules for becoming root", "/etc/sudoers"),
    root("the rules for becoming root", "/etc/sudoers.d"),
    root("the machine's SSH keys", "/etc/ssh"),
    root("private TLS keys", "/etc/ssl/private"),
    root("system tasks", "/etc/cron.d"),
    root("root's home", "/root"),
    root("the processes of this machine", "/proc"),
    root("the kernel's controls", "/sys"),
    root("the devices of this machine", "/dev"),
    root("the boot files", "/boot"),
    root("sockets of running services", "/run"),
    root("sockets of running services", "/var/run"),
    root("account databases", "/private/var/db"),
    root("account databases", "/windows/system32/config"),
    home("SSH keys", ".ssh"),
    home("cloud credentials", ".aws"),
    home("cloud credentials", ".azure"),
    home("cloud credentials", ".config/gcloud"),
    home("cluster credentials", ".kube"),
    home("registry credentials", ".docker"),
    home("registry credentials", ".npmrc"),
    home("registry credentials", ".pypirc"),
    home("registry credentials", ".cargo/credentials.toml"),
    home("PGP keys", ".gnupg"),
    home("passwords", ".password-store"),
    home("passwords", ".netrc"),
    home("passwords", ".pgpass"),
    home("passwords", ".git-credentials"),
    home("passwords", ".local/share/keyrings"),
    home("Aether's own records, and the code that it runs plugins by", ".local/state/aether"),
    home("Aether's own records, and the code that it runs plugins by", "appdata/local/aether"),
    home("passwords", "library/keychains"),
    home("passwords", "appdata/roaming/microsoft/credentials"),
    home("passwords", "appdata/local/microsoft/credentials"),
    home("the keys of a person's secrets", "appdata/roaming/microsoft/protect"),
    home("a browser's profile", ".mozilla"),
    home("a browser's profile", ".config/google-chrome"),
    home("a browser's profile", ".config/chromium"),
    home("a browser's profile", ".config/bravesoftware"),
    home("a browser's profile", "library/application support/google/chrome"),
    home("a browser's profile", "library/application support/firefox"),
    home("a browser's profile", "library/safari"),
    home("a browser's profile", "appdata/local/google/chrome"),
    home("a browser's profile", "appdata/local/microsoft/edge"),
    home("a browser's profile", "appdata/roaming/mozilla"),
    home("the commands a person typed", ".bash_history"),
    home("the commands a person typed", ".zsh_history"),
    home("files run at login", ".bashrc"),
    home("files run at login", ".profile"),
    home("files run at login", ".zshrc"),
    home("files run at login", ".config/autostart"),
    home("files run at login", ".config/systemd"),
    home("files run at login", ".config/fish"),
    home("files run at login", ".bash_profile"),
    home("files run at login", ".bash_login"),
    home("files run at login", ".zprofile"),
    home("files run at login", ".zshenv"),
    home("programs run at login", "appdata/roaming/microsoft/windows/start menu/programs/startup"),
    home("files run at login", "documents/powershell"),
    home("files run at login", "documents/windowspowershell"),
    home("programs that a person starts", ".local/bin"),
    home("programs that a person starts", ".cargo/bin"),
    home("settings that start programs", ".gitconfig"),
    home("settings that start programs", ".config/git"),
    name("private keys", "*.pem"),
    name("private keys", "*.key"),
    name("private keys", "*.p12"),
    name("private keys", "*.pfx"),
    name("private keys", "id_rsa*"),
    name("private keys", "id_dsa*"),
    name("private keys", "id_ecdsa*"),
    name("private keys", "id_ed25519*"),
    name("password databases", "*.kdbx"),
    name("secrets of an application", ".env"),
    name("secrets of an application", ".env.*"),
];

/// The folders that hold people's homes, in lower case.
const HOME_FOLDERS: &[&str] = &["home", "users"];

/// The first sensitive place in which the pattern names something.
pub fn reached(pattern: &PathPattern) -> Option<&'static Place> {
    reached_outside(pattern, None)
}

/// The same for a pattern that is still text; none where it is no pattern.
pub fn reached_by(text: &str) -> Option<&'static Place> {
    reached(&PathPattern::parse(text).ok()?)
}

/// The same, without the places that `inside`, a folder which a person named, itself lies in.
pub(crate) fn reached_outside(
    pattern: &PathPattern,
    inside: Option<&VirtualPath>,
) -> Option<&'static Place> {
    let lower = PathPattern::parse(&of_any_drive(pattern.as_str())).ok()?;
    let inside = inside.and_then(|path| VirtualPath::parse(&of_any_drive(path.as_str())).ok());
    let homes = homes(&lower);
    let reached = |(place, read): &(&Place, &Read)| {
        let excused = inside.as_ref().is_some_and(|inside| place.holds(inside));
        !excused && place.is_reached(read, &lower, &homes)
    };
    PLACES.iter().zip(&*READ).find(reached).map(|(place, _)| place)
}

/// A name in lower case, without the drive of Windows that it may begin with: these places may be on any.
fn of_any_drive(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let rest = match lower.as_bytes() {
        [b'/', b'a'..=b'z', b':'] => "/",
        [b'/', b'a'..=b'z', b':', b'/', ..] => &lower[3..],
        _ => &lower,
    };
    rest.to_owned()
}

/// A place as it is looked for.
enum Read {
    Path(VirtualPath),
    Pattern(PathPattern),
    /// Below homes, which depend on who asks; or a mistake in the table.
    Text,
}

/// Every place, read once: it is asked for each refusal.
static READ: LazyLock<Vec<Read>> = LazyLock::new(|| {
    let read = |place: &Place| match place.anchor {
        Anchor::File | Anchor::Root => VirtualPath::parse(place.at).ok().map(Read::Path),
        Anchor::Name => PathPattern::parse(&format!("/**/{}", place.at)).ok().map(Read::Pattern),
        Anchor::Home => None,
    };
    PLACES.iter().map(|place| read(place).unwrap_or(Read::Text)).collect()
});

/// Whether a write at `path`, and below it, enters a sensitive place that `named` does not lie in.
/// Who names a folder above such a place does not think of it; who names the place itself, or
/// something in it, does. Places that `inside`, a folder which a person named, itself lies in do not
/// count.
pub(crate) fn is_unnamed(
    path: &VirtualPath,
    named: Option<&VirtualPath>,
    inside: Option<&VirtualPath>,
) -> bool {
    // Lower case keeps a path in normal form.
    let lower = |path: &VirtualPath| VirtualPath::parse(&of_any_drive(path.as_str())).ok();
    let Some(path) = lower(path) else { return true };
    let (named, inside) = (named.and_then(lower), inside.and_then(lower));
    PLACES.iter().any(|place| {
        let is_named = named.as_ref().is_some_and(|named| place.contains(named));
        let excused = inside.as_ref().is_some_and(|inside| place.holds(inside));
        !is_named && !excused && (place.contains(&path) || place.lies_below(&path))
    })
}

/// Parts of the names under which programs keep secrets in their environment.
const SECRET_WORDS: &[&str] = &[
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "CREDENTIAL",
    "APIKEY",
    "API_KEY",
    "PRIVATE_KEY",
    "ACCESS_KEY",
    "AUTH_SOCK",
];

/// Whether a variable of this name probably holds a secret.
pub fn is_secret_name(variable: &str) -> bool {
    let upper = variable.to_ascii_uppercase();
    SECRET_WORDS.iter().any(|word| upper.contains(word))
}

impl Place {
    fn is_reached(&self, read: &Read, pattern: &PathPattern, homes: &[VirtualPath]) -> bool {
        match (self.anchor, read) {
            (Anchor::File, Read::Path(place)) => pattern.matches(place),
            (Anchor::Root, Read::Path(place)) => reaches(pattern, place),
            (Anchor::Home, _) => {
                let at_home = |home: &VirtualPath| {
                    home.join(self.at).is_ok_and(|place| reaches(pattern, &place))
                };
                homes.iter().any(at_home) || has_chain(&pattern.root(), self.at)
            }
            (Anchor::Name, Read::Pattern(named)) => named.covers(pattern),
            _ => false,
        }
    }

    /// Whether the path is the place or lies in it.
    fn contains(&self, path: &VirtualPath) -> bool {
        match self.anchor {
            Anchor::File => VirtualPath::parse(self.at).is_ok_and(|place| path.starts_with(&place)),
            Anchor::Name => PathPattern::parse(&format!("/**/{}/", self.at))
                .is_ok_and(|named| named.matches(path)),
            Anchor::Root | Anchor::Home => self.holds(path),
        }
    }

    /// Whether the place lies in the folder. Of names anywhere that cannot be said.
    fn lies_below(&self, path: &VirtualPath) -> bool {
        match self.anchor {
            Anchor::File | Anchor::Root => {
                VirtualPath::parse(self.at).is_ok_and(|place| place.starts_with(path))
            }
            Anchor::Home => {
                let user = path.components().nth(1).unwrap_or("user");
                let homes = typical_homes(user).filter_map(|home| VirtualPath::parse(&home).ok());
                homes
                    .filter_map(|home| home.join(self.at).ok())
                    .any(|place| place.starts_with(path))
            }
            Anchor::Name => false,
        }
    }

    fn holds(&self, path: &VirtualPath) -> bool {
        match self.anchor {
            Anchor::Root => VirtualPath::parse(self.at).is_ok_and(|place| path.starts_with(&place)),
            Anchor::Home => has_chain(path, self.at),
            Anchor::File | Anchor::Name => false,
        }
    }
}

/// Whether the pattern names the path or anything below it.
fn reaches(pattern: &PathPattern, path: &VirtualPath) -> bool {
    pattern.matches(path) || pattern.leads_to(path)
}

/// Whether the path has these names in a row.
fn has_chain(path: &VirtualPath, chain: &str) -> bool {
    format!("{}/", path.as_str()).contains(&format!("/{chain}/"))
}

/// Homes that stand for all those the pattern could reach.
fn homes(pattern: &PathPattern) -> Vec<VirtualPath> {
    // A name that the second component's wildcards match; without one, any.
    let typed = pattern.as_str().strip_prefix('/').and_then(|rest| rest.split('/').nth(1));
    let sample = match typed {
        None | Some("" | "**") => "user".to_owned(),
        Some(name) => name.replace(['*', '?'], "x"),
    };
    typical_homes(&sample).filter_map(|home| VirtualPath::parse(&home).ok()).collect()
}

fn typical_homes(user: &str) -> impl Iterator<Item = String> {
    let homes = HOME_FOLDERS.iter().map(move |folder| format!("/{folder}/{user}"));
    homes.chain(["/root".to_owned()])
}

const fn file(name: &'static str, at: &'static str) -> Place {
    Place { name, anchor: Anchor::File, at }
}

const fn root(name: &'static str, at: &'static str) -> Place {
    Place { name, anchor: Anchor::Root, at }
}

const fn home(name: &'static str, at: &'static str) -> Place {
    Place { name, anchor: Anchor::Home, at }
}

const fn name(name: &'static str, at: &'static str) -> Place {
    Place { name, anchor: Anchor::Name, at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_reach_a_sensitive_place_are_found() {
        let check = |pattern: &str, expect: Option<&str>| {
            let place = reached(&PathPattern::parse(pattern).unwrap());
            assert_eq!(place.map(|place| place.at), expect, "{pattern}");
        };
        check("/etc/shadow", Some("/etc/shadow"));
        check("/etc/shad*", Some("/etc/shadow"));
        check("/etc/**", Some("/etc/shadow"));
        check("/**", Some("/etc/shadow"));
        check("/", Some("/etc/shadow"));
        check("/e*/sha*w", Some("/etc/shadow"));
        check("/proc/self/environ", Some("/proc"));
        check("/root/notes/", Some("/root"));
        check("/home/", Some(".ssh"));
        check("/home/alice/", Some(".ssh"));
        check("/home/alice/.ssh/id_ed25519", Some(".ssh"));
        check("/home/al*/.ssh/config", Some(".ssh"));
        check("/home/*/.aws/credentials", Some(".aws"));
        check("/HOME/alice/.AWS/", Some(".aws"));
        check("/Users/alice/Library/Keychains/**", Some("library/keychains"));
        check("/backup/alice/.gnupg/**", Some(".gnupg"));
        check("/C:/Users/Alice/.ssh/**", Some(".ssh"));
        check("/D:/Windows/System32/**", Some("/windows/system32/config"));
        check("/D:/**", Some("/etc/shadow"));
        check("/D:", Some("/etc/shadow"));
        check("/c:/users/a/AppData/Local/aether/x", Some("appdata/local/aether"));
        check("/D:/logs/**", None);
        check("/Dx:/etc/shadow", None);
        check("/**/.kube/config", Some("/etc/sudoers.d"));
        check("./certs/*.pem", Some("*.pem"));
        check("./.env", Some(".env"));
        check("/home/alice/projects/", None);
        check("/home/*/projects/**", None);
        check("/var/log/**", None);
        check("./out/", None);
        check("./**", None);
        check("/etc/hostname", None);
        check("/etc/*.conf", None);
        check("/opt/rooted/", None);
    }

    #[test]
    fn a_folder_that_a_person_named_excuses_the_places_it_lies_in() {
        let pattern = PathPattern::parse("/root/project/**").unwrap();
        let inside = VirtualPath::parse("/root/project").unwrap();
        assert_eq!(reached_outside(&pattern, Some(&inside)), None);
        let keys = PathPattern::parse("/root/**").unwrap();
        let home = VirtualPath::parse("/root").unwrap();
        assert_eq!(reached_outside(&keys, Some(&home)).map(|place| place.at), Some(".ssh"));
    }

    #[test]
    fn the_table_is_in_lower_case_and_can_be_parsed() {
        for place in PLACES {
            assert_eq!(place.at, place.at.to_ascii_lowercase());
            match place.anchor {
                Anchor::File | Anchor::Root => {
                    assert!(VirtualPath::parse(place.at).is_ok(), "{}", place.at)
                }
                Anchor::Home => assert!(VirtualPath::root().join(place.at).is_ok(), "{}", place.at),
                Anchor::Name => assert!(
                    PathPattern::parse(&format!("/**/{}", place.at)).is_ok(),
                    "{}",
                    place.at
                ),
            }
        }
    }
}
