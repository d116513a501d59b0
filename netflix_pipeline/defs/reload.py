"""Tells a running webserver to load the definitions anew; without Dagster, whose import is slow."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, date, datetime
from hashlib import sha256
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

from netflix_pipeline.defs.workspace import LOCATION
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.settings import Settings

if TYPE_CHECKING:
    from netflix_pipeline.lake import Lake

MUTATION = (
    "mutation Reload($location: String!) "
    "{ reloadRepositoryLocation(repositoryLocationName: $location) { __typename } }"
)


def first_day(lake: Lake) -> date:
    """The first day with data; today where there is none yet."""
    from netflix_pipeline.contracts import contracts

    by_day = (
        name
        for name, contract in contracts().items()
        if contract.stage == "bronze" and contract.partition == "day"
    )
    today = datetime.now(UTC).date()
    return min((day for table in by_day for day in lake.partitions(table)[:1]), default=today)


@contextmanager
def reloading(settings: Settings) -> Iterator[None]:
    """Let a running webserver see the days before its first that are taken in meanwhile."""
    from netflix_pipeline.lake import Lake

    lake = Lake.of(settings)
    before = first_day(lake)
    yield
    if first_day(lake) < before:
        reload_code_location(settings)


def reload_code_location(settings: Settings) -> bool:
    """Let the webserver on our port see days before the first that it knows.

    Returns whether it did; nothing happens when none answers.
    """
    body = json.dumps({"query": MUTATION, "variables": {"location": LOCATION}})
    # None may answer there, or something else.
    nothing_there = suppress(OSError, HTTPException, ValueError, TypeError, KeyError, PipelineError)
    webserver = HTTPConnection(settings.host, settings.dagster_port, timeout=20)
    with nothing_there, closing(webserver):
        webserver.connect()  # mostly nobody is there, which is known sooner than the key
        headers = {"Content-Type": "application/json", "Authorization": own_key(settings)}
        webserver.request("POST", "/graphql", body, headers)
        answer = json.load(webserver.getresponse())
        return bool(
            answer["data"]["reloadRepositoryLocation"]["__typename"] == "WorkspaceLocationEntry"
        )
    return False


def own_key(settings: Settings) -> str:
    """What processes of the platform bring to the webserver, where people sign in.

    It follows from a key that who may read the home can read. Raises DamagedFile.
    """
    # The library of the database takes longer to import than a command to take files in.
    from netflix_pipeline.state import Passwords

    return f"Bearer {hmac.digest(Passwords(settings).key(), b'webserver', sha256).hex()}"
