//! Who may do what: several principals and several levels, on everything.

use super::super::SeedError;
use super::super::site::{Site, group, service_principal, user};
use super::compute::Compute;
use super::datasets::DATASETS;
use super::jobs::Ground;

/// Plants the grants.
pub(super) async fn plant(site: &Site, ground: &Ground<'_>, jobs: &[i64]) -> Result<(), SeedError> {
    folders(site, ground).await?;
    objects(site, ground).await?;
    compute(site, ground.compute).await?;
    self::jobs(site, ground, jobs).await
}

async fn folders(site: &Site, ground: &Ground<'_>) -> Result<(), SeedError> {
    let (principals, who) =
        (ground.principals, |index: usize| ground.members[index].user_name.as_str());
    let etl = [
        group("data-engineering", "CAN_MANAGE"),
        group("Data & AI", "CAN_RUN"),
        service_principal(&principals.etl, "CAN_RUN"),
        user(who(16), "CAN_EDIT"),
    ];
    site.grant_at("directories", "/Shared/etl", &etl).await?;
    let ml = [
        group("data-science", "CAN_MANAGE"),
        service_principal(&principals.scorer, "CAN_RUN"),
        service_principal(&principals.old_scorer, "CAN_READ"),
    ];
    site.grant_at("directories", "/Shared/ml", &ml).await?;
    let reports = [
        group("analytics", "CAN_EDIT"),
        group("business", "CAN_RUN"),
        group("Führungskreis", "CAN_READ"),
    ];
    site.grant_at("directories", "/Shared/reports", &reports).await?;
    for folder in ["/Shared/inbox", "/Shared/archive/2019/q1", "/Shared/odd/データ"] {
        site.grant_at(
            "directories",
            folder,
            &[group("all staff", "CAN_EDIT"), group("contractors", "CAN_READ")],
        )
        .await?;
    }
    let home = format!("/Users/{}/scratch", who(3));
    site.grant_at("directories", &home, &[user(who(4), "CAN_EDIT")]).await
}

async fn objects(site: &Site, ground: &Ground<'_>) -> Result<(), SeedError> {
    for (index, dataset) in DATASETS.iter().enumerate() {
        let path = format!("/Shared/etl/{}/quality", dataset.name);
        let reader = &ground.members[25 + index].user_name;
        site.grant_at("notebooks", &path, &[user(reader, "CAN_READ"), group("support", "CAN_RUN")])
            .await?;
    }
    let secret = [group("platform", "CAN_MANAGE"), group("contractors", "CAN_READ")];
    site.grant_at("notebooks", "/Shared/lib/config", &secret).await?;
    site.grant_at("notebooks", "/Shared/odd/case/load", &[group("finance", "CAN_RUN")]).await?;
    for path in ["/Shared/init/install-certs.sh", "/Shared/assets/model.pkl", "/Shared/odd/twin.py"]
    {
        site.grant_at("files", path, &secret).await?;
    }
    site.grant_at(
        "repos",
        "/Repos/data-engineering/pipelines",
        &[group("data-engineering", "CAN_MANAGE")],
    )
    .await
}

async fn compute(site: &Site, compute: &Compute) -> Result<(), SeedError> {
    for (index, id) in compute.pools.iter().enumerate() {
        let team = ["data-engineering", "platform", "data-science", "analytics"][index % 4];
        site.grant(
            "instance-pools",
            id,
            &[group(team, "CAN_ATTACH_TO"), group("platform", "CAN_MANAGE")],
        )
        .await?;
    }
    let policy_users =
        ["data-engineering", "data-engineering", "data-science", "analytics", "users"];
    for (id, team) in compute.policies.iter().zip(policy_users) {
        site.grant("cluster-policies", id, &[group(team, "CAN_USE"), group("platform", "CAN_USE")])
            .await?;
    }
    for (index, id) in compute.clusters.iter().enumerate() {
        let team = ["analytics", "finance", "data-engineering", "data-science"][index % 4];
        let grants = [
            group(team, "CAN_RESTART"),
            group("all staff", "CAN_ATTACH_TO"),
            group("platform", "CAN_MANAGE"),
        ];
        site.grant("clusters", id, &grants).await?;
    }
    Ok(())
}

async fn jobs(site: &Site, ground: &Ground<'_>, jobs: &[i64]) -> Result<(), SeedError> {
    for (index, id) in jobs.iter().enumerate() {
        let owner = if index % 4 == 3 {
            service_principal(&ground.principals.etl, "IS_OWNER")
        } else {
            user(&ground.members[index % 12].user_name, "IS_OWNER")
        };
        let grants = [
            owner,
            group("Data & AI", "CAN_MANAGE_RUN"),
            group("business", "CAN_VIEW"),
            user(&ground.members[30].user_name, "CAN_MANAGE"),
        ];
        site.grant("jobs", &id.to_string(), &grants).await?;
    }
    Ok(())
}
