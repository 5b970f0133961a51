//! The same, done to the host at once.

use aether_overlay::Resolved;
use aether_path::VirtualPath;

use crate::acts::{Act, Answer};
use crate::common::Lab;

/// Does it, unless it is about several names of one file, which the host would have as files of their
/// own, about open files, or about times: a file is replaced for good, which its folder shows. Reading is as ever, and tells what the plugin knows.
pub(crate) fn on_host(lab: &mut Lab, act: &Act) -> Option<Answer> {
    let w = |name: &str| format!("/w/{name}");
    let follow = |lab: &Lab, name: &str| lab.at(&w(name));
    let keep = |lab: &Lab, name: &str| lab.itself(&w(name));
    let at = match act {
        Act::Write(at, _) | Act::Append(at, _) | Act::WriteAt(at, ..) | Act::Truncate(at, _) => {
            follow(lab, at)
        }
        Act::Chmod(at, _) => follow(lab, at),
        Act::Mkdir(at)
        | Act::RemoveFile(at)
        | Act::RemoveFolder(at)
        | Act::RemoveTree(at)
        | Act::Rename(at, _)
        | Act::Symlink(_, at) => keep(lab, at),
        _ => return None,
    };
    let to = match act {
        Act::Rename(_, to) => Some(keep(lab, to)),
        _ => None,
    };
    Some(
        at.and_then(|at| Ok((at, to.transpose()?)))
            .and_then(|(at, to)| once(lab, act, &at, to.as_ref()))
            .map(|()| String::new())
            .map_err(|error| error.code()),
    )
}

fn once(
    lab: &mut Lab,
    act: &Act,
    at: &Resolved,
    to: Option<&Resolved>,
) -> Result<(), aether_overlay::Error> {
    let paths: Vec<&VirtualPath> =
        [Some(at), to].into_iter().flatten().map(Resolved::path).collect();
    let done = lab.overlay.at_once(&paths, |overlay| match act {
        Act::Write(_, content) => overlay.write(at, content.clone().into_bytes()),
        Act::Append(_, content) => overlay.append(at, content.as_bytes()),
        Act::WriteAt(_, offset, content) => overlay.write_at(at, *offset, content.as_bytes()),
        Act::Truncate(_, len) => overlay.truncate(at, *len),
        Act::Mkdir(_) => overlay.mkdir(at),
        Act::RemoveFile(_) => overlay.remove_file(at),
        Act::RemoveFolder(_) => overlay.remove_folder(at),
        Act::RemoveTree(_) => overlay.remove_tree(at, |_| true),
        Act::Rename(..) => overlay.rename(at, to.expect("where to"), |_, _| true),
        Act::Symlink(target, _) => overlay.symlink(target, at, |_| true),
        Act::Chmod(_, mode) => overlay.set_mode(at, *mode),
        _ => Ok(()),
    });
    done?.result
}
