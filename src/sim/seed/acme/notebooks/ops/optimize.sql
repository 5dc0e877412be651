OPTIMIZE silver.orders ZORDER BY (ordered_at);

-- COMMAND ----------

OPTIMIZE silver.web_events WHERE event_time >= DATE_SUB(CURRENT_DATE(), 7) ZORDER BY (event_time);

-- COMMAND ----------

ANALYZE TABLE silver.orders COMPUTE STATISTICS FOR COLUMNS order_id, ordered_at, channel;
