"""What Dagster loads to know the assets: names and contracts, nothing that only a run needs."""

import subprocess
import sys

HEAVY = {
    *("alembic", "argon2", "babel", "celery", "duckdb", "grpc", "httpx", "matplotlib", "obstore"),
    *("pandera", "prometheus_client", "redis", "sqlalchemy"),
}
ROOMS = {
    f"netflix_pipeline.{room}" for room in ("backup", "erasing", "monitoring", "serving", "state")
}
"""Those of ours that import what is heavy."""

LOAD = """
import sys
from netflix_pipeline.definitions import defs

defs.get_repository_def()
print("\\n".join(sys.modules))
"""


def test_definitions_are_loaded_without_what_only_runs_need() -> None:
    ran = subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, check=True)
    loaded = ran.stdout.splitlines()
    assert "netflix_pipeline.defs.assets" in loaded
    assert (HEAVY | ROOMS) & set(loaded) == set()
