"""The same questions answered by the platform's snapshot, and by other engines on its Parquet.

What is asked is described once (`shapes`), in SQL that DuckDB and ClickHouse both read; Polars has
expressions. Each engine answers in a process of its own, `by_ENGINE FOLDER ASKED TOLD`: ASKED is a
list of questions in JSON, each a shape and its parameters, TOLD what `program` writes of them.
"""
