"""Containers of rows: delimited text, NDJSON, Parquet, read in bounded memory."""
