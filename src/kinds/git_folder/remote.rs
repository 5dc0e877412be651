//! URLs of remote repositories, into which people write credentials.

/// How tokens begin that stand in a URL without a password beside them.
const TOKENS: [&str; 6] = ["ghp_", "gho_", "ghs_", "ghu_", "github_pat_", "glpat-"];

/// The URL without a password or token in it, and whether there was one. A mere user name stays: some providers
/// write the organisation there.
pub(in crate::kinds) fn without_credential(url: &str) -> (String, bool) {
    let parts = url.split_once("://").and_then(|(scheme, rest)| {
        let end = rest.find('/').unwrap_or(rest.len());
        let (user, host) = rest[..end].rsplit_once('@')?;
        let is_secret = user.contains(':') || TOKENS.iter().any(|token| user.starts_with(token));
        is_secret.then(|| format!("{scheme}://{host}{}", &rest[end..]))
    });
    parts.map_or_else(|| (url.to_owned(), false), |clean| (clean, true))
}
