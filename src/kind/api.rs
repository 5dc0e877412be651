//! The calls of a kind, as its API page gives them.

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or acts.
    Post,
    /// Sets the whole.
    Put,
    /// Changes parts.
    Patch,
    /// Deletes.
    Delete,
}

impl Method {
    /// Its name, as it is sent.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Where a call takes the object's identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdAt {
    /// The call is not about one object.
    Nowhere,
    /// In this query parameter.
    Query(&'static str),
    /// In this body field.
    Body(&'static str),
    /// In the path, instead of `{id}`.
    Path,
}

/// How a listing is paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// One answer holds everything.
    None,
    /// `page_token` and `next_page_token`, with the name and value of the page size parameter.
    Token(&'static str, u32),
    /// The same within the body, of a listing that is posted.
    Body(&'static str, u32),
    /// SCIM's `startIndex` and `count`.
    StartIndex(u32),
}

/// One call of an API.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Its method.
    pub method: Method,
    /// Its path, with `{id}` where the identifier stands in it.
    pub path: &'static str,
    /// Where the identifier goes.
    pub id: IdAt,
    /// Parameters that are always sent: in the query, or in the body of a listing that is posted.
    pub query: &'static [(&'static str, &'static str)],
    /// For a listing: the field that holds the objects.
    pub items: &'static str,
    /// For a listing: how it is paged.
    pub paging: Paging,
    /// For a listing: whether it shows objects whole, so that none has to be read by itself.
    pub whole: bool,
}

impl Call {
    const fn new(method: Method, path: &'static str) -> Self {
        Self {
            method,
            path,
            id: IdAt::Nowhere,
            query: &[],
            items: "",
            paging: Paging::None,
            whole: false,
        }
    }

    /// A GET of this path.
    pub const fn get(path: &'static str) -> Self {
        Self::new(Method::Get, path)
    }

    /// A POST to this path.
    pub const fn post(path: &'static str) -> Self {
        Self::new(Method::Post, path)
    }

    /// A PATCH of this path.
    pub const fn patch(path: &'static str) -> Self {
        Self::new(Method::Patch, path)
    }

    /// A DELETE of this path.
    pub const fn delete(path: &'static str) -> Self {
        Self::new(Method::Delete, path)
    }

    /// The identifier goes into this query parameter.
    pub const fn query_id(mut self, name: &'static str) -> Self {
        self.id = IdAt::Query(name);
        self
    }

    /// The identifier goes into this body field.
    pub const fn body_id(mut self, name: &'static str) -> Self {
        self.id = IdAt::Body(name);
        self
    }

    /// The identifier goes into the path.
    pub const fn path_id(mut self) -> Self {
        self.id = IdAt::Path;
        self
    }

    /// These parameters are always sent.
    pub const fn with(mut self, query: &'static [(&'static str, &'static str)]) -> Self {
        self.query = query;
        self
    }

    /// The answer holds the objects in this field.
    pub const fn items(mut self, field: &'static str) -> Self {
        self.items = field;
        self
    }

    /// The listing shows objects whole.
    pub const fn whole(mut self) -> Self {
        self.whole = true;
        self
    }

    /// The listing is paged so.
    pub const fn paged(mut self, paging: Paging) -> Self {
        self.paging = paging;
        self
    }
}

/// The calls of one kind.
#[derive(Clone, Copy, Debug)]
pub struct Api {
    /// Lists all objects.
    pub list: Call,
    /// Reads one whole, where the listing does not.
    pub get: Option<Call>,
    /// Creates one; a kind without it is only referred to.
    pub create: Option<Call>,
    /// Changes one.
    pub update: Option<Call>,
    /// Deletes one.
    pub delete: Option<Call>,
}

impl Api {
    /// An API that can only list: for kinds that others refer to.
    pub const fn list_only(list: Call) -> Self {
        Self { list, get: None, create: None, update: None, delete: None }
    }
}
