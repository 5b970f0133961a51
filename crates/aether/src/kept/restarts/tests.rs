use proptest::prelude::*;

use super::*;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn policy() -> RestartPolicy {
    RestartPolicy { first: ms(100), most: ms(500), failures: 5, window: ms(60_000), rest: ms(9000) }
}

fn rests(rest: Rest, left: u64) -> Refusal {
    Refusal { rest, left: Some(ms(left)) }
}

#[test]
fn the_rest_doubles_up_to_the_most_and_begins_anew_after_an_answer() {
    let mut at = Instant::now();
    let mut restarts = Restarts::new(RestartPolicy { failures: 100, ..policy() }, at);
    for expect in [100, 200, 400, 500, 500] {
        assert_eq!(restarts.admit(at, false), Ok(None));
        at += ms(7);
        assert_eq!(restarts.failed(at), Next::Pause(ms(expect)));
        assert_eq!(restarts.admit(at + ms(10), false), Err(rests(Rest::BackOff, expect - 10)));
        at += ms(expect);
    }
    assert_eq!(restarts.admit(at, false), Ok(None));
    assert!(!restarts.succeeded(None));
    assert_eq!(restarts.failed(at), Next::Pause(ms(100)));
}

#[test]
fn so_many_failures_in_a_window_open_the_breaker_and_a_trial_closes_it() {
    let start = Instant::now();
    let mut restarts = Restarts::new(policy(), start);
    for n in 0..4 {
        assert!(matches!(restarts.failed(start + ms(n * 1000)), Next::Pause(_)));
        // Answers between failures shorten the rest, and are no reason to forget failures.
        restarts.succeeded(None);
    }
    let open = start + ms(5000);
    assert_eq!(restarts.failed(open), Next::Open { failures: 5, rest: ms(9000) });
    for later in [0, 8999] {
        let refused = restarts.admit(open + ms(later), false);
        assert_eq!(refused, Err(rests(Rest::Open, 9000 - later)));
    }
    // One call tries it, and nobody else meanwhile, whether it runs already or not.
    let later = open + ms(9000);
    let trial = restarts.admit(later, false).expect("a trial").expect("a trial");
    assert_eq!(restarts.admit(later, false), Err(rests(Rest::Trial, 100)));
    assert_eq!(restarts.admit(later, true), Err(rests(Rest::Trial, 100)));
    assert!(!restarts.succeeded(None), "an answer to an earlier call");
    // It fails: as before.
    assert_eq!(restarts.failed(later), Next::Open { failures: 1, rest: ms(9000) });
    let later = later + ms(9000);
    // The next one tells nothing.
    let second = restarts.admit(later, false).expect("a trial").expect("a trial");
    assert_ne!(second, trial);
    assert!(!restarts.succeeded(Some(trial)), "an earlier one");
    restarts.release(trial);
    assert_eq!(restarts.admit(later, true), Err(rests(Rest::Trial, 100)));
    restarts.release(second);
    let third = restarts.admit(later, true).expect("a trial");
    restarts.ended_well();
    let fourth = restarts.admit(later, false).expect("a trial");
    assert!(!restarts.succeeded(third));
    assert!(restarts.succeeded(fourth));
    assert_eq!(restarts.admit(later, false), Ok(None));
    assert_eq!(restarts.failed(later), Next::Pause(ms(100)), "as at the beginning");
}

#[test]
fn failures_that_are_long_ago_do_not_count() {
    let start = Instant::now();
    let mut restarts = Restarts::new(policy(), start);
    for n in 0..50 {
        let next = restarts.failed(start + ms(n * 15_000));
        assert!(matches!(next, Next::Pause(_)), "{n}: {next:?}");
    }
}

#[test]
fn what_is_held_is_restored_by_somebody_alone() {
    let start = Instant::now();
    let mut restarts = Restarts::new(policy(), start);
    restarts.failed(start);
    restarts.hold();
    let held = Err(Refusal { rest: Rest::Held, left: None });
    assert_eq!(restarts.admit(start + ms(1_000_000_000), false), held);
    assert!(!restarts.succeeded(None));
    restarts.ended_well();
    assert_eq!(restarts.admit(start, false), held);
    assert!(!restarts.restore(), "it was held, not open");
    assert_eq!(restarts.admit(start, false), Ok(None), "and does not rest");
    for _ in 0..5 {
        restarts.failed(start);
    }
    assert!(restarts.restore(), "it was open");
    assert_eq!(restarts.admit(start, false), Ok(None));
}

