-- MAGIC %md
-- MAGIC # Clean __DATASET__
-- MAGIC One row per `__KEY__`: the newest version wins, rows without a key are set aside.

-- COMMAND ----------

CREATE TABLE IF NOT EXISTS silver.__DATASET__ (
  __KEY__ STRING NOT NULL,
  __TIME__ TIMESTAMP,
  __CATEGORY__ STRING,
  __MEASURE__ DECIMAL(18, 4),
  _ingested_at TIMESTAMP
) USING DELTA PARTITIONED BY (__CATEGORY__);

-- COMMAND ----------

CREATE OR REPLACE TEMPORARY VIEW newest AS
SELECT * EXCEPT (position)
FROM (
  SELECT TRIM(__KEY__) AS __KEY__,
         TO_TIMESTAMP(__TIME__) AS __TIME__,
         LOWER(COALESCE(__CATEGORY__, 'unknown')) AS __CATEGORY__,
         CAST(__MEASURE__ AS DECIMAL(18, 4)) AS __MEASURE__,
         _ingested_at,
         ROW_NUMBER() OVER (PARTITION BY __KEY__ ORDER BY _ingested_at DESC) AS position
  FROM bronze.__DATASET__
  WHERE __KEY__ IS NOT NULL
)
WHERE position = 1;

-- COMMAND ----------

MERGE INTO silver.__DATASET__ AS old
USING newest AS new
ON old.__KEY__ = new.__KEY__
WHEN MATCHED AND new._ingested_at > old._ingested_at THEN UPDATE SET *
WHEN NOT MATCHED THEN INSERT *;

-- COMMAND ----------

INSERT INTO silver.rejected
SELECT '__DATASET__' AS dataset, TO_JSON(STRUCT(*)) AS row, CURRENT_TIMESTAMP() AS at
FROM bronze.__DATASET__
WHERE __KEY__ IS NULL;
