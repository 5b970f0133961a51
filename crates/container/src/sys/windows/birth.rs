//! A process that is born confined, looked at while it stands still, and let go on only if all that
//! was asked for stands.

use std::collections::BTreeSet;
use std::io;
use std::os::windows::io::{AsHandle as _, BorrowedHandle};

use super::acl::Private;
use super::calls::{Calls, Created, Creation};
use super::identity::Identity;
use super::job::{Asked, Job, Missing};
use super::mitigations::Kind;
use super::token::Stripped;
use crate::{LaunchError, Posture, Protection, State};

/// Refusals of a container or a token rather than of the program: `ERROR_NOT_SUPPORTED` and
/// `ERROR_INVALID_PARAMETER` of an attribute that this system does not know, `ERROR_PRIVILEGE_NOT_HELD` of a
/// token that its maker may not hand out.
const OF_THE_IDENTITY: [i32; 3] = [50, 87, 1314];

/// What is to be born. Texts end with a zero.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) program: &'a [u16],
    pub(super) line: &'a [u16],
    pub(super) environment: &'a [u16],
    pub(super) folder: &'a [u16],
    pub(super) stdio: [BorrowedHandle<'a>; 3],
    /// All that it inherits, the three among them.
    pub(super) inherit: &'a [BorrowedHandle<'a>],
    pub(super) kind: Kind,
    pub(super) asked: Asked,
    /// Protections that it may start without.
    pub(super) optional: &'a BTreeSet<Protection>,
    /// The name of its container.
    pub(super) container: &'a [u16],
    /// Whether it may make processes of its own.
    pub(super) makes_children: bool,
}

/// A process that stands still, with everything about it known.
#[derive(Debug)]
pub(super) struct Born {
    pub(super) job: Job,
    pub(super) created: Created,
    pub(super) posture: Posture,
}

/// Makes the process, and looks whether it is what was asked for. What is not ends it.
///
/// # Errors
/// [`LaunchError::Protection`] with everything that was found, where something that is required does
/// not stand; [`LaunchError::System`] where there is no process at all.
pub(super) fn born(calls: &dyn Calls, plan: &Plan<'_>) -> Result<Born, LaunchError> {
    let identity = Identity::named(calls, plan.container);
    refuse_what_is_required(&identity.without_container(), plan)?;
    let identity = identity.stripped(calls, plan.kind);
    refuse_what_is_required(&identity.lacks(), plan)?;
    let job = Job::new(calls, plan.asked).map_err(LaunchError::system("making a job"))?;
    let (created, identity) = made(calls, plan, &job, identity)?;
    let process = created.process.as_handle();
    let mut missing = Vec::new();
    if !calls.is_in_job(process, job.handle()).unwrap_or(false) {
        let reason = "the process is not in its job".to_owned();
        missing.push(Missing { protection: Protection::KillTree, reason });
    }
    missing.extend(job.missing(calls));
    missing.extend(plan.kind.missing(calls, process));
    missing.extend(identity.missing(calls.token(process), plan.kind));
    let posture = posture(plan, &missing);
    match refused(&missing, plan, &posture) {
        Ok(()) => Ok(Born { job, created, posture }),
        Err(error) => {
            job.end(calls, process);
            Err(error)
        }
    }
}

/// Makes the process, as the strongest that the system makes one of.
fn made(
    calls: &dyn Calls,
    plan: &Plan<'_>,
    job: &Job,
    mut identity: Identity,
) -> Result<(Created, Identity), LaunchError> {
    let private = Private::for_a_cell(calls).map_err(LaunchError::system("asking for the user"))?;
    let may_lack_token = is_optional(Protection::Token, plan);
    loop {
        let error = match create(calls, plan, job, &identity, &private) {
            Ok(created) => return Ok((created, identity)),
            Err(error) => error,
        };
        let weaker = is_of_the_identity(&error)
            .then(|| identity.weaker(calls, plan.kind, may_lack_token, &error))
            .flatten();
        identity = weaker.ok_or(LaunchError::System { step: "making the process", error })?;
        refuse_what_is_required(&identity.lacks(), plan)?;
    }
}

fn create(
    calls: &dyn Calls,
    plan: &Plan<'_>,
    job: &Job,
    identity: &Identity,
    private: &Private,
) -> io::Result<Created> {
    calls.create_process(&Creation {
        program: plan.program,
        line: plan.line,
        environment: plan.environment,
        folder: plan.folder,
        stdio: plan.stdio,
        inherit: plan.inherit,
        private,
        job: job.handle(),
        mitigations: plan.kind.words(),
        no_children: !plan.makes_children,
        container: identity.container(),
        // Libraries of programs that are not ours may need what packages may reach.
        less_privileged: identity.container().is_some() && plan.kind.engine,
        token: identity.token().map(Stripped::handle),
        // Programs of others may want one, and have one made that is seen if they have none.
        has_console: !plan.kind.engine,
    })
}

