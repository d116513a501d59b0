"""The form that narrows what arrived to a source, a table, and a reason."""

from collections.abc import Iterable, Mapping

from dash_app import formats
from dash_app.markup import Html, element
from dash_app.page_request import Visit
from dash_app.panels.controls import kept, labelled
from dash_app.panels.quarantine import reason_in_words

LABELS = {"source": "Source", "table": "Table", "reason": "Reason"}


def narrowing(visit: Visit, choices: Mapping[str, Iterable[str]]) -> Html:
    """Lists of the values there are, by name; what is chosen is offered also where nothing has it.

    It sends itself when a list is changed and scripts run; without them it has a button.
    """
    return element(
        "form",
        [
            _list(visit, name, label, {*choices[name], *filter(None, [visit.own(name)])})
            for name, label in LABELS.items()
        ],
        kept(visit.filters.with_own(cursor=None, **dict.fromkeys(LABELS))),
        element("button", "Show", type="submit"),
        action=visit.path,
        method="get",
        aria_label="Narrow down what arrived",
        data_auto=True,
        class_="lists",
    )


def _list(visit: Visit, name: str, label: str, values: set[str]) -> Html:
    chosen = visit.own(name)
    options = [
        element(
            "option",
            reason_in_words(value) if name == "reason" else value,
            value=value,
            selected=value == chosen,
        )
        for value in sorted(values, key=formats.natural)
    ]
    return labelled(label, name, [element("option", "All", value=""), *options], bool(chosen))
