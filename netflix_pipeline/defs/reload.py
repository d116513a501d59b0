"""Tells a running webserver to load the definitions anew; without Dagster, whose import is slow."""

import hmac
import json
from hashlib import sha256
from http.client import HTTPConnection, HTTPException

from netflix_pipeline.defs.workspace import LOCATION
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Passwords

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
        headers = {"Content-Type": "application/json", "Authorization": own_key(settings)}
        webserver.request("POST", "/graphql", body, headers)
        answer = json.load(webserver.getresponse())
        return bool(
            answer["data"]["reloadRepositoryLocation"]["__typename"] == "WorkspaceLocationEntry"
        )
    except (OSError, HTTPException, ValueError, TypeError, KeyError, PipelineError):
        return False  # none answers there, or something else does
    finally:
        webserver.close()


def own_key(settings: Settings) -> str:
    """What processes of the platform bring to the webserver, where people sign in.

    It follows from a key that who may read the home can read. Raises DamagedFile.
    """
    return f"Bearer {hmac.digest(Passwords(settings).key(), b'webserver', sha256).hex()}"
