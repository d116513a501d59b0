"""What moved the page's measure, or a share or mean beside it, since the period before.

By a dimension that can be chosen.
"""

from collections.abc import Collection, Sequence

from dash_app import figures, formats, labels
from dash_app.filters import NARROWINGS, BadAddress, ViewState
from dash_app.markup import Html, element, fragment
from dash_app.page_request import Visit
from dash_app.panels.breakdown import MOST, OTHERS, all_but
from dash_app.panels.panel import Panel
from dash_app.table import Table, TableColumn, before_cells, before_columns, measured
from netflix_pipeline.contracts.dimensions import LEVELS
from netflix_pipeline.metrics import METRICS, FilterNotTaken, Metric
from netflix_pipeline.serving import Answer, Choice, Compare, Filters
from netflix_pipeline.serving.query.measures import FIRST_PLAY
from netflix_pipeline.serving.questions.contributions import (
    Contribution,
    Contributions,
    ContributionsQuestion,
    Dimension,
    dimensions_of,
)

CALLED = NARROWINGS | {FIRST_PLAY: "People"}
"""What dimensions are called."""
PEOPLE = {"new": "New people", "earlier": "People from before"}
AVERAGES = ("completion_rate", "avg_sitting_minutes", "binge_rate")
"""The shares and means that can be asked for in place of the page's measure."""
BY, OF = "moved", "why"
"""The names in an address of the dimension, and of a share or mean."""
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


def moved(visit: Visit) -> Panel:
    """The panel of what each value of a dimension did to the change of a metric.

    Where the page has a subject, of its plays. It is compared with the period before where the
    visit is compared with nothing. Raises
    BadAddress.
    """
    definition = labels.metric(_metric(visit))
    by = _dimension(visit, definition)
    heading, choices = f"What moved {labels.inline(definition)}", _choices(visit, definition, by)
    compare, narrowing = _compare(visit.filters), _narrowing(visit)
    try:
        definition.check(narrowing.given)
    except FilterNotTaken as error:
        nothing = Answer[None](data=None, period=visit.period, snapshot=visit.info)
        return Panel(
            "moved",
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
    then, complete = formats.period(data.compared_with.period), data.compared_with.complete
    rows = [row for row in data.rows if row.contribution] if complete else []
    table = _table(visit, heading, definition, by, rows)
    said = [_said(definition.unit, row) for row in rows]
    return Panel(
        name="moved",
        heading=heading,
        summary=_summary(definition, data, table.texts_of(by), rows),
        table=table,
        answer=answer,
        figure=figures.bars(table, by, "contribution", said, unit=definition.unit, signed=True),
        rows=visit.behind(metric=definition.name),
        choices=choices,
        sentences=[MEANING, *([OF_AVERAGES] if definition.name in AVERAGES else [])],
        note=NOTE if any(row.in_several for row in rows) else None,
        nothing=f"Nothing changed against {then}."
        if complete
        else f"The data do not reach back to {then}, so there is nothing to compare with.",
    )


def _compare(filters: ViewState) -> Compare:
    return filters.compared(filters.compare) or filters.compared("previous") or "previous"


def _narrowing(visit: Visit) -> Filters:
    """What the visit is narrowed to, and to the subject of its page."""
    of_subject = {
        name: Choice.model_construct(values=(value,)) for name, value in visit.subject.items()
    }
    return visit.narrowing.model_copy(update=of_subject)


def _averages(visit: Visit) -> list[str]:
    """The shares and means that are known of the page's subject."""
    return [name for name in AVERAGES if {*visit.subject} <= {*METRICS[name].filters}]


def _dimensions(visit: Visit, definition: Metric) -> list[Dimension]:
    """By what a metric is told apart on the page."""
    known = {*visit.page.takes, FIRST_PLAY}
    return [name for name in dimensions_of(definition) if name in known]


def _metric(visit: Visit) -> str:
    said = visit.own(OF)
    known = _averages(visit)
    if said is not None and said not in known:
        raise BadAddress(f"there is no {said!r} to be told why: one of {', '.join(known)}.")
    return said or visit.filters.by


def _dimension(visit: Visit, definition: Metric) -> Dimension:
    """The one that the address names; else the first that has more than one value left."""
    known, said = _dimensions(visit, definition), visit.own(BY)
    if said is None:
        alone = {name for name, choice in visit.narrowing.given.items() if choice.is_one}
        return next((name for name in known if name not in alone), known[0])
    if said not in known:
        raise BadAddress(f"there is no dimension {said!r}: choose one of {', '.join(known)}.")
    return said


def _choices(visit: Visit, definition: Metric, by: Dimension) -> Html:
    """Links to the same panel of other metrics, and by other dimensions."""
    filters, chosen = visit.filters, visit.own(BY)

    def of(name: str | None) -> ViewState:
        kept = chosen in _dimensions(visit, METRICS[name or filters.by])
        return filters.with_own(**{OF: name, BY: chosen if kept else None})

    metrics = [
        (labels.metric(name or filters.by).label, of(name), name == visit.own(OF))
        for name in (None, *_averages(visit))
    ]
    dimensions = [
        (CALLED[name], filters.with_own(**{BY: name}), name == by)
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
    unit, averaged = definition.unit, definition.name in AVERAGES

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
        *before_columns(unit),
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
    return all_but(visit, by, shown) if row.group is None else visit.toggled(by, row.group)


def _said(unit: str, row: Contribution) -> str:
    """`+1,204 · +4.2%`: what a value did, and how it changed itself."""
    done = formats.signed(unit, row.contribution or 0, formats.short_in)
    change = None if row.in_several else formats.change(unit, row.now, row.before)
    return f"{done} · {change[0]}" if change else done


def _summary(
    definition: Metric, data: Contributions, names: Sequence[str], rows: Sequence[Contribution]
) -> str:
    """By how much it changed, which values did most of that, and which went against it."""
    unit, change = definition.unit, data.change or 0
    told: dict[bool, list[str]] = {True: [], False: []}
    for name, row in zip(names, rows, strict=True):
        if row.group is not None and row.contribution:
            done = formats.signed(unit, row.contribution)
            told[row.contribution > 0].append(f"{name} ({done})")
    relative = formats.change(unit, data.now, data.before) if change and unit != "share" else None
    size = formats.signed(unit, change) if change else "unchanged"
    then = formats.period(data.compared_with.period)
    parts = [f"{definition.label}: {size}{f' ({relative[0]})' if relative else ''} against {then}"]
    along, against = told[change >= 0], told[change < 0]
    if along:
        parts.append(f"{'most of it by' if change else 'up'} {' and '.join(along[:2])}")
    if against:
        parts.append(f"{'against it went' if change else 'down'} {against[0]}")
    if data.rate_effect is not None and data.mix_effect is not None:
        effects = [formats.signed(unit, each) for each in (data.rate_effect, data.mix_effect)]
        parts.append(f"{effects[0]} by rates, {effects[1]} by the mix")
    return "; ".join(parts) + "."
