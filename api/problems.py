"""Errors as problem documents (RFC 9457), the same shape for every one."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.types import Scope

from api.asking import TooManyQuestions, TooSlowQuery
from api.bodies import UnknownEncoding, UnknownMediaType, Unpackable
from api.erased import Erased
from api.limiting import TooManyRequests
from api.protection import HEADERS
from api.questions import NotAcceptable
from api.refusals import (
    BadKey,
    ExpiredKey,
    KeyInAddress,
    KeysUnavailable,
    MissingScope,
    NoKey,
    OtherPerson,
    Refused,
    RevokedKey,
)
from netflix_pipeline.bounds import (
    AddressTooLong,
    BodyTooLarge,
    BodyTooSlow,
    HeadersTooLarge,
    NoStreamLeft,
    OutOfBounds,
    ShareOfStreamsTaken,
    TooManyBodies,
)
from netflix_pipeline.errors import BadInput, DamagedFile, PipelineError, StorageFull, Transient
from netflix_pipeline.eventlog import LogOverloaded, LogUnavailable
from netflix_pipeline.metrics import FilterNotTaken, UnknownMetric
from netflix_pipeline.receiving import TooManyEvents, UnreadableBody
from netflix_pipeline.serving import BadCursor, BadPeriod, NoSnapshot, NotFound

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "5"
"""Seconds after which to ask again, where nothing better is known."""
HEADERS_OF: dict[type[PipelineError], dict[str, str]] = {
    LogOverloaded: {"Retry-After": "1"},
    TooManyBodies: {"Retry-After": "1"},
    TooManyQuestions: {"Retry-After": "1"},
    UnknownEncoding: {"Accept-Encoding": "gzip, zstd"},
    UnknownMediaType: {"Accept-Post": "application/json, application/x-ndjson"},
    BodyTooSlow: {"Connection": "close"},
    BodyTooLarge: {"Connection": "close"},
}
"""What the answer to some errors tells besides."""


class FieldError(BaseModel):
    """What is wrong with one part of a request."""

    field: str = Field(description="where: `query.from`, `path.user_id`")
    detail: str = Field(description="what is wrong with it")


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str = Field(description="which kind of problem it is; stable")
    title: str = Field(description="the kind in words; the same each time")
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="what happened this time, and what to do")
    instance: str = Field(description="this request's id, as in `X-Request-Id`")
    errors: tuple[FieldError, ...] = Field(default=(), description="by part of the request")


RESPONSES: dict[int | str, dict[str, Any]] = {
    414: {"model": Problem, "description": "the address is longer than it may be"},
    422: {"model": Problem, "description": "a parameter cannot be taken"},
    431: {"model": Problem, "description": "the headers are larger than they may be"},
    503: {"model": Problem, "description": "nothing is published yet"},
}
"""The problems that every resource can answer with."""
NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "nothing has that id"}
}
"""The problem of a resource that names one thing."""
GONE: dict[int | str, dict[str, Any]] = {
    410: {"model": Problem, "description": "the person was erased, or is about to be"}
}
"""The problem of a person of whom nothing is told any more."""
QUERIED: dict[int | str, dict[str, Any]] = {
    406: {"model": Problem, "description": "no format that `Accept` asks for can be had"},
    504: {"model": Problem, "description": "the query takes longer than it may"},
}
"""The problems of answers out of the snapshot."""

KINDS: tuple[tuple[type[PipelineError], str, str, int], ...] = (
    (NoKey, NoKey.kind, "A key is needed", 401),
    (BadKey, BadKey.kind, "The key is not good", 401),
    (ExpiredKey, ExpiredKey.kind, "The key has expired", 401),
    (RevokedKey, RevokedKey.kind, "The key was revoked", 401),
    (KeyInAddress, KeyInAddress.kind, "A key does not belong into an address", 401),
    (MissingScope, MissingScope.kind, "The key is not for this", 403),
    (OtherPerson, OtherPerson.kind, "The key is for other persons", 403),
    (KeysUnavailable, "keys-unavailable", "Keys cannot be looked up just now", 503),
    (NotFound, "not-found", "There is nothing under that id", 404),
    (Erased, "erased", "The person was erased", 410),
    (BadCursor, "bad-cursor", "The page cannot be found", 422),
    (BadPeriod, "bad-period", "The period cannot be answered", 422),
    (UnknownMetric, "unknown-metric", "There is no such metric", 422),
    (FilterNotTaken, "filter-not-taken", "The metric cannot be filtered so", 422),
    (NotAcceptable, "not-acceptable", "It cannot be had in that format", 406),
    (BodyTooSlow, "too-slow", "The body did not come in time", 408),
    (BodyTooLarge, "too-large", "The body is too large", 413),
    (AddressTooLong, "address-too-long", "The address is too long", 414),
    (HeadersTooLarge, "headers-too-large", "The headers are too large", 431),
    (TooManyEvents, "too-many-events", "The request holds too many events", 413),
    (UnknownMediaType, "unknown-media-type", "The body's media type is not read here", 415),
    (UnknownEncoding, "unknown-encoding", "The body's encoding is not known here", 415),
    (UnreadableBody, "unreadable-body", "The body cannot be read", 422),
    (Unpackable, "unreadable-body", "The body cannot be read", 422),
    (TooManyRequests, "too-many-requests", "You send too much", 429),
    (ShareOfStreamsTaken, "too-many-requests", "You send too much", 429),
    (NoStreamLeft, "too-many-streams", "As many listen as may", 503),
    (LogOverloaded, "overloaded", "More comes in than can be written", 503),
    (TooManyBodies, "overloaded", "More comes in than can be written", 503),
    (StorageFull, "storage-full", "The disk is full", 503),
    (LogUnavailable, "log-unavailable", "Events cannot be written just now", 503),
    (TooManyQuestions, "too-many-questions", "More is asked than can be answered", 503),
    (TooSlowQuery, "too-slow-query", "The query takes too long", 504),
    (BadInput, "invalid-request", "The request cannot be taken", 422),
    (NoSnapshot, "no-snapshot", "Nothing is published yet", 503),
    (Transient, "try-again", "It may work in a moment", 503),
    (DamagedFile, "damaged-file", "A file of the service's own is damaged", 503),
)
"""Which error of the platform is which problem; the first that fits is taken."""
OTHERS: dict[str, tuple[str, int]] = {
    "foreign-origin": ("Scripts of that site may not ask so", 403),
    "nothing-there": ("Not Found", 404),
    "method-not-allowed": ("Method Not Allowed", 405),
    "foreign-host": ("The service is not known by that name", 421),
    "internal-error": ("Something went wrong here", 500),
    "catching-up": ("The last hour is being read", 503),
    "not-ready": ("The service is not fit to be asked", 503),
}
"""Problems that are no error of the platform's: title and status of each."""
USUAL = {
    401: NoKey,
    403: MissingScope,
    404: NotFound,
    406: NotAcceptable,
    408: BodyTooSlow,
    410: Erased,
    413: BodyTooLarge,
    414: AddressTooLong,
    415: UnknownMediaType,
    422: BadInput,
    429: TooManyRequests,
    431: HeadersTooLarge,
    503: NoSnapshot,
    504: TooSlowQuery,
}
"""The error that is the example of each status."""


