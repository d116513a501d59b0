"""`/problems`: what each type of problem means, and what to do about it."""

from functools import cache
from html import escape
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from api.delivery.negotiation import chosen
from api.delivery.request_key import JSON
from api.delivery.static_response import StaticResponse
from api.problem_catalog import ProblemType, problem_types
from api.problems import NOT_FOUND
from api.resource import success
from netflix_pipeline.serving import NotFound

router = APIRouter(prefix="/problems", tags=["problems"])

HTML = "text/html"
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


class ProblemTypes(BaseModel):
    """All types of problems."""

    problems: tuple[ProblemType, ...]


EXAMPLE = problem_types()["bad-period"]


@router.get(
    "",
    response_model=ProblemTypes,
    responses=success(ProblemTypes(problems=(EXAMPLE,))),
    summary="All types of problems",
)
async def problems(request: Request) -> Response:
    """Every `type` that an error can have; a page for browsers."""
    return await _all(_format(request)).response(request)


@router.get(
    "/{kind}",
    response_model=ProblemType,
    responses=NOT_FOUND | success(EXAMPLE),
    summary="One type of problem",
)
async def problem_type(
    request: Request,
    kind: Annotated[str, Path(min_length=1, max_length=64, description="the end of a `type`")],
) -> Response:
    """What it means that an error has this `type`, and what to do; a page for browsers."""
    if kind not in problem_types():
        raise NotFound(f"no problem is called {kind}: /problems lists them.")
    return await _one(kind, _format(request)).response(request)


def _format(request: Request) -> str:
    """JSON for whoever would be helped by neither: an error about an error helps nobody."""
    return chosen(request.headers.get("accept"), (JSON, HTML)) or JSON


@cache
def _all(media_type: str) -> StaticResponse:
    kinds = problem_types().values()
    if media_type == JSON:
        content = msgspec.json.encode({"problems": [one.model_dump() for one in kinds]})
        return StaticResponse(content, JSON)
    rows = "\n".join(
        f'<dt><a href="{one.type}">{one.type}</a> ({one.status})</dt><dd>{escape(one.title)}</dd>'
        for one in kinds
    )
    page = PAGE.format(title="Problems that the API answers with", body=f"<dl>\n{rows}\n</dl>")
    return StaticResponse(page.encode(), HTML)


@cache
def _one(kind: str, media_type: str) -> StaticResponse:
    problem_type = problem_types()[kind]
    if media_type == JSON:
        return StaticResponse(problem_type.model_dump_json().encode(), JSON)
    body = (
        f"<p><code>{problem_type.type}</code>, HTTP {problem_type.status}</p>\n"
        f"<p>{escape(problem_type.meaning)}</p>\n"
        f"<p><strong>What to do:</strong> {escape(problem_type.remedy)}</p>\n"
        '<p><a href="/problems">All problems</a></p>'
    )
    return StaticResponse(PAGE.format(title=escape(problem_type.title), body=body).encode(), HTML)
