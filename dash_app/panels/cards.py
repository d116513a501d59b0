"""Headline cards: a number, its change, its shape over the period, and what it means."""

from collections.abc import Mapping, Sequence

from dash_app import formats, labels
from dash_app.charts.lines import sparkline
from dash_app.markup import Html, element, fragment
from dash_app.page_request import Visit, days_of
from dash_app.panels import comparing
from dash_app.panels.definition_popover import about
from netflix_pipeline.metrics import Metric
from netflix_pipeline.serving import Answer, Period
from netflix_pipeline.serving.questions.headline import Glance

LARGE = ("hours_viewed", "viewers", "views", "plays")
SMALL = ("completion_rate", "avg_sitting_minutes", "binge_rate", "stickiness", "peak_concurrent")
OF_LAST_DAY = ("dau", "wau", "mau", "stickiness")
"""What a period shows of its last day."""
SHOWN = (*LARGE, *SMALL)
"""The metrics that have a card, in order."""

SAMPLES = {
    "hours_viewed": "plays",
    "viewers": "starters",
    "views": "plays",
    "completion_rate": "starters",
    "avg_sitting_minutes": "sittings",
    "binge_rate": "sittings",
    "stickiness": "mau",
}
"""The count that each number rests on."""
LEFT_OUT = {
    "hours_viewed": "plays_without_duration",
    "views": "hours_without_runtime",
    "completion_rate": "starters_without_reach",
}
"""What a number cannot know of."""
BY_DURATION = frozenset({"hours_viewed", "viewers", "views", "completion_rate"})
"""Metrics that are not known of plays without a duration, unless it is known how far they came."""

WIDE = 10
"""Characters of a value that find room in the narrowest card."""

Trends = Mapping[str, Sequence[float | None]]


def cards(visit: Visit, answer: Answer[Glance], last: Answer[Glance], trends: Trends) -> Html:
    """All cards; `trends` gives the values over the period of each metric that has them.

    `last` is the answer of which those are told that are of a period's last day.
    """

    def glance(name: str) -> Html:
        source = last if name in OF_LAST_DAY else answer
        return _glance(visit, name, source, trends.get(name, ()))

    return element(
        "section",
        element("h2", "At a glance", class_="unseen"),
        *[
            element(
                "div",
                [glance(name) for name in names],
                class_=f"cards {size}",
            )
            for size, names in (("large", LARGE), ("small", SMALL))
        ],
        aria_label="At a glance",
        class_="at-a-glance",
    )


def card(
    metric: Metric,
    value: float | None,
    facts: Sequence[tuple[str, str]],
    change: Html | None = None,
    trend: Sequence[float | None] = (),
    gap: str | None = None,
) -> Html:
    """A metric's value, what became of it, and its shape; `facts` tell what stands behind it.

    A `gap` says why it is not known, and stands in place of all that.
    """
    exactly = formats.value_in(metric.unit, value)
    return plain_card(
        metric.label,
        metric.sentence,
        [*facts, ("Exactly", exactly)],
        shown(
            formats.UNKNOWN if gap else formats.short_in(metric.unit, value),
            title=exactly,
            data_metric=metric.name,
        ),
        element("p", gap, class_="change none") if gap else change,
        () if gap else trend,
    )


def at_a_glance(cards: Sequence[Html], heading: str = "At a glance") -> Html:
    """Cards beside one another, as many as fit."""
    return element(
        "section",
        element("h2", heading, class_="unseen"),
        element("div", cards, class_="cards fitting"),
        aria_label=heading,
    )


def plain_card(
    label: str,
    sentence: str,
    facts: Sequence[tuple[str, str]],
    value: Html,
    below: Html | None = None,
    trend: Sequence[float | None] = (),
) -> Html:
    """A card of whatever a sentence defines: its value, what is said below it, its shape."""
    return element(
        "article",
        element("h3", label),
        about(label, [sentence], facts),
        value,
        below or element("p", class_="change none"),
        sparkline(trend),
        class_="card",
    )


def number(name: str, said: str, exactly: str) -> Html:
    """The value of a card, by the name under which the API tells it."""
    return shown(said, title=exactly, data_number=name)


def shown(said: str, **attributes: str) -> Html:
    """The value of a card; one that is long is smaller, and may break."""
    if len(said) <= WIDE:
        return element("p", said, **attributes, class_="value")
    return element("p", said.replace(formats.SPACE, " "), **attributes, class_="value long")


def rests_on(name: str, count: float | None) -> str:
    """`Starters: 5,821`: a metric that another one rests on."""
    return f"{labels.metric(name).label}: {formats.number(count)}"


def undecided(name: str, counts: object) -> list[tuple[str, str]]:
    """Of how many plays it may not be known whether somebody watched them."""
    count = getattr(counts, "plays_without_duration", None)
    return (
        [("Undecided", rests_on("plays_without_duration", count))]
        if name == "viewers" and count
        else []
    )


