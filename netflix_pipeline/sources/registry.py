"""Every adapter there is. A new format is one module, and one line here."""

from collections.abc import Sequence
from pathlib import Path

from netflix_pipeline.errors import BadInput, UnrecognisedSource
from netflix_pipeline.sources.adapter import Adapter
from netflix_pipeline.sources.formats import (
    http_events,
    native,
    netflix_export,
    public_dataset,
    viewing_log,
)

MOST_COLUMNS, LONGEST_COLUMN = 100, 200
"""Columns, and characters of each, that a message lists."""

SOURCES: dict[str, Adapter] = {
    adapter.name: adapter
    for adapter in (
        *native.ADAPTERS,
        *public_dataset.ADAPTERS,
        *netflix_export.ADAPTERS,
        *viewing_log.ADAPTERS,
    )
}
"""The adapters by name; where two are equally specific, the earlier is taken."""

OF_EVENTS = {adapter.name: adapter for adapter in http_events.ADAPTERS.values()}
"""Those of events that came over HTTP: no file is taken for them unless somebody says so."""


def listed(columns: Sequence[str]) -> str:
    """The columns of a file in a message, of very many the first."""
    names = ", ".join(name[:LONGEST_COLUMN] for name in columns[:MOST_COLUMNS]) or "none"
    more = len(columns) - MOST_COLUMNS
    return f"{names} and {more:,} more" if more > 0 else names


def named(name: str) -> Adapter:
    """The adapter of that name; BadInput lists the names there are."""
    try:
        return SOURCES.get(name) or OF_EVENTS[name]
    except KeyError:
        raise BadInput(
            f"there is no source named {name!r}; there are {', '.join(SOURCES)}"
        ) from None


def repeats(source: str) -> bool:
    """Whether rows of that source that say the same are as many events."""
    return source in SOURCES and SOURCES[source].repeats


def instead_of(source: str) -> str | None:
    """The source that tells of the same viewing as that one, if one does."""
    return SOURCES[source].instead_of if source in SOURCES else None


def recognise(path: Path, columns: Sequence[str]) -> Adapter:
    """The adapter that needs most of the file's columns.

    Raises UnrecognisedSource, telling what the file has and what each adapter looks for.
    """
    matching = [adapter for adapter in SOURCES.values() if adapter.knows(columns)]
    if matching:
        return max(matching, key=lambda adapter: len(adapter.needs))
    looked_for = "\n".join(
        f"  {adapter.name}: {', '.join(adapter.missing([]))}"
        f"{', and no other' if adapter.nothing_else else ''}"
        for adapter in SOURCES.values()
    )
    raise UnrecognisedSource(
        f"{path}: no source has these columns: {listed(columns)}\n"
        f"What was looked for, by source:\n{looked_for}\n"
        "Rename the columns, or tell in a mapping which column is which: --mapping FILE, or as "
        "FILE.toml beside it in landing."
    )
