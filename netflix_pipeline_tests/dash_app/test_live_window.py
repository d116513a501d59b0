"""The page of what happens now: the last hour of events, as the API's /live tells it."""

import csv
import io
import re
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest

from dash_app import formats
from dash_app import live_window as module
from dash_app.exports import as_csv, as_figure
from dash_app.live_window import CatchingUp, Now
from dash_app.pages import now as page
from dash_app.panels.panel import file_name
from dash_app.site import Site
from dash_app.workbook import workbook
from netflix_pipeline.receiving.live_answers import Live
from netflix_pipeline.receiving.rolling_window import RollingWindow
from netflix_pipeline.serving import Snapshots
from netflix_pipeline.sources.formats.http_events import Search
from netflix_pipeline_tests.support.followed import NOON, Followed, take, watch


@pytest.fixture
def followed() -> Followed:
    return Followed()


@pytest.fixture
def now(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> Now:
    monkeypatch.setattr(module, "PACE", 0)
    return Now(followed, "http://api:8000/events", lambda: NOON)


@pytest.fixture
def site(snapshots: Snapshots, now: Now) -> Site:
    return Site(snapshots, now=now)


def numbers(html: str) -> dict[str, str]:
    """The exact value of each card."""
    found = re.findall(r'title="([^"]*)" data-number="([^"]*)"', html)
    return {name: value for value, name in found}


def test_every_number_is_that_of_live(site: Site, now: Now, followed: Followed) -> None:
    take(followed, watch(1), watch(2, "t-zoo", "FR"), minutes_ago=7)
    take(followed, watch(3), watch(5, "t-night", None), minutes_ago=1)
    search = Search(event_id="s", user_id="u-9", event_time=NOON)
    take(followed, search)
    live = now.read()
    assert isinstance(live, Live)
    html = site.render("/now", "").html
    assert numbers(html) == {
        "watching": formats.number(live.totals.watching),
        "rate": formats.number(live.minutes[-2].events),
        "events": "5",
        "hours": formats.number(live.totals.hours),
        "not_new": "0",
    }
    assert live.totals.watching == 2
    tables = {name: site.panel("/now", name, "").table for name in page.PANELS}
    minutes = [(m.minute, m.events, m.hours, m.viewers) for m in live.minutes]
    assert list(tables["events"].rows) == minutes
    assert tables["viewers"].column("viewers") == [minute.viewers for minute in live.minutes]
    assert tables["titles"].column("title_id") == ["t-night", "t-dark", "t-zoo"]
    assert tables["titles"].column("title") == ["Night, 100 % of it", "Dark", "Zoo"]
    assert tables["titles"].column("hours") == [title.hours for title in live.top_titles]
    assert tables["country"].texts_of("country") == ["Unknown", "Germany", "France"]
    assert tables["country"].column("events") == [share.events for share in live.by_country]
    assert sum(tables["device"].column("share")) == pytest.approx(1)
    assert tables["newest"].column("event_id") == ["s", "e-5", "e-3", "e-2", "e-1"]
    assert tables["delay"].column("seconds") == [live.delay.p50, live.delay.p99, live.delay.max]


def test_the_newest_events_lead_to_their_titles(site: Site, followed: Followed) -> None:
    take(followed, watch(1), Search(event_id="s", user_id="u-9", event_time=NOON))
    html = site.render("/now", "").html
    rows = re.findall(r'<tr><th scope="row">12:00:30</th>.*?</tr>', html)
    assert "<a" not in rows[0]
    assert '<a href="/titles/t-dark">Dark</a>' in rows[1]
    # A title that no snapshot knows has no page yet.
    take(followed, watch(2, "t-tomorrow"))
    html = site.render("/now", "").html
    assert html.count("t-tomorrow") == 2  # among the newest and the top titles
    assert "/titles/t-tomorrow" not in html
    # The first row has no title, and yet its column is one of texts.
    assert '<th scope="col" class="text">Title</th><th scope="col" class="text">Device</th>' in html


def test_a_panel_is_taken_along_with_its_moment_and_without_a_snapshot(
    site: Site, followed: Followed
) -> None:
    take(followed, watch(1), minutes_ago=2)
    for name in page.PANELS:
        panel = site.panel("/now", name, "")
        rows = list(csv.DictReader(io.StringIO(as_csv(panel).decode(), newline="")))
        assert rows
        assert {(row["as_of"], row["snapshot_version"]) for row in rows} == {
            ("2026-03-18T12:00:30Z", "")
        }
        assert file_name(panel) == f"{name}_2026-03-18T120030Z"
        as_figure(panel)
    heading, panels = site.whole("/now", "")
    assert [panel.name for panel in panels] == list(page.PANELS)
    with ZipFile(io.BytesIO(workbook(heading, "/now", panels))) as book:
        assert len([name for name in book.namelist() if "sheets/" in name]) == len(panels) + 1


def test_it_needs_no_snapshot(tmp_path: Path, now: Now, followed: Followed) -> None:
    take(followed, watch(1))
    site = Site(Snapshots(tmp_path), now=now)
    view = site.render("/now", "country=DE")
    assert view.status == 200
    assert numbers(view.html)["watching"] == "1"
    assert site.panel("/now", "titles", "").table.column("title") == ["t-dark"]
    assert "Nothing is published yet" in site.render("/", "").html


def test_filters_of_other_pages_are_told_to_be_without_effect(
    site: Site, followed: Followed
) -> None:
    take(followed, watch(1))
    assert "not used on this page" in site.render("/now", "country=DE").html


def test_where_nobody_ever_sent_an_event_it_says_how_to(site: Site, followed: Followed) -> None:
    followed.finds_no_log()
    html = site.render("/now", "").html
    assert "No event has come in yet" in html
    assert "curl http://api:8000/events" in html
    assert "data-number" not in html


def test_a_quiet_hour_is_told_from_no_events_at_all(site: Site, followed: Followed) -> None:
    html = site.render("/now", "").html
    assert "Nothing came in during the last hour" in html
    assert numbers(html)["events"] == "0"
    take(followed, watch(1))
    assert "Nothing came in" not in site.render("/now", "").html


def test_the_last_hour_being_read_is_a_state_of_its_own(site: Site, followed: Followed) -> None:
    followed.caught_up = False
    html = site.render("/now", "").html
    assert "The last hour is being read" in html
    assert "Events have been read up to 12:00:00 UTC" in html
    followed.caught_up = True
    assert "being read" not in site.render("/now", "").html


def test_a_log_that_cannot_be_read_says_why(site: Site, followed: Followed) -> None:
    followed.finds_no_log()
    followed.trouble = "redis <b>x</b> does not answer: start it."
    html = site.render("/now", "").html
    assert 'role="alert"' in html
    assert "Redis &lt;b&gt;x&lt;/b&gt; does not answer" in html


def test_what_an_event_says_is_never_markup(site: Site, followed: Followed) -> None:
    take(followed, watch(1, "<script>alert(1)</script>"))
    html = site.render("/now", "").html
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_stamp_changes_with_what_comes_in_and_with_the_minute(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PACE", 0)
    clock = [NOON]
    now = Now(followed, clock=lambda: clock[0])
    stamps = [now.stamp, now.stamp]
    take(followed, watch(1))
    stamps.append(now.stamp)
    clock[0] += timedelta(minutes=1)
    stamps.append(now.stamp)
    followed.caught_up = False
    stamps.append(now.stamp)
    followed.progress = "further"
    stamps.append(now.stamp)
    assert stamps[0] == stamps[1]
    assert len(set(stamps)) == 5


def test_states_differ_no_oftener_than_the_pace(followed: Followed) -> None:
    now = Now(followed, clock=lambda: NOON)
    first = now.stamp
    for number in range(100):
        take(followed, watch(number))
    assert now.stamp == first
    now._changed -= module.PACE
    assert now.stamp != first


def test_many_open_pages_are_told_less_often(followed: Followed) -> None:
    now = Now(followed, clock=lambda: NOON)
    assert now.pace == module.PACE
    with ExitStack() as open_pages:
        for _ in range(50):
            open_pages.enter_context(now.listening())
        assert now.pace == pytest.approx(1)
    assert now.pace == module.PACE


def test_without_anybody_who_follows_there_is_nothing_to_tell() -> None:
    assert Now().read() == CatchingUp()


def test_many_who_look_share_one_drawing(
    site: Site, now: Now, followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(followed, watch(1))
    made: list[Live | CatchingUp] = []
    read = now.read

    def counted() -> Live | CatchingUp:
        made.append(read())
        return made[-1]

    monkeypatch.setattr(now, "read", counted)
    views = {site.render("/now", "").html for _ in range(10)}
    assert (len(views), len(made)) == (1, 1)
    take(followed, watch(2))
    assert site.render("/now", "").html not in views


def test_what_is_only_nearly_right_is_said(site: Site, followed: Followed) -> None:
    take(followed, watch(1))
    assert "told apart" not in site.render("/now", "").html
    followed.view = RollingWindow(viewers=1)
    take(followed, watch(1), watch(2))
    html = site.render("/now", "").html
    assert "the least that they are" in html
    assert numbers(html)["watching"] == "1"
    assert numbers(html)["events"] == "2"
