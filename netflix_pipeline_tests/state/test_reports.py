from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from netflix_pipeline.errors import BadInput
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import open_state
from netflix_pipeline.state.reports import NoReport, Reports

SINCE = datetime(2026, 3, 9, 7, tzinfo=UTC)
DUE, A_MINUTE = SINCE + timedelta(days=7), timedelta(minutes=1)
TO = ["ann@example.org", "bob@example.org", "ann@example.org"]


@pytest.fixture
def kept(home: Settings) -> Iterator[Reports]:
    engine = open_state(home)
    yield Reports(engine)
    engine.dispose()


def test_a_report_is_sent_once_to_each_and_again_where_who_took_it_is_gone(kept: Reports) -> None:
    kept.add("Hours", "/?by=plays", "week", 7, TO, "person:ann", since=SINCE)
    (report,) = kept.all()
    ann, bob = report.receivers
    assert (ann.receiver, ann.sent_for, report.is_seen_by("person:bob")) == (TO[0], SINCE, False)
    assert not kept.take(ann.token, SINCE, DUE, A_MINUTE)
    assert kept.take(ann.token, DUE, DUE, A_MINUTE)
    assert not kept.take(ann.token, DUE, DUE, A_MINUTE)
    assert kept.take(bob.token, DUE, DUE, A_MINUTE)
    assert kept.take(ann.token, DUE, DUE + A_MINUTE, A_MINUTE)
    kept.sent(ann.token, DUE)
    assert not kept.take(ann.token, DUE, DUE + timedelta(days=1), A_MINUTE)


def test_a_report_that_nobody_gets_any_more_is_gone(kept: Reports) -> None:
    number = kept.add("Hours", "/", "day", 0, TO, "person:ann", since=SINCE)
    with pytest.raises(NoReport):
        kept.remove(number, "person:bob")
    ann, bob = (each.token for each in kept.all()[0].receivers)
    assert ann != bob
    assert kept.leave(ann) == "Hours"
    with pytest.raises(NoReport):
        kept.leave(ann)
    assert len(kept.all()) == 1
    kept.leave(bob)
    assert kept.all() == []


@pytest.mark.parametrize(
    "changed",
    [
        {"name": ""},
        {"address": "top10"},
        {"address": "/" + "x" * 2_000},
        {"every": "minute"},
        {"hour": 24},
        {"receivers": []},
        {"receivers": [f"x{number}@example.org" for number in range(11)]},
    ],
)
def test_what_cannot_be_sent_is_refused(kept: Reports, changed: dict[str, object]) -> None:
    told = {"name": "x", "address": "/", "every": "day", "hour": 7, "receivers": TO} | changed
    with pytest.raises(BadInput):
        kept.add(**told, since=SINCE)  # type: ignore[arg-type]


def test_there_is_an_end_to_them(kept: Reports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netflix_pipeline.state.reports.MOST", 1)
    kept.add("x", "/", "day", 7, TO, "person:ann", since=SINCE)
    with pytest.raises(BadInput, match="remove some"):
        kept.add("y", "/", "day", 7, TO, "person:ann", since=SINCE)