def problem(
    request: Request,
    kind: str,
    title: str,
    status: int,
    detail: str,
    errors: tuple[FieldError, ...] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """A problem document as a response."""
    told = Problem(
        type=f"/problems/{kind}",
        title=title,
        status=status,
        detail=detail,
        instance=f"urn:uuid:{request.state.request_id}",
        errors=errors,
    )
    return Response(
        told.model_dump_json(),
        status,
        media_type=MEDIA_TYPE,
        # Set here too: the answer to an unexpected error passes no middleware.
        headers=HEADERS
        | {"Cache-Control": "no-store", "X-Request-Id": request.state.request_id}
        | (headers or {}),
    )


def install(app: FastAPI) -> None:
    """Let every error of the service answer as a problem document."""
    app.add_exception_handler(PipelineError, of_platform)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _unexpected)
    describe = app.openapi
    app.openapi = lambda: _as_problems(describe())  # type: ignore[method-assign]


def _as_problems(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with the media type that problems have, and an example of each."""
    for path in schema["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                content = response["content"]
                if int(status) < 400 or MEDIA_TYPE in content:
                    continue
                kind, title = next(
                    (kind, title) for error, kind, title, _ in KINDS if error is USUAL[int(status)]
                )
                told = Problem(
                    type=f"/problems/{kind}",
                    title=title,
                    status=int(status),
                    detail=f"{response['description']}: here stands what to do.",
                    instance="urn:uuid:6f9d2f0c-6f0e-4a8e-9d5a-3f1f7f1f2a10",
                )
                response["content"] = {
                    MEDIA_TYPE: content["application/json"] | {"example": told.model_dump()}
                }
    return schema


def out_of_bounds(scope: Scope, error: OutOfBounds | TooManyBodies) -> Response:
    """The problem of a request that is refused for its size, before anything looked at it."""
    told = _known(Request(scope), error)
    assert told is not None
    return told


async def of_platform(request: Request, error: Exception) -> Response:
    """The problem that an error of the platform's is."""
    return _known(request, error) or await _unexpected(request, error)


def _known(request: Request, error: Exception) -> Response | None:
    for known, kind, title, status in KINDS:
        if isinstance(error, known):
            headers = HEADERS_OF.get(type(error), {})
            if status == 503:
                headers = {"Retry-After": RETRY_AFTER} | headers
            if isinstance(error, Refused):
                headers = error.headers
            if isinstance(error, TooManyRequests):
                headers = {"Retry-After": str(error.wait)}
            if isinstance(error, ShareOfStreamsTaken):
                headers = {"Retry-After": RETRY_AFTER}
            return problem(request, kind, title, status, str(error), headers=headers)
    return None


async def _of_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = tuple(
        FieldError(field=".".join(map(str, found["loc"])), detail=found["msg"])
        for found in error.errors()
    )
    detail = "; ".join(f"{one.field}: {one.detail}" for one in wrong)
    return problem(request, "invalid-request", "The request cannot be taken", 422, detail, wrong)


async def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    detail = {
        404: f"there is nothing at {request.url.path}; /openapi.json lists what there is.",
        405: f"{request.method} cannot be done at {request.url.path}.",
    }.get(status.value, str(error.detail))
    kind = "nothing-there" if status == 404 else status.phrase.lower().replace(" ", "-")
    headers = dict(error.headers or {})
    if status == 405:
        headers["Allow"] = _allowed(request)
    return problem(request, kind, status.phrase, status.value, detail, headers=headers)


def _allowed(request: Request) -> str:
    """The methods of an address: of all routes that have its most particular pattern."""
    path = request.scope["path"]
    there = [
        (str(route.path_format), route.methods or set())
        for route in iter_route_contexts(request.app.routes)
        if route.path_regex.match(path)
    ]
    pattern = max((told for told, _ in there), key=len, default="")
    allowed = {name for told, names in there if told == pattern for name in names}
    return ", ".join(sorted(allowed | ({"HEAD"} if "GET" in allowed else set())))


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("request %s failed", request.state.request_id, exc_info=error)
    return problem(
        request,
        "internal-error",
        "Something went wrong here",
        500,
        "the request could not be answered; the service's log tells more under this instance.",
    )
