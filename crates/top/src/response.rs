//! Answers in HTTP/1.1, as far as they are asked for here: one to a connection, with its length told.

/// What a host answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// Reads a whole answer.
pub(crate) fn parse(bytes: &[u8]) -> Result<Response, &'static str> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").ok_or("it has no head")?;
    let (head, rest) = bytes.split_at(end);
    let body = rest.get(4..).unwrap_or_default();
    let head = std::str::from_utf8(head).map_err(|_| "its head is no text")?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(status).ok_or("its first line is none of HTTP/1.1")?;
    let mut length = None;
    for line in lines {
        let (name, value) = line.split_once(':').ok_or("a line of its head is none")?;
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err("it comes in chunks");
        }
        if name.eq_ignore_ascii_case("content-length") {
            let told: usize = value.trim().parse().map_err(|_| "its length is no number")?;
            if length.replace(told).is_some() {
                return Err("it has two lengths");
            }
        }
    }
    let length = length.ok_or("it does not tell its length")?;
    let body = body.get(..length).ok_or("it was cut off")?;
    Ok(Response { status, body: body.to_vec() })
}

fn status(line: &str) -> Option<u16> {
    let code = line.strip_prefix("HTTP/1.1 ")?.get(..3)?;
    code.parse().ok().filter(|code| (100..600).contains(code))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_answer_is_read() {
        let text = b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\nX: y\r\n\r\nno and more";
        assert_eq!(parse(text), Ok(Response { status: 404, body: b"no".to_vec() }));
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        let check = |text: &str| assert!(parse(text.as_bytes()).is_err(), "{text:?}");
        check("");
        check("\r\n\r\n");
        check("HTTP/1.1 200 OK\r\n\r\n");
        check("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n");
        check("HTTP/1.1 2\r\nContent-Length: 0\r\n\r\n");
        check("HTTP/1.1 999 OK\r\nContent-Length: 0\r\n\r\n");
        check("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour");
        check("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab");
        check("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n");
        check("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na");
        check("HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            drop(parse(&bytes));
        }

        #[test]
        fn what_is_written_is_read(
            status in 100_u16..600,
            body in proptest::collection::vec(any::<u8>(), 0..300),
            cut in 1..50_usize,
        ) {
            let mut text = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n", body.len());
            let mut bytes = std::mem::take(&mut text).into_bytes();
            bytes.extend(&body);
            prop_assert_eq!(parse(&bytes), Ok(Response { status, body }));
            bytes.truncate(bytes.len().saturating_sub(cut));
            let read = parse(&bytes);
            prop_assert!(read.is_err(), "{:?}", read);
        }
    }
}
