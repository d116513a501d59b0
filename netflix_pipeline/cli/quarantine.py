"""Rows that could not be taken: look, export, replay."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netflix_pipeline.cli.common import (
    Json,
    counted,
    end_with,
    named_path,
    print_json,
    print_table,
    say,
    settings,
    shown,
    waiting,
)

if TYPE_CHECKING:
    import polars as pl

app = typer.Typer(help="Rows in quarantine: list, show, export, replay.")

Reason = Annotated[str | None, typer.Option(help="Only rows with this reason.")]
Source = Annotated[str | None, typer.Option("--source", help="Only rows of this source.")]
Ids = Annotated[list[str] | None, typer.Argument(help="Ids as `list` shows them; all if none.")]

WRITERS = (".csv", ".ndjson", ".json", ".parquet")


def _quarantined(reason: str | None, source: str | None, ids: list[str] | None) -> pl.DataFrame:
    from netflix_pipeline.ingest.quarantine import quarantined
    from netflix_pipeline.lake import Lake

    return quarantined(Lake.of(settings()), reason=reason, source=source, ids=ids or ())


@app.command("list")
def list_rows(
    reason: Reason = None,
    source: Source = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows shown.")] = 20,
    as_json: Json = False,
) -> None:
    """Count the rows by reason and show the newest.

    Reads: $NETFLIX_HOME/lake/bronze/quarantine.

    Writes: nothing.
    """
    rows = _quarantined(reason, source, None)
    counts = rows.explode("reasons").group_by("reasons").len().sort("len", "reasons")[::-1]
    newest = rows.tail(limit).reverse()
    if as_json:
        print_json(
            {
                "rows": rows.height,
                "reasons": dict(counts.iter_rows()),
                "newest": newest.drop("raw").to_dicts(),
            }
        )
        return
    if rows.is_empty():
        say("no rows in quarantine")
        return
    print_table(
        f"{counted(rows.height, 'row')} in quarantine", ("reason", "rows"), counts.iter_rows()
    )
    print_table(
        f"The newest {newest.height:,}",
        ("id", "table", "reasons", "file", "line"),
        (
            (r["quarantine_id"], r["table"], r["reasons"], r["path"], str(r["line"]))
            for r in newest.iter_rows(named=True)
        ),
    )
    say("One row with its text: netflix-pipeline quarantine show ID")


@app.command()
def show(
    ids: Annotated[list[str], typer.Argument(help="Ids as `list` shows them.")],
    as_json: Json = False,
) -> None:
    """Show rows with their raw text.

    Reads: $NETFLIX_HOME/lake/bronze/quarantine.

    Writes: nothing.

    Example: netflix-pipeline quarantine show ID
    """
    rows = _quarantined(None, None, ids)
    if as_json:
        print_json({"rows": rows.to_dicts()})
        return
    for row in rows.iter_rows(named=True):
        lines = [
            (name, str(value) if name == "line" else shown(value)) for name, value in row.items()
        ]
        print_table(row["quarantine_id"], ("column", "value"), lines[1:])


@app.command()
def export(
    file: Annotated[
        Path, typer.Argument(help="File to write: .csv, .ndjson or .parquet.", parser=named_path)
    ],
    reason: Reason = None,
    source: Source = None,
    as_json: Json = False,
) -> None:
    """Write the rows, with their raw text and reasons, to a file.

    Reads: $NETFLIX_HOME/lake/bronze/quarantine.

    Writes: FILE; one that stands there is replaced.

    Example: netflix-pipeline quarantine export waiting.csv --reason bad_event_time
    """
    import polars as pl

    if file.suffix not in WRITERS:
        raise typer.BadParameter(f"{file}: expected a name that ends with .csv, .ndjson, .parquet")
    rows = _quarantined(reason, source, None)
    match file.suffix:
        case ".csv":
            rows.with_columns(pl.col("reasons").list.join(" ")).write_csv(file)
        case ".parquet":
            rows.write_parquet(file)
        case _:
            rows.write_ndjson(file)
    if as_json:
        print_json({"path": str(file), "rows": rows.height})
    else:
        say(f"{counted(rows.height, 'row')} written to {file}")


@app.command()
def replay(
    ids: Ids = None,
    reason: Reason = None,
    source: Source = None,
    mapping: Annotated[
        Path | None,
        typer.Option(help="Read them by this mapping.", metavar="PATH", parser=named_path),
    ] = None,
    as_json: Json = False,
) -> None:
    """Ingest rows again after a fix; those that pass leave quarantine.

    Reads: $NETFLIX_HOME/lake/bronze/quarantine.

    Writes: $NETFLIX_HOME/lake/bronze, in the batches in which the rows first came. Ends with 1 when
    code failed at some: they stay, and the others are taken.

    Example: netflix-pipeline quarantine replay --source acme --mapping acme.toml
    """
    from netflix_pipeline.ingest.quarantine import replay as take_again

    rows = _quarantined(reason, source, ids)
    each = dataclasses.asdict(take_again(settings(), rows, mapping=mapping, waiting=waiting))
    failures = each.pop("failures")
    if as_json:
        print_json(each | ({"failures": failures} if failures else {}))
    else:
        print_table("Replayed", each.keys(), [each.values()])
        if each["stored"]:
            say("To see them in the numbers: netflix-pipeline materialize")
    end_with(failures)
