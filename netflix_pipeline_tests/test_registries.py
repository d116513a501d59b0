"""What is added is entered where it must be: whatever is left out, a message tells the place.

Tables, dimensions, questions and checks have the same in `materialize/test_build_graph.py`,
`contracts/test_dimensions.py`, `api/test_resources.py` and `defs/test_definitions.py`.
"""

import inspect
import pkgutil
from collections.abc import Iterator, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

import api.resources
import dash_app.pages
import dash_app.panels
import netflix_pipeline.sources.formats
from api.app import create_app
from dash_app.pages import PAGES
from dash_app.panels.panel import Panel
from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.measures import OF_ENTRIES, OF_PLAYS
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources.formats.http_events import IDENTITY, STRUCTS
from netflix_pipeline.sources.registry import OF_EVENTS, SOURCES


def modules(package: ModuleType) -> Iterator[ModuleType]:
    """The modules of a package."""
    for module in pkgutil.iter_modules(package.__path__):
        yield import_module(f"{package.__name__}.{module.name}")


def endpoints(routes: Sequence[BaseRoute]) -> set[object]:
    """What answers at some routes."""
    return {route.endpoint for route in iter_route_contexts(routes)}


def is_panel(function: object) -> bool:
    """Whether a visit is all that a function needs for a panel."""
    if not inspect.isfunction(function):
        return False
    signature = inspect.signature(function)
    needed = [
        name
        for name, parameter in signature.parameters.items()
        if parameter.default is parameter.empty
    ]
    return needed == ["visit"] and signature.return_annotation is Panel


def test_each_format_is_a_source() -> None:
    known = [*SOURCES.values(), *OF_EVENTS.values()]
    missing = []
    for module in modules(netflix_pipeline.sources.formats):
        adapters = getattr(module, "ADAPTERS", ())
        each = adapters.values() if isinstance(adapters, dict) else adapters
        missing += [f"{module.__name__}: {one.name}" for one in each if one not in known]
    assert not missing, "enter its ADAPTERS in SOURCES of netflix_pipeline/sources/registry.py"


@pytest.mark.parametrize("table", STRUCTS)
def test_an_event_over_http_can_tell_each_column_of_its_table(table: str) -> None:
    fields = {field.name for field in msgspec.structs.fields(STRUCTS[table])}
    columns = {column.name for column in contract(f"bronze/{table}").payload}
    assert fields - {"event_id"} == columns - {IDENTITY[table]}, (
        f"each column of bronze/{table} is a field of {STRUCTS[table].__name__} "
        "(netflix_pipeline/sources/formats/http_events.py), and no other"
    )


@pytest.mark.parametrize("measure", [*OF_PLAYS, *OF_ENTRIES], ids=lambda measure: measure.name)
def test_each_measure_is_in_a_metric(measure: object) -> None:
    name = getattr(measure, "name", "")
    assert any(f"sum({name})" in (metric.expression or "") for metric in METRICS.values()), (
        f"give {name} a metric in netflix_pipeline/metrics/catalogue.py: its table is "
        f"engagement_daily, its expression coalesce(sum({name}), 0)"
    )


def test_each_module_of_resources_is_in_the_service(tmp_path: Path) -> None:
    served = endpoints(create_app(Settings(home=tmp_path)).routes)
    missing = [
        module.__name__
        for module in modules(api.resources)
        if not endpoints(module.router.routes) <= served
    ]
    assert not missing, "include its router in api/app.py"


def test_each_page_is_in_the_registry() -> None:
    missing = [
        module.__name__
        for module in modules(dash_app.pages)
        if getattr(module, "PAGE", None) not in PAGES
    ]
    assert not missing, "enter its PAGE in PAGES of dash_app/pages/__init__.py"


def test_each_panel_is_on_a_page() -> None:
    shown = {
        made.func if isinstance(made, partial) else made
        for page in PAGES
        for made in page.panels.values()
    }
    missing = [
        f"{module.__name__}.{name}"
        for module in modules(dash_app.panels)
        for name, function in vars(module).items()
        if is_panel(function) and function.__module__ == module.__name__ and function not in shown
    ]
    assert not missing, "enter it in PANELS of a page in dash_app/pages"
