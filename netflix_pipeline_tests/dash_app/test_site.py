import os
import re
from datetime import date
from html import escape
from pathlib import Path

import pytest

from dash_app import formats
from dash_app.app import create_app
from dash_app.pages import trust
from dash_app.panels.cards import SHOWN
from dash_app.site import Site
from netflix_pipeline.errors import Panicked
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving import Period, Snapshots, Source, publish
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline.serving.questions.quality import LedgerQuestion
from netflix_pipeline.serving.questions.series import SeriesQuestion
from netflix_pipeline.serving.questions.titles import TitlesQuestion
from netflix_pipeline.serving.snapshot.open import Snapshot
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.dashboard import Client
from netflix_pipeline_tests.support.panics import panic
from netflix_pipeline_tests.support.service import LAST, Service
from netflix_pipeline_tests.support.world import TITLES, Watched, World

WEEK = Period(from_=date(2026, 3, 11), to=LAST)
BEFORE = Period(from_=date(2026, 3, 4), to=date(2026, 3, 10))


def cards(html: str) -> dict[str, str]:
    """The exact value of each card."""
    found = re.findall(r'title="([^"]*)" data-metric="([^"]*)"', html)
    return {name: value for value, name in found}


@pytest.mark.parametrize(
    ("query", "period"),
    [
        ("period=7d", WEEK),
        ("from=2026-03-05&to=2026-03-05", Period(from_=date(2026, 3, 5), to=date(2026, 3, 5))),
    ],
)
def test_every_card_shows_the_query_layers_answer(
    site: Site, source: Source, query: str, period: Period
) -> None:
    told = source.ask(HeadlineQuestion(period)).data
    assert cards(site.render("/", query).html) == {
        name: formats.value_in(METRICS[name].unit, getattr(told, name)) for name in SHOWN
    }


def test_changes_are_against_the_period_before_and_it_is_named(site: Site, source: Source) -> None:
    html = site.render("/", "period=7d").html
    now, was = (source.ask(HeadlineQuestion(period)).data.hours_viewed for period in (WEEK, BEFORE))
    text, _ = formats.change("h", now, was) or ("", 0)
    assert f"compared with {formats.period(BEFORE)}" in html
    assert text in html
    assert f"was {formats.hours(was)} in {formats.period(BEFORE)}" in html


def test_a_period_without_one_before_is_not_compared(site: Site) -> None:
    html = site.render("/", "period=all").html
    assert "no complete period before it" in html
    assert html.count("no comparison") == len(SHOWN)


@pytest.mark.parametrize("by", ["hours_viewed", "views", "viewers", "plays"])
def test_the_chart_has_its_numbers_as_a_table(site: Site, source: Source, by: str) -> None:
    html = site.render("/", f"period=7d&by={by}").html
    table = re.search(r'<div tabindex="0" role="region".*?</table>', html)
    assert table
    cells = r'<th scope="row"><a href="[^"]*">(.*?)</a></th><td>(.*?)</td><td>(.*?)</td>'
    rows = re.findall(cells, table[0])
    now, was = (source.ask(SeriesQuestion(by, period)).data for period in (WEEK, BEFORE))
    unit = METRICS[by].unit
    assert rows == [
        (formats.weekday(day.from_), formats.value_in(unit, here), formats.value_in(unit, then))
        for day, here, then in zip(
            now.buckets, now.lines[0].values, was.lines[0].values, strict=True
        )
    ]


@pytest.mark.parametrize("by", ["hours_viewed", "views", "viewers", "plays"])
def test_titles_are_ranked_by_the_measure(site: Site, source: Source, by: str) -> None:
    html = site.render("/", f"period=7d&by={by}").html
    most = source.ask(TitlesQuestion(sort=by, period=WEEK, limit=10)).data
    found = [title for title in most if getattr(title, by)]
    ranked = re.findall(r'<a href="/titles/[^"]*" class="name">(.*?)<', html)
    assert sorted(ranked) == sorted(escape(title.title or "") for title in found)
    values = re.findall(r'<td class="measure"><span>(.*?)</span><svg', html)
    assert len(values) == len(found)
    for value, title in zip(values, found, strict=True):
        # Two questions may add up in another order: one of them then rounds a half down.
        near = [getattr(title, by) * nudge for nudge in (1 - 1e-9, 1, 1 + 1e-9)]
        assert value in {formats.value_in(METRICS[by].unit, told) for told in near}


def test_every_number_offers_its_definition_and_its_sample(site: Site) -> None:
    html = site.render("/", "").html
    for name in SHOWN:
        assert escape(METRICS[name].sentence) in html
    assert re.search(r"<dt>Rests on</dt><dd>Starters: \d+</dd>", html)


@pytest.mark.parametrize(
    ("path", "query", "status", "says"),
    [
        ("/", "period=1y", 422, "There is no period"),
        ("/", "from=2026-03-09&to=2026-03-01", 422, "swap the two"),
        ("/", "from=1900-01-01&to=2026-03-01", 422, "shorter"),
        ("/nowhere", "", 404, "There is no such page"),
    ],
)
def test_what_cannot_be_shown_says_why(
    site: Site, path: str, query: str, status: int, says: str
) -> None:
    view = site.render(path, query)
    assert view.status == status
    assert says in view.html
    assert 'role="alert"' in view.html


