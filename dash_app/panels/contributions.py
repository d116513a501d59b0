"""What moved the page's measure, or another metric that is chosen, since the period before.

By a dimension that can be chosen.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from dash_app import figures, formats, labels
from dash_app.filters import NARROWINGS, BadAddress, ViewState
from dash_app.markup import Html, element, fragment
from dash_app.page_request import Visit
from dash_app.panels import comparing
from dash_app.panels.breakdown import MOST, OTHERS, all_but
from dash_app.panels.panel import Panel
from dash_app.table import Table, TableColumn, before_cells, measured
from netflix_pipeline.contracts.dimensions import LEVELS
from netflix_pipeline.metrics import METRICS, FilterNotTaken, Metric
from netflix_pipeline.serving import Answer, Choice, Filters, compared_with
from netflix_pipeline.serving.query.buckets import RANKED_BY
from netflix_pipeline.serving.query.comparisons import PERIODS
from netflix_pipeline.serving.query.measures import FIRST_PLAY
from netflix_pipeline.serving.questions.contributions import (
    ALGORITHM,
    Contribution,
    Contributions,
    ContributionsQuestion,
    Dimension,
    dimensions_of,
)

CALLED = NARROWINGS | {ALGORITHM: "Algorithm", FIRST_PLAY: "People"}
"""What dimensions are called."""
PEOPLE = {"new": "New people", "earlier": "People from before"}
AVERAGES = ("completion_rate", "avg_sitting_minutes", "binge_rate")
"""The shares and means that can be asked for in place of the page's measure."""
BY, OF = "moved", "why"
"""The names in an address of the dimension, and of a metric in place of the page's measure."""
SEVERAL = "Counted under several"
MEANING = (
    "A contribution is what a value added to the change of all, or took away from it: all of them "
    "add up to that change. Beside it stands how the value itself changed."
)
OF_AVERAGES = (
    "A share or mean is moved by the rates of its values, and by the mix: how much each weighs in "
    "it. What a value did is both together."
)
NOTE = "Who watched under several values counts under each: the last row takes that away."


def _narrowing(visit: Visit) -> Filters:
    """What the visit is narrowed to, and to the subject of its page."""
    of_subject = {
        name: Choice.model_construct(values=(value,)) for name, value in visit.subject.items()
    }
    return visit.narrowing.model_copy(update=of_subject)


@dataclass(frozen=True)
class MovedPanel:
    """A panel of what moved a metric.

    It is the `usual` one, without which it is the page's measure, or one of `further`, which the
    address names under `of`, as it names the dimension under `by`. `narrowing` gives what its
    numbers are narrowed to, `behind` the address of the rows behind a metric.
    """

    name: str = "moved"
    by: str = BY
    of: str = OF
    usual: str | None = None
    further: tuple[str, ...] = AVERAGES
    narrowing: Callable[[Visit], Filters] = _narrowing
    behind: Callable[[Visit, str], str] = lambda visit, name: visit.behind(metric=name)

    def usual_of(self, visit: Visit) -> str:
        """The metric that it tells where the address names none."""
        return self.usual or visit.filters.by

    def further_of(self, visit: Visit) -> list[str]:
        """The metrics that can be asked for besides: those known of the page's subject."""
        return [name for name in self.further if {*visit.subject} <= {*METRICS[name].filters}]


OF_PLAYS = MovedPanel()


