//! The lock on a target, and every trouble on the way to it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use brickform::client::Session;
use brickform::engine::lease::{
    Claim, Holder, Lease, LeaseError, LeaseOptions, Loss, Standing, look, unlock,
};
use brickform::sim::{Action, Faults, Kill, Rule};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::world::World;

pub(crate) const TTL: Duration = Duration::from_secs(60);

fn ignore(_: &Claim) {}

pub(crate) fn holder(word: &str) -> Holder {
    Holder {
        word: word.to_owned(),
        who: format!("{word}@x.com"),
        what: "plan 0123".to_owned(),
        command: "brickform apply plan.json".to_owned(),
        since: "2026-01-01T00:00:00Z".to_owned(),
    }
}

pub(crate) fn want(word: &str, patience: Duration) -> LeaseOptions<'static> {
    LeaseOptions {
        holder: holder(word),
        ttl: TTL,
        patience,
        own: BTreeSet::new(),
        waiting: &ignore,
        stop: watch::channel(false).1,
    }
}

async fn at_once(session: &Session, word: &str) -> Result<Lease, LeaseError> {
    Lease::acquire(session, want(word, Duration::ZERO)).await
}

/// The files of the lock's folder.
async fn files(world: &World) -> Vec<String> {
    let (_, answer) =
        world.raw("GET", "/api/2.0/workspace/list?path=/.brickform/lock", Value::Null).await;
    let objects = answer["objects"].as_array().cloned().unwrap_or_default();
    let mut paths: Vec<String> =
        objects.iter().map(|object| object["path"].as_str().unwrap().to_owned()).collect();
    paths.sort();
    paths
}

fn held_by(result: Result<Lease, LeaseError>) -> String {
    match result {
        Err(LeaseError::Held { claim, .. }) => claim.holder.word,
        other => panic!("not refused: {other:?}"),
    }
}

async fn has_lost(lease: &Lease) -> Loss {
    let mut lost = lease.lost();
    let loss = lost.wait_for(Option::is_some).await.unwrap().clone();
    loss.unwrap()
}

