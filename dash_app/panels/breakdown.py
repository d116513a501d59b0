"""How a measure divides: by device, country or genre of the plays; the titles with most of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from dash_app import figures, formats, labels
from dash_app.charts.bars import bar
from dash_app.filters import NARROWINGS, TITLE_LEVELS
from dash_app.markup import Html, Node, element
from dash_app.page_request import Visit
from dash_app.panels import comparing
from dash_app.panels.cards import changed
from dash_app.panels.comparing import SUMS, Lengths
from dash_app.panels.controls import levels
from dash_app.panels.panel import Panel, nothing_of
from dash_app.table import Table, TableColumn, before_cells, measured
from netflix_pipeline.metrics import Metric
from netflix_pipeline.serving import MOST as MOST_VALUES
from netflix_pipeline.serving import Answer, Choice, Split
from netflix_pipeline.serving.questions.series import Line, SeriesQuestion
from netflix_pipeline.serving.questions.titles import Level

HEADINGS: dict[Split, str] = {"device": "Devices", "country": "Countries", "genre": "Genres"}
MOST = 8
"""Groups that are told apart; the others are one row more."""
MOST_TITLES = 10
LEVELS: dict[Level, Split] = {"series": "series", "season": "season", "episode": "title"}
"""How numbers are split into the rows of each level."""
WATCHED: dict[Level, tuple[str, str]] = {
    "series": ("series or film was", "series and films were"),
    "season": ("season or film was", "seasons and films were"),
    "episode": ("episode or film was", "episodes and films were"),
}
OTHERS = "All others"
CHOSEN = "✓"
"""The mark of what the page is narrowed to."""


@dataclass(frozen=True)
class Group:
    """One part: how people call it, its value of the dimension (None: all others), its amounts."""

    name: str
    value: str | None
    total: float
    before: float | None = None


def of_all(visit: Visit, by: Split) -> tuple[Visit, tuple[str, ...]]:
    """The visit without the values of a dimension that it is narrowed to; and these, to be marked.

    So they stand beside the others. Values that are left out stay so. Where values of the dimension
    are compared, both stand there, and nothing is compared but they.
    """
    choice, filters, chosen = visit.narrowing.given.get(by), visit.filters, list[str]()
    if choice and not choice.negated:
        filters, chosen = filters.narrowed(by, None), [*choice.values]
    if visit.against and visit.against[0] == by:
        filters, there = replace(filters, compare="none"), visit.against[1]
        chosen += [value for value in there.values if not there.negated and value not in chosen]
    if filters is visit.filters:
        return visit, ()
    return replace(visit, filters=filters), tuple(chosen)


def naming(by: str, label: str, chosen: Collection[str]) -> TableColumn:
    """The column of groups by their values; those to which the page is narrowed are marked."""
    words = partial(formats.dimension, by)

    def said(value: str) -> str:
        return f"{CHOSEN} {words(value)}" if value in chosen else words(value)

    return TableColumn(by, label, said, OTHERS, words=words)


def beside_others(visit: Visit, by: str, chosen: Collection[str]) -> str | None:
    """The note of a panel in which values are marked beside the others; None without any."""
    if visit.against and visit.against[0] == by and (both := comparing.sides(visit)):
        return f"{both[0]} against {both[1]}: others are shown beside them."
    if not chosen:
        return None
    words = formats.chosen([formats.dimension(by, value) for value in chosen], negated=False)
    return f"The page is narrowed to {words}: others are shown beside it."


def mix(visit: Visit, by: Split) -> Panel:
    """The panel of the page's measure by one dimension, most first."""
    others, chosen = of_all(visit, by)
    answer = visit.source.ask(
        SeriesQuestion(
            visit.filters.by,
            visit.period,
            others.narrowing,
            granularity="whole",
            split_by=by,
            top=MOST,
            compare=others.compared,
            zone=visit.zone,
            among=chosen,
        )
    )
    series = answer.data
    groups = [
        Group(named(by, line), line.group, line.total, line.compared_total)
        for line in series.lines
        if line.total
    ]
    compared = series.compared_with is not None
    return divided(
        visit,
        answer,
        by,
        groups,
        number=series.groups or 0,
        compared=compared,
        chosen=chosen,
    )


