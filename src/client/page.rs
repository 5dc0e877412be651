//! Listings and objects that come in pages.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::call::{Body, Call};
use super::error::{Error, Failure, Kind};
use super::session::Session;

/// How a listing goes on after its first page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// One answer holds everything.
    None,
    /// A field of the answer goes back as a query parameter; a page without it is the last, an empty one need not be.
    Token {
        /// The query parameter.
        parameter: &'static str,
        /// The field of the answer.
        next: &'static str,
    },
    /// A field of the answer goes back in the body.
    BodyToken {
        /// The field of the body.
        parameter: &'static str,
        /// The field of the answer.
        next: &'static str,
    },
    /// SCIM's `startIndex` and `count`.
    Scim {
        /// How many to ask for at a time.
        count: u32,
    },
}

impl Paging {
    /// `next_page_token` goes back as `page_token`.
    pub const PAGE_TOKEN: Self = Self::Token { parameter: "page_token", next: "next_page_token" };
    /// `next_page_token` goes back as `page_token` in the body.
    pub const BODY_PAGE_TOKEN: Self =
        Self::BodyToken { parameter: "page_token", next: "next_page_token" };
}

impl Session {
    /// Reads every page of a listing; `items` is the JSON pointer of the list, which may be absent.
    ///
    /// # Errors
    ///
    /// As [`Session::send`]; [`Kind::Paging`] where the same page comes again and again;
    /// [`Kind::NotJson`] where the answer is empty or its list is none.
    pub async fn list(&self, call: Call, items: &str, paging: Paging) -> Result<Vec<Value>, Error> {
        match paging {
            Paging::None => take_items(&call, &mut self.listing(&call).await?, items),
            Paging::Token { next, .. } | Paging::BodyToken { next, .. } => {
                let mut found = Vec::new();
                let (mut page, mut seen) = (call.clone(), BTreeSet::new());
                loop {
                    let mut answer = self.listing(&page).await?;
                    found.extend(take_items(&call, &mut answer, items)?);
                    let Some(token) = next_token(&answer, next) else { return Ok(found) };
                    page = with_token(call.clone(), paging, &token);
                    remember(&call, &mut seen, token)?;
                }
            }
            Paging::Scim { count } => self.list_scim(call, items, count).await,
        }
    }

    /// Reads one page. Where a workspace has nothing to list it answers with an empty object; no
    /// answer at all says nothing.
    async fn listing(&self, call: &Call) -> Result<Value, Error> {
        let answer = self.send(call).await?;
        if answer.is_null() {
            let message = "the listing's answer is empty";
            return Err(Failure::new(Kind::NotJson, &call.method, &call.path, message).into());
        }
        Ok(answer)
    }

    /// Goes on by what was received, because servers are free to give fewer than asked for.
    ///
    /// A server that does not page answers the same once more. It has told everything, unless it says
    /// that there is more or cut its answer at the size asked for.
    async fn list_scim(&self, call: Call, items: &str, count: u32) -> Result<Vec<Value>, Error> {
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        let mut start = 1_usize;
        loop {
            let page = call
                .clone()
                .set_query("startIndex", start.to_string())
                .set_query("count", count.to_string());
            let mut answer = self.listing(&page).await?;
            let received = take_items(&call, &mut answer, items)?;
            if received.is_empty() {
                return Ok(found);
            }
            let (full, total) = (received.len() == count as usize, total(&answer));
            start += received.len();
            let known = found.len();
            found.extend(
                received
                    .into_iter()
                    .filter(|item| seen.insert(item.get("id").unwrap_or(item).to_string())),
            );
            match total {
                Some(total) if start as u64 > total => return Ok(found),
                _ if found.len() > known => {}
                None if !full => return Ok(found),
                _ => return Err(endless(&call, "the same page came again")),
            }
        }
    }

    /// Reads an object whose long arrays come in pages, and joins them; `arrays` are their JSON pointers.
    ///
    /// # Errors
    ///
    /// As [`Session::list`].
    pub async fn get_joined(&self, call: Call, arrays: &[&str]) -> Result<Value, Error> {
        let next = "next_page_token";
        let mut whole = self.send(&call).await?;
        let mut seen = BTreeSet::new();
        while let Some(token) = next_token(&whole, next) {
            let mut page = self.send(&call.clone().set_query("page_token", token.clone())).await?;
            remember(&call, &mut seen, token)?;
            for pointer in arrays {
                let more = take_items(&call, &mut page, pointer)?;
                append(&mut whole, pointer, more);
            }
            set_field(&mut whole, next, page.get(next).cloned().unwrap_or_default());
        }
        if let Some(fields) = whole.as_object_mut() {
            fields.remove(next);
            fields.remove("prev_page_token");
        }
        Ok(whole)
    }
}

/// How many elements a SCIM listing has in all, where it says so.
fn total(answer: &Value) -> Option<u64> {
    match answer.get("totalResults")? {
        Value::String(text) => text.parse().ok(),
        number => number.as_u64(),
    }
}

fn with_token(call: Call, paging: Paging, token: &str) -> Call {
    match paging {
        Paging::Token { parameter, .. } => call.set_query(parameter, token),
        Paging::BodyToken { parameter, .. } => {
            let mut body = match &call.body {
                Body::Json(body) => body.clone(),
                _ => Value::Object(Map::new()),
            };
            set_field(&mut body, parameter, Value::String(token.to_owned()));
            call.json(body)
        }
        Paging::None | Paging::Scim { .. } => call,
    }
}

fn set_field(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

fn next_token(answer: &Value, next: &str) -> Option<String> {
    match answer.get(next)? {
        Value::String(token) if !token.is_empty() => Some(token.clone()),
        Value::Number(token) => Some(token.to_string()),
        _ => None,
    }
}

fn remember(call: &Call, seen: &mut BTreeSet<String>, token: String) -> Result<(), Error> {
    if seen.insert(token) { Ok(()) } else { Err(endless(call, "the same page token came again")) }
}

fn endless(call: &Call, message: &str) -> Error {
    let message = format!("{message}, so the listing would never end");
    Failure::new(Kind::Paging, &call.method, &call.path, message).into()
}

fn take_items(call: &Call, answer: &mut Value, pointer: &str) -> Result<Vec<Value>, Error> {
    match answer.pointer_mut(pointer).map(Value::take) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => {
            let message = format!("the answer's {pointer} is not a list");
            Err(Failure::new(Kind::NotJson, &call.method, &call.path, message).into())
        }
    }
}

fn append(whole: &mut Value, pointer: &str, more: Vec<Value>) {
    if more.is_empty() {
        return;
    }
    if let Some(Value::Array(items)) = whole.pointer_mut(pointer) {
        items.extend(more);
    } else if let Some((parent, name)) = pointer.rsplit_once('/')
        && let Some(parent) = whole.pointer_mut(parent)
    {
        set_field(parent, name, Value::Array(more));
    }
}

#[cfg(test)]
mod tests;
