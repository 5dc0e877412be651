//! Reading values by a program on a cluster, where no call tells them.
//!
//! API: <https://docs.databricks.com/api/workspace/commandexecution>

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Call, Kind, Paging, Repeat, Session};
use crate::kind::Error;
use crate::model::SecretBytes;

/// How many letters one program prints: servers cut off what is long.
const PART: usize = 60_000;

/// How long to wait between two looks, and for how many looks.
const LOOK: Duration = Duration::from_secs(1);
const CLUSTER_LOOKS: u32 = 1_800;
const PROGRAM_LOOKS: u32 = 600;

/// A place on a running cluster where programs can be sent to.
pub(crate) struct Cluster {
    session: Session,
    id: String,
    context: String,
}

/// What a program prints.
#[derive(Deserialize)]
struct Printed {
    length: usize,
    part: String,
}

fn failed(why: impl Into<String>) -> Error {
    Error::OnCluster(why.into())
}

fn text(answer: &Value, field: &str) -> String {
    answer.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The program that reads a part of a secret in base64. A server blacks out values that it prints, and
/// base64 is none. What is asked for stands in it as a document in base64 too: no letter of that ends the
/// literal, whatever a scope or key is called.
fn program(name: &str, begin: usize) -> String {
    let (scope, key) = name.split_once('/').unwrap_or((name, ""));
    let asked = json!({"scope": scope, "key": key, "begin": begin, "end": begin + PART});
    let literal = STANDARD.encode(asked.to_string());
    format!(
        "import base64, json\n\
         asked = json.loads(base64.b64decode(\"{literal}\"))\n\
         value = dbutils.secrets.getBytes(scope=asked[\"scope\"], key=asked[\"key\"])\n\
         text = base64.b64encode(bytes(value)).decode(\"ascii\")\n\
         print(json.dumps({{\"length\": len(text), \"part\": text[asked[\"begin\"]:asked[\"end\"]]}}))"
    )
}

impl Cluster {
    /// Opens a context on the cluster of this name. One that does not run is started, which `say` is told.
    ///
    /// # Errors
    /// As the server refuses; [`Error::OnCluster`] where there is not exactly one, or it does not start.
    pub(crate) async fn open(
        session: &Session,
        name: &str,
        say: &(dyn Fn(&str) + Sync),
    ) -> Result<Self, Error> {
        let id = find(session, name).await?;
        run(session, &id, name, say).await?;
        let body = json!({"clusterId": id, "language": "python"});
        let call = Call::post("/api/1.2/contexts/create").json(body).repeat(Repeat::Idempotent);
        let context = text(&session.send(&call).await?, "id");
        let query = [("clusterId", id.clone()), ("contextId", context.clone())];
        for _ in 0..PROGRAM_LOOKS {
            match text(&session.get("/api/1.2/contexts/status", &query).await?, "status").as_str() {
                "Running" => return Ok(Self { session: session.clone(), id, context }),
                "Error" => break,
                _ => tokio::time::sleep(LOOK).await,
            }
        }
        Err(failed(format!("cluster {name} does not take programs")))
    }

    /// Reads the value of the secret `scope/key`.
    ///
    /// # Errors
    /// As the server refuses; [`Error::OnCluster`] where the program fails or prints something else.
    pub(crate) async fn value(&self, name: &str) -> Result<SecretBytes, Error> {
        let mut whole = String::new();
        loop {
            let printed = self.print(&program(name, whole.len())).await?;
            let other = || failed("it printed something other than the value");
            let Printed { length, part } = serde_json::from_str(&printed).map_err(|_| other())?;
            whole.push_str(&part);
            if whole.len() == length {
                return STANDARD.decode(&whole).map(SecretBytes::new).map_err(|_| other());
            }
            if part.is_empty() || whole.len() > length {
                return Err(other());
            }
        }
    }

    /// Runs a program, and tells what it printed.
    async fn print(&self, program: &str) -> Result<String, Error> {
        let body = json!({
            "clusterId": self.id, "contextId": self.context, "language": "python", "command": program,
        });
        let call = Call::post("/api/1.2/commands/execute").json(body).repeat(Repeat::Idempotent);
        let command = text(&self.session.send(&call).await?, "id");
        let query = [
            ("clusterId", self.id.clone()),
            ("contextId", self.context.clone()),
            ("commandId", command),
        ];
        let mut wait = Duration::from_millis(50);
        for _ in 0..PROGRAM_LOOKS {
            let answer = self.session.get("/api/1.2/commands/status", &query).await?;
            match text(&answer, "status").as_str() {
                "Finished" => return printed(&answer["results"]),
                "Error" | "Cancelled" => return Err(failed("it was cancelled")),
                _ => tokio::time::sleep(wait).await,
            }
            wait = (wait * 2).min(LOOK);
        }
        Err(failed("it does not come to its end"))
    }

    /// Gives the context back; the cluster runs until it terminates itself.
    pub(crate) async fn close(self) {
        let body = json!({"clusterId": self.id, "contextId": self.context});
        let call = Call::post("/api/1.2/contexts/destroy").json(body).repeat(Repeat::Idempotent);
        if let Err(error) = self.session.send(&call).await {
            tracing::debug!(%error, "a context stays open until its cluster ends");
        }
    }
}

/// What a program that ended has printed.
fn printed(results: &Value) -> Result<String, Error> {
    if text(results, "resultType") != "text" {
        let said: String = text(results, "summary").chars().take(200).collect();
        return Err(failed(said));
    }
    if results["truncated"] == json!(true) {
        return Err(failed("what it printed was cut off"));
    }
    Ok(text(results, "data"))
}

async fn find(session: &Session, name: &str) -> Result<String, Error> {
    let call = Call::get("/api/2.1/clusters/list").query("page_size", "100");
    let all = session.list(call, "/clusters", Paging::PAGE_TOKEN).await?;
    let ids: Vec<String> = all
        .iter()
        .filter(|cluster| text(cluster, "cluster_name") == name)
        .map(|cluster| text(cluster, "cluster_id"))
        .collect();
    match ids.as_slice() {
        [id] => Ok(id.clone()),
        [] => Err(failed(format!("there is no cluster called {name}"))),
        several => Err(failed(format!("{} clusters are called {name}", several.len()))),
    }
}

/// Waits until a cluster runs, and starts it if it does not come to that by itself.
async fn run(
    session: &Session,
    id: &str,
    name: &str,
    say: &(dyn Fn(&str) + Sync),
) -> Result<(), Error> {
    let mut is_started = false;
    for look in 0..CLUSTER_LOOKS {
        let query = [("cluster_id", id.to_owned())];
        let answer = session.get("/api/2.1/clusters/get", &query).await?;
        match text(&answer, "state").as_str() {
            "RUNNING" | "RESIZING" => return Ok(()),
            "TERMINATED" if !is_started => {
                say(&format!(
                    "starting cluster {name} to read secrets; it runs until it terminates itself"
                ));
                let call = Call::post("/api/2.1/clusters/start").json(json!({ "cluster_id": id }));
                match session.send(&call.repeat(Repeat::Idempotent)).await {
                    Err(error) if error.kind() != Kind::InvalidState => return Err(error.into()),
                    _ => is_started = true,
                }
            }
            "TERMINATED" | "ERROR" | "UNKNOWN" if look > 0 => {
                let why = text(&answer, "state_message");
                return Err(failed(format!("cluster {name} does not start: {why}")));
            }
            _ => tokio::time::sleep(LOOK).await,
        }
    }
    Err(failed(format!("cluster {name} does not start in {} minutes", CLUSTER_LOOKS / 60)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_its_literal() {
        for name in ["a\"b/c'd", "a\n/\\x", "ä{0}/{{x}}", "x\"))\nimport os#/k"] {
            let program = program(name, 7);
            let literal = program.lines().nth(1).unwrap().split('"').nth(1).unwrap();
            let asked: Value = serde_json::from_slice(&STANDARD.decode(literal).unwrap()).unwrap();
            let (scope, key) = name.split_once('/').unwrap();
            assert_eq!((&asked["scope"], &asked["key"]), (&json!(scope), &json!(key)));
            assert_eq!((program.lines().count(), &asked["begin"]), (5, &json!(7)));
        }
    }

    #[test]
    fn an_output_that_is_cut_off_is_no_value() {
        let whole = json!({"resultType": "text", "data": "{}", "truncated": false});
        assert_eq!(printed(&whole).unwrap(), "{}");
        for wrong in [
            json!({"resultType": "text", "data": "{}", "truncated": true}),
            json!({"resultType": "error", "summary": "no such scope"}),
            json!(null),
        ] {
            assert!(printed(&wrong).is_err(), "{wrong}");
        }
    }
}
