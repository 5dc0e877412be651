//! What every new workspace holds.

use super::dialects::scim::{self, Sort};
use super::dialects::tree;
use super::ids::{Ids, mix};
use super::options::Options;
use super::state::State;

/// The content of a new workspace: its first admin, and the service principal which may log in.
pub(super) fn content(options: &Options) -> State {
    let mut state = State { ids: Ids::seeded(options.seed), ..State::default() };
    state.storage.key = format!("{:016x}", mix(!options.seed));
    state.mlflow.registry.disabled = !options.workspace_registry;
    scim::seed_built_in(&mut state);
    admit(&mut state, options);
    state
}

/// Lets in whom the options name and who is not there.
pub(super) fn admit(state: &mut State, options: &Options) {
    if scim::find(state, Sort::User, &options.user).is_none() {
        let admin = scim::seed_user(state, &options.user, true);
        tree::make_home(state, &options.user, &admin);
    }
    if let Some(client) = &options.client
        && scim::find(state, Sort::ServicePrincipal, &client.id).is_none()
    {
        scim::seed_service_principal(state, &client.id, &client.id, true);
    }
}
