"""The rows that wait in quarantine: looked at, exported, and replayed after a fix.

A replayed row keeps its batch, line and receipt. It leaves quarantine when it is stored or known
as a duplicate, so that its batch still adds up and it enters the ledger once. An id stays good when
its batch is merged with its neighbours.
"""

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from netflix_pipeline.atomic_write import write_bytes
from netflix_pipeline.contracts import contract
from netflix_pipeline.errors import BadInput
from netflix_pipeline.ingest.batches import BATCH_OF_ROW, Manifest, commit, manifest
from netflix_pipeline.ingest.bronze_writer import (
    Mentions,
    append_by_day,
    compare_days,
    fields_left_out,
)
from netflix_pipeline.ingest.dedup_lookup import counted, identified
from netflix_pipeline.ingest.erasure_filter import erased, theirs
from netflix_pipeline.ingest.export_kinds import Exports
from netflix_pipeline.ingest.fault_isolation import Failures, without_failing
from netflix_pipeline.ingest.identity_migration import taking_in
from netflix_pipeline.ingest.validation_rules import judge, key
from netflix_pipeline.lake import Lake
from netflix_pipeline.lake.batch_ranges import PREFIX
from netflix_pipeline.persons import Marked
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources import Chunk, Mapping, parse_raw
from netflix_pipeline.sources.formats.http_events import SOURCE, table_of

TABLE = "bronze/quarantine"
REPLAYS = "_replays"

ROW_ID = pl.concat_str("batch", "line", separator=":")
"""By what a row in quarantine is known."""

RANGE_OF_ID = rf"^({PREFIX}[0-9a-f]+-)\d+-\d+(-\d+-\w+:)"
"""The first and last offset in the id of a row that came out of an event log."""


@dataclass(frozen=True)
class QuarantineReplay:
    """What became of the rows that were replayed; `failures` tells of those where code failed."""

    rows: int
    stored: int
    duplicate: int
    quarantined: int
    erased: int = 0
    failures: tuple[str, ...] = ()


def quarantined(
    lake: Lake,
    *,
    reason: str | None = None,
    source: str | None = None,
    ids: Sequence[str] = (),
) -> pl.DataFrame:
    """The rows in quarantine with `quarantine_id` (`<batch>:<line>`), by arrival."""
    days = [lake.read(TABLE, day) for day in lake.partitions(TABLE)]
    rows = pl.concat([contract(TABLE).empty(), *days]).select(
        ROW_ID.alias("quarantine_id"), pl.all()
    )
    if reason is not None:
        rows = rows.filter(pl.col("reasons").list.contains(reason))
    if source is not None:
        rows = rows.filter(pl.col("source") == source)
    if ids:
        wanted = pl.Series("id", list(ids), pl.String)
        kept, waiting = _lasting(wanted), _lasting(rows["quarantine_id"])
        rows = rows.filter(waiting.is_in(kept.implode()))
        missing = wanted.filter(~kept.is_in(waiting.implode()))
        if missing.len():
            raise BadInput(
                f"not in quarantine: {', '.join(missing.sort())}. "
                "`netflix-pipeline quarantine list` shows the ids."
            )
    return rows.sort("received_at", "batch", "line")


def _lasting(ids: pl.Series) -> pl.Series:
    """The ids without what changes of them when batches are merged: offsets of the event log."""
    return ids.str.replace(RANGE_OF_ID, "$1$2")