#[test]
fn a_policy_of_extremes_holds() {
    let start = Instant::now();
    let most = Duration::MAX;
    let extreme = RestartPolicy { first: most, most, failures: 0, window: most, rest: most };
    let mut restarts = Restarts::new(extreme.clone(), start);
    assert_eq!(restarts.failed(start), Next::Open { failures: 1, rest: most });
    assert!(restarts.admit(start + ms(1000), false).is_err());
    let mut restarts = Restarts::new(RestartPolicy { failures: u32::MAX, ..extreme }, start);
    for _ in 0..100 {
        assert_eq!(restarts.failed(start), Next::Pause(most));
    }
    let zero = Duration::ZERO;
    let none = RestartPolicy { first: zero, most: zero, failures: 3, window: zero, rest: zero };
    let mut restarts = Restarts::new(none, start);
    for _ in 0..100 {
        assert_eq!(restarts.failed(start), Next::Pause(zero));
        assert_eq!(restarts.admit(start, false), Ok(None));
    }
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    Answered,
    Fails,
    TellsNothing,
}

/// Calls, each so many milliseconds after the one before.
fn calls() -> impl Strategy<Value = Vec<(u64, Outcome)>> {
    let outcome = prop_oneof![
        2 => Just(Outcome::Answered),
        5 => Just(Outcome::Fails),
        1 => Just(Outcome::TellsNothing),
    ];
    prop::collection::vec((0u64..400, outcome), 1..300)
}

fn policies() -> impl Strategy<Value = RestartPolicy> {
    (0u64..200, 0u64..800, 1u32..7, 1u64..3000, 1u64..3000).prop_map(
        |(first, most, failures, window, rest)| RestartPolicy {
            first: ms(first),
            most: ms(most),
            failures,
            window: ms(window),
            rest: ms(rest),
        },
    )
}

proptest! {
    #[test]
    fn starts_are_few_rests_are_bounded_and_a_success_closes_the_breaker(
        policy in policies(),
        calls in calls(),
    ) {
        let mut now = Instant::now();
        let mut restarts = Restarts::new(policy.clone(), now);
        let (mut runs, mut starts) = (false, Vec::new());
        for (later, outcome) in calls {
            now += ms(later);
            let trial = match restarts.admit(now, runs) {
                Ok(trial) => trial,
                Err(Refusal { rest, left }) => {
                    let left = left.expect("nothing is held");
                    let most = if rest == Rest::Open { policy.rest } else { policy.most };
                    prop_assert!(!left.is_zero() && left <= most, "{rest:?} for {left:?}");
                    // What it says is true: a moment before it is not called, then it is.
                    prop_assert!(restarts.refusal(now + left - ms(1).min(left), runs).is_some());
                    prop_assert_eq!(restarts.refusal(now + left, runs), None);
                    continue;
                }
            };
            if !runs {
                starts.push(now);
                runs = true;
            }
            match outcome {
                Outcome::Answered => {
                    prop_assert_eq!(restarts.succeeded(trial), trial.is_some());
                    prop_assert_eq!(restarts.admit(now, true), Ok(None), "it is closed");
                }
                Outcome::Fails => {
                    runs = false;
                    match restarts.failed(now) {
                        Next::Pause(time) => prop_assert!(time <= policy.most),
                        Next::Open { failures, rest } => {
                            prop_assert!(failures <= policy.failures);
                            prop_assert!(failures == policy.failures || trial.is_some());
                            prop_assert_eq!(rest, policy.rest);
                        }
                    }
                }
                Outcome::TellsNothing => if let Some(trial) = trial {
                    restarts.release(trial);
                    prop_assert_eq!(restarts.refusal(now, runs), None, "another may try it");
                },
            }
        }
        let most = usize::try_from(policy.failures).expect("few");
        for pair in starts.windows(most + 1) {
            let spread = pair[most] - pair[0];
            let bound = policy.window.min(policy.rest);
            prop_assert!(spread >= bound, "{} starts within {spread:?}", most + 1);
        }
    }
}
