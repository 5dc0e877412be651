//! Which kind of failure a refusing answer is.

use http::{Method, StatusCode};

use super::answer::{Refusal, Shape};
use super::error::Kind;

/// Tells the kind of a refusing answer; the error code wins over the status.
pub(super) fn kind_of(method: &Method, path: &str, status: StatusCode, refusal: &Refusal) -> Kind {
    if is_missing_in_disguise(path, status, refusal) {
        return Kind::NotFound;
    }
    if refusal.message.starts_with("No API found") {
        return Kind::EndpointMissing;
    }
    if refusal.message.contains("RPC token bucket limit has been exceeded") {
        return Kind::Throttled;
    }
    if refusal.message.contains("`--no-serve-artifacts`") {
        return Kind::FeatureDisabled;
    }
    let by_status = || kind_of_status(method, status, refusal);
    match refusal.code.as_deref() {
        Some(code) => kind_of_code(code, status).unwrap_or_else(by_status),
        None => by_status(),
    }
}

fn kind_of_code(code: &str, status: StatusCode) -> Option<Kind> {
    Some(match code {
        "ENDPOINT_NOT_FOUND" => Kind::EndpointMissing,
        "PERMISSION_DENIED" => Kind::Denied,
        "UNAUTHENTICATED" | "UNAUTHORIZED" => Kind::Unauthenticated,
        "RESOURCE_CONFLICT" | "ABORTED" => Kind::Conflict,
        "INVALID_STATE" => Kind::InvalidState,
        "REQUEST_LIMIT_EXCEEDED" => Kind::Throttled,
        "RESOURCE_EXHAUSTED"
            if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() =>
        {
            Kind::Throttled
        }
        "RESOURCE_EXHAUSTED" | "QUOTA_EXCEEDED" | "RESOURCE_LIMIT_EXCEEDED" => Kind::Quota,
        "TEMPORARILY_UNAVAILABLE" | "SERVICE_UNDER_MAINTENANCE" | "DEADLINE_EXCEEDED" => {
            Kind::Unavailable
        }
        "FEATURE_DISABLED" | "FEATURE_NOT_ENABLED" => Kind::FeatureDisabled,
        "NOT_IMPLEMENTED" | "UNIMPLEMENTED" => Kind::NotImplemented,
        "uniqueness" => Kind::AlreadyExists,
        _ if code.ends_with("ALREADY_EXISTS") => Kind::AlreadyExists,
        _ if code.ends_with("DOES_NOT_EXIST") || code.ends_with("NOT_FOUND") => Kind::NotFound,
        _ => return None,
    })
}

fn kind_of_status(method: &Method, status: StatusCode, refusal: &Refusal) -> Kind {
    match status.as_u16() {
        401 => Kind::Unauthenticated,
        403 if refuses_token(&refusal.message) => Kind::Unauthenticated,
        403 => Kind::Denied,
        // Objects answer in JSON; only a gateway answers a page, a sentence or nothing.
        404 if matches!(refusal.shape, Shape::Html | Shape::Text) => Kind::EndpointMissing,
        404 => Kind::NotFound,
        405 => Kind::EndpointMissing,
        409 if refusal.shape == Shape::Scim && method == Method::POST => Kind::AlreadyExists,
        409 | 412 => Kind::Conflict,
        429 => Kind::Throttled,
        501 => Kind::NotImplemented,
        502..=504 => Kind::Unavailable,
        500..=599 => Kind::Internal,
        400..=499 => Kind::Invalid,
        _ => Kind::Unexpected,
    }
}

/// Whether a sentence says that the token itself is refused.
pub(super) fn refuses_token(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["invalid token", "invalid access token", "token is expired", "token has expired"]
        .iter()
        .any(|text| message.contains(text))
}

/// Where an API says "does not exist" with a status that means something else.
struct Disguise {
    paths: &'static [&'static str],
    starts: &'static str,
    contains: &'static str,
}

const DISGUISES: &[Disguise] = &[
    Disguise {
        paths: &[
            "/clusters/get",
            "/clusters/edit",
            "/clusters/delete",
            "/clusters/permanent-delete",
            "/clusters/pin",
            "/clusters/unpin",
            "/permissions/clusters/",
            "/libraries/cluster-status",
        ],
        starts: "Cluster ",
        contains: "does not exist",
    },
    Disguise { paths: &["/clusters/"], starts: "Cannot access cluster", contains: "" },
    Disguise {
        paths: &["/jobs/get", "/jobs/reset", "/jobs/update", "/jobs/delete", "/permissions/jobs/"],
        starts: "Job ",
        contains: "does not exist",
    },
    Disguise { paths: &["/api/"], starts: "Tree node with path", contains: "does not exist" },
];

fn is_missing_in_disguise(path: &str, status: StatusCode, refusal: &Refusal) -> bool {
    (status == StatusCode::BAD_REQUEST || status == StatusCode::FORBIDDEN)
        && DISGUISES.iter().any(|disguise| {
            disguise.paths.iter().any(|part| path.contains(part))
                && refusal.message.starts_with(disguise.starts)
                && refusal.message.contains(disguise.contains)
        })
}

