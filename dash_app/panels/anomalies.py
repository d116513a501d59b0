"""Days that were not as expected, each with what that is told to be and where to look."""

from dash_app import formats, labels
from dash_app.page_request import OVERVIEW, Visit
from dash_app.panels.panel import Panel
from dash_app.table import Table, TableColumn, linked, measured
from netflix_pipeline.serving import Period
from netflix_pipeline.serving.questions.anomalies import (
    Anomalies,
    AnomaliesQuestion,
    AnomalyRow,
)

VERDICTS = {"data are missing": "Data are missing", "unexplained": "Unexplained"}
"""The verdicts that say all by themselves; others name what explains it."""
MEANING = (
    "Not as expected: days so far from what the newest origin before them had said that it is no "
    "chance (a score of 3.2, or of 2.2 on two of three days). Data that are missing are looked for "
    "first, then what is known of the days: notes, holidays, launches, values that make it up."
)
NOTE = "Of everything, and of countries and devices with at least 150 plays a day."


def anomalies(visit: Visit) -> Panel:
    """The panel of what was not as expected of the page's measure in the newest 28 days."""
    answer = visit.source.ask(AnomaliesQuestion(metric=visit.filters.by))
    data = answer.data
    definition = labels.metric(visit.filters.by)
    table = Table.of(
        f"Not as expected in {labels.inline(definition)}",
        (
            TableColumn("first_day", "From", formats.weekday),
            TableColumn("last_day", "To", formats.weekday),
            TableColumn("series", "Of"),
            measured("actual", "It came", definition.unit),
            measured("expected", "Expected", definition.unit),
            measured("low", "80 %: at least", definition.unit),
            measured("high", "80 %: at most", definition.unit),
            TableColumn("score", "Score", formats.number),
            TableColumn("verdict", "Verdict", lambda told: VERDICTS.get(told, told.capitalize())),
            TableColumn("reasons", "Because"),
        ),
        data.anomalies,
        keys=3,
        series=_series,
        reasons=lambda one: "; ".join(one.reasons) or None,
    )
    links = {"first_day": [_days(visit, one) for one in data.anomalies]}
    return Panel(
        name="anomalies",
        heading=table.caption,
        summary=_summary(data),
        table=table,
        answer=answer.model_copy(update={"filters": {}}),
        shown=linked(table, links),
        facts=[("Judged on", formats.day(data.origin))] if data.origin else [],
        sentences=(MEANING,),
        note=NOTE,
        nothing=_nothing(visit, data),
    )


def _series(one: AnomalyRow) -> str:
    """What the days are those of: everything, or a country or device."""
    return "Everything" if one.level == "total" else formats.dimension(one.level, one.member)


def _days(visit: Visit, one: AnomalyRow) -> str:
    """The address of the Overview in these days, narrowed to what they are of."""
    filters = visit.filters.fixed(Period(from_=one.first_day, to=one.last_day))
    if one.level != "total":
        filters = filters.narrowed(one.level, one.member)
    return visit.link(filters, OVERVIEW)


def _watched(visit: Visit, data: Anomalies) -> str:
    """How much was looked at."""
    watched = [each for each in data.watched if each.metric == visit.filters.by]
    series = formats.counted(sum(each.series for each in watched), "series", "series")
    return f"{series} on {formats.counted(sum(each.series_days for each in watched), 'day')}"


def _summary(data: Anomalies) -> str:
    told = data.anomalies
    kinds = {kind: sum(one.verdict == kind for one in told) for kind in VERDICTS}
    explained = len(told) - sum(kinds.values())
    parts = [
        f"{formats.number(count)} {words}"
        for count, words in (
            (kinds["data are missing"], "of missing data"),
            (explained, "explained"),
            (kinds["unexplained"], "unexplained"),
        )
        if count
    ]
    return f"{formats.counted(len(told), 'time')} in the newest 28 days: {', '.join(parts)}."


def _nothing(visit: Visit, data: Anomalies) -> str:
    if data.origin is None:
        return (
            "No day has been judged yet. The job `learn` does it, once forecasts were made of days "
            "before they came: from the second day on that it runs."
        )
    if not any(each.metric == visit.filters.by and each.series_days for each in data.watched):
        return "No day could be judged yet: it takes forecasts that were made before days came."
    return f"All was as expected: {_watched(visit, data)} were looked at."
