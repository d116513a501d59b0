"""What Schemathesis is told besides: refusals of which a schema cannot speak.

A period that ends before it begins, a cursor that nobody gave out, a metric or a time zone that
there is not: such fit the schema and are refused for what they mean. A parameter that fits its
schema is never refused for its form, which `errors` would name beside the sentence that tells all.
"""

from itertools import count
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

ASKED = count()
MANY = 10
"""Filters of a resource that takes all there are: of these it tries a share."""
SHARES = 4


@schemathesis.hook
def before_load_schema(_: HookContext, raw_schema: dict[str, Any]) -> None:
    """Each filter is tried at some of the resources that take all, and each of these tries some.

    They take them by one dependency, and what each makes of each is looked at elsewhere.
    """
    operations = [one for path in raw_schema["paths"].values() for one in path.values()]
    names = {told["name"] for one in operations for told in one.get("parameters", ())}
    plain = sorted(name for name in names if f"not_{name}" in names)
    filters = [*plain, *(f"not_{name}" for name in plain)]
    number = 0
    for one in operations:
        taken = one.get("parameters", [])
        if sum(told["name"] in filters for told in taken) > MANY:
            share = {name for at, name in enumerate(filters, number) if at % SHARES == 0}
            one["parameters"] = [
                told for told in taken if told["name"] not in filters or told["name"] in share
            ]
            number += 1


@schemathesis.hook
def before_call(_: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Each case comes from another address, of which any may try thirty bad keys a minute."""
    number = next(ASKED)
    case.headers["X-Forwarded-For"] = f"10.0.{number // 256 % 256}.{number % 256}"


@schemathesis.check
def refused_for_its_meaning(_: CheckContext, response: Response, case: Case[Any]) -> None:
    """What fits the schema is refused only for what it means."""
    fits = case.meta is not None and case.meta.generation.mode.is_positive
    if fits and response.status_code == 422:
        told = response.json()
        forms = [one for one in told["errors"] if one["detail"] != told["detail"]]
        assert not forms, f"fits the schema and is refused: {told}"


@schemathesis.check
def every_event_is_accounted_for(_: CheckContext, response: Response, case: Case[Any]) -> None:
    """Of each event it is said what became of it."""
    if case.path == "/v1/events" and response.status_code == 200:
        told = response.json()
        assert sum(told["counts"].values()) == len(told["results"]), told["counts"]
