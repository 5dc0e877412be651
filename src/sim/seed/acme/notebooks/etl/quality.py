# MAGIC %md
# MAGIC # Is __DATASET__ fit for use?

# COMMAND ----------

# MAGIC %run /Shared/lib/config

# COMMAND ----------

from pyspark.sql import functions as F

rows = spark.table("silver.__DATASET__")
total = rows.count()

# COMMAND ----------

findings = {
    "empty": total == 0,
    "doubled": total != rows.select("__KEY__").distinct().count(),
    "stale": rows.where(F.col("__TIME__") >= F.expr("current_timestamp() - INTERVAL 2 DAYS")).isEmpty(),
    "negative": not rows.where(F.col("__MEASURE__") < 0).isEmpty(),
    "too many nulls": rows.where(F.col("__MEASURE__").isNull()).count() > 0.01 * total,
}
broken = sorted(name for name, found in findings.items() if found)

# COMMAND ----------

display(spark.createDataFrame(sorted(findings.items()), "check STRING, failed BOOLEAN"))

# COMMAND ----------

dbutils.jobs.taskValues.set("broken", broken)
if broken:
    raise AssertionError(f"silver.__DATASET__: {', '.join(broken)}")
dbutils.notebook.exit("good")
