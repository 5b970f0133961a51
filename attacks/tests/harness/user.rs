//! The same attacks on the cells of a host that is an ordinary user.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use aether_attacks::Attack;

use super::find;
use super::judge::{Outside, Verdict, bounded, judge};

/// A user and group without name, file or right on any machine.
const NOBODY: u32 = 12345;

/// The variable by which a helper knows that it is an ordinary host, and its attack.
const HOST: &str = "AETHER_ATTACKS_ORDINARY_HOST";

/// A copy of this program where every user may execute it. Removed when dropped.
#[derive(Debug)]
pub(super) struct Copy(PathBuf);

impl Copy {
    pub(super) fn new() -> std::io::Result<Self> {
        let folder = std::env::temp_dir().join(format!("aether-attacks-{}", std::process::id()));
        std::fs::create_dir(&folder)?;
        let copy = Self(folder);
        let everyone = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&copy.0, everyone.clone())?;
        std::fs::copy(std::env::current_exe()?, copy.program())?;
        std::fs::set_permissions(copy.program(), everyone)?;
        Ok(copy)
    }

    fn program(&self) -> PathBuf {
        self.0.join("engine")
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{} is left: {error}", self.0.display());
        }
    }
}

/// Judges an attack in a helper process without privilege.
pub(super) fn judge_as_user(attack: &Attack, copy: &Copy) -> Result<Verdict, String> {
    // Setting a user from root also clears the groups.
    let mut helper = Command::new(copy.program());
    helper.env(HOST, attack.name).current_dir(Path::new("/")).uid(NOBODY).gid(NOBODY);
    let said = bounded(&mut helper)?;
    // A hole stands on a line of its own behind the verdict.
    let (line, hole) = match said.split_once("\nhole ") {
        Some((line, hole)) => (line, Some(hole.to_owned())),
        None => (said.as_str(), None),
    };
    let outside = match line.split_once(' ') {
        Some(("bit", won)) => Outside::Bit(won.to_owned()),
        Some(("not-applicable", why)) => Outside::NotApplicable(why.to_owned()),
        Some(("failed", why)) => return Err(why.to_owned()),
        _ => return Err(format!("the helper is not alive: {said:?}")),
    };
    Ok(Verdict { outside, hole })
}

/// The attack that this process is to judge as an ordinary host.
pub(super) fn ordinary_host() -> Option<String> {
    std::env::var(HOST).ok()
}

/// Judges one attack and says the verdict on standard output.
pub(super) fn be_an_ordinary_host(attack: &str) -> ! {
    assert_eq!(rustix::process::geteuid().as_raw(), NOBODY, "started as an ordinary user");
    let verdict = judge(find(attack).expect("a known attack"));
    let mut said = match &verdict {
        Ok(Verdict { outside: Outside::Bit(won), .. }) => format!("bit {won}"),
        Ok(Verdict { outside: Outside::NotApplicable(why), .. }) => format!("not-applicable {why}"),
        Err(why) => format!("failed {why}"),
    };
    if let Ok(Verdict { hole: Some(why), .. }) = verdict {
        said += &format!("\nhole {why}");
    }
    print!("{said}");
    std::io::stdout().flush().expect("standard output");
    std::process::exit(0)
}
