"""The same tables of the same files by other engines, each in the form that its manual advises.

`make bench-peers` runs them in turns with the platform, compares every row with ours, and prints
what each took. The engines are no part of the platform: they live in an environment of their own
(`.tools/peers`, pinned in `scripts/pinned/peers.txt`), and a program `by_ENGINE RAW TARGET RECEIVED
TABLE…` of each writes the tables below TARGET, a folder a table, as Parquet in zstd.
"""
