from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from netflix_pipeline.errors import BadInput
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Annotations, NoAnnotation, annotations_of, open_state

DAY = date(2026, 3, 4)


@pytest.fixture
def said(home: Settings) -> Iterator[Annotations]:
    engine = open_state(home)
    yield Annotations(engine)
    engine.dispose()


def test_what_is_said_of_days_is_kept_by_day(said: Annotations, home: Settings) -> None:
    later = said.add(date(2026, 3, 5), "Dark,  season\n2", "launch", "ann")
    sooner = said.add(DAY, "no player on TVs", "outage")
    assert later.text == "Dark, season 2"
    assert annotations_of(home) == [sooner, later]
    said.remove(sooner.id)
    assert annotations_of(home) == [later]
    with pytest.raises(NoAnnotation, match=f"has the number {sooner.id}"):
        said.remove(sooner.id)


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("", "note", "1 to 200 characters"),
        ("   ", "note", "1 to 200 characters"),
        ("x" * 201, "note", "1 to 200 characters"),
        ("a\x00b", "note", "1 to 200 characters"),
        ("fine", "party", "no kind 'party'"),
    ],
)
def test_what_cannot_be_said_is_refused(said: Annotations, text: str, kind: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        said.add(DAY, text, kind)
    assert not said.all()


def test_there_is_an_end_to_them(said: Annotations, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netflix_pipeline.state.annotations.MOST", 1)
    said.add(DAY, "one")
    with pytest.raises(BadInput, match="remove some"):
        said.add(DAY, "two")


def test_one_is_changed_in_its_place(said: Annotations) -> None:
    first = said.add(DAY, "x", author="ann", country="DE")
    changed = said.change(first.id, date(2026, 3, 5), "y", "outage", title_id=" t-1 ")
    assert changed == replace(
        first, day=date(2026, 3, 5), text="y", kind="outage", country=None, title_id="t-1"
    )
    assert said.all() == [changed]
    with pytest.raises(NoAnnotation):
        said.change(first.id + 1, DAY, "y")


@pytest.mark.parametrize(
    "about", [{"country": "Germany"}, {"country": "de"}, {"title_id": " "}, {"title_id": "x" * 65}]
)
def test_what_it_is_about_is_looked_at(said: Annotations, about: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        said.add(DAY, "x", **about)


def test_what_is_private_is_not_there_for_others(said: Annotations) -> None:
    mine = said.add(DAY, "x", author="ann", private=True)
    with pytest.raises(NoAnnotation):
        said.remove(mine.id, by="bob")
    with pytest.raises(NoAnnotation):
        said.change(mine.id, DAY, "y", by="bob")
    said.remove(mine.id, by="ann")
    assert not said.all()


def test_a_table_of_the_first_release_gets_its_new_columns(home: Settings) -> None:
    engine = open_state(home)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE annotations (id INTEGER PRIMARY KEY, day DATE NOT NULL, kind VARCHAR(16) "
            "NOT NULL, text VARCHAR(200) NOT NULL, author VARCHAR(64) NOT NULL, created TIMESTAMP "
            "NOT NULL)"
        )
        connection.exec_driver_sql(
            "INSERT INTO annotations VALUES (1, '2026-03-04', 'note', 'x', '', '2026-03-04 00:00')"
        )
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: Annotations(engine).all(), range(8)))
    engine.dispose()
    assert all(each == found[0] for each in found)
    ((one,),) = found[:1]
    assert (one.text, one.country, one.title_id, one.private) == ("x", None, None, False)


def test_looking_makes_nothing(home: Settings) -> None:
    assert annotations_of(home) == ()
    assert not home.state.exists()
