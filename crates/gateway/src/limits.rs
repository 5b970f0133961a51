//! The gateway's own limits. Each says which attack it answers.

use std::time::Duration;

use crate::rate::Rate;

/// Bytes of log text that are passed on per cell; what is beyond is counted and dropped. Stops a
/// plugin that prints without end from filling a terminal, a report or a disk.
pub const LOG_BYTES: u64 = 1 << 20;

/// Bytes of log text, passed on or dropped, at which the cell is ended: it does nothing but print.
pub const LOG_FLOOD_BYTES: u64 = 64 << 20;

/// The protocol violation that ends the cell, counted from 1; those before it are recorded and the
/// cell goes on. An honest cell makes none, a broken one shows itself quickly.
pub const STRIKES: u32 = 3;

/// Different refused things that are kept one by one per cell; further ones are only counted.
/// Stops a plugin that asks for a million paths from filling the report.
pub const DENIALS_KEPT: usize = 256;

/// Of those that weigh much, so many more are kept: what is refused by the hundred must not hide them.
pub const WEIGHTY_KEPT: usize = 128;

/// Refused calls that are written to the audit log one by one per cell and kind of thing; then
/// only each power of ten is. Stops a plugin from filling the log with refusals.
pub const DENIALS_RECORDED: u64 = 1000;

/// Whether the refusal of this number, counted from 1, is written to the audit log.
#[must_use]
pub const fn is_recorded(number: u64) -> bool {
    number <= DENIALS_RECORDED || is_power_of_ten(number)
}

/// Whether a number is 1, 10, 100 and so on: those of a flood that are written down.
#[must_use]
pub const fn is_power_of_ten(number: u64) -> bool {
    number == 1 || number > 1 && number.ilog10() != (number - 1).ilog10()
}

/// Most answers of other machines that a cell reads piece by piece at a time. Each holds a connection
/// and some buffers of its host's.
pub const STREAMS_OPEN: usize = 64;

/// Longest time that can be asked for at once, in milliseconds: a day. Stops a plugin from putting a
/// number to a person that nobody reads, and from overflowing the host's clocks.
pub const MOST_TIME_MS: u64 = 86_400_000;

/// Most memory that can be asked for, in bytes: a tebibyte. As for time.
pub const MOST_MEMORY: u64 = 1 << 40;

/// Longest name of an engine that is kept, in bytes: every report of the cell holds it.
pub const ENGINE_NAME_BYTES: usize = 128;

/// Longest key of the store, in bytes.
pub const KV_KEY_BYTES: usize = 512;

/// Bytes of all keys and values of one plugin's store.
pub const KV_BYTES: u64 = 8 << 20;

/// Most keys of one plugin's store.
pub const KV_KEYS: usize = 10_000;

/// Bytes of all blobs that one plugin has made and not dropped, or its memory limit where that is
/// less. They outlive the calls that made them, and the cell too once they are sent: stops a plugin
/// from keeping in its host what it may not keep in itself.
pub const BLOB_BYTES: u64 = 64 << 20;

/// Most blobs of one plugin. Stops it from filling its host with entries of no bytes.
pub const BLOBS: usize = 1024;

/// Bytes of all blobs of a run. Stops many plugins, or one under many names, from filling the
/// machine's memory together.
pub const ALL_BLOB_BYTES: u64 = 512 << 20;

/// Plugins that one blob can be sent to. Stops a list of readers from growing without end; the names
/// on it are the plugin's to choose.
pub const BLOB_READERS: usize = 64;

/// Longest name of a plugin in a call, in bytes: no manifest takes a longer one.
pub const PLUGIN_NAME_BYTES: usize = 64;

/// Most entries that one listing carries; it says when there are more.
pub const LIST_ENTRIES: usize = 5_000;

/// Most bytes that the entries of one listing take in their JSON form; it says when there are more.
/// Names are up to six times as long there, and a line that is longer than a line may be would end
/// the cell that asked.
pub const LIST_BYTES: usize = aether_protocol::limits::FRAME_BYTES - (4 << 10);

/// Longest file path in a call, in bytes, before it is looked at.
pub const PATH_BYTES: usize = 4096;

/// Longest text of a progress note that is passed on, in bytes.
pub const PROGRESS_BYTES: usize = 1 << 10;

/// Progress notes that are passed on per call; the rest is dropped.
pub const PROGRESS_NOTES: u32 = 1000;

/// Longest name of a variable in a call, in bytes. Stops megabyte names from being copied into
/// refusals.
pub const ENV_NAME_BYTES: usize = 256;

/// Bytes of an object's name that go into the audit log with an allowed call; a plugin chooses
/// the name and the number of calls.
pub const RECORDED_BYTES: usize = 512;

/// Times of one refusal that are kept one by one.
pub const TIMES_KEPT: usize = 8;

/// Bytes of what a call is about that its observer is told. Stops a plugin from filling its host's
/// memory through names.
pub const OBSERVED_BYTES: usize = 256;

/// Calls of a kind that a plugin may make at once, and per second after that. Stops a plugin from
/// filling the disk with records of calls that it is allowed to make; an honest one that reads a file
/// in pieces makes some hundred a second.
pub const CALLS_AT_ONCE: u32 = 200_000;

/// See [`CALLS_AT_ONCE`].
pub const CALLS_PER_SECOND: u32 = 10_000;

