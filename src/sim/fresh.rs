//! What every new workspace holds.

use super::dialects::{scim, tree};
use super::ids::Ids;
use super::options::Options;
use super::state::State;

/// The content of a new workspace: its first admin, and the service principal which may log in.
pub(super) fn content(options: &Options) -> State {
    let mut state = State { ids: Ids::seeded(options.seed), ..State::default() };
    scim::seed_built_in(&mut state);
    let admin = scim::seed_user(&mut state, &options.user, true);
    tree::make_home(&mut state, &options.user, &admin);
    if let Some(client) = &options.client {
        scim::seed_service_principal(&mut state, &client.id, &client.id, true);
    }
    state
}
