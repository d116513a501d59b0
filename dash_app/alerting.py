"""Alerts of the dashboard's readers: what an address says of one, and the forms that keep it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from sqlalchemy import Engine

from dash_app import forms
from dash_app.annotations import number_of
from dash_app.filters import BadAddress, ViewState
from netflix_pipeline.business_alerts import (
    CONDITIONS,
    GRAINS,
    BadBusinessAlert,
    Rule,
    check_receivers,
)
from netflix_pipeline.serving import Filters
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import BusinessAlerts

KEEP, REMOVE = "/alerts/keep", "/alerts/remove"
OWN = ("metric", "condition", "amount", "grain", "alert", "view")
"""What the address of the page says besides filters.

`alert` is the number of one that is kept, `view` the address of a view to be mailed.
"""
TO = "to_"
"""Before the name of a receiver, in forms."""
ADDRESSES = "addresses"
ACTOR = "dashboard"
"""Who changed an alert, in the audit."""
Form = Mapping[str, str]


def owner_of(reader: str) -> str:
    """Whose alerts those of a reader are; empty where nobody signs in: everybody's."""
    return f"person:{reader}" if reader else ""


@dataclass(frozen=True)
class WantedRule:
    """The rule that an address says, with what is usual where it says nothing."""

    rule: Rule
    alert: int | None

    @classmethod
    def of(cls, filters: ViewState, narrowing: Filters) -> Self:
        """Raises BadAddress where it says what can be no rule."""
        said = dict(filters.own)
        condition = next((one for one in CONDITIONS if one == said.get("condition", "falls")), None)
        grain = next((one for one in GRAINS if one == said.get("grain", "day")), None)
        if condition is None or grain is None:
            raise BadAddress("there is no such condition or grain.", "condition", "grain")
        try:
            amount = float(said.get("amount", "20"))
        except ValueError as error:
            raise BadAddress("an amount is a number, such as 20 or 0.5.", "amount") from error
        number = said.get("alert", "")
        if number and not (number.isascii() and number.isdigit() and len(number) <= 9):
            raise BadAddress("no alert has that number.", "alert")
        rule = Rule(said.get("metric", filters.by), narrowing, condition, amount, grain)
        return cls(rule, int(number) if number else None)


def amount_of(rule: Rule) -> str:
    """The amount as a form and an address have it: as short as may be, and none of it lost."""
    return repr(rule.amount).removesuffix(".0")


def said_of(rule: Rule, alert: int | None) -> dict[str, str]:
    """What an address says of a rule, besides its filters."""
    said = {
        "metric": rule.metric,
        "condition": rule.condition,
        "amount": amount_of(rule),
        "grain": rule.grain,
    }
    return said | ({"alert": str(alert)} if alert else {})


def changes(settings: Settings) -> dict[str, Callable[[Engine, dict[str, str], str], None]]:
    """What the forms do, by their addresses: they keep an alert and remove one."""

    def keep(engine: Engine, form: Form, who: str) -> None:
        """Keep what the view that the form stands in shows. Raises BadInput."""
        view = form.get("view", "")
        if forms.inside(view) != view:  # another view would be kept in its place
            raise BadBusinessAlert(
                "the view cannot be kept: its filters say too much. Choose fewer values."
            )
        filters = ViewState.parse(urlsplit(view).query, OWN)
        wanted = WantedRule.of(filters, filters.narrowing)
        receivers = list(_receivers(form))
        check_receivers(settings, receivers)
        definition = wanted.rule.kept(form.get("name", ""), receivers)
        alerts, owner = BusinessAlerts(engine), owner_of(who)
        if wanted.alert is None:
            alerts.add(definition, owner, actor=ACTOR)
        else:
            alerts.replace(wanted.alert, definition, owner, actor=ACTOR)

    def remove(engine: Engine, form: dict[str, str], who: str) -> None:
        BusinessAlerts(engine).remove(number_of(form), owner_of(who), actor=ACTOR)

    return {KEEP: keep, REMOVE: remove}


def _receivers(form: Form) -> Iterator[str]:
    yield from (name.removeprefix(TO) for name in form if name.startswith(TO))
    addresses = form.get(ADDRESSES, "").replace(",", " ").split()
    if len(addresses) > 10:
        raise BadBusinessAlert("at most 10 addresses are written to.")
    yield from addresses
