//! The calls of command execution.

use serde_json::{Value, json};

use super::program::Asked;
use super::state::{Command, Context};
use crate::sim::dialects::{clusters, secrets};
use crate::sim::http::{Answer, Call, Refusal, Route, Shape};
use crate::sim::state::State;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route { method: "POST", path: "/api/1.2/contexts/create", handler: create },
    Route { method: "GET", path: "/api/1.2/contexts/status", handler: context_status },
    Route { method: "POST", path: "/api/1.2/contexts/destroy", handler: destroy },
    Route { method: "POST", path: "/api/1.2/commands/execute", handler: execute },
    Route { method: "GET", path: "/api/1.2/commands/status", handler: command_status },
];

fn refused(status: u16, message: impl Into<String>) -> Refusal {
    Refusal::new(status, "", message).shaped(Shape::Api12)
}

fn need<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a str, Refusal> {
    call.need(name).map_err(|refusal| refusal.shaped(Shape::Api12))
}

fn create(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let cluster = need(call, "clusterId")?;
    need_python(call)?;
    if !clusters::is_running(state, cluster) {
        return Err(refused(
            400,
            format!("ClusterNotReadyException: cluster {cluster} is not running"),
        ));
    }
    let id = state.ids.uuid();
    let context = Context { cluster: cluster.to_owned(), ..Context::default() };
    state.commands.contexts.insert(id.clone(), context);
    Ok(Answer::Json(json!({ "id": id })))
}

fn need_python(call: &Call<'_>) -> Result<(), Refusal> {
    match need(call, "language")? {
        "python" => Ok(()),
        other => Err(refused(400, format!("The simulator plays no {other}"))),
    }
}

/// The context that a call names, on the cluster that it names.
fn context<'a>(state: &'a mut State, call: &Call<'_>) -> Result<&'a mut Context, Refusal> {
    let (cluster, id) = (need(call, "clusterId")?, need(call, "contextId")?);
    let found = state.commands.contexts.get_mut(id);
    found
        .filter(|context| context.cluster == cluster)
        .ok_or_else(|| refused(404, format!("ContextNotFound: {id}")))
}

fn context_status(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = need(call, "contextId")?;
    let context = context(state, call)?;
    let status = if context.is_up { "Running" } else { "Pending" };
    context.is_up = true;
    Ok(Answer::Json(json!({ "id": id, "status": status })))
}

fn destroy(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    context(state, call)?;
    let id = need(call, "contextId")?;
    state.commands.contexts.remove(id);
    Ok(Answer::Json(json!({ "id": id })))
}

fn execute(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    need_python(call)?;
    if !context(state, call)?.is_up {
        return Err(refused(400, "The context is not running yet"));
    }
    let result =
        match Asked::of(need(call, "command")?) {
            None => Err("SyntaxError: the simulator plays one program only, which reads a secret"
                .to_owned()),
            Some(asked) => secrets::read(state, &call.caller, &asked.scope, &asked.key)
                .map(|text| asked.print(&text))
                .map_err(|refusal| format!("IllegalArgumentException: {}", refusal.message)),
        };
    let id = state.ids.uuid();
    let command = Command { result: Some(result), is_over: false };
    context(state, call)?.commands.insert(id.clone(), command);
    Ok(Answer::Json(json!({ "id": id })))
}

fn command_status(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = need(call, "commandId")?;
    let found = context(state, call)?.commands.get_mut(id);
    let command = found.ok_or_else(|| refused(404, format!("CommandNotFound: {id}")))?;
    if !std::mem::replace(&mut command.is_over, true) {
        return Ok(Answer::Json(json!({ "id": id, "status": "Running", "results": null })));
    }
    let results: Value = match &command.result {
        Some(Ok(printed)) => json!({ "resultType": "text", "data": printed, "truncated": false }),
        Some(Err(error)) => json!({ "resultType": "error", "summary": error, "cause": error }),
        None => Value::Null,
    };
    Ok(Answer::Json(json!({ "id": id, "status": "Finished", "results": results })))
}
