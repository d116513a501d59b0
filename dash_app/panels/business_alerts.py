"""Alerts of a reader on numbers: the form of one, the days that meet it, and those kept."""

import math
from dataclasses import dataclass, field, replace
from typing import Any

from dash_app import figures, formats, forms, labels
from dash_app.alerting import (
    ADDRESSES,
    BACK,
    FORM,
    KEEP,
    LIST,
    OF_ALERT,
    REMOVE,
    TO,
    WantedAlert,
    amount_of,
    showing,
)
from dash_app.filters import BadAddress, ViewState
from dash_app.markup import Html, Node, element, fragment
from dash_app.page_request import ALERTS, Visit
from dash_app.panels.controls import kept as kept_fields
from dash_app.panels.panel import Panel, nothing_of
from dash_app.table import Table, TableColumn, measured
from netflix_pipeline.business_alerts import Calendar, Finding, Recent, Rule, judge, recent
from netflix_pipeline.business_alerts.texts import called, limit
from netflix_pipeline.errors import BadInput
from netflix_pipeline.serving import OF_PERIODS, Answer
from netflix_pipeline.state import AlertFinding, BusinessAlert
from netflix_pipeline.state.business_alerts import LONGEST_NAME
from netflix_pipeline.time_zones import UTC

CONDITION_LABELS = {
    "falls": "falls by more than … %",
    "rises": "rises by more than … %",
    "below": "is below …",
    "above": "is above …",
}
GRAIN_LABELS = {"day": "each day", "week": "each week"}
ABOUT = (
    "A fall or a rise is against the mean of the same weekdays of the four weeks before, or of "
    "these weeks. A day is judged once all rows of it are in that usually come. Where rows are "
    "missing, that is told in place of a fall. The amount of a share is from 0 to 1. An alert that "
    "is kept goes by the days of the time zone, and the weeks, that this service has by default."
)
RECEIVER_LABELS = {
    "webhook": "Webhook",
    "slack": "Slack",
    "email": "E-mail to the usual addresses",
    "command": "Command",
}
VERDICTS = {
    "well": "Well",
    "fires": "Fires",
    "data_missing": "Data missing",
    "unknown": "Cannot be judged",
}
NOT_JUDGED = "It is judged within seconds, while the API of this service runs."


def wanted(visit: Visit) -> WantedAlert:
    """The alert that the address says, right or wrong. Raises BadAddress."""
    return WantedAlert.of(visit.filters, visit.receivers)


@dataclass(frozen=True)
class Preview:
    """What is found now of the alert that the address says; None where it cannot be judged."""

    wanted: WantedAlert
    found: Finding | None = None
    before: Recent = field(default_factory=Recent)


def preview(visit: Visit) -> Preview:
    """What is found of it. Raises BadAddress."""
    alert = wanted(visit)
    if not alert.can_be_judged:
        return Preview(alert)
    found = judge(visit.source.current(), alert.rule, _calendar(visit))
    return Preview(alert, found, _recent(visit, alert.rule))


def _calendar(visit: Visit) -> Calendar:
    return Calendar(visit.zone, visit.week_start)


def _recent(visit: Visit, rule: Rule) -> Recent:
    return recent(visit.source.current(), rule, _calendar(visit))


def asking(visit: Visit, shown: Preview) -> Html:
    """The form of what to be told of, and what is found of it now: it is shown, or kept."""
    number = shown.wanted.alert
    before = next((each for each in visit.kept_alerts if each.id == number), None)
    own = {**dict.fromkeys(OF_ALERT), "alert": str(before.id) if before else None}
    return element(
        "section",
        element("header", element("h2", "What to be told of")),
        # A single form: what is kept is what stands in it, shown or not.
        element(
            "form",
            _rule(shown.wanted),
            _found(shown),
            _keeping(visit, shown.wanted, before),
            kept_fields(visit.filters.with_own(**own)),
            action=ALERTS,
            method="get",
        ),
        aria_label="What to be told of",
        id=FORM,
        class_="panel alert-form",
    )


