//! The token that a cell is made with: its host's own, with less.
//!
//! In a container it is the base of the container's token, and keeps nothing that a group of the host's may
//! do. Chromium makes processes of containers so, by `CreateProcessAsUserW` of a token that was stripped first
//! (`sandbox/win/src/target_process.cc`). No system at hand could show it: it counts only once the process
//! says so, and where it is refused the token is what is lacking.
//!
//! Without a container it stands in for one, as well as it can: whatever it opens has to be granted a second
//! time, to a restricting identifier, and those of its user are none. Files of the user's are so out of reach,
//! and whatever every user of the machine may read is not. The network it keeps from nobody: sockets are
//! not asked for.

use std::io;
use std::os::windows::io::{AsHandle as _, BorrowedHandle, OwnedHandle};

use super::calls::{Calls, DENIES_ONLY, Host, IS_LOGON, TokenFacts};
use super::sid::Sid;

/// The integrity of a container, and of what is as low: it writes to nothing that does not say so.
/// `SECURITY_MANDATORY_LOW_RID`.
pub(super) const LOW: u32 = 0x1000;

/// Privileges that every token has: to be told of changes while it walks through folders.
const PRIVILEGES: u32 = 1;

/// What stands in for a container, if there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Restriction {
    /// There is one.
    None,
    /// Restricting identifiers, for an engine of ours.
    Engine,
    /// The same, for a program of somebody else's.
    Native,
}

/// A token that has less than its host's, and what it was asked to have.
#[derive(Debug)]
pub(super) struct Stripped {
    handle: OwnedHandle,
    /// Groups of the host's that count no more for what they are granted.
    deny_only: Vec<Sid>,
    restricting: Vec<Sid>,
    /// Who may open what is made under it: first its user.
    default_access: Vec<Sid>,
}

impl Stripped {
    /// # Errors
    /// The system's; and where the host is the system itself, whose rights are no group's.
    pub(super) fn new(calls: &dyn Calls, restriction: Restriction) -> io::Result<Self> {
        let host = calls.host()?;
        if host.user == Sid::system() {
            let why = "the host is the system itself, whose rights are no group's";
            return Err(io::Error::new(io::ErrorKind::Unsupported, why));
        }
        let deny_only = deny_only(&host);
        let mut restricting = restricting(&host, restriction);
        let mut default_access = vec![host.user, Sid::system()];
        if restriction != Restriction::None {
            // What it makes it can open again, and no other cell can.
            let own = Sid::unique(calls.random()?);
            restricting.push(own.clone());
            default_access.push(own);
        }
        let handle = calls.restricted_token(&deny_only, &restricting)?;
        calls.set_default_access(handle.as_handle(), &default_access)?;
        calls.set_integrity(handle.as_handle(), LOW)?;
        Ok(Self { handle, deny_only, restricting, default_access })
    }

    pub(super) fn handle(&self) -> BorrowedHandle<'_> {
        self.handle.as_handle()
    }

    /// What a process's token does not say that was asked for, if there is any: nothing that was asked for
    /// counts. A container adds itself to those who may open what it makes.
    pub(super) fn missing(&self, found: &TokenFacts, container: Option<&Sid>) -> Option<String> {
        let stranger = |sid: &&Sid| !self.default_access.contains(sid) && container != Some(*sid);
        if found.user.as_ref() != self.default_access.first() {
            return Some("the token is another user's, or does not say whose".to_owned());
        }
        if found.privileges > PRIVILEGES {
            return Some(format!("the token says {} privileges", found.privileges));
        }
        if found.integrity > LOW {
            return Some(format!("the token says an integrity of {:#x}", found.integrity));
        }
        if let Some(group) = found.groups.iter().find(|group| self.deny_only.contains(group)) {
            return Some(format!("the token says that the group {group} counts"));
        }
        // What restricts a container is its own.
        if container.is_none() {
            match &found.restricting {
                None => return Some("the token does not say what restricts it".to_owned()),
                Some(found) if is_same(found, &self.restricting) => {}
                Some(found) => return Some(format!("the token says that {found:?} restrict it")),
            }
        }
        if let Some(sid) = found.default_access.iter().find(stranger) {
            return Some(format!("the token says that {sid} may open what it makes"));
        }
        None
    }
}

fn is_same(some: &[Sid], others: &[Sid]) -> bool {
    some.len() == others.len() && some.iter().all(|one| others.contains(one))
}

/// Every group but those which programs need to start: administrators, and whatever a company's folders
/// are shared by. Chromium's `USER_LIMITED` keeps the same three; the session's own it keeps too.
fn deny_only(host: &Host) -> Vec<Sid> {
    let kept = [Sid::users(), Sid::everyone(), Sid::interactive()];
    let groups = host.groups.iter().filter(|group| {
        let goes = !kept.contains(&group.sid) && group.attributes & IS_LOGON != IS_LOGON;
        goes && group.attributes & DENIES_ONLY == 0
    });
    groups.map(|group| group.sid.clone()).collect()
}

