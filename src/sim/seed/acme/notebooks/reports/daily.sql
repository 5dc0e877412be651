-- MAGIC %md ## __DATASET__ by day

-- COMMAND ----------

SELECT DATE(__TIME__) AS day,
       __CATEGORY__,
       COUNT(*) AS rows,
       ROUND(SUM(__MEASURE__), 2) AS __MEASURE__
FROM silver.__DATASET__
WHERE __TIME__ >= DATE_SUB(CURRENT_DATE(), 30)
GROUP BY ALL
ORDER BY day DESC, __CATEGORY__;
