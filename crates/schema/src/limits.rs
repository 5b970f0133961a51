//! The limits of schemas and of checks. Each says which attack it answers.

/// Longest text of one schema, in bytes. Compiling takes some hundred times as much memory.
pub const MAX_SCHEMA: usize = 64 << 10;

/// Most schemas within one schema, one for each place that a value can have.
pub const MAX_PARTS: usize = 1000;

/// Deepest nesting of schemas in a schema's text. Compiling recurses.
pub const MAX_DEPTH: usize = 24;

/// Most schemas one within the other that are about the same value, references followed: `allOf` in
/// `anyOf` in `$ref`. Checking recurses through all of them at every level of a value, and `$ref`
/// would make a loop of them.
pub const MAX_SAME_PLACE: usize = 8;

/// Most patterns in all schemas of one manifest. Each compiled one takes up to [`PATTERN_MEMORY`].
pub const MAX_PATTERNS: usize = 64;

/// Longest pattern, in bytes.
pub const MAX_PATTERN: usize = 512;

/// Bytes that a compiled pattern may take, and again as many while it runs: `(a{99}){99}` is short.
pub const PATTERN_MEMORY: usize = 256 << 10;

/// Deepest nesting of a value that is checked; what the wire lets through is no deeper.
pub const MAX_VALUE_DEPTH: usize = 64;

/// Most steps of one check. A schema of twenty lines can ask for more steps than there are atoms
/// (`anyOf` of two references to itself, at each level of a value), so they are counted beforehand.
pub const MAX_STEPS: u64 = 4_000_000;

/// Bytes of a string that count as one step.
pub const STEP_BYTES: usize = 16;

/// Most steps of a check, and most bytes of a value, for which every mismatch is looked for. The
/// search keeps a copy of the value for each alternative that did not fit.
pub const DETAILED_STEPS: u64 = 2_000;

/// See [`DETAILED_STEPS`].
pub const DETAILED_BYTES: u64 = 16 << 10;

/// Most mismatches that are told.
pub const MISMATCHES: usize = 8;

/// Longest place and longest message of a mismatch, in bytes; both hold the plugin's words.
pub const MISMATCH_BYTES: usize = 256;
