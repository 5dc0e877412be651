-- asked by __NAME__: do we lose rows on the way?
SELECT 'bronze' AS layer, COUNT(DISTINCT __KEY__) AS things FROM bronze.__DATASET__
UNION ALL
SELECT 'silver', COUNT(*) FROM silver.__DATASET__

-- COMMAND ----------

SELECT * FROM silver.__DATASET__ ORDER BY __TIME__ DESC LIMIT 100
