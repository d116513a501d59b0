"""What holds for every question, of whatever kind."""

import pkgutil
from dataclasses import fields
from typing import Any

import jsonschema
import pytest

from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving import Question, questions
from netflix_pipeline.serving.question import example, frame, table_of
from netflix_pipeline.state.keys import SCOPES
from netflix_pipeline_tests.support.questions import every_kind

KINDS = every_kind()
every = pytest.mark.parametrize("kind", KINDS, ids=[kind.__name__ for kind in KINDS])


def test_each_module_of_the_package_has_a_question() -> None:
    found = {kind.__module__.rpartition(".")[2] for kind in KINDS}
    assert found == {module.name for module in pkgutil.iter_modules(questions.__path__)}


@every
def test_an_example_is_what_the_schema_of_the_answer_says(kind: type[Question[Any]]) -> None:
    answer = example(kind)
    schema = frame(kind).model_json_schema(mode="serialization", by_alias=True)
    jsonschema.validate(answer.model_dump(mode="json", by_alias=True), schema)
    if table := table_of(kind):
        names, *rows = table.csv(answer.data).decode().splitlines()
        assert len(names.split(",")) == len(table.row.model_fields)
        assert rows
        assert all(table.meanings)


@every
def test_a_question_is_a_value(kind: type[Question[Any]]) -> None:
    one, other = (kind(**kind.example[0]) for _ in range(2))
    assert one is not other
    assert (one, hash(one)) == (other, hash(other))
    assert {field.name for field in fields(one)}.issuperset(kind.narrowing)


@every
def test_a_question_declares_what_there_is(kind: type[Question[Any]]) -> None:
    assert kind.__doc__
    assert kind.scope in SCOPES
    assert set(kind.metrics) <= METRICS.keys()
    assert not kind.personal or not kind.warmed
