//! A workspace: takes requests one after the other, and answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};

use super::dialects::repos;
use super::dialects::scim::{self, Sort};
use super::dialects::secrets;
use super::error::Cut;
use super::faults::{Action, Faults, Script};
use super::fresh;
use super::ids::mix;
use super::options::Options;
use super::record::{self, Seen};
use super::respond;
use super::router;
use super::service::{Place, Service, host_of};
use super::state::State;
use super::storage::Cloud;

/// A simulated workspace; clones share one content.
#[derive(Clone)]
pub struct Workspace {
    options: Arc<Options>,
    service: Arc<Mutex<Service>>,
}

impl Workspace {
    /// A workspace which is new: it has one admin, the built-in groups and the roots of the tree.
    pub fn new(options: Options) -> Self {
        let service = Service::new(&options);
        Self { options: Arc::new(options), service: Arc::new(Mutex::new(service)) }
    }

    /// Another workspace, with other options, that holds the same; whom the options name is let in.
    #[must_use]
    pub fn copy_with(&self, options: Options) -> Self {
        let state = self.with_state(|state| state.clone());
        let copy = Self::new(options);
        copy.with_state(|into| {
            *into = state;
            fresh::admit(into, &copy.options);
        });
        copy
    }

    /// Whether a call is answered at all; placeholders of the path may be spelled in any way.
    pub fn serves(&self, method: &str, path: &str) -> bool {
        router::find(method, path, self.options.versions).is_ok()
    }

    /// Where clients in the same process reach it.
    pub fn host(&self) -> String {
        host_of(&self.options)
    }

    /// The workspace's identifier, which every answer carries.
    pub fn workspace_id(&self) -> u64 {
        let follows = || 1_000_000_000_000_000 + mix(self.options.seed) % 9_000_000_000_000_000;
        self.options.workspace_id.unwrap_or_else(follows)
    }

    /// Answers a request; a cut connection becomes a page with status 502, as a proxy makes of it.
    pub async fn call(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.try_call(request).await.unwrap_or_else(|Cut| respond::page(502, "Bad Gateway"))
    }

    /// Answers a request.
    ///
    /// # Errors
    /// [`Cut`] when a fault cuts the connection, before or after the request took effect.
    pub async fn try_call(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Cut> {
        let fate = self.lock().arrive(&request);
        let mut delay = self.options.latency;
        if let Some(fate) = fate.as_ref().filter(|fate| fate.action == Action::Delay) {
            delay += Duration::from_millis(fate.millis);
        }
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let errand = self.lock().errand(&request, &self.options);
        if let Some(errand) = errand {
            let visit = errand.clone();
            if let Ok(fetched) = tokio::task::spawn_blocking(move || visit.run()).await {
                self.lock().state.repos.bring(errand, fetched);
            }
        }
        let place = Place { host: self.host(), workspace_id: self.workspace_id() };
        let answer = self.lock().answer(&request, fate.as_ref(), &self.options, &place);
        answer.map(|mut response| {
            response
                .headers_mut()
                .insert("x-databricks-org-id", HeaderValue::from(place.workspace_id));
            response
        })
    }

    /// The requests so far, oldest first.
    pub fn requests(&self) -> Vec<Seen> {
        self.lock().seen.clone()
    }

    /// How many of the requests so far asked for a change.
    pub fn writes(&self) -> usize {
        self.lock().seen.iter().filter(|seen| seen.is_write()).count()
    }

    /// How many requests there were so far, by method and path template.
    pub fn per_family(&self) -> BTreeMap<String, usize> {
        record::per_family(&self.lock().seen)
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.lock().seen.clear();
    }

    /// Replaces the script of faults, and counts from the beginning: a killed client may come back.
    pub fn set_faults(&self, faults: Faults) {
        self.lock().script = Script::new(faults);
    }

    /// Lets a token speak for a user or, by its application id, for a service principal.
    pub fn add_token(&self, token: &str, user_name: &str) {
        self.lock().tokens.insert(token.to_owned(), user_name.to_owned());
    }

    /// Lets time pass in the workspace.
    pub fn advance(&self, by: Duration) {
        self.with_state(|state| {
            state.clock += i64::try_from(by.as_millis()).unwrap_or(i64::MAX / 2)
        });
    }

    /// Makes a group which belongs to the account; `None` when a member, given by user name, is nobody.
    pub fn seed_account_group(&self, name: &str, members: &[&str]) -> Option<String> {
        self.with_state(|state| {
            let find = |name: &&str| scim::find(state, Sort::User, name).map(str::to_owned);
            let members: Vec<String> = members.iter().map(find).collect::<Option<_>>()?;
            Some(scim::seed_account_group(state, name, &members))
        })
    }

    /// Makes a git folder of a repository that was begun there from the command line, so that it has no remote
    /// and no listing of git folders shows it; `false` where the folder above is missing or something is there.
    pub fn seed_local_repository(&self, path: &str) -> bool {
        self.with_state(|state| repos::seed_local(state, path).is_some())
    }

    /// Makes a scope whose values an Azure Key Vault holds; only the keys are known here.
    pub fn seed_key_vault(&self, scope: &str, resource_id: &str, dns_name: &str, keys: &[&str]) {
        let vault = serde_json::json!({"resource_id": resource_id, "dns_name": dns_name});
        let values = keys.iter().map(|key| ((*key).to_owned(), Default::default())).collect();
        let made = secrets::Scope { vault: Some(vault), values, ..secrets::Scope::default() };
        self.with_state(|state| state.secrets.scopes.insert(scope.to_owned(), made));
    }

    /// Refuses the values of secrets to whoever asks for them from outside of a cluster, from now on.
    pub fn refuse_secret_reads(&self) {
        self.with_state(|state| state.secrets.unreadable = true);
    }

    /// Keeps the files of runs, where an experiment says nothing else, in the storage of this cloud.
    pub fn keep_files_in(&self, cloud: Cloud) {
        self.with_state(|state| state.storage.cloud = cloud);
    }

    /// Makes a secret look as if it had been put at this time, in milliseconds; nothing where there is none.
    pub fn date_secret(&self, scope: &str, key: &str, at: i64) {
        self.with_state(|state| {
            let scope = state.secrets.scopes.get_mut(scope);
            if let Some(stored) = scope.and_then(|scope| scope.values.get_mut(key)) {
                stored.updated = at;
            }
        });
    }

    /// Reads or changes the content directly.
    pub(crate) fn with_state<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        let mut service = self.lock();
        service.dirty = true;
        work(&mut service.state)
    }

    /// A copy of the content if it changed since the last copy.
    pub(super) fn unsaved(&self) -> Option<State> {
        let mut service = self.lock();
        std::mem::take(&mut service.dirty).then(|| service.state.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Service> {
        self.service.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
