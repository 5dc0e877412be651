import org.apache.spark.sql.functions._

val sessions = spark.readStream
  .table("bronze.web_events")
  .withWatermark("event_time", "30 minutes")
  .groupBy($"user_id", session_window($"event_time", "20 minutes"))
  .agg(count("*").as("pages"), sum("dwell_ms").as("dwell_ms"), first("page").as("landing"))

// COMMAND ----------

sessions.writeStream
  .outputMode("append")
  .option("checkpointLocation", "s3://acme-checkpoints/prod/sessions")
  .toTable("silver.sessions")
