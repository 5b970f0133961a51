//! CommonJS: what `require` names, and files that are no modules.

use crate::engine::sources::{Required, Unread};
use crate::host::Host;
use crate::packages::Format;
use crate::value::{Args, Raise, Ret};

pub(super) fn require_resolve(host: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let (file, specifier) = (args.name("the file")?, args.name("the specifier")?);
    let (kind, name) = match host.sources.require(host, &file, &specifier) {
        Ok(Required::Builtin(name)) => ("builtin", name),
        Ok(Required::File(path, Format::CommonJs)) => ("commonjs", path),
        Ok(Required::File(path, Format::Json)) => ("json", path),
        Ok(Required::File(path, Format::Module)) => ("module", path),
        Err(unread) => return Err(raised(unread, specifier, file)),
    };
    Ok(Ret::List(vec![Ret::Text(kind.to_owned()), Ret::Text(name)]))
}

pub(super) fn bundle_text(host: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let (path, referrer) = (args.name("the path")?, args.name("who wants it")?);
    match host.sources.text(host, &path, &referrer) {
        Ok(text) => Ok(Ret::Text(text)),
        Err(unread) => Err(raised(unread, path, referrer)),
    }
}

fn raised(unread: Unread, specifier: String, referrer: String) -> Raise {
    Raise::Module { unread: Box::new(unread), specifier, referrer }
}
