"""The API's description as tools read it: a linter, and makers of clients.

Spectral finds nothing in it. A client in Python and types in TypeScript that are made of it read
what the service answers, and take the events that it takes.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.reference.published import Published
from netflix_pipeline_tests.support import generated_client
from netflix_pipeline_tests.support.api_keys import Made
from netflix_pipeline_tests.support.api_tools import program, python, run
from netflix_pipeline_tests.support.processes import served

HERE = Path(__file__).parent
IDS: dict[str, str | int] = {
    "user_id": "odd-ann",
    "title_id": "saga",
    "series_id": "saga",
    "household": "odd",
    "kind": "bad-period",
    "alert_id": 999_999,  # nobody's: other tests may have made some
}
"""What the paths with an id are asked for."""
ENDLESS = "/live/stream"
REFUSED = {"get_user_erasure": 404, "get_business_alert": 404}
"""What nobody asked for."""
MORE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("get_analytics", {"compare": "previous", "country": ["DE", "FR"]}),
    ("get_timeseries", {"metric": "viewers", "split_by": "device", "compare": "previous"}),
    ("get_timeseries", {"metric": "plays", "granularity": "hour", "tz": "Europe/Berlin"}),
    ("get_search", {"split_by": "country"}),
    ("get_titles", {"limit": 3, "genre": ["Drama"]}),
)
"""Further questions, whose answers have parts that others lack."""


@pytest.fixture(scope="module")
def service(
    known: Published, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """The address of a running service, and a key for all of it."""
    made = Made(known.settings)
    key = made(requests=0)
    made.close()
    settings = Settings(home=known.settings.root, canary_seconds=0, auth="required")
    with served("api", settings, tmp_path_factory.mktemp("service") / "log") as (address, _):
        yield address, key


@pytest.fixture(scope="module")
def client(service: tuple[str, str]) -> Iterator[httpx.Client]:
    """Somebody with the key."""
    address, key = service
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=address, headers=headers, trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def described(client: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The description, as it is served, in a folder of its own."""
    path = tmp_path_factory.mktemp("described") / "openapi.json"
    path.write_bytes(client.get("/openapi.json").content)
    return path


@pytest.fixture(scope="module")
def operations(described: Path) -> dict[str, dict[str, Any]]:
    """What can be read, by the name of its operation: path, group, and what must be given."""
    paths = json.loads(described.read_bytes())["paths"]
    return {
        operation["operationId"]: {
            "path": path,
            "group": operation["tags"][0].replace("-", "_"),
            "given": {
                one["name"]: IDS[one["name"]]
                if one["in"] == "path"
                else next(iter(one["schema"].get("examples") or one["schema"]["enum"]))
                for one in operation.get("parameters", ())
                if one["required"]
            },
        }
        for path, methods in paths.items()
        if path != ENDLESS and (operation := methods.get("get"))
    }


def test_spectral_finds_nothing(described: Path) -> None:
    spectral = program("@stoplight/spectral-cli/dist/index.js")
    rules = ("--ruleset", HERE / "spectral.yaml", "--fail-severity", "hint")
    told = run([*spectral, "lint", *rules, described], described.parent)
    assert "No results with a severity" in told.stdout


