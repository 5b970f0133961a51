//! What the arguments of a call mean, read from the memory of its caller.
//!
//! All of that memory is the plugin's. It may be anything, it may not be there, and it may change
//! under the reader: each piece is copied once, within bounds, and what is made of the copy is
//! never held against the original.

use super::address;
use super::memory::Memory;
use super::trap::Shape;
use crate::{Access, Address, Detail, Place, PluginText};

/// Bytes kept of one text: as many as the kernel takes for a path, its ending zero included.
const TEXT_BYTES: usize = 4096;

/// Arguments of a program that are kept.
const ARGUMENTS: usize = 32;

/// Bytes kept of all of them. A command line may have megabytes, and its record goes into a queue
/// and a log.
const ARGUMENT_BYTES: usize = 8 << 10;

/// Messages of one sendmmsg(2) whose addresses are kept; the call takes up to 1024.
const MESSAGES: usize = 8;

/// Size of the largest address, `struct sockaddr_storage`.
const ADDRESS_BYTES: usize = 128;

/// Size of `struct mmsghdr` on 64-bit machines.
const MESSAGE_BYTES: usize = 64;

/// Where a path begins that does not begin at the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// The folder that the thread is in.
    Current,
    /// A descriptor of its process.
    Descriptor(i32),
}

/// The calls' arguments, with a look-out for what else must be known: paths that do not begin at
/// the root are completed by `complete`.
pub(super) struct Decoder<'a, M> {
    pub(super) memory: &'a M,
    pub(super) arguments: [u64; 6],
    /// The folder that a base is, if it can be told.
    pub(super) folder: &'a dyn Fn(Base) -> Option<PluginText>,
}

/// What a call that opens a file asks for. `how` is `None` where it could not be read.
pub(super) struct Opening {
    pub(super) place: Place,
    pub(super) how: Option<How>,
}

/// `struct open_how` of openat2(2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct How {
    pub(super) flags: u64,
    pub(super) mode: u64,
    pub(super) resolve: u64,
}

impl How {
    pub(super) const fn has(self, flag: libc::c_int) -> bool {
        // The highest flag is far below the sign.
        self.flags & flag as u64 == flag as u64
    }

    pub(super) const fn access(self) -> Access {
        // A descriptor that only names a file neither reads nor writes it.
        let named = self.has(libc::O_PATH);
        let mode = (self.flags & libc::O_ACCMODE as u64) as libc::c_int;
        Access {
            read: !named && matches!(mode, libc::O_RDONLY | libc::O_RDWR),
            write: !named && matches!(mode, libc::O_WRONLY | libc::O_RDWR),
            create: !named && (self.has(libc::O_CREAT) || self.has(libc::O_TMPFILE)),
            truncate: !named && self.has(libc::O_TRUNC),
        }
    }
}

