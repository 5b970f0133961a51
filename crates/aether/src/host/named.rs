//! What the host's owner has named in the policy: secrets and commands.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, Cursor, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use aether_gateway::{Named, Ran, WITHHELD};
use aether_manifest::{Manifest, Permission, show_duration, show_size};
use aether_policy::grant::Grant;
use aether_policy::policy::{Command, CommandValue, Policy, SecretSource};
use aether_protocol::limits::PAYLOAD_BYTES;
use aether_protocol::{Code, RpcError};
use aether_source::Source;
use serde_json::json;

use super::launch::{Manner, variable_of};
use super::start::StartOptions;
use super::{Host, lock};
use crate::driver::{ProgramLimits, Streams};
use crate::network::request_of;
use crate::{Ending, Plugin};

/// Longest secret that is read from a file, in bytes.
const SECRET_BYTES: u64 = 64 << 10;

/// Bytes that a command may print, on each of its streams.
const OUTPUT: u64 = PAYLOAD_BYTES;

/// The owner's names, for the doors.
#[derive(Debug)]
pub(crate) struct Owned(Option<Arc<Policy>>);

impl Owned {
    pub(crate) fn new(policy: Option<Arc<Policy>>) -> Self {
        Self(policy)
    }

    fn command(&self, name: &str) -> Option<&Command> {
        self.0.as_ref()?.command(name)
    }
}

impl Named for Owned {
    fn has_command(&self, name: &str) -> bool {
        self.command(name).is_some()
    }

    fn has_secret(&self, name: &str) -> bool {
        self.0.as_ref().is_some_and(|policy| policy.secret(name).is_some())
    }

    fn secret(&self, name: &str) -> Result<String, String> {
        let secret = self.0.as_ref().and_then(|policy| policy.secret(name));
        match &secret.ok_or("the policy names none of that name")?.from {
            SecretSource::Env(variable) => std::env::var(variable)
                .map_err(|_| format!("the host has no usable variable `{variable}`")),
            SecretSource::File(path) => read_secret(Path::new(path)),
        }
    }

    fn target(&self, url: &str) -> Result<(String, u16), String> {
        let request = request_of("GET", url).map_err(|error| error.to_string())?;
        Ok((request.host.to_string(), request.port))
    }
}

/// A secret in a file: one line, mostly.
fn read_secret(path: &Path) -> Result<String, String> {
    let read = || -> io::Result<String> {
        // Opening a pipe would wait for somebody to write to it.
        if !std::fs::metadata(path)?.is_file() {
            return Err(io::Error::other("it is no file"));
        }
        let file = std::fs::File::open(path)?;
        let mut text = String::new();
        file.take(SECRET_BYTES + 1).read_to_string(&mut text)?;
        match text.len() as u64 > SECRET_BYTES {
            true => Err(io::Error::other(format!("it has more than {SECRET_BYTES} bytes"))),
            false => Ok(text),
        }
    };
    let text = read().map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text.strip_suffix('\n').map_or(text.as_str(), |line| line.trim_end_matches('\r')).to_owned())
}

impl Host {
    /// Runs a command of the policy as this work of the cell, with which it ends.
    pub(crate) fn run_command(
        &self,
        parent: (u32, u64),
        name: &str,
        input: Vec<u8>,
    ) -> Result<Ran, RpcError> {
        let ran = self.run_command_of(parent, name, input);
        self.forget_child(parent.0, parent.1);
        ran
    }

    fn run_command_of(
        &self,
        parent: (u32, u64),
        name: &str,
        input: Vec<u8>,
    ) -> Result<Ran, RpcError> {
        let Some(command) = self.0.named.command(name) else {
            let text = format!("the policy names no command `{name}`");
            return Err(RpcError::new(Code::PermissionDenied, text));
        };
        let waiting = lock(&self.0.commands).too_much(|| self.remembered());
        if let Some(bytes) = waiting {
            let text = format!("{bytes} bytes of what commands have changed wait to be dealt with");
            return Err(RpcError::new(Code::QuotaExceeded, text));
        }
        let failed = |what: &str, why: String| {
            let text = format!("the command `{name}` {what}");
            RpcError::new(Code::Io, text).with("code", "EIO").with(WITHHELD, why)
        };
        let plugin = plugin_of(name, command).map_err(|why| failed("cannot be run", why))?;
        let variables = self.variables(command).map_err(|why| failed("cannot be run", why))?;
        let commanded = Commanded { parent, variables };
        let (output, errors) = (Captured::default(), Captured::default());
        let streams = Streams {
            input: Some(Box::new(Cursor::new(input))),
            output: Box::new(output.clone()),
            errors: Box::new(errors.clone()),
        };
        let limits = ProgramLimits { processor: None, output: Some(OUTPUT) };
        let manner = Manner {
            door: aether_container::Door::Closed,
            folder: Path::new(aether_path::WORKSPACE),
            runs_system: true,
            offered: false,
            command: Some(&commanded),
            compiles: None,
            makes: None,
            in_host: false,
        };
        let options = StartOptions::default();
        let ending = self.execute_as(&plugin, &options, manner, (limits, streams));
        let code =
            match ending.map_err(|error| failed("could not be started", error.to_string()))? {
                Ending::Normal => 0,
                Ending::Exited(code) => code,
                Ending::Signalled(number) => 128 + number,
                Ending::Limit(limit) => {
                    let text = format!("the command `{name}` was ended: {limit}");
                    return Err(RpcError::new(Code::QuotaExceeded, text));
                }
                other => return Err(failed("was ended", other.to_string())),
            };
        Ok(Ran { code, output: output.take(), errors: errors.take() })
    }