def moved(visit: Visit, panel: MovedPanel = OF_PLAYS) -> Panel:
    """The panel of what each value of a dimension did to the change of a metric.

    Where the page has a subject, of its plays. It is compared with the period before where the
    visit is compared with nothing. Raises BadAddress.
    """
    definition = labels.metric(_metric(visit, panel))
    compare, narrowing = _compare(visit, definition), panel.narrowing(visit)
    by = _dimension(visit, panel, definition, narrowing)
    heading = f"What moved {labels.inline(definition)}"
    choices = _choices(visit, panel, definition, by)
    try:
        definition.check(narrowing.given)
    except FilterNotTaken as error:
        nothing = Answer[None](data=None, period=visit.period, snapshot=visit.info)
        return Panel(
            panel.name,
            heading,
            "",
            Table(heading, (), ()),
            nothing,
            choices=choices,
            nothing=f"{error}",
        )
    answer = visit.source.ask(
        ContributionsQuestion(
            definition.name,
            by,
            visit.period,
            narrowing,
            compare=compare,
            top=MOST,
            zone=visit.zone,
        )
    )
    data = answer.data
    other = None if compare in PERIODS else comparing.other_side(visit)
    then = other or formats.period(data.compared_with.period)
    complete = _reaches_back(visit, compare)
    rows = [row for row in data.rows if row.contribution] if complete else []
    table = _table(visit, heading, definition, by, rows)
    lengths = comparing.lengths(visit, definition) if compare == visit.compared else None
    said = [_said(definition, row, lengths) for row in rows]
    return Panel(
        name=panel.name,
        heading=heading,
        summary=_summary(definition, data, then, table.texts_of(by), rows, lengths),
        table=table,
        answer=answer,
        figure=figures.bars(table, by, "contribution", said, unit=definition.unit, signed=True),
        rows=panel.behind(visit, definition.name),
        choices=choices,
        sentences=[MEANING, *([OF_AVERAGES] if definition.name in RANKED_BY else [])],
        note=NOTE if any(row.in_several for row in rows) else None,
        nothing=f"There is no difference against {then}."
        if other
        else f"Nothing changed against {then}."
        if complete
        else f"The data do not reach back to {then}, so there is nothing to compare with.",
    )


def _compare(visit: Visit, definition: Metric) -> str:
    """With what it is compared: the period before where nothing else can be."""
    filters, comparison = visit.filters, visit.comparison
    if visit.against and visit.against[0] not in definition.filters:
        comparison = "previous"
    return filters.compared(comparison) or filters.compared("previous") or "previous"


def _reaches_back(visit: Visit, compare: str) -> bool:
    """Whether there are data of what the page is about in all days that are compared."""
    if compare not in PERIODS:
        return visit.compared_with(compare) is not None
    since = visit.dated.data_from
    return compared_with(visit.source.current(), visit.period, compare, since) is not None


def _dimensions(visit: Visit, definition: Metric) -> list[Dimension]:
    """By what a metric is told apart on the page."""
    known = {*visit.page.takes, *visit.page.own, FIRST_PLAY}
    return [name for name in dimensions_of(definition) if name in known]


def _metric(visit: Visit, panel: MovedPanel) -> str:
    said = visit.own(panel.of)
    known = panel.further_of(visit)
    if said is not None and said not in known:
        raise BadAddress(f"there is no {said!r} to be told why: one of {', '.join(known)}.")
    return said or panel.usual_of(visit)


def _dimension(
    visit: Visit, panel: MovedPanel, definition: Metric, narrowing: Filters
) -> Dimension:
    """The one that the address names; else the first that has more than one value left.

    And by which the page is not compared.
    """
    known, said = _dimensions(visit, definition), visit.own(panel.by)
    if said is None:
        alone = {name for name, choice in narrowing.given.items() if choice.is_one}
        alone |= {visit.against[0]} if visit.against else set()
        return next((name for name in known if name not in alone), known[0])
    if said not in known:
        raise BadAddress(f"there is no dimension {said!r}: choose one of {', '.join(known)}.")
    return said


def _choices(visit: Visit, panel: MovedPanel, definition: Metric, by: Dimension) -> Html:
    """Links to the same panel of other metrics, and by other dimensions."""
    filters, chosen, usual = visit.filters, visit.own(panel.by), panel.usual_of(visit)

    def of(name: str | None) -> ViewState:
        kept = chosen in _dimensions(visit, METRICS[name or usual])
        return filters.with_own(**{panel.of: name, panel.by: chosen if kept else None})

    metrics = [
        (labels.metric(name or usual).label, of(name), name == visit.own(panel.of))
        for name in (None, *panel.further_of(visit))
    ]
    dimensions = [
        (CALLED[name], filters.with_own(**{panel.by: name}), name == by)
        for name in _dimensions(visit, definition)
    ]
    return fragment(
        _segments(visit, "What moved", metrics), _segments(visit, "What moved it, by", dimensions)
    )


def _segments(visit: Visit, label: str, ways: Sequence[tuple[str, ViewState, bool]]) -> Html:
    links = [
        element("a", text, href=visit.link(filters), aria_current="true" if now else None)
        for text, filters, now in ways
    ]
    return element("div", links, role="group", aria_label=label, class_="segments")


