//! Listings: an order which nobody can rely on, and pages with opaque tokens.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::http::{Call, Refusal};

/// The names under which APIs take the size of a page.
const SIZES: [&str; 3] = ["limit", "page_size", "max_results"];

/// Puts a listing into an order which differs from call to call.
pub(crate) fn shuffle<T: Hash>(items: Vec<T>, call: &Call<'_>) -> Vec<T> {
    sorted(items, call.serial).into_iter().map(|(_, item)| item).collect()
}

/// Cuts one page out of a listing, and gives the token of the next one.
///
/// The items are best the identifiers: the order of all pages of one listing follows from their hash,
/// so that what is created or deleted in between moves no other item. The size is taken from `limit`,
/// `page_size` or `max_results`; `default` when it is absent or 0, and never above `max`.
///
/// # Errors
/// 400 for a size which is no number or negative, and for a token which was not given for this listing.
pub(crate) fn page<T: Hash>(
    items: Vec<T>,
    call: &Call<'_>,
    default: usize,
    max: usize,
    token_param: &str,
) -> Result<(Vec<T>, Option<String>), Refusal> {
    let size = size(call, default)?.min(max).min(call.page_size).max(1);
    let listing = listing(call, token_param);
    let (nonce, after) = match sent(call, token_param).filter(|token| !token.is_empty()) {
        None => (call.serial, None),
        Some(token) => {
            let (nonce, cursor) =
                read_token(&token, listing).ok_or_else(|| bad_token(token_param, &token))?;
            (nonce, Some(cursor))
        }
    };
    let mut rest = sorted(items, nonce);
    if let Some(after) = after {
        rest.retain(|(place, _)| *place > after);
    }
    let more = rest.len() > size;
    rest.truncate(size);
    let next = rest.last().filter(|_| more).map(|(place, _)| token(nonce, *place, listing));
    Ok((rest.into_iter().map(|(_, item)| item).collect(), next))
}

/// Cuts one page out of a listing whose order the API promises.
///
/// A token says how many were given: what is created or deleted in between moves the others.
///
/// # Errors
/// As [`page`].
pub(crate) fn page_in_order<T>(
    mut items: Vec<T>,
    call: &Call<'_>,
    default: usize,
    max: usize,
    token_param: &str,
) -> Result<(Vec<T>, Option<String>), Refusal> {
    let size = size(call, default)?.min(max).min(call.page_size).max(1);
    let listing = listing(call, token_param);
    let given = match sent(call, token_param).filter(|token| !token.is_empty()) {
        None => 0,
        Some(token) => read_token(&token, listing).ok_or_else(|| bad_token(token_param, &token))?.1,
    };
    let given = usize::try_from(given).unwrap_or(usize::MAX).min(items.len());
    items.drain(..given);
    let more = items.len() > size;
    items.truncate(size);
    let next = more.then(|| token(call.serial, (given + size) as u64, listing));
    Ok((items, next))
}

fn bad_token(token_param: &str, token: &str) -> Refusal {
    Refusal::invalid(format!("Invalid value for {token_param}: '{token}'"))
}

fn sorted<T: Hash>(items: Vec<T>, nonce: u64) -> Vec<(u64, T)> {
    let mut placed: Vec<_> = items.into_iter().map(|item| (hash(&(nonce, &item)), item)).collect();
    placed.sort_by_key(|(place, _)| *place);
    placed
}

fn size(call: &Call<'_>, default: usize) -> Result<usize, Refusal> {
    for name in SIZES {
        if let Some(text) = sent(call, name) {
            let size: usize = text
                .parse()
                .map_err(|_| Refusal::invalid(format!("Invalid value for {name}: '{text}'")))?;
            return Ok(if size == 0 { default } else { size });
        }
    }
    Ok(default)
}

fn sent(call: &Call<'_>, name: &str) -> Option<String> {
    call.query(name).map(str::to_owned).or_else(|| match call.body.get(name)? {
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    })
}

/// What the pages of one listing have in common: a token is good for no other listing.
fn listing(call: &Call<'_>, token_param: &str) -> u64 {
    let counts = |name: &str| name != token_param && !SIZES.contains(&name);
    let query: Vec<_> = call.query.iter().filter(|(name, _)| counts(name)).collect();
    let body: Vec<_> = call
        .body
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| counts(name))
        .map(|(name, value)| (name, value.to_string()))
        .collect();
    hash(&(call.path, query, body))
}

fn token(nonce: u64, cursor: u64, listing: u64) -> String {
    let mut bytes = Vec::with_capacity(24);
    for part in [nonce, cursor, hash(&(nonce, cursor, listing))] {
        bytes.extend_from_slice(&part.to_be_bytes());
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

fn read_token(token: &str, listing: u64) -> Option<(u64, u64)> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let part = |at: usize| Some(u64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
    let (nonce, cursor, check) = (part(0)?, part(8)?, part(16)?);
    (bytes.len() == 24 && check == hash(&(nonce, cursor, listing))).then_some((nonce, cursor))
}

fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use bytes::Bytes;
    use http::Method;
    use serde_json::Value;

    use super::*;
    use crate::sim::http::Caller;

    fn ask(
        items: Vec<u32>,
        serial: u64,
        query: &[(&str, &str)],
    ) -> Result<(Vec<u32>, Option<String>), Refusal> {
        let call = Call {
            method: &Method::GET,
            path: "/api/2.2/jobs/list",
            params: BTreeMap::new(),
            query: query
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: Value::Null,
            raw: &Bytes::new(),
            form: None,
            caller: Caller { id: "1".into(), user_name: "a@x.com".into(), is_admin: true },
            origin: String::new(),
            now: 0,
            serial,
            page_size: 100,
        };
        page(items, &call, 20, 100, "page_token")
    }

    #[test]
    fn pages_hold_everything_once_in_an_order_of_their_own() {
        let mut seen = Vec::new();
        let mut token = None;
        for serial in 0.. {
            let mut query = vec![("limit", "7")];
            query.extend(token.as_deref().map(|token| ("page_token", token)));
            // What is deleted in between moves nothing else.
            let items = (0..50).filter(|item| serial < 3 || *item != seen[0]).collect();
            let (page, next) = ask(items, serial, &query).unwrap();
            seen.extend(page);
            token = next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 50);
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 50);
        assert_ne!(seen[..7], ask((0..50).collect(), 99, &[("limit", "7")]).unwrap().0[..]);
    }

    #[test]
    fn sizes_have_a_default_and_a_limit() {
        let size =
            |query: &[(&str, &str)]| ask((0..500).collect(), 1, query).map(|(page, _)| page.len());
        assert_eq!(size(&[]).unwrap(), 20);
        assert_eq!(size(&[("limit", "0")]).unwrap(), 20);
        assert_eq!(size(&[("limit", "1000")]).unwrap(), 100);
        assert!(size(&[("limit", "-1")]).is_err());
    }

    #[test]
    fn a_token_is_good_for_its_listing_only() {
        let token = ask((0..50).collect(), 1, &[("name", "a")]).unwrap().1.unwrap();
        assert!(ask((0..50).collect(), 2, &[("name", "a"), ("page_token", &token)]).is_ok());
        assert!(ask((0..50).collect(), 2, &[("name", "b"), ("page_token", &token)]).is_err());
        assert!(ask((0..50).collect(), 2, &[("page_token", "guess")]).is_err());
    }
}
