"""The frame of every answer: the period, as-of time and snapshot stand beside the numbers."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Generic, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, create_model
from typing_extensions import override

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.dimensions import DIMENSIONS, Dimension
from netflix_pipeline.metrics import metric


class AnswerModel(BaseModel):
    """The base of all answers: immutable, and closed against further fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> Self:
        """A row of the snapshot's own as it is: all fields by name, in their order.

        Its values are of the right types, as the contract of its table says. To look at them again
        takes longer than to read them.
        """
        made = cls.__new__(cls)
        object.__setattr__(made, "__dict__", row)
        object.__setattr__(made, "__pydantic_fields_set__", set(row))
        object.__setattr__(made, "__pydantic_extra__", None)
        object.__setattr__(made, "__pydantic_private__", None)
        return made


M = TypeVar("M", bound=AnswerModel)


def with_fields(fields: dict[str, Any]) -> Callable[[type[M]], type[M]]:
    """Give a model further fields behind its own, by name: their types and `Field`s."""

    def extended(model: type[M]) -> type[M]:
        return create_model(
            model.__name__,
            __base__=model,
            __doc__=model.__doc__,
            __module__=model.__module__,
            **fields,
        )

    return extended


def by_dimension(field: Callable[[Dimension], tuple[Any, Any]]) -> Callable[[type[M]], type[M]]:
    """Give a model a field for each dimension of plays."""
    return with_fields({dimension.name: field(dimension) for dimension in DIMENSIONS})


def measure(name: str, more: str = "", **options: Any) -> Any:
    """A field that carries a metric: its sentence and unit come from the metric layer."""
    definition = metric(name)
    also = f"; {more}" if more else ""
    return Field(
        title=definition.label,
        description=f"{definition.sentence} [{definition.unit}]{also}",
        **options,
    )


def column(table: str, name: str) -> Any:
    """A field that carries a column of a table: its meaning and unit come from the contract."""
    spec = contract(table)[name]
    return Field(description=f"{spec.doc} [{spec.unit}]" if spec.unit else spec.doc)


class Period(AnswerModel):
    """Days, both included: of UTC where nothing else is said."""

    from_: date = Field(serialization_alias="from", description="first day, included")
    to: date = Field(description="last day, included")

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.to - self.from_).days + 1

    def covers(self, other: "Period") -> bool:
        """Whether all days of another one are its own."""
        return self.from_ <= other.from_ and other.to <= self.to

    def meets(self, other: "Period") -> bool:
        """Whether a day of another one is its own."""
        return self.from_ <= other.to and other.from_ <= self.to

    @property
    def each(self) -> list[date]:
        """Its days, in order."""
        return [self.from_ + timedelta(days=offset) for offset in range(self.days)]


class SnapshotInfo(AnswerModel):
    """Which published state of the data an answer comes from."""

    version: int = Field(description="number of the snapshot; each publish adds one")
    built_at: datetime = Field(description="when it was built")
    data_from: date | None = Field(description="first day with a play; null without plays")
    data_to: date | None = Field(description="last day with a play; null without plays")
    as_of: datetime | None = Field(description="latest receipt of a record that is in it")

    @property
    def days(self) -> Period | None:
        """From the first day with a play to the last; None without any."""
        first, last = self.data_from, self.data_to
        return Period(from_=first, to=last) if first and last else None

    @property
    def unfinished(self) -> date | None:
        """The last day with data where it was not over when its newest record came; else None."""
        last = self.data_to
        if last is None or self.as_of is None:
            return last
        over = datetime.combine(last + timedelta(days=1), time(), UTC)
        return last if self.as_of < over else None

    @property
    def over(self) -> date | None:
        """The last day with data that is over, or the day before it; None without any."""
        last = self.data_to
        return last - timedelta(days=1) if last and self.unfinished else last


T = TypeVar("T")

Told = str | tuple[str, ...]
"""A filter's value as answers tell it; all of them, in order, where there are several."""


def spelled(filters: Mapping[str, Told]) -> list[tuple[str, str]]:
    """What answers tell of their filters, as addresses say it: a pair for each value."""
    return [
        (name, value)
        for name, told in filters.items()
        for value in ((told,) if isinstance(told, str) else told)
    ]


class Answer(AnswerModel, Generic[T]):
    """An answer with all that is needed to quote it."""

    # Told also where it is what it is by default, and not left out.
    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    data: T
    period: Period | None = Field(
        default=None, description="the days it is about; null where it is about all"
    )
    filters: dict[str, Told] = Field(
        default_factory=dict,
        description="what it is narrowed to, by parameter: its value, or a list of several; empty "
        "where it is not",
    )
    zone: str = Field(
        default="UTC",
        serialization_alias="tz",
        description="time zone of its days and hours (IANA)",
    )
    metrics: tuple[str, ...] = Field(default=(), description="names of the metrics in it")
    warnings: tuple[str, ...] = Field(
        default=(),
        description="what to know before quoting it; left out where there is nothing",
        exclude_if=lambda warnings: not warnings,
    )
    provisional_from: date | None = Field(
        default=None,
        description="the first of its days of which more rows usually come; left out where all "
        "are settled",
        exclude_if=lambda day: day is None,
    )
    snapshot: SnapshotInfo

    @classmethod
    @override
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """The name without brackets, for makers of clients: `GlanceAnswer`, `TitlePage`."""
        (data,) = params
        (kind, *_) = get_args(data) or (data,)
        return getattr(kind, "__name__", str(kind)) + cls.__name__


class Page(Answer[T], Generic[T]):
    """One page of a longer answer."""

    next: str | None = Field(
        default=None, description="opaque cursor of the following page; null on the last"
    )
