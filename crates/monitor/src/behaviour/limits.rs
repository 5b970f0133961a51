//! Bounds of a model.

/// Longest sequence that a model knows, in symbols.
pub const ORDER: usize = 10;

/// Length of the sequences that are called seen or unseen, as in STIDE.
pub const SEQUENCE: usize = 6;

/// So many sequences in a row are looked at together: a real intrusion has its unseen sequences
/// near to each other.
pub const LOCALITY: u32 = 20;

/// Most different symbols: a plugin that makes ever new ones must not grow the host's memory.
pub const MOST_SYMBOLS: usize = 4_096;

/// Most characters of a symbol.
pub const SYMBOL: usize = 120;

/// Most different sequences of a model. A plugin whose runs never repeat would have as many as it
/// makes calls.
pub const MOST_SEQUENCES: usize = 262_144;

/// Most calls that a model is learned from; of more, the first.
pub const MOST_CALLS: usize = 1_000_000;

/// Largest saved model in bytes, measured before it is parsed: the file may be anybody's.
pub const MODEL_BYTES: usize = 32 * 1024 * 1024;

/// Most characters of a digest.
pub const DIGEST: usize = 128;

/// Scores of training runs that a model keeps, evenly over their order.
pub const MOST_SCORES: usize = 256;

/// Below so many training runs a model only advises: it has not seen enough to say that something
/// is new. Recorded runs of single programs suggest about this many.
pub const FEW_RUNS: u32 = 100;
