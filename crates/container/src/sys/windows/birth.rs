//! A process that is born confined, looked at while it stands still, and let go on only if all that
//! was asked for stands.

use std::collections::BTreeSet;
use std::io;
use std::os::windows::io::{AsHandle as _, BorrowedHandle};

use super::calls::{Calls, Created, Creation, Sid, TokenFacts};
use super::job::{Asked, Job, Missing};
use super::mitigations::Kind;
use crate::{LaunchError, Posture, Protection, State};

/// The integrity of a container, and of what is as low. `SECURITY_MANDATORY_LOW_RID`.
const LOW: u32 = 0x1000;

/// Privileges that every token has: to be told of changes while it walks through folders.
const PRIVILEGES: u32 = 1;

/// Refusals of an attribute that this system does not know: `ERROR_NOT_SUPPORTED`,
/// `ERROR_INVALID_PARAMETER`.
const UNKNOWN_ATTRIBUTE: [i32; 2] = [50, 87];

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
    let mut missing = Vec::new();
    let container = match calls.app_container(plan.container) {
        Ok(sid) => Some(sid),
        Err(error) => {
            missing.extend(without_container(&format!("the system makes none: {error}")));
            None
        }
    };
    refuse_what_is_required(&missing, plan)?;
    let job = Job::new(calls, plan.asked).map_err(LaunchError::system("making a job"))?;
    let created = match create(calls, plan, &job, container.as_ref()) {
        Err(error) if container.is_some() && is_unknown(&error) => {
            missing.extend(without_container(&format!("no process is made in one: {error}")));
            refuse_what_is_required(&missing, plan)?;
            create(calls, plan, &job, None)
        }
        other => other,
    };
    let created = created.map_err(LaunchError::system("making the process"))?;
    let process = created.process.as_handle();
    if !calls.is_in_job(process, job.handle()).unwrap_or(false) {
        let reason = "the process is not in its job".to_owned();
        missing.push(Missing { protection: Protection::KillTree, reason });
    }
    missing.extend(job.missing(calls));
    missing.extend(plan.kind.missing(calls, process));
    missing.extend(of_token(calls.token(process), plan));
    let posture = posture(plan, &missing);
    if let Err(error) = refused(&missing, plan, &posture) {
        job.end(calls);
        return Err(error);
    }
    Ok(Born { job, created, posture })
}

fn create(
    calls: &dyn Calls,
    plan: &Plan<'_>,
    job: &Job,
    container: Option<&Sid>,
) -> io::Result<Created> {
    calls.create_process(&Creation {
        program: plan.program,
        line: plan.line,
        environment: plan.environment,
        folder: plan.folder,
        stdio: plan.stdio,
        inherit: plan.inherit,
        job: job.handle(),
        mitigations: plan.kind.words(),
        no_children: !plan.makes_children,
        container,
        // Libraries of programs that are not ours may need what packages may reach.
        less_privileged: container.is_some() && plan.kind.engine,
        token: None,
    })
}

fn is_unknown(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|code| UNKNOWN_ATTRIBUTE.contains(&code))
}

/// What falls with the container.
fn without_container(why: &str) -> Vec<Missing> {
    [Protection::AppContainer, Protection::Lpac, Protection::Network]
        .map(|protection| Missing { protection, reason: why.to_owned() })
        .into()
}

/// What the token does not say that was asked for.
fn of_token(found: io::Result<TokenFacts>, plan: &Plan<'_>) -> Vec<Missing> {
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            let why = format!("the token does not say: {error}");
            let token = Missing { protection: Protection::Token, reason: why.clone() };
            return without_container(&why).into_iter().chain([token]).collect();
        }
    };
    let checks = [
        (
            Protection::AppContainer,
            found.is_app_container && found.integrity <= LOW,
            "the token says that it is in no container".to_owned(),
        ),
        (
            Protection::Lpac,
            found.is_less_privileged || !plan.kind.engine,
            "the token says that it may reach what every package may".to_owned(),
        ),
        (
            Protection::Network,
            found.is_app_container && found.capabilities == 0,
            format!(
                "the token says {} capabilities, or that it is in no container",
                found.capabilities
            ),
        ),
        (
            Protection::Token,
            found.privileges <= PRIVILEGES,
            format!("the token says {} privileges", found.privileges),
        ),
    ];
    let missing = checks.into_iter().filter(|(_, holds, _)| !holds);
    missing.map(|(protection, _, reason)| Missing { protection, reason }).collect()
}

/// Refuses before anything is made what cannot be had and is required.
fn refuse_what_is_required(missing: &[Missing], plan: &Plan<'_>) -> Result<(), LaunchError> {
    if missing.iter().all(|one| is_optional(one.protection, plan)) {
        return Ok(());
    }
    refused(missing, plan, &posture(plan, missing))
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
            None => posture.set(protection, State::Enforced, how(protection)),
            Some(one) if is_optional(protection, plan) => {
                posture.set(protection, State::Degraded, &*one.reason);
            }
            Some(one) => posture.set(protection, State::Refused, &*one.reason),
        }
    }
    posture
}

/// By what means a protection stands.
const fn how(protection: Protection) -> &'static str {
    match protection {
        Protection::Descriptors => "a list of the handles that it inherits",
        Protection::Environment => "a block of its own",
        Protection::Session => "no console",
        Protection::AppContainer => "a container, by its token",
        Protection::Lpac => "less privileged, by its token",
        Protection::Network => "no capability, by its token",
        Protection::Token => "no privilege, by its token",
        Protection::KillTree | Protection::Memory | Protection::Cpu | Protection::Processes => {
            "a job, by what it says of itself"
        }
        Protection::Ui => "a job's restrictions, by what it says of itself",
        _ => "a mitigation, by what the process says of itself",
    }
}

#[cfg(test)]
mod tests {
    use super::super::recorded::{Recorded, any_handle, three};
    use super::*;

    const ASKED: Asked = Asked { memory: 1 << 28, processes: 1, cpu_millis: 1000, processors: 2 };
    const KIND: Kind = Kind { engine: true, code: false };

    fn launch(
        calls: &Recorded,
        optional: &BTreeSet<Protection>,
        kind: Kind,
    ) -> Result<Born, LaunchError> {
        let handle = any_handle();
        let inherit = three(&handle);
        let text: Vec<u16> = "x\0".encode_utf16().collect();
        born(
            calls,
            &Plan {
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
            },
        )
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
            "create_process mitigations=[1110001111111101, 0] no_children=true container=true \
             less_privileged=true token=false inherits=3"
        );
        // It is looked at before anything lets it go on.
        assert!(said.iter().all(|call| call != "resume" && !call.starts_with("terminate")));
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
        assert!(calls.said().last().unwrap().starts_with("terminate"), "nothing is left behind");
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
    fn without_a_container_nothing_is_even_made_where_one_is_required() {
        let calls = Recorded::refusing();
        assert!(launch(&calls, &BTreeSet::new(), KIND).is_err());
        assert_eq!(calls.said(), ["app_container x"]);
    }

    #[test]
    fn machine_code_of_the_hosts_is_said_to_be_executable() {
        let kind = Kind { code: true, ..KIND };
        let born = launch(&Recorded::honest(), &BTreeSet::new(), kind).unwrap();
        assert_eq!(states(&born.posture, State::Degraded), [Protection::WriteXorExecute]);
    }
}
