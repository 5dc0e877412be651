//! What a table says of single fields.

use serde_json::{Value, json};

/// A JSON value that can stand in a table.
#[derive(Clone, Copy, Debug)]
pub enum Json {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Str(&'static str),
    /// `{}`.
    Object,
    /// `[]`.
    List,
}

impl Json {
    /// The value itself.
    pub fn to_value(self) -> Value {
        match self {
            Self::Bool(value) => json!(value),
            Self::Int(value) => json!(value),
            Self::Str(value) => json!(value),
            Self::Object => json!({}),
            Self::List => json!([]),
        }
    }
}

/// One thing that holds for the fields a pointer selects.
#[derive(Clone, Copy, Debug)]
pub enum What {
    /// The server writes it; it is never stored, compared or sent.
    OutputOnly,
    /// Absent means this value; the value is dropped so that both spellings are equal.
    Default(Json),
    /// The server fills it in where it was not sent; a live value is no difference where none is wanted.
    ServerFilled,
    /// A list whose order means nothing and whose elements are told apart by this field.
    Keyed(&'static str),
    /// A list whose order means nothing.
    Set,
    /// A JSON document inside a string; stored as structure.
    JsonText,
    /// It cannot be changed in place; a change replaces the object.
    Immutable,
    /// An e-mail address, which rewrites apply to.
    Email,
    /// An Amazon resource name, whose account id rewrites apply to.
    Arn,
    /// A workspace path, which rewrites apply to and which orders steps.
    Path,
    /// A workspace path, and on a server without a tree any name; rewrites apply to it.
    FreePath,
    /// A file that has to be there, named by where it stands. In the workspace tree it is a path like any
    /// other; elsewhere it is said where the target does not have it.
    File,
    /// A secret in clear, unless it is a `{{secrets/…}}` reference; never stored. In a map of settings,
    /// those that look like one by their name or form.
    Secret,
    /// A text in which upper and lower case are the same.
    Caseless,
    /// The digest of bytes that are stored beside the snapshot.
    Blob,
    /// The server takes it and never tells it; it is no difference.
    SentOnly,
    /// A list of which the target may hold more: only what is missing there is a difference. It follows from
    /// other objects too, so it tells nothing of whether this one was changed.
    AtLeast,
    /// People change it in their daily work: what the target has stays, unless a plan is asked to follow the
    /// source.
    Activity,
    /// A value that is put and never shown, which stands in no spec. What stands there tells in this field
    /// which value it is: each workspace in terms of its own, so that only its past can be compared with it.
    InputOnly(&'static str),
}

impl What {
    /// Whether the place of something stands there.
    pub const fn is_place(self) -> bool {
        matches!(self, Self::Path | Self::File)
    }
}

/// A rule: where, what and why.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Pointer pattern within the spec.
    pub at: &'static str,
    /// What holds there.
    pub what: What,
    /// Why, in a few words.
    pub why: &'static str,
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident => $what:expr;)*) => {$(
        $(#[$doc])*
        pub const fn $name(at: &'static str, why: &'static str) -> Rule {
            Rule { at, what: $what, why }
        }
    )*};
}

words! {
    /// See [`What::OutputOnly`].
    output_only => What::OutputOnly;
    /// See [`What::ServerFilled`].
    server_filled => What::ServerFilled;
    /// See [`What::Set`].
    set => What::Set;
    /// See [`What::JsonText`].
    json_text => What::JsonText;
    /// See [`What::Immutable`].
    immutable => What::Immutable;
    /// See [`What::Email`].
    email => What::Email;
    /// See [`What::Arn`].
    arn => What::Arn;
    /// See [`What::Path`].
    path => What::Path;
    /// See [`What::FreePath`].
    free_path => What::FreePath;
    /// See [`What::File`].
    file => What::File;
    /// See [`What::Secret`].
    secret => What::Secret;
    /// See [`What::Caseless`].
    caseless => What::Caseless;
    /// See [`What::Blob`].
    blob => What::Blob;
    /// See [`What::SentOnly`].
    sent_only => What::SentOnly;
    /// See [`What::AtLeast`].
    at_least => What::AtLeast;
    /// See [`What::Activity`].
    activity => What::Activity;
}

/// See [`What::Default`].
pub const fn default(at: &'static str, value: Json, why: &'static str) -> Rule {
    Rule { at, what: What::Default(value), why }
}

/// See [`What::Keyed`].
pub const fn keyed(at: &'static str, key: &'static str, why: &'static str) -> Rule {
    Rule { at, what: What::Keyed(key), why }
}

/// See [`What::InputOnly`].
pub const fn input_only(at: &'static str, version: &'static str, why: &'static str) -> Rule {
    Rule { at, what: What::InputOnly(version), why }
}
