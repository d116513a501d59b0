"""`/docs` and `/openapi.json`: the reference, to read and to try, without any other site.

`/` leads to it. What the addresses of the first release answer has a description of its own.
"""

import asyncio
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.delivery.static_response import StaticResponse
from api.old_description import before_v1
from api.service import service_of

router = APIRouter(include_in_schema=False)

BEFORE = "/docs/before-v1.json"

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Viewing behaviour: reference of the API</title>
<link rel="icon" href="/docs/favicon.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<script src="/docs/swagger-ui-bundle.js" defer></script>
<script src="/docs/start.js" defer></script>
</head>
<body>
<div id="reference"><noscript>This needs JavaScript; /openapi.json does not.</noscript></div>
</body>
</html>
"""
START = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  filter: true,
  displayRequestDuration: true,
});
"""
POLICY = {
    # Pictures of the style sheet stand in it as data. Styles are set by the script on elements.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
}


def _asset(name: str, media_type: str) -> StaticResponse:
    """A file of the installed package."""
    return StaticResponse((files("fastapi_swagger.resources") / name).read_bytes(), media_type)


CONTENTS = {
    "/docs": StaticResponse(PAGE.encode(), "text/html", POLICY),
    # A page with scripts of its own could not forbid foreign ones.
    "/docs/start.js": StaticResponse(START.encode(), "text/javascript"),
    "/docs/swagger-ui-bundle.js": _asset("swagger-ui-bundle.js", "text/javascript"),
    "/docs/swagger-ui.css": _asset("swagger-ui.css", "text/css"),
    "/docs/favicon.png": _asset("favicon-32x32.png", "image/png"),
}
for address, content in CONTENTS.items():
    router.add_api_route(address, content.response)


@router.get("/")
async def root() -> Response:
    """The way to the reference, for who knows only where the service is."""
    return RedirectResponse("/docs", headers={"Cache-Control": "public, no-cache"})


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """The description of all resources, made once."""
    return await _described(request, "openapi", request.app.openapi)


@router.get(BEFORE)
async def openapi_before_v1(request: Request) -> Response:
    """The description of the addresses of the first release, made once."""
    return await _described(request, "before_v1", lambda: before_v1(request.app.openapi()))


async def _described(request: Request, name: str, make: Callable[[], dict[str, Any]]) -> Response:
    kept = service_of(request).descriptions
    if name not in kept:
        text = await asyncio.to_thread(lambda: msgspec.json.encode(make()))
        kept[name] = StaticResponse(text, "application/json")
    return await kept[name].response(request)
