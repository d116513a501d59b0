"""Why a metric changed: how much each value of a dimension added to the change, exactly."""

# Written into SQL are names out of contracts and metrics only; values are bound.

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import date
from functools import cached_property
from math import fsum, isclose
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.contracts.dimensions import LEVELS, SPLITS
from netflix_pipeline.metrics import METRICS, FilterNotTaken, Metric, metric
from netflix_pipeline.serving.query import codes, measures, periods
from netflix_pipeline.serving.query.buckets import RANKED_BY, Course, kept_groups, names_of_groups
from netflix_pipeline.serving.query.comparisons import Against, ComparedWith, other_side
from netflix_pipeline.serving.query.measures import FIRST_PLAY
from netflix_pipeline.serving.question import (
    ALL,
    EXAMPLE_PERIOD,
    AnswerModel,
    Filters,
    Period,
    Question,
    Row,
    RowTable,
    Snapshot,
)
from netflix_pipeline.time_zones import UTC

ALGORITHM = "algorithm"
DIMENSIONS = (*SPLITS, ALGORITHM, FIRST_PLAY)
"""By what a change can be told apart."""

if TYPE_CHECKING:
    Dimension = str
else:
    Dimension = Literal[DIMENSIONS]


class Parted(AnswerModel):
    """Of which part of all a row is."""

    group: str | None = Field(description="the value; null for the rest and for those in several")
    name: str | None = Field(
        description="the name of the title, season or series, where it is split by one of these"
    )
    rest: bool = Field(description="whether this is every value that has no row of its own")
    in_several: bool = Field(
        description="whether this makes up for people who count under several values: all viewers "
        "less those of each value"
    )


class Moved(AnswerModel):
    """A metric in two periods, and what became of it."""

    now: float | None = Field(
        serialization_alias="value",
        description="in the period; null where there is nothing to tell",
    )
    before: float | None = Field(
        serialization_alias="compared", description="in the period compared with; the same"
    )
    change: float | None = Field(description="the difference; null where either is null")
    relative_change: float | None = Field(
        description="the difference ÷ the value before; null where that is 0 or null"
    )


class Contribution(Moved, Parted):
    """What one value of the dimension, or several together, did to the metric of all."""

    contribution: float | None = Field(
        description="by how much it moved the metric of all: the rows add up to that change; null "
        "where there is none, as of a share of nothing"
    )
    share: float | None = Field(
        description="the contribution ÷ the change of all; null where nothing changed"
    )
    rate_effect: float | None = Field(
        description="of a share or mean, what its own rate contributed; null for a sum"
    )
    mix_effect: float | None = Field(
        description="of a share or mean, what its weight contributed; null for a sum"
    )
    weight: float | None = Field(
        description="of a share or mean, its part of what that rests on; null for a sum"
    )
    weight_before: float | None = Field(
        serialization_alias="compared_weight", description="the same in the period compared with"
    )


class Contributions(Moved):
    """The change of a metric, and what each value of a dimension did to it."""

    metric: str
    by: Dimension
    rate_effect: float | None = Field(
        description="of a share or mean, the part of the change that rates made; null for a sum"
    )
    mix_effect: float | None = Field(
        description="of a share or mean, the part that weights made; null for a sum"
    )
    groups: int = Field(
        serialization_alias="group_count",
        description="how many values there are in either period, all that are in the rest included",
    )
    rows: tuple[Contribution, ...] = Field(
        serialization_alias="groups",
        description="the largest contribution first, whether up or down; the rest and those in "
        "several last",
    )
    compared_with: ComparedWith


SPLIT = tuple(
    name for name in measures.OF_PERIODS if not set(SPLITS).isdisjoint(METRICS[name].filters)
)
"""The metrics of which a change can be split."""

PARTS = """
    SELECT {side} AS side, c.name, g.value, g.weight
    FROM (
        SELECT {column} AS code, {value} AS value, {weight} AS weight FROM {rows} GROUP BY 1
    ) AS g
    JOIN {names} AS c USING (code)
    WHERE g.weight <> 0
"""
"""Of each value that has something of a metric: how much, and on how much that rests; of several
together, each is a side."""

