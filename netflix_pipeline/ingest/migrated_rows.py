"""Stored rows as they would be read and judged today.

A Netflix row gets the id that its next download will bring. Its Bookmark was not kept: it is read
again where the file of its batch still lies, in its place or among those that landed; else the row
has the id that it has without one, and the next download tells it.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path

import polars as pl

from netflix_pipeline.contracts import UTC_MICROSECONDS
from netflix_pipeline.errors import BadInput, PipelineError
from netflix_pipeline.ids import derived_id
from netflix_pipeline.ingest.batches import Manifest, unchanged
from netflix_pipeline.ingest.dedup_lookup import content, resolve
from netflix_pipeline.ingest.validation_rules import bad, key, payload, with_reasons
from netflix_pipeline.lake import Partition
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources import Options, open_file
from netflix_pipeline.sources.formats.http_events import SOURCE
from netflix_pipeline.sources.formats.netflix_export import (
    ACTIVITY,
    IN_ANY_LANGUAGE,
    UNMARKED,
    unmarked_ids,
)
from netflix_pipeline.sources.missing_values import without_missing
from netflix_pipeline.title_texts import named_id, plain_title

PLACE = "\0place"
RECEIVED = pl.col("received_at").cast(UTC_MICROSECONDS)


@dataclass(frozen=True)
class MigratedPartition:
    """What becomes of the rows of a partition, by their places in it.

    `repeated` are duplicates, `refused` go to quarantine for their `reasons`; `differing` are these
    and all that change; `became` tells which identities became which.
    """

    repeated: pl.Series
    refused: pl.Series
    reasons: pl.Series
    differing: pl.Series
    became: Mapping[str, str]

    @property
    def leaving(self) -> pl.Series:
        """The places of the rows that leave the partition."""
        return pl.concat([self.repeated, self.refused])


def migrated_partition(
    name: str, day: Partition, stored: pl.DataFrame, read: pl.DataFrame
) -> MigratedPartition | None:
    """What becomes of the rows of a partition that would be read otherwise today; None if nothing.

    In order of arrival the first row of an identity stays.
    """
    own, columns = key(name), payload(name)
    differs = reduce(or_, (read[column].ne_missing(stored[column]) for column in columns))
    itself = (read["source"] == SOURCE) & read[own].is_null()
    judged = read.with_columns(problems=pl.lit(None, pl.List(pl.String)))
    refused = bad(name, judged, RECEIVED) | itself
    if not (differs | refused).any():
        return None
    place = pl.int_range(read.height, eager=True)
    good = read.with_columns(place.alias(PLACE)).filter(~refused)
    good = good.sort("received_at", "batch", "line", maintain_order=True)
    if day is None:
        repeated, conflicts = _same_states(good, own, columns), pl.Series([], dtype=pl.Int64)
    else:
        repeated, conflicts = _same_events(good, own, columns)
    because = with_reasons(name, judged.with_columns(itself.alias(PLACE)).filter(refused), RECEIVED)
    without_id = pl.when(PLACE).then(["missing_event_id"]).otherwise(pl.lit([], pl.List(pl.String)))
    reasons = because.select(without_id.list.concat("reasons")).to_series().to_list()
    reasons += [["conflicting_duplicate"]] * conflicts.len()
    leaving = pl.concat([repeated, conflicts])
    changed = differs & read[own].is_not_null()
    pairs = zip(stored[own].filter(changed), read[own].filter(changed), strict=True)
    return MigratedPartition(
        repeated=repeated,
        refused=pl.concat([place.filter(refused), conflicts]),
        reasons=pl.Series("reasons", reasons, pl.List(pl.String)),
        differing=place.filter(differs | refused | place.is_in(leaving.implode())),
        became={was: now for was, now in pairs if was != now},
    )


def _same_events(good: pl.DataFrame, own: str, columns: list[str]) -> tuple[pl.Series, pl.Series]:
    """The places of events that are duplicates of others, and of those that contradict others."""
    again = good.filter(pl.col(own).is_duplicated())
    again = again.with_columns((pl.col("source") == ACTIVITY).alias(IN_ANY_LANGUAGE))
    resolved = resolve(again, again.clear(), own, columns)
    return resolved.duplicate[PLACE], resolved.conflict[PLACE]


def _same_states(good: pl.DataFrame, own: str, columns: list[str]) -> pl.Series:
    """The places of rows of users or titles that say what the row of their key before says."""
    says = pl.struct(columns).hash()
    return good.filter(says == says.shift(1).over(own))[PLACE]


class RowMigration:
    """Reads stored rows as today.

    `mentioned` are the titles that events told of, `with_seconds` the batches of Netflix rows that
    have seconds.
    """

    def __init__(
        self,
        settings: Settings,
        batches: Mapping[str, Manifest],
        mentioned: Iterable[pl.DataFrame],
        with_seconds: Collection[str],
    ) -> None:
        self._with_seconds = with_seconds
        self._settings = settings
        self._batches = batches
        self._marked: dict[str, Mapping[int, tuple[str, list[str]]]] = {}
        self._texts: dict[str, str] = {}
        self._titles: dict[str, str | None] = {named_id(""): None}
        for frame in mentioned:
            for title_id, text in frame.select("title_id", "title").drop_nulls().iter_rows():
                # Ids that were made of that text, which is read otherwise today.
                if (plain := plain_title(text)) != text and title_id == named_id(text):
                    self._titles[title_id] = named_id(plain) if plain else None
                    self._texts[text] = plain

    def titles(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with the ids that titles known by their texts have today, and with the texts."""
        if "title_id" not in rows.columns:
            return rows
        was, now = list(self._titles), pl.Series(list(self._titles.values()), dtype=pl.String)
        named = pl.col("title_id").is_in(was)
        if "title" in rows.columns:
            text = pl.when(named).then(pl.col("title").replace(self._texts)).otherwise("title")
            rows = rows.with_columns(title=text)
        return rows.with_columns(pl.col("title_id").replace(was, now))

    def today(self, name: str, stored: pl.DataFrame) -> pl.DataFrame:
        """The rows of a partition as they would be read today, with the keys they would have."""
        read = without_missing(name, stored)
        of_netflix = stored["source"] == ACTIVITY
        if name != "watch_events" or not of_netflix.any():
            return _derived(name, stored, read)
        # A profile of which only blanks are told is none.
        nobody = pl.lit(of_netflix) & pl.col("user_id").str.ends_with("/")
        read = read.with_columns(user_id=pl.when(~nobody).then("user_id"))
        own = key(name)
        netflix = self.titles(read.filter(of_netflix))
        title_ids = read["title_id"].scatter(of_netflix.arg_true(), netflix["title_id"])
        ids = read[own].scatter(of_netflix.arg_true(), self._netflix_ids(netflix))
        others = _derived(name, stored, read)[own]
        return read.with_columns(title_ids, ids.zip_with(of_netflix, others))

    def _netflix_ids(self, rows: pl.DataFrame) -> pl.Series:
        """The ids of Netflix rows of a day."""
        ids: dict[int, str | None] = {}
        by_batch = rows.with_row_index(PLACE).sort("line").partition_by("batch", as_dict=True)
        for (batch,), part in by_batch.items():
            marked = self._of_file(str(batch))
            own = unmarked_ids(part, in_any_language=batch in self._with_seconds)
            for place, line, unmarked in zip(part[PLACE], part["line"], own, strict=True):
                marked_id, known = marked.get(line, (None, []))
                ids[place] = marked_id if unmarked in known else unmarked
        return pl.Series([ids[place] for place in range(rows.height)], dtype=pl.String)

    def _of_file(self, batch: str) -> Mapping[int, tuple[str, list[str]]]:
        """By line, the ids with and without Bookmark that a batch's file tells, if it is there."""
        if batch not in self._marked:
            raws: dict[int, tuple[str, list[str]]] = {}
            manifest = self._batches[batch]
            # What is no such file any more tells nothing.
            with suppress(PipelineError, OSError):
                if (file := _file_of(self._settings, manifest)) is not None:
                    household = json.loads(manifest.header)["household"]
                    options = Options(source=manifest.source, household=household)
                    for part in open_file(file, options).parts(lambda _: None):
                        rows = part().frame.drop_nulls("event_id")
                        ids = rows.select("line", "event_id", UNMARKED).iter_rows()
                        raws |= {line: (own, unmarked) for line, own, unmarked in ids}
            self._marked[batch] = raws
        return self._marked[batch]


def _file_of(settings: Settings, manifest: Manifest) -> Path | None:
    """The file that a batch came in: with the same bytes, where it was or where it landed."""
    path = Path(manifest.path)
    for file in (path, *sorted(settings.landed.rglob(f"*{path.suffix}"))):
        with suppress(BadInput):
            if unchanged(file, manifest):
                return file
    return None


def _derived(name: str, stored: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    """The rows with the keys that follow from what they tell today, where theirs did before."""
    if name in ("users", "titles"):
        return read
    own = key(name)
    rest = [column for column in payload(name) if column != own]
    changed = reduce(or_, (read[column].ne_missing(stored[column]) for column in rest))
    places = (changed | read[own].is_null()).arg_true()
    if places.is_empty():
        return read
    before, after = content(name, stored[places]), content(name, read[places])
    known = stored[places].select("source", own).iter_rows()
    ids = read[own][places].to_list()
    for at, ((source, identity), was, now) in enumerate(zip(known, before, after, strict=True)):
        missing = ids[at] is None and source != SOURCE
        if missing or identity == derived_id(source, was):
            ids[at] = derived_id(source, now)
    return read.with_columns(read[own].scatter(places, pl.Series(ids, dtype=pl.String)))
