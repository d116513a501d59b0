"""A panel's CSV beside the answers of the API that it shows."""

import csv
import io
from collections.abc import Mapping
from urllib.parse import urlencode

import pytest

from dash_app.app import create_app
from dash_app.exports import ABOUT
from dash_app.page_request import DashboardPage
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.dash_app.api_answers import ANSWERS, Question
from netflix_pipeline_tests.support.api import asking
from netflix_pipeline_tests.support.dashboard import Client


def check_panel(
    settings: Settings, page: DashboardPage, name: str, query: Mapping[str, str]
) -> None:
    """Compare what a panel of a home says under a query with what the API answers."""
    with asking(settings) as ask:
        asked = Question(ask, page, query, "t-dark", "s-saga", query.get("person", ""))
        expected = ANSWERS[page.path][name](asked)
    path = page.at(title_id="t-dark", series_id="s-saga").rstrip("/")
    answer = Client(create_app(settings)).get(f"/export{path}/{name}.csv?{urlencode(query)}")
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    columns = {column: [row[at] for row in rows] for at, column in enumerate(head)}
    if any(expected.values()):
        assert set(columns) - set(ABOUT) - {"notes"} == set(expected)
    for column, values in expected.items():
        texts = ["" if value is None else value for value in values]
        found = [
            float(text) if text and isinstance(value, float | int) else text
            for text, value in zip(columns[column], texts, strict=True)
        ]
        assert found == [pytest.approx(each) if each != "" else "" for each in texts], column
