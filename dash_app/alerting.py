"""Alerts of the dashboard's readers: what an address or a form says of one, and how it is kept."""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Self

from sqlalchemy import Engine

from dash_app import labels
from dash_app.annotations import number_of
from dash_app.filters import BadAddress, ViewState
from dash_app.forms import Form
from dash_app.page_request import ALERTS
from netflix_pipeline.addresses import query_string
from netflix_pipeline.business_alerts import CONDITIONS, GRAINS, BadBusinessAlert, Rule
from netflix_pipeline.business_alerts.receivers import CONFIGURED, AlertReceivers
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import BusinessAlert, BusinessAlerts
from netflix_pipeline.state.business_alerts import LONGEST_NAME

KEEP, REMOVE = "/alerts/keep", "/alerts/remove"
FORM, LIST = "alert", "kept"
"""Ids of the section with the form, and of that with the alerts that are kept."""
RULE = ("metric", "condition", "amount", "grain")
"""The fields of the form that say what to be told of."""
TO = "to_"
"""Before the name of a receiver, in fields."""
ADDRESSES = "addresses"
OF_ALERT = (*RULE, "alert", "name", ADDRESSES, *(TO + name for name in CONFIGURED))
"""What the form says, besides filters; `alert` is the number of one that is kept."""
OWN = (*OF_ALERT, "view")
"""What the address of the page says besides filters.

`view` is the address of a view to be mailed.
"""
BACK = "back"
"""The field of a form that says where it stands."""
MOST_ADDRESSES = 10
ACTOR = "dashboard"
"""Who changed an alert, in the audit."""
Change = Callable[[Engine, Form, str], str | None]


def owner_of(reader: str) -> str:
    """Whose alerts those of a reader are; empty where nobody signs in: everybody's."""
    return f"person:{reader}" if reader else ""


@dataclass(frozen=True)
class WantedAlert:
    """What the address of the form says of an alert, with what is usual where it says nothing.

    `alert` is the number of the one in whose place it is kept, `name` is empty where it is called
    as its metric is. `wrong` says why it cannot be kept, by the field that is so: one of those in
    RULE, `name`, `filters` or `receivers`.
    """

    rule: Rule
    alert: int | None
    name: str
    receivers: tuple[str, ...]
    wrong: Mapping[str, str]

    @classmethod
    def of(cls, filters: ViewState, known: AlertReceivers) -> Self:
        """Raises BadAddress where it says what no form does."""
        said = dict(filters.own)
        condition = next((one for one in CONDITIONS if one == said.get("condition", "falls")), None)
        grain = next((one for one in GRAINS if one == said.get("grain", "day")), None)
        if condition is None or grain is None:
            raise BadAddress("there is no such condition or grain.", "condition", "grain")
        try:
            amount = float(said.get("amount", "20"))
        except ValueError:
            amount = math.nan  # which is refused as any other amount
        number = said.get("alert", "")
        if number and not (number.isascii() and number.isdigit() and len(number) <= 9):
            raise BadAddress("no alert has that number.", "alert")
        metric, name = said.get("metric", filters.by), said.get("name", "")
        rule = Rule(metric, filters.narrowing, condition, amount, grain)
        receivers = _receivers(said) or (() if number else known.names)
        checks: tuple[Callable[[], object], ...] = (
            rule.check,
            partial(rule.kept, name or metric, receivers),
            partial(_check_receivers, known, receivers),
        )
        wrong = dict[str, str]()
        for check in checks:
            try:
                check()
            except BadBusinessAlert as error:
                wrong.setdefault(error.field, str(error))
        return cls(rule, int(number) if number else None, name, receivers, wrong)

    @property
    def can_be_judged(self) -> bool:
        """Whether its rule is one that may be kept, whatever else is wrong."""
        return self.wrong.keys().isdisjoint((*RULE, "filters"))


def _receivers(said: Mapping[str, str]) -> tuple[str, ...]:
    named = (name for name in CONFIGURED if TO + name in said)
    return (*named, *said.get(ADDRESSES, "").replace(",", " ").split())


def _check_receivers(known: AlertReceivers, receivers: Sequence[str]) -> None:
    if sum("@" in each for each in receivers) > MOST_ADDRESSES:
        raise BadBusinessAlert(f"at most {MOST_ADDRESSES} addresses are written to.", "receivers")
    known.check(receivers)


def amount_of(rule: Rule) -> str:
    """The amount as a form and an address have it: as short as may be, and none of it lost."""
    return repr(rule.amount).removesuffix(".0")


def showing(filters: ViewState, rule: Rule, kept: BusinessAlert | None = None) -> ViewState:
    """The view that shows a rule under its filters: to keep it, or to change one that is kept."""
    said: dict[str, str | None] = {
        **dict.fromkeys(OF_ALERT),
        "metric": rule.metric,
        "condition": rule.condition,
        "amount": amount_of(rule),
        "grain": rule.grain,
    }
    if kept:
        told = kept.definition
        said |= {"alert": str(kept.id), "name": told.name}
        said |= {TO + name: name for name in CONFIGURED if name in told.receivers}
        said[ADDRESSES] = " ".join(each for each in told.receivers if "@" in each)
    return filters.with_own(**said)


def changes(
    settings: Settings, called: Callable[[], AbstractContextManager[None]]
) -> dict[str, Change]:
    """What the forms do, by their addresses: they keep an alert and remove one.

    Meanwhile it is `called` that things are called as the home says.
    """
    known = AlertReceivers.of(settings)

    def keep(engine: Engine, form: Form, who: str) -> str:
        """Keep what stands in the form, shown or not; it leads to where that is shown.

        Where it cannot be kept, that is the form with what is wrong at its field. Raises BadInput
        for what no field can tell.
        """
        if not all(form.get(name) for name in RULE):
            raise BadBusinessAlert(
                "the form does not say all that an alert is, or its filters say too much. Fill in "
                "each field, and choose fewer values."
            )
        said = query_string([(name, value) for name, value in form.pairs if name != BACK])
        filters = ViewState.parse(said, OWN)
        wanted = WantedAlert.of(filters, known)
        if wanted.wrong:
            return ALERTS + filters.query()
        with called():
            name = wanted.name or labels.metric(wanted.rule.metric).label[:LONGEST_NAME]
        definition = wanted.rule.kept(name, wanted.receivers)
        alerts, owner = BusinessAlerts(engine), owner_of(who)
        if wanted.alert is None:
            alerts.add(definition, owner, actor=ACTOR)
        else:
            alerts.replace(wanted.alert, definition, owner, actor=ACTOR)
        return f"{ALERTS}{showing(filters, wanted.rule).query()}#{LIST}"

    def remove(engine: Engine, form: Form, who: str) -> None:
        BusinessAlerts(engine).remove(number_of(form), owner_of(who), actor=ACTOR)

    return {KEEP: keep, REMOVE: remove}
