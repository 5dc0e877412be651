from concurrent.futures import ThreadPoolExecutor

tables = [
    f"{database}.{row.tableName}"
    for database in ("bronze", "silver", "gold")
    for row in spark.sql(f"SHOW TABLES IN {database}").collect()
]

# COMMAND ----------


def vacuum(table):
    spark.sql(f"VACUUM {table} RETAIN 240 HOURS")
    return table


with ThreadPoolExecutor(4) as pool:
    for table in pool.map(vacuum, tables):
        print(table)
