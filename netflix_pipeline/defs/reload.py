"""Tells a running webserver to load the definitions anew; without Dagster, whose import is slow."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException

from netflix_pipeline.defs.workspace import LOCATION
from netflix_pipeline.settings import Settings

MUTATION = (
    "mutation Reload($location: String!) "
    "{ reloadRepositoryLocation(repositoryLocationName: $location) { __typename } }"
)


def reload_code_location(settings: Settings, seconds: float = 20.0) -> bool:
    """Let the webserver on our port see days before the first that it knows.

    Returns whether it did; nothing happens when none answers.
    """
    body = json.dumps({"query": MUTATION, "variables": {"location": LOCATION}})
    webserver = HTTPConnection(settings.host, settings.dagster_port, timeout=seconds)
    try:
        webserver.request("POST", "/graphql", body, {"Content-Type": "application/json"})
        told = json.load(webserver.getresponse())
        return bool(
            told["data"]["reloadRepositoryLocation"]["__typename"] == "WorkspaceLocationEntry"
        )
    except (OSError, HTTPException, ValueError, TypeError, KeyError):
        return False  # none answers there, or something else does
    finally:
        webserver.close()
