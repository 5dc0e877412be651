// __NAME__: trying something with __DATASET__
val rows = spark.table("silver.__DATASET__").cache()
println(s"${rows.count()} rows, ${rows.select("__CATEGORY__").distinct().count()} kinds of __CATEGORY__")

// COMMAND ----------

display(rows.stat.crosstab("__CATEGORY__", "__KEY__").limit(20))
