from collections.abc import Iterator
from dataclasses import replace

import pytest

from netflix_pipeline.errors import BadInput
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import (
    AlertDefinition,
    Audit,
    BusinessAlerts,
    NoBusinessAlert,
    open_state,
)

HOURS = AlertDefinition(
    "Hours", "hours_viewed", "country=DE&not_device=tv", "falls", 20.0, "day", ("slack", "a@b.org")
)


@pytest.fixture
def kept(home: Settings) -> Iterator[BusinessAlerts]:
    engine = open_state(home)
    yield BusinessAlerts(engine)
    engine.dispose()


def test_an_alert_is_its_owners_alone(kept: BusinessAlerts) -> None:
    mine = kept.add(HOURS, "key:a", actor="a")
    everybodys = kept.add(replace(HOURS, name="an alert", receivers=()), actor="api")
    assert kept.all() == [everybodys, mine]
    assert kept.one(mine.id) == kept.one(mine.id, "key:a") == mine
    assert kept.one(everybodys.id, "key:b") == everybodys
    for refused in (
        lambda: kept.one(mine.id, "key:b"),
        lambda: kept.replace(mine.id, HOURS, "key:b", actor="b"),
        lambda: kept.remove(mine.id, "key:b", actor="b"),
    ):
        with pytest.raises(NoBusinessAlert, match=f"has the number {mine.id}"):
            refused()
    assert kept.one(mine.id) == mine


def test_what_is_changed_stands_in_its_place_and_in_the_audit(
    kept: BusinessAlerts, home: Settings
) -> None:
    first = kept.add(HOURS, "key:a", actor="a")
    other = replace(HOURS, metric="plays", condition="below", amount=7.5)
    assert kept.replace(first.id, other, "key:a", actor="a") == replace(first, definition=other)
    assert kept.one(first.id).definition == other
    kept.remove(first.id, "key:a", actor="a")
    again = kept.add(HOURS, "key:a", actor="a")
    assert again.id > first.id  # a number that was known for another is not given again
    engine = open_state(home)
    told = [(each.actor, each.action, each.detail) for each in Audit(engine).entries(10)]
    engine.dispose()
    assert told == [
        ("a", f"business-alert-{done}", str(number))
        for done, number in (
            ("created", again.id),
            ("removed", first.id),
            ("changed", first.id),
            ("created", first.id),
        )
    ]


def test_there_is_an_end_to_them(kept: BusinessAlerts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netflix_pipeline.state.business_alerts.MOST", 1)
    monkeypatch.setattr("netflix_pipeline.state.business_alerts.MOST_IN_ALL", 2)
    kept.add(HOURS, "key:a", actor="a")
    with pytest.raises(BadInput, match="there are 1 alerts already"):
        kept.add(HOURS, "key:a", actor="a")
    kept.add(HOURS, "key:b", actor="b")
    with pytest.raises(BadInput, match="there are 2 alerts already"):
        kept.add(HOURS, "key:c", actor="c")
