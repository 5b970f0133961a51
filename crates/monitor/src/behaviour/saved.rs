//! A model as bytes: one line of JSON, the same for the same model.

use serde::{Deserialize, Serialize};

use super::limits::{
    DIGEST, MODEL_BYTES, MOST_SCORES, MOST_SEQUENCES, MOST_SYMBOLS, ORDER, SYMBOL,
};
use super::mixture::{Kind, Mixture, WHOLE};
use super::model::{Model, grown};
use super::symbols::{Symbols, UNKNOWN};
use super::tally::Yardstick;
use super::tree::experts_of;

/// The version of the saved form.
const VERSION: u32 = 2;

/// Most thousandths of a bit of a mean or a deviation: no symbol surprises by more than 24 bits.
const MOST_BITS: u32 = 24_000;

/// A saved model that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// It is too large to be looked at.
    #[error("the saved model has {bytes} bytes; {} are the most", MODEL_BYTES)]
    Large {
        /// How large.
        bytes: usize,
    },
    /// It is no model.
    #[error("the saved model cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It is of another version of this crate.
    #[error("the saved model is of version {0}; this is version {VERSION}")]
    Version(u32),
    /// It was learned from other code.
    #[error("the saved model is of other code of this plugin: learn it anew")]
    OtherDigest,
    /// It says what no model says.
    #[error("the saved model is damaged: {0}")]
    Damaged(&'static str),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    version: u32,
    digest: String,
    runs: u32,
    symbols: Vec<String>,
    sequences: Vec<(Vec<u32>, u32)>,
    /// By kind of context: the weights, and mean and deviation of the surprises.
    kinds: Vec<(u16, Vec<u32>, [u32; 2])>,
    yardsticks: [Yardstick; 2],
    scores: Vec<i32>,
    burst: u32,
}

impl Model {
    /// Reads what [`write`](Self::write) wrote. A model of another `digest` is void: it knows what
    /// other code did.
    ///
    /// # Errors
    ///
    /// When it is too large, no model, of another version or digest, or holds what no model does.
    pub fn read(bytes: &[u8], digest: &str) -> Result<Self, ModelError> {
        if bytes.len() > MODEL_BYTES {
            return Err(ModelError::Large { bytes: bytes.len() });
        }
        let saved: Saved = serde_json::from_slice(bytes)?;
        if saved.version != VERSION {
            return Err(ModelError::Version(saved.version));
        }
        if saved.digest != digest {
            return Err(ModelError::OtherDigest);
        }
        saved.checked()?;
        Ok(saved.model())
    }

    /// The model as bytes.
    ///
    /// # Errors
    ///
    /// When it became too large to be read again.
    pub fn write(&self) -> Result<Vec<u8>, ModelError> {
        let pairs = |(sequence, count): (&Vec<u32>, &u32)| (sequence.clone(), *count);
        let kind = |(kind, known): (&u16, &Kind)| (*kind, known.weights.clone(), known.usual);
        let bytes = serde_json::to_vec(&Saved {
            version: VERSION,
            digest: self.digest.clone(),
            runs: self.runs,
            symbols: self.symbols.words().to_vec(),
            sequences: self.sequences.iter().map(pairs).collect(),
            kinds: self.mixture.kinds.iter().map(kind).collect(),
            yardsticks: self.yardsticks,
            scores: self.scores.clone(),
            burst: self.burst,
        })?;
        match bytes.len() {
            bytes if bytes > MODEL_BYTES => Err(ModelError::Large { bytes }),
            _ => Ok(bytes),
        }
    }
}