def met(visit: Visit) -> Panel:
    """The panel of the last days or weeks, and which of them meet the condition."""
    alert = wanted(visit)
    if not alert.can_be_judged:
        raise BadAddress(next(iter(alert.wrong.values())))
    rule = alert.rule
    metric = labels.metric(rule.metric)
    heading = f"{metric.label}: {limit(rule)}"
    past = _recent(visit, rule).past
    columns = (
        TableColumn("from", rule.grain.capitalize(), lambda day: formats.stretch(rule.grain, day)),
        measured(rule.metric, metric.label, metric.unit),
        measured("base", "Mean before", metric.unit),
        TableColumn("met", "Met", none=""),
    )
    rows = (
        (each.period.from_, each.value, each.base, "Met" if each.meets else None) for each in past
    )
    table = Table(heading, columns, tuple(rows)).rows_if(
        any(each.value is not None for each in past)
    )
    traces = figures.line(table, "from", "base", name="Mean before", color="compare", dash="dash")
    traces += figures.line(table, "from", rule.metric, name=metric.label)
    fired = [formats.stretch(rule.grain, each.period.from_) for each in past if each.meets]
    summary = f"Met: {', '.join(fired)}." if fired else f"Met on no {rule.grain}."
    return Panel(
        name="met",
        heading=heading,
        summary=summary,
        table=table,
        answer=Answer[None](
            data=None,
            snapshot=visit.info,
            filters=visit.narrowing.told,
            zone=visit.zone if rule.definition.by_zone else UTC,
            metrics=(rule.metric,),
        ),
        figure=figures.lines(table, "from", traces, value=metric.label, unit=metric.unit),
        sentences=[ABOUT],
        nothing=nothing_of(rule.metric),
    )


def kept(visit: Visit, shown: Preview) -> Html:
    """The alerts that the reader keeps, with their state and the forms that change them."""
    rows = [_row(visit, each, shown) for each in visit.kept_alerts]
    return element(
        "section",
        element("header", element("h2", "Your alerts" if visit.reader else "Alerts")),
        element("ul", rows, class_="notes")
        if rows
        else element("p", "No alert is kept yet.", class_="nothing"),
        aria_label="Alerts that are kept",
        id=LIST,
        class_="panel noted",
    )


def _rule(wanted: WantedAlert) -> Html:
    """The fields that say what to be told of, and the button that shows what is found of it."""
    rule, wrong = wanted.rule, wanted.wrong
    metrics = {name: labels.metric(name).label for name in OF_PERIODS}
    by_name = dict(sorted(metrics.items(), key=lambda one: one[1]))
    return element(
        "div",
        _select("Number", "metric", by_name, rule.metric, wrong.get("metric")),
        _select("When it", "condition", CONDITION_LABELS, rule.condition),
        _field(
            "Percent, or amount",
            "amount",
            amount_of(rule) if math.isfinite(rule.amount) else "",
            wrong.get("amount"),
            type="number",
            step="any",
            required=True,
        ),
        _select("Looked at", "grain", GRAIN_LABELS, rule.grain),
        element("button", "Show", type="submit", class_="button"),
        class_="fields",
    )


def _found(shown: Preview) -> Html | None:
    """What is found of it now, and of the last days or weeks."""
    if shown.found is None:
        return None
    rule, before = shown.wanted.rule, shown.before
    days = formats.counted(len(before.past), rule.grain)
    times = f"It would have fired on {len(before.fired)} of the last {days}."
    return element(
        "div",
        element("p", element("strong", times)),
        element("p", _in_names(rule, shown.found.sentence)),
        element("p", ABOUT, class_="note"),
        class_="found",
    )


def _keeping(visit: Visit, wanted: WantedAlert, before: BusinessAlert | None) -> Html:
    """The fields that say how to keep it, as another alert or in place of the one `before`."""
    known, wrong = visit.receivers, wanted.wrong
    checks = [
        _check(RECEIVER_LABELS[each], f"{TO}{each}", each, each in wanted.receivers)
        for each in known.names
    ]
    of_receivers = wrong.get("receivers")
    return element(
        "div",
        _field(
            "Name of the alert",
            "name",
            wanted.name,
            wrong.get("name"),
            type="text",
            placeholder="As the number is called",
            maxlength=str(LONGEST_NAME),
            autocomplete="off",
        ),
        element("fieldset", element("legend", "Who is told"), checks) if checks else None,
        _field(
            f"E-mail addresses ({', '.join(known.domains)})",
            ADDRESSES,
            " ".join(each for each in wanted.receivers if "@" in each),
            of_receivers,
            type="text",
            autocomplete="off",
        )
        if known.domains
        else _wrong(ADDRESSES, of_receivers),
        None
        if checks or known.domains
        else element(
            "p",
            "Nobody is told by message: whoever runs this service has configured no receiver. What "
            "is found is shown here.",
            class_="note",
        ),
        _wrong("filters", wrong.get("filters")),
        element(
            "button",
            "Change" if before else "Keep this alert",
            type="submit",
            name=BACK,
            value=forms.inside(visit.link()),
            formaction=KEEP,
            formmethod="post",
            class_="button",
        ),
        class_="fields",
    )


