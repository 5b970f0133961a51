//! What the command line of a run says.

use std::path::PathBuf;

/// The user that is no one, unless another is named.
const NOBODY: u32 = 12_345;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// The command line that is judged.
    pub(super) sandbox: Option<String>,
    /// Others beside it, by name.
    pub(super) peers: Vec<(String, String)>,
    /// Parts of names; all programs if there are none.
    pub(super) only: Vec<String>,
    /// Programs that are left out, for a command line whose limits are not for them.
    pub(super) without: Vec<String>,
    pub(super) json: Option<PathBuf>,
    pub(super) markdown: Option<PathBuf>,
    pub(super) as_user: Option<u32>,
    /// Where the scene is laid out.
    pub(super) folder: Option<PathBuf>,
}

impl Options {
    pub(super) fn parse(words: &[&str]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut words = words.iter().copied().peekable();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word {
                "--sandbox" => options.sandbox = Some(value()?.to_owned()),
                "--peer" => {
                    let (name, command) =
                        value()?.split_once('=').ok_or("--peer needs NAME='COMMAND …'")?;
                    options.peers.push((name.to_owned(), command.to_owned()));
                }
                "--only" => options.only.push(value()?.to_owned()),
                "--without" => options.without.push(value()?.to_owned()),
                "--folder" => options.folder = Some(value()?.into()),
                "--json" => options.json = Some(value()?.into()),
                "--markdown" => options.markdown = Some(value()?.into()),
                "--as-user" => {
                    let given = words.peek().and_then(|word| word.parse().ok());
                    if given.is_some() {
                        words.next();
                    }
                    options.as_user = Some(given.unwrap_or(NOBODY));
                }
                _ => return Err(format!("there is no option {word:?}")),
            }
        }
        Ok(options)
    }

    pub(super) fn wants(&self, name: &str) -> bool {
        let names = |words: &[String]| words.iter().any(|word| name.contains(word.as_str()));
        (self.only.is_empty() || names(&self.only)) && !names(&self.without)
    }

    /// Everything to be tried, with a name for its column.
    pub(super) fn places(&self) -> Vec<(String, String)> {
        let sandbox = self.sandbox.iter().map(|command| ("sandbox".to_owned(), command.clone()));
        sandbox.chain(self.peers.iter().cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{NOBODY, Options};

    #[test]
    fn the_user_may_be_left_out() {
        let options = Options::parse(&["--as-user", "--only", "fork"]).expect("options");
        assert_eq!((options.as_user, options.only), (Some(NOBODY), vec!["fork".to_owned()]));
        let options = Options::parse(&["--as-user", "65534"]).expect("options");
        assert_eq!(options.as_user, Some(65_534));
    }

    #[test]
    fn a_peer_has_a_name_and_a_command_which_may_hold_equal_signs() {
        let options = Options::parse(&["--peer", "a=b --c=d"]).expect("options");
        assert_eq!(options.peers, [("a".to_owned(), "b --c=d".to_owned())]);
        assert!(Options::parse(&["--peer", "a"]).is_err());
    }

    #[test]
    fn unknown_and_unfinished_options_are_errors() {
        assert!(Options::parse(&["--sandbo", "x"]).is_err());
        assert!(Options::parse(&["--sandbox"]).is_err());
    }
}
