//! What every use of Landlock here begins with: all that the kernel's ABI knows is taken away.

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, Scope,
};

use super::raw;

/// The kernel's Landlock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Landlock {
    /// The number of its ABI.
    pub(super) number: u32,
    pub(super) abi: ABI,
}

impl Landlock {
    /// `None` where the kernel has none.
    pub(super) fn of_kernel() -> Option<Self> {
        let number = raw::landlock_abi();
        let abi = ABI::from(i32::try_from(number).unwrap_or(i32::MAX));
        (number > 0).then_some(Self { number, abi })
    }

    /// A ruleset without any rule. Everything that this ABI knows must be taken; what it does not
    /// know is left to namespaces and seccomp, which cover it.
    pub(super) fn deny_all(self) -> Result<Ruleset, String> {
        let mut ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(AccessFs::from_all(self.abi))
            .map_err(|error| error.to_string())?;
        if self.number >= 4 {
            ruleset = ruleset
                .handle_access(AccessNet::from_all(self.abi))
                .map_err(|error| error.to_string())?;
        }
        if self.number >= 6 {
            ruleset =
                ruleset.scope(Scope::from_all(self.abi)).map_err(|error| error.to_string())?;
        }
        Ok(ruleset)
    }
}
