import org.apache.spark.sql.functions._

val sizes = Seq("bronze", "silver", "gold").flatMap { database =>
  spark.catalog.listTables(database).collect().map { table =>
    val detail = spark.sql(s"DESCRIBE DETAIL $database.${table.name}").select("sizeInBytes", "numFiles").head
    (s"$database.${table.name}", detail.getLong(0), detail.getLong(1))
  }
}

// COMMAND ----------

display(sizes.toDF("table", "bytes", "files").withColumn("gigabytes", round($"bytes" / pow(1024, 3), 2)).orderBy(desc("bytes")))
