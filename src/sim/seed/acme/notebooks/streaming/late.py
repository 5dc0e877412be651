from pyspark.sql import functions as F

delay = F.unix_timestamp("_ingested_at") - F.unix_timestamp("event_time")
late = (
    spark.table("bronze.web_events")
    .where("_ingested_at >= date_sub(current_date(), 1)")
    .groupBy(F.window("_ingested_at", "15 minutes"))
    .agg(F.expr(f"percentile_approx(unix_timestamp(_ingested_at) - unix_timestamp(event_time), 0.99)").alias("p99"), F.max(delay).alias("worst"))
)
display(late.orderBy("window"))