def _table(
    visit: Visit, heading: str, definition: Metric, by: Dimension, rows: Sequence[Contribution]
) -> Table:
    unit, averaged = definition.unit, definition.name in RANKED_BY

    def change(name: str, label: str) -> TableColumn:
        return TableColumn(name, label, lambda value: formats.signed(unit, value), unit=unit)

    names = {_code(row): _named(by, row) for row in rows}

    columns = [
        TableColumn(by, CALLED[by], names.__getitem__, OTHERS, words=names.__getitem__),
        change("contribution", "Contribution"),
        *((change("rate_effect", "By its rate"),) if averaged else ()),
        *((change("mix_effect", "By the mix"),) if averaged else ()),
        TableColumn("share_of_change", "Share of the change", formats.percent),
        measured(definition.name, definition.label, unit),
        *comparing.columns(visit, unit),
    ]
    cells = tuple(
        (
            _code(row),
            row.contribution,
            *((row.rate_effect, row.mix_effect) if averaged else ()),
            row.share,
            row.now,
            *before_cells(unit, row.now, row.before),
        )
        for row in rows
    )
    shown = [row.group for row in rows if row.group is not None]
    links = tuple(_narrower(visit, by, row, shown) for row in rows)
    return Table(heading, tuple(columns), cells, links)


def _code(row: Contribution) -> str | None:
    """The value of the dimension; all others have none, and those under several an empty one."""
    return "" if row.in_several else row.group


def _named(by: Dimension, row: Contribution) -> str:
    if row.group is None:
        return SEVERAL if row.in_several else OTHERS
    if by in LEVELS:
        return labels.title(row.group, row.name)
    return PEOPLE[row.group] if by == FIRST_PLAY else formats.dimension(by, row.group)


def _narrower(visit: Visit, by: Dimension, row: Contribution, shown: Collection[str]) -> str:
    """The page narrowed to a value, or to all others; nowhere for what no filter says."""
    if row.in_several or by == FIRST_PLAY:
        return ""
    if by in visit.page.own:  # one value of it can be chosen
        return visit.link(visit.filters.with_own(**{by: row.group})) if row.group else visit.link()
    return all_but(visit, by, shown) if row.group is None else visit.toggled(by, row.group)


def _said(metric: Metric, row: Contribution, lengths: comparing.Lengths | None) -> str:
    """`+1,204 · +4.2%`: what a value did, and how it changed itself, if need be a day."""
    done = formats.signed(metric.unit, row.contribution or 0, formats.short_in)
    each = lengths.a_day(metric.name, row.now, row.before) if lengths else None
    change = formats.change(metric.unit, *(each or (row.now, row.before)))
    if change is None or row.in_several:
        return done
    return f"{done} · {change[0]}{' a day' if each else ''}"


def _summary(
    definition: Metric,
    data: Contributions,
    then: str,
    names: Sequence[str],
    rows: Sequence[Contribution],
    lengths: comparing.Lengths | None,
) -> str:
    """By how much it differs from `then`, which values did most of that, and which the contrary."""
    unit, change = definition.unit, data.change or 0
    told: dict[bool, list[str]] = {True: [], False: []}
    first_two = 0.0
    for name, row in zip(names, rows, strict=True):
        if row.group is not None and row.contribution:
            done = formats.signed(unit, row.contribution)
            same = told[row.contribution > 0]
            if (row.contribution > 0) == (change >= 0) and len(same) < 2:
                first_two += row.contribution
            same.append(f"{name} ({done})")
    relative = formats.change(unit, data.now, data.before) if change and unit != "share" else None
    size = formats.signed(unit, change) if change else "unchanged"
    parts = [f"{definition.label}: {size}{f' ({relative[0]})' if relative else ''} against {then}"]
    if lengths:
        parts.append(lengths.sentence(definition, data.now, data.before))
    along, against = told[change >= 0], told[change < 0]
    if along:
        how = "most of it by" if abs(first_two) > abs(change) / 2 else "the largest part by"
        parts.append(f"{how if change else 'up'} {' and '.join(along[:2])}")
    if against:
        parts.append(f"{'against it went' if change else 'down'} {against[0]}")
    if data.rate_effect is not None and data.mix_effect is not None:
        effects = [formats.signed(unit, each) for each in (data.rate_effect, data.mix_effect)]
        parts.append(f"{effects[0]} by rates, {effects[1]} by the mix")
    return "; ".join(parts) + "."
