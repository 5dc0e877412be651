//! What clusters start with: a cloud role, scripts for all of them, a library from before there were files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::super::SeedError;
use super::super::site::Site;

const ROLE: &str = "arn:aws:iam::111111111111:instance-profile/ml-training";

/// The library that a job names.
pub(super) const LIBRARY: &str = "dbfs:/FileStore/jars/acme-formats-2.0.jar";

const SCRIPTS: [(&str, &str, bool); 2] = [
    (
        "proxy",
        "#!/bin/bash\necho 'https_proxy=http://proxy.acme.example:3128' >> /etc/environment\n",
        true,
    ),
    ("audit (old)", "#!/bin/bash\n# switched off in March: too slow\nsleep 60\n", false),
];

/// Plants them.
pub(super) async fn plant(site: &Site) -> Result<(), SeedError> {
    let body = json!({"instance_profile_arn": ROLE, "skip_validation": true});
    site.post("/api/2.0/instance-profiles/add", body).await?;
    for (name, script, enabled) in SCRIPTS {
        let body = json!({"name": name, "script": STANDARD.encode(script), "enabled": enabled});
        site.post("/api/2.0/global-init-scripts", body).await?;
    }
    let path = LIBRARY.trim_start_matches("dbfs:");
    site.file(path, b"PK\x03\x04 not a real library, only shaped like one\n").await
}
