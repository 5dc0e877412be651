//! What a credential is called, and what is sent of its token.

use serde_json::{Value, json};

use super::{KIND, key_of, token};
use crate::kind::{Error, Index, Table, normalise};
use crate::model::{Address, Resource, SecretBytes};

fn credential(raw: Value) -> Resource {
    let address = Address::new(KIND.name, key_of(&raw));
    let spec = normalise(&Table::of(&KIND), raw, &Index::default());
    Resource { address, spec, grants: None, content: None }
}

fn secret(bytes: &[u8]) -> SecretBytes {
    SecretBytes::new(bytes.to_vec())
}

#[test]
fn a_key_is_a_provider_and_perhaps_a_name() {
    for (raw, key) in [
        (json!({"git_provider": "gitHub"}), "github"),
        (json!({"git_provider": "GITHUB", "name": ""}), "github"),
        (json!({"git_provider": "gitLab", "name": "Work/2"}), "gitlab/Work/2"),
    ] {
        assert_eq!(key_of(&raw), key);
    }
}

#[test]
fn a_spec_says_that_there_is_a_token_and_never_which() {
    let raw = json!({"credential_id": 7, "key": "github", "git_provider": "gitHub",
        "git_email": "a@x.com", "git_username": "", "is_default_for_provider": false});
    let mut one = credential(raw);
    assert_eq!(
        one.spec,
        json!({"git_provider": "gitHub", "git_email": "a@x.com", "personal_access_token": {}})
    );
    let findings = KIND.hooks.inspect(&mut one);
    assert!(findings[0].hint.contains("`git_credential:github: env:NAME`"), "{findings:?}");
    let mut aad = credential(json!({"git_provider": "azureDevOpsServicesAad"}));
    assert_eq!(aad.spec, json!({"git_provider": "azureDevOpsServicesAad"}));
    assert!(KIND.hooks.inspect(&mut aad).is_empty());
}

#[test]
fn no_credential_is_made_without_its_token() {
    let body = || json!({"git_provider": "gitHub"});
    let sent = token::put_into(body(), Some(&secret(b"canary\r\n"))).unwrap();
    assert_eq!(sent["personal_access_token"], "canary");
    for none in [None, Some(secret(b"")), Some(secret(b"\n")), Some(secret(&[0xff, 0xfe]))] {
        let error = token::put_into(body(), none.as_ref()).unwrap_err();
        assert!(matches!(error, Error::Impossible { .. }), "{error}");
    }
}

#[test]
fn another_provider_is_another_thing() {
    let of = |provider: &str| credential(json!({"git_provider": provider}));
    assert_eq!(KIND.hooks.stranger(&of("gitHub"), &of("GitHub")), None);
    let said = KIND.hooks.stranger(&of("gitHub"), &of("gitLab")).unwrap();
    assert!(said.contains("for gitLab in the target"), "{said}");
}
