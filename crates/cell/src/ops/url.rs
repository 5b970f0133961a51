//! URLs as the WHATWG URL Standard has them, by way of the `url` crate's own model of that API.

use url::{Url, form_urlencoded, quirks};

use crate::host::Host;
use crate::value::{Args, Raise, Ret};

/// Longest URL text, in bytes. Stops a parse of megabytes for every change of a part.
const URL_BYTES: usize = 1 << 20;

pub(super) fn parse(_: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let text = args.text("the URL")?;
    let base = args.maybe_text("the base")?;
    if text.len() > URL_BYTES {
        return Ok(Ret::Nothing);
    }
    let base = match base.map(|base| Url::parse(&base)) {
        Some(Err(_)) => return Ok(Ret::Nothing),
        Some(Ok(base)) => Some(base),
        None => None,
    };
    let url = Url::options().base_url(base.as_ref()).parse(&text);
    Ok(url.map_or(Ret::Nothing, |url| parts(&url)))
}

pub(super) fn set(_: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let href = args.text("the URL")?;
    let part = args.text("the part")?;
    let text = args.text("the value")?;
    let Ok(mut url) = Url::parse(&href) else { return Ok(Ret::Nothing) };
    if text.len() > URL_BYTES {
        return Ok(parts(&url));
    }
    // A part that does not fit leaves the URL as it was, as the standard says.
    let _ = match part.as_str() {
        "protocol" => quirks::set_protocol(&mut url, &text),
        "username" => quirks::set_username(&mut url, &text),
        "password" => quirks::set_password(&mut url, &text),
        "host" => quirks::set_host(&mut url, &text),
        "hostname" => quirks::set_hostname(&mut url, &text),
        "port" => quirks::set_port(&mut url, &text),
        "pathname" => {
            quirks::set_pathname(&mut url, &text);
            Ok(())
        }
        "search" => {
            quirks::set_search(&mut url, &text);
            Ok(())
        }
        "hash" => {
            quirks::set_hash(&mut url, &text);
            Ok(())
        }
        _ => Err(()),
    };
    Ok(parts(&url))
}

pub(super) fn form_decode(_: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let query = args.text("the query")?;
    let pairs = form_urlencoded::parse(query.as_bytes());
    let flat = pairs.flat_map(|(name, value)| [name, value]);
    Ok(Ret::List(flat.map(|text| Ret::Text(text.into_owned())).collect()))
}

pub(super) fn form_encode(_: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let text = args.text("the text")?;
    Ok(Ret::Text(form_urlencoded::byte_serialize(text.as_bytes()).collect()))
}

pub(super) fn host(_: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let host = args.text("the host")?;
    let host = match args.flag("to Unicode")? {
        true => quirks::domain_to_unicode(&host),
        false => quirks::domain_to_ascii(&host),
    };
    Ok(Ret::Text(host))
}

/// In the order in which `runtime/web/url.js` takes them.
fn parts(url: &Url) -> Ret {
    let parts = [
        quirks::href(url),
        quirks::protocol(url),
        quirks::username(url),
        quirks::password(url),
        quirks::host(url),
        quirks::hostname(url),
        quirks::port(url),
        quirks::pathname(url),
        quirks::search(url),
        quirks::hash(url),
    ];
    let mut list: Vec<Ret> = parts.into_iter().map(|part| Ret::Text(part.to_owned())).collect();
    list.push(Ret::Text(quirks::origin(url)));
    Ret::List(list)
}
