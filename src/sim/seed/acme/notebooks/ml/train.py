# MAGIC %md
# MAGIC # Train __MODEL__

# COMMAND ----------

# MAGIC %pip install lightgbm==4.3.0

# COMMAND ----------

import lightgbm
import mlflow
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split

dbutils.widgets.text("leaves", "31")
dbutils.widgets.text("rate", "0.05")
settings = {"num_leaves": int(dbutils.widgets.get("leaves")), "learning_rate": float(dbutils.widgets.get("rate"))}

# COMMAND ----------

data = spark.table("features.__MODEL__").dropna().toPandas()
columns = ["mean_30d", "count_30d", "weekday", "hour"]
train, held_out = train_test_split(data, test_size=0.2, random_state=7)

# COMMAND ----------

mlflow.set_experiment("/Shared/ml/__MODEL__/runs")
with mlflow.start_run(run_name="lightgbm"):
    mlflow.log_params(settings)
    model = lightgbm.LGBMRegressor(n_estimators=400, **settings)
    model.fit(train[columns], train["__MEASURE__"])
    error = mean_absolute_error(held_out["__MEASURE__"], model.predict(held_out[columns]))
    mlflow.log_metric("mae", error)
    mlflow.lightgbm.log_model(model, "model", registered_model_name="__MODEL__")

# COMMAND ----------

dbutils.jobs.taskValues.set("mae", error)
