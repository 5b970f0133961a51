//! Why a protection is missing here, and how to mend it.

use aether::{PostureLine, Protection, State};
use serde_json::{Value, json};

use super::machine::Machine;

/// What the details of limits say where no control group holds them.
const NO_GROUP: &str = "no cgroup: ";

/// What a probe says of what it did not come to.
const NOT_TRIED: &str = "not tried";

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// They are not enforced.
    Missing,
    /// They are, by the host, where the kernel could do it better.
    Weaker,
}

/// One reason, and everything that is missing for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Advice {
    pub(super) protections: Vec<Protection>,
    pub(super) cause: Cause,
    /// A sentence without its full stop.
    pub(super) why: String,
    /// Lines to type or to read.
    pub(super) mend: Vec<String>,
}

impl Advice {
    pub(super) fn to_json(&self) -> Value {
        let names: Vec<&str> = self.protections.iter().map(|one| one.name()).collect();
        json!({ "protections": names, "why": self.why, "mend": self.mend })
    }
}

/// What can be said of the lines that are not as they could be.
pub(super) fn of<'a>(
    lines: impl Iterator<Item = &'a PostureLine>,
    machine: &Machine,
) -> Vec<Advice> {
    // By what they have in common; the first line of each tells.
    let mut all: Vec<(Kind, Advice)> = Vec::new();
    for line in lines {
        let Some(kind) = kind_of(line) else { continue };
        match all.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, known)) if known.protections.contains(&line.protection) => {}
            Some((_, known)) => known.protections.push(line.protection),
            None => {
                let (why, mend) = reason(kind, line, machine);
                let cause = if kind == Kind::Groups { Cause::Weaker } else { Cause::Missing };
                let protections = vec![line.protection];
                all.push((kind, Advice { protections, cause, why, mend }));
            }
        }
    }
    for (_, advice) in &mut all {
        advice.protections.sort_unstable();
    }
    all.into_iter().map(|(_, advice)| advice).collect()
}

/// What is missing for the same reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Namespaces,
    Layers,
    Landlock,
    Groups,
    /// Nothing else with it.
    Alone(Protection),
}

fn kind_of(line: &PostureLine) -> Option<Kind> {
    if line.state == State::Enforced {
        return line.detail.contains(NO_GROUP).then_some(Kind::Groups);
    }
    if line.detail.starts_with(NOT_TRIED) {
        return None;
    }
    Some(match line.protection {
        Protection::Writes => Kind::Layers,
        Protection::Landlock => Kind::Landlock,
        one if one == Protection::Userns || one.follows() == Some(Protection::Userns) => {
            Kind::Namespaces
        }
        other => Kind::Alone(other),
    })
}

/// A reason, and how to mend it.
type Reason = (String, Vec<String>);

fn reason(kind: Kind, line: &PostureLine, machine: &Machine) -> Reason {
    let detail = &line.detail;
    match kind {
        Kind::Namespaces => namespaces(detail, machine),
        Kind::Layers => layers(detail, machine),
        Kind::Landlock => landlock(detail, machine),
        Kind::Groups => groups(machine),
        Kind::Alone(one) => (format!("the kernel said of `{one}`: {detail}"), Vec::new()),
    }
}

