import csv
import io
import re
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from pydantic import BaseModel

from api.app import create_app
from api.delivery.excel_table import ABOUT, ROWS, workbook
from api.delivery.request_key import CSV
from netflix_pipeline import excel
from netflix_pipeline.excel import MEDIA_TYPE as XLSX
from netflix_pipeline.serving import Answer
from netflix_pipeline.serving.question import EXAMPLE_SNAPSHOT, RowTable
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import assert_problem, request
from netflix_pipeline_tests.support.three_days import three_days_published


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    three_days_published(settings.root)
    return create_app(settings)


def rows(response: httpx.Response) -> list[dict[str, str]]:
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.text, newline=""), strict=True))


def opened(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


def values(book: Workbook, sheet: str) -> list[list[Any]]:
    """The values of a sheet from top to bottom."""
    return [[cell.value for cell in row] for row in book[sheet].iter_rows()]


def as_json(cell: Any) -> Any:
    """A cell as JSON has it, times and days to the second."""
    return f"{cell:%Y-%m-%dT%H:%M:%S}" if isinstance(cell, datetime) else cell


def as_cell(value: Any) -> Any:
    """A value of JSON as a cell has it; of times and days as `as_json` tells them."""
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-14)  # a cell has 16 digits
    if isinstance(value, list):
        value = "; ".join(value) or None
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d(T|$)", value):
        return f"{datetime.fromisoformat(value):%Y-%m-%dT%H:%M:%S}"
    return value


class Row(BaseModel):
    text: str | None = None
    number: float | None = None
    when: datetime | None = None
    yes: bool | None = None
    day: date | None = None
    several: tuple[str, ...] = ()


TABLE = RowTable[list[Row]](Row, lambda given: given)


def test_a_table_has_its_header_also_without_rows() -> None:
    assert TABLE.csv([]) == b"text,number,when,yes,day,several\r\n"


def test_cells_are_as_json_has_them() -> None:
    row = Row(
        text='a "quoted", text\nof two lines',
        number=-1.5,
        when=datetime(2026, 3, 7, 5, 59, 58, tzinfo=UTC),
        yes=True,
        day=date(2026, 3, 6),
        several=("drama", "comedy"),
    )
    _, told = csv.reader(io.StringIO(TABLE.csv([row]).decode(), newline=""), strict=True)
    assert told == [row.text, "-1.5", "2026-03-07T05:59:58Z", "true", "2026-03-06", "drama; comedy"]
    answer = Answer[Any](
        data=[row, Row(number=2)], snapshot=EXAMPLE_SNAPSHOT, warnings=("Look twice.",)
    )
    book = opened(workbook("/rows?x=1", "/rows?cursor=2", TABLE, answer))
    when, day = datetime(2026, 3, 7, 5, 59, 58), datetime(2026, 3, 6)
    assert values(book, ROWS) == [
        ["text", "number", "when", "yes", "day", "several"],
        [row.text, -1.5, when, True, day, "drama; comedy"],
        [None, 2, None, None, None, None],
    ]
    assert book[ROWS].freeze_panes == "A2"
    about = dict(values(book, ABOUT))
    assert (about["address"], about["next"]) == ("/rows?x=1", "/rows?cursor=2")
    assert (about["warning"], about["as_of"], about["snapshot"]) == ("Look twice.", when, 12)


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_no_text_is_taken_for_a_formula(begin: str) -> None:
    text = f'{begin}HYPERLINK("http://evil.example")'
    written = TABLE.csv([Row(text=text, several=(text, "x"))]).decode()
    _, told = csv.reader(io.StringIO(written, newline=""), strict=True)
    assert told[0] == f"'{text}"
    assert told[-1].startswith("'")
    answer = Answer[Any](data=[Row(text=text, several=(text, "x"))], snapshot=EXAMPLE_SNAPSHOT)
    row = opened(workbook("/", None, TABLE, answer))[ROWS][2]
    for cell in (row[0], row[-1]):
        assert cell.data_type == "s"
        assert "HYPERLINK(" in str(cell.value)
        assert not str(cell.value).startswith("'")


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ("/titles?sort=viewers", ()),
        ("/quality/ledger?from=2026-03-01&to=2026-03-31", ("days",)),
        ("/quality/quarantine?from=2026-03-01&to=2026-03-31", ("rows",)),
    ],
)
def test_a_table_is_the_same_in_every_format(app: FastAPI, path: str, at: tuple[str, ...]) -> None:
    in_json: Any = request(app, path).json()["data"]
    for key in at:
        in_json = in_json[key]
    as_csv = request(app, path, accept="text/csv")
    in_csv = rows(as_csv)
    assert len(in_csv) == len(in_json)
    for table, answer in zip(in_csv, in_json, strict=True):
        assert list(table) == list(answer)
        for name, value in answer.items():
            if isinstance(value, float):
                assert float(table[name]) == value
            elif value is None or isinstance(value, str):
                assert table[name] == (value or "")
    answered = request(app, path, accept=XLSX)
    assert answered.headers["content-type"] == XLSX
    head, *found = values(opened(answered.content), ROWS)
    assert head == as_csv.text.partition("\r\n")[0].split(",")
    assert [[as_json(cell) for cell in row] for row in found] == [
        [as_cell(value) for value in row.values()] for row in in_json
    ]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_file_tells_where_it_is_from(app: FastAPI, ending: str) -> None:
    path = f"/quality/ledger?to=2026-03-31&from=2026-03-01&format={ending}&source=n%C3%A4tive%20csv"
    headers = request(app, path).headers
    assert headers["content-disposition"] == (
        f'attachment; filename="quality-ledger_2026-03-01_2026-03-31_snapshot-1.{ending}"'
    )
    assert headers["snapshot-version"] == "1"
    assert headers["data-as-of"] == "2026-03-07T08:30:00Z"
    assert headers["data-period"] == "2026-03-01/2026-03-31"
    assert headers["data-filters"] == "source=n%C3%A4tive+csv"