fn is_of_the_identity(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|code| OF_THE_IDENTITY.contains(&code))
}

/// Refuses before anything is made what cannot be had and is required.
fn refuse_what_is_required(missing: &[Missing], plan: &Plan<'_>) -> Result<(), LaunchError> {
    if missing.iter().all(|one| is_optional(one.protection, plan)) {
        return Ok(());
    }
    refused(missing, plan, &untried(plan, missing))
}

fn is_optional(protection: Protection, plan: &Plan<'_>) -> bool {
    plan.optional.contains(&protection)
        || protection.follows().is_some_and(|leader| plan.optional.contains(&leader))
}

fn refused(missing: &[Missing], plan: &Plan<'_>, posture: &Posture) -> Result<(), LaunchError> {
    let required = missing.iter().find(|one| !is_optional(one.protection, plan));
    match required {
        Some(Missing { protection, reason }) => Err(LaunchError::Protection {
            protection: *protection,
            reason: reason.clone(),
            posture: posture.clone(),
        }),
        None => Ok(()),
    }
}

/// The same before there was a process: nothing is in force.
fn untried(plan: &Plan<'_>, missing: &[Missing]) -> Posture {
    let mut posture = posture(plan, missing);
    let enforced = posture.lines.iter_mut().filter(|line| line.state == State::Enforced);
    for line in enforced {
        (line.state, line.detail) = (State::Refused, "not tried without the others".to_owned());
    }
    posture
}

/// Completes a refusal: what else does not stand, by what a process says that stands still and is ended
/// without having run.
pub(super) fn told_in_full(
    calls: &dyn Calls,
    plan: &Plan<'_>,
    refused: LaunchError,
) -> LaunchError {
    let LaunchError::Protection { protection, reason, .. } = refused else { return refused };
    let everything: BTreeSet<Protection> = Protection::ALL.iter().copied().collect();
    let lenient = Plan { optional: &everything, ..*plan };
    let mut posture = match born(calls, &lenient) {
        Ok(born) => {
            born.job.end(calls, born.created.process.as_handle());
            born.posture
        }
        Err(_) => untried(plan, &[]),
    };
    for line in posture.lines.iter_mut().filter(|line| line.state == State::Degraded) {
        if !is_optional(line.protection, plan) {
            line.state = State::Refused;
        }
    }
    LaunchError::Protection { protection, reason, posture }
}

/// Every protection: in force unless it is missing.
fn posture(plan: &Plan<'_>, missing: &[Missing]) -> Posture {
    let mut posture = Posture::default();
    let native = !plan.kind.engine;
    for &protection in Protection::ALL.iter().filter(|protection| protection.applies(native)) {
        if protection == Protection::WriteXorExecute && plan.kind.code {
            let why = "it runs machine code that its host hands over";
            posture.set(protection, State::Degraded, why);
            continue;
        }
        match missing.iter().find(|one| one.protection == protection) {
            None => posture.set(protection, State::Enforced, how(protection, native)),
            Some(one) if is_optional(protection, plan) => {
                posture.set(protection, State::Degraded, &*one.reason);
            }
            Some(one) => posture.set(protection, State::Refused, &*one.reason),
        }
    }
    posture
}

/// By what means a protection stands.
const fn how(protection: Protection, native: bool) -> &'static str {
    match protection {
        // The system says neither of a process that has not run.
        Protection::Descriptors => "a list of the handles that it inherits, by the call",
        Protection::Environment => "a block of its own, by the call",
        Protection::Session if native => "a console that nobody sees, by the call",
        Protection::Session => "no console, by the call",
        Protection::AppContainer => "a container, by its token",
        Protection::Lpac => "less privileged, by its token",
        Protection::Network => "no capability, by its token",
        Protection::Token => "no privilege and no group of its host's, by its token",
        Protection::KillTree | Protection::Memory | Protection::Cpu | Protection::Processes => {
            "a job, by what it says of itself"
        }
        Protection::Ui => "a job's restrictions, by what it says of itself",
        Protection::Dep => "64 bits, or what the process says of itself",
        _ => "a mitigation, by what the process says of itself",
    }
}

#[cfg(test)]
mod tests {
    use super::super::job::ENDED;
    use super::super::recorded::{Recorded, any_handle, three};
    use super::*;

