"""Events as the text in which Dagster keeps them, for many that differ in little.

Dagster makes an event and its text anew, field by field, which takes longer than all else that is
done to record it. Of a table's days events tell the same but for day, time, numbers and versions:
the first is made as Dagster does, and for the others these are put into its text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from json.encoder import encode_basestring_ascii
from math import isfinite
from secrets import token_hex
from typing import Any, NamedTuple

import dagster as dg
from dagster import EventLogEntry
from dagster._core.events import StepMaterializationData
from dagster._serdes import serialize_value

PLAIN: Mapping[type, str] = {
    dg.BoolMetadataValue: "value",
    dg.FloatMetadataValue: "value",
    dg.IntMetadataValue: "value",
    dg.TextMetadataValue: "text",
}
"""The kinds of metadata that are put in, and the field in which each has its value."""

Told = dg.AssetMaterialization | dg.AssetCheckEvaluation
"""What an event tells of a partition."""


def kind_of(told: Told) -> Hashable | None:
    """What it has in common with others; None where it tells more than can be put into a text."""
    kinds = tuple(map(type, told.metadata.values()))
    if not PLAIN.keys() >= {*kinds}:
        return None
    if isinstance(told, dg.AssetMaterialization):
        tags = told.tags if told.tags is None else tuple(told.tags)
        return told.asset_key, told.description, tags, tuple(told.metadata), kinds
    if told.target_materialization_data is not None:
        return None
    own = told.check_name, told.passed, told.severity, told.description, told.blocking
    return told.asset_key, own, tuple(told.metadata), kinds


class Pattern:
    """Events of one kind of a step, of which the first was made; not for several threads."""

    def __init__(
        self, first: EventLogEntry, make: Callable[[EventLogEntry], str] = serialize_value
    ) -> None:
        event = first.dagster_event
        assert event is not None
        self.first = first
        self.kind = event.event_type
        self.asset = event.asset_key.to_string() if event.asset_key else None
        self._make = make
        self._cut: tuple[str, tuple[int, ...]] | None = None

    def entry(self, told: Told, timestamp: float, message: str | None = None) -> EventLogEntry:
        """Another event of the kind, as Dagster has it."""
        event = self.first.dagster_event
        assert event is not None
        event = event._replace(event_specific_data=data_of(told), message=message or event.message)
        return self.first._replace(timestamp=timestamp, dagster_event=event)

    def text(self, told: Told, timestamp: float) -> str:
        """The text of another event of the kind."""
        if self._cut is None:
            self._cut = _cut(self._make(self.first), told)
        text, order = self._cut
        values = tuple(_values(told, timestamp))
        return text % tuple(_json(values[number]) for number in order)


class Alike(NamedTuple):
    """An event of a pattern."""

    pattern: Pattern
    told: Told
    timestamp: float

    @property
    def run_id(self) -> str:
        """The run that it is of."""
        return self.pattern.first.run_id

    @property
    def dagster_event_type(self) -> dg.DagsterEventType:
        """What kind of event it is."""
        return self.pattern.kind

    @property
    def tags(self) -> Mapping[str, str] | None:
        """The tags of a materialization."""
        return self.told.tags if isinstance(self.told, dg.AssetMaterialization) else None

    @property
    def entry(self) -> EventLogEntry:
        """The event as Dagster has it."""
        return self.pattern.entry(self.told, self.timestamp)

    @property
    def text(self) -> str:
        """Its text."""
        return self.pattern.text(self.told, self.timestamp)


def passed_on(days: Sequence[Alike]) -> EventLogEntry:
    """One event for a check that passed on several days: how many they are, and within which."""
    one = days[-1].told
    assert isinstance(one, dg.AssetCheckEvaluation)
    keys = sorted({each.told.partition or "" for each in days})
    told = dg.AssetCheckEvaluation(
        asset_key=one.asset_key,
        check_name=one.check_name,
        passed=True,
        metadata={"days": len(keys), "first_day": keys[0], "last_day": keys[-1]},
        severity=one.severity,
        description=one.description,
        blocking=one.blocking,
    )
    message = (
        f"Asset check '{one.check_name}' on '{one.asset_key.to_user_string()}' passed on "
        f"{len(keys)} days from {keys[0]} to {keys[-1]}."
    )
    return days[-1].pattern.entry(told, max(each.timestamp for each in days), message)


def data_of(told: Told) -> Any:
    """What a `DagsterEvent` holds of it."""
    return told if isinstance(told, dg.AssetCheckEvaluation) else StepMaterializationData(told)


def _values(told: Told, timestamp: float) -> Iterator[float | str | bool | None]:
    """What differs between events of a kind."""
    yield timestamp
    yield told.partition
    for value in told.metadata.values():
        yield getattr(value, PLAIN[type(value)])
    if isinstance(told, dg.AssetMaterialization) and told.tags:
        yield from told.tags.values()


def _cut(text: str, told: Told) -> tuple[str, tuple[int, ...]]:
    """The text of an event with `%s` for what differs in others, and which value comes where."""
    mark = token_hex(8)
    slots = (f"{mark}:{number}" for number, _ in enumerate(_values(told, 0.0)))
    whole = json.loads(text)
    data = whole["dagster_event"]["event_specific_data"]
    # In the order of `_values`.
    whole["timestamp"] = next(slots)
    if isinstance(told, dg.AssetMaterialization):
        of_partition = data["materialization"]
        metadata = {each["label"]: each["entry_data"] for each in of_partition["metadata_entries"]}
    else:
        of_partition, metadata = data, data["metadata"]
    of_partition["partition"] = next(slots)
    for name, value in told.metadata.items():
        metadata[name][PLAIN[type(value)]] = next(slots)
    if isinstance(told, dg.AssetMaterialization):
        for name in told.tags or ():
            of_partition["tags"][name] = next(slots)
    parts = re.split(rf'"{mark}:(\d+)"', json.dumps(whole).replace("%", "%%"))
    return "%s".join(parts[::2]), tuple(map(int, parts[1::2]))


def _json(value: Any) -> str:
    """What `json.dumps` makes of a value, which takes longer to begin than most values do."""
    kind = type(value)
    if kind is str:
        return encode_basestring_ascii(value)
    if kind is int or (kind is float and isfinite(value)):
        return repr(value)
    return json.dumps(value)
