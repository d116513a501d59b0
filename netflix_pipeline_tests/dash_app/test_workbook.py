"""What is taken along for Excel, as a reader of its own finds it."""

import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.workbook import Workbook

from dash_app import workbook
from dash_app.app import create_app
from dash_app.page_request import DashboardPage
from dash_app.pages import PAGES
from dash_app.panels.panel import WHOLE, Panel
from dash_app.site import Site
from dash_app.table import Table, TableColumn
from dash_app.workbook import ABOUT, LONGEST_NAME, sheet_names
from netflix_pipeline import excel
from netflix_pipeline.excel import LONGEST, MEDIA_TYPE
from netflix_pipeline.serving import Snapshots
from netflix_pipeline_tests.support.dashboard import Client, address_of
from netflix_pipeline_tests.support.examples import at_most
from netflix_pipeline_tests.support.service import Service

QUERY = "from=2026-03-11&to=2026-03-17&device=mobile"
TEXTS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "http://outside.example/",
    "internal:About!A1",
    "0123",
    "1e5",
    "{=1}",
    "<r>a</r>",
    '<r></r></is></c><c r="Z9"><f>1+1</f></c><c r="Z10" t="inlineStr"><is><r></r>',
    "<b>&\u2028é\U0001f600",
)
STILL = [page for page in PAGES if page.live is None]


@pytest.fixture(scope="module")
def client(service: Service) -> Client:
    return Client(create_app(service.settings))


@pytest.fixture(scope="module")
def site(service: Service) -> Site:
    return Site(Snapshots(service.settings.serving))


