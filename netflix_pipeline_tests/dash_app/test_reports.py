"""Views by mail: when they are due, what stands in them, that each comes once, and the way out."""

import io
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, message_from_string
from email.message import EmailMessage
from email.policy import default
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from dash_app.annotations import Notebook
from dash_app.app import create_app
from dash_app.exports import as_csv
from dash_app.panels.panel import file_name
from dash_app.report_mail import report_mail
from dash_app.report_pictures import colour
from dash_app.report_rounds import ReportRounds
from dash_app.report_schedule import last_due
from dash_app.site import Site
from netflix_pipeline.serving import Snapshots
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import opened
from netflix_pipeline.state.reports import RECEIVERS, Report, Reports
from netflix_pipeline_tests.support.alert_sinks import mail_sink
from netflix_pipeline_tests.support.dashboard import Client
from netflix_pipeline_tests.support.service import Service

FORM = {
    "name": "Hours <b>",
    "view": "/?period=7d&country=DE",
    "every": "week",
    "hour": "7",
    "addresses": "ann@example.org, bob@example.org",
    "back": "/alerts",
}


@pytest.fixture
def sent() -> Iterator[tuple[str, list[str]]]:
    with mail_sink() as sink:
        yield sink


@pytest.fixture
def settings(service: Service, tmp_path: Path, sent: tuple[str, list[str]]) -> Settings:
    home = tmp_path / "home"
    home.mkdir()
    (home / "serving").symlink_to(service.settings.serving)
    server = f"smtp://{sent[0]}?from=numbers@example.org&to=ops@example.org"
    return Settings(home=home, alert_email=server, alert_mail_domains="example.org")


def kept(settings: Settings) -> list[Report]:
    with opened(settings) as engine:
        return list(Reports(engine).all())


def make_due(settings: Settings) -> None:
    """As if nothing was sent for a year."""
    with opened(settings) as engine, engine.begin() as connection:
        connection.execute(update(RECEIVERS), {"sent_for": datetime.now(UTC) - timedelta(365)})


def read(mails: list[str]) -> list[EmailMessage]:
    return [message_from_string(mail, policy=default) for mail in mails]


@pytest.mark.parametrize(
    ("every", "now", "due"),
    [
        ("day", "2026-03-11T06:59:00+01:00", "2026-03-10T07:00:00+01:00"),
        ("day", "2026-03-11T07:00:00+01:00", "2026-03-11T07:00:00+01:00"),
        ("week", "2026-03-09T06:00:00+01:00", "2026-03-02T07:00:00+01:00"),
        ("week", "2026-03-15T23:00:00+01:00", "2026-03-09T07:00:00+01:00"),
        ("month", "2026-03-01T06:00:00+01:00", "2026-02-01T07:00:00+01:00"),
        ("month", "2026-03-31T23:30:00+02:00", "2026-03-01T07:00:00+01:00"),
        ("day", "2026-03-29T12:00:00+02:00", "2026-03-29T07:00:00+02:00"),
    ],
)
def test_a_report_is_due_by_the_clock_of_the_home(every: str, now: str, due: str) -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert last_due(every, 7, zone, datetime.fromisoformat(now)) == datetime.fromisoformat(due)