def replay(
    settings: Settings,
    rows: pl.DataFrame,
    *,
    mapping: Path | None = None,
    waiting: Callable[[], None] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> QuarantineReplay:
    """Read quarantined rows again, by the rules of today or a changed mapping.

    `rows` are rows of `quarantined`. Those that still cannot be taken stay where they are, and one
    batch or day that fails does not stop the others.
    """
    outcomes = [(0, 0, 0)]
    failures = Failures()
    marked = erased(settings)
    if mapping is not None:
        Mapping.load(mapping)
    with taking_in(settings, waiting) as lake:
        finish_replays(lake, failures)
        # Another replay may have taken some of them while this one waited.
        wanted = _lasting(rows["quarantine_id"]).implode()
        rows = quarantined(lake)
        rows = rows.filter(_lasting(rows["quarantine_id"]).is_in(wanted))
        for (batch,), waiting_rows in rows.group_by(BATCH_OF_ROW, maintain_order=True):
            with failures.ends(f"rows of the batch {batch} cannot be replayed"):
                each = manifest(lake, str(batch))
                if each is None:
                    raise BadInput(f"the batch {batch} has no manifest: ingest its file again.")
                outcomes.append(
                    _replay_batch(lake, each, waiting_rows, mapping, now(), marked, failures)
                )
        if failures.told:
            finish_replays(lake, failures)
    stored, duplicate, refused = map(sum, zip(*outcomes, strict=True))
    left = rows.height - stored - duplicate - refused
    return QuarantineReplay(rows.height, stored, duplicate, left, refused, tuple(failures.told))


def _replay_batch(
    lake: Lake,
    manifest: Manifest,
    rows: pl.DataFrame,
    mapping: Path | None,
    at: datetime,
    marked: Marked | None,
    failures: Failures,
) -> tuple[int, int, int]:
    """Replay rows of one batch; returns how many were stored, are duplicates, and were erased."""
    over_http = manifest.source == SOURCE
    header = manifest.header
    if over_http and mapping is None:
        # What has another type waits here only because it belongs to no table.
        rows = rows.filter(
            pl.Series([table_of(raw.encode()) == manifest.table for raw in rows["raw"]])
        )
    elif over_http:
        header = _with_all_columns(header, rows["raw"])
    if rows.is_empty():
        return 0, 0, 0
    if not manifest.stored:
        what, household = f"rows of the batch {manifest.batch}", json.loads(header)["household"]
        Exports(lake).check(what, manifest.source, household)

    read_again = partial(_read_again, manifest, header, mapping, at, rows)
    (chunk, good), failing, error = without_failing(read_again, range(rows.height))
    if error is not None:
        failures.note(f"{len(failing)} rows of the batch {manifest.batch} cannot be judged", error)
    if good.is_empty():
        return 0, 0, 0
    refused = good.clear()
    if marked and "user_id" in good.columns:
        # Read anew, a row may turn out to be of somebody who was erased.
        mask = theirs(marked, good["user_id"])
        good, refused = good.filter(~mask), good.filter(mask)
    numbers = [path.name.split(".")[1] for path in _replay_files(lake, manifest.batch)]
    number = 1 + max((int(each.removeprefix("r")) for each in numbers), default=0)
    name = f"{manifest.batch}.r{number}"
    manifest = dataclasses.replace(manifest, erased=manifest.erased + refused.height)
    intent: dict[str, Any] = {"erased": manifest.erased, "rows": _ids(refused)}
    write_bytes(_intent(lake, manifest.batch), json.dumps(intent).encode())
    table, source = f"bronze/{manifest.table}", pl.lit(manifest.source)
    day_of = pl.col("event_time").dt.date() if "event_time" in good.columns else None
    good = good.with_columns(event_date=day_of)
    days = good["event_date"].unique().to_list()
    resolved, _ = compare_days(lake, table, days, good, lake.committed_batches(), failures)
    mentions = Mentions()
    mentions.tell(chunk.titles)
    mentions.name(resolved.stored)
    fresh = append_by_day(lake, table, name, resolved.stored.with_columns(source=source), days)
    if resolved.duplicate.height:
        frame = resolved.duplicate.with_columns(
            table=pl.lit(manifest.table),
            identity=key(manifest.table),
            identity_date=pl.col("event_date").cast(pl.Date),
            source=source,
        )
        arranged = contract("bronze/duplicates").conform(frame)
        lake.append("bronze/duplicates", manifest.received_at.date(), name, arranged)
    mentions.write(lake, manifest.batch, name)
    left_out = Counter(manifest.left_out) + fields_left_out(resolved.stored)
    stored_days = {*manifest.days, *(day for day in fresh if day is not None)}
    manifest = dataclasses.replace(
        manifest, days=tuple(sorted(stored_days)), left_out=dict(left_out)
    )
    commit(lake, manifest)
    _release(lake, manifest, intent["rows"])
    return resolved.stored.height, resolved.duplicate.height, refused.height


def _read_again(
    manifest: Manifest,
    header: str,
    mapping: Path | None,
    at: datetime,
    waiting: pl.DataFrame,
    places: Sequence[int],
) -> tuple[Chunk, pl.DataFrame]:
    """What quarantined rows of a batch are read as, and those of them that can be taken."""
    rows = waiting[list(places)]
    chunk = parse_raw(header, rows["raw"].to_list(), mapping=mapping)
    # The reader numbers the raw rows from 1; each gets the line back at which it first came.
    lines = rows.select(pl.int_range(1, pl.len() + 1).alias("at"), "batch", "line", "received_at")
    frame = chunk.frame.rename({"line": "at"}).join(
        lines.cast({"at": chunk.frame.schema["line"]}), on="at", maintain_order="left"
    )
    good, _ = judge(manifest.table, frame.drop("at"), at, names_itself=manifest.source == SOURCE)
    return chunk, counted(
        manifest.table, manifest.source, identified(manifest.table, manifest.source, good)
    )


def _with_all_columns(header: str, raws: pl.Series) -> str:
    """The header with every name that the events have: a mapping may ask for any of them."""
    document = json.loads(header)
    names = set(document["columns"])
    for raw in raws:
        with suppress(ValueError, RecursionError):
            event = json.loads(raw)
            if isinstance(event, dict):
                names.update(event)
    return json.dumps(document | {"columns": sorted(names)})


def _intent(lake: Lake, batch: str) -> Path:
    return lake.folder(f"bronze/{REPLAYS}") / f"{batch}.json"


def _replay_files(lake: Lake, batch: str) -> list[Path]:
    return lake.found(f"{batch}.r*.parquet")


def _release(lake: Lake, manifest: Manifest, erased: Sequence[str]) -> None:
    """Take the rows that a replay wrote or erased out of quarantine, then forget the intent."""
    released = set(erased)
    for path in _replay_files(lake, manifest.batch):
        rows = pl.read_parquet(path, glob=False, hive_partitioning=False)
        if {"batch", "line"} <= set(rows.columns):  # else who and what is named
            released.update(_ids(rows))
    day = manifest.received_at.date()
    rows = lake.read(TABLE, day, None, {manifest.batch})
    lake.append(TABLE, day, manifest.batch, rows.filter(~ROW_ID.is_in(list(released))))
    _intent(lake, manifest.batch).unlink(missing_ok=True)


def _ids(rows: pl.DataFrame) -> list[str]:
    return rows.select(ROW_ID).to_series().to_list()


def finish_replays(lake: Lake, failures: Failures) -> None:
    """Finish replays that were cut off: what they stored leaves quarantine."""
    for intent in sorted(lake.folder(f"bronze/{REPLAYS}").glob("*.json")):
        with failures.ends(f"{intent}: a replay that was cut off cannot be finished"):
            _finish(lake, intent)


def _finish(lake: Lake, intent: Path) -> None:
    batch = manifest(lake, intent.stem)
    if batch is None:
        return
    days = {
        date.fromisoformat(path.parent.name.removeprefix("event_date="))
        for path in _replay_files(lake, batch.batch)
        if path.parent.parent.name == batch.table and path.parent.name != batch.table
    }
    begun = json.loads(intent.read_bytes())
    days |= set(batch.days)
    erased_rows = begun.get("erased", batch.erased)
    commit(lake, dataclasses.replace(batch, days=tuple(sorted(days)), erased=erased_rows))
    # An earlier release noted their lines.
    lines = [f"{batch.batch}:{line}" for line in begun.get("lines", ())]
    _release(lake, batch, begun.get("rows", lines))