#[cfg(test)]
mod tests {
    use super::super::answer::refusal;
    use super::*;

    fn kind(method: Method, path: &str, status: u16, body: &str) -> Kind {
        kind_of(&method, path, StatusCode::from_u16(status).unwrap(), &refusal(body.as_bytes()))
    }

    #[test]
    fn the_error_code_wins_over_the_status() {
        for (status, code, expected) in [
            (400, "RESOURCE_ALREADY_EXISTS", Kind::AlreadyExists),
            (409, "ALREADY_EXISTS", Kind::AlreadyExists),
            (400, "CATALOG_ALREADY_EXISTS", Kind::AlreadyExists),
            (400, "RESOURCE_DOES_NOT_EXIST", Kind::NotFound),
            (404, "SCHEMA_DOES_NOT_EXIST", Kind::NotFound),
            (404, "NOT_FOUND", Kind::NotFound),
            (404, "ENDPOINT_NOT_FOUND", Kind::EndpointMissing),
            (404, "FEATURE_DISABLED", Kind::FeatureDisabled),
            (409, "ABORTED", Kind::Conflict),
            (409, "RESOURCE_CONFLICT", Kind::Conflict),
            (400, "INVALID_STATE", Kind::InvalidState),
            (400, "INVALID_PARAMETER_VALUE", Kind::Invalid),
            (400, "QUOTA_EXCEEDED", Kind::Quota),
            (400, "RESOURCE_EXHAUSTED", Kind::Quota),
            (429, "RESOURCE_EXHAUSTED", Kind::Throttled),
            (500, "TEMPORARILY_UNAVAILABLE", Kind::Unavailable),
            (403, "PERMISSION_DENIED", Kind::Denied),
            (500, "SOMETHING_NEW", Kind::Internal),
        ] {
            let body = format!(r#"{{"error_code":"{code}","message":"m"}}"#);
            assert_eq!(kind(Method::GET, "/api/2.0/x", status, &body), expected, "{status} {code}");
        }
    }

    #[test]
    fn a_status_decides_where_no_code_is_known() {
        for (status, body, expected) in [
            (400, "no", Kind::Invalid),
            (401, "", Kind::Unauthenticated),
            (403, "Invalid access token.", Kind::Unauthenticated),
            (403, "no", Kind::Denied),
            (404, "{}", Kind::NotFound),
            (404, "<html><title>Not Found</title></html>", Kind::EndpointMissing),
            (
                404,
                r#"{"error_code":"X","message":"No API found for 'GET /x'"}"#,
                Kind::EndpointMissing,
            ),
            (429, "", Kind::Throttled),
            (499, "", Kind::Invalid),
            (500, "", Kind::Internal),
            (501, "", Kind::NotImplemented),
            (503, "disabled due to running with `--no-serve-artifacts`", Kind::FeatureDisabled),
            (502, "", Kind::Unavailable),
            (504, "", Kind::Unavailable),
            (302, "", Kind::Unexpected),
        ] {
            assert_eq!(kind(Method::GET, "/api/2.0/x", status, body), expected, "{status} {body}");
        }
        let scim =
            r#"{"schemas":["x"],"status":"409","detail":"Group with name x already exists."}"#;
        assert_eq!(
            kind(Method::POST, "/api/2.0/preview/scim/v2/Groups", 409, scim),
            Kind::AlreadyExists
        );
        assert_eq!(
            kind(Method::PATCH, "/api/2.0/preview/scim/v2/Groups/1", 409, scim),
            Kind::Conflict
        );
    }

    #[test]
    fn not_found_is_seen_through_its_disguises() {
        let says = |text: &str| {
            format!(r#"{{"error_code":"INVALID_PARAMETER_VALUE","message":"{text}"}}"#)
        };
        let gone = says("Cluster 0923-1 does not exist");
        assert_eq!(kind(Method::GET, "/api/2.1/clusters/get", 400, &gone), Kind::NotFound);
        assert_eq!(kind(Method::POST, "/api/2.2/jobs/create", 400, &gone), Kind::Invalid);
        let purged =
            says("Cannot access cluster 1 that was terminated or unpinned more than 30 days ago.");
        assert_eq!(kind(Method::GET, "/api/2.1/clusters/get", 400, &purged), Kind::NotFound);
        let job = says("Job 7 does not exist.");
        assert_eq!(kind(Method::GET, "/api/2.2/jobs/get", 400, &job), Kind::NotFound);
        assert_eq!(kind(Method::POST, "/api/2.2/jobs/reset", 403, &job), Kind::NotFound);
        assert_eq!(kind(Method::PUT, "/api/2.0/permissions/jobs/7", 400, &job), Kind::NotFound);
        assert_eq!(kind(Method::POST, "/api/2.2/jobs/create", 400, &job), Kind::Invalid);
        let tree = says("Tree node with path /Shared/x does not exist");
        assert_eq!(kind(Method::POST, "/api/2.0/genie/spaces", 400, &tree), Kind::NotFound);
    }
}
