"""`/docs` and `/openapi.json`: the reference, to read and to try, without any other site."""

from __future__ import annotations

import asyncio
from importlib.resources import files

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.delivery.static_response import StaticResponse

router = APIRouter(prefix="/docs", include_in_schema=False)
description = APIRouter(include_in_schema=False)

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
ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
"""Files of the installed package, and what they are."""

page = StaticResponse(PAGE.encode(), "text/html", POLICY)
start = StaticResponse(START.encode(), "text/javascript")


def _asset(name: str) -> StaticResponse:
    content = (files("fastapi_swagger.resources") / name).read_bytes()
    return StaticResponse(content, ASSETS[name])


bundle, style, icon = map(_asset, ASSETS)


@router.get("")
async def docs(request: Request) -> Response:
    """The page."""
    return await page.response(request)


@router.get("/start.js")
async def docs_start(request: Request) -> Response:
    """The script that fills it: a page with scripts of its own could not forbid foreign ones."""
    return await start.response(request)


@router.get("/swagger-ui-bundle.js")
async def docs_script(request: Request) -> Response:
    """Swagger UI."""
    return await bundle.response(request)


@router.get("/swagger-ui.css")
async def docs_style(request: Request) -> Response:
    """Its style."""
    return await style.response(request)


@router.get("/favicon.png")
async def docs_icon(request: Request) -> Response:
    """Its picture."""
    return await icon.response(request)


@description.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """The description of all resources, made once."""
    made: StaticResponse | None = getattr(request.app.state, "description", None)
    if made is None:
        made = request.app.state.description = await asyncio.to_thread(_described, request)
    return await made.response(request)


def _described(request: Request) -> StaticResponse:
    return StaticResponse(msgspec.json.encode(request.app.openapi()), "application/json")
