//! A name server that lies, over UDP, and a resolver that asks it.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use aether_egress::{Lookup, LookupError, Resolver};

/// How long the resolver waits for an answer.
const WAIT: Duration = Duration::from_millis(250);
/// How many names a chain may lead over.
const CHAIN: usize = 8;

const A: u16 = 1;
const CNAME: u16 = 5;
const AAAA: u16 = 28;

/// What the server says to a question.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Says {
    /// These addresses.
    These(&'static [&'static str]),
    /// The true name is this one, whose addresses are in the same answer.
    Chain(&'static str, &'static [&'static str]),
    /// The true name is this one; ask again.
    Alias(&'static str),
    /// There is no such name.
    Nothing,
    /// The server is broken.
    Broken,
    /// There is more than fits.
    Truncated(&'static [&'static str]),
    /// Addresses for a question that was not asked: of another name.
    OfAnother(&'static str, &'static [&'static str]),
    /// An answer to another question, by its number.
    Misnumbered(&'static [&'static str]),
    /// An address of this many bytes.
    OddLength(usize),
    /// A name that points to itself.
    Loop,
    /// These bytes.
    Bytes(&'static [u8]),
    /// The count of answers is this one, whatever follows.
    Counted(u16),
    /// Nothing at all.
    Silence,
}

/// What is said about names.
pub(crate) type Script = &'static [Saying];

/// What is said about a name: one after another, the last forever.
pub(crate) type Saying = (&'static str, &'static [Says]);

/// The server.
pub(crate) struct NameServer {
    address: SocketAddr,
    script: Arc<Mutex<HashMap<String, Vec<Says>>>>,
}

impl NameServer {
    pub(crate) fn start() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = socket.local_addr().unwrap();
        let script: Arc<Mutex<HashMap<String, Vec<Says>>>> = Arc::default();
        let said = Arc::clone(&script);
        thread::spawn(move || {
            let mut buffer = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                let question = &buffer[..length];
                if let Some(answer) = answer(question, &said) {
                    socket.send_to(&answer, from).unwrap();
                }
            }
        });
        NameServer { address, script }
    }

    /// Puts another script in force.
    pub(crate) fn says<'s>(&self, script: impl IntoIterator<Item = &'s Saying>) {
        let said = script.into_iter().map(|(name, says)| ((*name).to_owned(), says.to_vec()));
        *self.script.lock().unwrap() = said.collect();
    }

    pub(crate) fn resolver(&self) -> Arc<dyn Resolver> {
        Arc::new(Stub(self.address))
    }
}

/// The answer to a question, if there is to be one.
fn answer(question: &[u8], script: &Mutex<HashMap<String, Vec<Says>>>) -> Option<Vec<u8>> {
    let (name, at) = name_at(question, 12)?;
    let kind = number(question, at)?;
    let mut script = script.lock().unwrap();
    // Both kinds of addresses are asked for, one after the other: with the second, time goes on.
    let says = match script.get_mut(&name) {
        Some(says) if kind == AAAA && says.len() > 1 => says.remove(0),
        Some(says) => says[0],
        None => Says::Nothing,
    };
    let mut out = question[..at + 4].to_vec();
    // An answer, recursion available, one question.
    out[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0]);
    let mut count = 0;
    let mut add = |out: &mut Vec<u8>, owner: &str, kind: u16, data: &[u8]| {
        out.extend_from_slice(&encoded(owner));
        out.extend_from_slice(&kind.to_be_bytes());
        // The internet, for no time at all.
        out.extend_from_slice(&[0, 1, 0, 0, 0, 0]);
        out.extend_from_slice(&u16::try_from(data.len()).unwrap().to_be_bytes());
        out.extend_from_slice(data);
        count += 1;
    };
    let addresses = |list: &[&str]| {
        let parsed = list.iter().map(|text| text.parse::<IpAddr>().unwrap());
        let wanted = parsed.filter_map(move |address| match address {
            IpAddr::V4(address) if kind == A => Some(address.octets().to_vec()),
            IpAddr::V6(address) if kind == AAAA => Some(address.octets().to_vec()),
            _ => None,
        });
        wanted.collect::<Vec<_>>()
    };
    match says {
        Says::These(list) | Says::Truncated(list) | Says::Misnumbered(list) => {
            addresses(list).iter().for_each(|data| add(&mut out, &name, kind, data));
        }
        Says::OfAnother(other, list) => {
            addresses(list).iter().for_each(|data| add(&mut out, other, kind, data));
        }
        Says::Chain(target, list) => {
            add(&mut out, &name, CNAME, &encoded(target));
            addresses(list).iter().for_each(|data| add(&mut out, target, kind, data));
        }
        Says::Alias(target) => add(&mut out, &name, CNAME, &encoded(target)),
        Says::OddLength(length) => add(&mut out, &name, kind, &vec![127; length]),
        Says::Nothing => out[3] |= 3,
        Says::Broken => out[3] |= 2,
        Says::Loop => {
            let at = u16::try_from(out.len()).unwrap() | 0xc000;
            out.extend_from_slice(&at.to_be_bytes());
            out.extend_from_slice(&[0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 2]);
            count = 1;
        }
        Says::Counted(number) => count = number,
        Says::Bytes(bytes) => return Some([&question[..2], bytes].concat()),
        Says::Silence => return None,
    }
    match says {
        Says::Truncated(_) => out[2] |= 2,
        Says::Misnumbered(_) => out[0] ^= 0xff,
        _ => {}
    }
    out[6..8].copy_from_slice(&count.to_be_bytes());
    Some(out)
}