impl<M: Memory> Decoder<'_, M> {
    pub(super) fn detail(&self, shape: Shape) -> Detail {
        match shape {
            Shape::Raw => Detail::Raw,
            Shape::Path(path) => Detail::Place(self.place(None, path)),
            Shape::PathAt(at, path) => Detail::Place(self.place(Some(at), path)),
            Shape::Paths(from, to) => {
                Detail::Places { from: self.place(None, from), to: self.place(None, to) }
            }
            Shape::PathsAt([from_at, from, to_at, to]) => Detail::Places {
                from: self.place(Some(from_at), from),
                to: self.place(Some(to_at), to),
            },
            Shape::Link(target, at, path) => {
                // What a link says is no place until somebody follows it.
                let from = Place { path: self.text(self.word(target)), ..Place::default() };
                Detail::Places { from, to: self.place(at, path) }
            }
            Shape::Open { .. } | Shape::Create | Shape::OpenHow => {
                let Some(Opening { place, how }) = self.opening(shape) else { return Detail::Raw };
                Detail::Open { place, access: how.unwrap_or_default().access() }
            }
            Shape::Execute { at, path } => {
                let (arguments, more) = self.list(self.word(path + 1));
                Detail::Execute { program: self.place(at, path), arguments, more }
            }
            Shape::Address(pointer) => Detail::Addresses {
                addresses: self
                    .address(self.word(pointer), self.int(pointer + 1))
                    .into_iter()
                    .collect(),
                more: false,
            },
            Shape::Message(pointer) => self.messages(self.word(pointer), 1),
            Shape::Messages(pointer) => {
                let count = self.int(pointer + 1) as u32;
                self.messages(self.word(pointer), usize::try_from(count).unwrap_or(usize::MAX))
            }
            Shape::Socket => {
                Detail::Socket { family: self.int(0), kind: self.int(1), protocol: self.int(2) }
            }
            Shape::Request(at) => Detail::Request(self.int(at) as u32),
            Shape::Process(at) => Detail::Process(self.int(at)),
            Shape::Name(at) => Detail::Name(self.text(self.word(at))),
            Shape::Mount => Detail::Mount {
                source: self.text(self.word(0)),
                target: self.text(self.word(1)),
                kind: self.text(self.word(2)),
                flags: self.word(3),
            },
        }
    }

    /// What a call asks for that opens a file; `None` for one that does not.
    pub(super) fn opening(&self, shape: Shape) -> Option<Opening> {
        match shape {
            Shape::Open { at, path } => {
                // The kernel reads an int and knows no flag of its sign.
                let flags = u64::from(self.int(path + 1) as u32);
                let how = How { flags, mode: self.word(path + 2) & 0o7777, resolve: 0 };
                Some(Opening { place: self.place(at, path), how: Some(how) })
            }
            Shape::Create => {
                let flags = (libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC) as u64;
                let how = How { flags, mode: self.word(1) & 0o7777, resolve: 0 };
                Some(Opening { place: self.place(None, 0), how: Some(how) })
            }
            Shape::OpenHow => Some(Opening {
                place: self.place(Some(0), 1),
                how: self.how(self.word(2), self.word(3)),
            }),
            _ => None,
        }
    }

    fn word(&self, at: u8) -> u64 {
        self.arguments.get(usize::from(at)).copied().unwrap_or(0)
    }

    /// Where the kernel reads an `int`, the upper half says nothing.
    fn int(&self, at: u8) -> i32 {
        self.word(at) as u32 as i32
    }

    fn place(&self, at: Option<u8>, path: u8) -> Place {
        let path = self.text(self.word(path));
        let base = match at.map(|at| self.int(at)) {
            None | Some(libc::AT_FDCWD) => Base::Current,
            Some(number) => Base::Descriptor(number),
        };
        let relative = path.as_ref().is_some_and(|path| !path.as_bytes().starts_with(b"/"));
        let folder = if relative { (self.folder)(base) } else { None };
        Place { folder, path, ..Place::default() }
    }

    fn text(&self, address: u64) -> Option<PluginText> {
        self.text_within(address, TEXT_BYTES)
    }

    fn text_within(&self, address: u64, most: usize) -> Option<PluginText> {
        if address == 0 {
            return None;
        }
        let mut bytes = vec![0; most];
        let count = self.memory.read(address, &mut bytes);
        bytes.truncate(count);
        let end = bytes.iter().position(|&byte| byte == 0);
        if end.is_none() && count == 0 && most > 0 {
            return None;
        }
        bytes.truncate(end.unwrap_or(count));
        bytes.shrink_to_fit();
        Some(PluginText::new(bytes, end.is_none()))
    }

    /// A list of texts that ends with a null, and whether there is more than was kept.
    fn list(&self, address: u64) -> (Vec<PluginText>, bool) {
        let mut bytes = [0; 8 * (ARGUMENTS + 1)];
        let count = self.memory.read(address, &mut bytes);
        let (pointers, _) = bytes[..count].as_chunks();
        let (mut texts, mut left) = (Vec::new(), ARGUMENT_BYTES);
        for &pointer in pointers {
            let pointer = u64::from_ne_bytes(pointer);
            if pointer == 0 {
                return (texts, false);
            }
            if texts.len() == ARGUMENTS || left == 0 {
                return (texts, true);
            }
            let Some(text) = self.text_within(pointer, left.min(TEXT_BYTES)) else {
                return (texts, true);
            };
            left -= text.as_bytes().len();
            texts.push(text);
        }
        // Its end could not be read. No list at all is an empty one to the kernel.
        (texts, address != 0)
    }

    fn address(&self, pointer: u64, length: i32) -> Option<Address> {
        let length = usize::try_from(length).ok().filter(|&length| length > 0)?;
        if pointer == 0 {
            return None;
        }
        let mut bytes = [0; ADDRESS_BYTES];
        let bytes = &mut bytes[..length.min(ADDRESS_BYTES)];
        let count = self.memory.read(pointer, bytes);
        (count > 0).then(|| address::decode(&bytes[..count]))
    }

    /// The addresses of messages that have one: `msg_name` and `msg_namelen` of `struct msghdr`.
    fn messages(&self, pointer: u64, count: usize) -> Detail {
        let mut bytes = [0; MESSAGE_BYTES * MESSAGES];
        // The last one need not be followed by anything: of each only the head is needed.
        let wanted = count.min(MESSAGES) * MESSAGE_BYTES;
        let bytes = &mut bytes[..wanted.saturating_sub(MESSAGE_BYTES - 16)];
        let read = self.memory.read(pointer, bytes);
        let addresses = bytes[..read].chunks(MESSAGE_BYTES).filter_map(|head| {
            let (name, rest) = head.split_first_chunk()?;
            let length = rest.first_chunk()?;
            self.address(u64::from_ne_bytes(*name), i32::from_ne_bytes(*length))
        });
        Detail::Addresses { addresses: addresses.collect(), more: count > MESSAGES }
    }

    /// What of `struct open_how` this version knows. A longer one asks for what it does not know.
    fn how(&self, pointer: u64, size: u64) -> Option<How> {
        const KNOWN: usize = size_of::<[u64; 3]>();
        let mut bytes = [0; KNOWN];
        if size != KNOWN as u64 || self.memory.read(pointer, &mut bytes) != KNOWN {
            return None;
        }
        let (words, _) = bytes.as_chunks();
        let [flags, mode, resolve] = words else { return None };
        let word = |bytes: &[u8; 8]| u64::from_ne_bytes(*bytes);
        Some(How { flags: word(flags), mode: word(mode), resolve: word(resolve) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::memory::tests::{PAGE, Pages};
    use super::*;

    fn decoder(memory: &Pages, arguments: [u64; 6]) -> Decoder<'_, Pages> {
        Decoder { memory, arguments, folder: &|_| Some(PluginText::new(b"/here".to_vec(), false)) }
    }

    fn text(bytes: &[u8]) -> PluginText {
        PluginText::new(bytes.to_vec(), false)
    }

    fn cut(bytes: &[u8]) -> PluginText {
        PluginText::new(bytes.to_vec(), true)
    }

    #[track_caller]
    fn check_text(memory: &Pages, address: u64, expect: Option<&PluginText>) {
        assert_eq!(decoder(memory, [0; 6]).text(address).as_ref(), expect);
    }

    #[test]
    fn texts() {
        let memory = Pages::default().with(PAGE, b"words\0more").with(PAGE * 2 - 3, b"abc");
        check_text(&memory, PAGE, Some(&text(b"words")));
        check_text(&memory, PAGE + 5, Some(&text(b"")));
        // Runs into a page that is not there.
        check_text(&memory, PAGE * 2 - 3, Some(&cut(b"abc")));
        for nowhere in [0, 1, PAGE - 1, PAGE * 2, u64::MAX, 1 << 63] {
            check_text(&memory, nowhere, None);
        }
    }

    #[test]
    fn a_text_without_an_end_is_cut() {
        let memory = Pages::default().with(PAGE, &[b'x'; 3 * PAGE as usize]);
        check_text(&memory, PAGE + 7, Some(&cut(&[b'x'; TEXT_BYTES])));
        // The last place of memory: the next one would be number 0.
        let memory = Pages::default().with(u64::MAX - 3, b"abc");
        check_text(&memory, u64::MAX - 3, Some(&text(b"abc")));
    }

    fn list_at(address: u64, pointers: &[u64]) -> Pages {
        let bytes: Vec<u8> = pointers.iter().flat_map(|pointer| pointer.to_ne_bytes()).collect();
        Pages::default().with(address, &bytes)
    }

    #[test]
    fn lists() {
        let words = PAGE * 8;
        let memory = list_at(PAGE, &[words, words + 2, 0]).with(words, b"a\0b\0");
        let listed = |memory: &Pages, at| decoder(memory, [0; 6]).list(at);
        assert_eq!(listed(&memory, PAGE), (vec![text(b"a"), text(b"b")], false));
        assert_eq!(listed(&memory, 0), (vec![], false));
        assert_eq!(listed(&memory, PAGE * 5), (vec![], true));
        let bad = list_at(PAGE, &[words, 3, words, 0]).with(words, b"a\0b\0");
        assert_eq!(listed(&bad, PAGE), (vec![text(b"a")], true));
        // The list runs into a page that is not there.
        let memory = list_at(PAGE * 2 - 8, &[words]).with(words, b"a\0");
        assert_eq!(listed(&memory, PAGE * 2 - 8), (vec![text(b"a")], true));
    }

    #[test]
    fn a_long_list_is_cut_by_number_and_by_size() {
        let words = PAGE * 8;
        let memory = list_at(PAGE, &[words; 400]).with(words, b"a\0");
        let (texts, more) = decoder(&memory, [0; 6]).list(PAGE);
        assert_eq!((texts.len(), more), (ARGUMENTS, true));
        let exact = [vec![words; ARGUMENTS], vec![0]].concat();
        let (texts, more) = decoder(&list_at(PAGE, &exact).with(words, b"a\0"), [0; 6]).list(PAGE);
        assert_eq!((texts.len(), more), (ARGUMENTS, false));
        let memory = list_at(PAGE, &[words; 30]).with(words, &[b'x'; 4 * PAGE as usize]);
        let (texts, more) = decoder(&memory, [0; 6]).list(PAGE);
        let bytes: usize = texts.iter().map(|text| text.as_bytes().len()).sum();
        assert_eq!((bytes, more), (ARGUMENT_BYTES, true));
    }

    const INTERNET: &[u8] = &[2, 0, 0, 80, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0];

    fn there() -> Address {
        Address::Internet("192.0.2.1:80".parse().unwrap())
    }

    #[test]
    fn addresses() {
        let memory = Pages::default().with(PAGE, INTERNET).with(PAGE * 4 - 8, &INTERNET[..8]);
        let of = |arguments| decoder(&memory, arguments).detail(Shape::Address(1));
        let told = |addresses| Detail::Addresses { addresses, more: false };
        assert_eq!(of([3, PAGE, 16, 0, 0, 0]), told(vec![there()]));
        // The length is an int, and no address is longer than the longest.
        assert_eq!(of([3, PAGE, 16 | 7 << 32, 0, 0, 0]), told(vec![there()]));
        assert_eq!(of([3, PAGE, i32::MAX as u64, 0, 0, 0]), told(vec![there()]));
        // Half of it is there.
        assert_eq!(of([3, PAGE * 4 - 8, 16, 0, 0, 0]), told(vec![there()]));
        for (pointer, length) in [(0, 16), (PAGE * 9, 16), (PAGE, 0), (PAGE, u64::MAX)] {
            assert_eq!(of([3, pointer, length, 0, 0, 0]), told(vec![]), "{pointer} {length}");
        }
    }

    fn head(name: u64, length: i32) -> Vec<u8> {
        [&name.to_ne_bytes()[..], &length.to_ne_bytes(), &[0; 52]].concat()
    }

    #[test]
    fn addresses_of_messages() {
        let heads = [head(PAGE, 16), head(0, 0), head(PAGE, 16)].concat();
        let memory = Pages::default().with(PAGE, INTERNET).with(PAGE * 4 - 192, &heads);
        let of = |shape, count| {
            let arguments = [3, PAGE * 4 - 192, count, 0, 0, 0];
            let Detail::Addresses { addresses, more } = decoder(&memory, arguments).detail(shape)
            else {
                panic!("no addresses")
            };
            (addresses.len(), more)
        };
        assert_eq!(of(Shape::Message(1), 0), (1, false));
        assert_eq!(of(Shape::Messages(1), 0), (0, false));
        assert_eq!(of(Shape::Messages(1), 1), (1, false));
        assert_eq!(of(Shape::Messages(1), 3), (2, false));
        assert_eq!(of(Shape::Messages(1), u64::MAX), (2, true));
    }

    #[test]
    fn openings() {
        let memory = Pages::default()
            .with(PAGE, b"name\0")
            .with(PAGE * 2, b"/name\0")
            .with(PAGE * 3, &[0o102, 0, 0o600, 7u64].map(u64::to_ne_bytes).concat());
        let shape = Shape::Open { at: Some(0), path: 1 };
        let of = |arguments| decoder(&memory, arguments).opening(shape).unwrap();
        let here = of([libc::AT_FDCWD as u64, PAGE, libc::O_RDWR as u64, 0, 0, 0]);
        assert_eq!(here.place.from_root().unwrap(), b"/here/name");
        let access = here.how.unwrap().access();
        assert!(access.read && access.write && !access.create && !access.truncate);
        let rooted = of([7, PAGE * 2, libc::O_PATH as u64, 0, 0, 0]);
        assert_eq!(
            (rooted.place.folder.as_ref(), rooted.place.from_root().unwrap()),
            (None, b"/name".to_vec())
        );
        assert_eq!(rooted.how.unwrap().access(), Access::default());

        let of = |how, size| {
            decoder(&memory, [0, PAGE, how, size, 0, 0]).opening(Shape::OpenHow).unwrap().how
        };
        let how = of(PAGE * 3 + 8, 24).unwrap();
        assert_eq!(how, How { flags: 0, mode: 0o600, resolve: 7 });
        // Longer, shorter, or not there: it asks for what cannot be known.
        for (how, size) in [(PAGE * 3, 32), (PAGE * 3, 16), (PAGE * 3, 0), (PAGE * 9, 24), (0, 24)]
        {
            assert_eq!(of(how, size), None);
        }
    }

    proptest! {
        #[test]
        fn any_arguments_over_any_memory_stay_within_bounds(
            arguments: [u64; 6],
            near in proptest::collection::vec(0u64..4 * PAGE, 6),
            bytes in proptest::collection::vec(any::<u8>(), 0..3 * PAGE as usize),
            start in 0u64..PAGE,
            far: bool,
        ) {
            let memory = Pages::default().with(start, &bytes);
            let near: [u64; 6] = near.try_into().unwrap();
            let decoder = decoder(&memory, if far { arguments } else { near });
            for shape in [
                Shape::Path(0), Shape::Paths(0, 1), Shape::PathsAt([0, 1, 2, 3]),
                Shape::Link(0, Some(1), 2), Shape::Open { at: Some(0), path: 1 },
                Shape::Create, Shape::OpenHow, Shape::Execute { at: None, path: 0 },
                Shape::Address(1), Shape::Message(1), Shape::Messages(1), Shape::Mount,
                Shape::Name(0), Shape::Socket, Shape::Request(1), Shape::Process(0),
            ] {
                match decoder.detail(shape) {
                    Detail::Execute { arguments, .. } => {
                        prop_assert!(arguments.len() <= ARGUMENTS);
                        let bytes: usize = arguments.iter().map(|a| a.as_bytes().len()).sum();
                        prop_assert!(bytes <= ARGUMENT_BYTES);
                    }
                    Detail::Addresses { addresses, .. } => {
                        prop_assert!(addresses.len() <= MESSAGES);
                    }
                    Detail::Place(place) => {
                        prop_assert!(place.path.is_none_or(|p| p.as_bytes().len() <= TEXT_BYTES));
                    }
                    _ => {}
                }
            }
        }
    }
}
