# MAGIC %md
# MAGIC # Ingest __DATASET__
# MAGIC
# MAGIC Takes the files which arrived since the last run and appends them to the bronze table.
# MAGIC
# MAGIC | | |
# MAGIC |---|---|
# MAGIC | source | `__SOURCE__` |
# MAGIC | target | `bronze.__DATASET__` |
# MAGIC | owner | data-engineering |

# COMMAND ----------

# MAGIC %run /Shared/lib/config

# COMMAND ----------

from pyspark.sql import functions as F

dbutils.widgets.text("since", "", "Take files since")
since = dbutils.widgets.get("since") or last_run("__DATASET__")

# COMMAND ----------

incoming = (
    spark.readStream.format("cloudFiles")
    .option("cloudFiles.format", "json")
    .option("cloudFiles.schemaLocation", checkpoint("__DATASET__", "schema"))
    .option("modifiedAfter", since)
    .load("__SOURCE__")
    .withColumn("_file", F.col("_metadata.file_path"))
    .withColumn("_ingested_at", F.current_timestamp())
)

# COMMAND ----------

(
    incoming.writeStream.option("checkpointLocation", checkpoint("__DATASET__", "ingest"))
    .option("mergeSchema", "true")
    .trigger(availableNow=True)
    .toTable("bronze.__DATASET__")
    .awaitTermination()
)
