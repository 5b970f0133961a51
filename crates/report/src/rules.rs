//! The stable names of what a plugin can be refused or stopped for, with a help text each.

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its stable id.
    pub id: &'static str,
    /// What happened, in a few words.
    pub title: &'static str,
    /// What it means, and what to do.
    pub help: &'static str,
}

const fn known(id: &'static str, title: &'static str, help: &'static str) -> Rule {
    Rule { id, title, help }
}

/// Every rule that Aether itself uses.
pub const RULES: &[Rule] = &[
    known(
        "file-read-denied",
        "A file outside the grant was asked for",
        "The plugin tried to read a path that its grant does not cover. If it needs the path, add it \
         to permissions.filesystem.read in the manifest, and allow it in the policy.",
    ),
    known(
        "file-write-denied",
        "A write outside the grant was tried",
        "The plugin tried to write, delete, rename or create a path that its grant does not cover. If \
         it needs the path, add it to permissions.filesystem.write in the manifest, and allow it in \
         the policy.",
    ),
    known(
        "network-denied",
        "A request to a host outside the grant was tried",
        "The plugin tried to reach a host, port, method or path that its grant does not cover. If it \
         needs it, add it to permissions.network.domains in the manifest, and allow it in the policy.",
    ),
    known(
        "inbound-denied",
        "Listening outside the grant was tried",
        "The plugin tried to accept connections on a port that its grant does not cover. If it needs \
         the port, add it to permissions.network.inbound in the manifest, and allow it in the policy.",
    ),
    known(
        "environment-denied",
        "An environment variable outside the grant was asked for",
        "The plugin asked for a variable that its grant does not cover. If it needs the variable, add \
         it to permissions.environment in the manifest, and allow it in the policy.",
    ),
    known(
        "process-denied",
        "Starting a program was tried",
        "The plugin tried to start a program that its grant does not cover. If it needs the program, \
         add it to permissions.process in the manifest, and allow it in the policy.",
    ),
    known(
        "plugin-call-denied",
        "A call to another plugin outside the grant was tried",
        "The plugin tried to call a method of another plugin that its grant does not cover. If it \
         needs the method, add it to permissions.plugins in the manifest, and allow it in the policy.",
    ),
    known(
        "secret-denied",
        "A secret outside the grant was to be used",
        "The plugin wanted a secret to be put in that its grant does not cover. If it needs the \
         secret, add its name to permissions.secrets in the manifest, and allow it in the policy.",
    ),
    known(
        "event-denied",
        "An event outside the grant was sent or waited for",
        "The plugin tried to send or hear events of a topic that its grant does not cover. If it \
         needs the topic, add it to permissions.events in the manifest, and allow it in the policy.",
    ),
    known(
        "elevation-refused",
        "A single operation beyond the grant was refused",
        "The plugin asked for a token for something that its grant does not cover, and neither the \
         policy nor a person said yes. The line that would allow it goes into the policy.",
    ),
    known(
        "token-refused",
        "A token did not allow what it was presented for",
        "The plugin presented a token that is used up, has expired, was taken back, is for something \
         else, or is none of its own. One that it never had is a sign of an attempt to steal one.",
    ),
    known(
        "file-exception",
        "A border within the grant was met",
        "The plugin used a path that cannot be used, or met a link that leads out of what it was \
         given, a device or a socket. The path itself may be covered by its grant.",
    ),
    known(
        "module-blocked",
        "A blocked module was imported",
        "The plugin imported a module that does not exist in a sandbox. The message names what to use \
         instead.",
    ),
    known(
        "syscall-denied",
        "A forbidden system call was tried",
        "The process of the cell made a system call that no engine needs. Plugin code cannot do this \
         by itself: take it as an attempt to break out, or as a fault in the engine.",
    ),
    known(
        "protocol-violation",
        "The protocol was broken",
        "The cell sent something through the gateway that no honest client sends: a malformed, \
         oversized or unexpected message.",
    ),
    known(
        "memory-limit",
        "The memory limit was reached",
        "The plugin needed more memory than resources.memory allows, and was ended.",
    ),
    known(
        "time-limit",
        "The time limit was reached",
        "The plugin took longer than resources.timeout, or the timeout of its step, allows, and was \
         ended.",
    ),
    known(
        "cpu-limit",
        "The processor limit was reached",
        "The plugin used more processor time than resources.cpu allows.",
    ),
    known(
        "disk-limit",
        "The disk limit was reached",
        "The plugin wrote more than resources.disk allows. Nothing beyond the limit was kept.",
    ),
    known(
        "process-limit",
        "The limit on processes was reached",
        "The plugin tried to have more processes or threads than resources.processes allows.",
    ),
    known(
        "message-limit",
        "A limit on messages was reached",
        "The plugin sent messages that were too large, or had too many unanswered at a time.",
    ),
    known(
        "cancel-limit",
        "A cancelled call was not answered",
        "The host cancelled a call, and the plugin neither answered it nor ended it within the \
         moment that it has for that. It was ended.",
    ),
    known(
        "rate-limit",
        "A rate limit was reached",
        "The plugin called the host more often than it may. Calls were refused for a while.",
    ),
    known(
        "store-unusable",
        "The plugin's store could not be used",
        "Another run had it open, or its file cannot be read or written. The message names the file. \
         What the plugin stored before is as it was.",
    ),
    known(
        "blob-unknown",
        "A blob was named that the plugin cannot read",
        "It is not there any more, was never there, or was not sent to this plugin: the plugin was \
         not told which. Somebody may have dropped it early, or the name was a guess.",
    ),
    known(
        "output-limit",
        "Too much output was written",
        "The plugin wrote more log lines or output than is kept. The rest was dropped and counted.",
    ),
    known(
        "change-left-out",
        "A change was left out",
        "A native program made something that is not carried over to the host: a device, a link out of \
         what it was given, or more than can be kept. The message says which and why.",
    ),
    known(
        "pressure",
        "The machine was short of something",
        "The plugin was ended so that others could go on: by its priority, by what it used, and by how \
         long it had rested. It did nothing wrong.",
    ),
    known(
        "suspicious",
        "The monitor ended the plugin",
        "What the plugin did added up to more than the policy's monitor allows. The findings say what \
         was observed, and the ladder says what was done before.",
    ),
    known(
        "request-beyond-policy",
        "The manifest asks for more than the policy allows",
        "The plugin was not started. Narrow the request in the manifest, or widen the policy.",
    ),
    known(
        "consent-missing",
        "Nobody has agreed",
        "The policy wants a person to agree to this plugin, and nobody has. It was not started.",
    ),
    known(
        "outside-window",
        "Outside the execution window",
        "The policy lets this plugin run at certain times only. It was not started.",
    ),
    known(
        "protection-missing",
        "A required protection cannot be had",
        "This machine cannot give a protection the plugin must not run without. It was not started.",
    ),
    known(
        "integrity-mismatch",
        "The plugin is not the one that was expected",
        "The digest, signature or lock file does not fit the bundle. It was not started.",
    ),
];

/// The rule with this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

/// What is said of a rule that is not in the table.
pub(crate) const UNKNOWN: Rule = Rule {
    id: "other",
    title: "A rule without a description",
    help: "The record names a rule that this version of the report does not know.",
};

/// What is said of everything that the monitor noticed.
pub(crate) const NOTICED: Rule = Rule {
    id: "noticed",
    title: "The monitor noticed something",
    help: "The plugin did something that does not fit a rule, its own figures so far, or what it did \
           in earlier runs. The result says what was observed, what was expected, and on what that \
           rests.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_stable_words_and_unique() {
        for (at, each) in RULES.iter().enumerate() {
            assert!(each.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'));
            assert_eq!(RULES.iter().position(|other| other.id == each.id), Some(at));
            assert!(each.help.ends_with('.') && !each.title.ends_with('.'), "{}", each.id);
            assert!(!each.help.contains("  "), "{}", each.id);
        }
    }
}
