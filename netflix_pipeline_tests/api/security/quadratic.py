"""A service that looks at each name of a query as often as there are names."""

from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def twice(request: Request) -> PlainTextResponse:
    given = [name for name, _ in parse_qsl(request.url.query, keep_blank_values=True)]
    return PlainTextResponse(str([name for name in given if given.count(name) > 1]))


app = Starlette(routes=[Route("/", twice)])
