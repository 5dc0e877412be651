//! Files of DBFS.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::super::SeedError;
use super::super::site::Site;
use super::super::spec::ScaleSpec;

/// The folder in which all of them lie.
const FOLDER: &str = "/FileStore/libs";

/// Plants scripts of some hundred bytes.
pub(super) async fn plant(site: &Site, spec: &ScaleSpec) -> Result<(), SeedError> {
    for index in 0..spec.dbfs {
        let text = format!("print({index})\n").repeat(40);
        let body = json!({
            "path": format!("{FOLDER}/step-{index:06}.py"),
            "contents": STANDARD.encode(text),
        });
        site.post("/api/2.0/dbfs/put", body).await?;
    }
    Ok(())
}
