//! Makes settings out of what was sent: checked, filled in, and with the clusters which they ask for.

use serde_json::Value;

use super::tasks::{Fields, each_task, given, text};
use super::version::Version;
use super::{defaults, references, shape};
use crate::sim::dialects::clusters::effective;
use crate::sim::dialects::policies::{Clusters, provision};
use crate::sim::dialects::scim::{self, Sort};
use crate::sim::http::{Call, Refusal};
use crate::sim::state::State;

/// Gives the settings as they were asked for, and as the server gives them back.
///
/// A whole set of settings which is written through 2.2 queues unless it says otherwise, one which is written
/// through 2.1 does not. That is known of `create`; for `reset` the same is assumed.
///
/// # Errors
/// 400 for what contradicts itself or refers to what is not there, 403 for a `run_as` beyond the caller.
pub(super) fn settings(
    state: &mut State,
    mut asked: Fields,
    whole: bool,
    call: &Call<'_>,
) -> Result<(Fields, Fields), Refusal> {
    provision(state, call.now);
    let version = Version::of(call);
    asked.remove("access_control_list");
    defaults::fill(&mut asked, whole && version == Version::V2_2);
    shape::check(&asked, version)?;
    references::check(state, &asked)?;
    run_as(state, &asked, call)?;
    let mut settings = asked.clone();
    clusters(state, &mut settings, &call.caller.user_name)?;
    Ok((asked, settings))
}

fn run_as(state: &State, settings: &Fields, call: &Call<'_>) -> Result<(), Refusal> {
    let Some(Value::Object(run_as)) = settings.get("run_as") else { return Ok(()) };
    let named: Vec<_> = [
        (Sort::User, "user_name"),
        (Sort::ServicePrincipal, "service_principal_name"),
        (Sort::Group, "group_name"),
    ]
    .into_iter()
    .filter(|(_, field)| given(run_as, field))
    .collect();
    let [(sort, field)] = named[..] else {
        return Err(Refusal::invalid(
            "run_as needs exactly one of user_name, service_principal_name and group_name",
        ));
    };
    let name = text(run_as, field);
    if scim::find(state, sort, name).is_none() {
        return Err(Refusal::invalid(format!("Principal {name} in run_as does not exist.")));
    }
    let user = text(run_as, "user_name");
    if !call.caller.is_admin
        && !user.is_empty()
        && !user.eq_ignore_ascii_case(&call.caller.user_name)
    {
        return Err(Refusal::denied("Only workspace admins can set run_as to another user"));
    }
    Ok(())
}

/// Fills in the attributes of every cluster which the job makes for its runs.
fn clusters(state: &State, settings: &mut Fields, owner: &str) -> Result<(), Refusal> {
    let mut outcome = Ok(());
    let mut fill = |holder: &mut Fields| {
        if let Some(Value::Object(cluster)) = holder.get_mut("new_cluster") {
            match effective(state, cluster, Clusters::Job, owner) {
                Ok(filled) => *cluster = filled,
                Err(refusal) if outcome.is_ok() => outcome = Err(refusal),
                Err(_) => {}
            }
        }
    };
    each_task(settings, &mut fill);
    if let Some(Value::Array(shared)) = settings.get_mut("job_clusters") {
        shared.iter_mut().filter_map(Value::as_object_mut).for_each(&mut fill);
    }
    outcome
}