/// A path as a profile names it: in quotes where a space would end it, and with the signs escaped
/// that make patterns there. apparmor.d(5).
fn apparmor_path(path: &str) -> String {
    const SIGNS: &[char] = &['\\', '"', '*', '?', '[', ']', '{', '}'];
    let mut escaped = String::new();
    for letter in path.chars() {
        if SIGNS.contains(&letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+".contains(letter);
    if path.chars().all(plain) { escaped } else { format!("\"{escaped}\"") }
}

fn namespaces(detail: &str, machine: &Machine) -> Reason {
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
    if machine.user_namespaces == Some(0) {
        return (
            "user namespaces are switched off: user.max_user_namespaces is 0".to_owned(),
            lines(&["sudo sysctl -w user.max_user_namespaces=15000"]),
        );
    }
    if machine.clone_switch == Some(0) {
        return (
            "user namespaces are for root alone: kernel.unprivileged_userns_clone is 0".to_owned(),
            lines(&["sudo sysctl -w kernel.unprivileged_userns_clone=1"]),
        );
    }
    if machine.apparmor == Some(1) {
        return (
            "AppArmor lets only named programs use user namespaces: \
             kernel.apparmor_restrict_unprivileged_userns is 1"
                .to_owned(),
            vec![
                format!(
                    "put this into /etc/apparmor.d/aether:  abi <abi/4.0>, profile aether {} flags=(unconfined) {{ userns, }}",
                    apparmor_path(&machine.program)
                ),
                "sudo apparmor_parser -r /etc/apparmor.d/aether".to_owned(),
            ],
        );
    }
    if machine.is_filtered {
        return (
            format!("the filter of system calls around this program refuses them ({detail})"),
            lines(&[
                "in a container, run it with a seccomp profile that allows clone, unshare, mount,",
                "fsopen, move_mount and pivot_root, such as: --security-opt seccomp=unconfined",
            ]),
        );
    }
    (format!("the kernel refused namespaces: {detail}"), Vec::new())
}

fn layers(detail: &str, machine: &Machine) -> Reason {
    match machine.kernel {
        Some(kernel) if kernel < (5, 11) => (
            format!(
                "overlayfs in user namespaces came with Linux 5.11, this is {}.{}",
                kernel.0, kernel.1
            ),
            vec!["use a newer kernel, or run as root".to_owned()],
        ),
        _ if machine.overlayfs == Some(false) => (
            "the kernel has no overlayfs, or has not loaded it".to_owned(),
            vec!["sudo modprobe overlay".to_owned()],
        ),
        _ => (format!("the kernel refused to lay over a folder: {detail}"), Vec::new()),
    }
}

fn landlock(detail: &str, machine: &Machine) -> Reason {
    match (machine.kernel, &machine.modules) {
        (Some(kernel), _) if kernel < (5, 13) => (
            format!("Landlock came with Linux 5.13, this is {}.{}", kernel.0, kernel.1),
            vec!["use a newer kernel".to_owned()],
        ),
        (_, Some(modules)) if !modules.iter().any(|name| name == "landlock") => (
            "Landlock is not among the active security modules".to_owned(),
            vec![format!("start the kernel with lsm=landlock,{}", modules.join(","))],
        ),
        _ => (format!("the kernel refused Landlock: {detail}"), Vec::new()),
    }
}

fn groups(machine: &Machine) -> Reason {
    let name = machine.program.rsplit('/').next().unwrap_or("aether");
    (
        "no control group was handed to this user, so that the host counts for itself".to_owned(),
        vec![format!("systemd-run --user --scope -p Delegate=yes -- {name} …")],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(protection: Protection, state: State, detail: &str) -> PostureLine {
        PostureLine { protection, state, detail: detail.to_owned() }
    }

    #[track_caller]
    fn check(lines: &[PostureLine], machine: &Machine, expect: &[(&[Protection], &str, &str)]) {
        let found = of(lines.iter(), machine);
        assert_eq!(found.len(), expect.len(), "{found:#?}");
        for (found, (protections, why, mend)) in found.iter().zip(expect) {
            assert_eq!(found.protections, *protections);
            assert!(found.why.contains(why), "{why:?} in {found:#?}");
            assert!(found.mend.join("\n").contains(mend), "{mend:?} in {found:#?}");
        }
    }

    use Protection::{
        EmptyRoot, Init, Landlock, Memory, Netns, Root, Seccomp, Userns, Utsns, Writes,
    };

    const REFUSED: State = State::Refused;
    const MISSING: State = State::Degraded;

    #[test]
    fn namespaces_are_missing_for_one_reason() {
        let lines = [
            line(Userns, MISSING, "the kernel refused new namespaces: No space left"),
            line(EmptyRoot, MISSING, "user namespaces are not available"),
            line(Netns, MISSING, "user namespaces are not available"),
            line(Root, REFUSED, "not tried without `userns`"),
        ];
        let lost: &[Protection] = &[Userns, EmptyRoot, Netns];
        let with = |change: fn(&mut Machine)| {
            let mut machine = Machine { program: "/opt/aether".to_owned(), ..Machine::default() };
            change(&mut machine);
            machine
        };
        let off = with(|machine| machine.user_namespaces = Some(0));
        check(&lines, &off, &[(lost, "max_user_namespaces is 0", "max_user_namespaces=15000")]);
        let debian = with(|machine| machine.clone_switch = Some(0));
        check(&lines, &debian, &[(lost, "root alone", "unprivileged_userns_clone=1")]);
        let ubuntu = with(|machine| machine.apparmor = Some(1));
        check(&lines, &ubuntu, &[(lost, "AppArmor", "profile aether /opt/aether flags")]);
        let spaced = with(|machine| {
            machine.apparmor = Some(1);
            machine.program = "/opt/my {app}/aether".to_owned();
        });
        let quoted = "profile aether \"/opt/my \\{app\\}/aether\" flags";
        check(&lines, &spaced, &[(lost, "AppArmor", quoted)]);
        // It is there and switched off: something else is the reason.
        let other = with(|machine| {
            machine.apparmor = Some(0);
            machine.is_filtered = true;
        });
        let refused = [line(Utsns, REFUSED, "Operation not permitted")];
        check(&refused, &other, &[(&[Utsns], "filter of system calls", "seccomp=unconfined")]);
    }

    #[test]
    fn each_other_protection_has_its_own_reason() {
        let machine = |kernel| Machine { kernel: Some(kernel), ..Machine::default() };
        let writes = [line(Writes, REFUSED, "laying over /x: Operation not permitted")];
        check(&writes, &machine((5, 10)), &[(&[Writes], "came with Linux 5.11", "newer")]);
        let unloaded = Machine { overlayfs: Some(false), ..machine((6, 1)) };
        check(&writes, &unloaded, &[(&[Writes], "no overlayfs", "modprobe overlay")]);
        check(&writes, &machine((6, 1)), &[(&[Writes], "laying over /x", "")]);

        let landlock = [line(Landlock, MISSING, "the kernel has no Landlock")];
        check(&landlock, &machine((5, 4)), &[(&[Landlock], "came with Linux 5.13", "newer")]);
        let modules = Some(vec!["capability".to_owned(), "apparmor".to_owned()]);
        let inactive = Machine { modules, ..machine((6, 8)) };
        check(&landlock, &inactive, &[(&[Landlock], "active", "lsm=landlock,capability,apparmor")]);

        let seccomp = [line(Seccomp, MISSING, "Invalid argument")];
        check(&seccomp, &machine((6, 8)), &[(&[Seccomp], "`seccomp`: Invalid argument", "")]);
        let memory = [line(Memory, State::Enforced, "64 MB …; no cgroup: not delegated")];
        check(&memory, &machine((6, 8)), &[(&[Memory], "control group", "systemd-run --user")]);
        check(&[line(Init, State::Enforced, "reaps")], &machine((6, 8)), &[]);
    }
}
