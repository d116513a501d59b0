"""Tells a running webserver to load the definitions anew; without Dagster, whose import is slow."""

from __future__ import annotations

import json
from contextlib import suppress
from http.client import HTTPException
from urllib.request import Request, urlopen

from netflix_pipeline.settings import Settings

LOCATION = "netflix_pipeline"
"""The code location's name in workspace.yaml."""

MUTATION = (
    "mutation Reload($location: String!) "
    "{ reloadRepositoryLocation(repositoryLocationName: $location) { __typename } }"
)


def reload_code_location(settings: Settings, seconds: float = 20.0) -> bool:
    """Let the webserver on our port see days before the first that it knows.

    Returns whether it did; nothing happens when none answers.
    """
    body = json.dumps({"query": MUTATION, "variables": {"location": LOCATION}}).encode()
    request = Request(
        f"http://{settings.host}:{settings.dagster_port}/graphql",
        body,
        {"Content-Type": "application/json"},
    )
    with suppress(OSError, HTTPException, ValueError), urlopen(request, timeout=seconds) as answer:
        told = json.load(answer)
        return bool(
            told.get("data", {}).get("reloadRepositoryLocation", {}).get("__typename")
            == "WorkspaceLocationEntry"
        )
    return False
