//! Notebooks: pipelines, reports, models, and what people try at home.

use serde_json::{Value, json};

use super::super::SeedError;
use super::super::site::Site;
use super::datasets::{DATASETS, MODELS};
use super::people::Member;

type Template = (&'static str, &'static str, &'static str);

const ETL: [Template; 4] = [
    ("ingest", "PYTHON", include_str!("notebooks/etl/ingest.py")),
    ("clean", "SQL", include_str!("notebooks/etl/clean.sql")),
    ("quality", "PYTHON", include_str!("notebooks/etl/quality.py")),
    ("history", "SCALA", include_str!("notebooks/etl/history.scala")),
];
const REPORTS: [Template; 5] = [
    ("daily", "SQL", include_str!("notebooks/reports/daily.sql")),
    ("trend", "SQL", include_str!("notebooks/reports/trend.sql")),
    ("top", "SQL", include_str!("notebooks/reports/top.sql")),
    ("months", "SQL", include_str!("notebooks/reports/months.sql")),
    ("outliers", "SQL", include_str!("notebooks/reports/outliers.sql")),
];
const ML: [Template; 4] = [
    ("features", "PYTHON", include_str!("notebooks/ml/features.py")),
    ("train", "PYTHON", include_str!("notebooks/ml/train.py")),
    ("evaluate", "R", include_str!("notebooks/ml/evaluate.r")),
    ("score", "PYTHON", include_str!("notebooks/ml/score.py")),
];
const SHARED: [Template; 13] = [
    ("lib/config", "PYTHON", include_str!("notebooks/lib/config.py")),
    ("lib/notify", "PYTHON", include_str!("notebooks/lib/notify.py")),
    ("lib/dates", "SCALA", include_str!("notebooks/lib/dates.scala")),
    ("lib/plots", "R", include_str!("notebooks/lib/plots.r")),
    ("lib/tables", "SQL", include_str!("notebooks/lib/tables.sql")),
    ("ops/vacuum", "PYTHON", include_str!("notebooks/ops/vacuum.py")),
    ("ops/optimize", "SQL", include_str!("notebooks/ops/optimize.sql")),
    ("ops/grants", "SQL", include_str!("notebooks/ops/grants.sql")),
    ("ops/usage", "SCALA", include_str!("notebooks/ops/usage.scala")),
    ("ops/retention", "PYTHON", include_str!("notebooks/ops/retention.py")),
    ("streaming/clickstream", "SCALA", include_str!("notebooks/streaming/clickstream.scala")),
    ("streaming/sessions", "SCALA", include_str!("notebooks/streaming/sessions.scala")),
    ("streaming/late", "PYTHON", include_str!("notebooks/streaming/late.py")),
];
const SCRATCH: [Template; 4] = [
    ("look", "PYTHON", include_str!("notebooks/scratch/look.py")),
    ("look", "SQL", include_str!("notebooks/scratch/look.sql")),
    ("look", "R", include_str!("notebooks/scratch/look.r")),
    ("look", "SCALA", include_str!("notebooks/scratch/look.scala")),
];

/// Plants all notebooks.
pub(super) async fn plant(site: &Site, members: &[Member]) -> Result<(), SeedError> {
    for folder in ["lib", "ops", "streaming"] {
        site.folder(&format!("/Shared/{folder}")).await?;
    }
    for (name, language, text) in SHARED {
        site.notebook(&format!("/Shared/{name}"), language, text).await?;
    }
    for dataset in &DATASETS {
        let folder = format!("/Shared/etl/{}", dataset.name);
        all(site, &folder, &ETL, |text| dataset.fill(text)).await?;
    }
    for dataset in DATASETS.iter().step_by(2) {
        let folder = format!("/Shared/reports/{}", dataset.name);
        all(site, &folder, &REPORTS, |text| dataset.fill(text)).await?;
    }
    for (model, dataset) in MODELS {
        let folder = format!("/Shared/ml/{model}");
        all(site, &folder, &ML, |text| DATASETS[dataset].fill(text).replace("__MODEL__", model))
            .await?;
        site.import(
            &format!("{folder}/explore"),
            "JUPYTER",
            &explored(model, DATASETS[dataset].name),
        )
        .await?;
    }
    at_home(site, members).await
}

async fn all(
    site: &Site,
    folder: &str,
    templates: &[Template],
    fill: impl Fn(&str) -> String,
) -> Result<(), SeedError> {
    site.folder(folder).await?;
    for (name, language, text) in templates {
        site.notebook(&format!("{folder}/{name}"), language, &fill(text)).await?;
    }
    Ok(())
}

/// What people try: one notebook each, in the language of their taste; and some in Jupyter's format.
async fn at_home(site: &Site, members: &[Member]) -> Result<(), SeedError> {
    for (index, member) in members.iter().enumerate().take(30) {
        let dataset = &DATASETS[index * 3 % DATASETS.len()];
        let (_, language, text) = SCRATCH[index % SCRATCH.len()];
        let home = format!("/Users/{}", member.user_name);
        let folder = if index % 3 == 0 { format!("{home}/scratch") } else { home.clone() };
        site.folder(&folder).await?;
        let text = dataset.fill(text).replace("__NAME__", member.person.given);
        site.notebook(&format!("{folder}/look at {}", dataset.name), language, &text).await?;
        if index % 14 == 0 {
            site.import(
                &format!("{home}/Untitled Notebook 1.ipynb"),
                "AUTO",
                &explored("idea", dataset.name),
            )
            .await?;
        }
    }
    Ok(())
}

/// A notebook as Jupyter writes it, with outputs.
fn explored(model: &str, dataset: &str) -> Vec<u8> {
    const DOT: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let code = |count: i64, lines: &[&str], outputs: Value| {
        let source: Vec<String> =
            lines.iter().map(|line| line.replace("__DATASET__", dataset)).collect();
        json!({"cell_type": "code", "execution_count": count, "metadata": {}, "outputs": outputs, "source": source})
    };
    let cells = [
        json!({"cell_type": "markdown", "metadata": {}, "source": [format!("# Exploring {model}\n"), "\n", "First steps."]}),
        code(
            1,
            &["rows = spark.table(\"silver.__DATASET__\")\n", "rows.count()"],
            json!([
                {"data": {"text/plain": ["1048576"]}, "execution_count": 1, "metadata": {}, "output_type": "execute_result"},
            ]),
        ),
        code(2, &["%sql\n", "SELECT * FROM silver.__DATASET__ LIMIT 10"], json!([])),
        code(
            3,
            &["rows.toPandas().hist()"],
            json!([
                {"data": {"image/png": DOT, "text/plain": ["<Axes>"]}, "metadata": {}, "output_type": "display_data"},
                {"name": "stderr", "output_type": "stream", "text": ["FutureWarning: hist\n"]},
            ]),
        ),
    ];
    json!({
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python", "version": "3.11.0"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    })
    .to_string()
    .into_bytes()
}
