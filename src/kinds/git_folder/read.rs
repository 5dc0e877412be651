//! Reading git folders. The tree lists them all; the listing of their own API leaves some out. Some servers
//! keep them beside the tree, or tell them there by another identifier, so that both are looked at.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt as _};
use serde_json::Value;

use super::super::tree;
use super::{KIND, remote};
use crate::client::{Call, Paging, segment};
use crate::kind::{Details, Error, Listed, Listing, Reading, regular};
use crate::model::{Address, Finding, ServerId};

async fn get(cx: Reading<'_>, id: &ServerId) -> Result<Value, Error> {
    let path = KIND.api.get.map_or("", |call| call.path).replace("{id}", &segment(id.as_str()));
    Ok(cx.session.get(&path, &[]).await?)
}

/// Whether it is known of a git folder where it is cloned from: the tree does not tell.
fn is_whole(raw: &Value) -> bool {
    raw.get("url").is_some()
}

/// The git folders that their own API lists, by path.
async fn told(cx: Reading<'_>) -> Result<BTreeMap<String, Listed>, Error> {
    let token = "next_page_token";
    let paging = Paging::Token { parameter: token, next: token };
    let all = cx.session.list(Call::get("/api/2.0/repos").collection(), "/repos", paging).await?;
    let listed = |raw: Value| {
        let id = ServerId::from_value(raw.get("id")?)?;
        let key = tree::normal(raw.get("path")?.as_str()?);
        Some((key.clone(), Listed { kind: &KIND, id, key, created: 0, raw }))
    };
    Ok(all.into_iter().filter_map(listed).collect())
}

/// Takes in what the API of git folders lists: those that the tree does not show, and their identifiers.
async fn complete(cx: Reading<'_>, listing: &mut Listing) {
    let mut told = match told(cx).await {
        Ok(told) => told,
        Err(error) => {
            if error.is_unavailable_kind() && !listing.objects.iter().any(|one| one.kind == &KIND) {
                let why = error.lasting_words();
                let message = format!("this workspace does not offer git_folder objects: {why}");
                listing.findings.push(Finding::warning("unavailable", KIND.name, message));
            }
            return;
        }
    };
    for one in listing.objects.iter_mut().filter(|one| one.kind == &KIND) {
        if let Some(known) = told.remove(&one.key) {
            one.id = known.id;
        }
    }
    listing.objects.extend(told.into_values().filter(|one| cx.scope.has(&one.key)));
}

/// Reads the git folders of a listing of the tree, and takes out those without a remote repository.
///
/// One that cannot be read stays as it was listed; reading it again says why.
pub(in crate::kinds) async fn look_into(cx: Reading<'_>, listing: &mut Listing) {
    complete(cx, listing).await;
    let objects = std::mem::take(&mut listing.objects);
    let is_asked = |one: &Listed| {
        one.kind == &KIND && cx.scope.has(&one.key) && one.kind.hooks.omit(&one.raw).is_none()
    };
    let (asked, others): (Vec<Listed>, Vec<Listed>) = objects.into_iter().partition(is_asked);
    listing.objects = others;
    let mut answers = stream::iter(asked)
        .map(|one| async move {
            let answer = get(cx, &one.id).await;
            (one, answer)
        })
        .buffer_unordered(regular::AT_ONCE);
    while let Some((mut one, answer)) = answers.next().await {
        let about = Address::new(KIND.name, one.key.clone());
        match answer {
            Ok(answer) if answer.get("url").and_then(Value::as_str).is_none_or(str::is_empty) => {
                let message = "it has no remote repository, so nothing of it can be captured";
                let hint = "push it to a repository and clone that, or move what matters out of it";
                listing.findings.push(Finding::warning("no-remote", about, message).hint(hint));
                continue;
            }
            Ok(answer) => {
                let url = answer.get("url").and_then(Value::as_str).unwrap_or_default();
                if remote::without_credential(url).1 {
                    let message = "its URL holds a credential, which was left out";
                    let hint =
                        "revoke it, and let a git credential of the workspace stand in for it";
                    listing.findings.push(Finding::warning("redacted", about, message).hint(hint));
                }
                one.raw = answer;
            }
            Err(_) => {}
        }
        listing.objects.push(one);
    }
}

/// Reads listed git folders, those that the listing told nothing of one by one.
pub(in crate::kinds) async fn read(
    cx: Reading<'_>,
    listed: Vec<Listed>,
) -> Vec<(Listed, Result<Details, Error>)> {
    let (whole, partial): (Vec<_>, Vec<_>) = listed.into_iter().partition(|one| is_whole(&one.raw));
    let mut read = regular::as_listed(whole).await;
    let rest = stream::iter(partial)
        .map(|one| async move {
            let details = fresh(cx, one.clone()).await;
            (one, details)
        })
        .buffer_unordered(regular::AT_ONCE);
    read.extend(rest.collect::<Vec<_>>().await);
    read
}

/// Reads one git folder as it is at this moment.
///
/// # Errors
/// As the server refuses.
pub(super) async fn fresh(cx: Reading<'_>, listed: Listed) -> Result<Details, Error> {
    let raw = get(cx, &listed.id).await?;
    Ok(Details { raw, content: None })
}
