//! Whether what was observed is asked for at all.

use aether_manifest::Permission;

use super::line::NotSuggested;
use crate::options::Options;
use crate::{Observed, Use, risk};

/// One observed object that an entry has to cover.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) object: &'a str,
    pub(super) observed: &'a Observed,
    /// Whether it was only looked at.
    pub(super) is_look: bool,
}

impl<'a> Wanted<'a> {
    /// Whether it is a folder that was made.
    pub(super) fn is_made(&self) -> bool {
        self.observed.actions.iter().any(|action| action.starts_with("mkdir"))
    }

    pub(super) fn of(
        permission: Permission,
        of: Use,
        object: &'a str,
        observed: &'a Observed,
        options: &Options,
    ) -> Result<Self, NotSuggested> {
        match refused(permission, object, observed, options) {
            None => Ok(Wanted { object, observed, is_look: of == Use::Look }),
            Some(Refused { why, is_grave }) => {
                let left = NotSuggested::of(Some(permission), object, observed, why);
                Err(NotSuggested { is_grave, ..left })
            }
        }
    }
}

struct Refused {
    why: String,
    is_grave: bool,
}

fn refused(
    permission: Permission,
    object: &str,
    observed: &Observed,
    options: &Options,
) -> Option<Refused> {
    let plain = |why: &str| Some(Refused { why: why.to_owned(), is_grave: false });
    if observed.is_cut {
        return plain("only the beginning of its name is on record");
    }
    if observed.is_allowed() {
        return None;
    }
    match risk::refusal(permission, object, &options.opened) {
        Some(why) => Some(Refused { why: format!("it was denied: {why}"), is_grave: true }),
        None if options.denied => None,
        None => plain("it was denied"),
    }
}
