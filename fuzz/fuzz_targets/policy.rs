//! A policy is read or every problem has a place.
#![no_main]

use aether_policy::policy::{Policy, PolicyOrigin};
use aether_source::Source;
use jiff::tz::TimeZoneDatabase;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(source) = Source::from_bytes("aether-policy.yaml", data.to_vec()) else { return };
    let zones = TimeZoneDatabase::bundled();
    match Policy::parse(source, PolicyOrigin::Named, &zones) {
        Ok(policy) => {
            // What a command or secret is called is a name.
            let names = policy.commands().map(|(name, _)| name);
            names.chain(policy.secrets().map(|(name, _)| name)).for_each(|name| assert!(!name.is_empty()));
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            problems.iter().for_each(|problem| drop(problem.to_string()));
        }
    }
});
