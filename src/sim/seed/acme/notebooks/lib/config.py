# MAGIC %md
# MAGIC # Settings which all pipelines share
# MAGIC Run it with `%run /Shared/lib/config`.

# COMMAND ----------

import datetime

RAW = "s3://acme-raw"
CHECKPOINTS = "s3://acme-checkpoints/prod"
ALERTS = "data-oncall@acme.example"

# COMMAND ----------


def checkpoint(dataset, what):
    return f"{CHECKPOINTS}/{dataset}/{what}"


def last_run(dataset):
    rows = spark.sql(
        "SELECT MAX(finished_at) AS at FROM ops.runs WHERE dataset = :dataset", args={"dataset": dataset}
    ).collect()
    at = rows[0]["at"] or datetime.datetime(2020, 1, 1)
    return at.isoformat()


def password(system):
    return dbutils.secrets.get("systems", f"{system}-password")
