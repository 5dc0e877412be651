//! Objects of which nothing is known but their name, for others to refer to.

use serde_json::{Value, json};

use crate::sim::workspace::Workspace;

use super::SeedError;
use super::site::Site;

const QUERIES: &str = "/api/2.0/sql/queries";

/// Plants an object for each name, given the path of the listing it shall be shown in. All are planted, or none;
/// it returns those whose listing it knows nothing to plant into.
///
/// # Errors
/// [`SeedError`] when the workspace refuses one of them.
pub async fn stand_in<'a>(
    workspace: &Workspace,
    names: &[(&'a str, &'a str)],
) -> Result<Vec<(&'a str, &'a str)>, SeedError> {
    let site = Site::copy_of(workspace)?;
    let mut unknown = Vec::new();
    for (listing, name) in names {
        match body(&site, listing, name).await? {
            Some(body) => drop(site.post(listing, body).await?),
            None => unknown.push((*listing, *name)),
        }
    }
    site.hand_over(workspace);
    Ok(unknown)
}

/// The least that makes an object of a listing.
async fn body(site: &Site, listing: &str, name: &str) -> Result<Option<Value>, SeedError> {
    Ok(Some(match listing {
        "/api/2.0/lakeview/dashboards" => {
            json!({"display_name": name, "serialized_dashboard": "{}"})
        }
        "/api/2.0/notification-destinations" => {
            json!({"display_name": name, "config": {"email": {"addresses": ["stand-in@example.com"]}}})
        }
        "/api/2.0/pipelines" => {
            json!({"name": name, "allow_duplicate_names": true, "libraries": [{"notebook": {"path": "/Shared/stand-in"}}]})
        }
        "/api/2.0/sql/alerts" => {
            let query = json!({"query": {"display_name": format!("{name} (query)"), "query_text": "SELECT 1"}});
            let query = site.post(QUERIES, query).await?["id"].clone();
            let condition = json!({
                "op": "EQUAL",
                "operand": {"column": {"name": "1"}},
                "threshold": {"value": {"double_value": 1.0}},
            });
            json!({"alert": {"display_name": name, "query_id": query, "condition": condition}})
        }
        QUERIES => json!({"query": {"display_name": name, "query_text": "SELECT 1"}}),
        "/api/2.0/sql/warehouses" => {
            json!({"name": name, "cluster_size": "Small", "max_num_clusters": 1, "auto_stop_mins": 15})
        }
        _ => return Ok(None),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::testing::Desk;

    #[tokio::test]
    async fn stands_in_wherever_others_refer_to() {
        let desk = Desk::new();
        let listings = [
            ("/api/2.0/lakeview/dashboards", "dashboards", "display_name"),
            ("/api/2.0/notification-destinations", "results", "display_name"),
            ("/api/2.0/pipelines", "statuses", "name"),
            ("/api/2.0/sql/alerts", "results", "display_name"),
            ("/api/2.0/sql/queries", "results", "display_name"),
            ("/api/2.0/sql/warehouses", "warehouses", "name"),
        ];
        let mut names: Vec<_> = listings.iter().map(|(path, ..)| (*path, "some name")).collect();
        names.push(("/api/2.0/elsewhere", "x"));
        let unknown = stand_in(&desk.workspace, &names).await.unwrap();
        assert_eq!(unknown, [("/api/2.0/elsewhere", "x")]);
        for (path, items, field) in listings {
            let listed = desk.get(path).await;
            let found = listed[items].as_array().unwrap();
            assert!(found.iter().any(|one| one[field] == "some name"), "{path}: {listed}");
        }
    }
}