    const ASKED: Asked = Asked { memory: 1 << 28, processes: 1, cpu_millis: 1000, processors: 2 };
    const KIND: Kind = Kind { engine: true, code: false };

    fn launch(
        calls: &Recorded,
        optional: &BTreeSet<Protection>,
        kind: Kind,
    ) -> Result<Born, LaunchError> {
        with_plan(optional, kind, |plan| born(calls, plan))
    }

    /// A refusal, completed.
    fn in_full(calls: &Recorded, optional: &BTreeSet<Protection>) -> LaunchError {
        with_plan(optional, KIND, |plan| {
            let refused = born(calls, plan).expect_err("it started");
            told_in_full(calls, plan, refused)
        })
    }

    fn with_plan<T>(
        optional: &BTreeSet<Protection>,
        kind: Kind,
        act: impl FnOnce(&Plan<'_>) -> T,
    ) -> T {
        let handle = any_handle();
        let inherit = three(&handle);
        let text: Vec<u16> = "x\0".encode_utf16().collect();
        act(&Plan {
            program: &text,
            line: &text,
            environment: &[0, 0],
            folder: &text,
            stdio: inherit,
            inherit: &inherit,
            kind,
            asked: ASKED,
            optional,
            container: &text,
            makes_children: false,
        })
    }

    fn states(posture: &Posture, state: State) -> Vec<Protection> {
        posture
            .lines
            .iter()
            .filter(|line| line.state == state)
            .map(|line| line.protection)
            .collect()
    }

    #[test]
    fn what_stands_as_a_whole_is_let_go_on() {
        let calls = Recorded::honest();
        let born = launch(&calls, &BTreeSet::new(), KIND).unwrap();
        assert!(born.posture.is_full(), "{:?}", born.posture);
        let said = calls.said();
        assert!(said.contains(&"app_container x".to_owned()), "{said:?}");
        let made = said.iter().find(|call| call.starts_with("create_process")).unwrap();
        assert_eq!(
            made,
            "create_process mitigations=[1110001111111100, 0] no_children=true container=true \
             less_privileged=true token=true inherits=3"
        );
        // It is looked at before anything lets it go on.
        assert!(said.iter().all(|call| call != "resume" && !call.contains("terminate")));
    }

    #[test]
    fn a_system_that_takes_everything_and_holds_nothing_is_not_believed() {
        let calls = Recorded::forgetful();
        let Err(LaunchError::Protection { posture, .. }) = launch(&calls, &BTreeSet::new(), KIND)
        else {
            panic!("it started")
        };
        let held = [Protection::Descriptors, Protection::Environment, Protection::Session];
        assert_eq!(states(&posture, State::Enforced), held);
        let all = Protection::ALL.iter().filter(|protection| protection.applies(false));
        let rest: Vec<_> = all.copied().filter(|protection| !held.contains(protection)).collect();
        assert_eq!(states(&posture, State::Refused), rest);
        assert!(calls.said().last().unwrap().starts_with("end_process"), "nothing is left behind");
    }

    #[test]
    fn what_has_64_bits_executes_no_data_whatever_is_said_of_it() {
        let mut calls = Recorded::forgetful();
        let all: BTreeSet<Protection> = Protection::ALL.iter().copied().collect();
        let state = |calls: &Recorded| {
            let born = launch(calls, &all, KIND).unwrap();
            born.posture.get(Protection::Dep).unwrap().state
        };
        assert_eq!(state(&calls), State::Degraded);
        calls.wide = true;
        assert_eq!(state(&calls), State::Enforced);
    }

    #[test]
    fn one_that_is_not_in_its_job_is_ended_all_the_same() {
        let mut calls = Recorded::honest();
        calls.joins = false;
        let Err(LaunchError::Protection { protection, .. }) =
            launch(&calls, &BTreeSet::new(), KIND)
        else {
            panic!("it started")
        };
        assert_eq!(protection, Protection::KillTree);
        assert_eq!(calls.said().last().unwrap(), &format!("end_process {ENDED:#x}"));
    }

    #[test]
    fn one_in_another_container_is_not_the_one_that_was_asked_for() {
        let mut calls = Recorded::honest();
        calls.swaps = true;
        let Err(LaunchError::Protection { protection, reason, .. }) =
            launch(&calls, &BTreeSet::new(), KIND)
        else {
            panic!("it started")
        };
        assert_eq!(protection, Protection::AppContainer);
        assert_eq!(reason, "the token says the container S-1-15-2-9");
    }

    #[test]
    fn what_is_named_as_optional_is_degraded_and_nothing_else() {
        let all: BTreeSet<Protection> = Protection::ALL.iter().copied().collect();
        let born = launch(&Recorded::forgetful(), &all, KIND).unwrap();
        assert!(states(&born.posture, State::Refused).is_empty());
        assert!(states(&born.posture, State::Degraded).contains(&Protection::AppContainer));
        for one in states(&born.posture, State::Degraded) {
            let mut fewer = all.clone();
            fewer.remove(&one);
            if one.follows().is_some() {
                continue;
            }
            let Err(LaunchError::Protection { protection, .. }) =
                launch(&Recorded::forgetful(), &fewer, KIND)
            else {
                panic!("{one} was required, and it started");
            };
            assert_eq!(protection, one);
        }
    }

    #[test]
    fn a_refusal_tells_everything_that_does_not_stand() {
        let mut calls = Recorded::forgetful();
        calls.contains = false;
        let refused = in_full(&calls, &BTreeSet::new());
        let LaunchError::Protection { posture, protection, .. } = refused else { panic!() };
        assert_eq!(protection, Protection::AppContainer);
        let held = [Protection::Descriptors, Protection::Environment, Protection::Session];
        assert_eq!(states(&posture, State::Enforced), held);
        assert!(states(&posture, State::Degraded).is_empty());
        assert!(calls.said().last().unwrap().starts_with("end_process"), "nothing is left behind");
        // What was named stays so.
        let named = BTreeSet::from([Protection::Memory]);
        let LaunchError::Protection { posture, .. } = in_full(&calls, &named) else { panic!() };
        assert_eq!(states(&posture, State::Degraded), [Protection::Memory]);
        // Before anything was made nothing is in force.
        let refused = launch(&calls, &BTreeSet::new(), KIND);
        let Err(LaunchError::Protection { posture, .. }) = refused else { panic!() };
        assert!(states(&posture, State::Enforced).is_empty());
    }

    #[test]
    fn without_a_container_nothing_is_even_made_where_one_is_required() {
        let calls = Recorded::refusing();
        assert!(launch(&calls, &BTreeSet::new(), KIND).is_err());
        assert_eq!(calls.said(), ["app_container x"]);
    }

    fn named(optional: &[Protection]) -> BTreeSet<Protection> {
        optional.iter().copied().collect()
    }

    /// What a container is lacking where it is named, and the network too.
    const CONTAINER: [Protection; 2] = [Protection::AppContainer, Protection::Network];

    /// Calls that make a token or a process.
    fn makes(calls: &Recorded) -> Vec<String> {
        let makes = |call: &String| {
            ["app_container", "restricted_token", "create_"].iter().any(|one| call.starts_with(one))
        };
        let words = |call: String| {
            let restricting = call.find(" restricting=").filter(|_| call.ends_with("[]"));
            let end = [" mitigations", " deny_only"].iter().find_map(|one| call.find(one));
            let rest = call.find(" container=").map_or("", |at| &call[at..]);
            let kind = match restricting {
                Some(_) => " stripped",
                None if call.starts_with("restricted_token") => " restricted",
                None => rest,
            };
            format!("{}{kind}", &call[..end.unwrap_or(call.len())])
        };
        calls.said().into_iter().filter(makes).map(words).collect()
    }

    fn contained(token: bool) -> String {
        format!("create_process container=true less_privileged=true token={token} inherits=3")
    }

    fn uncontained(token: bool) -> String {
        format!("create_process container=false less_privileged=false token={token} inherits=3")
    }

    #[test]
    fn without_a_container_a_restricted_token_stands_in_where_that_was_named() {
        let mut calls = Recorded::honest();
        calls.contains = false;
        let born = launch(&calls, &named(&CONTAINER), KIND).unwrap();
        let lacking = [Protection::AppContainer, Protection::Lpac, Protection::Network];
        assert_eq!(states(&born.posture, State::Degraded), lacking);
        assert!(states(&born.posture, State::Refused).is_empty());
        let detail = &born.posture.get(Protection::AppContainer).unwrap().detail;
        assert!(detail.starts_with("a restricted token instead"), "{detail}");
        let detail = &born.posture.get(Protection::Network).unwrap().detail;
        assert!(detail.starts_with("only a container keeps it from the network"), "{detail}");
        let made = ["app_container x", "restricted_token restricted", "create_job"];
        assert_eq!(makes(&calls), [&made.map(str::to_owned)[..], &[uncontained(true)]].concat());
    }

    #[test]
    fn what_may_be_without_a_container_may_not_be_with_a_network_by_that() {
        let mut calls = Recorded::honest();
        calls.contains = false;
        let optional = named(&[Protection::AppContainer]);
        let Err(LaunchError::Protection { protection, .. }) = launch(&calls, &optional, KIND)
        else {
            panic!("it started with a network")
        };
        assert_eq!(protection, Protection::Network);
        assert_eq!(calls.said(), ["app_container x"]);
    }

    #[test]
    fn a_restricted_token_that_does_not_stand_is_nothing_instead() {
        let mut calls = Recorded::forgetful();
        calls.contains = false;
        let all: BTreeSet<Protection> = Protection::ALL.iter().copied().collect();
        let born = launch(&calls, &all, KIND).unwrap();
        let detail = &born.posture.get(Protection::AppContainer).unwrap().detail;
        assert!(detail.starts_with("nothing instead, the token says 24 privileges"), "{detail}");
        let mut fewer = all;
        fewer.remove(&Protection::Token);
        let Err(LaunchError::Protection { protection, .. }) = launch(&calls, &fewer, KIND) else {
            panic!("it started with nothing")
        };
        assert_eq!(protection, Protection::Token);
    }

    #[test]
    fn a_system_that_knows_no_containers_makes_one_without_where_that_was_named() {
        let calls = Recorded::honest();
        calls.refusals.borrow_mut().push(50);
        let born = launch(&calls, &named(&CONTAINER), KIND).unwrap();
        let lacking = [Protection::AppContainer, Protection::Lpac, Protection::Network];
        assert_eq!(states(&born.posture, State::Degraded), lacking);
        let made = [
            "app_container x",
            "restricted_token stripped",
            "create_job",
            &contained(true),
            "restricted_token restricted",
            &uncontained(true),
        ];
        assert_eq!(makes(&calls), made);
    }

    #[test]
    fn a_system_that_knows_no_containers_makes_nothing_where_one_is_required() {
        for optional in [&[][..], &[Protection::Token], &[Protection::AppContainer]] {
            let calls = Recorded::honest();
            calls.refusals.borrow_mut().extend([50, 50]);
            let made = launch(&calls, &named(optional), KIND);
            let Err(LaunchError::Protection { protection, .. }) = made else {
                panic!("it started")
            };
            let one = optional.contains(&Protection::AppContainer);
            let required = if one { Protection::Network } else { Protection::AppContainer };
            assert_eq!(protection, required);
            assert!(!makes(&calls).contains(&uncontained(true)));
            assert!(!makes(&calls).contains(&uncontained(false)));
        }
    }

    #[test]
    fn a_container_of_the_hosts_own_token_is_one_where_the_token_may_lack() {
        let calls = Recorded::honest();
        calls.refusals.borrow_mut().push(1314);
        let born = launch(&calls, &named(&[Protection::Token]), KIND).unwrap();
        assert_eq!(states(&born.posture, State::Degraded), [Protection::Token]);
        assert_eq!(makes(&calls)[3..], [contained(true), contained(false)]);
    }

    #[test]
    fn where_everything_may_lack_the_last_one_is_its_hosts_and_says_so() {
        let calls = Recorded::honest();
        calls.refusals.borrow_mut().extend([87; 3]);
        let optional = named(&[&CONTAINER[..], &[Protection::Token]].concat());
        let born = launch(&calls, &optional, KIND).unwrap();
        let made: Vec<_> =
            makes(&calls).into_iter().filter(|call| call.starts_with("create_p")).collect();
        assert_eq!(
            made,
            [contained(true), contained(false), uncontained(true), uncontained(false)]
        );
        let detail = &born.posture.get(Protection::AppContainer).unwrap().detail;
        assert!(detail.starts_with("nothing instead, no process is made of one"), "{detail}");
        assert_eq!(born.posture.get(Protection::Token).unwrap().state, State::Degraded);
    }

    #[test]
    fn a_program_that_is_not_there_is_no_reason_to_be_weaker() {
        // `ERROR_FILE_NOT_FOUND`.
        let calls = Recorded::honest();
        calls.refusals.borrow_mut().push(2);
        let all: BTreeSet<Protection> = Protection::ALL.iter().copied().collect();
        let made = launch(&calls, &all, KIND);
        assert!(matches!(made, Err(LaunchError::System { step: "making the process", .. })));
        assert_eq!(makes(&calls)[3..], [contained(true)]);
    }

    #[test]
    fn machine_code_of_the_hosts_is_said_to_be_executable() {
        let kind = Kind { code: true, ..KIND };
        let born = launch(&Recorded::honest(), &BTreeSet::new(), kind).unwrap();
        assert_eq!(states(&born.posture, State::Degraded), [Protection::WriteXorExecute]);
    }
}