def divided(
    visit: Visit,
    answer: Answer[Any],
    by: Split,
    groups: Sequence[Group],
    *,
    number: int,
    compared: bool,
    chosen: Collection[str] = (),
) -> Panel:
    """The panel of the page's measure of all groups, those that are told apart out of so many.

    Where they add up, what is told apart comes with all others, so that shares are of the whole.
    The `chosen` ones among them are those to which the page is narrowed, but not the panel.
    """
    definition = labels.metric(visit.filters.by)
    whole = sum(group.total for group in groups) if definition.name in SUMS else None
    heading = f"{HEADINGS[by]} by {labels.inline(definition)}"
    shown = sum(1 for group in groups if group.value is not None)
    untold = number - shown if len(groups) == shown else 0
    columns = [
        naming(by, HEADINGS[by], chosen),
        measured(definition.name, definition.label, definition.unit),
    ]
    if whole:
        columns.append(TableColumn("share", "Share", formats.percent))
    if compared:
        columns += comparing.columns(visit, definition.unit)
    rows = [
        (
            group.value,
            group.total,
            *((group.total / whole,) if whole else ()),
            *(before_cells(definition.unit, group.total, group.before) if compared else ()),
        )
        for group in groups
    ]
    values = [group.value for group in groups if group.value is not None]
    links = [
        visit.toggled(by, group.value)
        if group.value is not None
        else all_but(visit, by, values, of_all=bool(chosen))
        for group in groups
    ]
    table = Table(heading, tuple(columns), tuple(rows), tuple(links))
    lengths = comparing.lengths(visit, definition) if compared else None
    said = [_said(definition, group, whole, lengths) for group in groups]
    notes = (
        beside_others(visit, by, chosen),
        lengths.note(definition) if lengths else None,
        f"{formats.counted(untold, 'more is', 'more are')} not shown." if untold else None,
    )
    return Panel(
        name=by.replace("_", "-"),
        heading=heading,
        summary=_summary(definition.unit, by, groups, whole, number),
        table=table,
        answer=answer,
        figure=figures.bars(
            table,
            by,
            definition.name,
            said,
            unit=definition.unit,
            chosen=[at for at, group in enumerate(groups) if group.value in chosen],
        ),
        rows=visit.behind(),
        note=" ".join(filter(None, notes)) or None,
        choices=comparing.choices(visit, by, values),
        nothing=nothing_of(definition.name),
    )


def _said(metric: Metric, group: Group, whole: float | None, lengths: Lengths | None) -> str:
    """`12.3K · 23.4% ▲ +4.2%`: what a group has, its share, and how it, or a day of it, changed."""
    share = f" · {formats.percent(group.total / whole)}" if whole else ""
    change = (
        lengths.marked(metric, group.total, group.before)
        if lengths
        else formats.marked(metric.unit, group.total, group.before)
    )
    return f"{formats.short_in(metric.unit, group.total)}{share} {change}".rstrip()


def all_but(visit: Visit, by: Split, shown: Collection[str], *, of_all: bool = False) -> str:
    """The address of the same page narrowed to what is not shown by itself.

    What is shown is of the values to which the page is narrowed, or `of_all`.
    """
    now = None if of_all else visit.filters.narrowing.given.get(by)
    if now is None or now.negated:
        values, negated = {*shown, *(now.values if now else ())}, True
    else:
        values, negated = set(now.values).difference(shown), False
    if not 0 < len(values) <= MOST_VALUES:
        return visit.link()
    return visit.narrowed(by, Choice.model_construct(values=tuple(sorted(values)), negated=negated))


def told_apart(
    groups: Sequence[Group],
    measure: str,
    *,
    whole_before: float | None = None,
    among: Collection[str] = (),
) -> list[Group]:
    """The groups with most, most first, and all others as one where amounts add up.

    Those `among` them have places whatever they have. `whole_before` is the measure of all in the
    period compared with, where there is one.
    """
    known = sorted(groups, key=lambda group: (-group.total, formats.natural(group.name)))
    apart = sorted(known, key=lambda group: group.value not in among)[:MOST]
    first = [group for group in known if group in apart]
    rest = [group for group in known if group not in apart]
    if rest and measure in SUMS:
        # Before, others may have had something that have nothing now.
        before = (
            whole_before - sum(group.before or 0 for group in first)
            if whole_before is not None
            else None
        )
        first.append(Group(OTHERS, None, sum(group.total for group in rest), before))
    return first


def named(by: str, line: Line) -> str:
    """What people call a group."""
    if line.rest or line.group is None:
        return OTHERS
    return line.name or formats.dimension(by, line.group)


