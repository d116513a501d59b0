"""The chart and the page that `docs/dashboard.md` adds are added here, from its own words."""

import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

from dash_app.filters import ViewState
from dash_app.page_request import Visit
from dash_app.site import Site
from netflix_pipeline.serving import Snapshots, Source
from netflix_pipeline.serving.questions.series import SeriesQuestion
from netflix_pipeline_tests.support.figures import ATTRIBUTES, checked

GUIDE = Path(__file__).parents[2] / "docs" / "dashboard.md"


def loaded(name: str, code: str, folder: Path) -> ModuleType:
    """A module of that name with that code."""
    file = folder / f"{name.rpartition('.')[2]}.py"
    file.write_text(dedent(code))
    spec = spec_from_file_location(name, file)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_the_guide_adds_a_chart_and_a_page(
    source: Source, serving: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel_code, page_code = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    names = ("dash_app.panels.starters", "dash_app.pages.beginnings")
    for name in names:
        monkeypatch.setitem(sys.modules, name, ModuleType(name))  # and away with it afterwards
    panels = loaded(names[0], panel_code, tmp_path)
    page = loaded(names[1], page_code, tmp_path).PAGE
    visit = Visit(page, page.path, ViewState.parse("period=7d"), source)
    panel = panels.starters(visit)
    told = source.ask(SeriesQuestion("starters", visit.period)).data.lines[0]
    assert panel.table.column("starters") == list(told.values)
    assert 'data-grid="7x1"' in checked(panel.figure)
    view = Site(Snapshots(serving), pages=(page,)).render(page.path, "period=7d")
    assert view.status == 200
    assert 'id="panel-starters"' in view.html
    assert "<h1>Beginnings</h1>" in view.html


@pytest.mark.parametrize("kind", sorted(ATTRIBUTES.keys() - {"shape"}))
def test_the_guide_names_every_attribute_that_a_figure_may_have(kind: str) -> None:
    quoted = " ".join(re.findall(r"`([^`\n]+)`", GUIDE.read_text()))
    words = {name.rpartition(".")[2] for name in re.findall(r"[\w.]+", quoted)}
    assert {name.rpartition(".")[2] for name in ATTRIBUTES[kind]} <= words
