-- MAGIC %md # Who may read what

-- COMMAND ----------

GRANT USAGE, SELECT ON DATABASE gold TO `analytics`;
GRANT USAGE, SELECT ON DATABASE silver TO `data-science`;
GRANT USAGE, SELECT, MODIFY, CREATE ON DATABASE silver TO `data-engineering`;
DENY SELECT ON TABLE silver.payments TO `contractors`;

-- COMMAND ----------

SHOW GRANT ON DATABASE gold;
