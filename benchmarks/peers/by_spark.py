"""The four tables in Spark SQL: `python -m benchmarks.peers.by_spark RAW TARGET RECEIVED TABLE…`.

On `local[2]`, as its SQL guide advises: CSV is read with its schema told, malformed lines dropped,
adaptive execution plans the joins, what several tables are made from is cached, and Parquet is
written partitioned by day.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from string import Template

from pyspark.sql import SparkSession
from pyspark.sql.functions import monotonically_increasing_id

from benchmarks.peers.steps import needed, steps

SCHEMAS = {
    "watch_events": (
        "event_id STRING, user_id STRING, title_id STRING, event_time TIMESTAMP, "
        "time_precision STRING, action STRING, watch_seconds DOUBLE, progress DOUBLE, "
        "playback_id STRING, kind STRING, device STRING, quality STRING, country STRING, "
        "is_download BOOLEAN, rating DOUBLE"
    ),
    "users": (
        "user_id STRING, country STRING, plan STRING, signup_date DATE, age INT, gender STRING, "
        "primary_device STRING, is_active BOOLEAN, monthly_spend DOUBLE"
    ),
    "titles": (
        "title_id STRING, title STRING, content_type STRING, genre STRING, genre_2 STRING, "
        "runtime_minutes DOUBLE, seasons INT, episodes INT, series_id STRING, season INT, "
        "episode INT, release_year INT, language STRING, origin_country STRING, "
        "is_original BOOLEAN, maturity_rating STRING, added_on DATE"
    ),
}
CACHED = ("titles", "plays")
SETTINGS = {
    "spark.driver.memory": "6g",
    "spark.sql.session.timeZone": "UTC",
    # A shuffle a core, of some tens of megabytes each; adaptive execution joins what is small.
    "spark.sql.shuffle.partitions": "8",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # With fewer columns than the line has, none of too many or too few would be found.
    "spark.sql.csv.parser.columnPruning.enabled": "false",
    "spark.ui.enabled": "false",
    "spark.log.level": "ERROR",
}


def run(raw: Path, target: Path, received: str, tables: Sequence[str]) -> None:
    """Make the tables of the files in a folder, and write them below another."""
    told = steps("spark")
    builder = SparkSession.builder.master("local[2]").appName("peers")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    for name, schema in SCHEMAS.items():
        # Lines are numbered in the order in which they stand in the file.
        spark.read.csv(
            str(raw / f"{name}.csv"),
            schema=schema,
            header=True,
            mode="DROPMALFORMED",
            timestampFormat="yyyy-MM-dd'T'HH:mm:ss.SSSX",
            escape='"',
        ).withColumn("line", monotonically_increasing_id()).createOrReplaceTempView(f"raw_{name}")
    for step in needed(told, tables):
        made = spark.sql(Template(told[step]).substitute(received=received))
        (made.cache() if step in CACHED else made).createOrReplaceTempView(step)
    for table in tables:
        rows = spark.table(table).repartition("event_date")
        rows.write.partitionBy("event_date").parquet(str(target / table))
    spark.stop()


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