/// What has to be granted something too. These are of Chromium's `USER_LIMITED`
/// (`sandbox/win/src/restricted_token_utils.cc`); neither the user nor a group of theirs is among them.
fn restricting(host: &Host, restriction: Restriction) -> Vec<Sid> {
    if restriction == Restriction::None {
        return Vec::new();
    }
    let mut restricting = vec![
        // What the system grants to restricted code.
        Sid::restricted(),
        // Libraries of the system, which its folder grants to users.
        Sid::users(),
        // Devices and ports of the system, such as the one for random numbers. Of what everyone may
        // write to, low integrity keeps it.
        Sid::everyone(),
    ];
    if restriction == Restriction::Native {
        // The window station, and named objects of the session, which libraries of programs want. An
        // engine of ours has neither windows nor names.
        let sessions = host.groups.iter().filter(|group| group.attributes & IS_LOGON == IS_LOGON);
        restricting.extend(sessions.map(|group| group.sid.clone()));
    }
    restricting
}

#[cfg(test)]
mod tests {
    use super::super::recorded::{Recorded, logon, random, user};
    use super::*;

    #[test]
    fn in_a_container_it_is_stripped_and_no_more() {
        let calls = Recorded::honest();
        Stripped::new(&calls, Restriction::None).unwrap();
        assert_eq!(
            calls.said(),
            [
                "host",
                // Administrators and a folder's group; not users, everyone and whoever sits there, nor
                // what counts no more already.
                "restricted_token deny_only=[S-1-5-32-544, S-1-5-21-1-2-3-2000] restricting=[]",
                "set_default_access [S-1-5-21-1-2-3-1000, S-1-5-18]",
                "set_integrity 0x1000",
            ]
        );
    }

    #[test]
    fn without_a_container_it_is_restricted_to_what_all_may_and_what_is_its_own() {
        let calls = Recorded::honest();
        let engine = Stripped::new(&calls, Restriction::Engine).unwrap();
        let own = random();
        let denied = "deny_only=[S-1-5-32-544, S-1-5-21-1-2-3-2000]";
        assert_eq!(
            calls.said(),
            [
                "host".to_owned(),
                "random".to_owned(),
                format!(
                    "restricted_token {denied} restricting=[S-1-5-12, S-1-5-32-545, S-1-1-0, {own}]"
                ),
                format!("set_default_access [S-1-5-21-1-2-3-1000, S-1-5-18, {own}]"),
                "set_integrity 0x1000".to_owned(),
            ]
        );
        assert!(!engine.restricting.contains(&user()), "its user's files would be open");
        let native = Stripped::new(&calls, Restriction::Native).unwrap();
        let all = [Sid::restricted(), Sid::users(), Sid::everyone(), logon(), own];
        assert_eq!(native.restricting, all);
    }

    #[test]
    fn of_the_system_itself_none_is_made() {
        let mut calls = Recorded::honest();
        calls.host.user = Sid::system();
        let error = Stripped::new(&calls, Restriction::None).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Unsupported);
        assert_eq!(calls.said(), ["host"]);
    }

    #[test]
    fn each_thing_that_does_not_stand_is_told() {
        let stripped = Stripped::new(&Recorded::honest(), Restriction::Engine).unwrap();
        let stands = TokenFacts {
            user: Some(user()),
            privileges: 1,
            integrity: LOW,
            groups: vec![Sid::users()],
            deny_only: stripped.deny_only.clone(),
            restricting: Some(stripped.restricting.clone()),
            default_access: stripped.default_access.clone(),
            ..TokenFacts::default()
        };
        let check = |change: &dyn Fn(&mut TokenFacts), told: &str| {
            let mut found = stands.clone();
            change(&mut found);
            assert_eq!(stripped.missing(&found, None).unwrap_or_default(), told);
        };
        check(&|_| {}, "");
        let turned = || stripped.restricting.iter().rev().cloned().collect();
        check(&|found| found.restricting = Some(turned()), "");
        check(&|found| found.privileges = 2, "the token says 2 privileges");
        let other = "the token is another user's, or does not say whose";
        check(&|found| found.user = Some(Sid::system()), other);
        check(&|found| found.user = None, other);
        check(&|found| found.integrity = 0x2000, "the token says an integrity of 0x2000");
        check(
            &|found| found.groups.push(Sid::administrators()),
            "the token says that the group S-1-5-32-544 counts",
        );
        check(&|found| found.restricting = None, "the token does not say what restricts it");
        let restricted = |change: &dyn Fn(&mut Vec<Sid>)| {
            let mut all = stripped.restricting.clone();
            change(&mut all);
            let told = format!("the token says that {all:?} restrict it");
            check(&|found| found.restricting = Some(all.clone()), &told);
        };
        restricted(&|all| drop(all.pop()));
        restricted(&|all| all.push(user()));
        restricted(&|all| all[0] = user());
        check(
            &|found| found.default_access.push(Sid::everyone()),
            "the token says that S-1-1-0 may open what it makes",
        );
    }

    #[test]
    fn a_container_may_open_what_it_makes_and_another_may_not() {
        let stripped = Stripped::new(&Recorded::honest(), Restriction::None).unwrap();
        let (own, other) = (Sid::of(15, [2, 1]), Sid::of(15, [2, 2]));
        let mut found = TokenFacts { user: Some(user()), integrity: LOW, ..TokenFacts::default() };
        found.default_access = vec![own.clone()];
        assert_eq!(stripped.missing(&found, Some(&own)), None);
        assert!(stripped.missing(&found, Some(&other)).is_some());
    }
}
