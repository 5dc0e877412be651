// MAGIC %md
// MAGIC # History of __DATASET__
// MAGIC Keeps every version of a row with the span in which it was valid.

// COMMAND ----------

import io.delta.tables.DeltaTable
import org.apache.spark.sql.expressions.Window
import org.apache.spark.sql.functions._

val versions = Window.partitionBy("__KEY__").orderBy("_ingested_at")

// COMMAND ----------

val spans = spark
  .table("bronze.__DATASET__")
  .where($"__KEY__".isNotNull)
  .withColumn("fingerprint", sha2(concat_ws("|", $"__TIME__", $"__CATEGORY__", $"__MEASURE__"), 256))
  .withColumn("changed", !(lag($"fingerprint", 1).over(versions) <=> $"fingerprint"))
  .where($"changed")
  .withColumn("valid_from", $"_ingested_at")
  .withColumn("valid_to", lead($"_ingested_at", 1).over(versions))

// COMMAND ----------

if (!spark.catalog.tableExists("gold.__DATASET___history")) {
  spans.limit(0).write.format("delta").saveAsTable("gold.__DATASET___history")
}
DeltaTable
  .forName("gold.__DATASET___history")
  .as("old")
  .merge(spans.as("new"), "old.__KEY__ = new.__KEY__ AND old.valid_from = new.valid_from")
  .whenMatched("old.valid_to IS NULL AND new.valid_to IS NOT NULL")
  .updateExpr(Map("valid_to" -> "new.valid_to"))
  .whenNotMatched()
  .insertAll()
  .execute()
