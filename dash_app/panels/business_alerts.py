"""Alerts of a reader on numbers: the form of one, the days that meet it, and those kept."""

from typing import Any

from dash_app import figures, formats, labels
from dash_app.alerting import ADDRESSES, KEEP, REMOVE, TO, WantedRule, amount_of, said_of
from dash_app.filters import BadAddress, ViewState
from dash_app.markup import Html, Node, element
from dash_app.page_request import ALERTS, Visit
from dash_app.panels.filter_bar import kept as kept_fields
from dash_app.panels.panel import Panel, nothing_of
from dash_app.table import Table, TableColumn, measured
from netflix_pipeline.business_alerts import BadBusinessAlert, Calendar, Recent, Rule, judge, recent
from netflix_pipeline.business_alerts.texts import limit
from netflix_pipeline.errors import BadInput
from netflix_pipeline.serving import OF_PERIODS, Answer
from netflix_pipeline.state import BusinessAlert
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


def _wanted(visit: Visit) -> WantedRule:
    """The rule that the address says. Raises BadAddress."""
    wanted = WantedRule.of(visit.filters, visit.narrowing)
    try:
        wanted.rule.check()
    except BadBusinessAlert as error:
        raise BadAddress(str(error), "metric", "amount", *visit.narrowing.given) from error
    return wanted


def _calendar(visit: Visit) -> Calendar:
    return Calendar(visit.zone, visit.week_start)


def _recent(visit: Visit, rule: Rule) -> Recent:
    return recent(visit.source.current(), rule, _calendar(visit))


def asking(visit: Visit) -> Html:
    """The form of what to be told of, what is found of it now, and the form that keeps it."""
    wanted = _wanted(visit)
    rule = wanted.rule
    found = judge(visit.source.current(), rule, _calendar(visit))
    before = _recent(visit, rule)
    days = formats.counted(len(before.past), rule.grain)
    times = f"It would have fired on {len(before.fired)} of the last {days}."
    return element(
        "section",
        element("header", element("h2", "What to be told of")),
        _form(visit, rule),
        element(
            "div",
            element("p", element("strong", times)),
            element("p", found.sentence),
            element("p", ABOUT, class_="note"),
            class_="found",
        ),
        _keeping(visit, wanted),
        aria_label="What to be told of",
        class_="panel alert-form",
    )


def met(visit: Visit) -> Panel:
    """The panel of the last days or weeks, and which of them meet the condition."""
    rule = _wanted(visit).rule
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


def kept(visit: Visit) -> Html:
    """The alerts that the reader keeps, with their state and the forms that change them."""
    rows = [_row(each) for each in visit.kept_alerts]
    return element(
        "section",
        element("header", element("h2", "Your alerts" if visit.reader else "Alerts")),
        element("ul", rows, class_="notes")
        if rows
        else element("p", "No alert is kept yet.", class_="nothing"),
        aria_label="Alerts that are kept",
        class_="panel noted",
    )


def _form(visit: Visit, rule: Rule) -> Html:
    """The form that shows another rule: it only leads to its address."""
    metrics = {name: labels.metric(name).label for name in OF_PERIODS}
    own = dict.fromkeys(("metric", "condition", "amount", "grain"))
    return element(
        "form",
        _select(
            "Number", "metric", dict(sorted(metrics.items(), key=lambda one: one[1])), rule.metric
        ),
        _select("When it", "condition", CONDITION_LABELS, rule.condition),
        _field(
            "Percent, or amount",
            type="number",
            name="amount",
            value=amount_of(rule),
            step="any",
            required=True,
        ),
        _select("Looked at", "grain", GRAIN_LABELS, rule.grain),
        kept_fields(visit.filters.with_own(**own)),
        element("button", "Show", type="submit", class_="button"),
        action=ALERTS,
        method="get",
        class_="fields",
    )


def _keeping(visit: Visit, wanted: WantedRule) -> Html:
    """The form that keeps what is shown, as another alert or in place of one."""
    before = next((each for each in visit.kept_alerts if each.id == wanted.alert), None)
    told = before.definition.receivers if before else visit.receivers.names
    name = before.definition.name if before else labels.metric(wanted.rule.metric).label
    checks = [
        _check(RECEIVER_LABELS[each], f"{TO}{each}", each, each in told)
        for each in visit.receivers.names
    ]
    addresses = " ".join(each for each in told if "@" in each)
    view = visit.link(visit.filters.with_own(**said_of(wanted.rule, before.id if before else None)))
    nobody = not visit.receivers.names and not visit.receivers.domains
    return element(
        "form",
        _field(
            "Name of the alert",
            type="text",
            name="name",
            value=name[:LONGEST_NAME],
            maxlength=str(LONGEST_NAME),
            required=True,
            autocomplete="off",
        ),
        element("fieldset", element("legend", "Who is told"), checks) if checks else None,
        _field(
            f"E-mail addresses ({', '.join(visit.receivers.domains)})",
            type="text",
            name=ADDRESSES,
            value=addresses,
            autocomplete="off",
        )
        if visit.receivers.domains
        else None,
        element(
            "p",
            "Nobody is told by message: whoever runs this service has configured no receiver. What "
            "is found is shown here.",
            class_="note",
        )
        if nobody
        else None,
        element("input", type="hidden", name="view", value=view),
        element("input", type="hidden", name="back", value=ALERTS),
        element(
            "button", "Change" if before else "Keep this alert", type="submit", class_="button"
        ),
        action=KEEP,
        method="post",
        class_="fields",
    )


def _row(alert: BusinessAlert) -> Html:
    told, found = alert.definition, alert.finding
    about = element("span", f" the alert {told.name}", class_="unseen")
    try:
        rule = Rule.of(told)
    except BadInput as error:
        said, change = str(error), None
    else:
        narrowed = formats.narrowed(rule.filters.told)
        what = f"{labels.metric(rule.metric).label}: {limit(rule)}"
        said = f"{told.name} – {what}{f' ({narrowed})' if narrowed else ''}"
        filters = ViewState(narrowing=rule.filters).with_own(**said_of(rule, alert.id))
        change = element("a", "Change", about, href=ALERTS + filters.query())
    state = VERDICTS.get(found.verdict or "", "Not judged yet")
    remove = element(
        "form",
        element("input", type="hidden", name="id", value=str(alert.id)),
        element("input", type="hidden", name="back", value=ALERTS),
        element("button", "Remove", about, type="submit"),
        action=REMOVE,
        method="post",
    )
    return element(
        "li",
        element("span", formats.day(found.first_day) if found.first_day else "", class_="on"),
        element("span", state, class_=f"kind-of {found.verdict or 'unknown'}"),
        element("span", said, element("br"), found.sentence or "", class_="text"),
        remove,
        change,
    )


def _select(label: str, name: str, options: dict[str, str], chosen: str) -> Html:
    return element(
        "label",
        element("span", label),
        element(
            "select",
            [
                element("option", text, value=value, selected=value == chosen)
                for value, text in options.items()
            ],
            name=name,
        ),
    )


def _field(label: str, **attributes: Any) -> Html:
    return element("label", element("span", label), element("input", **attributes))


def _check(label: str, name: str, value: str, checked: bool) -> Node:
    box = element("input", type="checkbox", name=name, value=value, checked=checked)
    return element("label", box, element("span", label), class_="check")
