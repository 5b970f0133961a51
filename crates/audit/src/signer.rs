//! Signing checkpoints, with a seed that is kept in a file.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use ring::signature::{Ed25519KeyPair, KeyPair as _};

use crate::note::NoteSignature;
use crate::segment::folder_of;
use crate::sink::{is_same, restrict};
use crate::{Checkpoint, Key, KeyError, NoteError, RunId, SignedCheckpoint};

/// How many bytes a seed has.
const SEED: usize = 32;

/// A private key, with its name.
pub struct Signer {
    pair: Ed25519KeyPair,
    key: Key,
}

impl Signer {
    /// The signer of that seed. The name stands in every signature, and should say whose it is.
    pub fn from_seed(name: &str, seed: &[u8; SEED]) -> Result<Signer, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError::NotAKey)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| KeyError::NotAKey)?;
        Ok(Signer { pair, key: Key::new(name, public)? })
    }

    /// The signer whose seed is in a file, which is made if there is none: 32 random bytes of mode
    /// 0600, whole from the moment that the name is there. A file that others than its owner may
    /// read or write is refused, and so is a link.
    pub fn open_or_create(name: &str, path: &Path) -> Result<Signer, KeyError> {
        let failed = |error| KeyError::Open { path: path.to_owned(), error };
        match read_seed(path) {
            Err(KeyError::Open { error, .. }) if error.kind() == io::ErrorKind::NotFound => {}
            read => return Signer::from_seed(name, &read?),
        }
        match make_seed(path)? {
            Ok(()) => {}
            // Somebody else was faster: theirs counts.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
        }
        Signer::from_seed(name, &read_seed(path)?)
    }

    /// What others need to check the signatures.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Signs a checkpoint. One that cannot be written as a note is refused.
    pub fn sign(&self, checkpoint: &Checkpoint) -> Result<SignedCheckpoint, NoteError> {
        let text = checkpoint.to_text()?;
        let signature = NoteSignature {
            name: self.key.name().to_owned(),
            id: self.key.id(),
            bytes: self.pair.sign(text.as_bytes()).as_ref().to_vec(),
        };
        Ok(SignedCheckpoint::new(checkpoint.clone(), vec![signature]))
    }
}

/// Without the key.
impl fmt::Debug for Signer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Signer").field("key", &self.key).finish_non_exhaustive()
    }
}

fn read_seed(path: &Path) -> Result<[u8; SEED], KeyError> {
    let failed = |error| KeyError::Open { path: path.to_owned(), error };
    let exposed = || KeyError::Exposed { path: path.to_owned() };
    let seen = path.symlink_metadata().map_err(failed)?;
    if !seen.is_file() {
        return Err(exposed());
    }
    let file = File::open(path).map_err(failed)?;
    let opened = file.metadata().map_err(failed)?;
    if !is_same(&seen, &opened) || !is_private(&opened) {
        return Err(exposed());
    }
    let mut bytes = Vec::with_capacity(SEED + 1);
    file.take(SEED as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    bytes.try_into().map_err(|_| KeyError::NotASeed { path: path.to_owned() })
}

/// Makes the file under another name first and then gives it its own, which fails if that is taken.
/// The inner result is that of the last step.
fn make_seed(path: &Path) -> Result<io::Result<()>, KeyError> {
    let failed = |error| KeyError::Open { path: path.to_owned(), error };
    let mut seed = [0; SEED];
    getrandom::fill(&mut seed).map_err(KeyError::NoRandom)?;
    let other = RunId::random().map_err(|error| failed(io::Error::other(error)))?;
    let aside = folder_of(path).join(format!(".seed-{other}"));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    restrict(&mut options);
    let mut file = options.open(&aside).map_err(failed)?;
    let written = file.write_all(&seed).and_then(|()| file.sync_all());
    // On Windows its first name cannot be taken from it while it is open.
    drop(file);
    let named = written.and_then(|()| fs::hard_link(&aside, path));
    fs::remove_file(&aside).map_err(failed)?;
    Ok(named)
}

#[cfg(unix)]
fn is_private(opened: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    opened.permissions().mode() & 0o077 == 0
}

/// On Windows a file has the rights of its folder, which is the caller's to choose.
#[cfg(windows)]
fn is_private(_: &fs::Metadata) -> bool {
    true
}