def unknown(name: str, value: float | None, counts: object) -> str | None:
    """Why a number tells nothing: of how many plays it cannot know. None where it tells something.

    `counts` are the numbers beside it. A share of 0 is one of something that is known.
    """
    if value or (value is not None and name == "completion_rate"):
        return None
    gaps = (LEFT_OUT.get(name), "plays_without_duration" if name in BY_DURATION else None)
    for gap in filter(None, gaps):
        if count := getattr(counts, gap, None):
            return rests_on(gap, count)
    # Every play of which the time of day is known is in a sitting.
    plays, sittings = (getattr(counts, each, None) for each in ("plays", "sittings"))
    if name == "peak_concurrent" and value == 0 and plays and sittings == 0:
        return f"Plays without time of day: {formats.number(plays)}"
    return None


def against(
    unit: str,
    now: float | None,
    before: float | None,
    then: Period | str | None,
    a_day: Html | None = None,
) -> Html:
    """The change of a number since a period, or from that of another side, which has a name.

    Beside it stands what changed `a_day`. Says so where there is nothing to compare with.
    """
    if isinstance(then, str) and before is not None:
        was = f"{then}: {formats.value_in(unit, before)}"
        beside = element("span", f" against {then}: {formats.short_in(unit, before)}", class_="of")
        return element("p", changed(unit, now, before, was), beside, a_day, class_="beside")
    if then is None or isinstance(then, str) or formats.change(unit, now, before) is None:
        return element("p", "no comparison", class_="change none")
    was = f"was {formats.value_in(unit, before)} {formats.during(then)}"
    return element("p", changed(unit, now, before, was), a_day)


def change_a_day(
    visit: Visit, metric: Metric, now: float | None, before: float | None
) -> Html | None:
    """` · a day ▲ +33.1%`: where both sides have other numbers of days, of what adds up."""
    lengths = comparing.lengths(visit, metric)
    each = lengths.a_day(metric.name, now, before) if lengths else None
    if each is None:
        return None
    return element("span", " · a day ", changed(metric.unit, *each), class_="of a-day")


def changed(unit: str, now: float | None, before: float | None, was: str | None = None) -> Html:
    """`▲ +4.2%`; `new` where there was nothing before, and a dash where nothing can be said.

    `was` says in words what it was.
    """
    change = formats.change(unit, now, before)
    if change is None:
        return element(
            "span", "new" if now and before == 0 else formats.UNKNOWN, class_="change none"
        )
    text, direction = change
    return element(
        "span",
        fragment(
            element("span", formats.ARROWS[direction], aria_hidden="true"),
            element("span", f"{formats.DIRECTIONS[direction]} ", class_="unseen"),
            text,
            element("span", f", {was}", class_="unseen") if was else None,
        ),
        title=was,
        class_=f"change {formats.DIRECTIONS[direction]}",
    )


def _glance(visit: Visit, name: str, answer: Answer[Glance], trend: Sequence[float | None]) -> Html:
    definition, data = labels.metric(name), answer.data
    value = getattr(data, name)
    change, gap = _change(visit, definition, value, data), unknown(name, value, data)
    return card(definition, value, _facts(name, answer), change, trend, gap)


def _change(visit: Visit, metric: Metric, value: float | None, data: Glance) -> Html:
    """What became of the number; or under which filters it is there."""
    missing = next((each for each in data.left_out if each.metric == metric.name), None)
    if missing:
        can = ", ".join(missing.takes).replace("_", " ")
        text = f"only by {can}" if can else "not by any filter"
        return element("p", text, title=missing.reason, class_="change none")
    compared = data.comparison
    if compared is None:
        return against(metric.unit, value, None, None)
    then = last_day(compared.period) if metric.name in OF_LAST_DAY else compared.period
    before, other = getattr(compared.data, metric.name), comparing.other_side(visit)
    a_day = change_a_day(visit, metric, value, before)
    return against(metric.unit, value, before, other or then, a_day)


def _facts(name: str, answer: Answer[Glance]) -> list[tuple[str, str]]:
    """What a number rests on, and of when it is."""
    definition, data = labels.metric(name), answer.data
    facts = [("Unit", definition.unit)]
    sample, gap = SAMPLES.get(name), LEFT_OUT.get(name)
    if sample and sample in data.values:
        facts.append(("Rests on", rests_on(sample, getattr(data, sample))))
    if gap and gap in data.values:
        facts.append(("Left out", rests_on(gap, getattr(data, gap))))
    facts += undecided(name, data)
    period = last_day(days_of(answer)) if name in OF_LAST_DAY else days_of(answer)
    return [
        *facts,
        ("Period", formats.period(period)),
        ("As of", formats.moment(answer.snapshot.as_of)),
    ]


def last_day(period: Period) -> Period:
    """Its last day alone."""
    return Period(from_=period.to, to=period.to)
