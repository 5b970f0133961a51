//! Matching of sequences that may hold gaps, without backtracking.
//!
//! A pattern is such a sequence twice over: of components, where `**` is the gap, and within a
//! component of characters, where `*` is. Both run on this one automaton, which follows all states
//! at once: each element of the input meets each step of the pattern at most once, whatever either
//! was made to look like.

/// One step of a sequence.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step<E> {
    /// Any number of elements, none included.
    Gap,
    /// One element.
    One(E),
}

/// Appends a step and keeps the sequence in a normal form: runs of gaps become one gap, and a gap
/// moves behind elements that match anything (`**/*` and `*/**` mean the same). Comparing patterns
/// then finds more of what is equal.
pub(crate) fn push<E>(
    steps: &mut Vec<Step<E>>,
    step: Step<E>,
    matches_anything: impl Fn(&E) -> bool,
) {
    let after_gap = matches!(steps.last(), Some(Step::Gap));
    match step {
        Step::Gap if after_gap => {}
        Step::One(element) if after_gap && matches_anything(&element) => {
            let gap = steps.len() - 1;
            steps.insert(gap, Step::One(element));
        }
        step => steps.push(step),
    }
}

/// The states alive after reading `input`; `one` tells whether a step's element matches.
pub(crate) fn read<E, I>(
    steps: &[Step<E>],
    input: impl IntoIterator<Item = I>,
    one: impl Fn(&E, &I) -> bool,
) -> States {
    let mut states = States::at_start(steps);
    for element in input {
        states = states.after_one(steps, |ours| one(ours, &element));
        if states.is_empty() {
            break;
        }
    }
    states
}

/// Whether everything that `theirs` matches is certainly matched by `ours`.
///
/// The states kept are those alive after *every* input that `theirs` could have read so far, so a
/// "yes" is certain; a "no" may be wrong where only several states together cover an element.
pub(crate) fn covers<E>(
    ours: &[Step<E>],
    theirs: &[Step<E>],
    one: impl Fn(&E, &E) -> bool,
) -> bool {
    let mut states = States::at_start(ours);
    for step in theirs {
        states = match step {
            Step::Gap => states.after_any_number(ours),
            Step::One(element) => states.after_one(ours, |mine| one(mine, element)),
        };
    }
    states.at_end(ours)
}

/// Most steps a sequence may have; further ones would never match, which denies.
const CAPACITY: usize = 255;

/// The set of positions in a sequence that the automaton may be at; position `n` stands before
/// step `n`. A position before a gap implies the one behind it.
#[derive(Clone, Copy)]
pub(crate) struct States([u64; (CAPACITY + 1) / 64]);

impl States {
    /// Whether the whole sequence may have been read.
    pub(crate) fn at_end<E>(self, steps: &[Step<E>]) -> bool {
        self.iter().any(|state| state == steps.len())
    }

    /// Whether at least one more element could be read.
    pub(crate) fn can_continue<E>(self, steps: &[Step<E>]) -> bool {
        self.iter().any(|state| state < steps.len())
    }

    fn at_start<E>(steps: &[Step<E>]) -> Self {
        let mut states = Self([0; 4]);
        states.insert(steps, 0);
        states
    }

    fn after_one<E>(self, steps: &[Step<E>], one: impl Fn(&E) -> bool) -> Self {
        let mut next = Self([0; 4]);
        for state in self.iter() {
            match steps.get(state) {
                Some(Step::Gap) => next.insert(steps, state),
                Some(Step::One(element)) if one(element) => next.insert(steps, state + 1),
                _ => {}
            }
        }
        next
    }

    fn after_any_number<E>(self, steps: &[Step<E>]) -> Self {
        let mut next = Self([0; 4]);
        for state in self.iter().filter(|state| matches!(steps.get(*state), Some(Step::Gap))) {
            next.insert(steps, state);
        }
        next
    }

    fn insert<E>(&mut self, steps: &[Step<E>], state: usize) {
        if let Some(word) = self.0.get_mut(state / 64) {
            *word |= 1 << (state % 64);
        }
        // Two gaps never stand together, so one step of closure is enough.
        if matches!(steps.get(state), Some(Step::Gap))
            && let Some(word) = self.0.get_mut((state + 1) / 64)
        {
            *word |= 1 << ((state + 1) % 64);
        }
    }

    fn is_empty(self) -> bool {
        self.0 == [0; 4]
    }

    fn iter(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().flat_map(|(index, mut word)| {
            std::iter::from_fn(move || {
                let bit = (word != 0).then_some(word.trailing_zeros() as usize)?;
                word &= word - 1;
                Some(index * 64 + bit)
            })
        })
    }
}
