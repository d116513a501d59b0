"""What Schemathesis is told besides: refusals of which a schema cannot speak.

A period that ends before it begins, a cursor that nobody gave out, a metric or a time zone that
there is not: such fit the schema and are refused for what they mean. A parameter that fits its
schema is never refused for its form, which `errors` would name beside the sentence that tells all.
"""

import json
import os
from collections import defaultdict
from itertools import count
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

from netflix_pipeline.ids import BLANKS

ASKED = count()
SHARES = int(os.environ.get("SCHEMATHESIS_SHARES", "8"))
"""Of so many resources that take a parameter in one way it is tried at one."""


@schemathesis.hook
def before_load_schema(_: HookContext, raw_schema: dict[str, Any]) -> None:
    """What several resources take in one way, each of them tries some of: every one is tried.

    They take it by one dependency, and what each makes of it is looked at elsewhere. So it is with
    events, which are decoded one by one: those of every type alone, in a list those of one.
    """
    taking = defaultdict(list)
    for operation in (one for path in raw_schema["paths"].values() for one in path.values()):
        for told in operation.get("parameters", ()):
            if not told.get("required"):
                taken = told["in"], told["name"], json.dumps(told["schema"], sort_keys=True)
                taking[taken].append(operation)
    for number, ((where, name, _schema), operations) in enumerate(sorted(taking.items())):
        for at, operation in enumerate(operations):
            if (at - number) % min(SHARES, len(operations)):
                operation["parameters"] = [
                    told
                    for told in operation["parameters"]
                    if (told["in"], told["name"]) != (where, name)
                ]
    if SHARES > 1:
        body = raw_schema["paths"]["/v1/events"]["post"]["requestBody"]["content"]
        _one, several = body["application/json"]["schema"]["anyOf"]
        several["items"] = {"$ref": "#/components/schemas/WatchEvent"}


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
        ids = (case.path_parameters or {}).items()
        # Blanks around an id do not count: of one that is nothing else, nothing is left.
        blank = {f"path.{name}" for name, value in ids if not str(value).strip(BLANKS)}
        forms = [
            one
            for one in told["errors"]
            if one["detail"] != told["detail"] and one["field"] not in blank
        ]
        assert not forms, f"fits the schema and is refused: {told}"


@schemathesis.check
def every_event_is_accounted_for(_: CheckContext, response: Response, case: Case[Any]) -> None:
    """Of each event it is said what became of it."""
    if case.path == "/v1/events" and response.status_code == 200:
        told = response.json()
        assert sum(told["counts"].values()) == len(told["results"]), told["counts"]