def test_what_an_address_says_is_never_markup(site: Site) -> None:
    attack = "<script>alert(1)</script>"
    for path, query in (("/", f"period={attack}"), ("/", f"{attack}=1"), (f"/{attack}", "")):
        assert "<script" not in site.render(path, query).html


def test_a_titles_name_is_never_markup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TITLES, "t-dark", ("<img src=x onerror=alert(1)>", "series", "<b>", 60.0))
    world = World(tmp_path / "lake")
    world.watch(LAST, [Watched("ann", "t-dark", 10)])
    world.describe()
    publish(world.lake, tmp_path / "serving")
    html = Site(Snapshots(tmp_path / "serving")).render("/", "").html
    assert "<img" not in html
    assert "<b>" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html


def test_before_the_first_snapshot_it_says_what_to_do(tmp_path: Path) -> None:
    view = Site(Snapshots(tmp_path)).render("/", "")
    assert view.status == 200
    assert "netflix-pipeline materialize" in view.html
    assert 'data-state="0"' in view.html


def test_a_snapshot_without_plays_is_told_from_none(tmp_path: Path) -> None:
    world = World(tmp_path / "lake")
    world.describe()
    publish(world.lake, tmp_path / "serving")
    assert "No plays in the data" in Site(Snapshots(tmp_path / "serving")).render("/", "").html


def test_filters_that_leave_nothing_are_told_from_no_data(site: Site) -> None:
    html = site.render("/", "from=2027-01-01&to=2027-01-02&by=plays").html
    assert "Nothing fits these filters" in html
    assert "There is data of" in html
    assert '<a href="/?by=plays" class="button">The last 28 days</a>' in html
    assert "data-metric" not in html
    assert "Nothing fits" not in site.render("/", "").html


def test_numbers_that_are_older_than_promised_say_so(serving: Path, service: Service) -> None:
    built = formats.moment(Snapshots(serving).current().info.built_at)
    assert "are old" not in Site(Snapshots(serving), fresh_hours=1000).render("/", "").html
    html = Site(Snapshots(serving), fresh_hours=1e-9).render("/", "").html
    assert f"They were published at {built}".lower() in html.lower()
    assert cards(html) == cards(Site(Snapshots(serving)).render("/", "").html)


def test_a_snapshot_that_is_damaged_while_it_is_open_is_told_until_the_next(
    tmp_path: Path, service: Service
) -> None:
    path = publish(service.world.lake, tmp_path).path
    snapshots = Snapshots(tmp_path)
    site = Site(snapshots)
    assert snapshots.current().info.version == 1
    os.truncate(path, 14_000)
    view = site.render("/", "")
    assert (view.status, "could not be read" in view.html) == (503, True)
    publish(service.world.lake, tmp_path, full=True)
    snapshots.follow()
    assert site.render("/", "").status == 200


def test_a_newer_snapshot_that_cannot_be_read_is_told_beside_the_last_good_numbers(
    tmp_path: Path, service: Service
) -> None:
    publish(service.world.lake, tmp_path)
    snapshots = Snapshots(tmp_path)
    site = Site(snapshots)
    good = cards(site.render("/", "").html)
    bad = tmp_path / "snapshot-000002.duckdb"
    bad.write_bytes(b"torn")
    (tmp_path / "current.duckdb").unlink()
    (tmp_path / "current.duckdb").symlink_to(bad.name)
    snapshots.follow()
    html = site.render("/", "").html
    assert "cannot be read" in html
    assert cards(html) == good
    assert site.state() == "1!"


def test_a_failure_is_a_view_of_its_own_that_tells_nothing_inner(
    site: Site, serving: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    snapshots = Snapshots(serving)
    snapshots.current()._connection.close()
    broken = Site(snapshots)
    view = broken.render("/", "")
    assert view.status == 500
    assert "Something went wrong here" in view.html
    assert "closed" not in view.html
    assert "the view / failed" in caplog.text


def test_a_panic_ends_one_view_or_export(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(create_app(service.settings))
    monkeypatch.setattr(HeadlineQuestion, "answer", lambda *_, **__: panic())
    monkeypatch.setitem(trust.PANELS, "fresh", lambda _: panic())
    view = client.get("/")
    assert view.status_code == 500
    assert "Something went wrong here" in view.text
    assert "assertion" not in view.text
    with pytest.raises(Panicked):  # Starlette answers with 500 and raises on, for the server's log
        client.get("/export/trust/fresh.csv")
    assert client.get("/trust").status_code == 200


def test_a_question_for_which_there_is_no_memory_now_may_be_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Service(Settings(home=tmp_path, query_megabytes=64))
    made.another_day()
    made.publish()

    def greedy(self: object, snapshot: Snapshot, *_: object) -> None:
        snapshot.rows("SELECT len(list(number)) FROM range(20_000_000) numbers(number)")

    client = Client(create_app(made.settings))
    monkeypatch.setattr(HeadlineQuestion, "answer", greedy)
    monkeypatch.setattr(LedgerQuestion, "answer", greedy)
    view, export = client.get("/?period=7d"), client.get("/export/trust/ledger.csv")
    for each in (view, export):
        assert each.status_code == 503
        assert "need more memory than there is" in each.text
    assert 'href="/?period=7d" class="button"' in view.text
    assert client.get("/top10").status_code == 200
