# MAGIC %md
# MAGIC # How good is __MODEL__?

# COMMAND ----------

library(SparkR)
library(ggplot2)

scored <- collect(sql("
  SELECT __CATEGORY__, __MEASURE__ AS actual, prediction
  FROM predictions.__MODEL__
  WHERE scored_on >= DATE_SUB(CURRENT_DATE(), 28)
"))

# COMMAND ----------

scored$error <- scored$prediction - scored$actual
by_category <- aggregate(abs(error) ~ __CATEGORY__, data = scored, FUN = mean)
display(createDataFrame(by_category))

# COMMAND ----------

ggplot(scored, aes(x = actual, y = prediction, colour = __CATEGORY__)) +
  geom_point(alpha = 0.3) +
  geom_abline(slope = 1, intercept = 0) +
  labs(title = "__MODEL__", x = "actual", y = "predicted")
