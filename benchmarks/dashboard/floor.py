"""The least that a page can be: as much text as the Overview, served by the same server."""

import os

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from dash_app.http_headers import HttpHeaders
from netflix_pipeline.access import Clients

WORDS = "how people watch what they watch and when they do so "
TEXT = (WORDS * (int(os.environ.get("FLOOR_TEXT", "5000")) // len(WORDS) + 1)).strip()
PAGE = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="A page that only has text."><title>Text</title></head>
<body><main><h1>Text</h1><p>{TEXT}</p></main></body></html>"""

app = FastAPI(openapi_url=None)
app.add_middleware(HttpHeaders, clients=Clients(""))


@app.get("/")
async def page() -> HTMLResponse:
    """The page."""
    return HTMLResponse(PAGE)


@app.get("/favicon.ico")
async def icon() -> HTMLResponse:
    """Browsers ask for it, and a 404 would count against the page."""
    return HTMLResponse("")
