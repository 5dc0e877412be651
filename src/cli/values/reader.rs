//! Reading values from a workspace, in the way that it allows.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::OnceCell;

use crate::client::Session;
use crate::kinds::secrets::{Cluster, value};
use crate::model::SecretBytes;

/// Who is told what a person should know meanwhile.
pub(crate) type Say<'a> = Box<dyn Fn(&str) + Send + Sync + 'a>;

/// Reads values: by a call, and where the workspace refuses that, by a program on a cluster that was named.
pub(crate) struct Reader<'a> {
    session: Session,
    cluster_name: Option<String>,
    cluster: OnceCell<Result<Cluster, String>>,
    /// Whether the call was refused for good, so that it is spared.
    is_refused: AtomicBool,
    say: Say<'a>,
}

impl<'a> Reader<'a> {
    /// Reads from a workspace. Where a cluster is named, the session has to be able to write.
    pub(super) fn new(session: Session, cluster_name: Option<String>, say: Say<'a>) -> Self {
        let (cluster, is_refused) = (OnceCell::new(), AtomicBool::new(false));
        Self { session, cluster_name, cluster, is_refused, say }
    }

    /// The value of the secret `scope/key`.
    ///
    /// # Errors
    /// In words, with what would help.
    pub(super) async fn value(&self, name: &str) -> Result<SecretBytes, String> {
        if !self.is_refused.load(Ordering::Relaxed) || self.cluster_name.is_none() {
            match value(&self.session, name).await {
                Err(error) if error.is_invalid() => {
                    self.is_refused.store(true, Ordering::Relaxed);
                    if self.cluster_name.is_none() {
                        return Err(format!(
                            "{}; --via-cluster NAME reads it by a program on a cluster",
                            error.lasting_words()
                        ));
                    }
                }
                other => return other.map_err(|error| error.lasting_words()),
            }
        }
        let opened = self.cluster.get_or_init(|| self.open()).await;
        match opened {
            Ok(cluster) => cluster.value(name).await.map_err(|error| error.lasting_words()),
            Err(why) => Err(why.clone()),
        }
    }

    async fn open(&self) -> Result<Cluster, String> {
        let name = self.cluster_name.as_deref().unwrap_or_default();
        let opened = Cluster::open(&self.session, name, &|said| (self.say)(said)).await;
        opened.map_err(|error| error.lasting_words())
    }

    /// Gives back what was opened on the way.
    pub(super) async fn close(self) {
        if let Some(Ok(cluster)) = self.cluster.into_inner() {
            cluster.close().await;
        }
    }
}
