//! The calls of the tree, without the wire.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::sim::dialects::scim::seed_user;
use crate::sim::dialects::tree::{ROUTES, make_home};
use crate::sim::http::{Answer, Call, Caller, Form, Refusal};
use crate::sim::state::State;

/// A workspace with two people and the home of one who is gone, and Ada asking.
pub(super) struct Service {
    pub(super) state: State,
    now: i64,
}

/// What was asked for, or the status and code it was refused with.
pub(super) type Outcome = Result<Value, (u16, &'static str)>;

#[derive(Default)]
struct Sent {
    query: BTreeMap<String, String>,
    body: Value,
    raw: Bytes,
    form: Option<Form>,
    params: BTreeMap<&'static str, String>,
}

impl Service {
    pub(super) fn new() -> Self {
        let mut state = State::default();
        for name in ["ada@acme.example", "bob@acme.example"] {
            let id = seed_user(&mut state, name, false);
            make_home(&mut state, name, &id);
        }
        make_home(&mut state, "gone@acme.example", "3");
        Self { state, now: 1_000 }
    }

    fn call(&mut self, method: &Method, path: &'static str, sent: Sent) -> Result<Answer, Refusal> {
        self.now += 1;
        let route = ROUTES
            .iter()
            .find(|route| route.method == method.as_str() && route.path == path)
            .expect("a route");
        let caller =
            Caller { id: "1".into(), user_name: "ada@acme.example".into(), is_admin: true };
        let call = Call {
            method,
            path,
            params: sent.params,
            query: sent.query,
            body: sent.body,
            raw: &sent.raw,
            form: sent.form,
            caller,
            origin: String::new(),
            now: self.now,
            serial: self.now.unsigned_abs(),
            page_size: 1000,
        };
        (route.handler)(&mut self.state, &call)
    }

    pub(super) fn get(&mut self, path: &'static str, query: &[(&str, &str)]) -> Outcome {
        let query =
            query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        json_of(self.call(&Method::GET, path, Sent { query, ..Sent::default() }))
    }

    pub(super) fn post(&mut self, path: &'static str, body: Value) -> Outcome {
        json_of(self.call(&Method::POST, path, Sent { body, ..Sent::default() }))
    }

    pub(super) fn mkdirs(&mut self, path: &str) -> Outcome {
        self.post("/api/2.0/workspace/mkdirs", json!({"path": path}))
    }

    pub(super) fn delete(&mut self, path: &str, recursive: bool) -> Outcome {
        self.post("/api/2.0/workspace/delete", json!({"path": path, "recursive": recursive}))
    }

    pub(super) fn status(&mut self, path: &str) -> Outcome {
        self.get("/api/2.0/workspace/get-status", &[("path", path)])
    }

    /// Names and types of what lies in a folder, sorted.
    pub(super) fn list(&mut self, path: &str) -> Vec<String> {
        let answer = self.get("/api/2.0/workspace/list", &[("path", path)]).unwrap();
        let mut all: Vec<String> = answer["objects"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|object| {
                format!(
                    "{} {}",
                    object["object_type"].as_str().unwrap(),
                    object["path"].as_str().unwrap()
                )
            })
            .collect();
        all.sort();
        all
    }

    pub(super) fn import(
        &mut self,
        path: &str,
        format: &str,
        content: &[u8],
        more: Value,
    ) -> Outcome {
        let mut body = json!({"path": path, "format": format, "content": STANDARD.encode(content)});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.post("/api/2.0/workspace/import", body)
    }

    pub(super) fn import_form(&mut self, fields: &[(&str, &[u8])]) -> Outcome {
        let parts = fields
            .iter()
            .map(|(name, part)| ((*name).to_owned(), Bytes::copy_from_slice(part)))
            .collect();
        let sent = Sent { form: Some(Form { parts }), ..Sent::default() };
        json_of(self.call(&Method::POST, "/api/2.0/workspace/import", sent))
    }

    pub(super) fn import_file(&mut self, path: &str, raw: Bytes, overwrite: bool) -> Outcome {
        let sent = Sent {
            params: BTreeMap::from([("path", path.to_owned())]),
            query: BTreeMap::from([("overwrite".to_owned(), overwrite.to_string())]),
            raw,
            ..Sent::default()
        };
        json_of(self.call(&Method::POST, "/api/2.0/workspace-files/import-file/{path}", sent))
    }

    /// The exported bytes, by direct download.
    pub(super) fn download(
        &mut self,
        path: &str,
        format: &str,
    ) -> Result<Bytes, (u16, &'static str)> {
        let query = [("path", path), ("format", format), ("direct_download", "true")];
        let query = query.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        match self.call(
            &Method::GET,
            "/api/2.0/workspace/export",
            Sent { query, ..Sent::default() },
        ) {
            Ok(Answer::Bytes { bytes, .. }) => Ok(bytes),
            Ok(other) => panic!("a download gave {other:?}"),
            Err(refusal) => Err((refusal.status, refusal.code)),
        }
    }

    pub(super) fn text(&mut self, path: &str, format: &str) -> String {
        String::from_utf8(self.download(path, format).unwrap().to_vec()).unwrap()
    }
}

fn json_of(answer: Result<Answer, Refusal>) -> Outcome {
    match answer {
        Ok(Answer::Json(value)) => Ok(value),
        Ok(other) => panic!("no JSON: {other:?}"),
        Err(refusal) => Err((refusal.status, refusal.code)),
    }
}
