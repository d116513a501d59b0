"""What a stranger's request costs: time that grows no faster than its bytes, and little memory.

`COSTS_SHARES=1` sends every kind of body to every route.
"""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from benchmarks.bounds import (
    AT_LEAST,
    BODIES,
    QUERIES,
    SIZES,
    Case,
    Cost,
    Request,
    Server,
    asking,
    cases,
    serving,
    serving_program,
)
from netflix_pipeline.services.catalogue import Program
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import request
from netflix_pipeline_tests.support.three_days import three_days_published

MEGABYTES = 150
"""By which a service may grow while it is sent bodies of ten megabytes."""
LONGEST = 2
"""Of the sizes of each part those that are asked: what grows faster, grows most between these."""
SHARES = int(os.environ.get("COSTS_SHARES", "4"))
"""Of so many forms one is sent each kind of body: all refuse it before they look at it."""
READ = "POST /_dash-update-component"
"""The one address of the dashboard that takes a large body."""


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("costs") / "home"
    settings = Settings(home=home, canary_seconds=0, access_log="off")
    three_days_published(settings.root)
    return settings


@pytest.mark.parametrize("name", ["api", "dashboard"])
@pytest.mark.parametrize("who", ["nobody is asked", "everybody is asked"])
def test_no_part_of_a_request_costs_more_than_its_bytes(
    plain: Settings, name: str, who: str
) -> None:
    settings = asking(plain) if who == "everybody is asked" else plain
    with serving(name, settings) as server:
        before = server.peak
        costs = [cost(server, case) for case in some(name, settings)]
        assert [cost.told() for cost in costs if cost.grows] == []
        assert server.peak < before + MEGABYTES
    assert not {cost.told() for cost in costs if cost.status == b"500"}


def some(name: str, settings: Settings) -> Iterator[Case]:
    """All, but of the dashboard's forms each is sent some kinds of body, and each kind to some."""
    kinds = [f"body: {part}" for part in BODIES]
    known: Counter[str] = Counter()
    for case in cases(name, settings):
        if name == "api" or case.route == READ or case.part not in kinds:
            yield case
            continue
        if (known[case.part] + kinds.index(case.part)) % SHARES == 0:
            yield case
        known[case.part] += 1


def cost(server: Server, case: Case) -> Cost:
    """What a case costs at its longest, and at the size before where that is enough to grow."""
    longest = server.cost(replace(case, sizes=case.sizes[-1:]))
    if longest.seconds[-1] <= AT_LEAST:
        return longest
    return server.cost(replace(case, sizes=case.sizes[-LONGEST:]))


def test_every_route_that_is_described_is_asked(plain: Settings) -> None:
    from api.app import create_app

    described = request(create_app(plain), "/openapi.json").json()["paths"]
    asked = {case.route for case in some("api", plain)}
    for path, operations in described.items():
        assert {f"{method.upper()} {path}" for method in operations} <= asked


def test_every_form_is_sent_a_body_and_every_kind_of_body_is_sent_to_a_form(
    plain: Settings,
) -> None:
    bodies = [case for case in cases("dashboard", plain) if case.part.startswith("body: ")]
    sent = [case for case in some("dashboard", plain) if case.part.startswith("body: ")]
    assert {case.route for case in sent} == {case.route for case in bodies}
    assert {case.part for case in sent if case.route != READ} == {
        case.part for case in bodies if case.route != READ
    }


@pytest.mark.parametrize(("part", "grows"), [("names", True), ("a value", False)])
def test_what_grows_faster_is_found(part: str, grows: bool) -> None:
    words = ("-m", "granian", "--interface", "asgi", "--host", "{host}", "--port", "{port}")
    here = "netflix_pipeline_tests.api.security.quadratic:app"
    query = QUERIES[part]
    case = Case("/", part, SIZES[-LONGEST:], lambda size: Request("GET", b"/?" + query(size)))
    with serving_program(Program("quadratic", (*words, here)), "/") as server:
        assert server.cost(case).grows is grows
