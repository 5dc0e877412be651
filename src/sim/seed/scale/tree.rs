//! Folders and notebooks.

use super::super::SeedError;
use super::super::site::Site;
use super::super::spec::ScaleSpec;
use super::people::People;

/// How many folders lie in one folder.
const BRANCHES: usize = 8;
const LEVELS: [&str; 4] = ["CAN_READ", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE"];

/// Plants folders and notebooks, and gives the notebooks' paths.
pub(super) async fn plant(
    site: &Site,
    spec: &ScaleSpec,
    people: &People,
) -> Result<Vec<String>, SeedError> {
    let mut folders: Vec<String> = Vec::new();
    for index in 0..spec.folders {
        let above =
            if index < BRANCHES { "/Shared" } else { folders[index / BRANCHES - 1].as_str() };
        let path = format!("{above}/area-{index:05}");
        site.folder(&path).await?;
        site.grant_at("directories", &path, &[people.grant(index, LEVELS[index % 4])]).await?;
        folders.push(path);
    }
    let mut notebooks = Vec::new();
    for index in 0..spec.notebooks {
        let folder = folders.get(index % folders.len().max(1)).map_or("/Shared", String::as_str);
        let path = format!("{folder}/step-{index:06}");
        let (language, text) = content(index);
        site.notebook(&path, language, &text).await?;
        site.grant_at("notebooks", &path, &[people.grant(index, LEVELS[index % 4])]).await?;
        notebooks.push(path);
    }
    Ok(notebooks)
}

/// A notebook of some cells: from a few hundred bytes to a few kilobytes.
fn content(index: usize) -> (&'static str, String) {
    let (language, comment) = match index % 10 {
        0..=5 => ("PYTHON", "#"),
        6..=8 => ("SQL", "--"),
        _ => ("SCALA", "//"),
    };
    let cells: Vec<String> =
        (0..1 + index * 7 % 12).map(|cell| code(language, index, cell)).collect();
    (language, cells.join(&format!("\n\n{comment} COMMAND ----------\n\n")))
}

fn code(language: &str, index: usize, cell: usize) -> String {
    let (from, to) = (format!("stage_{index}.events_{cell}"), format!("core_{index}.daily_{cell}"));
    match language {
        "PYTHON" => format!(
            "from pyspark.sql import functions as F\n\nevents = spark.table(\"{from}\")\ndaily = (\n    events\n    \
             .where(F.col(\"event_date\") >= F.date_sub(F.current_date(), {days}))\n    \
             .groupBy(\"event_date\", \"country\")\n    .agg(F.countDistinct(\"user_id\").alias(\"users\"))\n)\n\
             daily.write.mode(\"overwrite\").saveAsTable(\"{to}\")",
            days = 7 + cell
        ),
        "SQL" => format!(
            "CREATE OR REPLACE VIEW {to} AS\nSELECT event_date,\n       country,\n       COUNT(DISTINCT user_id) AS users,\n       \
             SUM(amount) AS amount\nFROM {from}\nWHERE event_date >= DATE_SUB(CURRENT_DATE(), {days})\n\
             GROUP BY event_date, country",
            days = 7 + cell
        ),
        _ => format!(
            "import org.apache.spark.sql.functions._\n\nval events = spark.table(\"{from}\")\nevents\n  \
             .withColumn(\"hour\", date_trunc(\"hour\", $\"event_time\"))\n  .groupBy($\"hour\")\n  .count()\n  \
             .write.mode(\"append\").saveAsTable(\"{to}\")"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::content;

    #[test]
    fn notebooks_have_some_hundred_bytes_to_some_kilobytes() {
        let sizes: Vec<usize> = (0..1000).map(|index| content(index).1.len()).collect();
        assert!(sizes.iter().all(|size| (150..6000).contains(size)), "{:?}", sizes.iter().max());
        assert!(sizes.iter().sum::<usize>() / sizes.len() > 500);
    }
}