NEWCOMERS = "(SELECT true AS code, 'new' AS name UNION ALL SELECT false, 'earlier')"
"""What the values of FIRST_PLAY are called."""

ALGORITHMS = """(
    SELECT DISTINCT algorithm AS code, algorithm AS name FROM coded.recommendation_daily
)"""
"""The recommenders, which no table codes."""

NAMES = {FIRST_PLAY: NEWCOMERS, ALGORITHM: ALGORITHMS}
"""What the values of dimensions are called that are none of plays."""


class NotSplit(FilterNotTaken):
    """The metric cannot be told apart by that dimension; the message says why."""

    parameters = ("by",)


@dataclass(frozen=True, slots=True)
class Part:
    """What one value, or several together, have of a metric in a period.

    The `weight` of a share or mean is how much it rests on, that of a sum is the sum.
    """

    value: float | None
    weight: float


Both = tuple[Part, Part]
"""What there is of something in the period, and in the one compared with."""


def rate_and_mix(part: Both, whole: Both) -> tuple[float, float]:
    """What a value did to a share or mean of all: by its rate, and by its weight.

    With its share w of all weights, its rate r and the rate R of all these are w̄·Δr and
    Δw·(r̄ − R̄), where a bar is the mean of both periods: the symmetric form (weights of Marshall
    and Edgeworth) of E. M. Kitagawa, "Components of a Difference Between Two Rates", Journal of the
    American Statistical Association 50 (1955), 1168–1194. Over all values they add up to ΔR without
    a residual, as the w of a period add up to 1. A value that one period does not have takes its
    rate from the other, so that all it did is mix. The whole has a weight in both periods.
    """
    now, before = (one.weight / every.weight for one, every in zip(part, whole, strict=True))
    rates = [one.value for one in part if one.value is not None]
    middle = fsum(one.value or 0 for one in whole) / 2
    return (
        (now + before) / 2 * (rates[0] - rates[-1]),
        (now - before) * ((rates[0] + rates[-1]) / 2 - middle),
    )


@dataclass(frozen=True)
class Changed:
    """A metric in both periods: of each value of a dimension, and of all.

    `averaged` is a share or mean; any other is a sum, or a count of people.
    """

    groups: Mapping[str, Both]
    whole: Both
    averaged: bool

    @cached_property
    def effects(self) -> dict[str, tuple[float, ...]]:
        """What each value did to the whole: as one number, or by rate and by mix.

        Empty where the whole has no change, as a share of nothing has none.
        """
        if not self.averaged:
            return {name: (_difference(part),) for name, part in self.groups.items()}
        if not all(part.weight for part in self.whole):
            return {}
        return {name: rate_and_mix(part, self.whole) for name, part in self.groups.items()}

    @property
    def largest_first(self) -> list[str]:
        """The values by the size of what they did, up or down; ties by name."""
        sizes = {name: round(abs(fsum(done)), 9) for name, done in self.effects.items()}
        return sorted(self.groups, key=lambda name: (-sizes.get(name, 0), name))

    @property
    def in_several(self) -> Contribution | None:
        """All people less those of each value; None where nobody counts under several."""
        parts = _together(self.groups.values(), averaged=self.averaged)
        less = [
            (whole.value or 0) - (part.value or 0)
            for whole, part in zip(self.whole, parts, strict=True)
        ]
        if self.averaged or not any(less):
            return None
        now, before = (Part(value, value) for value in less)
        return self._row((now, before), [_difference((now, before))], in_several=True)

    def row(self, names: Collection[str], **who: Any) -> Contribution:
        """What values did together, and their sum, or their mean by weight."""
        both = _together([self.groups[name] for name in names], averaged=self.averaged)
        return self._row(both, self.done(names), **who)

    def done(self, names: Collection[str]) -> list[float]:
        """What values did together: one number, or by rate and by mix; nothing without a change."""
        effects = [self.effects[name] for name in names if name in self.effects]
        return [fsum(kind) for kind in zip(*effects, strict=True)]

    def _row(self, both: Both, done: Sequence[float], **who: Any) -> Contribution:
        weights = [
            part.weight / whole.weight if self.averaged and whole.weight else None
            for part, whole in zip(both, self.whole, strict=True)
        ]
        contribution = fsum(done) if done else None
        rate, mix = done if self.averaged and done else (None, None)
        return Contribution(
            **{"group": None, "name": None, "rest": False, "in_several": False} | who,
            **moved(both),
            contribution=contribution,
            share=None if contribution is None else self._share(contribution),
            rate_effect=rate,
            mix_effect=mix,
            weight=weights[0],
            weight_before=weights[1],
        )

    def _share(self, contribution: float) -> float | None:
        now, before = (part.value or 0 for part in self.whole)
        # What sums differ by in their last digits is no change.
        return None if isclose(now, before, rel_tol=1e-12) else contribution / (now - before)


