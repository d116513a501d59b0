"""Sensors and schedules of no code location, as Dagster names them."""

from dagster._core.remote_origin import (
    InProcessCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin


def origin(name: str) -> RemoteInstigatorOrigin:
    """That of a sensor or schedule by its name."""
    location = InProcessCodeLocationOrigin(LoadableTargetOrigin(module_name="m"))
    return RemoteInstigatorOrigin(RemoteRepositoryOrigin(location, "repository"), name)
