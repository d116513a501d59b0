"""Servers that many machines share, started here: PostgreSQL, Redis, and one that speaks S3.

For the demo and for tests. Each listens on a free port of the loopback address alone.
"""

from netflix_pipeline.engines.engine import HOST, Engine, free_port, last_lines, write_secret
from netflix_pipeline.engines.postgres import Postgres
from netflix_pipeline.engines.redis import Redis
from netflix_pipeline.engines.s3 import S3

__all__ = ["HOST", "S3", "Engine", "Postgres", "Redis", "free_port", "last_lines", "write_secret"]
