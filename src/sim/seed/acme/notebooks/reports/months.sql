-- MAGIC %md ## __DATASET__: one line per month, one column per __CATEGORY__

-- COMMAND ----------

CREATE OR REPLACE VIEW gold.__DATASET___months AS
SELECT DATE_FORMAT(__TIME__, 'yyyy-MM') AS month,
       __CATEGORY__,
       COUNT(DISTINCT __KEY__) AS things,
       PERCENTILE_APPROX(__MEASURE__, 0.5) AS median,
       PERCENTILE_APPROX(__MEASURE__, 0.95) AS high
FROM silver.__DATASET__
GROUP BY ALL;

-- COMMAND ----------

SELECT * FROM gold.__DATASET___months ORDER BY month DESC, things DESC;
