"""Keeps what this checkout answers at the addresses of the first release, over a kept home.

`.venv/bin/python -m netflix_pipeline_tests.upgrading.keep_answers NAME` upgrades
`homes/NAME.tar.xz` and makes `answers/NAME.json.xz`. Later releases answer the same there, but for
what is added.
"""

import asyncio
import json
import lzma
import os
import re
import sys
import tarfile
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import httpx

from api.app import create_app
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.upgrading.keep_home import HOMES, run

ANSWERS = Path(__file__).parent / "answers"
DAYS = "from=2026-10-20&to=2026-11-03"
ASKED = (
    "/analytics",
    f"/analytics?{DAYS}",
    f"/analytics?{DAYS}&compare=previous&country=DE",
    f"/analytics?{DAYS}&compare=year&metrics=plays,hours_viewed,completion_rate",
    f"/analytics?{DAYS}&country=DE&country=US&not_device=mobile",
    f"/analytics?{DAYS}&not_genre=unknown&weekday=5&weekday=6",
    "/analytics?period=7d&compare=previous",
    "/analytics?period=all&content_type=film",
    f"/analytics?{DAYS}&compare=previous&format=csv",
    *(
        f"/analytics/timeseries?{DAYS}&metric={metric}&{more}"
        for metric in ("hours_viewed", "viewers", "completion_rate", "avg_sitting_minutes", "views")
        for more in ("compare=previous", "granularity=week&split_by=device", "granularity=whole")
    ),
    *(
        f"/analytics/timeseries?{DAYS}&metric=plays&split_by={split}&top=2&compare=previous"
        for split in ("country", "plan", "content_type", "genre", "title", "season", "series")
    ),
    f"/analytics/timeseries?{DAYS}&metric=plays&granularity=hour&tz=Asia/Kolkata",
    f"/analytics/timeseries?{DAYS}&metric=stickiness",
    f"/analytics/timeseries?{DAYS}&metric=search_success&split_by=device",
    f"/analytics/timeseries?{DAYS}&metric=viewers&split_by=title&format=csv&compare=previous",
    f"/analytics/heatmap?{DAYS}&tz=Europe/Berlin",
    f"/analytics/heatmap?{DAYS}&not_country=DE&format=csv",
    f"/analytics/audience?{DAYS}",
    f"/analytics/audience?{DAYS}&format=csv",
    f"/analytics/retention?{DAYS}&weeks=2",
    "/analytics/retention?format=csv",
    f"/analytics/lifecycle?{DAYS}",
    "/analytics/lifecycle?format=csv",
    "/analytics/segments",
    "/analytics/segments?format=csv",
    f"/analytics/search?{DAYS}&split_by=country",
    f"/analytics/search?{DAYS}&device=mobile&format=csv",
    f"/analytics/recommendations?{DAYS}&split_by=algorithm",
    f"/analytics/recommendations?{DAYS}&not_device=mobile",
    f"/plays?{DAYS}&limit=20",
    f"/plays?{DAYS}&limit=7&of=completers&country=DE",
    f"/plays?{DAYS}&limit=20&format=csv",
    "/top10",
    "/top10?week=2026-10-29&list=films&format=csv",
    "/top10?week=2026-10-29&country=DE",
    "/titles?limit=5",
    "/titles?limit=100&sort=hours_viewed",
    f"/titles?limit=100&level=series&sort=viewers&{DAYS}",
    f"/titles?limit=100&level=season&sort=plays&order=asc&{DAYS}",
    "/titles?limit=100&search=a&watched=true&format=csv",
    "/quality/ledger",
    "/quality/ledger?table=watch_events",
    "/quality/ledger?format=csv",
    "/quality/quarantine?limit=2",
    "/quality/quarantine?reason=missing_user_id",
    "/quality/quarantine?format=csv",
    "/quality/checks",
    "/quality/checks?format=csv",
    "/quality/snapshots",
    "/households/family/viewing",
    "/households/family/history?limit=2",
    "/users/h1",
    "/users/h1/erasure",
    "/users/h0/erasure",
    "/users/nobody",
    "/titles/nothing",
    "/analytics?from=2026-11-03&to=2026-10-20",
    "/analytics?colour=red&country=DE,FR",
    "/analytics?metrics=dau&country=DE",
    "/analytics/timeseries?metric=plays&tz=Mars/Olympus",
    "/plays?cursor=x",
    "/titles?limit=0",
    "/households/family",
)
"""Besides each title, season and series of the catalogue, and each person of the newest plays."""
PEOPLE = ("", "/history?limit=3", "/history?format=csv", "/viewing", "/export")

OF_THE_RUN = (
    (re.compile(r'"(built_at|published_at)":"[^"]*"'), r'"\1":""'),
    (re.compile(r'"(bytes)":\d+'), r'"\1":0'),
    (re.compile(r'"instance":"[^"]*"'), '"instance":""'),
)
"""What is another whenever the home is built, or a request is sent."""

Answers = dict[str, tuple[int, str, str]]
"""Status, media type and body, by address."""


async def _answer(client: httpx.AsyncClient, address: str) -> tuple[int, str, str]:
    response = await client.get(address)
    text = response.text
    for pattern, without in OF_THE_RUN:
        text = pattern.sub(without, text)
    return response.status_code, response.headers["content-type"], text


async def _asked(client: httpx.AsyncClient, addresses: Iterable[str]) -> AsyncIterator[str]:
    """All addresses: those that are known, and those to which the answers lead."""
    for address in addresses:
        yield address
    titles = (await client.get("/titles?limit=100")).json()["data"]
    ids = {one["title_id"] for one in titles} | {one["series_id"] for one in titles} - {None}
    for title_id in sorted(ids):
        yield f"/titles/{quote(title_id, safe='')}?{DAYS}"
        yield f"/titles/{quote(title_id, safe='')}?{DAYS}&country=DE"
    plays = (await client.get("/plays?period=all&limit=500")).json()["data"]
    for user_id in sorted({play["user_id"] for play in plays})[:6]:
        for below in PEOPLE:
            yield f"/users/{quote(user_id, safe='')}{below}"
    for address in ("/titles?limit=3", f"/plays?{DAYS}&limit=9", "/quality/quarantine?limit=1"):
        page = (await client.get(address)).json()
        yield f"{address}&cursor={page['next']}"


async def answers(home: Settings, addresses: Iterable[str] | None = None) -> Answers:
    """What is answered over a home: at these addresses, or at all that are known."""
    transport = httpx.ASGITransport(create_app(home), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        asked = addresses or [address async for address in _asked(client, ASKED)]
        return {address: await _answer(client, address) for address in asked}


def kept(name: str) -> Answers:
    """What a release answered."""
    told: dict[str, Any] = json.loads(lzma.decompress((ANSWERS / f"{name}.json.xz").read_bytes()))
    return {address: tuple(answer) for address, answer in told.items()}


def main(name: str) -> None:
    """Write what is answered over the kept home, once it is upgraded."""
    with TemporaryDirectory() as folder:
        with tarfile.open(HOMES / f"{name}.tar.xz") as packed:
            packed.extractall(folder, filter="tar")
        home = Path(folder) / "home"
        os.environ["NETFLIX_EVENT_DAYS_BACK"] = "0"
        run(home, "materialize")
        found = asyncio.run(answers(Settings(home=home)))
    ANSWERS.mkdir(exist_ok=True)
    path = ANSWERS / f"{name}.json.xz"
    path.write_bytes(lzma.compress(json.dumps(found).encode(), preset=9))
    sys.stdout.write(f"{path}: {len(found)} answers, {path.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1])
