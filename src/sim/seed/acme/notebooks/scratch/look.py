# __NAME__'s look at __DATASET__
df = spark.table("silver.__DATASET__").sample(0.01, seed=3)
display(df.groupBy("__CATEGORY__").count().orderBy("count", ascending=False))

# COMMAND ----------

pdf = df.select("__TIME__", "__MEASURE__").toPandas()
pdf.set_index("__TIME__")["__MEASURE__"].resample("D").sum().plot(title="__DATASET__ per day")
