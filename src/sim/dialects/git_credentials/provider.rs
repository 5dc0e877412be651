//! The git providers, and their one spelling.

use crate::sim::http::Refusal;

/// The providers, as answers spell them.
const PROVIDERS: [&str; 8] = [
    "gitHub",
    "bitbucketCloud",
    "gitLab",
    "azureDevOpsServices",
    "gitHubEnterprise",
    "bitbucketServer",
    "gitLabEnterpriseEdition",
    CODE_COMMIT,
];

/// The provider that knows people by a name and not by an e-mail.
pub(super) const CODE_COMMIT: &str = "awsCodeCommit";

/// What credentials call the provider that goes by who is signed in here, and takes no token.
pub(super) const SIGNED_IN: &str = "azureDevOpsServicesAad";

/// The provider of that name in a credential.
///
/// # Errors
/// 400 for a name that is none.
pub(super) fn provider_of_credential(written: &str) -> Result<&'static str, Refusal> {
    if written.eq_ignore_ascii_case(SIGNED_IN) { Ok(SIGNED_IN) } else { provider(written) }
}

/// The provider of that name, in whichever case it is written.
///
/// # Errors
/// 400 for a name that is none.
pub(crate) fn provider(written: &str) -> Result<&'static str, Refusal> {
    let known = PROVIDERS.into_iter().find(|known| known.eq_ignore_ascii_case(written));
    known.ok_or_else(|| Refusal::invalid(format!("Invalid git provider: {written}")))
}
