import org.apache.spark.sql.functions._
import org.apache.spark.sql.streaming.Trigger
import org.apache.spark.sql.types._

val schema = new StructType()
  .add("event_id", StringType)
  .add("user_id", StringType)
  .add("page", StringType)
  .add("event_time", TimestampType)
  .add("dwell_ms", LongType)

// COMMAND ----------

val events = spark.readStream
  .format("kafka")
  .option("kafka.bootstrap.servers", dbutils.secrets.get("systems", "kafka-brokers"))
  .option("subscribe", "web-events")
  .load()
  .select(from_json($"value".cast("string"), schema).as("event"))
  .select("event.*")
  .withWatermark("event_time", "10 minutes")
  .dropDuplicates("event_id")

// COMMAND ----------

events.writeStream
  .option("checkpointLocation", "s3://acme-checkpoints/prod/web_events/stream")
  .trigger(Trigger.ProcessingTime("30 seconds"))
  .toTable("bronze.web_events")
