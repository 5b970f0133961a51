//! What a hostile program is told of the machine: where the things are that it may not reach.

use serde_json::{Value, json};

/// What every secret begins with. The scene names places only, so that who shows the secret has
/// been there.
pub(crate) const SECRET: &str = "AETHER-NATIVE-SECRET-";

/// The variable by which the scene is told, where the environment is kept.
pub(crate) const VARIABLE: &str = "AETHER_NATIVE_SCENE";

/// The variable with a secret.
pub(crate) const PLANTED: &str = "AETHER_NATIVE_PLANTED";

/// Where things are on the machine. The defaults are guesses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scene {
    /// Part of every name that the run makes, and of every command line.
    pub(crate) id: String,
    /// The folder of the scene.
    pub(crate) folder: String,
    /// The process that judges.
    pub(crate) host: i32,
    /// A process of the same user, with a secret in its memory.
    pub(crate) victim: i32,
    /// Where the secret is in the memory of the victim.
    pub(crate) address: u64,
    /// A listener on the machine's loopback, which says the secret.
    pub(crate) port: u16,
    /// The same by datagrams: answers any.
    pub(crate) udp: u16,
    /// A port that the host keeps trying to come to.
    pub(crate) visited: u16,
    /// A System V segment with the secret.
    pub(crate) segment: i32,
    /// A System V queue with a message, the secret.
    pub(crate) queue: i32,
    /// A System V semaphore.
    pub(crate) semaphore: i32,
    /// The number of the machine's namespace of names.
    pub(crate) names: u64,
    /// The number of the machine's namespace of processes.
    pub(crate) processes: u64,
    /// A descriptor of the file with the secret, left open by the launcher.
    pub(crate) file: i32,
    /// A descriptor of the folder outside the grant, left open by the launcher.
    pub(crate) directory: i32,
}

impl Scene {
    /// The folder that may be written.
    pub(crate) fn granted(&self) -> String {
        format!("{}/granted", self.folder)
    }

    /// The folder that may be read.
    pub(crate) fn readonly(&self) -> String {
        format!("{}/readonly", self.folder)
    }

    /// The folder that is not granted.
    pub(crate) fn outside(&self) -> String {
        format!("{}/outside", self.folder)
    }

    /// The file with the secret.
    pub(crate) fn secret(&self) -> String {
        format!("{}/outside/secret.txt", self.folder)
    }

    /// The name of the listener's abstract socket.
    pub(crate) fn abstract_name(&self) -> String {
        format!("aether-native-{}", self.id)
    }

    /// The name for what others may find: in shared folders, of keys and queues.
    pub(crate) fn shared_name(&self) -> String {
        format!("aether-native-{}-shared", self.id)
    }

    /// The same for what the other cell makes.
    pub(crate) fn neighbour_name(&self) -> String {
        format!("aether-native-{}-neighbour", self.id)
    }

    /// Whether this process is in the machine's namespace of that kind; assumed where it is not
    /// shown.
    pub(crate) fn in_machines(&self, kind: &str) -> bool {
        let number = if kind == "uts" { self.names } else { self.processes };
        namespace(kind).is_none_or(|own| own == number)
    }

    /// The key of the segment that an attack leaves.
    pub(crate) fn key(&self) -> i32 {
        0x4145_0000 | (self.host & 0xffff)
    }

    pub(crate) fn to_json(&self) -> String {
        json!({
            "id": self.id,
            "folder": self.folder,
            "host": self.host,
            "victim": self.victim,
            "address": self.address,
            "port": self.port,
            "udp": self.udp,
            "visited": self.visited,
            "segment": self.segment,
            "queue": self.queue,
            "semaphore": self.semaphore,
            "names": self.names,
            "processes": self.processes,
            "file": self.file,
            "directory": self.directory,
        })
        .to_string()
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let text = |key: &str| value.get(key)?.as_str().map(str::to_owned);
        let number = |key: &str| value.get(key)?.as_i64();
        let int = |key: &str| i32::try_from(number(key)?).ok();
        let port = |key: &str| u16::try_from(number(key)?).ok();
        Some(Self {
            id: text("id")?,
            folder: text("folder")?,
            host: int("host")?,
            victim: int("victim")?,
            address: value.get("address")?.as_u64()?,
            names: value.get("names")?.as_u64()?,
            processes: value.get("processes")?.as_u64()?,
            port: port("port")?,
            udp: port("udp")?,
            visited: port("visited")?,
            segment: int("segment")?,
            queue: int("queue")?,
            semaphore: int("semaphore")?,
            file: int("file")?,
            directory: int("directory")?,
        })
    }
}

/// The number of this process's namespace of that kind.
pub(crate) fn namespace(kind: &str) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(format!("/proc/self/ns/{kind}")).ok().map(|data| data.ino())
}

#[cfg(test)]
mod tests {
    use super::Scene;

    #[test]
    fn a_scene_survives_the_command_line() {
        let scene =
            Scene { id: "7".into(), folder: "/x \"y".into(), port: 65535, ..Scene::default() };
        assert_eq!(Scene::parse(&scene.to_json()), Some(scene));
    }

    #[test]
    fn a_scene_with_a_part_missing_is_none() {
        let text = Scene::default().to_json().replace("\"port\":0,", "");
        assert_eq!(Scene::parse(&text), None);
    }
}
