//! The `aether` command from outside: exit codes, results on standard output, words on standard
//! error. Each test plays in a folder of its own with an empty environment.

mod arguments;
mod stage;

/// Everything that starts cells: where they can be confined.
#[cfg(target_os = "linux")]
mod linux;

use stage::Stage;
