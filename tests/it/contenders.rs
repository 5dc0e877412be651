//! Many that want the lock of one target, in any order, with any trouble: never two have it.

use std::ops::AddAssign;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use brickform::engine::lease::{Lease, LeaseError, Loss};
use brickform::sim::{Action, Cut, Faults, Rule};
use futures::FutureExt as _;
use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep};

use crate::lease::{TTL, want};
use crate::world::{Gate, World};

/// Numbers that follow from a seed.
#[derive(Clone)]
pub(crate) struct Luck(Arc<Mutex<u64>>);

impl Luck {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d)))
    }

    pub(crate) fn below(&self, limit: u64) -> u64 {
        let mut state = self.0.lock().unwrap();
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % limit
    }

    pub(crate) fn one_in(&self, many: u64) -> bool {
        self.below(many) == 0
    }

    fn millis(&self, limit: u64) -> Duration {
        Duration::from_millis(self.below(limit))
    }
}

/// A way on which requests and answers take any time, now and then longer than a claim stands; and what
/// was sent arrives, even if nobody waits for the answer any more.
fn slow_way(luck: Luck) -> Gate {
    Arc::new(move |workspace, request| {
        let luck = luck.clone();
        let delays = [(); 2].map(|()| match luck.below(40) {
            0 => luck.millis(150_000),
            1..4 => luck.millis(15_000),
            _ => luck.millis(300),
        });
        async move {
            let sent = tokio::spawn(async move {
                sleep(delays[0]).await;
                let answer = workspace.try_call(request).await;
                sleep(delays[1]).await;
                answer
            });
            sent.await.unwrap_or(Err(Cut))
        }
        .boxed()
    })
}

/// A contender that has the lock, and how it would hear that it lost it.
type Believer = (String, Receiver<Option<Loss>>);

/// Who believes to have the lock.
#[derive(Clone, Default)]
struct Believers(Arc<Mutex<Vec<Believer>>>);

impl Believers {
    fn enter(&self, seed: u64, name: &str, lease: &Lease) {
        let mut all = self.0.lock().unwrap();
        all.retain(|(_, lost)| lost.borrow().is_none());
        let others: Vec<&String> = all.iter().map(|(name, _)| name).collect();
        assert!(others.is_empty(), "seed {seed}: {name} has it, and so has {others:?}");
        all.push((name.to_owned(), lease.lost()));
    }

    fn leave(&self, name: &str) {
        self.0.lock().unwrap().retain(|(other, _)| other != name);
    }
}

/// What befalls the contenders of one schedule.
#[derive(Default, Debug, Clone, Copy, PartialEq, Eq)]
struct Happened {
    held: usize,
    died: usize,
    lost: usize,
    refused: usize,
}

impl AddAssign for Happened {
    fn add_assign(&mut self, other: Self) {
        self.held += other.held;
        self.died += other.died;
        self.lost += other.lost;
        self.refused += other.refused;
    }
}

/// Wants the lock some times; holds it for a while, gives it back, loses it, or dies with it.
async fn contend(
    seed: u64,
    name: String,
    world: World,
    luck: Luck,
    believers: Believers,
) -> Happened {
    let mut happened = Happened::default();
    for round in 0..2 {
        sleep(luck.millis(30_000)).await;
        let word = format!("{name}-{round}");
        let patience = if luck.one_in(4) { luck.millis(60_000) } else { TTL * 100 };
        let lease = match Lease::acquire(&world.session, want(&word, patience)).await {
            Ok(lease) => lease,
            Err(LeaseError::Held { .. } | LeaseError::Remote(_)) => {
                happened.refused += 1;
                continue;
            }
            Err(error) => panic!("seed {seed}: {word}: {error}"),
        };
        believers.enter(seed, &word, &lease);
        happened.held += 1;
        let mut lost = lease.lost();
        tokio::select! {
            () = sleep(luck.millis(70_000)) => {}
            _ = lost.wait_for(Option::is_some) => happened.lost += 1,
        }
        believers.leave(&word);
        if luck.one_in(4) {
            happened.died += 1;
            drop(lease);
        } else {
            // Where it is not released it ends by itself.
            let _ = lease.release().await;
        }
    }
    happened
}

fn trouble(luck: &Luck, seed: u64) -> Faults {
    use Action::{CutAfter, CutBefore, Stale, Throttle, UnavailableAfter, UnavailableBefore};
    let actions = [UnavailableBefore, UnavailableAfter, Throttle, CutBefore, CutAfter];
    let action = actions[luck.below(actions.len() as u64) as usize];
    let often = [0.0, 0.05, 0.2][luck.below(3) as usize];
    let rule = |on: &str, action, chance| Rule {
        on: on.to_owned(),
        chance: Some(chance),
        action,
        ..Rule::default()
    };
    Faults { seed, rules: vec![rule("*", action, often), rule("GET *", Stale, often)], kill: None }
}

async fn schedule(seed: u64) -> Happened {
    let luck = Luck::new(seed);
    let base = World::new(1);
    base.workspace.set_faults(trouble(&luck, seed));
    let believers = Believers::default();
    let contenders = (0..2 + luck.below(3)).map(|number| {
        let own = Luck::new((seed << 8) | (number + 1));
        let world = base.again().through(slow_way(own.clone()));
        tokio::spawn(contend(seed, format!("c{number}"), world, own, believers.clone()))
    });
    let mut all = Happened::default();
    for one in contenders.collect::<Vec<_>>() {
        all += one.await.unwrap();
    }
    // Whatever happened, the lock can be had in the end.
    base.workspace.set_faults(Faults::default());
    let begin = Instant::now();
    let last = Lease::acquire(&base.again().session, want("last", TTL * 4)).await;
    let last =
        last.unwrap_or_else(|error| panic!("seed {seed}: {error} after {:?}", begin.elapsed()));
    last.release().await.unwrap();
    all
}

#[tokio::test(start_paused = true)]
async fn never_two_have_it() {
    let mut all = Happened::default();
    for seed in 0..320 {
        all += schedule(seed).await;
    }
    // The schedules are worth something.
    assert!(all.held > 1200 && all.died > 300 && all.lost > 80 && all.refused > 150, "{all:?}");
}
