# MAGIC %md
# MAGIC # Features for __MODEL__

# COMMAND ----------

from pyspark.sql import functions as F
from pyspark.sql.window import Window

rows = spark.table("silver.__DATASET__")
month = Window.partitionBy("__CATEGORY__").orderBy(F.col("__TIME__").cast("long")).rangeBetween(-30 * 86400, 0)

# COMMAND ----------

features = (
    rows.withColumn("mean_30d", F.avg("__MEASURE__").over(month))
    .withColumn("count_30d", F.count("*").over(month))
    .withColumn("weekday", F.dayofweek("__TIME__"))
    .withColumn("hour", F.hour("__TIME__"))
    .select("__KEY__", "__TIME__", "__CATEGORY__", "__MEASURE__", "mean_30d", "count_30d", "weekday", "hour")
)

# COMMAND ----------

features.write.mode("overwrite").option("overwriteSchema", "true").saveAsTable("features.__MODEL__")
