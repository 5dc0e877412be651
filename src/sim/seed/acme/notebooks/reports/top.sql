-- MAGIC %md ## Where __DATASET__ come from

-- COMMAND ----------

CREATE WIDGET TEXT how_many DEFAULT '10';

-- COMMAND ----------

SELECT __CATEGORY__,
       SUM(__MEASURE__) AS total,
       SUM(__MEASURE__) / SUM(SUM(__MEASURE__)) OVER () AS share
FROM silver.__DATASET__
WHERE __TIME__ >= ADD_MONTHS(CURRENT_DATE(), -3)
GROUP BY __CATEGORY__
ORDER BY total DESC
LIMIT CAST(:how_many AS INT);