def _row(visit: Visit, alert: BusinessAlert, shown: Preview) -> Html:
    told, found = alert.definition, alert.finding
    about = element("span", f" the alert {told.name}", class_="unseen")
    try:
        rule = Rule.of(told)
    except BadInput as error:
        said, sentence, change = str(error), found.sentence or "", None
    else:
        found = _judged(visit, rule, found, shown)
        narrowed = formats.narrowed(rule.filters.told)
        what = f"{labels.metric(rule.metric).label}: {limit(rule)}"
        said = f"{told.name} – {what}{f' ({narrowed})' if narrowed else ''}"
        sentence = _in_names(rule, found.sentence or NOT_JUDGED)
        view = showing(ViewState(narrowing=rule.filters), rule, alert)
        change = element("a", "Change", about, href=f"{ALERTS}{view.query()}#{FORM}")
    state = VERDICTS.get(found.verdict or "", "Not judged yet")
    remove = element(
        "form",
        element("input", type="hidden", name="id", value=str(alert.id)),
        element("input", type="hidden", name=BACK, value=f"{forms.inside(visit.link())}#{LIST}"),
        element("button", "Remove", about, type="submit"),
        action=REMOVE,
        method="post",
    )
    return element(
        "li",
        element("span", formats.day(found.first_day) if found.first_day else "", class_="on"),
        element("span", state, class_=f"kind-of {found.verdict or 'unknown'}"),
        element("span", said, element("br"), sentence, class_="text"),
        remove,
        change,
    )


def _judged(visit: Visit, rule: Rule, kept: AlertFinding, shown: Preview) -> AlertFinding:
    """What was found of an alert; until it is judged, what is shown of the same rule."""
    found = shown.found
    usual = Calendar(visit.usual_zone, visit.usual_start)  # by which it will be
    if kept.verdict or not found or rule != shown.wanted.rule or usual != _calendar(visit):
        return kept
    first = found.period.from_ if found.period else None
    return replace(kept, verdict=found.verdict, first_day=first, sentence=found.sentence)


def _in_names(rule: Rule, sentence: str) -> str:
    """A sentence on a rule, whose filters are called as on all pages, and not by their values."""
    narrowed = formats.narrowed(rule.filters.told)
    named = f"{labels.metric(rule.metric).label}{f' ({narrowed})' if narrowed else ''}"
    return sentence.replace(called(rule), named, 1)


def _select(
    label: str, name: str, options: dict[str, str], chosen: str, wrong: str | None = None
) -> Html:
    choices = [
        element("option", text, value=value, selected=value == chosen)
        for value, text in options.items()
    ]
    box = element("select", choices, name=name, **_pointing(name, wrong))
    return fragment(element("label", element("span", label), box), _wrong(name, wrong))


def _field(label: str, name: str, value: str, wrong: str | None, **attributes: Any) -> Html:
    box = element("input", name=name, value=value, **attributes, **_pointing(name, wrong))
    return fragment(element("label", element("span", label), box), _wrong(name, wrong))


def _pointing(name: str, wrong: str | None) -> dict[str, str | bool]:
    """The attributes of a field that points at what is wrong with it, and is where one begins."""
    if wrong is None:
        return {}
    return {"aria_invalid": "true", "aria_describedby": f"wrong-{name}", "autofocus": True}


def _wrong(name: str, wrong: str | None) -> Html | None:
    if wrong is None:
        return None
    said = wrong[:1].upper() + wrong[1:]
    return element("p", said, id=f"wrong-{name}", role="alert", class_="notice")


def _check(label: str, name: str, value: str, checked: bool) -> Node:
    box = element("input", type="checkbox", name=name, value=value, checked=checked)
    return element("label", box, element("span", label), class_="check")
