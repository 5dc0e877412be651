//! Families of calls that share a published limit.

use std::time::Duration;

/// One published limit: so many calls in so long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    /// How many calls.
    pub count: u32,
    /// In how long.
    pub per: Duration,
    /// The part of the count that may come at once; with `pace` it makes one.
    pub burst: f64,
    /// The part of the count that is spread evenly.
    pub pace: f64,
}

/// Calls that share a limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Family {
    /// Its name in counts; empty takes the name of the API.
    pub name: &'static str,
    methods: &'static [&'static str],
    /// Parts the path has, any one of them.
    parts: &'static [&'static str],
    /// All of them hold.
    pub rates: &'static [Rate],
    /// How many calls run at a time.
    pub concurrency: usize,
}

const ANY: &[&str] = &[];
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// A limit kept over short windows: a fifth of it at once, the rest evenly.
const fn steady(count: u32, per: Duration) -> Rate {
    Rate { count, per, burst: 0.2, pace: 0.8 }
}

/// The first that fits counts.
const FAMILIES: &[Family] = &[
    Family {
        name: "jobs/create",
        methods: &["POST"],
        parts: &["/jobs/create"],
        // Most of an hour's creations may come early in the hour, or a small migration would take an hour.
        rates: &[steady(20, SECOND), Rate { count: 10_000, per: HOUR, burst: 0.8, pace: 0.2 }],
        concurrency: 12,
    },
    Family {
        name: "jobs/run-now",
        methods: &["POST"],
        parts: &["/jobs/run-now"],
        rates: &[steady(20, SECOND)],
        concurrency: 12,
    },
    Family {
        name: "jobs/submit",
        methods: &["POST"],
        parts: &["/jobs/runs/submit"],
        rates: &[steady(35, SECOND)],
        concurrency: 12,
    },
    Family {
        name: "jobs/runs/get",
        methods: &["GET"],
        parts: &["/jobs/runs/get"],
        rates: &[steady(100, SECOND)],
        concurrency: 12,
    },
    Family {
        name: "permissions/read",
        methods: &["GET"],
        parts: &["/permissions/"],
        rates: &[steady(100, SECOND)],
        concurrency: 12,
    },
    Family {
        name: "permissions/write",
        methods: &["PUT", "PATCH"],
        parts: &["/permissions/"],
        rates: &[steady(30, SECOND)],
        concurrency: 12,
    },
    Family {
        name: "workspace/export",
        methods: ANY,
        parts: &["/workspace/export"],
        rates: &[steady(60, SECOND)],
        concurrency: 10,
    },
    Family {
        name: "workspace/import",
        methods: ANY,
        parts: &["/workspace/import"],
        rates: &[steady(30, SECOND)],
        concurrency: 10,
    },
    Family {
        name: "dbfs",
        methods: ANY,
        parts: &["/dbfs/"],
        rates: &[steady(30, SECOND)],
        concurrency: 3,
    },
    Family {
        name: "scim/read",
        methods: &["GET"],
        parts: &["/scim/v2/"],
        rates: &[steady(255, MINUTE)],
        concurrency: 4,
    },
    Family { name: "scim/write", methods: ANY, parts: &["/scim/v2/"], rates: &[], concurrency: 2 },
    Family {
        name: "secrets",
        methods: ANY,
        parts: &["/secrets/"],
        rates: &[steady(1_100, MINUTE)],
        concurrency: 12,
    },
    Family {
        name: "token-management",
        methods: ANY,
        parts: &["/token-management/"],
        rates: &[steady(40, SECOND)],
        concurrency: 12,
    },
    Family {
        name: "mlflow/search",
        methods: ANY,
        parts: &[
            "/mlflow/experiments/search",
            "/mlflow/runs/search",
            "/mlflow/logged-models/search",
        ],
        rates: &[steady(7, SECOND)],
        concurrency: 4,
    },
    Family {
        name: "mlflow",
        methods: ANY,
        parts: &["/mlflow/"],
        rates: &[steady(120, SECOND)],
        concurrency: 12,
    },
    Family { name: "genie", methods: ANY, parts: &["/genie/"], rates: &[], concurrency: 4 },
    // More than a few of these at a time can get a caller banned.
    Family {
        name: "sql/list",
        methods: &["GET"],
        parts: &["/sql/queries", "/sql/alerts", "/preview/sql/"],
        rates: &[],
        concurrency: 4,
    },
];

/// Calls without a published limit.
const OTHER: Family = Family { name: "", methods: ANY, parts: ANY, rates: &[], concurrency: 12 };

/// Calls of other servers than the workspace, whose limits are their own.
pub(super) fn elsewhere() -> (String, &'static Family) {
    ("storage".to_owned(), &OTHER)
}

/// Finds the family of a call, and its name.
pub(super) fn family_of(method: &str, path: &str) -> (String, &'static Family) {
    let fits = |family: &&Family| {
        (family.methods.is_empty() || family.methods.contains(&method))
            && family.parts.iter().any(|part| path.contains(part))
    };
    match FAMILIES.iter().find(fits) {
        Some(family) => (family.name.to_owned(), family),
        None => (api_of(path).to_owned(), &OTHER),
    }
}

/// `clusters` of `/api/2.1/clusters/list`.
fn api_of(path: &str) -> &str {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    match (parts.next(), parts.next(), parts.next()) {
        (Some("api"), Some(_), Some("preview")) => parts.next().unwrap_or("preview"),
        (Some("api"), Some(_), Some(api)) => api,
        (Some(first), _, _) => first,
        _ => "/",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_find_their_family() {
        for (method, path, name) in [
            ("POST", "/api/2.2/jobs/create", "jobs/create"),
            ("GET", "/api/2.2/jobs/list", "jobs"),
            ("GET", "/api/2.0/permissions/jobs/7", "permissions/read"),
            ("PATCH", "/api/2.0/permissions/jobs/7", "permissions/write"),
            ("GET", "/api/2.0/workspace/export", "workspace/export"),
            ("GET", "/api/2.0/workspace/list", "workspace"),
            ("GET", "/api/2.0/preview/scim/v2/Users", "scim/read"),
            ("POST", "/api/2.0/preview/scim/v2/Users", "scim/write"),
            ("POST", "/api/2.0/mlflow/experiments/search", "mlflow/search"),
            ("POST", "/api/2.0/mlflow/experiments/create", "mlflow"),
            ("GET", "/api/2.1/unity-catalog/catalogs", "unity-catalog"),
            ("GET", "/oidc/v1/token", "oidc"),
        ] {
            assert_eq!(family_of(method, path).0, name, "{method} {path}");
        }
    }

    #[test]
    fn no_family_hides_a_later_one() {
        for (index, family) in FAMILIES.iter().enumerate() {
            let method = family.methods.first().copied().unwrap_or("DELETE");
            for part in family.parts {
                let (name, _) = family_of(method, &format!("/api/2.0{part}"));
                assert_eq!(name, FAMILIES[index].name);
            }
        }
    }
}
