//! Commands, sent over the calls which clients make.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::sim::testing::Desk;

/// The program that reads a secret, asked for this.
fn reading(asked: &Value) -> String {
    let literal = STANDARD.encode(asked.to_string());
    [
        "import base64, json",
        &format!("asked = json.loads(base64.b64decode(\"{literal}\"))"),
        "value = dbutils.secrets.getBytes(scope=asked[\"scope\"], key=asked[\"key\"])",
        "text = base64.b64encode(bytes(value)).decode(\"ascii\")",
        "print(json.dumps({\"length\": len(text), \"part\": text[asked[\"begin\"]:asked[\"end\"]]}))",
    ]
    .join("\n")
}

/// A workspace with a secret, and a context on a cluster that runs.
async fn with_context() -> (Desk, String, String) {
    let desk = Desk::new();
    desk.ok("POST", "/api/2.0/secrets/scopes/create", json!({"scope": "prod"})).await;
    let secret = json!({"scope": "prod", "key": "k", "string_value": "gèheim"});
    desk.ok("POST", "/api/2.0/secrets/put", secret).await;
    desk.workspace.refuse_secret_reads();
    let spec = json!({"cluster_name": "one", "spark_version": "15.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 0});
    let cluster = desk.ok("POST", "/api/2.1/clusters/create", spec).await["cluster_id"].clone();
    let cluster = cluster.as_str().unwrap().to_owned();
    let create = json!({"clusterId": cluster, "language": "python"});
    desk.refused(400, "POST", "/api/1.2/contexts/create", create.clone()).await;
    while desk.get(&format!("/api/2.1/clusters/get?cluster_id={cluster}")).await["state"]
        != "RUNNING"
    {}
    let context = desk.ok("POST", "/api/1.2/contexts/create", create).await["id"].clone();
    (desk, cluster, context.as_str().unwrap().to_owned())
}

async fn run(desk: &Desk, cluster: &str, context: &str, program: &str) -> Value {
    let body = json!({"clusterId": cluster, "contextId": context, "language": "python", "command": program});
    let id = desk.ok("POST", "/api/1.2/commands/execute", body).await["id"].clone();
    let id = id.as_str().unwrap().to_owned();
    let path =
        format!("/api/1.2/commands/status?clusterId={cluster}&contextId={context}&commandId={id}");
    assert_eq!(desk.get(&path).await["status"], "Running");
    desk.get(&path).await["results"].clone()
}

#[tokio::test]
async fn the_program_that_reads_a_secret_prints_a_part_of_it() {
    let (desk, cluster, context) = with_context().await;
    let status = format!("/api/1.2/contexts/status?clusterId={cluster}&contextId={context}");
    let asked = json!({"scope": "prod", "key": "k", "begin": 2, "end": 6});
    let early = json!({"clusterId": cluster, "contextId": context, "language": "python", "command": reading(&asked)});
    desk.refused(400, "POST", "/api/1.2/commands/execute", early).await;
    assert_eq!(desk.get(&status).await["status"], "Pending");
    assert_eq!(desk.get(&status).await["status"], "Running");
    let results = run(&desk, &cluster, &context, &reading(&asked)).await;
    let whole = STANDARD.encode("gèheim");
    let printed: Value = serde_json::from_str(results["data"].as_str().unwrap()).unwrap();
    assert_eq!(printed, json!({"length": whole.len(), "part": whole[2..6]}));
    let end = json!({"clusterId": cluster, "contextId": context});
    desk.ok("POST", "/api/1.2/contexts/destroy", end).await;
    desk.refused(404, "GET", &status, Value::Null).await;
}

#[tokio::test]
async fn any_other_program_ends_with_a_mistake() {
    let (desk, cluster, context) = with_context().await;
    let status = format!("/api/1.2/contexts/status?clusterId={cluster}&contextId={context}");
    desk.get(&status).await;
    let asked = json!({"scope": "prod", "key": "k", "begin": 0, "end": 9});
    let none = json!({"scope": "prod", "key": "none", "begin": 0, "end": 9});
    for program in [
        "print(1)".to_owned(),
        format!("{}\nprint(value)", reading(&asked)),
        reading(&asked).replace("base64, json", "json, base64"),
        reading(&json!({"scope": "prod"})),
        reading(&none),
    ] {
        let results = run(&desk, &cluster, &context, &program).await;
        assert_eq!(results["resultType"], "error", "{program}");
    }
}
