-- MAGIC %md # Databases which the pipelines expect

-- COMMAND ----------

CREATE DATABASE IF NOT EXISTS bronze COMMENT 'as it arrived' LOCATION 's3://acme-lake/bronze';
CREATE DATABASE IF NOT EXISTS silver COMMENT 'one row per thing' LOCATION 's3://acme-lake/silver';
CREATE DATABASE IF NOT EXISTS gold COMMENT 'for reports' LOCATION 's3://acme-lake/gold';
CREATE DATABASE IF NOT EXISTS features;
CREATE DATABASE IF NOT EXISTS predictions;

-- COMMAND ----------

CREATE TABLE IF NOT EXISTS silver.rejected (dataset STRING, row STRING, at TIMESTAMP) USING DELTA;
