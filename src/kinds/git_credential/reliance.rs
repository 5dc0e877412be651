//! Who takes code from a git provider, and whether a credential lets them in.

use super::{KIND, TOKENLESS, provider};
use crate::kind::Outlook;
use crate::model::{Address, Finding};

/// What is true of repositories that everybody may read.
const PUBLIC: &str = "a public repository needs none";

/// Somebody who takes code from a git provider for an object.
pub(in crate::kinds) struct Visit<'a> {
    /// The object.
    pub(in crate::kinds) by: &'a Address,
    /// The provider.
    pub(in crate::kinds) provider: &'a str,
    /// Who; nobody in particular is whoever applies.
    pub(in crate::kinds) who: Option<String>,
    /// Whether the object says with which credential.
    pub(in crate::kinds) names_one: bool,
}

impl Visit<'_> {
    /// Says what a person should know of the credential that is needed, as far as anybody can tell.
    pub(in crate::kinds) fn doubt(&self, target: &Outlook<'_>) -> Option<Finding> {
        let from = self.provider;
        let is_caller =
            |who: &String| target.caller.is_some_and(|caller| caller.to_string() == *who);
        if let Some(who) = self.who.as_ref().filter(|who| !is_caller(who)) {
            let message = format!(
                "it takes code from {from} as {who}, whose git credentials nobody else sees"
            );
            let hint = format!("see that they have one for {from} in the target; {PUBLIC}");
            return Some(Finding::note("unseen-git-credential", self.by, message).hint(hint));
        }
        let wanted = from.to_lowercase();
        let serves = |provider: String| {
            provider == wanted || provider == TOKENLESS && wanted == "azuredevopsservices"
        };
        let all = (target.of_kind)(&KIND)?;
        match all.into_iter().filter(|one| serves(provider(&one.spec))).count() {
            0 => {
                let message = format!(
                    "it takes code from {from}, for which whoever applies will have no git credential in the target"
                );
                let hint = format!(
                    "make one there, or export one and name its token under `secrets` in brickform.yaml; {PUBLIC}"
                );
                Some(Finding::warning("no-git-credential", self.by, message).hint(hint))
            }
            1 => None,
            _ if self.names_one => None,
            count => {
                let message = format!(
                    "it takes code from {from} with the default one of {count} git credentials"
                );
                Some(Finding::note("default-git-credential", self.by, message))
            }
        }
    }
}
