//! What the host's errors are in WASI.

use aether_protocol::{Code, RpcError};

use crate::bindings::wasi::filesystem::types::ErrorCode;
use crate::bindings::wasi::http::types::ErrorCode as HttpCode;

/// An error of the file system.
pub(super) fn of_files(error: &RpcError) -> ErrorCode {
    match error.code {
        Code::Io => named(error.fact("code").unwrap_or_default()),
        Code::PermissionDenied | Code::CapabilityRequired => ErrorCode::Access,
        Code::QuotaExceeded => ErrorCode::InsufficientSpace,
        Code::RateLimited | Code::Degraded => ErrorCode::Busy,
        Code::InvalidParams => ErrorCode::Invalid,
        Code::MethodNotFound => ErrorCode::Unsupported,
        _ => ErrorCode::Io,
    }
}

fn named(name: &str) -> ErrorCode {
    match name {
        "EACCES" => ErrorCode::Access,
        "EPERM" => ErrorCode::NotPermitted,
        "ENOENT" => ErrorCode::NoEntry,
        "EEXIST" => ErrorCode::Exist,
        "ENOTDIR" => ErrorCode::NotDirectory,
        "EISDIR" => ErrorCode::IsDirectory,
        "ENOTEMPTY" => ErrorCode::NotEmpty,
        "EINVAL" => ErrorCode::Invalid,
        "ENOSPC" => ErrorCode::InsufficientSpace,
        "EDQUOT" => ErrorCode::Quota,
        "EFBIG" => ErrorCode::FileTooLarge,
        "ELOOP" => ErrorCode::Loop,
        "ENAMETOOLONG" => ErrorCode::NameTooLong,
        "EBADF" => ErrorCode::BadDescriptor,
        "EBUSY" => ErrorCode::Busy,
        "EMFILE" => ErrorCode::InsufficientMemory,
        "EMLINK" => ErrorCode::TooManyLinks,
        "EROFS" => ErrorCode::ReadOnly,
        "EXDEV" => ErrorCode::CrossDevice,
        "ENOSYS" | "ENOTSUP" => ErrorCode::Unsupported,
        _ => ErrorCode::Io,
    }
}

/// An error of a request to another machine.
pub(super) fn of_http(error: &RpcError) -> HttpCode {
    match error.code {
        Code::PermissionDenied | Code::CapabilityRequired | Code::OutsideWindow => {
            HttpCode::HttpRequestDenied
        }
        Code::InvalidParams => HttpCode::HttpRequestUriInvalid,
        Code::RateLimited | Code::Degraded => HttpCode::ConnectionLimitReached,
        Code::QuotaExceeded => HttpCode::HttpResponseBodySize(None),
        Code::Io => match error.fact("code").unwrap_or_default() {
            "ECONNREFUSED" => HttpCode::ConnectionRefused,
            "ECONNRESET" | "EPIPE" => HttpCode::ConnectionTerminated,
            "ETIMEDOUT" => HttpCode::ConnectionTimeout,
            "ENOTFOUND" | "EAI_AGAIN" => HttpCode::DestinationNotFound,
            "EHOSTUNREACH" | "ENETUNREACH" => HttpCode::DestinationUnavailable,
            _ => internal(&error.message),
        },
        _ => internal(&error.message),
    }
}

pub(super) fn internal(message: &str) -> HttpCode {
    HttpCode::InternalError(Some(message.to_owned()))
}
