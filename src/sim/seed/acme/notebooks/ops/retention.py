dbutils.widgets.dropdown("dry_run", "yes", ["yes", "no"])
dry_run = dbutils.widgets.get("dry_run") == "yes"
KEEP_DAYS = {"bronze.web_events": 90, "bronze.tickets": 730, "silver.rejected": 30}

# COMMAND ----------

for table, days in KEEP_DAYS.items():
    old = f"_ingested_at < current_date() - INTERVAL {days} DAYS" if table.startswith("bronze") else f"at < current_date() - INTERVAL {days} DAYS"
    count = spark.table(table).where(old).count()
    print(f"{table}: {count} rows older than {days} days")
    if count and not dry_run:
        spark.sql(f"DELETE FROM {table} WHERE {old}")
