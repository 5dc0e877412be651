-- MAGIC %md ## __DATASET__: this week against the weeks before

-- COMMAND ----------

WITH weekly AS (
  SELECT DATE_TRUNC('WEEK', __TIME__) AS week, SUM(__MEASURE__) AS total
  FROM silver.__DATASET__
  GROUP BY ALL
)
SELECT week,
       total,
       AVG(total) OVER (ORDER BY week ROWS BETWEEN 4 PRECEDING AND 1 PRECEDING) AS usual,
       total / NULLIF(LAG(total, 52) OVER (ORDER BY week), 0) - 1 AS against_last_year
FROM weekly
ORDER BY week DESC
LIMIT 26;
