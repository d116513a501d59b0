"""Errors as problem documents (RFC 9457), the same shape for every one."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.types import Scope

from api.parameters import at_fault
from api.problem_catalog import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    METHOD_NOT_ALLOWED,
    NOTHING_THERE,
    ProblemKind,
    kind_of,
    usual,
)
from api.security.response_headers import HEADERS
from api.versions import as_asked, with_addresses
from netflix_pipeline.bounds import OutOfBounds, TooManyBodies
from netflix_pipeline.errors import BadInput, PipelineError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class FieldError(BaseModel):
    """What is wrong with one part of a request."""

    field: str = Field(description="where: `query.from`, `path.user_id`, `header.accept`, `body`")
    detail: str = Field(description="what is wrong with it")


class Problem(BaseModel):
    """An error (RFC 9457)."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    type: str = Field(description="which kind of problem it is; stable")
    title: str = Field(description="the kind in words; the same each time")
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="what happened this time, and what to do")
    instance: str = Field(description="this request's id, as in `X-Request-Id`")
    errors: tuple[FieldError, ...] = Field(default=(), description="by part of the request")

    @classmethod
    def of(
        cls,
        kind: ProblemKind,
        detail: str,
        errors: tuple[FieldError, ...] = (),
        request_id: str = "6f9d2f0c-6f0e-4a8e-9d5a-3f1f7f1f2a10",
    ) -> Self:
        """A problem of that kind; without the id of a request, one for an example."""
        return cls(
            type=kind.type,
            title=kind.title,
            status=kind.status,
            detail=detail,
            instance=f"urn:uuid:{request_id}",
            errors=errors,
        )


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


def problem(
    request: Request,
    kind: ProblemKind,
    detail: str,
    errors: tuple[FieldError, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document as a response; `headers` go before those of its kind.

    Without `errors`, the parts of the request that its kind is about are at fault.
    """
    errors = errors or _each(_parts(request, kind), detail)
    return Response(
        Problem.of(kind, detail, errors, request.state.request_id).model_dump_json(),
        kind.status,
        media_type=MEDIA_TYPE,
        # Set here too: the answer to an unexpected error passes no middleware.
        headers={
            **HEADERS,
            "Cache-Control": "no-store",
            "X-Request-Id": request.state.request_id,
            **kind.headers,
            **(headers or {}),
        },
    )


def _each(parts: Iterable[str], detail: str) -> tuple[FieldError, ...]:
    """The same told of each of some parts of a request."""
    return tuple(FieldError(field=part, detail=detail) for part in parts)


def _parts(request: Request, kind: ProblemKind) -> Iterator[str]:
    """The parts of a request that a kind of problem is about; of its path the ids in it."""
    for part in kind.at:
        ids = request.path_params if part == "path" else ()
        yield from [f"path.{name}" for name in ids] or [part]


def described(example: Problem) -> dict[str, Any]:
    """The content of an answer that is a problem, as the API's description tells it."""
    return {
        MEDIA_TYPE: {
            "schema": {"$ref": "#/components/schemas/Problem"},
            "example": example.model_dump(),
        }
    }


def usually(status: int, description: str) -> dict[str, Any]:
    """The same of the usual problem of a status, which is answered when `description` says."""
    kind, detail = usual(status), f"{description}: here stands what to do."
    return described(Problem.of(kind, detail, _each(kind.at, detail)))


def install(app: FastAPI) -> None:
    """Let every error of the service answer as a problem document."""
    app.add_exception_handler(PipelineError, of_platform)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _unexpected)


def as_problems(schema: dict[str, Any]) -> None:
    """Give the problems in the API's description their media type, and an example of each."""
    for path in schema["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if int(status) < 400 or MEDIA_TYPE in response["content"]:
                    continue
                response["content"] = usually(int(status), response["description"])


def out_of_bounds(scope: Scope, error: OutOfBounds | TooManyBodies) -> Response:
    """The problem of a request that is refused for its size, before anything looked at it."""
    known = _known(Request(scope), error)
    assert known is not None
    return known


async def of_platform(request: Request, error: Exception) -> Response:
    """The problem that an error of the platform's is."""
    return _known(request, error) or await _unexpected(request, error)


def _known(request: Request, error: Exception) -> Response | None:
    kind = kind_of(error)
    if kind is None:
        return None
    detail = with_addresses(request.scope, str(error))
    names = at_fault(request, error.parameters) if isinstance(error, BadInput) else ()
    wrong = _each((f"query.{name}" for name in names), detail)
    return problem(request, kind, detail, wrong, getattr(error, "headers", None))


async def _of_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = tuple(
        FieldError(field=_field(mistake["loc"]), detail=mistake["msg"])
        for mistake in error.errors()
    )
    detail = "; ".join(f"{one.field}: {one.detail}" for one in wrong)
    return problem(request, INVALID_REQUEST, detail, wrong)


def _field(place: tuple[str | int, ...]) -> str:
    """The part of a request; of values of one parameter it is the parameter."""
    values = isinstance(place[-1], int) and place[0] == "query"
    return ".".join(map(str, place[:-1] if values else place))


async def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = as_asked(request.scope, request.url.path)
    if error.status_code == 404:
        return problem(
            request,
            NOTHING_THERE,
            f"there is nothing at {path}; /openapi.json lists what there is.",
        )
    if error.status_code == 405:
        detail = f"{request.method} cannot be done at {path}."
        return problem(request, METHOD_NOT_ALLOWED, detail, headers={"Allow": _allowed(request)})
    return await _unexpected(request, error)


def _allowed(request: Request) -> str:
    """The methods of an address: of all routes that have its most particular pattern."""
    path = request.scope["path"]
    there = [
        (str(route.path_format), route.methods or set())
        for route in iter_route_contexts(request.app.routes)
        if route.path_regex.match(path)
    ]
    pattern = max((template for template, _ in there), key=len, default="")
    allowed = {name for template, names in there if template == pattern for name in names}
    return ", ".join(sorted(allowed | ({"HEAD"} if "GET" in allowed else set())))


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("request %s failed", request.state.request_id, exc_info=error)
    return problem(
        request,
        INTERNAL_ERROR,
        "the request could not be answered; the service's log tells more under this instance.",
    )
