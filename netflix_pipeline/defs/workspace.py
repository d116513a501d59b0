"""The code location as `workspace.yaml` names it; without Dagster, whose import is slow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster._core.remote_origin import RemoteJobOrigin

WORKSPACE = Path(__file__).parents[1] / "workspace.yaml"
LOCATION = "netflix_pipeline"
"""The code location's name there."""


def job_origin(job: str) -> RemoteJobOrigin:
    """Where Dagster's services find a job: with it a run of ours is one of theirs."""
    from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
    from dagster._core.remote_origin import RemoteJobOrigin, RemoteRepositoryOrigin
    from dagster._core.workspace.load import location_origins_from_yaml_paths

    (location,) = location_origins_from_yaml_paths([str(WORKSPACE)])
    return RemoteJobOrigin(RemoteRepositoryOrigin(location, SINGLETON_REPOSITORY_NAME), job)
