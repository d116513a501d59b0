"""The processes that load the definitions for Dagster's webserver and daemon, and their death.

Dagster's webserver leaves a location unusable whose process was killed, until somebody reloads it;
its daemon starts another within a minute.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from dagster._core.remote_representation.grpc_server_registry import (
    ErrorRegistryEntry,
    ServerRegistryEntry,
)
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._time import get_current_timestamp

from netflix_pipeline.background import Thread

log = logging.getLogger(__name__)

LOOKED_EVERY = 2.0
"""Seconds between two looks."""
TRIED_AGAIN = 15.0
"""Seconds after which one that did not start is started again."""
PATIENCE = 300.0
"""Seconds that one may take to load the definitions on a busy machine."""


@contextmanager
def kept_running(workspace: WorkspaceProcessContext) -> Iterator[None]:
    """Meanwhile, what was killed of a workspace's code servers is started again."""
    look = partial(_replace_dead, workspace)
    thread = Thread("code-servers", look, LOOKED_EVERY, patience=PATIENCE)
    thread.start()
    try:
        yield
    finally:
        thread.stop()


def _replace_dead(workspace: WorkspaceProcessContext) -> None:
    # Nothing public of Dagster's tells of them.
    registry = workspace._grpc_server_registry  # noqa: SLF001
    entries = list(registry._active_entries.values())  # noqa: SLF001
    if any(map(_is_dead, entries)):
        log.warning("the process that loads the definitions is gone: another is started")
        registry.clear_all_grpc_endpoints()  # type: ignore[no-untyped-call]
        workspace.refresh_workspace()


def _is_dead(entry: ServerRegistryEntry | ErrorRegistryEntry) -> bool:
    if isinstance(entry, ErrorRegistryEntry):
        return get_current_timestamp() - entry.creation_timestamp > TRIED_AGAIN
    return entry.process.server_process.poll() is not None
