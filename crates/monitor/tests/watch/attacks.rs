//! Each attack is found in time, and nothing else is needed for it.

use proptest::prelude::*;

use crate::simulate::hostile::Hostile;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_attack_is_found_in_time(seed: u64, size in 0.0f64..1.0) {
        for attack in Hostile::ALL {
            let delay = attack.delay(seed, size);
            let found = delay.is_some_and(|delay| delay <= attack.within());
            prop_assert!(found, "{attack:?} {delay:?}");
        }
    }
}
