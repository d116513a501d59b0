"""After a publish each alert is judged and told once, whoever looks, and that it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_string
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from sqlalchemy import update

from dash_app.filters import MEASURES as SHOWN
from netflix_pipeline.business_alerts import messages, rounds
from netflix_pipeline.business_alerts.evaluation import Finding
from netflix_pipeline.business_alerts.rounds import Rounds, outcome
from netflix_pipeline.business_alerts.rules import Verdict
from netflix_pipeline.serving import Period, QueryMemoryFull, Snapshots
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import AlertFinding, BusinessAlert, BusinessAlerts, open_state
from netflix_pipeline.state.business_alerts import BUSINESS_MESSAGES
from netflix_pipeline_tests.business_alerts.five_weeks import A_DAY, FALLS, LAST, Published, watch
from netflix_pipeline_tests.support.alert_sinks import http_sink, mail_sink
from netflix_pipeline_tests.support.world import Watched


@pytest.fixture
def published(tmp_path: Path) -> Published:
    return Published(tmp_path / "home")


@pytest.fixture
def kept(published: Published) -> Iterator[BusinessAlerts]:
    engine = open_state(Settings(home=published.serving.parent))
    yield BusinessAlerts(engine)
    engine.dispose()


class Told:
    """Those who are told, and processes that look at one home."""

    def __init__(self, published: Published, **settings: Any) -> None:
        self._settings = Settings(home=published.serving.parent, **settings)

    def look(self, processes: int = 1) -> None:
        """So many processes look at the same time, and once more."""

        async def all_look() -> None:
            async def looks() -> None:
                snapshots = Snapshots(self._settings.serving)
                snapshots.follow()
                process = Rounds(self._settings, snapshots, asyncio.to_thread)
                for _ in range(2):
                    await process.look()
                process.close()

            await asyncio.gather(*(looks() for _ in range(processes)))

        asyncio.run(all_look())


def test_a_fall_is_told_once_and_that_it_is_over(
    published: Published, kept: BusinessAlerts
) -> None:
    alert = kept.add(FALLS.kept("Hours", []), actor="api")
    published()
    with http_sink() as sink:
        told = Told(published, alert_webhook=sink.url)
        told.look(processes=3)
        told.look()
        (message,) = sink.bodies
        (one,) = message["alerts"]
        assert (message["version"], message["status"]) == ("4", "firing")
        assert one["labels"] == {
            "alertname": "Hours",
            "alert": str(alert.id),
            "metric": "hours_viewed",
            "severity": "business",
        }
        said = one["annotations"]
        assert "0.50 h, 50.0 % less than 1 h" in said["summary"]
        assert said["limit"].startswith("falls by more than 20 % against the mean of 4 same")
        view = urlsplit(said["dashboard_url"])
        assert dict(parse_qsl(view.query)) == {
            "from": str(LAST - 28 * A_DAY),
            "to": str(LAST),
            "country": "DE",
            "by": "hours_viewed",
        }
        found = kept.one(alert.id).finding
        assert (found.verdict, found.fires_since, found.value, found.base) == (
            "fires",
            LAST,
            0.5,
            1.0,
        )
        # Late rows come: it was none.
        watch(published.world, LAST, 58)
        published(hours=14)
        told.look(processes=2)
        assert [each["status"] for each in sink.bodies] == ["firing", "resolved"]
        assert sink.bodies[1]["alerts"][0]["fingerprint"] == one["fingerprint"]
        assert kept.one(alert.id).finding.fires_since is None
        # One that is changed is judged anew, without a publish.
        kept.replace(alert.id, replace(FALLS, amount=1).kept("Hours", []), actor="api")
        told.look()
        assert [each["status"] for each in sink.bodies] == ["firing", "resolved", "firing"]


def test_missing_data_are_told_in_place_of_a_fall(
    published: Published, kept: BusinessAlerts
) -> None:
    kept.add(FALLS.kept("Hours", []), actor="api")
    watch(published.world, LAST, 30, missing=3)
    published()
    with http_sink() as sink:
        told = Told(published, alert_webhook=sink.url)
        told.look(processes=2)
        (message,) = sink.bodies
        assert message["commonAnnotations"]["summary"].startswith("Data are missing")
        # They are found, and the fall is one.
        watch(published.world, LAST, 30)
        published(hours=14)
        told.look()
        assert sink.bodies[1]["commonAnnotations"]["summary"].startswith("Hours viewed")


def test_a_mail_has_the_numbers_the_days_before_and_a_link(
    published: Published, kept: BusinessAlerts
) -> None:
    to = ["ann@example.org", "email"]
    kept.add(FALLS.kept("Hours <b>of\u2026</b>", to), actor="api")
    published()
    with mail_sink() as (address, mails):
        server = f"smtp://{address}?from=alerts@example.org&to=ops@example.org"
        Told(published, alert_email=server).look(processes=2)
    read = [message_from_string(mail, policy=default) for mail in mails]
    assert sorted(mail["to"] for mail in read) == ["ann@example.org", "ops@example.org"]
    mail = read[0]
    assert mail["subject"].startswith("BUSINESS: Hours viewed (country DE), Mon 9 Mar 2026")
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "50.0 % less" in plain.get_content()
    text = html.get_content()
    assert "Hours &lt;b&gt;of" in text
    assert text.count("<tr>") == 5
    (attached,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert f'src="cid:{attached["Content-ID"].strip("<>")}"' in text
    assert attached.get_content().startswith(b"\x89PNG")
    assert f"to={LAST}&amp;country=DE" in text


HOSTILE = "=?utf-8?q?=0ABcc:_eve@evil.example=0A=0A?= <!channel> <https://evil.example|Sign in>"


def test_what_data_or_a_name_say_is_no_header_and_calls_no_channel(
    published: Published, kept: BusinessAlerts
) -> None:
    plays = [Watched("ann", "t-dark", 8, minutes=30, device=HOSTILE)]
    published.world.watch(LAST, plays)
    narrowed = FALLS.narrowed(urlencode({"device": HOSTILE}))
    rule = replace(FALLS, filters=narrowed, condition="below", amount=9)
    kept.add(rule.kept(HOSTILE[:80], ["email", "slack"]), actor="api")
    published()
    with mail_sink() as (address, mails), http_sink() as sink:
        server = f"smtp://{address}?from=alerts@example.org&to=ops@example.org"
        Told(published, alert_email=server, alert_slack=sink.url).look()
    (mail,) = mails
    read = message_from_string(mail, policy=default)
    assert read["bcc"] is None
    assert "= ?utf-8?q?=0ABcc" in read["subject"]
    assert read.get_body(("html",)) is not None
    (message,) = sink.bodies
    assert "&lt;!channel&gt; &lt;https://evil.example|" in message["text"]
    assert "<" not in message["text"]


def test_what_is_not_delivered_is_sent_again_and_given_up_in_the_end(
    published: Published,
    kept: BusinessAlerts,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(rounds, "LEASE", timedelta())
    kept.add(FALLS.kept("Hours", ["webhook"]), actor="api")
    published()
    with http_sink() as sink:
        sink.refuses = 3
        told = Told(published, alert_webhook=sink.url)
        told.look()
        told.look()  # each look tries once: there may be others to tell
        assert len(sink.bodies) == 1
    assert "HTTP 500" in caplog.text
    kept.add(FALLS.kept("Hours", ["webhook"]), actor="api")
    told = Told(published)  # whom nobody configures any more
    told.look()
    now = datetime.now(UTC)
    assert kept.take(now, timedelta()) is not None
    with kept._engine.begin() as connection:
        connection.execute(update(BUSINESS_MESSAGES), {"created": now - timedelta(days=2)})
    told.look()
    assert kept.take(datetime.now(UTC), timedelta()) is None


def test_an_alert_that_cannot_be_judged_holds_up_no_other(
    published: Published, kept: BusinessAlerts
) -> None:
    gone = kept.add(
        replace(FALLS, filters=FALLS.narrowed("country=DE&country=XX")).kept("Gone", []),
        actor="api",
    )
    broken = kept.add(replace(FALLS.kept("Broken", []), metric="no-such"), actor="api")
    fine = kept.add(FALLS.kept("Fine", []), actor="api")
    published()
    with http_sink() as sink:
        Told(published, alert_webhook=sink.url).look()
        assert [each["commonLabels"]["alertname"] for each in sink.bodies] == ["Fine"]
    assert kept.one(fine.id).finding.verdict == "fires"
    for one, says in ((gone, "the data have no 'XX'"), (broken, "no-such")):
        found = kept.one(one.id).finding
        assert found.verdict == "unknown"
        assert says in (found.sentence or "")


def test_one_that_needs_too_much_memory_and_a_receiver_that_is_away_hold_up_no_other(
    published: Published, kept: BusinessAlerts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "AT_ONCE", 2)
    heavy = kept.add(FALLS.kept("Heavy", []), actor="api")
    for name in ("One", "Two", "Three"):
        kept.add(FALLS.kept(name, ["slack", f"{name}@example.org", "webhook"]), actor="api")
    published()
    judged: list[Any] = []

    async def run(work: Any) -> Any:
        judged.append(work)
        if len(judged) == 1:
            raise QueryMemoryFull("too much")
        return await asyncio.to_thread(work)

    with http_sink() as sink:
        nobody = "http://127.0.0.1:9"
        mail = "smtp://127.0.0.1:9?from=a@example.org&to=b@example.org"
        settings = Settings(
            home=published.serving.parent,
            alert_webhook=sink.url,
            alert_slack=nobody,
            alert_email=mail,
        )
        snapshots = Snapshots(settings.serving)
        snapshots.follow()
        process = Rounds(settings, snapshots, run)
        with pytest.raises(QueryMemoryFull):
            asyncio.run(process.look())
        monkeypatch.setattr(rounds, "AT_ONCE", 5)
        asyncio.run(process.look())
        process.close()
        told = {each["commonLabels"]["alertname"] for each in sink.bodies}
        assert told == {"One", "Two", "Three"}
    assert kept.one(heavy.id).finding.verdict == "fires"


def test_where_nobody_put_anything_in_nothing_is_made(published: Published) -> None:
    published()
    Told(published).look()
    assert not (published.serving.parent / "state").exists()


DAY = date(2026, 3, 9)


@pytest.mark.parametrize(
    ("verdicts", "tells"),
    [
        (["fires", "fires"], ["begins", None]),
        (["well", "unknown", "well"], [None, None, None]),
        (["data_missing", "data_missing", "fires"], ["data_missing", None, "begins"]),
        (["fires", "data_missing", "well"], ["begins", None, "ends"]),
        (["fires", "unknown", "well", "well"], ["begins", None, "ends", None]),
        (["data_missing", "well"], ["data_missing", "ends"]),
    ],
)
def test_what_is_told_of_one_period(verdicts: list[Verdict], tells: list[str | None]) -> None:
    assert [each for _, each in _course([(verdict, DAY) for verdict in verdicts])] == tells


def test_each_period_is_told_and_when_it_began() -> None:
    days = [DAY, DAY + A_DAY, DAY + 2 * A_DAY, DAY + 3 * A_DAY]
    verdicts: list[Verdict] = ["fires", "fires", "data_missing", "well"]
    course = list(_course(zip(verdicts, days, strict=True)))
    assert [tells for _, tells in course] == ["begins", "begins", "data_missing", "ends"]
    assert [after.fires_since for after, _ in course] == [DAY, DAY, DAY, None]


def _course(
    found: Iterable[tuple[Verdict, date]],
) -> Iterator[tuple[AlertFinding, str | None]]:
    after = AlertFinding()
    for verdict, day in found:
        period = Period(from_=day, to=day)
        finding = Finding(verdict, period, 1, 2, 4, -0.5, (), None, "x")
        after, tells = outcome(after, finding, datetime(2026, 3, 10, tzinfo=UTC))
        yield after, tells


def test_links_name_the_measures_that_the_dashboard_has() -> None:
    assert set(messages.MEASURES) == set(SHOWN)


def test_what_somebody_else_found_meanwhile_counts(kept: BusinessAlerts) -> None:
    alert = kept.add(FALLS.kept("Hours", []), actor="api")
    finding = AlertFinding(checked=datetime(2026, 3, 10, tzinfo=UTC), verdict="well")
    assert kept.found(alert, finding, {"slack": "{}"})
    assert not kept.found(alert, finding, {"slack": "{}"})
    now = datetime.now(UTC)
    first = kept.take(now, timedelta(minutes=1))
    assert first is not None
    assert kept.take(now, timedelta(minutes=1)) is None
    judged: BusinessAlert = kept.one(alert.id)
    kept.replace(alert.id, replace(judged.definition, amount=5), actor="api")
    assert not kept.found(judged, finding, {})
    kept.delivered(first)
    kept.remove(alert.id, actor="api")
    assert kept.due(datetime.now(UTC)) == []
