use super::{End, Facts, Observed, Seen, Verdict, hear, judge, observe, outside};
use crate::parts::FLOOD;
use crate::probe::{Expect, Judged, Kind};

const ALIVE: &str = "{\"alive\":true}\n";

fn bit() -> Observed {
    Observed { seen: Seen::Bit("won".to_owned()), left: Vec::new() }
}

fn missed(kind: Kind) -> Observed {
    let seen = Seen::Missed { kind, errno: Some(1), detail: "no".to_owned() };
    Observed { seen, left: Vec::new() }
}

fn seen(seen: Seen) -> Observed {
    Observed { seen, left: Vec::new() }
}

fn never_alive() -> Observed {
    seen(Seen::NeverAlive { end: End::Code(1), words: String::new() })
}

/// The word of the verdict.
fn word(expect: Expect, outside: &Observed, inside: &Observed) -> &'static str {
    judge(expect, outside, inside).word()
}

#[test]
fn a_denial_counts_where_the_program_bit_outside() {
    for kind in [Kind::Denied, Kind::Absent] {
        assert_eq!(word(Expect::Denied, &bit(), &missed(kind)), "held");
    }
}

#[test]
fn a_denial_of_a_program_that_bites_nowhere_is_no_proof() {
    for kind in [Kind::Denied, Kind::Absent, Kind::Limited] {
        assert_eq!(word(Expect::Denied, &missed(kind), &missed(Kind::Denied)), "n/a");
    }
    assert_eq!(
        word(Expect::Denied, &missed(Kind::Inconclusive), &missed(Kind::Denied)),
        "inconclusive"
    );
}

#[test]
fn a_program_that_never_lives_is_inconclusive_in_either_place() {
    assert_eq!(word(Expect::Denied, &bit(), &never_alive()), "inconclusive");
    assert_eq!(word(Expect::Limited, &bit(), &never_alive()), "inconclusive");
    assert_eq!(word(Expect::Denied, &never_alive(), &missed(Kind::Denied)), "inconclusive");
}

#[test]
fn a_win_inside_is_a_hole_even_where_it_did_not_bite_outside() {
    assert_eq!(word(Expect::Denied, &bit(), &bit()), "HOLE");
    assert_eq!(word(Expect::Denied, &missed(Kind::Denied), &bit()), "HOLE");
    assert_eq!(word(Expect::Denied, &never_alive(), &bit()), "HOLE");
}

#[test]
fn what_is_left_is_a_hole_whatever_the_program_says() {
    let mut inside = missed(Kind::Denied);
    inside.left.push("a mount".to_owned());
    assert_eq!(word(Expect::Denied, &bit(), &inside), "HOLE");
}

#[test]
fn an_error_that_no_sandbox_gives_is_inconclusive() {
    assert_eq!(word(Expect::Denied, &bit(), &missed(Kind::Inconclusive)), "inconclusive");
}

#[test]
fn a_limit_counts_only_where_one_is_expected() {
    assert_eq!(word(Expect::Limited, &bit(), &missed(Kind::Limited)), "held");
    assert_eq!(word(Expect::Denied, &bit(), &missed(Kind::Limited)), "inconclusive");
}

#[test]
fn a_death_counts_by_a_filter_or_where_a_limit_is_expected() {
    let died = |end| seen(Seen::Silent(end));
    for end in [End::Signal(libc::SIGSYS), End::Code(159)] {
        assert_eq!(word(Expect::Denied, &bit(), &died(end)), "held");
    }
    assert_eq!(word(Expect::Denied, &bit(), &died(End::Signal(libc::SIGKILL))), "inconclusive");
    assert_eq!(word(Expect::Limited, &bit(), &died(End::Signal(libc::SIGKILL))), "held");
    assert_eq!(word(Expect::Limited, &bit(), &died(End::Code(5))), "held");
    // It ended as if all were well, or was ended by the judge: no limit did that.
    assert_eq!(word(Expect::Limited, &bit(), &died(End::Code(0))), "inconclusive");
    assert_eq!(word(Expect::Limited, &bit(), &died(End::Late)), "inconclusive");
}

#[test]
fn a_program_that_may_win_is_only_told() {
    assert_eq!(word(Expect::Report, &bit(), &bit()), "allowed");
    assert_eq!(word(Expect::Report, &bit(), &missed(Kind::Denied)), "held");
}

#[test]
fn words_are_heard_among_others() {
    let output = format!(
        "noise\n{ALIVE}x\n{{\"name\":\"a\",\"outcome\":\"bites\",\"detail\":\"d\"}}\nbye\n"
    );
    assert_eq!(hear("a", &output, End::Code(0)), Seen::Bit("d".to_owned()));
    // Not those of another program.
    assert_eq!(hear("b", &output, End::Code(0)), Seen::Silent(End::Code(0)));
}

#[test]
fn words_without_a_sign_of_life_are_not_heard() {
    let output = "{\"name\":\"a\",\"outcome\":\"denied\",\"detail\":\"d\"}\n";
    assert!(matches!(hear("a", output, End::Code(0)), Seen::NeverAlive { .. }));
}

#[test]
fn an_unknown_outcome_is_inconclusive() {
    let output = format!("{ALIVE}{{\"name\":\"a\",\"outcome\":\"fine\",\"detail\":\"d\"}}");
    let heard = hear("a", &output, End::Code(0));
    assert!(matches!(heard, Seen::Missed { kind: Kind::Inconclusive, .. }));
}

#[test]
fn a_process_that_is_gone_is_no_win() {
    let told = Seen::Bit("left a child".to_owned());
    let gone = observe(Judged::Process, told.clone(), &Facts::default());
    assert!(matches!(gone.seen, Seen::Missed { kind: Kind::Absent, .. }));
    let facts = Facts { processes: vec!["7".to_owned()], ..Facts::default() };
    let left = observe(Judged::Process, told, &facts);
    assert!(matches!(left.seen, Seen::Bit(_)) && left.left.is_empty());
}

#[test]
fn a_process_that_is_left_unannounced_is_seen() {
    let facts = Facts { processes: vec!["7".to_owned()], ..Facts::default() };
    let denied = missed(Kind::Denied).seen;
    assert_eq!(observe(Judged::Told, denied, &facts).left, ["process 7"]);
}

#[test]
fn a_file_that_changed_only_in_a_private_copy_is_no_win() {
    let told = Seen::Bit("planted".to_owned());
    let kept = observe(Judged::Files, told.clone(), &Facts::default());
    assert!(matches!(kept.seen, Seen::Missed { kind: Kind::Absent, .. }));
    let facts = Facts { granted: vec!["/x".to_owned()], ..Facts::default() };
    assert_eq!(observe(Judged::Files, told, &facts).seen, Seen::Bit("changed /x".to_owned()));
}

#[test]
fn a_flood_is_judged_by_what_arrived() {
    let cut = Facts { output: FLOOD / 2, ..Facts::default() };
    let whole = Facts { output: FLOOD + 100, ..Facts::default() };
    let silent = Seen::Silent(End::Code(0));
    let heard = observe(Judged::Output, silent.clone(), &cut).seen;
    assert!(matches!(heard, Seen::Missed { kind: Kind::Limited, .. }));
    assert!(matches!(observe(Judged::Output, silent, &whole).seen, Seen::Bit(_)));
}

#[test]
fn outside_a_refusal_says_why_it_is_not_applicable() {
    assert_eq!(outside(&missed(Kind::Denied)), Verdict::NotApplicable("no (1)".to_owned()));
    assert_eq!(outside(&bit()).word(), "held");
}
