//! What WIT says, in Rust: generated from the files in `wit`.
#![allow(missing_docs, unreachable_pub, reason = "generated; the WIT files are the documentation")]

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
        "aether:plugin/http.body": crate::host::http::Body,
        "aether:plugin/token.token": crate::host::token::Token,
        "wasi:io/error.error": crate::wasi::io::Failed,
        "wasi:io/poll.pollable": crate::wasi::io::Pollable,
        "wasi:io/streams.input-stream": crate::wasi::io::Input,
        "wasi:io/streams.output-stream": crate::wasi::io::Output,
        "wasi:filesystem/types.descriptor": crate::wasi::filesystem::Descriptor,
        "wasi:filesystem/types.directory-entry-stream": crate::wasi::filesystem::Listing,
        "wasi:http/types.fields": crate::wasi::http::Fields,
        "wasi:http/types.outgoing-request": crate::wasi::http::Request,
        "wasi:http/types.request-options": crate::wasi::http::Options,
        "wasi:http/types.incoming-response": crate::wasi::http::Response,
        "wasi:http/types.incoming-body": crate::wasi::http::IncomingBody,
        "wasi:http/types.future-trailers": crate::wasi::http::Trailers,
        "wasi:http/types.outgoing-body": crate::wasi::http::OutgoingBody,
        "wasi:http/types.future-incoming-response": crate::wasi::http::Awaited,
        "wasi:sockets/network.network": crate::wasi::sockets::Network,
        "wasi:sockets/tcp.tcp-socket": crate::wasi::sockets::Never,
        "wasi:sockets/udp.udp-socket": crate::wasi::sockets::Never,
        "wasi:sockets/ip-name-lookup.resolve-address-stream": crate::wasi::sockets::Never,
        "wasi:cli/terminal-input.terminal-input": crate::wasi::sockets::Never,
        "wasi:cli/terminal-output.terminal-output": crate::wasi::sockets::Never,
    },
});