    /// A command's variables with their values, secrets among them.
    fn variables(&self, command: &Command) -> Result<BTreeMap<String, Variable>, String> {
        let value = |(name, value): (&String, &CommandValue)| {
            let value = match value {
                CommandValue::Text(text) => text.clone(),
                CommandValue::Secret(secret) => {
                    let value = self.0.named.secret(secret);
                    value.map_err(|why| format!("the secret `{secret}` cannot be read: {why}"))?
                }
            };
            match value.contains('\0') {
                true => Err(format!("the value of `{name}` cannot be a variable's")),
                false => Ok((name.clone(), Variable(value.into()))),
            }
        };
        command.environment.iter().map(value).collect()
    }

    /// Whether somebody can be asked for more rights.
    pub(crate) fn can_ask(&self) -> bool {
        self.0.ask_elevation.is_some()
    }

    /// The secrets that a plugin's requests may carry, each with what stands for it.
    pub(super) fn secrets(&self, grant: &Grant) -> Result<Vec<Carried>, String> {
        let Some(policy) = &self.0.policy else { return Ok(Vec::new()) };
        let mut carried: Vec<Carried> = Vec::new();
        let names = grant.lines().filter(|line| line.permission == Permission::Secrets);
        for name in names.map(|line| line.resource.as_str()) {
            let Some(secret) = policy.secret(name).filter(|secret| !secret.hosts.is_empty()) else {
                continue;
            };
            let value = self.0.named.secret(name)?;
            if let Some(other) =
                carried.iter().find(|one| variable_of(&one.name) == variable_of(name))
            {
                let (other, variable) = (&other.name, variable_of(name));
                return Err(format!("`{other}` and `{name}` would both be `{variable}`"));
            }
            let placeholder = placeholder().map_err(|error| error.to_string())?;
            let hosts = secret.hosts.iter().map(|host| host.value.clone());
            let of = aether_egress::Secret::new(name, &placeholder, &value, hosts);
            let secret = of.map_err(|error| format!("the secret `{name}`: {error}"))?;
            carried.push(Carried { name: name.to_owned(), placeholder, secret });
        }
        Ok(carried)
    }

    /// What nobody is to send anywhere.
    pub(super) fn decoys(grant: &Grant) -> Result<Vec<aether_egress::Secret>, String> {
        let decoy = |(name, text): &(String, String)| {
            let decoy = aether_egress::Secret::decoy(name, text);
            decoy.map_err(|error| format!("the decoy `{name}`: {error}"))
        };
        grant.watching().tokens.iter().map(decoy).collect()
    }
}

/// A secret that requests may carry.
pub(super) struct Carried {
    pub(super) name: String,
    /// What stands for it.
    pub(super) placeholder: String,
    pub(super) secret: aether_egress::Secret,
}

/// Random, so that no plugin can name the secret of another.
fn placeholder() -> Result<String, aether_audit::RunIdError> {
    Ok(format!("aether-secret-{}", aether_audit::RunId::random()?))
}

/// What a command of the policy has beside its grant.
#[derive(Debug)]
pub(super) struct Commanded {
    /// The cell that it runs for, and ends with, and the number of the work.
    pub(super) parent: (u32, u64),
    /// Its variables.
    pub(super) variables: BTreeMap<String, Variable>,
}

/// A variable's value, which may be a secret.
#[derive(Clone)]
pub(super) struct Variable(pub(super) OsString);

impl fmt::Debug for Variable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Variable")
    }
}

/// A command as what can be started: its grant is what the policy says of it.
fn plugin_of(name: &str, command: &Command) -> Result<Plugin, String> {
    let texts = |list: &[aether_manifest::Located<aether_path::PathPattern>]| {
        list.iter().map(|entry| entry.value.as_str().to_owned()).collect::<Vec<_>>()
    };
    let domains: Vec<_> = command.network.iter().map(|entry| entry.value.as_str()).collect();
    let mut resources = serde_json::Map::new();
    if let Some(timeout) = command.timeout {
        resources.insert("timeout".to_owned(), show_duration(timeout).into());
    }
    if let Some(memory) = command.memory {
        resources.insert("memory".to_owned(), show_size(memory).into());
    }
    let text = json!({
        "name": format!("command-{name}"),
        "runtime": "native",
        "entry": ["command"],
        "permissions": {
            "filesystem": { "read": texts(&command.read), "write": texts(&command.write) },
            "network": { "domains": domains },
        },
        "resources": resources,
    });
    let source = Source::from_bytes("the policy's command", text.to_string().into_bytes());
    let parsed: Result<Manifest, _> =
        source.map_err(|problem| vec![problem]).and_then(aether_manifest::parse);
    let manifest = parsed.map_err(|problems| {
        problems.first().map_or_else(String::new, |problem| problem.message.clone())
    })?;
    let words = command.run.iter().map(OsString::from).collect();
    Ok(Plugin::of_command(manifest, words, Path::new("/")))
}

/// What a command prints, kept up to what an answer carries.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut lock(&self.0))
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = lock(&self.0);
        let room = usize::try_from(OUTPUT).unwrap_or(usize::MAX).saturating_sub(kept.len());
        kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_of_a_file_is_its_text_without_the_last_line_end() {
        let folder = tempfile::tempdir().unwrap();
        let at = |text: &[u8]| {
            let path = folder.path().join("secret");
            std::fs::write(&path, text).unwrap();
            read_secret(&path)
        };
        assert_eq!(at(b"key\n").as_deref(), Ok("key"));
        assert_eq!(at(b"key\r\n").as_deref(), Ok("key"));
        assert_eq!(at(b" key").as_deref(), Ok(" key"));
        assert!(at(&[0xff]).is_err());
        assert!(at(&vec![b'x'; 100 << 10]).unwrap_err().contains("more than"));
        assert!(read_secret(folder.path()).is_err());
    }
}