#[tokio::test(start_paused = true)]
async fn one_has_it_and_the_next_gets_it_when_it_is_released() {
    let world = World::new(1);
    let first = at_once(&world.session, "a").await.unwrap();
    assert_eq!(held_by(at_once(&world.session, "b").await), "a");
    // It is kept alive for as long as it is held.
    sleep(TTL * 20).await;
    assert_eq!(held_by(at_once(&world.session, "b").await), "a");
    assert_eq!(*first.lost().borrow(), None);
    first.release().await.unwrap();
    let second = at_once(&world.session, "b").await.unwrap();
    assert_eq!(files(&world).await, ["/.brickform/lock/2.json"], "what was before is removed");
    second.release().await.unwrap();
    assert!(look(&world.session).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn it_costs_a_few_requests() {
    let world = World::new(1);
    for (number, most) in [(1, 7), (2, 7), (3, 7)] {
        world.workspace.forget_requests();
        let lease = at_once(&world.session, &number.to_string()).await.unwrap();
        lease.release().await.unwrap();
        let sent = world.workspace.requests().len();
        assert!(sent <= most, "{sent}: {:?}", world.workspace.per_family());
    }
    // A beat is two more.
    let lease = at_once(&world.session, "long").await.unwrap();
    world.workspace.forget_requests();
    sleep(TTL + TTL / 6).await;
    assert_eq!(world.workspace.requests().len(), 6);
    drop(lease);
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_told_for_whom_and_gets_it_soon_after_the_release() {
    let world = World::new(1);
    let first = at_once(&world.session, "a").await.unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let session = world.session.clone();
    let heard = Arc::clone(&told);
    let second = tokio::spawn(async move {
        let waiting = |claim: &Claim| heard.lock().unwrap().push(claim.holder.clone());
        let options = LeaseOptions { waiting: &waiting, ..want("b", TTL * 10) };
        Lease::acquire(&session, options).await.map(|lease| (lease, Instant::now()))
    });
    sleep(TTL * 3).await;
    assert!(!second.is_finished());
    let released = Instant::now();
    first.release().await.unwrap();
    let (lease, begun) = second.await.unwrap().unwrap();
    assert!(begun - released <= TTL / 12 + Duration::from_secs(1));
    assert_eq!(*told.lock().unwrap(), [holder("a")]);
    lease.release().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_dead_holder_is_outlived_and_patience_is_kept() {
    let world = World::new(1);
    drop(at_once(&world.session, "dead").await.unwrap());
    let begin = Instant::now();
    assert_eq!(held_by(Lease::acquire(&world.session, want("b", TTL)).await), "dead");
    assert!(begin.elapsed() >= TTL && begin.elapsed() < TTL + Duration::from_secs(1));
    // Nobody's earlier watch counts for another.
    let begin = Instant::now();
    let lease = Lease::acquire(&world.session, want("c", TTL * 3 / 2)).await.unwrap();
    assert!(begin.elapsed() > TTL && begin.elapsed() < TTL * 3 / 2, "{:?}", begin.elapsed());
    assert_eq!(held_by(at_once(&world.session, "d").await), "c");
    lease.release().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_run_takes_its_own_earlier_lock_over_at_once() {
    let world = World::new(1);
    drop(at_once(&world.session, "before").await.unwrap());
    let own = BTreeSet::from(["long ago".to_owned(), "before".to_owned()]);
    let begin = Instant::now();
    let options = LeaseOptions { own, ..want("now", Duration::ZERO) };
    let lease = Lease::acquire(&world.session, options).await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(1));
    lease.release().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_wait_can_be_broken_off() {
    let world = World::new(1);
    let first = at_once(&world.session, "a").await.unwrap();
    let (stop, stopped) = watch::channel(false);
    let session = world.session.clone();
    let second = tokio::spawn(async move {
        Lease::acquire(&session, LeaseOptions { stop: stopped, ..want("b", TTL) }).await
    });
    sleep(Duration::from_secs(5)).await;
    stop.send(true).unwrap();
    assert!(matches!(second.await.unwrap(), Err(LeaseError::Stopped)));
    first.release().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_person_can_take_it_away_and_the_holder_notices() {
    let world = World::new(1);
    assert!(look(&world.session).await.unwrap().is_none());
    let first = at_once(&world.session, "a").await.unwrap();
    let seen: Standing = look(&world.session).await.unwrap().unwrap();
    assert_eq!(seen.claim.holder, holder("a"));
    unlock(&world.session, &seen, holder("person")).await.unwrap();
    // What was seen is not what is there any more.
    let again = unlock(&world.session, &seen, holder("other")).await;
    assert!(matches!(again, Err(LeaseError::Changed)), "{again:?}");
    let begin = Instant::now();
    let second = at_once(&world.session, "b").await.unwrap();
    let Loss::Taken(by) = has_lost(&first).await else { panic!("not taken") };
    assert_eq!(by.holder.word, "b");
    assert!(begin.elapsed() <= TTL / 3);
    first.release().await.unwrap();
    sleep(TTL * 2).await;
    assert_eq!(*second.lost().borrow(), None, "the loser's release is nothing to the winner");
    assert_eq!(held_by(at_once(&world.session, "c").await), "b");
}

#[tokio::test(start_paused = true)]
async fn a_holder_without_a_workspace_lets_go_before_others_may_take_it() {
    let world = World::new(1);
    let lease = at_once(&world.session, "a").await.unwrap();
    let begin = Instant::now();
    sleep(TTL / 2).await;
    world.workspace.set_faults(Faults {
        kill: Some(Kill { at: 0, writes: false, effect: false }),
        ..Faults::default()
    });
    let Loss::Silent { reason } = has_lost(&lease).await else { panic!("not silent") };
    assert!(reason.contains("cut"), "{reason}");
    // The last beat was sent after a third of its time.
    let after = begin.elapsed();
    assert!(after > TTL && after < TTL / 3 + TTL, "{after:?}");
}

/// One trouble at each request in turn.
#[tokio::test(start_paused = true)]
async fn whatever_befalls_any_request_one_has_it_and_the_other_gets_it() {
    use Action::{CutAfter, CutBefore, Stale, Throttle, UnavailableAfter, UnavailableBefore};
    for action in [UnavailableBefore, UnavailableAfter, Throttle, CutBefore, CutAfter, Stale] {
        for nth in 1..=24 {
            let world = World::new(1);
            let on = if action == Stale { "GET *" } else { "*" };
            let rule = Rule { on: on.to_owned(), nth: Some(nth), action, ..Rule::default() };
            world.workspace.set_faults(Faults { rules: vec![rule], ..Faults::default() });
            let (one, two) = (world.again(), world.again());
            for round in 0..3 {
                let trouble = format!("{action:?} at request {nth}, round {round}");
                let first = Lease::acquire(&one.session, want(&format!("a{round}"), TTL / 4))
                    .await
                    .unwrap_or_else(|error| panic!("{trouble}: {error}"));
                assert_eq!(
                    held_by(at_once(&two.session, "b").await),
                    format!("a{round}"),
                    "{trouble}"
                );
                assert_eq!(*first.lost().borrow(), None, "{trouble}");
                first.release().await.unwrap();
            }
            assert!(files(&world).await.len() <= 2, "{:?}", files(&world).await);
        }
    }
}

/// The client dies at each request in turn.
#[tokio::test(start_paused = true)]
async fn wherever_a_client_dies_others_get_it_in_time_and_its_next_run_at_once() {
    for effect in [false, true] {
        for at in 1..=8 {
            let world = World::new(1);
            world.workspace.set_faults(Faults {
                kill: Some(Kill { at, writes: false, effect }),
                ..Faults::default()
            });
            match at_once(&world.again().session, "dead").await {
                Ok(lease) => drop(lease.release().await),
                Err(error) => assert!(matches!(error, LeaseError::Remote(_)), "{at}: {error}"),
            }
            world.workspace.set_faults(Faults::default());
            let own = BTreeSet::from(["dead".to_owned()]);
            let next = LeaseOptions { own, ..want("next", Duration::ZERO) };
            let lease = Lease::acquire(&world.again().session, next).await.unwrap();
            drop(lease);
            let other = Lease::acquire(&world.again().session, want("other", TTL * 3 / 2)).await;
            other.unwrap().release().await.unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn where_there_can_be_no_lock_that_is_said() {
    // Somebody who may not write there.
    let world = World::new(1);
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "guest@x.com",
        "entitlements": [{"value": "workspace-access"}],
    });
    world.raw("POST", "/api/2.0/preview/scim/v2/Users", user).await;
    for (status, body) in [
        (403, json!({"error_code": "PERMISSION_DENIED", "message": "no"})),
        (404, json!({"error_code": "ENDPOINT_NOT_FOUND", "message": "no"})),
        (404, json!({})),
        (400, json!({"error_code": "INVALID_PARAMETER_VALUE", "message": "no"})),
        (501, json!({})),
    ] {
        let answer = body.to_string();
        let deaf = World::new(1).through(Arc::new(move |_, _| {
            let answer = answer.clone();
            Box::pin(async move {
                Ok(http::Response::builder().status(status).body(answer.into()).unwrap())
            })
        }));
        let refused = at_once(&deaf.session, "a").await;
        assert!(matches!(refused, Err(LeaseError::Impossible(_))), "{status}: {refused:?}");
    }
    // What is in the way is no reason to go on without.
    world
        .raw(
            "POST",
            "/api/2.0/workspace/import",
            json!({"path": "/.brickform", "content": "", "format": "RAW"}),
        )
        .await;
    let refused = at_once(&world.session, "a").await;
    let Err(LeaseError::Remote(error)) = refused else { panic!("{refused:?}") };
    assert!(error.to_string().starts_with("/.brickform"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_claim_of_a_newer_brickform_is_left_alone_and_a_damaged_one_is_outlived() {
    let world = World::new(1);
    world.raw("POST", "/api/2.0/workspace/mkdirs", json!({"path": "/.brickform/lock"})).await;
    let put = async |content: &str| {
        let body = json!({"path": "/.brickform/lock/4.json", "content": content, "format": "RAW", "overwrite": true});
        world.raw("POST", "/api/2.0/workspace/import", body).await;
    };
    put("eyJmb3JtYXQiOjJ9").await;
    let newer = Lease::acquire(&world.session, want("a", TTL * 9)).await;
    assert!(matches!(newer, Err(LeaseError::Newer { format: 2 })), "{newer:?}");
    put("bm9uc2Vuc2U=").await;
    assert!(held_by(at_once(&world.session, "a").await).starts_with("unreadable "));
    Lease::acquire(&world.session, want("a", TTL * 3 / 2)).await.unwrap().release().await.unwrap();
}
