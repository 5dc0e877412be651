//! Workspace files: text, binary, and some which look like notebooks.

use super::super::SeedError;
use super::super::site::Site;

const README: &str = "# Pipelines of Acme\n\n- `etl/`: from files to tables\n- `reports/`: what the business reads\n\
    - `ml/`: models\n\nAsk #data-help before you change anything in `lib/`.\n";
const INIT: &str = "#!/bin/bash\nset -euo pipefail\n\ncp /Workspace/Shared/init/acme-ca.pem /usr/local/share/ca-certificates/acme.crt\n\
    update-ca-certificates\n";
const HELPERS: &str = "\"\"\"Small things which several notebooks import.\"\"\"\n\n\ndef chunks(items, size):\n    \
    for start in range(0, len(items), size):\n        yield items[start : start + size]\n";
const ENTRY: &str = "# Databricks notebook source\n# A file, although it begins like a notebook.\nfrom helpers import chunks\n\n\
    print(list(chunks([1, 2, 3], 2)))\n";
const CSV: &str =
    "code;name;vat\nDE;Deutschland;0.19\nFR;France;0.20\nCZ;Česko;0.21\nGR;Ελλάδα;0.24\n";
const CONFIG: &str =
    "environment: prod\nregions: [eu, us]\nretries: 3\nalerts:\n  - data-oncall@acme.example\n";
const THRESHOLDS: &str = "{\n  \"orders\": {\"min_rows\": 1000, \"max_nulls\": 0.01},\n  \"payments\": {\"min_rows\": 500}\n}\n";
const QUERY: &str =
    "-- used by report.py\nSELECT day, SUM(amount) AS amount FROM gold.sales GROUP BY day\n";
const PEM: &str = "-----BEGIN CERTIFICATE-----\nbm90IGEgcmVhbCBjZXJ0aWZpY2F0ZSwgb25seSBzaGFwZWQgbGlrZSBvbmU=\n-----END CERTIFICATE-----\n";

/// Plants the files.
pub(super) async fn plant(site: &Site) -> Result<(), SeedError> {
    for folder in ["/Shared/init", "/Shared/etl/src", "/Shared/assets"] {
        site.folder(folder).await?;
    }
    let noise = noise(300_000);
    let files: [(&str, &[u8]); 16] = [
        ("/Shared/README.md", README.as_bytes()),
        ("/Shared/init/install-certs.sh", INIT.as_bytes()),
        ("/Shared/init/acme-ca.pem", PEM.as_bytes()),
        ("/Shared/etl/src/helpers.py", HELPERS.as_bytes()),
        ("/Shared/etl/src/entry.py", ENTRY.as_bytes()),
        ("/Shared/etl/src/__init__.py", b""),
        ("/Shared/etl/src/query.sql", QUERY.as_bytes()),
        ("/Shared/etl/src/config.yaml", CONFIG.as_bytes()),
        ("/Shared/etl/src/thresholds.json", THRESHOLDS.as_bytes()),
        ("/Shared/etl/src/requirements.txt", b"lightgbm==4.3.0\npyyaml>=6\n"),
        ("/Shared/etl/src/Makefile", b"test:\n\tpytest -q\n"),
        ("/Shared/etl/src/.env.example", b"STAGE=dev\r\nREGION=eu-central-1\r\n"),
        ("/Shared/assets/countries.csv", CSV.as_bytes()),
        ("/Shared/assets/umlauts latin-1.txt", b"Gr\xfc\xdfe aus M\xfcnchen\n"),
        ("/Shared/assets/model.pkl", &noise),
        ("/Shared/assets/logo.png", &noise[..67]),
    ];
    for (path, content) in files {
        site.import(path, "RAW", content).await?;
    }
    Ok(())
}

/// Bytes which no compression makes small, the same ones every time.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_be_bytes()[0]
        })
        .collect()
}