def moved(both: Both) -> Row:
    """The metric in both periods, and what became of it, as `Moved` has it."""
    now, before = (part.value for part in both)
    change = periods.change(now, before)
    return {
        "now": now,
        "before": before,
        "change": change.absolute,
        "relative_change": change.relative,
    }


def _difference(both: Both) -> float:
    now, before = (part.value or 0 for part in both)
    return now - before


def _together(groups: Iterable[Both], *, averaged: bool) -> Both:
    """Several values as one, in both periods."""

    def one(parts: Sequence[Part]) -> Part:
        weight = fsum(part.weight for part in parts)
        if not averaged:
            return Part(fsum(part.value or 0 for part in parts), weight)
        weighed = fsum((part.value or 0) * part.weight for part in parts)
        return Part(weighed / weight if weight else None, weight)

    both = list(groups)
    return one([now for now, _ in both]), one([before for _, before in both])


def changed(snapshot: Snapshot, now: Course, before: Course) -> Changed:
    """What a snapshot has of a metric in two periods, in one question and a pass over each."""
    definition = now.metric
    averaged = definition.name in RANKED_BY
    nothing = Part(measures.nothing(snapshot, definition), 0)
    then, earlier = _parts(snapshot, now, before)
    groups = {
        name: (then.get(name, nothing), earlier.get(name, nothing))
        for name in sorted(then.keys() | earlier.keys())
    }
    whole = _together(groups.values(), averaged=averaged)
    if definition.name == "viewers":
        whole = _everybody(snapshot, now), _everybody(snapshot, before)
    return Changed(groups, whole, averaged)


def _everybody(snapshot: Snapshot, course: Course) -> Part:
    found = measures.values(
        snapshot, [course.metric], course.period, course.filters, course.of_zone
    )
    return Part(found[course.metric.name], found[course.metric.name])


def _parts(snapshot: Snapshot, *courses: Course) -> list[dict[str, Part]]:
    """The parts of each course, out of sums in memory, or in one question."""
    kept = [kept_groups(snapshot, course) for course in courses]
    if None not in kept:
        return [
            _named(snapshot, course, each or {}) for course, each in zip(courses, kept, strict=True)
        ]
    parts, bound = list[str](), Row()
    for side, course in enumerate(courses):
        rows, value = course.rows(snapshot).beside(f"of_{side}"), course.expression(snapshot, 1)
        parts.append(
            PARTS.format(
                side=side,
                column=course.group,
                names=NAMES.get(course.split or "") or course.names(snapshot),
                value=value,
                weight=RANKED_BY.get(course.metric.name, value),
                rows=rows.sql,
            )
        )
        bound |= rows.bound
    found: list[dict[str, Part]] = [{} for _ in courses]
    for row in snapshot.rows(" UNION ALL ".join(parts), bound):
        found[row["side"]][row["name"]] = Part(row["value"], row["weight"])
    return found


def _named(
    snapshot: Snapshot, course: Course, groups: Mapping[int, tuple[float, float]]
) -> dict[str, Part]:
    """The groups that have something, by their names."""
    names = names_of_groups(snapshot, course)
    return {names[code]: Part(*both) for code, both in groups.items() if both[1]}


