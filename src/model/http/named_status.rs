//! The names that servers give to errors which come within a success, and the status each stands for.

/// The status that an error of this name has when it comes first.
pub(super) fn status_named(name: &str) -> Option<u16> {
    let status = match name.to_ascii_lowercase().as_str() {
        "invalid_request_error"
        | "badrequesterror"
        | "invalid_argument"
        | "context_length_exceeded"
        | "content_filter" => 400,
        "authentication_error" | "authenticationerror" | "invalid_api_key" | "unauthenticated" => 401,
        "billing_error" => 402,
        "permission_error" | "permission_denied" => 403,
        "not_found_error" | "notfounderror" | "model_not_found" | "not_found" => 404,
        "request_too_large" => 413,
        "rate_limit_error"
        | "rate_limit_exceeded"
        | "ratelimiterror"
        | "resource_exhausted"
        | "insufficient_quota"
        | "too_many_requests" => 429,
        "api_error" | "server_error" | "internal_server_error" | "internalservererror" | "internal" => 500,
        "unavailable" | "service_unavailable" => 503,
        "timeout_error" | "deadline_exceeded" => 504,
        "overloaded_error" | "overloaded" => 529,
        _ => return None,
    };
    Some(status)
}