/// Deepest nesting of a call's input: what a line may have, less what stands around the input. A
/// cell takes a deeper line for no message of the protocol and ends.
pub const INPUT_DEPTH: usize = aether_protocol::limits::DEPTH - 4;

/// Longest name of a method to be called, in bytes: no plugin exports a longer one, and a line must
/// hold it.
pub const METHOD_NAME_BYTES: usize = 4096;

/// Bytes of one piece of a debugger's message: escaped, it fits into a line.
pub const DEBUG_PIECE_BYTES: usize = 128 << 10;

/// Bytes of one message to a debugger. A large script, or a piece of a heap's picture, has less.
pub const DEBUG_BYTES: usize = 256 << 20;

/// Looks at files, variables, the store and the bundle. Stops a plugin that asks in a circle from
/// keeping a core of the host busy; an honest one reads its input in pieces and rests.
pub const READS: Rate = Rate::per_second(CALLS_AT_ONCE as u64, CALLS_PER_SECOND as u64);

/// Changes of files and of the store. Each makes an entry of the layer and a record: stops a plugin
/// from filling both with entries of no bytes, which no quota counts. An honest one unpacks an
/// archive at once, or counts words.
pub const WRITES: Rate = Rate::per_second(CALLS_AT_ONCE as u64, CALLS_PER_SECOND as u64 / 2);

/// Requests to other machines. Stops a plugin from using its grant of a host to attack that host.
pub const REQUESTS: Rate = Rate::per_second(600, 10);

/// Calls of other plugins, and starts of programs. Each is a process: stops a fork bomb by proxy.
pub const STARTS: Rate = Rate::per_second(100, 10);

/// Log lines, notes of progress and events. Stops a plugin from keeping whoever reads along busy
/// with empty lines, which the cap on bytes of log hardly counts.
pub const MESSAGES: Rate = Rate::per_second(20_000, 1_000);

/// Questions for more rights. A person may have to answer: stops a plugin from asking until
/// somebody says yes to be left alone.
pub const QUESTIONS: Rate = Rate::new(10, 1, Duration::from_secs(6));

/// Bytes from a cell, lines and attachments together. Stops a plugin from making the host parse,
/// check and hash without end what it then throws away.
pub const BYTES: Rate = Rate::per_second(512 << 20, 256 << 20);

/// Requests of a cell that may be unanswered at a time. It is told so; one more is a violation.
/// Stops a plugin from making its host keep work for it without end.
pub const IN_FLIGHT: u32 = 64;

/// Bytes of input that are kept for those requests together, about; one alone may have more. Stops a
/// plugin from keeping in its host many times what one request may carry.
pub const OWED_BYTES: usize = 32 << 20;

/// Questions to a person that a cell may have open. Stops a plugin from burying the one that matters.
pub const QUESTIONS_OPEN: usize = 1;

/// Commands that a cell may have running. Each is a process with its own memory limit: stops a
/// plugin from multiplying its share of the machine.
pub const COMMANDS_OPEN: usize = 2;

/// Calls of other plugins that a cell may have open. Stops one plugin from taking up all that
/// another serves.
pub const CALLS_OPEN: usize = 8;

/// Bytes of JSON that a call of another plugin may have as its input; more goes as a blob. It waits
/// at the other's door until that reads it: stops a plugin from filling its host through one that
/// does not.
pub const CALL_INPUT_BYTES: usize = 4 << 20;

/// Bytes of JSON that a piece of a result may have. As many wait for whoever called as there are
/// credits: stops a plugin from filling its host while a slow reader reads.
pub const PIECE_BYTES: usize = 4 << 20;

/// Bytes that such a piece may take in memory, about: a list of numbers takes many times what it is in
/// JSON.
pub const PIECE_MEMORY: usize = 16 << 20;

/// When to try again what has no room yet, in milliseconds.
pub const RETRY_MS: u64 = 1000;

/// Largest event, in bytes of JSON. Each waits for everybody who listens: stops a plugin from having
/// its host keep megabytes for a plugin that does not look at them.
pub const EVENT_BYTES: usize = 64 << 10;

/// Events that wait for one cell. The oldest is dropped for one more, and counted: stops a plugin
/// that tells faster than another listens from filling the host's memory.
pub const EVENTS_WAITING: usize = 64;

/// Patterns of topics that one cell listens for. Each event is held against every one of them: stops
/// a plugin from making the events of others slow.
pub const SUBSCRIPTIONS: usize = 64;

/// Most uses of one token that a plugin can ask for. Stops one yes from becoming a grant.
pub const TOKEN_USES: u32 = 1000;

/// Tokens that were issued or refused, kept one by one per cell for the report.
pub const ELEVATIONS_KEPT: usize = 256;

/// Bytes of compiled code, with what is known of it. Stops a cell that compiles from filling the host.
pub const CODE_BYTES: usize = 256 << 20;

/// Bytes of what is known of compiled code. The host reads it, and a cell that was taken over wrote it.
pub const FACTS_BYTES: usize = 4 << 20;

/// Bytes of a coredump, which the host holds until it is written.
pub const COREDUMP_BYTES: usize = 80 << 20;

/// Paths that were changed on disk at once, kept one by one per cell for the report.
pub const AT_ONCE_KEPT: usize = 1000;