def dimensions_of(definition: Metric) -> list[str]:
    """By what a metric can be split: its filters, and one of plays by whose first play it was."""
    taken = {*definition.filters, *([FIRST_PLAY] if "title" in definition.filters else [])}
    return [each for each in DIMENSIONS if each in taken]


def of_split(name: str, by: Dimension) -> Metric:
    """The metric of that name, to be split so. Raises UnknownMetric, NotByPeriod, NotSplit."""
    definition = metric(name)
    if not definition.filters:
        raise NotSplit(
            f"{name} cannot be split by {by}: it is kept of all people together, whatever they "
            f"watch and on what, so it takes no filter. These can be: {', '.join(SPLIT)}."
        )
    definition = measures.of_period(name)
    known = dimensions_of(definition)
    if by not in known:
        raise NotSplit(f"{name} cannot be split by {by}: it can be by {', '.join(known)}.")
    return definition


@dataclass(frozen=True, slots=True)
class ContributionsQuestion(Question[Contributions]):
    """Why a metric changed: what each value of a dimension did to it.

    The `top` values that added or took most, ties by name, and the `rest` as one; the rows add up
    to the change. Raises UnknownMetric, NotSplit, NotByPeriod, FilterNotTaken, UnknownZone and
    BadPeriod.
    """

    metric: str
    by: Dimension
    period: Period | None = None
    filters: Filters = ALL
    _: KW_ONLY
    compare: Against = "previous"
    top: int = 20
    zone: str = UTC

    metrics = SPLIT
    rows = RowTable(Contribution, lambda told: told.rows)

    @override
    def metrics_of(self, data: Contributions) -> tuple[str, ...]:
        return (self.metric,)

    @override
    def answer(self, snapshot: Snapshot, period: Period) -> Contributions:
        definition = of_split(self.metric, self.by)
        definition.check(self.filters.given)
        course = Course(definition, period, self.filters, "whole", self.zone, self.by)
        other = other_side(snapshot, self.compare, period, self.filters)
        definition.check(other.filters.given)
        earlier = replace(course, period=other.period, filters=other.filters)
        told = changed(snapshot, course, earlier)
        ranked = told.largest_first
        leading, others = ranked[: self.top], ranked[self.top :]
        titles = codes.title_names(snapshot, leading) if self.by in LEVELS else {}
        rows = [told.row([group], group=group, name=titles.get(group)) for group in leading]
        rows += [told.row(others, rest=True)] if others else []
        rows += [several] if (several := told.in_several) else []
        done = told.done(told.groups) if told.averaged else []
        return Contributions(
            metric=definition.name,
            by=self.by,
            **moved(told.whole),
            rate_effect=done[0] if done else None,
            mix_effect=done[1] if done else None,
            groups=len(told.groups),
            rows=tuple(rows),
            compared_with=ComparedWith.of(snapshot, self.compare, period, other),
        )

    example = (
        {"metric": "completion_rate", "by": "device", "period": EXAMPLE_PERIOD},
        Contributions(
            metric="completion_rate",
            by="device",
            now=0.43,
            before=0.41,
            change=0.02,
            relative_change=0.0488,
            rate_effect=0.01125,
            mix_effect=0.00875,
            groups=2,
            rows=(
                Contribution(
                    group="smart_tv",
                    name=None,
                    rest=False,
                    in_several=False,
                    now=0.5,
                    before=0.47,
                    change=0.03,
                    relative_change=0.0638,
                    contribution=0.022,
                    share=1.1,
                    rate_effect=0.01875,
                    mix_effect=0.00325,
                    weight=0.65,
                    weight_before=0.6,
                ),
                Contribution(
                    group="mobile",
                    name=None,
                    rest=False,
                    in_several=False,
                    now=0.3,
                    before=0.32,
                    change=-0.02,
                    relative_change=-0.0625,
                    contribution=-0.002,
                    share=-0.1,
                    rate_effect=-0.0075,
                    mix_effect=0.0055,
                    weight=0.35,
                    weight_before=0.4,
                ),
            ),
            compared_with=ComparedWith(
                by="previous",
                period=Period(from_=date(2026, 1, 10), to=date(2026, 2, 6)),
                days_before=28,
                complete=True,
            ),
        ),
    )
