//! The main job end to end.

use brickform::engine::Rewrites;
use brickform::model::{Options, Severity};

use crate::world::{World, steps};

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_moves_to_an_empty_workspace() {
    let source = World::planted(1, "acme").await;
    let held = source.export().await;
    let errors: Vec<_> =
        held.snapshot.findings.iter().filter(|f| f.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let again = source.plan(&held, &Rewrites::default(), &Options::default()).await;
    assert_eq!(steps(&again), Vec::<String>::new(), "a plan of a workspace against itself");

    let target = World::new(2);
    let first = target.sync(&held).await;
    let blocked: Vec<String> =
        first.blocked.iter().map(|blocked| blocked.address.to_string()).collect();
    assert!(blocked.contains(&"group:acme-everyone".to_owned()), "{blocked:?}");
    assert!(blocked.iter().all(|address| !address.starts_with("notebook:")), "{blocked:?}");
    let second = target.plan(&held, &Rewrites::default(), &Options::default()).await;
    assert_eq!(steps(&second), Vec::<String>::new(), "the second plan");
}
