# __NAME__: how is __MEASURE__ spread?
library(SparkR)
sample <- collect(sample(tableToDF("silver.__DATASET__"), FALSE, 0.01))
hist(log1p(sample$__MEASURE__), breaks = 50, main = "__DATASET__", xlab = "log(1 + __MEASURE__)")

# COMMAND ----------

boxplot(__MEASURE__ ~ __CATEGORY__, data = sample, las = 2)
