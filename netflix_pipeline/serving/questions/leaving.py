"""Who is leaving: expected losses by segment, how well they were known, and one person's score."""

# Written into SQL are names of contracts and this module only; values are bound.

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.contracts.origins import REASONS, REASONS_TOLD
from netflix_pipeline.serving.query import persons
from netflix_pipeline.serving.question import (
    AnswerModel,
    Question,
    Row,
    RowTable,
    Snapshot,
    column,
)

SCORES, ACCURACY = "gold/leaving", "gold/leaving_accuracy"
Dimension = Literal["country", "plan", "device", "tenure"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
FEWEST = 10
"""Of fewer persons together nothing is told."""
OTHERS = "others"
"""Segments of fewer persons, together."""
MODEL = "logistic regression on what a person did in 90 days (leaving)"


class LeavingSegment(AnswerModel):
    """How many of a segment's active persons are expected to leave."""

    dimension: Dimension = Field(description="by what the segment is told apart")
    value: str = Field(
        description=f"which one; `{OTHERS}` are those of fewer than {FEWEST} persons together"
    )
    persons: int = Field(description="active persons: with a play in the 28 days before [users]")
    expected: float = Field(description="those expected to have no play in 28 days [users]")
    share: float = Field(description="expected ÷ persons")


class LeavingModelScore(AnswerModel):
    """How well a model told who leaves, at the newest cut-off that can be judged."""

    model: str = column(ACCURACY, "model")
    persons: int = column(ACCURACY, "persons")
    left: int = column(ACCURACY, "left")
    expected: float = column(ACCURACY, "expected")
    log_loss: float | None = column(ACCURACY, "log_loss")
    pr_auc: float | None = column(ACCURACY, "pr_auc")
    slope: float | None = column(ACCURACY, "slope")
    lift: float | None = column(ACCURACY, "lift")


class LeavingTenth(AnswerModel):
    """A tenth of the persons at that cut-off, the likeliest to leave first."""

    decile: int = column(ACCURACY, "decile")
    persons: int = column(ACCURACY, "persons")
    left: int = column(ACCURACY, "left")
    expected: float = column(ACCURACY, "expected")
    lift: float | None = column(ACCURACY, "lift")


class LeavingAccuracy(AnswerModel):
    """How well it would have been known who left, by the model and what it is compared with."""

    cutoff: date = column(ACCURACY, "cutoff")
    learned_persons: int = column(ACCURACY, "learned_persons")
    reconstructed: float = column(ACCURACY, "reconstructed")
    models: tuple[LeavingModelScore, ...] = Field(description="the model first")
    tenths: tuple[LeavingTenth, ...] = Field(description="the model's lift chart")


class Leaving(AnswerModel):
    """Who is expected to leave: to have no play in the 28 days from the origin on."""

    origin: date | None = Field(description="the day at whose beginning it was said; null: nothing")
    model: str = Field(description="who says it")
    persons: int = Field(description="active persons [users]")
    expected: float = Field(description="those expected to leave [users]")
    segments: tuple[LeavingSegment, ...] = Field(
        description="by dimension, most expected losses first"
    )
    accuracy: LeavingAccuracy | None = Field(description="null before any outcome is known")


class LeavingReason(AnswerModel):
    """Why somebody is likelier, or less likely, to leave than the average person."""

    reason: str = Field(description=", ".join(f"{each.name}: {each.label}" for each in REASONS))
    label: str = Field(description="it in words")
    effect: float = Field(description="by how much; above 0 to leaving [log odds]")
    plays_from: date | None = Field(
        description="the first day of the plays behind it, as `/users/{user_id}/history` tells "
        "them; null where it does not rest on plays"
    )
    plays_to: date | None = Field(description="the last of these days")


class PersonLeaving(AnswerModel):
    """How likely one person has no play in the 28 days from the origin on, and why."""

    user_id: str
    origin: date | None = Field(description="the day at whose beginning it was said; null: nothing")
    model: str = Field(description="who says it")
    probability: float | None = Field(
        description="null where nothing was said: who has no play in the 28 days before has gone"
    )
    decile: int | None = Field(description="their tenth of all, 1 the likeliest [tenth]")
    reasons: tuple[LeavingReason, ...] = Field(description="those that weigh most, in order")
    accuracy: LeavingAccuracy | None = Field(description="null before any outcome is known")


HAS_SCORES = "SELECT 1 FROM duckdb_tables() WHERE table_name IN ('leaving', 'leaving_accuracy')"
NEWEST = "SELECT max(origin_date) AS origin FROM {table}"
BY_SEGMENT = """
    SELECT '{dimension}' AS dimension, {dimension} AS value, count(*) AS persons,
        sum(probability) AS expected
    FROM leaving WHERE origin_date = $origin GROUP BY ALL ORDER BY expected DESC, value
"""
JUDGED = "SELECT * FROM leaving_accuracy WHERE origin_date = $origin ORDER BY model, decile"
ONE = "SELECT * FROM leaving WHERE origin_date = $origin AND user_id = $user_id"


def _origin(snapshot: Snapshot, table: str) -> date | None:
    """The newest origin at which anything is said; None where there is none, or no such table."""
    if len(snapshot.rows(HAS_SCORES)) < 2:
        return None  # published before there were such tables
    origin: date | None = snapshot.rows(NEWEST.format(table=table))[0]["origin"]
    return origin


def _accuracy(snapshot: Snapshot) -> LeavingAccuracy | None:
    origin = _origin(snapshot, "leaving_accuracy")
    rows = snapshot.rows(JUDGED, {"origin": origin}) if origin else []
    if not rows:
        return None
    first = ("leaving", "recency", "bg_nbd")
    every = sorted(
        (row for row in rows if not row["decile"]), key=lambda r: first.index(r["model"])
    )
    return LeavingAccuracy(
        **{name: rows[0][name] for name in ("cutoff", "learned_persons", "reconstructed")},
        models=tuple(LeavingModelScore(**_fields(LeavingModelScore, row)) for row in every),
        tenths=tuple(
            LeavingTenth(**_fields(LeavingTenth, row))
            for row in rows
            if row["decile"] and row["model"] == "leaving"
        ),
    )


def _fields(model: type[AnswerModel], row: Row) -> Row:
    return {name: row[name] for name in model.model_fields}


def told_segments(rows: Sequence[Row]) -> list[LeavingSegment]:
    """The segments of one dimension, of which none has fewer than 10 persons.

    Smaller ones are told together; where these are too few, or a single one that the others and
    the sum would tell, the smallest of the others goes with them. Nothing is told where all
    together are too few.
    """
    large = [row for row in rows if row["persons"] >= FEWEST]
    small = [row for row in rows if row["persons"] < FEWEST]
    if small:
        while large and (len(small) < 2 or _persons(small) < FEWEST):
            small.append(large.pop(min(range(len(large)), key=lambda at: large[at]["persons"])))
    told = [_segment(row["dimension"], row["value"], [row]) for row in large]
    if _persons(small) >= FEWEST:
        told.append(_segment(small[0]["dimension"], OTHERS, small))
    return told


def _persons(rows: Iterable[Row]) -> int:
    return sum(row["persons"] for row in rows)


def _segment(dimension: Dimension, value: str, rows: Sequence[Row]) -> LeavingSegment:
    persons_, expected = _persons(rows), sum(row["expected"] for row in rows)
    return LeavingSegment(
        dimension=dimension,
        value=value,
        persons=persons_,
        expected=expected,
        share=expected / persons_,
    )


EXAMPLE_ACCURACY = LeavingAccuracy(
    cutoff=date(2026, 1, 24),
    learned_persons=21_400,
    reconstructed=0.02,
    models=(
        LeavingModelScore(
            model="leaving",
            persons=3_120,
            left=290,
            expected=281.4,
            log_loss=0.243,
            pr_auc=0.362,
            slope=0.99,
            lift=3.7,
        ),
    ),
    tenths=(LeavingTenth(decile=1, persons=312, left=107, expected=104.2, lift=3.7),),
)


@dataclass(frozen=True, slots=True)
class LeavingQuestion(Question[Leaving]):
    """Who is expected to leave within 28 days, by segment, and how well that was known before."""

    rows = RowTable(LeavingSegment, lambda leaving: leaving.segments)
    settles = False

    @override
    def answer(self, snapshot: Snapshot, period: None) -> Leaving:
        origin = _origin(snapshot, "leaving")
        by = {
            name: snapshot.rows(BY_SEGMENT.format(dimension=name), {"origin": origin})
            for name in DIMENSIONS
            if origin
        }
        everybody = next(iter(by.values()), [])
        enough = _persons(everybody) >= FEWEST
        return Leaving(
            origin=origin,
            model=MODEL,
            persons=_persons(everybody) if enough else 0,
            expected=sum(row["expected"] for row in everybody) if enough else 0.0,
            segments=tuple(each for rows in by.values() for each in told_segments(rows)),
            accuracy=_accuracy(snapshot),
        )

    example = (
        {},
        Leaving(
            origin=date(2026, 3, 7),
            model=MODEL,
            persons=3_204,
            expected=288.7,
            segments=(
                LeavingSegment(
                    dimension="country", value="US", persons=960, expected=84.1, share=84.1 / 960
                ),
                LeavingSegment(
                    dimension="plan", value="Basic", persons=890, expected=92.3, share=92.3 / 890
                ),
            ),
            accuracy=EXAMPLE_ACCURACY,
        ),
    )


@dataclass(frozen=True, slots=True)
class UserLeavingQuestion(Question[PersonLeaving]):
    """How likely one person leaves within 28 days, with the three reasons that weigh most.

    Raises NotFound.
    """

    user_id: str

    scope = "users:read"
    personal = True
    settles = False

    @override
    def answer(self, snapshot: Snapshot, period: None) -> PersonLeaving:
        persons.person(snapshot, self.user_id)
        origin = _origin(snapshot, "leaving")
        bound: Row = {"origin": origin, "user_id": self.user_id}
        row = next(iter(snapshot.rows(ONE, bound)), None) if origin else None
        return PersonLeaving(
            user_id=self.user_id,
            origin=origin,
            model=MODEL,
            probability=row["probability"] if row else None,
            decile=row["decile"] if row else None,
            reasons=tuple(_reasons(row, origin)) if row and origin else (),
            accuracy=_accuracy(snapshot),
        )

    example = (
        {"user_id": "u-17"},
        PersonLeaving(
            user_id="u-17",
            origin=date(2026, 3, 7),
            model=MODEL,
            probability=0.31,
            decile=1,
            reasons=(
                LeavingReason(
                    reason="recency",
                    label="time since the last play",
                    effect=1.2,
                    plays_from=date(2026, 2, 7),
                    plays_to=date(2026, 3, 6),
                ),
            ),
            accuracy=EXAMPLE_ACCURACY,
        ),
    )


def _reasons(row: Row, origin: date) -> Iterable[LeavingReason]:
    words = {reason.name: reason for reason in REASONS}
    for n in range(1, REASONS_TOLD + 1):
        reason = words[row[f"reason_{n}"]]
        reaches = reason.days is not None
        yield LeavingReason(
            reason=reason.name,
            label=reason.label,
            effect=row[f"effect_{n}"],
            plays_from=origin - timedelta(days=reason.days or 0) if reaches else None,
            plays_to=origin - timedelta(days=1) if reaches else None,
        )
