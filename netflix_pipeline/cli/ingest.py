"""Files are taken in."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from netflix_pipeline.cli.common import (
    Json,
    below,
    counted,
    end_with,
    named_path,
    note,
    print_json,
    print_table,
    reading_files,
    row_counts,
    settings,
    tell_skipped,
    waiting,
)
from netflix_pipeline.errors import PipelineError, noted

if TYPE_CHECKING:
    from netflix_pipeline.ingest import FileResult
    from netflix_pipeline.settings import Settings
    from netflix_pipeline.sources import Options, Order, Skipped


DateOrderTold = Annotated[
    Literal["dmy", "mdy", "ymd"] | None,
    typer.Option(help="How to read 05/02/2023; decided by all of a file's dates by default."),
]


def order_of(told: str | None) -> Order | None:
    """The order of day and month that was told."""
    from netflix_pipeline.sources import Order

    return None if told is None else Order(told)


def ingest(
    paths: Annotated[
        list[Path], typer.Argument(help="Files or folders.", metavar="PATH", parser=named_path)
    ],
    source: Annotated[
        str | None,
        typer.Option(help="Read all files as this source; a wrong name lists all sources."),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            help="TOML file: our column = theirs, for any other table (see above).",
            metavar="PATH",
            parser=named_path,
        ),
    ] = None,
    household: Annotated[
        str | None,
        typer.Option(
            help="Whose Netflix export it is; by default the name of the file or its folder, where "
            "that is not Netflix's own."
        ),
    ] = None,
    date_order: DateOrderTold = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would become of the rows; write nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Ingest files: rows are stored, duplicates or quarantined.

    Reads: the files at PATH, in folders every CSV, NDJSON and Parquet file (also .gz and .zst).
    Files of a folder whose columns no source has are named and skipped.

    Writes: $NETFLIX_HOME/lake/bronze, one manifest a file that makes its rows count. Ends with 1
    when a file could not be ingested, or not to its end: what was read before is kept, and so are
    the other files; or when a `quarantine replay` that was interrupted cannot be finished.

    With --dry-run nothing is written: the first rows are shown as they would be stored, and the
    others are counted: stored, duplicate, or quarantined by reason.

    A mapping file says which of their columns is which of ours, for example:

    \b
        table = "reviews"
        [columns]
        user_id = "customer"
        title_id = "film"
        event_time = { column = "at", format = "%d.%m.%Y %H:%M" }
        rating = { column = "stars", scale = [1, 10] }

    Tables: watch_events where none is told, search_events, recommendation_events, reviews, users,
    titles. Details of a column: format, order, zone, columns (one time in two), unit, decimal,
    scale, words, value. All of them, with an example of each table: docs/sources.md.

    Example: netflix-pipeline ingest ViewingActivity.csv --household home
    """  # noqa: D301 - Typer's mark of a paragraph that is not wrapped
    from netflix_pipeline.sources import Options

    options = Options(source, mapping, household, order_of(date_order))
    if dry_run:
        from netflix_pipeline.cli.dry_run import try_out

        try_out(settings(), paths, options, as_json=as_json)
        return
    take_in(settings(), paths, options, as_json=as_json)


def take_in(
    home: Settings,
    paths: Sequence[Path],
    options: Options | None = None,
    *,
    as_json: bool = False,
) -> None:
    """Ingest files and print what became of each, also of those before one that failed."""
    from netflix_pipeline.defs.reload import reloading
    from netflix_pipeline.ingest import ingest_paths

    results: list[FileResult] = []
    skipped: list[Skipped] = []
    unfinished: list[str] = []
    failures: list[str] = []
    with reloading(home), reading_files() as on_bytes, noted(failures, PipelineError):
        ingest_paths(
            home,
            paths,
            options,
            progress=on_bytes,
            waiting=waiting,
            done=results.append,
            skipped=skipped.append,
            unfinished=unfinished.append,
        )
    if results or not failures:
        _print(results, skipped, as_json=as_json)
    tell_skipped(skipped)
    for result in results:
        if result.dates:
            note(f"{result.path}: {result.dates}")
        if result.put_back:
            ids = f"{counted(result.put_back, 'id')} {'has' if result.put_back == 1 else 'have'}"
            note(
                f"{result.path}: {ids} an earlier state of the {result.table} again, which newer "
                "rows had replaced: if it is an old file, ingest the newest one once more"
            )
    left_out = sum((Counter(result.left_out) for result in results), Counter[str]())
    note_left_out(left_out, "stored rows")
    if quarantined := sum(result.quarantined for result in results):
        share = quarantined / sum(result.received for result in results)
        note(
            f"{counted(quarantined, 'row')} ({share:.1%}) went to quarantine; "
            "why: netflix-pipeline quarantine list"
        )
    notes = [result.note for result in results if result.note]
    end_with([*unfinished, *notes, *failures], failed=any(file.damaged for file in skipped))


def note_left_out(left_out: Counter[str], of: str) -> None:
    """Tell of fields that could not be understood."""
    if left_out:
        told = ", ".join(f"{column} {count:,}" for column, count in left_out.most_common())
        note(
            f"{counted(left_out.total(), 'field')} of {of} could not be understood and stayed "
            f"empty: {told}"
        )


def _print(results: Sequence[FileResult], skipped: Sequence[Skipped], *, as_json: bool) -> None:
    total = row_counts(results)
    counts = [row_counts([result]) for result in results]
    if as_json:
        files = [
            {"path": str(result.path), "source": result.source}
            | of_file
            | ({"note": result.note} if result.note else {})
            | ({"dates": result.dates} if result.dates else {})
            | ({"left_out": dict(result.left_out)} if result.left_out else {})
            | ({"put_back": result.put_back} if result.put_back else {})
            for result, of_file in zip(results, counts, strict=True)
        ]
        print_json(
            {"files": files, "skipped": list(map(dataclasses.asdict, skipped)), "total": total}
        )
        return
    folder, names = below(result.path for result in results)
    rows = [
        (name, result.source, *of_file.values())
        for name, result, of_file in zip(names, results, counts, strict=True)
    ]
    if len(rows) > 1:
        rows.append(("total", "", *total.values()))
    title = "Taken in" if folder is None else f"Taken in from {folder}"
    if any(result.batch for result in results) or not results:
        print_table(title, ("file", "source", *total), rows)