def test_a_python_client_reads_every_answer(
    service: tuple[str, str], described: Path, operations: dict[str, dict[str, Any]]
) -> None:
    folder = described.parent
    settings = {"literal_enums": True, "post_hooks": []}
    (folder / "settings.json").write_text(json.dumps(settings))
    make = python("openapi-python-client").with_name("openapi-python-client")
    given = ("--path", described, "--config", folder / "settings.json", "--meta", "none")
    made = run([make, "generate", *given, "--output-path", folder / "viewing"], folder)
    # NDJSON it does not know: an array takes the same events.
    assert re.findall(r"WARNING parsing .*|Unsupported .*", made.stdout + made.stderr) == [
        "WARNING parsing POST /v1/events within events.",
        "Unsupported content type application/x-ndjson",
    ]

    asks = [
        {"group": operations[name]["group"], "operation": name, "arguments": arguments}
        for name, arguments in (
            *((name, one["given"]) for name, one in operations.items()),
            *((name, operations[name]["given"] | more) for name, more in MORE),
        )
    ]
    asks += [
        {"group": "events", "operation": "send_events", "arguments": {"body": body}, "model": model}
        for model, body in EVENTS.items()
    ]
    driver = python("openapi-python-client"), generated_client.__file__
    words: list[str | Path] = [*driver, folder, *service]
    answers = json.loads(run(words, folder, json.dumps(asks)).stdout)
    assert len(answers) == len(asks) > 30
    for asked, answer in zip(asks, answers, strict=True):
        status = REFUSED.get(asked["operation"], 200)
        assert answer["status"] == status, (asked, answer["came"])
        if asked["operation"] == "get_metrics":
            assert answer["read"] == answer["came"]
        else:
            assert same(answer["read"]) == same(json.loads(answer["came"])), asked


def same(read: Any) -> Any:
    """An answer with its times written in one way."""
    if isinstance(read, dict):
        return {name: same(part) for name, part in read.items()}
    if isinstance(read, list):
        return [same(part) for part in read]
    if isinstance(read, str) and TIME.fullmatch(read):
        return read.replace("Z", "+00:00").replace(".000000", "")
    return read


TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
BY = {"user_id": "made-1", "event_time": "2026-03-06T20:15:00Z"}
EVENTS: dict[str, dict[str, Any]] = {
    "WatchEvent": {
        "type": "watch",
        "event_id": "made-1",
        "title_id": "t-1",
        **BY,
        "watch_seconds": 2710.5,
        "device": "smart_tv",
        "country": "DE",
    },
    "SearchEvent": {"type": "search", "event_id": "made-2", "query": "zoo", **BY},
    "RecommendationEvent": {
        "type": "recommendation",
        "event_id": "made-3",
        "title_id": "t-1",
        **BY,
        "clicked": True,
    },
    "ReviewEvent": {"type": "review", "event_id": "made-4", "title_id": "t-1", "rating": 4.5, **BY},
}
"""An event of each type, by the schema that it has."""


def test_typescript_types_hold_every_answer(
    client: httpx.Client, described: Path, operations: dict[str, dict[str, Any]]
) -> None:
    folder = described.parent
    run([*program("openapi-typescript/bin/cli.js"), described, "-o", folder / "api.d.ts"], folder)
    lines = ['import type { components, operations } from "./api";']
    asked = [*((name, dict[str, Any]()) for name in operations), *MORE]
    for at, (name, more) in enumerate(asked):
        one = operations[name]
        given = {key: told for key, told in one["given"].items() if key not in IDS}
        answer = client.get(one["path"].format(**IDS), params=given | more)
        assert answer.status_code == REFUSED.get(name, 200), answer.text
        media_type = answer.headers["content-type"].partition(";")[0]
        content = f'["responses"][{answer.status_code}]["content"]["{media_type}"]'
        told = answer.text if media_type.endswith("json") else json.dumps(answer.text)
        lines.append(f'export const answer{at}: operations["{name}"]{content} = {told};')
    for model, sent in EVENTS.items():
        lines.append(f'export const {model}: components["schemas"]["Event"] = {json.dumps(sent)};')
    mixed = json.dumps(EVENTS["SearchEvent"] | {"watch_seconds": 1})
    lines += [
        "// @ts-expect-error: a search has no seconds",
        f'export const mixed: components["schemas"]["Event"] = {mixed};',
    ]
    (folder / "answers.ts").write_text("\n".join(lines), encoding="utf-8")
    check = [*program("typescript/bin/tsc"), "--noEmit", "--strict", "--target", "es2022"]
    run([*check, "answers.ts"], folder)