/// A resolver that asks one server and takes its word for everything but the form.
struct Stub(SocketAddr);

impl Resolver for Stub {
    fn lookup(&self, name: &str) -> Lookup {
        let (server, name) = (self.0, name.to_owned());
        Box::pin(async move {
            let mut found = ask(server, &name, A).await?;
            found.extend(ask(server, &name, AAAA).await?);
            Ok(found)
        })
    }
}

/// Asks, over as many names as the server leads.
async fn ask(server: SocketAddr, name: &str, kind: u16) -> Result<Vec<IpAddr>, LookupError> {
    let mut name = name.to_owned();
    for number in 1..=CHAIN {
        let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.map_err(|_| LookupError)?;
        socket.connect(server).await.map_err(|_| LookupError)?;
        let id = u16::try_from(number).unwrap() ^ kind << 8;
        let header = [&id.to_be_bytes()[..], &[1, 0, 0, 1, 0, 0, 0, 0, 0, 0]].concat();
        let question = [header, encoded(&name), kind.to_be_bytes().to_vec(), vec![0, 1]].concat();
        socket.send(&question).await.map_err(|_| LookupError)?;
        let mut buffer = [0; 1500];
        let received = tokio::time::timeout(WAIT, socket.recv(&mut buffer)).await;
        let length = received.map_err(|_| LookupError)?.map_err(|_| LookupError)?;
        match read(&buffer[..length], id, &name, kind).ok_or(LookupError)? {
            Found::Addresses(found) => return Ok(found),
            Found::Alias(target) => name = target,
        }
    }
    Err(LookupError)
}

enum Found {
    Addresses(Vec<IpAddr>),
    Alias(String),
}

/// Reads an answer; nothing when it is none, or says that something is wrong.
fn read(answer: &[u8], id: u16, name: &str, kind: u16) -> Option<Found> {
    let flags = number(answer, 2)?;
    let is_whole = number(answer, 0)? == id && flags & 0x8000 != 0 && flags & 0x0200 == 0;
    let code = flags & 15;
    if !is_whole || !matches!(code, 0 | 3) {
        return None;
    }
    let (_, mut at) = name_at(answer, 12)?;
    at += 4;
    let (mut wanted, mut found) = (name.to_owned(), Vec::new());
    for _ in 0..number(answer, 6)? {
        let (owner, after) = name_at(answer, at)?;
        let (is, length) = (number(answer, after)?, usize::from(number(answer, after + 8)?));
        let data = answer.get(after + 10..after + 10 + length)?;
        match is {
            CNAME if owner == wanted => wanted = name_at(answer, after + 10)?.0,
            A if is == kind && owner == wanted => {
                found.push(Ipv4Addr::from(*data.as_array::<4>()?).into());
            }
            AAAA if is == kind && owner == wanted => {
                found.push(Ipv6Addr::from(*data.as_array::<16>()?).into());
            }
            _ => {}
        }
        at = after + 10 + length;
    }
    let is_alias = found.is_empty() && wanted != name;
    Some(if is_alias { Found::Alias(wanted) } else { Found::Addresses(found) })
}

fn encoded(name: &str) -> Vec<u8> {
    let label = |label: &str| [&[u8::try_from(label.len()).unwrap()], label.as_bytes()].concat();
    let labels = name.split('.').flat_map(label);
    labels.chain([0]).collect()
}

/// The name that begins at a place, and where it ends there.
fn name_at(message: &[u8], start: usize) -> Option<(String, usize)> {
    let (mut at, mut end, mut labels) = (start, None, Vec::new());
    for _ in 0..128 {
        let length = usize::from(*message.get(at)?);
        match length {
            0 => return Some((labels.join("."), end.unwrap_or(at + 1))),
            1..64 => {
                let label = message.get(at + 1..at + 1 + length)?;
                labels.push(String::from_utf8_lossy(label).to_ascii_lowercase());
                at += 1 + length;
            }
            _ => {
                end = end.or(Some(at + 2));
                at = usize::from(number(message, at)? & 0x3fff);
            }
        }
    }
    None
}

fn number(message: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*message.get(at..)?.first_chunk()?))
}
