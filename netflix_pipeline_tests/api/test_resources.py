"""Resources and the questions that they answer: none is without the other."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from api.app import create_app
from api.resource import resources
from api.security.scopes import needed
from api.versions import without_version
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.questions import every_kind
from netflix_pipeline_tests.support.resource_table import rows

DOCS = Path(__file__).parents[2] / "docs/api.md"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return create_app(Settings(home=tmp_path_factory.mktemp("home")))


def test_every_question_has_a_resource_or_is_the_dashboard_s_alone(app: FastAPI) -> None:
    answered = list(resources(app).values())
    assert len(answered) == len(set(answered))
    asked = {kind for kind in every_kind() if not kind.dashboard_only}
    assert set(answered) == asked, (
        "a question has a @resource in api/resources, whose router api/app.py includes; or it is "
        "dashboard_only"
    )


def test_a_resource_needs_the_scope_that_its_question_declares(app: FastAPI) -> None:
    for path, question in resources(app).items():
        assert needed("GET", path) == question.scope, path


def test_the_table_of_scopes_has_each_resource(app: FastAPI) -> None:
    lines = DOCS.read_text(encoding="utf-8").splitlines()
    for path, question in resources(app).items():
        (row,) = (line for line in lines if line.startswith(f"| `{question.scope}` |"))
        word = without_version(path).split("/")[1]
        assert f"/{word}" in row, f"docs/api.md: {path} is missing in the row {row!r}"


def test_the_table_of_resources_is_that_of_the_questions(app: FastAPI) -> None:
    lines = DOCS.read_text(encoding="utf-8").splitlines()
    missing = [row for row in rows(app).values() if row not in lines]
    assert not missing, "run: python -m netflix_pipeline_tests.support.resource_table docs/api.md"