def test_each_receiver_gets_a_report_once_whoever_sends(
    settings: Settings, sent: tuple[str, list[str]], snapshots: Snapshots
) -> None:
    client = Client(create_app(settings))
    assert client.ask("POST", "/reports/keep", data=FORM).status_code == 303
    (report,) = kept(settings)
    assert [each.receiver for each in report.receivers] == ["ann@example.org", "bob@example.org"]
    processes = [ReportRounds(settings, Site(snapshots)) for _ in range(3)]
    processes[0].look()
    assert not sent[1]  # what was due before it was made is not sent
    make_due(settings)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda one: one.look(), processes * 2))
    mails = read(sent[1])
    assert sorted(mail["to"] for mail in mails) == ["ann@example.org", "bob@example.org"]
    mail = mails[0]
    assert mail["subject"].startswith("Hours <b>: ")
    assert mail["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    html = mail.get_body(("html",))
    assert html is not None
    assert "Hours &lt;b&gt;: Overview" in html.get_content()
    assert "from=2026-03-11&amp;to=2026-03-17&amp;country=DE" in html.get_content()
    attached, *_ = mail.iter_attachments()
    sheets = load_workbook(io.BytesIO(attached.get_content())).sheetnames
    assert sheets[0] == "About"
    # One who has enough takes themselves out by what stands in their mail.
    link = urlsplit(mail["list-unsubscribe"].strip("<>"))
    leave = f"{link.path}?{link.query}"
    assert "Send me no more" in client.get(leave).text
    assert len(kept(settings)[0].receivers) == 2  # to look at the link takes nobody out
    body = {"List-Unsubscribe": "One-Click"}
    assert "any more" in client.ask("POST", leave, data=body).text
    assert "not sent to you" in client.ask("POST", leave, data=body).text
    (left,) = kept(settings)[0].receivers
    assert left.receiver != mail["to"]
    for one in processes:
        one.close()


def test_what_does_not_arrive_is_sent_later(
    settings: Settings, sent: tuple[str, list[str]], snapshots: Snapshots
) -> None:
    client = Client(create_app(settings))
    client.ask("POST", "/reports/keep", data=FORM | {"addresses": "", "email": "email"})
    make_due(settings)
    away = settings.model_copy(
        update={"alert_email": "smtp://127.0.0.1:9?from=a@example.org&to=b@example.org"}
    )
    ReportRounds(away, Site(snapshots)).look()
    ReportRounds(settings, Site(snapshots)).look()
    assert not sent[1]  # it is on the one that tried until its time is over
    with opened(settings) as engine, engine.begin() as connection:
        connection.execute(update(RECEIVERS), {"taken_until": datetime.now(UTC)})
    ReportRounds(settings, Site(snapshots)).look()
    assert [mail["to"] for mail in read(sent[1])] == ["ops@example.org"]


@pytest.mark.parametrize(
    "changed",
    [
        {"name": " "},
        {"view": "https://evil.example/"},
        {"view": ""},
        {"view": "/trust"},
        {"view": "/viewing"},
        {"view": "/rows"},
        {"view": "/?period=never"},
        {"view": "/titles/nobody"},
        {"every": "minute"},
        {"hour": "24"},
        {"hour": "x"},
        {"addresses": "ann@evil.example"},
        {"addresses": ""},
    ],
)
def test_what_cannot_be_mailed_says_why(settings: Settings, changed: dict[str, str]) -> None:
    client = Client(create_app(settings))
    assert client.ask("POST", "/reports/keep", data=FORM | changed).status_code == 422
    assert kept(settings) == []


def test_a_report_is_shown_and_removed(settings: Settings) -> None:
    client = Client(create_app(settings))
    client.ask("POST", "/reports/keep", data=FORM)
    html = client.get("/alerts").text
    assert "Hours &lt;b&gt;</a>" in html
    (report,) = kept(settings)
    form = {"id": str(report.id), "back": "/alerts"}
    assert client.ask("POST", "/reports/remove", data=form).status_code == 303
    assert kept(settings) == []
    link = re.search(r'href="([^"]*)">Mail this view…', client.get("/?country=DE").text)
    assert link
    assert 'value="/?country=DE"' in client.get(unescape(link[1])).text
    preview = client.get("/reports/preview?name=x&view=/%3Fcountry%3DDE&every=day&hour=7")
    assert preview.status_code == 200
    assert "x: Overview" in preview.text
    assert client.get("/reports/preview?view=/viewing").status_code == 422


def test_a_view_that_is_gone_costs_no_other_report(
    settings: Settings, sent: tuple[str, list[str]], snapshots: Snapshots
) -> None:
    since = datetime.now(UTC) - timedelta(365)
    with opened(settings) as engine:
        for name, view in (("Gone", "/titles/nobody"), ("There", "/top10")):
            Reports(engine).add(name, view, "day", 0, ["ann@example.org"], since=since)
    ReportRounds(settings, Site(snapshots, Notebook(settings))).look()
    assert [mail["subject"].partition(":")[0] for mail in read(sent[1])] == ["There"]


def test_every_panel_stands_in_the_mail(snapshots: Snapshots) -> None:
    site = Site(snapshots)
    mail = report_mail(site, "x", "/audience?period=7d", "http://dashboard.example")
    _, panels = site.whole("/audience", "period=7d")
    assert all(panel.heading in mail.text for panel in panels)
    assert mail.content.count("<section>") == len(panels)
    sent = message_from_bytes(mail.to("http://leave.example").as_bytes(), policy=default)
    workbook, *tables = sent.iter_attachments()
    assert workbook.get_filename() == "report.xlsx"
    full = [panel for panel in panels if panel.table.rows]
    assert [each.get_filename() for each in tables] == [f"{file_name(each)}.csv" for each in full]
    for table, panel in zip(tables, full, strict=True):
        content = table.get_payload(decode=True)
        assert content == BOM_UTF8 + as_csv(panel)


def test_what_is_too_large_is_not_attached(
    snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = report_mail(Site(snapshots), "x", "/audience?period=7d", "http://dashboard.example")
    smallest = min(mail.tables.values(), key=len)
    monkeypatch.setattr("dash_app.report_mail.LARGEST", len(smallest))
    sent = message_from_bytes(mail.to("http://leave.example").as_bytes(), policy=default)
    (only,) = sent.iter_attachments()
    assert mail.tables[only.get_filename() or ""] == smallest


PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("path", ["/", "/audience", "/discovery"])
def test_the_chart_of_every_panel_is_a_picture_that_comes_with_the_mail(
    snapshots: Snapshots, path: str
) -> None:
    site = Site(snapshots)
    mail = report_mail(site, "Costs $5 and $6_{x}", f"{path}?period=7d", "http://dashboard.example")
    _, panels = site.whole(path, "period=7d")
    charts = {panel.name for panel in panels if panel.figure and panel.table.rows}
    assert charts
    assert mail.pictures.keys() == charts
    sent = message_from_bytes(mail.to("http://leave.example").as_bytes(), policy=default)
    html = sent.get_body(("html",))
    assert html is not None
    attached = {
        part["Content-ID"]: part.get_content() for part in sent.walk() if "Content-ID" in part
    }
    named = re.findall(r'<img src="cid:([^"]+)"', html.get_content())
    assert {f"<{name}>" for name in named} == attached.keys()
    assert all(picture.startswith(PNG) for picture in attached.values())
    assert "cid:" not in mail.page
    assert mail.page.count("data:image/png;base64,") == len(charts)


def test_every_colour_of_the_styles_that_a_chart_names_is_known() -> None:
    names = (
        "accent",
        "compare",
        "mark-ink",
        "sunken",
        "up",
        "down",
        "c1",
        "c8",
        "part-1",
        "part-6",
    )
    assert all(re.fullmatch("#[0-9a-f]{6}", colour(f"var(--{name})")) for name in names)
    steps = [colour(f"var(--step-{step})") for step in range(1, 8)]
    assert steps[-1] == colour("var(--accent)")
    assert sorted(steps, key=lambda each: -int(each[1:3], 16)) == steps, "ever darker"
