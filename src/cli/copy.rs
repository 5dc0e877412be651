//! A simulated workspace that holds what a snapshot says, planted the way everything is: by plan and apply.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

use super::base::Known;
use super::error::CliError;
use super::plan::{self, Source};
use super::{apply, in_process, selection};
use crate::client::Call;
use crate::engine::{Progress, base_of};
use crate::kind::Catalogue;
use crate::kinds::secrets::{KIND_NAME, VALUE};
use crate::model::{Address, Options as PlanOptions, Resource, Snapshot, visit_refs};
use crate::sim::seed::{SeedError, stand_in};
use crate::sim::{Client, Limits, Options, Workspace};

/// A simulated copy of a workspace.
pub(super) struct Copy {
    /// The copy.
    pub workspace: Workspace,
    /// What could not be planted, with the reason.
    pub unplanted: BTreeMap<Address, String>,
    /// Objects of which only the name is known, so that others can refer to them.
    pub stand_ins: BTreeSet<Address>,
}

/// Who plants: nobody that a snapshot knows, so that everybody it knows can be changed.
const PLANTER: &str = "brickform-copy";

/// Makes a simulated workspace that holds what a snapshot says, and what its objects and others refer to.
pub(super) async fn copy_of<'a>(
    source: &'a Source,
    options: Options,
    also: impl Iterator<Item = &'a Resource>,
) -> Result<Copy, CliError> {
    let client = Client { id: PLANTER.to_owned(), secret: String::new(), lifetime: Duration::ZERO };
    let calm = Options {
        limits: Limits::None,
        latency: Duration::ZERO,
        client: Some(client),
        ..options.clone()
    };
    let workspace = Workspace::new(calm);
    workspace.add_token(PLANTER, PLANTER);
    let snapshot = &source.dir.snapshot;
    let given = snapshot
        .resources
        .values()
        .filter(|one| one.spec.get("account_level") == Some(&true.into()));
    for group in given {
        workspace.seed_account_group(&group.address.key, &[]);
    }
    let catalogue = selection::everything();
    let wanted = only_referred_to(&catalogue, snapshot.resources.values().chain(also));
    let stand_ins = put_stand_ins(&workspace, &catalogue, wanted).await.map_err(|error| {
        CliError::failed("a stand-in for what objects refer to cannot be made").because(error)
    })?;
    let unplanted = plant(&workspace, source).await?;
    date_values(&workspace, snapshot);
    let workspace = workspace.copy_with(options.clone());
    dismiss_planter(&workspace, &options.token).await?;
    Ok(Copy { workspace, unplanted, stand_ins })
}

/// Makes values look as old as a snapshot says: what is known of one is when it was put.
fn date_values(workspace: &Workspace, snapshot: &Snapshot) {
    for secret in snapshot.of_kind(KIND_NAME) {
        let version = secret.spec.pointer(VALUE).and_then(|value| value.get("version"));
        let put = version.and_then(Value::as_str).and_then(|text| text.parse().ok());
        let put = put.map(|at: jiff::Timestamp| at.as_millisecond());
        if let (Some((scope, key)), Some(put)) = (secret.address.key.split_once('/'), put) {
            workspace.date_secret(scope, key, put);
        }
    }
}

/// Takes away whoever planted, and with them what creating has granted to them.
async fn dismiss_planter(workspace: &Workspace, token: &str) -> Result<(), CliError> {
    workspace.add_token(PLANTER, PLANTER);
    let planter = in_process::open(workspace, PLANTER).await?;
    let me = planter.session.get("/api/2.0/preview/scim/v2/Me", &[]).await?;
    let id = me.get("id").and_then(Value::as_str).unwrap_or_default();
    let admin = in_process::open(workspace, token).await?;
    let path = format!("/api/2.0/preview/scim/v2/ServicePrincipals/{id}");
    admin.session.send(&Call::delete(&path)).await?;
    workspace.forget_requests();
    Ok(())
}

/// What objects refer to and no snapshot holds.
fn only_referred_to<'a>(
    catalogue: &Catalogue,
    resources: impl Iterator<Item = &'a Resource>,
) -> BTreeSet<Address> {
    let mut referred = BTreeSet::new();
    for resource in resources {
        visit_refs(&resource.spec, &mut |_, to| {
            if catalogue.kind(&to.kind).is_some_and(|kind| !kind.is_managed()) {
                referred.insert(to);
            }
        });
    }
    referred
}

async fn put_stand_ins(
    workspace: &Workspace,
    catalogue: &Catalogue,
    wanted: BTreeSet<Address>,
) -> Result<BTreeSet<Address>, SeedError> {
    let mut copies: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for address in &wanted {
        let Some(kind) = catalogue.kind(&address.kind) else { continue };
        let base = base_of(&address.key);
        // Whoever is called `name~3` is the third of that name.
        let number =
            address.key.strip_prefix(base).and_then(|rest| rest.strip_prefix('~')?.parse().ok());
        let count = copies.entry((kind.api.list.path, base)).or_default();
        *count = (*count).max(number.unwrap_or(1));
    }
    let names: Vec<(&str, &str)> =
        copies.into_iter().flat_map(|(name, count)| std::iter::repeat_n(name, count)).collect();
    let unknown = stand_in(workspace, &names).await?;
    let is_there = |address: &Address| {
        let listing = catalogue.kind(&address.kind).map(|kind| kind.api.list.path);
        !unknown.iter().any(|(path, name)| Some(*path) == listing && *name == base_of(&address.key))
    };
    Ok(wanted.iter().filter(|address| is_there(address)).cloned().collect())
}

/// Plants what a snapshot holds, and says what could not be planted.
async fn plant(
    workspace: &Workspace,
    source: &Source,
) -> Result<BTreeMap<Address, String>, CliError> {
    let target = in_process::open(workspace, PLANTER).await?;
    let progress: Progress = Arc::new(|_, _, _| {});
    let made = plan::make(
        &target,
        source,
        PlanOptions::default(),
        Known::default(),
        Arc::clone(&progress),
    )
    .await?;
    let (_keep, stop) = watch::channel(false);
    let run = apply::Run::of(&target, source, &made.plan, stop);
    let report = apply::carry_out(run, None, Vec::new(), progress).await?;
    let blocked = made.plan.blocked.iter().map(|one| (one.address.clone(), one.reason.clone()));
    let mut unplanted: BTreeMap<Address, String> = blocked.collect();
    for step in &made.plan.steps {
        if let Some((outcome, message)) = report.outcomes.get(&step.id)
            && !outcome.is_success()
        {
            unplanted.entry(step.address.clone()).or_insert_with(|| message.clone());
        }
    }
    Ok(unplanted)
}
