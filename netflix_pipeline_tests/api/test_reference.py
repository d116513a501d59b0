"""The reference of the API: its pages, and those that explain problems."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from api import problem_catalog
from api.app import create_app
from api.problem_catalog import PROBLEMS, ProblemKind, kind_of
from api.versions import OLD_PATHS, STAYING
from netflix_pipeline.errors import PipelineError, UnrecognisedSource
from netflix_pipeline.serving import BadPeriod
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources.formats.http_events import TYPES
from netflix_pipeline_tests.support import error_tree
from netflix_pipeline_tests.support.api import assert_problem, request

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return create_app(Settings(home=tmp_path_factory.mktemp("home")))


def test_the_page_and_all_that_it_loads_come_from_the_service(app: FastAPI) -> None:
    page = request(app, "/docs")
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) == 4
    for path in loaded:
        assert path.startswith("/docs/")
        assert request(app, path).status_code == 200
    assert not re.search(r"<script(?![^>]*\bsrc=)", page.text)
    assert "SwaggerUIBundle" in request(app, "/docs/swagger-ui-bundle.js").text
    assert "//" not in page.text.replace("<!doctype", "")


def test_the_description_is_sent_compressed_and_only_when_it_changed(app: FastAPI) -> None:
    plain = request(app, "/openapi.json", accept_encoding="identity")
    packed = request(app, "/openapi.json", accept_encoding="br")
    assert packed.headers["content-encoding"] == "br"
    assert int(packed.headers["content-length"]) < len(plain.content) / 5
    assert packed.json() == plain.json()
    tag = packed.headers["etag"]
    assert tag != plain.headers["etag"]
    again = request(app, "/openapi.json", accept_encoding="br", if_none_match=tag)
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.slow
def test_every_error_that_can_be_told_is_one_problem() -> None:
    errors = error_tree.errors()
    told = [error.__name__ for kind in PROBLEMS for error in kind.errors]
    assert len(told) == len(set(told))
    untold = {name for name in errors if not set(error_tree.lineage(name, errors)) & set(told)}
    # It is always one of those below it; of stores, backups and shares no request asks anything.
    of_commands = {"NoObject", "NotRestored", "OtherState", "StoreRefuses", "UnprovedStore"}
    assert untold == {"AuthError"} | of_commands


def test_an_error_is_the_nearest_problem_above_it() -> None:
    kinds = {kind.name: kind for kind in PROBLEMS}
    assert len(kinds) == len(PROBLEMS)
    assert kind_of(BadPeriod()) is kinds["bad-period"]
    assert kind_of(UnrecognisedSource()) is kinds["invalid-request"]
    assert kind_of(PipelineError()) is None


def test_the_catalogue_has_all_that_is_said_of_each_problem() -> None:
    named = [told for told in vars(problem_catalog).values() if isinstance(told, ProblemKind)]
    assert all(kind in PROBLEMS for kind in named)
    for kind in PROBLEMS:
        assert kind.meaning
        assert kind.remedy
        assert {getattr(error, "status", kind.status) for error in kind.errors} <= {kind.status}
        assert "Retry-After" in kind.headers or kind.status not in (429, 503)


def test_the_reference_names_every_problem() -> None:
    reference = (error_tree.ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert [kind.name for kind in PROBLEMS if f"`{kind.name}`" not in reference] == []


def test_every_problem_has_a_page_and_every_page_a_problem(app: FastAPI) -> None:
    told = {kind.name for kind in PROBLEMS}
    schema = request(app, "/openapi.json").text
    assert set(re.findall(r'"/problems/([a-z-]+)"', schema)) <= told
    for kind in told:
        page = request(app, f"/problems/{kind}")
        assert page.json()["type"] == f"/problems/{kind}"
    assert {one["type"] for one in request(app, "/problems").json()["problems"]} == {
        f"/problems/{kind}" for kind in told
    }


def test_the_type_of_an_error_leads_to_its_page(app: FastAPI) -> None:
    error = request(app, "/analytics?from=2026-03-06&to=2026-03-02").json()
    told = request(app, error["type"]).json()
    assert (told["type"], told["title"], told["status"]) == (
        error["type"],
        error["title"],
        error["status"],
    )
    assert told["remedy"]


@pytest.mark.parametrize("path", ["/problems", "/problems/bad-period"])
def test_a_browser_gets_a_page(app: FastAPI, path: str) -> None:
    page: httpx.Response = request(app, path, accept=BROWSER)
    assert page.headers["content-type"].startswith("text/html")
    assert "<script" not in page.text
    assert "bad-period" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_problem_that_nobody_has_is_not_found(app: FastAPI) -> None:
    assert_problem(request(app, "/problems/unheard-of"), 404, "not-found")


@pytest.fixture(scope="module")
def described(app: FastAPI) -> dict[str, Any]:
    """The description as it is served."""
    served: dict[str, Any] = request(app, "/openapi.json").json()
    return served


def test_the_description_is_valid(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1.")
    assert list(OpenAPIV31SpecValidator(described).iter_errors()) == []


@pytest.fixture(scope="module")
def before(app: FastAPI) -> dict[str, Any]:
    """The description of the addresses of the first release, as it is served."""
    served: dict[str, Any] = request(app, "/docs/before-v1.json").json()
    return served


def test_what_the_first_release_had_is_described_by_itself(before: dict[str, Any]) -> None:
    assert list(OpenAPIV31SpecValidator(before).iter_errors()) == []
    assert set(before["paths"]) == set(OLD_PATHS)
    for path, operations in before["paths"].items():
        for operation in operations.values():
            assert operation["deprecated"] == (path != STAYING)
    line = before["components"]["schemas"]["Series"]["properties"]
    assert {"lines", "groups"} < line.keys()
    assert "group_count" not in line
    assert "Launch" not in before["components"]["schemas"]


def examples(node: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, Any, Any]]:
    """Every example below a part of the description: where it stands, its schema, and it."""
    if isinstance(node, list):
        for at, part in enumerate(node):
            yield from examples(part, (*place, at))
    if not isinstance(node, dict):
        return
    schema = node.get("schema", node)
    if "example" in node:
        yield place, schema, node["example"]
    several = node.get("examples", ())
    for one in several.values() if isinstance(several, dict) else several:
        yield place, schema, one["value"] if isinstance(several, dict) else one
    for name, part in node.items():
        if name not in ("example", "examples"):
            yield from examples(part, (*place, name))


@pytest.mark.parametrize("which", ["described", "before"])
def test_every_example_fits_its_schema(which: str, request: pytest.FixtureRequest) -> None:
    description: dict[str, Any] = request.getfixturevalue(which)
    found = list(examples(description))
    assert len(found) > 100
    for place, schema, told in found:
        whole = {**schema, "components": description["components"]}
        validator = Draft202012Validator(whole, format_checker=FormatChecker())
        wrong = [(list(each.absolute_path), each.message) for each in validator.iter_errors(told)]
        assert not wrong, (place, wrong)


def test_what_the_service_answers_has_the_nulls_of_the_examples(
    described: dict[str, Any],
) -> None:
    answer = described["paths"]["/health"]["get"]["responses"]["200"]["content"]
    assert answer["application/json"]["example"]["problem"] is None


def test_each_type_of_event_is_a_schema_of_its_own_name(described: dict[str, Any]) -> None:
    """Some makers of clients leave out a body that holds schemas without a name."""
    schemas = described["components"]["schemas"]
    body = described["paths"]["/v1/events"]["post"]["requestBody"]["content"]["application/json"]
    one, many = body["schema"]["anyOf"]
    assert many["items"] == one == {"$ref": "#/components/schemas/Event"}
    event = schemas["Event"]
    names = {choice["$ref"].rpartition("/")[2] for choice in event["oneOf"]}
    assert names == {"WatchEvent", "SearchEvent", "RecommendationEvent", "ReviewEvent"}
    by_type = event["discriminator"]["mapping"]
    assert list(by_type) == list(TYPES)
    for kind, place in by_type.items():
        schema = schemas[place.rpartition("/")[2]]
        assert schema["properties"]["type"]["enum"] == [kind]
        told = {name for name, field in schema["properties"].items() if field.get("description")}
        assert told == set(schema["properties"]) - {"type"}


def test_names_are_such_as_clients_are_made_of(described: dict[str, Any]) -> None:
    told = [each for path in described["paths"].values() for each in path.values()]
    names = [operation["operationId"] for operation in told]
    assert len(set(names)) == len(names)
    assert {"get_titles", "get_title", "send_events", "erase_user"} <= set(names)
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name)] == []
    schemas = described["components"]["schemas"]
    assert [name for name in schemas if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name)] == []
    assert {"TitlePage", "GlanceAnswer"} <= set(schemas)
    groups = {group["name"]: group["description"] for group in described["tags"]}
    assert {tag for operation in told for tag in operation["tags"]} == set(groups)
    assert described["servers"][0]["url"] == "/"
