//! What tasks refer to besides compute: a warehouse, queries, a pipeline, where notifications go.

use serde_json::{Value, json};

use super::super::SeedError;
use super::super::site::Site;

/// The identifiers of what tasks refer to.
pub(super) struct Reporting {
    pub(super) warehouse: String,
    pub(super) query: String,
    pub(super) alert: String,
    pub(super) dashboard: String,
    pub(super) pipeline: String,
    pub(super) pager: String,
    pub(super) mail: String,
}

/// Plants what tasks refer to.
pub(super) async fn plant(site: &Site) -> Result<Reporting, SeedError> {
    let body = json!({
        "name": "BI", "cluster_size": "Small", "min_num_clusters": 1, "max_num_clusters": 3, "auto_stop_mins": 15,
    });
    let warehouse = made(site, "/api/2.0/sql/warehouses", "id", body).await?;
    let body = json!({"query": {
        "display_name": "Orders without payment",
        "warehouse_id": warehouse,
        "query_text": "SELECT COUNT(*) AS open FROM silver.orders LEFT ANTI JOIN silver.payments USING (order_id)",
    }});
    let query = made(site, "/api/2.0/sql/queries", "id", body).await?;
    let body = json!({"alert": {
        "display_name": "Too many open orders",
        "query_id": query,
        "condition": {
            "op": "GREATER_THAN",
            "operand": {"column": {"name": "open"}},
            "threshold": {"value": {"double_value": 100.0}},
        },
    }});
    let alert = made(site, "/api/2.0/sql/alerts", "id", body).await?;
    let page = json!({"datasets": [], "pages": [{"name": "p1", "displayName": "Orders"}]});
    let body = json!({
        "display_name": "Orders", "warehouse_id": warehouse, "parent_path": "/Shared/reports",
        "serialized_dashboard": page.to_string(),
    });
    let dashboard = made(site, "/api/2.0/lakeview/dashboards", "dashboard_id", body).await?;
    let body = json!({
        "name": "orders live",
        "libraries": [{"notebook": {"path": "/Shared/streaming/clickstream"}}],
        "clusters": [{"label": "default", "autoscale": {"min_workers": 1, "max_workers": 4, "mode": "ENHANCED"}}],
        "target": "live", "continuous": false, "edition": "ADVANCED",
    });
    let pipeline = made(site, "/api/2.0/pipelines", "pipeline_id", body).await?;
    const DESTINATIONS: &str = "/api/2.0/notification-destinations";
    let body = json!({
        "display_name": "On-call pager",
        "config": {"pagerduty": {"integration_key": "0123456789abcdef0123456789abcdef"}},
    });
    let pager = made(site, DESTINATIONS, "id", body).await?;
    let body = json!({
        "display_name": "Data mailing list",
        "config": {"email": {"addresses": ["data-oncall@acme.example"]}},
    });
    let mail = made(site, DESTINATIONS, "id", body).await?;
    Ok(Reporting { warehouse, query, alert, dashboard, pipeline, pager, mail })
}

async fn made(
    site: &Site,
    call: &'static str,
    field: &'static str,
    body: Value,
) -> Result<String, SeedError> {
    let answer = site.post(call, body).await?;
    answer[field].as_str().map(str::to_owned).ok_or(SeedError::Answer { call, field })
}
