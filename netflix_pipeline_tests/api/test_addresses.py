"""Whatever signs an id holds, its address leads to it, and every address that is told leads on."""

import html
import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import httpx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dash_app.app import create_app
from netflix_pipeline.addresses import address, segments
from netflix_pipeline.ids import BLANKS
from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import GOLD_DAILY, GOLD_ROLLUPS, SILVER, build
from netflix_pipeline.serving import publish_home
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources.missing_values import NO_ID
from netflix_pipeline_tests.support.api import SERVER
from netflix_pipeline_tests.support.dashboard import Client
from netflix_pipeline_tests.support.processes import Start

NOW = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)
NASTY = [
    *("a/b", "/a", "a/", "/", "//", "a//b", ".", "..", "...", "../..", "./a", "a/..", "a/../b"),
    *("%2F", "a%2Fb", "%", "%25", "%252F", "%2e%2e", "%00", "%zz%%", "?", "a?b=c", "#", "a#b"),
    *("+", "a+b c", "&", "a&b=c;d", ":", "a:b@c=", "\\", "a\\b", "<b>\"x'", "a,b[x]{y}|^`~!*()$"),
    *("Zoë Ω", "日本語", "עברית", "e\u0301", "\u00e9", "\U0001f600" * 64, "x" * 64, "\u202ea"),
    *("a\nb\tc\rd", "a\0b\x7fc", "a\u2028b\x85c\ufeffd", "history", "viewing", "a/history"),
    *("a/viewing", "a/export", "a/erasure", "x/history/history", "users", "live/stream"),
    *("http://x/y", "//x/y", "None?", "0", "-_", "a.csv", "null/..", "..;/", "..%2F"),
    *("x\\..\\y", "%c0%af"),
]
"""What an address could be taken apart at, or is itself; of other signs many stand in one id."""
SIGNS = st.characters(codec="utf-8") | st.sampled_from("/%?#.+&\\ 2Fe\n")
IDS = (
    st.text(SIGNS, min_size=1, max_size=64)
    .map(lambda text: text.strip(BLANKS))
    .filter(lambda text: text and text.casefold() not in {word.casefold() for word in NO_ID})
)


@given(st.lists(IDS | st.sampled_from(NASTY), min_size=1, max_size=4))
def test_an_address_is_taken_apart_as_it_was_written(parts: list[str]) -> None:
    written = address("titles", *parts)
    assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", written)
    assert not {".", ".."} & set(re.split("/", written.replace("%2E", ".").replace("%2e", ".")))
    if not {".", ".."} & set(parts[1:]):
        assert segments(written) == ["titles", *parts]


def published(folder: Path, ids: Iterable[str]) -> Settings:
    """A home in which each id is that of a person, a title and a household, with two plays."""
    home = Settings(home=folder / "home")
    events = [
        {
            "event_id": f"{number}-{kind}-{hour}",
            "user_id": f"{name}/p" if kind == "household" else name,
            "title_id": name,
            "event_time": f"2026-03-0{1 + number % 5}T{hour}:00:00Z",
            "watch_seconds": 600,
        }
        for number, name in enumerate(ids)
        for kind in ("person", "household")
        for hour in (10, 15)
        if kind == "person" or len(name) < 60
    ]
    path = folder / "events.ndjson"
    path.write_text("\n".join(json.dumps(event) for event in events))
    (result,) = ingest_paths(home, [path], now=lambda: NOW)
    assert result.stored == len(events), result
    for built in build(
        Lake.of(home), (*SILVER, *GOLD_DAILY, *GOLD_ROLLUPS), None, only_pending=True
    ):
        assert built.violations.is_empty(), built
    publish_home(home, as_of=NOW)
    return home


