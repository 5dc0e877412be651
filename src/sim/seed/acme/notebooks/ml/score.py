# MAGIC %md
# MAGIC # Score with __MODEL__

# COMMAND ----------

import mlflow
from pyspark.sql import functions as F

predict = mlflow.pyfunc.spark_udf(spark, "models:/__MODEL__/Production", result_type="double")

# COMMAND ----------

todo = spark.table("features.__MODEL__").where("__TIME__ >= date_sub(current_date(), 1)")
scored = todo.withColumn("prediction", predict("mean_30d", "count_30d", "weekday", "hour"))
scored.withColumn("scored_on", F.current_date()).write.mode("append").saveAsTable("predictions.__MODEL__")
