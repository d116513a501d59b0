"""What is posted to Dagster: one JSON object of bounded size, taken in before Dagster begins."""

import asyncio
import json

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope

from netflix_pipeline.bounds import OutOfBounds, read
from netflix_pipeline.bounds.requests import again
from netflix_pipeline.webserver.requests import RefusedRequest

MOST = 4 * 2**20
"""Bytes: a backfill that names thousands of days has some 100,000."""


async def posted(scope: Scope, receive: Receive) -> Receive:
    """What gives the body of a request, which has come whole.

    Raises RefusedRequest for what is too large, too slow, or no JSON object: Dagster fails on it,
    and a list would be several questions in one.
    """
    try:
        body = await read(Request(scope, receive), MOST)
    except OutOfBounds as error:
        raise RefusedRequest(error.status, str(error)) from error
    except ClientDisconnect as error:
        raise RefusedRequest(400, "The request ended before its body did.") from error
    try:
        document = await asyncio.to_thread(json.loads, body) if body else {}
    except (ValueError, RecursionError) as error:
        raise RefusedRequest(400, "The request's body is no JSON.") from error
    if not isinstance(document, dict):
        raise RefusedRequest(400, "Post one JSON object.")
    return again(body, receive)
