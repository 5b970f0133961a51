//! The system's containers by name, and taking them away again.
//!
//! A container is made with a profile: a folder and keys of its user's, in which it may keep what it likes.
//! A name is one process's alone, so that its profile can go with the last cell and the last stage that
//! are of it.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};

use super::calls::{Calls, System};
use super::sid::Sid;

/// What the names of our containers begin with.
const CONTAINER: &str = "aether";

/// Longest name of a container, characters. `CreateAppContainerProfile`.
const LONGEST: usize = 64;

/// How often each name is held here.
static HELD: Mutex<BTreeMap<Vec<u16>, usize>> = Mutex::new(BTreeMap::new());

/// Holds a name; with the last one that holds it its profile goes.
#[derive(Debug)]
pub(super) struct Container {
    /// Ends with a zero.
    name: Vec<u16>,
}

impl Container {
    /// The container of somebody: cells of one name could reach each other's objects, if they had any that
    /// can be found. Characters that no name has are left out.
    pub(super) fn named(whose: Option<&str>) -> Self {
        let name: Vec<u16> = name_of(whose, std::process::id()).encode_utf16().chain([0]).collect();
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        *held.entry(name.clone()).or_default() += 1;
        Self { name }
    }

    /// The name, with a zero at its end.
    pub(super) fn name(&self) -> &[u16] {
        &self.name
    }

    /// Its identifier, if the system makes containers.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn sid(&self, calls: &dyn Calls) -> io::Result<Sid> {
        calls.app_container(&self.name)
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        let left = held.get_mut(&self.name).map_or(0, |count| {
            *count -= 1;
            *count
        });
        if left == 0 {
            held.remove(&self.name);
            // Nobody makes it meanwhile: whoever holds a name has waited for this. One that was never made
            // cannot go.
            drop(System.delete_app_container(&self.name));
        }
    }
}

fn name_of(whose: Option<&str>, process: u32) -> String {
    let whose = whose.unwrap_or("engine");
    let own = format!("{CONTAINER}.{process}.");
    let plain =
        whose.chars().filter(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(*letter));
    own.chars().chain(plain).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(container: &Container) -> usize {
        HELD.lock().unwrap().get(container.name()).copied().unwrap_or(0)
    }

    #[test]
    fn a_name_is_plain_bounded_and_its_processes() {
        assert_eq!(name_of(Some("b3-ab12"), 7), "aether.7.b3-ab12");
        assert_eq!(name_of(None, 7), "aether.7.engine");
        assert_eq!(name_of(Some(r"a\b/c d:ä"), 7), "aether.7.abcd");
        assert_eq!(name_of(Some(&"x".repeat(100)), u32::MAX).len(), LONGEST);
    }

    #[test]
    fn a_name_is_held_as_long_as_anybody_has_it() {
        let first = Container::named(Some("held-test"));
        let second = Container::named(Some("held-test"));
        let name = first.name().to_owned();
        assert_eq!(held(&first), 2);
        drop(first);
        assert_eq!(held(&second), 1);
        drop(second);
        assert!(!HELD.lock().unwrap().contains_key(&name));
    }
}
