//! What WIT says, in Rust: generated from the files in `wit`.
#![allow(missing_docs, unreachable_pub, reason = "generated; the WIT files are the documentation")]

use crate::host::{http::Body, token::Token};
use crate::wasi::{filesystem, http, io, sockets};

wasmtime::component::bindgen!({
    path: "wit",
    world: "aether:plugin/host",
    imports: { default: trappable },
    trappable_error_type: {
        "wasi:io/streams.stream-error" => crate::wasi::io::StreamError,
        "wasi:filesystem/types.error-code" => crate::wasi::filesystem::FsError,
        "wasi:http/types.error-code" => crate::wasi::http::HttpError,
    },
    with: {
        "aether:plugin/http.body": Body,
        "aether:plugin/token.token": Token,
        "wasi:io/error.error": io::Failed,
        "wasi:io/poll.pollable": io::Pollable,
        "wasi:io/streams.input-stream": io::Input,
        "wasi:io/streams.output-stream": io::Output,
        "wasi:filesystem/types.descriptor": filesystem::Descriptor,
        "wasi:filesystem/types.directory-entry-stream": filesystem::Listing,
        "wasi:http/types.fields": http::Fields,
        "wasi:http/types.outgoing-request": http::Request,
        "wasi:http/types.request-options": http::Options,
        "wasi:http/types.incoming-response": http::Response,
        "wasi:http/types.incoming-body": http::IncomingBody,
        "wasi:http/types.future-trailers": http::Trailers,
        "wasi:http/types.outgoing-body": http::OutgoingBody,
        "wasi:http/types.future-incoming-response": http::Awaited,
        "wasi:sockets/network.network": sockets::Network,
        "wasi:sockets/tcp.tcp-socket": sockets::Never,
        "wasi:sockets/udp.udp-socket": sockets::Never,
        "wasi:sockets/ip-name-lookup.resolve-address-stream": sockets::Never,
        "wasi:cli/terminal-input.terminal-input": sockets::Never,
        "wasi:cli/terminal-output.terminal-output": sockets::Never,
    },
});