impl Saved {
    fn checked(&self) -> Result<(), ModelError> {
        let known = |number: &u32| {
            *number == UNKNOWN
                || usize::try_from(*number).is_ok_and(|place| place < self.symbols.len())
        };
        let sequence = |(sequence, count): &(Vec<u32>, u32)| {
            (1..=ORDER).contains(&sequence.len()) && *count > 0 && sequence.iter().all(known)
        };
        let kind = |(kind, weights, [mean, deviation]): &(u16, Vec<u32>, [u32; 2])| {
            (1..=ORDER + 1).contains(&weights.len())
                && weights.len() == experts_of(*kind)
                && weights.iter().all(|weight| (1..=WHOLE).contains(weight))
                && *mean <= MOST_BITS
                && (1..=MOST_BITS).contains(deviation)
        };
        let rising_kinds = self.kinds.is_sorted_by(|(before, ..), (after, ..)| before < after);
        let checks = [
            (self.digest.chars().count() <= DIGEST, "its digest is too long"),
            (self.symbols.len() <= MOST_SYMBOLS, "it has too many symbols"),
            (
                self.symbols.iter().all(|word| word.chars().count() <= SYMBOL + 1),
                "a symbol is too long",
            ),
            (self.sequences.len() <= MOST_SEQUENCES, "it has too many sequences"),
            (self.sequences.iter().all(sequence), "a sequence is none"),
            (rising(&self.sequences), "its sequences are out of order"),
            (self.kinds.iter().all(kind) && rising_kinds, "its weights are wrong"),
            (self.yardsticks.iter().all(|(_, deviation)| *deviation > 0), "a deviation is none"),
            (self.scores.len() <= MOST_SCORES && self.scores.is_sorted(), "its scores are wrong"),
        ];
        match checks.into_iter().find(|(holds, _)| !holds) {
            Some((_, what)) => Err(ModelError::Damaged(what)),
            None => Ok(()),
        }
    }

    fn model(self) -> Model {
        let mut symbols = Symbols::default();
        for word in &self.symbols {
            symbols.learn(word);
        }
        let sequences = self.sequences.into_iter().collect();
        let kind = |(kind, weights, usual)| (kind, Kind { weights, usual });
        Model {
            digest: self.digest,
            runs: self.runs,
            symbols,
            tree: grown(&sequences),
            sequences,
            mixture: Mixture { kinds: self.kinds.into_iter().map(kind).collect() },
            yardsticks: self.yardsticks,
            scores: self.scores,
            burst: self.burst,
        }
    }
}

/// Whether each key is greater than the one before, so that a model has one form only.
fn rising<Key: Ord, Value>(pairs: &[(Key, Value)]) -> bool {
    pairs.is_sorted_by(|(before, _), (after, _)| before < after)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn learned(runs: &[Vec<u8>]) -> Model {
        let words: Vec<Vec<String>> = runs
            .iter()
            .map(|run| run.iter().map(|call| format!("call {call}")).collect())
            .collect();
        Model::learn("abc", words.iter().map(|run| run.iter().map(String::as_str)))
    }

    proptest! {
        #[test]
        fn a_model_is_the_same_when_read_again(
            runs in prop::collection::vec(prop::collection::vec(0u8..6, 0..40), 0..12),
        ) {
            let model = learned(&runs);
            let bytes = model.write().unwrap();
            let read = Model::read(&bytes, "abc").unwrap();
            prop_assert_eq!(read.write().unwrap(), bytes);
            let trace = ["call 1", "call 2", "call 1", "call 5", "other"];
            prop_assert_eq!(read.score(trace), model.score(trace));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Model::read(&bytes, "abc");
        }

        #[test]
        fn a_changed_model_is_read_or_refused(place in 0usize..2_000, byte: u8) {
            let mut bytes = learned(&[vec![1, 2, 3, 1, 2, 3], vec![1, 2, 4]]).write().unwrap();
            let place = place % bytes.len();
            bytes[place] = byte;
            if let Ok(model) = Model::read(&bytes, "abc") {
                prop_assert!(model.score(["call 1", "call 2"]).surprise.is_finite());
            }
        }
    }

    #[test]
    fn other_code_another_version_and_too_much_are_refused() {
        let bytes = learned(&[vec![1, 2]]).write().unwrap();
        assert!(matches!(Model::read(&bytes, "abd"), Err(ModelError::OtherDigest)));
        let text = String::from_utf8(bytes).unwrap();
        let later = text.replace("\"version\":2", "\"version\":3");
        assert!(matches!(Model::read(later.as_bytes(), "abc"), Err(ModelError::Version(3))));
        let large = vec![b' '; MODEL_BYTES + 1];
        assert!(matches!(Model::read(&large, "abc"), Err(ModelError::Large { .. })));
        let wild = text.replace("[[0],1]", "[[7],1]");
        assert_ne!(wild, text);
        assert!(matches!(Model::read(wild.as_bytes(), "abc"), Err(ModelError::Damaged(_))));
    }
}
