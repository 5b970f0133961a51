//! The container of Windows: an AppContainer without capabilities, a job from birth, mitigations, and
//! nothing inherited but what is named. What was asked for is read back from the suspended process,
//! and only what is read back counts.

#[cfg(windows)]
mod birth;
#[cfg(windows)]
mod calls;
mod command_line;
mod environment;
#[cfg(windows)]
mod job;
#[cfg(all(windows, test))]
mod live;
#[cfg(windows)]
mod mitigations;
#[cfg(all(windows, test))]
mod recorded;
