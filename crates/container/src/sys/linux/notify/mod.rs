//! System calls that stop for their host: records of what a cell tries, and files that a broker
//! gives.
//!
//! The kernel holds the calling thread until it has an answer. For a native cell a thread of its
//! own gives it ([`supervisor`]), however busy the host's other threads are: programs are executed
//! and connections made this way all the time, the first one before the launch is through. It reads
//! what the call's arguments point to ([`memory`], [`decode`]), puts a record into a bounded queue
//! ([`queue`]) and answers.
//!
//! **Nothing here is a barrier.** A call that goes on (`SECCOMP_USER_NOTIF_FLAG_CONTINUE`) reads its
//! memory anew, which the plugin may have changed; so which calls go on is decided by their numbers
//! and registers alone, by the very program that the kernel runs, and what was read is for the
//! record. Only a broker decides on what was read, and then the caller gets what the broker opened.
//!
//! **Fail closed.** When the supervisor is gone, its listener is closed, and every call that would
//! have been told, refused or noted, fails with `ENOSYS`: no program can be executed, no connection
//! made, and where files are traced or brokered, no file opened.

mod address;
mod broker;
mod caller;
mod decode;
mod memory;
mod place;
mod queue;
mod rate;
mod supervisor;
mod trap;

pub(super) use supervisor::{Calls, Direct, Supervisor};
pub(super) use trap::{Fate, Shape, Trap};