def _summary(
    unit: str, by: Split, groups: Sequence[Group], whole: float | None, number: int
) -> str:
    """Which of those that are known has most; and of how much it is not known."""
    known = [group for group in groups if group.value not in (None, "unknown")]
    unknown = sum(group.total for group in groups if group.value == "unknown")
    if not groups:
        return ""
    if not known:
        return f"The {NARROWINGS[by].lower()} is not known of any of it."
    most = max(group.total for group in known)

    def share(amount: float) -> str:
        return f", {formats.percent(amount / whole)} of all" if whole else ""

    lead = leading([group.name for group in known if group.total == most])
    parts = [
        f"{lead} with {formats.amount(unit, most)}{share(most)}",
        f"{formats.counted(number, 'group')} in all",
    ]
    if unknown > most:
        parts.insert(1, f"of {formats.amount(unit, unknown)}{share(unknown)} it is not known")
    return "; ".join(parts) + "."


def leading(names: Sequence[str]) -> str:
    """`Germany leads`, `Germany and France lead`, `Germany and 2 others lead`."""
    if len(names) == 1:
        return f"{names[0]} leads"
    others = names[1] if len(names) == 2 else formats.counted(len(names) - 1, "other")
    return f"{names[0]} and {others} lead"


def ranking(visit: Visit) -> Panel:
    """The panel of the titles with most of the page's measure, under its filters."""
    answer = visit.source.ask(
        SeriesQuestion(
            visit.filters.by,
            visit.period,
            visit.narrowing,
            granularity="whole",
            split_by=LEVELS[visit.filters.level],
            top=MOST_TITLES,
            compare=visit.compared,
            zone=visit.zone,
            rest=False,
        )
    )
    series = answer.data
    definition = labels.metric(series.metric)
    lines = [line for line in series.lines if line.total]
    columns = [
        TableColumn("rank", "Rank", formats.number),
        TableColumn("title", "Title"),
        measured(definition.name, definition.label, definition.unit),
    ]
    if series.compared_with:
        columns.append(comparing.columns(visit, definition.unit)[0])
    columns.append(TableColumn("title_id", "Id"))
    rows = tuple(
        (
            rank,
            labels.title(line.group or "", line.name),
            line.total,
            *((line.compared_total,) if series.compared_with else ()),
            line.group,
        )
        for rank, line in enumerate(lines, 1)
    )
    rows_of = TITLE_LEVELS[visit.filters.level].lower()
    lengths = comparing.lengths(visit, definition) if series.compared_with else None
    heading = f"Top {rows_of} by {labels.inline(definition)}"
    table = Table(heading, tuple(columns), rows)
    return Panel(
        name="titles",
        heading=heading,
        summary=f"{formats.counted(series.groups or 0, *WATCHED[visit.filters.level])} watched.",
        table=table,
        answer=answer,
        choices=levels(visit),
        shown=_ranked(
            visit, heading, definition, lines, lengths, compared=bool(series.compared_with)
        ),
        note=lengths.note(definition) if lengths else None,
        nothing=nothing_of(definition.name),
    )


def _ranked(
    visit: Visit,
    heading: str,
    metric: Metric,
    lines: list[Line],
    lengths: Lengths | None,
    *,
    compared: bool,
) -> Html:
    def change(line: Line) -> Html:
        both = line.total, line.compared_total
        each = lengths.a_day(metric.name, *both) if lengths else None
        return changed(metric.unit, *(each or both))

    most = max((line.total or 0 for line in lines), default=0)
    heads: list[Node] = [
        element("th", element("span", "Rank", class_="unseen"), scope="col"),
        element("th", "Title", scope="col"),
        element("th", metric.label, scope="col", aria_sort="descending", class_="measure"),
        element("th", "Change", scope="col", class_="other") if compared else None,
    ]
    rows = [
        element(
            "tr",
            element("td", rank, class_="rank"),
            element(
                "th",
                element(
                    "a",
                    labels.title(line.group or "", line.name),
                    href=visit.title_page(line.group or ""),
                    class_="name",
                ),
                scope="row",
            ),
            element(
                "td",
                element("span", formats.value_in(metric.unit, line.total)),
                bar((line.total or 0) / most if most else 0),
                class_="measure",
            ),
            element("td", change(line), class_="other") if compared else None,
        )
        for rank, line in enumerate(lines, 1)
    ]
    return element(
        "table",
        element("caption", heading, class_="unseen"),
        element("thead", element("tr", heads)),
        element("tbody", rows),
        class_="ranking",
    )
