import re
from datetime import date
from pathlib import Path

import httpx
import pytest

from dash_app.annotations import Notebook
from dash_app.app import create_app
from dash_app.site import Site
from netflix_pipeline.serving import Snapshots
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Passwords, StateUnavailable, annotations_of
from netflix_pipeline_tests.support.dashboard import Client
from netflix_pipeline_tests.support.service import Service

BACK = "/?period=7d"
FORM = {"day": "2026-03-13", "kind": "launch", "text": "Dark <b>2</b>", "back": BACK}


@pytest.fixture
def settings(service: Service, tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    home.mkdir()
    (home / "serving").symlink_to(service.settings.serving)
    return Settings(home=home)


def added(client: Client, **changed: str) -> httpx.Response:
    return client.ask("POST", "/annotations", data=FORM | changed)


def test_a_note_is_added_shown_where_its_day_is_and_removed(settings: Settings) -> None:
    client = Client(create_app(settings))
    answer = added(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, BACK)
    html = client.get(BACK).text
    assert "Dark &lt;b&gt;2&lt;/b&gt;" in html
    assert '<span class="kind-of launch">Launch</span>' in html
    assert "Nothing is noted" in client.get("/?from=2026-03-05&to=2026-03-06").text
    number = re.search(r'name="id" value="(\d+)"', html)
    assert number
    removed = client.ask("POST", "/annotations/remove", data={"id": number[1], "back": BACK})
    assert removed.headers["Location"] == BACK
    assert "Dark" not in client.get(BACK).text.split("Notes on these days")[1]
    assert not annotations_of(settings)


def test_who_signed_in_is_the_author(settings: Settings) -> None:
    Passwords(settings).set("ann", "correct horse battery")
    client = Client(create_app(settings))
    let_in = client.ask(
        "POST",
        "/login",
        data={"name": "ann", "password": "correct horse battery"},
        cookies={"asked": "1"},
    )
    session = {"session": let_in.cookies["session"]}
    assert client.ask("POST", "/annotations", data=FORM).status_code == 401
    client.ask("POST", "/annotations", data=FORM, cookies=session)
    assert [each.author for each in annotations_of(settings)] == ["ann"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"day": "tomorrow"}, "Choose the day"),
        ({"day": ""}, "Choose the day"),
        ({"text": " "}, "Write 1 to 200"),
        ({"text": "x" * 9_000}, "Choose the day"),  # more than is read of a form
        ({"kind": "<script>"}, "There is no kind"),
    ],
)
def test_what_cannot_be_noted_says_why_and_leads_back(
    settings: Settings, changed: dict[str, str], says: str
) -> None:
    answer = added(Client(create_app(settings)), **changed)
    assert answer.status_code == 422
    assert says in answer.text
    assert "<script>" not in answer.text
    assert not annotations_of(settings)


@pytest.mark.parametrize("number", ["", "x", "1; DROP TABLE annotations", "9" * 30, "7", "²"])
def test_what_is_not_there_cannot_be_removed(settings: Settings, number: str) -> None:
    client = Client(create_app(settings))
    answer = client.ask("POST", "/annotations/remove", data={"id": number, "back": "//evil"})
    assert answer.status_code == 422
    assert 'href="/" class="button"' in answer.text


@pytest.mark.parametrize("path", ["/annotations", "/annotations/remove"])
def test_another_site_changes_nothing(settings: Settings, path: str) -> None:
    client = Client(create_app(settings))
    headers = {"Origin": "https://evil.example"}
    assert client.ask("POST", path, data=FORM, headers=headers).status_code == 403
    assert not annotations_of(settings)


def test_state_that_cannot_be_read_costs_no_numbers(
    settings: Settings,
) -> None:
    notebook = Notebook(settings)
    site = Site(Snapshots(settings.serving), notebook)
    notebook.add(*_of(FORM), "")
    kept = notebook.pages
    (settings.state / "state.sqlite").write_bytes(b"torn" * 1000)
    with pytest.raises(StateUnavailable):
        notebook.look()
    assert notebook.pages == kept
    assert site.render("/", "").status == 200
    answer = added(Client(create_app(settings)))
    assert answer.status_code == 503
    assert "cannot be used" in answer.text


def test_open_pages_learn_of_a_note_that_somebody_else_wrote(settings: Settings) -> None:
    here, there = Notebook(settings), Notebook(settings)
    site = Site(Snapshots(settings.serving), here)
    before = site.state()
    there.add(*_of(FORM), "")
    assert site.state() == before
    here.look()
    assert site.state() != before
    assert "Dark" in site.render("/", "period=7d").html


def _of(form: dict[str, str]) -> tuple[date, str, str]:
    return date.fromisoformat(form["day"]), form["text"], form["kind"]