def test_format_in_the_address_wins_over_the_header(app: FastAPI) -> None:
    assert rows(request(app, "/titles?format=csv", accept="application/json"))
    assert request(app, "/titles?format=json", accept="text/csv").json()["data"]


def test_formats_have_tags_of_their_own(app: FastAPI) -> None:
    in_json, in_csv = (request(app, "/titles", accept=kind) for kind in ("*/*", "text/csv"))
    assert in_json.headers["etag"] != in_csv.headers["etag"]
    assert "Accept" in in_csv.headers["vary"]
    again = request(app, "/titles", accept="text/csv", if_none_match=in_csv.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")


def test_a_workbook_is_kept_as_it_is(app: FastAPI) -> None:
    first = request(app, "/titles?format=xlsx", accept_encoding="br, gzip")
    assert "content-encoding" not in first.headers  # it is compressed already
    again = request(app, "/titles?format=xlsx", if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert opened(first.content).sheetnames == [ROWS, ABOUT]


def test_more_rows_than_a_sheet_holds_are_refused(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excel, "MOST_ROWS", 2)
    refused = request(app, "/titles?format=xlsx&limit=400")
    told = assert_problem(refused, 422, "invalid-request")
    assert "format=csv" in told["detail"]
    assert [one["field"] for one in told["errors"]] == ["query.format"]


def test_pages_of_a_file_link_to_the_next(app: FastAPI) -> None:
    link = request(app, "/titles?limit=1&format=csv").headers["link"]
    following = rows(request(app, link.partition("<")[2].partition(">")[0]))
    assert [row["title_id"] for row in following] == ["t-amelie"]


def test_what_cannot_be_had_is_told_with_what_can(app: FastAPI) -> None:
    told = assert_problem(request(app, "/titles", accept="text/html"), 406, "not-acceptable")
    assert "text/csv" in told["detail"]
    assert XLSX in told["detail"]
    told = assert_problem(request(app, "/users/ann", accept=CSV), 406, "not-acceptable")
    assert "text/csv" not in told["detail"]
    assert_problem(request(app, "/titles?format=parquet"), 422, "invalid-request")
    assert_problem(request(app, "/users/ann?format=csv"), 422, "invalid-request")


def test_the_schema_shows_csv_where_format_is_taken(app: FastAPI) -> None:
    paths = request(app, "/openapi.json").json()["paths"]
    for path in paths.values():
        for operation in path.values():
            taken = "format" in [one["name"] for one in operation.get("parameters", ())]
            content = operation["responses"].get("200", {}).get("content", {})
            assert (CSV in content) == (XLSX in content) == taken
            if taken:
                assert "," in content[CSV]["example"]