def opened(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


def values(book: Workbook, sheet: str) -> list[list[Any]]:
    """The values of a sheet from top to bottom."""
    return [[cell.value for cell in row] for row in book[sheet].iter_rows()]


def read(value: Any) -> Any:
    """A value of a sheet: of times and days the seconds of UTC, which compare as numbers do."""
    return value.replace(tzinfo=UTC).timestamp() if isinstance(value, datetime) else value


def expected(value: Any) -> Any:
    """A value of a table as it is to be read."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, datetime):
        return pytest.approx(value.timestamp(), abs=0.002)  # a cell has milliseconds
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-14)
    return value or None if isinstance(value, str) else value


def cells_of(panel: Panel, *rows: Any) -> Any:
    """The cells of a panel that has one column of those values."""
    table = Table("Rows", (TableColumn("value", "Value"),), tuple((row,) for row in rows))
    content = workbook.workbook("Rows", "/rows", [replace(panel, heading="Rows", table=table)])
    return opened(content)["Rows"]["A"][1:]


@pytest.mark.parametrize("page", STILL, ids=lambda page: page.path)
def test_a_page_is_one_workbook_of_typed_cells(
    client: Client, site: Site, page: DashboardPage
) -> None:
    path, _, query = address_of(page).partition("?")
    heading, panels = site.whole(path, query)
    answer = client.get(f"/export{path.rstrip('/')}/{WHOLE}.xlsx?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    assert re.fullmatch(
        r'attachment; filename="[a-z0-9][\w-]+\.xlsx"', answer.headers["Content-Disposition"]
    )
    book = opened(answer.content)
    names = sheet_names(panel.heading for panel in panels)
    assert book.sheetnames == ([ABOUT, *names] if len(names) > 1 else [*names, ABOUT])
    assert {panel.name for panel in panels} <= set(page.panels)
    for panel, name in zip(panels, names, strict=True):
        table = panel.table.exported
        if not table.columns:
            continue
        head, *found = values(book, name)
        assert head == [column.label for column in table.columns]
        assert [[read(value) for value in row] for row in found] == [
            [expected(value) for value in row] for row in table.rows
        ]
    about = values(book, ABOUT)
    assert about[0][0] == heading
    told = {row[0]: row for row in about[4 : 4 + len(names)]}
    assert list(told) == names
    assert [told[name][7] for name in names] == [len(panel.table.rows) for panel in panels]


def test_a_panel_says_what_it_is_about_beside_it(client: Client) -> None:
    answer = client.get(f"/export/country.xlsx?{QUERY}")
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="country_2026-03-11_2026-03-17_snapshot-1.xlsx"'
    )
    assert client.get(f"/export/country.xlsx?{QUERY}").content == answer.content
    book = opened(answer.content)
    sheet = book["Countries by hours viewed"]
    assert book.sheetnames == [sheet.title, ABOUT]
    assert sheet.freeze_panes == "A2"
    head, first = sheet[1], sheet[2]
    assert [cell.value for cell in head][:3] == ["Countries", "Countries (code)", "Hours viewed"]
    assert all(cell.font.b for cell in head)
    assert [cell.value for cell in first][:2] == ["France", "FR"]
    formats = {head.value: cell.number_format for head, cell in zip(head, first, strict=True)}
    assert formats["Share"] == "0.0%"
    assert formats["Hours viewed"] in ("#,##0", "#,##0.00")
    *_, head, said = values(book, ABOUT)[:5]
    told = dict(zip(head, said, strict=True))
    assert told["Sheet"] == sheet.title
    assert (told["From"], told["To"]) == (datetime(2026, 3, 11), datetime(2026, 3, 17))
    assert told["Filters"] == "device Mobile"
    assert (told["As of (UTC)"], told["Snapshot"]) == (datetime(2026, 3, 18, 12), 1)
    assert book.properties.title == sheet.title
    assert "snapshot 1" in (book.properties.subject or "")
    days = opened(client.get(f"/export/trend.xlsx?{QUERY}").content)["Hours viewed by day"]
    assert days["A2"].value == datetime(2026, 3, 11)
    assert days["A2"].number_format == "yyyy-mm-dd"


def test_a_text_stays_one_whatever_it_begins_with(site: Site) -> None:
    panel = site.panel("/", "country", "")
    cells: list[Cell] = list(cells_of(panel, *TEXTS))
    assert [cell.value for cell in cells] == list(TEXTS)
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)


def test_what_is_longer_than_excel_takes_is_cut_and_it_is_said(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = site.panel("/", "country", "")
    for sign, count in (("x", LONGEST), ("\U0001f600", LONGEST // 2)):
        (whole, cut) = cells_of(panel, sign * count, sign * (count + 1))
        assert whole.value == cut.value == sign * count
    monkeypatch.setattr(excel, "MOST_ROWS", 10)
    table = Table("Rows", (TableColumn("value", "Value"),), tuple((row,) for row in range(12)))
    long = replace(panel, heading="Rows", table=table)
    book = opened(workbook.workbook("Rows", "/rows", [long]))
    assert len(values(book, "Rows")) == 10
    (told,) = (row[-1] for row in values(book, ABOUT) if row[0] == "Rows" and row[1] == "Rows")
    assert told.startswith("Cut after 9 of 12 rows")


@given(
    st.lists(
        st.one_of(
            st.sampled_from(["About", "history", "Hours", "hours", "HOURS ", "[]:*?/\\", "'", ""]),
            st.text(max_size=40).filter(lambda text: text.isprintable()),
        ),
        min_size=1,
        max_size=12,
    )
)
@at_most(50)
def test_every_sheet_has_a_name_of_its_own_that_excel_takes(headings: list[str]) -> None:
    names = sheet_names(headings)
    assert len({name.casefold() for name in names} | {"about", "history"}) == len(names) + 2
    for name in names:
        assert 0 < len(name.encode("utf-16-le")) // 2 <= LONGEST_NAME
        assert not re.search(r"[\[\]:*?/\\]", name)
        assert name == name.strip("' ")


def test_a_name_that_fits_is_kept() -> None:
    assert sheet_names(["Hours by day", "Hours by day", "A" * 40, "A/B: C"]) == [
        "Hours by day",
        "Hours by day (2)",
        "A" * 31,
        "A B C",
    ]


def test_a_page_leads_to_its_workbook_where_it_shows_a_panel(client: Client) -> None:
    html = unescape(client.get(f"/?{QUERY}").text)
    assert f'href="/export/{WHOLE}.xlsx?{QUERY}"' in html
    assert f'href="/export/trend.xlsx?{QUERY}"' in html
    assert f"{WHOLE}.xlsx" not in client.get("/viewing").text  # nobody is chosen
    assert f"{WHOLE}.xlsx" not in client.get("/nowhere").text
    assert all(WHOLE not in page.panels for page in PAGES)
