"""Events as the text in which Dagster keeps them, for many that differ in little.

Dagster makes the text of an event anew, field by field, which takes longer than all else that is
done to record it. Of a table's days events tell the same but for day, time, numbers and versions:
the text of the first is taken for all, with these put in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True)
class Text:
    """The first event of its kind, decoded; all that differs in another is replaced in it."""

    whole: dict[str, Any]
    of_partition: dict[str, Any]
    metadata: Mapping[str, dict[str, Any]]

    def of(self, event: EventLogEntry, told: Told) -> str:
        """The text of another event of the kind."""
        self.whole["timestamp"] = event.timestamp
        self.of_partition["partition"] = told.partition
        if isinstance(told, dg.AssetMaterialization):
            # Dagster sorts what has names.
            self.of_partition["tags"] = told.tags and dict(sorted(told.tags.items()))
        for name, value in told.metadata.items():
            field = PLAIN[type(value)]
            self.metadata[name][field] = getattr(value, field)
        return json.dumps(self.whole)


class EventTexts:
    """The text of each event of a run, as `serialize_value` makes it; not for several threads."""

    def __init__(self, make: Callable[[EventLogEntry], str] = serialize_value) -> None:
        self._make = make
        self._run_id = ""
        self._known: dict[Hashable, Text] = {}

    def text(self, event: EventLogEntry) -> str:
        """The text of one event."""
        told = _told(event)
        if told is None:
            return self._make(event)
        if event.run_id != self._run_id:
            self._run_id, self._known = event.run_id, {}
        kind = _kind(event, told)
        if kind not in self._known:
            text = self._make(event)
            self._known[kind] = _decoded(text, told)
            return text
        return self._known[kind].of(event, told)


def _told(event: EventLogEntry) -> Told | None:
    """What an event tells of a partition; None where it has more than can be put into a text."""
    data = event.dagster_event and event.dagster_event.event_specific_data
    told: Told | None = None
    if isinstance(data, StepMaterializationData) and not data.asset_lineage:
        told = data.materialization
    elif isinstance(data, dg.AssetCheckEvaluation) and data.target_materialization_data is None:
        told = data
    plain = told is not None and all(type(value) in PLAIN for value in told.metadata.values())
    return told if plain else None


def _kind(event: EventLogEntry, told: Told) -> Hashable:
    """All that an event has in common with others of its kind."""
    assert event.dagster_event is not None
    own: tuple[Hashable, ...] = ()
    if isinstance(told, dg.AssetCheckEvaluation):
        own = told.check_name, told.passed, told.severity, told.blocking
    return (
        event._replace(timestamp=0.0, dagster_event=None),
        event.dagster_event._replace(event_specific_data=None, logging_tags=None),
        tuple((event.dagster_event.logging_tags or {}).items()),
        type(told),
        told.asset_key,
        told.description,
        tuple((name, type(value)) for name, value in told.metadata.items()),
        own,
    )


def _decoded(text: str, told: Told) -> Text:
    whole = json.loads(text)
    data = whole["dagster_event"]["event_specific_data"]
    if isinstance(told, dg.AssetCheckEvaluation):
        return Text(whole, data, data["metadata"])
    made = data["materialization"]
    return Text(
        whole, made, {each["label"]: each["entry_data"] for each in made["metadata_entries"]}
    )
