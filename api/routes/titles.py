"""`/titles`: the catalogue."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.caching import answer
from api.examples import TITLES, example
from api.parameters import Cursor, Limit
from api.tables import FORMATS, Table
from netflix_pipeline.serving import Page, Title

router = APIRouter(tags=["titles"])

TABLE = Table[tuple[Title, ...]](Title, lambda titles: titles)

Text = Query(min_length=1, max_length=200)


@router.get(
    "/titles",
    response_model=Page[tuple[Title, ...]],
    responses=example(TITLES, TABLE),
    dependencies=[FORMATS],
    summary="The catalogue",
)
async def titles(
    request: Request,
    search: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=200,
            description="part of the name, or the id; case and accents do not matter",
        ),
    ] = None,
    content_type: Annotated[str | None, Text] = None,
    genre: Annotated[str | None, Text] = None,
    sort: Annotated[
        Literal["title", "hours_viewed", "viewers"], Query(description="most first, or by name")
    ] = "title",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Titles with what is known of them and how they were watched so far, in pages."""
    return await answer(
        request,
        lambda queries: queries.titles(
            search=search,
            content_type=content_type,
            genre=genre,
            sort=sort,
            limit=limit,
            cursor=cursor,
        ),
        TABLE,
    )
