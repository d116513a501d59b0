"""The table of names, and how answers get those of then, and lose the noise of their numbers."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from api.delivery.representation import rounded, without_noise
from api.old_names import RENAMED, as_before, models, old_names, own_names
from api.resources.users import Export
from netflix_pipeline.serving.question import frame
from netflix_pipeline.serving.questions.interactions import RecommendationFilters
from netflix_pipeline.serving.questions.series import SeriesQuestion
from netflix_pipeline.serving.questions.titles import TitleFilters
from netflix_pipeline_tests.support.error_tree import ROOT
from netflix_pipeline_tests.support.questions import every_kind

to_json = TypeAdapter(Any).dump_json

KINDS: list[Any] = [*map(frame, every_kind()), Export]
FILTERS = {*TitleFilters.model_fields, *RecommendationFilters.model_fields}
HOSTILE = ('"groups":', '\\"groups":', 'x":0.30000000000000004,', ":[0.30000000000000004]", "[1,2]")
TEXTS = st.text() | st.sampled_from(HOSTILE)


def names(model: type[BaseModel]) -> Iterator[str]:
    """What the fields of a model are called in answers."""
    for name, field in model.model_fields.items():
        yield field.serialization_alias or name


def test_every_name_of_the_table_is_one_of_today() -> None:
    known = {model.__name__: model for kind in KINDS for model in models(kind)}
    for model, renamed in RENAMED.items():
        of_today = {*names(known["GlanceAnswer" if model == "Answer" else model])}
        assert renamed.keys() <= of_today, model
        assert not set(renamed.values()) & (of_today - renamed.keys()), model


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_name_has_one_name_of_then_wherever_it_stands_in_an_answer(kind: Any) -> None:
    renamed = old_names(kind)
    for model in models(kind):
        assert own_names(model).items() <= renamed.items()
        # What keeps its name is called as nothing that does not.
        assert not renamed.keys() & ({*names(model)} - own_names(model).keys()), model
    assert not renamed.keys() & {told for name in FILTERS for told in (name, f"not_{name}")}
    # One after the other, none of them becomes what the next one renames.
    chained = [old for old in renamed.values() if old in renamed]
    assert not [old for old in chained if renamed[old] in renamed]


@given(TEXTS, TEXTS)
def test_names_are_found_in_the_bytes_whatever_texts_say(text: str, other: str) -> None:
    def answer(lines: str, count: str, zone: str) -> bytes:
        groups = [{"group": text, "name": other, "values": [None, 1.5]}]
        data = {"split_by": "title", count: 2, lines: groups}
        return to_json({"data": data, "filters": {"title": [text, other]}, zone: text})

    told = as_before(answer("groups", "group_count", "tz"), frame(SeriesQuestion))
    assert told == answer("lines", "groups", "zone")


@given(
    TEXTS,
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.none()),
)
def test_numbers_lose_what_is_chance_and_texts_nothing(
    text: str, number: float, several: list[float | None]
) -> None:
    told = {"texts": [text, "b"], "text": text, "one": number, "values": several, "count": 10**18}
    shorter = json.loads(without_noise(to_json(told)))
    assert shorter["one"] == pytest.approx(number, rel=5.1e-14, abs=0)
    assert shorter == told | {
        "one": rounded(number),
        "values": [one if one is None else rounded(one) for one in several],
    }


@pytest.mark.parametrize(
    ("number", "told"),
    [(0.1 + 0.2, 0.3), (24310.250000000073, 24310.25), (1 / 3, 0.33333333333333), (1e22, 1e22)],
)
def test_what_a_number_is_rounded_to(number: float, told: float) -> None:
    assert rounded(number) == told


def test_the_reference_tells_every_name() -> None:
    rows = (ROOT / "docs" / "api.md").read_text(encoding="utf-8").splitlines()
    for renamed in RENAMED.values():
        for new, old in renamed.items():
            assert [row for row in rows if row.endswith(f"| `{new}` | `{old}` |")], (new, old)
