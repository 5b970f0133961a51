//! The pattern type in which file permissions are written.

use std::fmt;
use std::str::FromStr;

use crate::component::Component;
use crate::error::{PatternError, PatternProblem};
use crate::sequence::{self, States, Step};
use crate::virtual_path::VirtualPath;

/// Longest pattern, in bytes. Matching costs at most the path's bytes times the pattern's, so this
/// is what stops a manifest from making each file call expensive for the host.
pub const MAX_PATTERN_BYTES: usize = 1024;

/// Most components, [`WORKSPACE`](crate::WORKSPACE) included where it is implied. A pattern such as
/// `/**/a/**/a/**/a/…` makes a backtracking matcher take exponential time; ours does not backtrack,
/// and this bounds the components each name of a path is compared with.
pub const MAX_PATTERN_COMPONENTS: usize = 63;

/// A set of paths of the virtual file tree, as written in a manifest or policy.
///
/// | written | means |
/// | --- | --- |
/// | `/a/b` | that path alone |
/// | `/a/*.txt` | `*` and `?` stay within one component; a leading dot is nothing special |
/// | `/a/**/b` | `**` crosses any number of components, zero included |
/// | `/a/**`, `/a/` | `/a` and everything below |
/// | `x`, `./x` | the same as `/workspace/x` |
///
/// No wildcard reaches into `/proc` or `/sys`, and none within `/proc` into what is shown of a
/// process: `/proc/**` names `/proc/cpuinfo`, but not `/proc/1/environ` or `/proc/self`.
///
/// Names are compared character by character: case counts, and nothing is Unicode-normalised.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PathPattern {
    /// As typed, for messages.
    written: String,
    /// In the normal form of [`sequence::push`].
    steps: Vec<Step<Component>>,
    /// The names before the first wildcard.
    root: VirtualPath,
}

impl PathPattern {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let refused = |problem| PatternError::new(text, problem);
        let steps = parse_steps(text).map_err(refused)?;
        // Within the pattern's own caps a path cannot become too long.
        let root = root_of(&steps).ok_or_else(|| refused(PatternProblem::TooLong))?;
        Ok(Self { written: text.to_owned(), steps, root })
    }

    /// Whether the pattern names this path.
    pub fn matches(&self, path: &VirtualPath) -> bool {
        self.spells_out(path) && self.read(path).at_end(&self.steps)
    }

    /// Whether something *below* `path` could be named by the pattern, so that `path` is a folder
    /// on the way: it may be looked at and listed, showing what is itself named or on the way.
    pub fn leads_to(&self, path: &VirtualPath) -> bool {
        self.spells_out(path) && self.read(path).can_continue(&self.steps)
    }

    /// Whether everything that `other` names is named by this pattern too.
    ///
    /// A "yes" is certain. A "no" is wrong for a few unusual pairs (`/a/?*` names all that `/a/*`
    /// does, yet is not seen to cover it), which at worst refuses what could have been allowed.
    pub fn covers(&self, other: &PathPattern) -> bool {
        self.spells_out(&other.root)
            && sequence::covers(&self.steps, &other.steps, Component::covers)
    }

    /// The longest leading part without wildcards: `/var/log` for `/var/log/**`; the whole path for
    /// a pattern that has none.
    pub fn root(&self) -> VirtualPath {
        self.root.clone()
    }

    /// Whether it names whole trees: it ends with `**` or a slash.
    pub fn is_tree(&self) -> bool {
        matches!(self.steps.last(), Some(Step::Gap))
    }

    /// Whether it has no wildcard and so names exactly [`root`](Self::root).
    pub fn is_exact(&self) -> bool {
        self.steps.iter().all(|step| matches!(step, Step::One(Component::Exact(_))))
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether the pattern has enough names before its first wildcard for this path; see
    /// [`guarded`]. For a path that it matches, they are then the path's own.
    fn spells_out(&self, path: &VirtualPath) -> bool {
        let guarded = guarded(path);
        guarded == 0 || self.root.components().count() >= guarded
    }

    fn read(&self, path: &VirtualPath) -> States {
        sequence::read(&self.steps, path.components(), |component, name| component.matches(name))
    }
}

/// How many of a path's first names a pattern must spell out to name it.
///
/// What the kernel shows of itself in `/proc` and `/sys` is nobody's file: whoever writes `/**` does
/// not think of it. What it shows of a process, among it the host's own memory and variables, is
/// named by no wildcard at all.
fn guarded(path: &VirtualPath) -> usize {
    let mut names = path.components();
    match (names.next(), names.next()) {
        (Some("proc"), Some(name)) if is_process(name) => 2,
        (Some("proc" | "sys"), _) => 1,
        _ => 0,
    }
}

fn is_process(name: &str) -> bool {
    matches!(name, "self" | "thread-self") || name.bytes().all(|byte| byte.is_ascii_digit())
}

fn parse_steps(text: &str) -> Result<Vec<Step<Component>>, PatternProblem> {
    if text.is_empty() {
        return Err(PatternProblem::Empty);
    }
    if text.len() > MAX_PATTERN_BYTES {
        return Err(PatternProblem::TooLong);
    }
    let mut steps = Vec::new();
    let mut names = text.split('/');
    let last = names.next_back().unwrap_or_default();
    if text.starts_with('/') {
        names.next();
    } else {
        for name in VirtualPath::workspace().components() {
            push_component(&mut steps, name)?;
        }
    }
    for name in names.chain(Some(last).filter(|last| !last.is_empty())) {
        push_component(&mut steps, name)?;
    }
    let tree = last.is_empty();
    if tree {
        sequence::push(&mut steps, Step::Gap, Component::matches_anything);
    }
    if steps.len() > MAX_PATTERN_COMPONENTS {
        return Err(PatternProblem::TooManyComponents);
    }
    Ok(steps)
}

fn push_component(steps: &mut Vec<Step<Component>>, name: &str) -> Result<(), PatternProblem> {
    let step = match name {
        "" => return Err(PatternProblem::EmptyName),
        ".." => return Err(PatternProblem::Parent),
        "." => return Ok(()),
        "**" => Step::Gap,
        _ => Step::One(Component::parse(name)?),
    };
    sequence::push(steps, step, Component::matches_anything);
    Ok(())
}

fn root_of(steps: &[Step<Component>]) -> Option<VirtualPath> {
    let mut root = VirtualPath::root();
    for step in steps {
        match step {
            Step::One(Component::Exact(name)) => root = root.join(name).ok()?,
            _ => break,
        }
    }
    Some(root)
}

impl FromStr for PathPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        Self::parse(text)
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl fmt::Debug for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PathPattern({:?})", self.written)
    }
}
