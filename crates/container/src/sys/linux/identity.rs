//! Which user a cell is.

use std::fs;
use std::io;

use rustix::process::{getegid, geteuid};

/// First user of the range for cells of a root host.
///
/// `0x7000_0000..0x7fff_fffe` is left free by the usual allocations of user numbers (systemd's
/// "Users, Groups, UIDs and GIDs": 1879048192 to 2147483647 is unused).
const RANGE_START: u32 = 0x7000_0000;
const RANGE_LENGTH: u32 = 0x0fff_0000;

/// A user number that no other cell has, so that cells of a root host cannot reach each other
/// even where only the user's number stands between them.
///
/// `None` when the host may not choose: it is an ordinary user, or root of a user namespace that
/// does not know the range (a rootless container). Its cells then are the host's own user, without
/// any of its rights.
pub(super) fn fresh() -> io::Result<Option<u32>> {
    if !is_root() || !knows_range(&fs::read_to_string("/proc/self/uid_map")?) {
        return Ok(None);
    }
    let mut bytes = [0u8; 4];
    rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())?;
    Ok(Some(RANGE_START + u32::from_le_bytes(bytes) % RANGE_LENGTH))
}

/// Whether a user namespace maps the whole range; `uid_map` of user_namespaces(7).
fn knows_range(uid_map: &str) -> bool {
    let end = u64::from(RANGE_START) + u64::from(RANGE_LENGTH);
    uid_map.lines().any(|line| {
        let mut fields = line.split_ascii_whitespace().map(str::parse::<u64>);
        let (Some(Ok(inside)), Some(Ok(_)), Some(Ok(length))) =
            (fields.next(), fields.next(), fields.next())
        else {
            return false;
        };
        inside <= u64::from(RANGE_START) && end <= inside.saturating_add(length)
    })
}

/// Whether this process is root where it stands.
pub(super) fn is_root() -> bool {
    geteuid().is_root()
}

/// Maps user 0 of a child's user namespace to one user of ours: `outside` for a root host,
/// otherwise the host's own. user_namespaces(7).
pub(super) fn map(pid: i32, outside: Option<u32>) -> io::Result<()> {
    let (user, group) = match outside {
        Some(id) => (id, id),
        None => {
            // Without privilege a group can be mapped only once setgroups(2) is given up.
            fs::write(format!("/proc/{pid}/setgroups"), "deny")?;
            (geteuid().as_raw(), getegid().as_raw())
        }
    };
    fs::write(format!("/proc/{pid}/uid_map"), format!("0 {user} 1\n"))?;
    fs::write(format!("/proc/{pid}/gid_map"), format!("0 {group} 1\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_map_with_the_whole_range_lets_the_host_choose() {
        assert!(knows_range("         0          0 4294967295\n"));
        assert!(!knows_range("0 1000 1\n1 100000 65536\n"));
        assert!(!knows_range(""));
        assert!(!knows_range("a b c\n"));
    }
}
