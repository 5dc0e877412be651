-- MAGIC %md ## What is odd in __DATASET__
-- MAGIC Rows more than three deviations away from what is usual for their __CATEGORY__.

-- COMMAND ----------

WITH usual AS (
  SELECT __CATEGORY__, AVG(__MEASURE__) AS mean, STDDEV(__MEASURE__) AS deviation
  FROM silver.__DATASET__
  GROUP BY __CATEGORY__
)
SELECT row.*, (row.__MEASURE__ - usual.mean) / usual.deviation AS score
FROM silver.__DATASET__ AS row
JOIN usual USING (__CATEGORY__)
WHERE usual.deviation > 0
  AND ABS(row.__MEASURE__ - usual.mean) > 3 * usual.deviation
ORDER BY ABS(score) DESC;
