"""What product, titles, metrics and values are called, by a file of the home."""

import csv
import io
import json
import re
import tomllib
from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dash_app.app import create_app
from dash_app.exports import as_csv, as_figure
from dash_app.labels import BadLabels, LabelsFile, parsed
from dash_app.pages import PAGES
from dash_app.site import Site
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving import Snapshots
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.dashboard import Client, address_of
from netflix_pipeline_tests.support.service import Service

LABELS = """
product = "Acme <b>TV</b>"

[metrics]
plays = "Sessions & more"

[metrics.hours_viewed]
label = "TV <i>time</i>"
sentence = "How long <u>people</u> watched."

[titles]
t-dark = "=Dark <s>2017</s>"
"t-dark:S1" = "Dark, the first"

[values.device]
mobile = "=Phone"

[values.country]
DE = "Deutschland"
"""
MARKUP = ("<b>TV", "<i>time", "<u>people", "<s>2017")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "labels.toml"
    path.write_text(LABELS, encoding="utf-8")
    return path


@pytest.fixture
def named(snapshots: Snapshots, file: Path) -> Site:
    return Site(snapshots, labels=LabelsFile(file))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_every_page_calls_things_so_and_takes_no_label_for_markup(
    named: Site,
    site: Site,
    page: object,
) -> None:
    path, _, query = address_of(page).partition("?")  # type: ignore[arg-type]
    html = named.render(path, query).html
    plain = site.render(path, query).html
    assert 'data-title="' in html
    assert "· Acme &lt;b&gt;TV&lt;/b&gt;&quot;" not in html
    assert "Acme &lt;b&gt;TV&lt;/b&gt;" in html
    assert not [text for text in MARKUP if text in html]
    for name in ("hours_viewed", "plays"):
        usual = METRICS[name].label
        if f"<h3>{usual}</h3>" in plain or f'scope="col">{usual}<' in plain:
            assert f">{usual}<" not in html, (path, usual)
    assert escape(METRICS["hours_viewed"].sentence) not in html
    assert ">Dark</a>" not in html
    if ">Dark</a>" in plain:
        assert ">=Dark &lt;s&gt;2017&lt;/s&gt;</a>" in html
    if ">Germany<" in plain:
        assert ">Deutschland<" in html
        assert ">Germany<" not in html


@pytest.mark.slow
def test_names_of_addresses_and_of_columns_stay(named: Site, site: Site) -> None:
    for page in PAGES:
        path, _, query = address_of(page).partition("?")
        if page.live:
            continue
        for name in page.panels:
            ours, usual = (each.panel(path, name, query) for each in (named, site))
            assert ours.table.names == usual.table.names
            assert ours.name == usual.name
            rows = list(csv.reader(io.StringIO(as_csv(ours).decode(), newline="")))
            assert all(cell[:1] not in ("=", "+", "@") for row in rows for cell in row)
    with named.called():
        told = as_csv(named.panel("/", "device", ""))
    assert b"\r\n'=Phone,mobile," in told


def test_a_figure_has_labels_as_text(named: Site) -> None:
    told = as_figure(named.panel("/", "trend", ""))
    assert told is not None
    figure = json.loads(told)
    assert figure["layout"]["title"]["text"] == "TV &lt;i&gt;time&lt;/i&gt; by day"
    assert b"<" not in told


def test_a_season_of_the_top_10_and_a_page_have_their_labels(named: Site) -> None:
    html = named.render("/top10", "week=2026-03-09").html
    assert ">Dark, the first<" in html
    assert "<h1>=Dark &lt;s&gt;2017&lt;/s&gt;</h1>" in named.render("/titles/t-dark", "").html
    assert "Title: </span>=Dark" in named.render("/", "title=t-dark").html


def test_what_is_changed_is_seen_at_once(named: Site, file: Path) -> None:
    before = named.state()
    assert "Acme" in named.render("/", "").html
    file.write_text('product = "Other"\n', encoding="utf-8")
    assert named.state() != before  # open pages ask for their view again
    html = named.render("/", "").html
    assert "· Other" in html
    assert "Sessions" not in html
    file.unlink()
    assert "· Viewing" in named.render("/", "").html


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('product = "x', "line 1: "),
        ('product = "a"\nproduct = "b"\n', "line 2, column 14: "),
        ("\n\nproduct = 7\n", "line 3, product: a name is text in quotes"),
        ('# plays\n[metrics]\nplay = "x"\n', "line 3, metrics.play: there is no metric 'play'"),
        ('[metrics.plays]\nlabel = " "\n', "line 2, metrics.plays.label: a name is text"),
        ('[metrics.plays]\nunit = "h"\n', "line 2, metrics.plays.unit: 'unit' is not one of"),
        ('[values.colour]\nx = "y"\n', "line 1, values.colour: 'colour' is not one of"),
        ('[titles]\na = "b"\n"c d" = 4\n', "line 3, titles.c d: a name is text in quotes"),
        ('[titles]\na = "x\\u202ey"\n', "line 2, titles.a: this has a character that cannot"),
        ('[titles]\na = "x\\ny"\n', "line 2, titles.a: this has a character that cannot"),
        (f'product = "{"x" * 61}"\n', "line 1, product: this has 61 characters, and may have 60"),
        ('titles = "x"\n', "line 1, titles: names belong below it"),
        ('[brand]\nname = "x"\n', "line 1, brand: 'brand' is not one of product, metrics"),
        (b"\n\xff\n", "line 2: this is no UTF-8"),
    ],
)
def test_a_broken_file_is_told_where_and_the_usual_names_stay(
    named: Site, file: Path, content: str | bytes, says: str
) -> None:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    view = named.render("/", "")
    assert view.status == 200
    assert f"labels.toml, {escape(says)}" in view.html
    assert "The usual names are shown." in view.html
    assert "· Viewing" in view.html
    assert "Hours viewed" in view.html


def test_what_is_no_file_is_told(serving: Path, tmp_path: Path) -> None:
    (tmp_path / "labels.toml").mkdir()
    site = Site(Snapshots(serving), labels=LabelsFile(tmp_path / "labels.toml"))
    assert "labels.toml cannot be read: Is a directory." in site.render("/", "").html


@given(st.text() | st.binary().map(lambda content: content.decode("latin-1")))
def test_whatever_a_file_says_it_is_used_or_refused(text: str) -> None:
    content, problem = text.encode("utf-8", "surrogatepass"), "line 0"
    try:
        told = parsed(content)
    except BadLabels as error:
        problem = str(error)
    else:
        assert tomllib.loads(content.decode("utf-8-sig")) is not None
        assert told.product
    assert re.match(r"line \d+", problem)


def test_the_document_and_the_sign_in_page_have_the_products_name(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    service = Service(Settings(home=tmp_path_factory.mktemp("named")))
    service.another_day()
    service.publish()
    service.settings.labels.write_text(LABELS, encoding="utf-8")
    document = Client(create_app(service.settings)).get("/").text
    assert "<title>Overview · Acme &lt;b&gt;TV&lt;/b&gt;</title>" in document
