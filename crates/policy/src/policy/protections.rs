//! The names of the protections that a container gives.

/// Every protection that a policy can name as dispensable. Data, not knowledge: what they are, and
/// whether this machine has them, is the container's affair. A test of the facade holds this list
/// against the container's.
pub const PROTECTIONS: &[&str] = &[
    "descriptors",
    "environment",
    "session",
    "userns",
    "empty-root",
    "root",
    "writes",
    "pidns",
    "init",
    "ipcns",
    "utsns",
    "cgroupns",
    "netns",
    "landlock",
    "rlimits",
    "memory",
    "cpu",
    "processes",
    "no-new-privileges",
    "capabilities",
    "non-dumpable",
    "write-xor-execute",
    "keyring",
    "seccomp",
    "syscall-record",
];