class Asked:
    """Requests to a service, of which each must be answered."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def __call__(self, path: str) -> httpx.Response:
        response = self._client.get(path)
        assert response.status_code == 200, (path, response.text)
        # What was asked for is what was sent: nothing on the way took segments out of it.
        assert response.request.url.raw_path.decode() == path
        return response

    def successor(self, response: httpx.Response) -> str:
        """Where what takes the place of an old address is."""
        url: str = response.links["successor-version"]["url"]
        return url.removeprefix(str(self._client.base_url).rstrip("/"))

    def pages(self, path: str) -> Iterator[Any]:
        """The data of all pages, by their links."""
        at = urlsplit(path).path
        while path:
            response = self(path)
            yield from response.json()["data"]
            link = re.fullmatch(r'<([^<>]+)>; rel="next"', response.headers.get("link", ""))
            assert (link is None) == (response.json()["next"] is None)
            # The whole address, which is asked for here without its beginning.
            path = link[1].removeprefix(str(self._client.base_url).rstrip("/")) if link else ""
            assert not path or (path.startswith("/") and urlsplit(path).path == at)


@settings(
    max_examples=1,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(IDS, min_size=4, max_size=8, unique=True))
def test_every_id_is_found_by_its_address_and_by_every_link(start: Start, more: list[str]) -> None:
    ids = list(dict.fromkeys([*NASTY, *more]))
    with TemporaryDirectory() as folder:
        home = published(Path(folder), ids)
        service = start(SERVER, "/health", {"NETFLIX_HOME": str(home.root)})
        with httpx.Client(base_url=service, trust_env=False, timeout=60) as client:
            every_address(Asked(client), ids)
        every_link(Client(create_app(home)), ids)


def every_address(ask: Asked, ids: list[str]) -> None:
    people = {*ids, *(f"{name}/p" for name in ids if len(name) < 60)}
    for number, name in enumerate(ids):
        # Every other one with blanks around it, which are none of it.
        told = f"\u2003{name} \n" if number % 2 else name
        assert ask(address("v1", "users", told)).json()["data"]["user_id"] == name
        viewing = ask(address("v1", "users", told, "viewing")).json()["data"]
        assert [who["user_id"] for who in viewing["users"]] == [name]
        assert ask(address("v1", "users", told, "export")).json()["user"]["user_id"] == name
        plays = list(ask.pages(address("v1", "users", told, "history", query=[("limit", "1")])))
        assert [play["user_id"] for play in plays] == [name] * 2
        # Two pages of each, however many have watched it.
        limit = "2" if f"{name}/p" in people else "1"
        asked = [("title", told), ("limit", limit), ("from", "2026-03-01"), ("to", "2026-03-05")]
        plays = list(ask.pages(address("v1", "plays", query=asked)))
        assert {play["title_id"] for play in plays} == {name}
        assert len(plays) == (4 if f"{name}/p" in people else 2)
        assert ask(address("v1", "titles", told)).json()["data"]["title_id"] == name
        old = ask(address("titles", told))
        assert old.json()["data"]["title_id"] == name
        assert ask.successor(old) == address("v1", "titles", told)
        # What stands before the first slash of an id is a household.
        if f"{name}/p" in people and "/" not in name:
            viewing = ask(address("v1", "households", told, "viewing")).json()["data"]
            assert f"{name}/p" in {who["user_id"] for who in viewing["users"]}
            path = address("v1", "households", told, "history", query=[("limit", "1")])
            whose = {play["user_id"] for play in ask.pages(path)}
            assert whose == {one for one in people if one.startswith(f"{name}/")}
    found = {title["title_id"] for title in ask.pages("/v1/titles?limit=7")}
    assert found == set(ids)


HREF = re.compile(r'<a [^>]*?href="([^"#][^"]*)"')


def every_link(client: Client, ids: list[str]) -> None:
    seen: set[str] = set()
    for kind, name in zip(cycle(("/rows?", "/export/")), NASTY, strict=False):
        path = address("titles", name, query=[("period", "all")])
        page = client.get(path)
        assert page.status_code == 200, path
        assert name in html.unescape(page.text)
        links = {link.replace("&amp;", "&") for link in HREF.findall(page.text)}
        assert any(link.startswith("/rows?") for link in links), path
        assert any(".csv" in link for link in links), path
        link = min(link for link in links - seen if link.startswith(kind))
        assert client.get(link).status_code == 200, link
        seen |= links
    for padded in (
        address("titles", f" {NASTY[0]}\u00a0", query=[("period", "all")]),
        address("viewing", query=[("person", f"\t{NASTY[0]} "), ("period", "all")]),
    ):
        assert client.get(padded).status_code == 200, padded
    listed = client.get("/titles?period=all")
    links = {link.replace("&amp;", "&") for link in HREF.findall(listed.text)}
    leading = {
        segments(urlsplit(link).path)[1]
        for link in links
        if link.startswith(("/titles/", "/titles%2F"))
    }
    assert leading
    assert leading <= {"", *ids}
