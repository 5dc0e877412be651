import java.time.{DayOfWeek, LocalDate}

object Dates {
  private val holidays = Set((1, 1), (5, 1), (12, 25), (12, 26))

  def isWorkday(date: LocalDate): Boolean =
    date.getDayOfWeek != DayOfWeek.SATURDAY &&
      date.getDayOfWeek != DayOfWeek.SUNDAY &&
      !holidays.contains((date.getMonthValue, date.getDayOfMonth))

  def previousWorkday(date: LocalDate): LocalDate =
    Iterator.iterate(date.minusDays(1))(_.minusDays(1)).find(isWorkday).get
}

// COMMAND ----------

spark.udf.register("is_workday", (date: java.sql.Date) => Dates.isWorkday(date.toLocalDate))
