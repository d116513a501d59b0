"""How much is expected to be watched in four weeks, beside what came; how good that has been."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from dash_app import figures, formats, labels
from dash_app.filters import BadAddress
from dash_app.markup import Html, element
from dash_app.page_request import Visit
from dash_app.panels.controls import option_link
from dash_app.panels.expected import series
from dash_app.panels.panel import PEOPLE, Panel
from dash_app.table import Table, TableColumn, measured
from netflix_pipeline.serving import Answer, Filters, Period, title_names
from netflix_pipeline.serving.questions.forecast import (
    AS_TOLD,
    TOTAL,
    Forecast,
    ForecastAccuracyQuestion,
    ForecastQuestion,
    ForecastScore,
)
from netflix_pipeline.serving.questions.series import SeriesQuestion

ORIGIN = "origin"
"""The name in an address of the day at whose beginning it was said."""
BEFORE = 56
"""Days before an origin that are shown beside what is expected."""
WEEKS_BEFORE = (1, 2, 3, 4)
"""How long before the newest origin earlier ones are linked."""
MOST_TITLES = 6
"""Titles that are offered at once."""
FEW = 5
"""Origins that are linked where none is a week old."""
WIDE, NARROW = "Expected, 95 %", "Expected, 80 %"
NO_LEARNING = (
    "Nothing has been forecast yet. The job `learn` does it behind each publish, where Dagster "
    "runs; by hand: netflix-pipeline learn."
)
NO_SUCH = (
    "There are forecasts of everything, and of one country, device, genre or title with at least "
    "ten people. Choose one of these, or take filters away."
)
LEVELS = {
    "total": "Everything",
    "country": "Countries",
    "device": "Devices",
    "genre": "Genres",
    "title": "Titles",
}
BETTER = (
    "Better than simple ones: 1 − error ÷ that of the best of the week before, the mean of the "
    "last four same weekdays, and the mean of 28 days; with a 95 % interval. Where that reaches "
    "from below to above 0, nothing is claimed."
)
SCALED = (
    "Error ÷ week’s change (MASE): how far the median was off, as a share of how much days "
    "differed from those a week before them."
)
ROUND = (
    "In four weeks each day is forecast anew from all that was known when its day of origin "
    "began; later rows change what came, and not what was said."
)


def ask(visit: Visit) -> Answer[Forecast] | None:
    """What was said at the origin of the address, or the newest; None of what nothing is.

    Raises BadAddress for an origin that is no day.
    """
    told = series(visit)
    if told is None:
        return None
    chosen = visit.own(ORIGIN)
    try:
        origin = date.fromisoformat(chosen) if chosen else None
    except ValueError:
        raise BadAddress(f"`{ORIGIN}` is a day, YYYY-MM-DD.") from None
    return visit.source.ask(ForecastQuestion(visit.filters.by, *told, origin))


def course(visit: Visit) -> Panel:
    """The panel of what came before an origin, and was expected of the days behind it."""
    answer = ask(visit)
    definition = labels.metric(visit.filters.by)
    heading = f"{definition.label} expected by day"
    if answer is None or answer.data.origin is None or not answer.data.days:
        return _nothing(visit, "course", heading, answer)
    data, days = answer.data, answer.data.days
    origin = days[0].day
    came = _came(visit, Period(from_=origin - timedelta(days=BEFORE), to=days[-1].day))
    known = visit.info.days
    back = (origin - timedelta(days=each) for each in range(BEFORE, 0, -1))
    before = [day for day in back if known and known.from_ <= day <= known.to]
    unit = definition.unit
    table = Table(
        heading,
        (
            TableColumn("from", "Day (UTC)", formats.weekday),
            measured("came", definition.label, unit),
            measured("expected", "Expected", unit),
            measured("low_80", "80 %: at least", unit),
            measured("high_80", "80 %: at most", unit),
            measured("low_95", "95 %: at least", unit),
            measured("high_95", "95 %: at most", unit),
        ),
        (
            *((day, came.get(day), None, None, None, None, None) for day in before),
            *(
                (one.day, came.get(one.day), one.q50, one.q10, one.q90, one.q025, one.q975)
                for one in days
            ),
        ),
    )
    running = visit.info.unfinished
    partial = [at for at, day in enumerate(table.column("from")) if day == running]
    traces = [
        *figures.between(table, "from", "low_95", "high_95", WIDE),
        *figures.between(table, "from", "low_80", "high_80", NARROW, inner=True),
        *figures.line(table, "from", "expected", name="Expected", color="compare", dash="dash"),
        *figures.line(
            table,
            "from",
            "came",
            name="Came",
            partial=partial,
            partial_name="provisional" if partial else None,
        ),
    ]
    return Panel(
        name="course",
        heading=heading,
        summary=_summary(data, unit, running),
        table=table,
        answer=answer,
        figure=figures.lines(
            table,
            "from",
            traces,
            value=definition.label,
            unit=unit,
            shapes=[figures.flag(origin, "said at its beginning")],
        ),
        facts=_rests_on(data),
        sentences=(ROUND,),
        note=_rests_on_in_words(data),
        choices=_origins(visit, data),
    )


def accuracy(visit: Visit) -> Panel:
    """The panel of how good forecasts had been at origins before, by level and model."""
    said = ask(visit)
    origin = said.data.origin if said else None
    answer = visit.source.ask(ForecastAccuracyQuestion(visit.filters.by, None, origin))
    told = series(visit)
    here = told[0] if told else TOTAL
    scores = sorted(
        answer.data.models,
        key=lambda one: (one.level != here, [*LEVELS].index(one.level), one.model != AS_TOLD),
    )
    definition = labels.metric(visit.filters.by)
    table = Table.of(
        f"How good forecasts of {labels.inline(definition)} have been",
        (
            TableColumn("level", "Of", LEVELS.__getitem__),
            TableColumn("model", "Model"),
            TableColumn("wql", "Off by", formats.percent),
            TableColumn("coverage_80", "80 % band held", formats.percent),
            TableColumn("over_best", "Better than simple by", _signed),
            TableColumn("over_best_low", "at least", _signed),
            TableColumn("over_best_high", "at most", _signed),
            TableColumn("mase", "Error ÷ week’s change", formats.percent),
            TableColumn("coverage_50", "50 % band held", formats.percent),
            TableColumn("coverage_95", "95 % band held", formats.percent),
            TableColumn("bias", "Too high by", _signed),
            TableColumn("origins", "Origins", formats.number),
            TableColumn("series", "Series", formats.number),
        ),
        scores,
        keys=2,
    )
    return Panel(
        name="accuracy",
        heading=table.caption,
        summary=_told_of(here, scores),
        table=table,
        answer=answer.model_copy(update={"filters": {}}),
        sentences=(
            "Off by: weighted quantile loss over the tenths (WQL), as a share of what came.",
            SCALED,
            "As told: whichever model had been the best until then, as it would have been told.",
            BETTER,
        ),
        nothing="Too few origins can be judged yet: forecasts are of 28 days, and to judge them "
        "takes data of some months.",
    )


def titles(visit: Visit) -> Html | None:
    """Links to the forecasts of those titles that most people watched; None without such."""
    told = series(visit)
    chosen = told[1] if told and told[0] == "title" else None
    members = visit.source.ask(ForecastQuestion(visit.filters.by, "title")).data.members[
        :MOST_TITLES
    ]
    ids = [*dict.fromkeys([*members, *([chosen] if chosen else [])])]
    names = title_names(visit.source.current(), ids) if ids else {}
    plain = replace(visit.filters, narrowing=Filters())
    links = [
        option_link(
            visit.link(plain if each == chosen else plain.narrowed("title", each)),
            labels.title(each, names.get(each)),
            each == chosen,
        )
        for each in ids
    ]
    if not links:
        return None
    head = element("span", "A title", aria_hidden="true")
    look = "segments against whole-names"
    return element("div", head, links, role="group", aria_label="A title’s forecast", class_=look)


def _nothing(visit: Visit, name: str, heading: str, answer: Answer[Forecast] | None) -> Panel:
    """The panel where nothing was said of what the filters leave."""
    if answer is None:
        answer = visit.source.ask(ForecastQuestion(visit.filters.by))
        nothing = NO_SUCH
    else:
        nothing = NO_SUCH if answer.data.origin else NO_LEARNING
    return Panel(
        name=name,
        heading=heading,
        summary="",
        table=Table(heading, (TableColumn("from", "Day (UTC)", formats.weekday),), ()),
        answer=answer.model_copy(update={"period": None}),
        choices=_origins(visit, answer.data),
        nothing=nothing,
    )


def _came(visit: Visit, period: Period) -> dict[date, float | None]:
    """What came of days, by day."""
    known = visit.info.days
    if known is None or not known.meets(period):
        return {}
    days = Period(from_=max(known.from_, period.from_), to=min(known.to, period.to))
    answer = visit.source.ask(
        SeriesQuestion(visit.filters.by, days, visit.narrowing, granularity="day")
    ).data
    return dict(zip((each.from_ for each in answer.buckets), answer.lines[0].values, strict=True))


def _origins(visit: Visit, data: Forecast) -> Html | None:
    """Links to what is said now, and was said a week and more before."""
    if len(data.origins) < 2:
        return None
    newest = data.origins[0]
    links = [
        element(
            "a",
            _ago(newest, each),
            href=visit.link(
                visit.filters.with_own(**{ORIGIN: None if each == newest else each.isoformat()})
            ),
            title=f"Said on {formats.day(each)}",
            aria_current="true" if each == data.origin else None,
        )
        for each in shown_origins(data.origins, data.origin)
    ]
    return element("div", links, role="group", aria_label="When it was said", class_="segments")


def shown_origins(origins: Sequence[date], chosen: date | None) -> list[date]:
    """Of origins, newest first: the newest, those a week and more before it, and the chosen one.

    Of each further week the newest origin that is so old; without any, those that there are.
    """
    newest = origins[0]
    ages = [timedelta(weeks=n) for n in WEEKS_BEFORE]
    found = [next((each for each in origins if each <= newest - age), None) for age in ages]
    shown = {newest, *filter(None, (*found, chosen))}
    if shown <= {newest, chosen}:
        shown |= {*origins[:FEW]}
    return sorted(shown, reverse=True)


def _ago(newest: date, origin: date) -> str:
    """How long before the newest origin another one is."""
    days = (newest - origin).days
    if not days:
        return "Now"
    before = formats.counted(days // 7, "week") if days % 7 == 0 else formats.counted(days, "day")
    return f"Said {before} before"


def _rests_on(data: Forecast) -> list[tuple[str, str]]:
    """Model, origin, error and sample of what is said."""
    facts = (
        [("Model", data.model or ""), ("Said on", formats.day(data.origin))] if data.origin else []
    )
    if data.people is not None:
        facts.append(("Rests on", f"{formats.counted(data.people, *PEOPLE)} of the 28 days before"))
    if data.accuracy:
        score = data.accuracy[0]
        origins = formats.counted(score.origins, "origin")
        several = formats.counted(score.series, "series", "series")
        off = formats.percent(score.wql)
        facts.append(("Until then", f"off by {off} at {origins} of {several}"))
    return facts


def _rests_on_in_words(data: Forecast) -> str:
    """The same in a sentence below the chart."""
    if data.origin is None:
        return ""
    said = f"Said on {formats.day(data.origin)}, before it began, by {data.model}"
    if data.people is not None:
        said += f", of what {formats.counted(data.people, *PEOPLE)} watched in the 28 days before"
    if not data.accuracy:
        return f"{said}. How good that is cannot be told yet: too few origins can be judged."
    score = data.accuracy[0]
    return (
        f"{said}. At {formats.counted(score.origins, 'origin')} before it, forecasts of "
        f"{LEVELS[score.level].lower()} ({formats.counted(score.series, 'series', 'series')}) were "
        f"off by {formats.percent(score.wql)} of what came, and the band of 80 % held "
        f"{formats.percent(score.coverage_80)} of days."
    )


def _summary(data: Forecast, unit: str, running: date | None) -> str:
    """How much is expected, and how many days that came lay within the band.

    The day that is still `running` is not one of these.
    """
    days = data.days
    first = (
        f"{formats.amount(unit, sum(day.q50 for day in days[:7]))} expected in the first seven "
        f"days, {formats.amount(unit, sum(day.q50 for day in days))} in all "
        f"{formats.number(len(days))}"
    )
    if unit == "users":  # people of several days are not their sum
        first = (
            f"{formats.amount(unit, sum(day.q50 for day in days) / len(days))} a day expected on "
            "average"
        )
    over = [(day, day.came) for day in days if day.came is not None and day.day != running]
    if not over:
        return f"{first}."
    within = sum(day.q10 <= came <= day.q90 for day, came in over)
    return (
        f"{first}; of {formats.counted(len(over), 'day')} that came, {formats.number(within)} lay "
        "within the band of 80 %."
    )


def _told_of(level: str, scores: Sequence[ForecastScore]) -> str:
    """How good what is told had been, of the level that is shown."""
    for score in scores:
        if score.level == level and score.model == AS_TOLD:
            claim = (
                f"better than the best simple forecast by {formats.percent(score.over_best)}"
                if score.over_best_low > 0
                else "not shown to be better than the best simple forecast"
            )
            return (
                f"{LEVELS[level]}: off by {formats.percent(score.wql)}; the band of 80 % held "
                f"{formats.percent(score.coverage_80)} of days; {claim}."
            )
    return ""


def _signed(value: float) -> str:
    return formats.signed("share", value, formats.value_in)
