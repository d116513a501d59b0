import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import httpx
import pytest

from dash_app.annotations import Notebook
from dash_app.app import create_app
from dash_app.site import Site
from netflix_pipeline.serving import Snapshots
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Annotations, Passwords, StateUnavailable, annotations_of
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


@pytest.mark.parametrize(
    "path",
    [
        "/annotations",
        "/annotations/change",
        "/annotations/remove",
        "/bookmarks",
        "/bookmarks/rename",
        "/bookmarks/remove",
    ],
)
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
    say(notebook)
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
    say(there)
    assert site.state() == before
    here.look()
    assert site.state() != before
    assert "Dark" in site.render("/", "period=7d").html


def say(notebook: Notebook) -> None:
    day = date.fromisoformat(FORM["day"])
    notebook.work(lambda engine: Annotations(engine).add(day, FORM["text"], FORM["kind"]))


@pytest.fixture
def signed_in(settings: Settings) -> Callable[[str], Client]:
    """A client for each name: all of one dashboard, where everybody signs in."""
    names = ("ann", "bob")
    for name in names:
        Passwords(settings).set(name, "correct horse battery")
    app = create_app(settings)

    def client(name: str) -> Client:
        who = Client(app)
        form = {"name": name, "password": "correct horse battery"}
        let_in = who.ask("POST", "/login", data=form, cookies={"asked": "1"})
        return Client(app, cookies={"session": let_in.cookies["session"]})

    return client


def shown(html: str) -> str:
    return html.split('aria-label="Notes on these days"')[1]


def number_in(html: str) -> str:
    found = re.search(r'name="id" value="(\d+)"', html)
    assert found
    return found[1]


def test_a_note_is_changed_by_its_form(settings: Settings) -> None:
    client = Client(create_app(settings))
    added(client)
    number = number_in(client.get(BACK).text)
    changed = {"id": number, "day": "2026-03-12", "text": "Dark 3", "kind": "note"}
    answer = client.ask("POST", "/annotations/change", data=FORM | changed | {"country": "fr"})
    assert (answer.status_code, answer.headers["Location"]) == (303, BACK)
    (said,) = annotations_of(settings)
    assert (said.day, said.text, said.kind, said.country) == (
        date(2026, 3, 12),
        "Dark 3",
        "note",
        "FR",
    )
    assert "France: Dark 3" in client.get(BACK).text


def test_a_note_on_a_country_or_title_is_shown_where_these_are(settings: Settings) -> None:
    client = Client(create_app(settings))
    added(client, text="of France", country="FR")
    added(client, text="of Dark", title="t-dark")
    for address, seen in {
        BACK: {"of France", "of Dark"},
        "/?period=7d&country=FR": {"of France", "of Dark"},
        "/?period=7d&country=DE": {"of Dark"},
        "/?period=7d&not_country=FR": {"of Dark"},
        "/titles/t-dark?period=7d": {"of France", "of Dark"},
    }.items():
        html = client.get(address).text
        assert {text for text in ("of France", "of Dark") if f"{text}<" in shown(html)} == seen
    other = next(
        each
        for each in re.findall(r'href="/titles/([^?"]+)', client.get(BACK).text)
        if each != "t-dark"
    )
    assert "of Dark<" not in shown(client.get(f"/titles/{other}?period=7d").text)


def test_what_is_private_is_shown_to_its_author_alone(
    settings: Settings, signed_in: Callable[[str], Client]
) -> None:
    ann, bob = signed_in("ann"), signed_in("bob")
    assert added(ann, text="mine alone", private="yes").status_code == 303
    added(ann, text="for all")
    mine, theirs = shown(ann.get(BACK).text), shown(bob.get(BACK).text)
    assert "mine alone – ann, only for me" in mine
    assert "mine alone" not in theirs
    assert "for all – ann" in theirs
    private = next(each for each in annotations_of(settings) if each.private)
    for path in ("/annotations/remove", "/annotations/change"):
        answer = bob.ask("POST", path, data=FORM | {"id": str(private.id)})
        assert (answer.status_code, "No annotation has" in answer.text) == (422, True)
    public = next(each for each in annotations_of(settings) if not each.private)
    taken = bob.ask(
        "POST", "/annotations/change", data=FORM | {"id": str(public.id), "private": "yes"}
    )
    assert taken.status_code == 422
    assert private in annotations_of(settings)


def test_nothing_is_private_to_nobody(settings: Settings) -> None:
    answer = added(Client(create_app(settings)), private="yes")
    assert answer.status_code == 422
    assert not annotations_of(settings)


def test_a_bookmark_is_kept_renamed_and_removed(settings: Settings) -> None:
    client = Client(create_app(settings))
    kept = {"name": "Plays <b>weekly</b>", "back": "/?period=7d&by=plays"}
    assert client.ask("POST", "/bookmarks", data=kept).headers["Location"] == kept["back"]
    html = client.get("/titles").text
    link = '<a href="/?period=7d&amp;by=plays">'
    assert f"{link}Plays &lt;b&gt;weekly&lt;/b&gt;</a>" in html
    number = number_in(html)
    client.ask("POST", "/bookmarks", data=kept | {"back": "/top10"})
    client.ask("POST", "/bookmarks/rename", data={"id": number, "name": "Tops", "back": "/"})
    html = client.get("/titles").text
    assert '<a href="/top10">Tops</a>' in html
    assert link not in html
    client.ask("POST", "/bookmarks/remove", data={"id": number, "back": "/"})
    assert "No view is kept yet" in client.get("/titles").text


def test_a_bookmark_is_its_owners_unless_it_is_shared(signed_in: Callable[[str], Client]) -> None:
    ann, bob = signed_in("ann"), signed_in("bob")
    ann.ask("POST", "/bookmarks", data={"name": "mine alone", "back": "/top10"})
    ann.ask("POST", "/bookmarks", data={"name": "for all", "back": "/trust", "shared": "yes"})
    html = ann.get("/titles").text
    numbers = sorted(set(re.findall(r'name="id" value="(\d+)"', html)))
    assert len(numbers) == 2
    theirs = bob.get("/titles").text
    assert "mine alone" not in theirs
    assert '<a href="/trust">for all</a><span class="of">of ann</span></li>' in theirs
    for number in numbers:
        for path in ("/bookmarks/remove", "/bookmarks/rename"):
            answer = bob.ask("POST", path, data={"id": number, "name": "x", "back": "/"})
            assert answer.status_code == 422
    assert {"mine alone", "for all"} <= set(re.findall(r">([^<]+)</a>", ann.get("/titles").text))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"name": " "}, "Write 1 to 60"),
        ({"name": "x" * 61}, "Write 1 to 60"),
        ({"name": "a\x00b"}, "Write 1 to 60"),
    ],
)
def test_what_cannot_be_kept_says_why(
    settings: Settings, changed: dict[str, str], says: str
) -> None:
    client = Client(create_app(settings))
    answer = client.ask("POST", "/bookmarks", data={"name": "x", "back": "/"} | changed)
    assert (answer.status_code, says in answer.text) == (422, True)


def test_a_bookmark_leads_nowhere_else(settings: Settings) -> None:
    client = Client(create_app(settings))
    client.ask("POST", "/bookmarks", data={"name": "x", "back": "//evil.example"})
    assert '<a href="/">x</a>' in client.get("/titles").text
