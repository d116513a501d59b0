from collections.abc import Iterator
from datetime import date

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


def test_looking_makes_nothing(home: Settings) -> None:
    assert annotations_of(home) == ()
    assert not home.state.exists()
