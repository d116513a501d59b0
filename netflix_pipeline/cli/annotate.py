"""Annotations: what people know of a day, shown on the dashboard's charts."""

import dataclasses
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from netflix_pipeline.cli.common import Json, counted, print_json, print_table, say, settings

if TYPE_CHECKING:
    from netflix_pipeline.state import Annotation

app = typer.Typer(help="Annotations of days, shown in charts: launches, outages.")


@app.command()
def add(
    day: Annotated[
        datetime, typer.Argument(formats=["%Y-%m-%d"], help="The UTC day, as YYYY-MM-DD.")
    ],
    text: Annotated[str, typer.Argument(help="What happened, in up to 200 characters.")],
    kind: Annotated[str, typer.Option(help="launch, outage or note.")] = "note",
    author: Annotated[str, typer.Option(help="Who wrote it.")] = "",
    country: Annotated[
        str | None, typer.Option(help="The country that it is about, as DE; all without it.")
    ] = None,
    title: Annotated[
        str | None, typer.Option(help="The id of the title that it is about; all without it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Annotate a day: the dashboard's charts over time show it.

    Reads: nothing.

    Writes: $NETFLIX_HOME/state (or the database of NETFLIX_STATE_DATABASE).

    Example: netflix-pipeline annotate add 2026-03-04 "Dark, season 2" --kind launch
    """
    from netflix_pipeline.state import Annotations, opened

    with opened(settings()) as engine:
        added = Annotations(engine).add(
            day.date(), text, kind, author, country=country, title_id=title
        )
    if as_json:
        print_json(dataclasses.asdict(added))
    else:
        say(f"{added.id}: {added.day}, {added.kind}: {added.text}")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Show all annotations by day, with their numbers.

    Reads: $NETFLIX_HOME/state (or the database of NETFLIX_STATE_DATABASE).

    Writes: nothing.
    """
    from netflix_pipeline.state import annotations_of

    annotations = annotations_of(settings())
    if as_json:
        print_json({"annotations": [dataclasses.asdict(each) for each in annotations]})
    elif not annotations:
        say("there is none: netflix-pipeline annotate add DAY TEXT")
    else:
        print_table(
            counted(len(annotations), "annotation"),
            ("number", "day", "kind", "text", "about", "by"),
            [
                (each.id, each.day, each.kind, each.text, _about(each), each.author or "–")
                for each in annotations
            ],
        )


def _about(annotation: "Annotation") -> str:
    return " ".join(filter(None, (annotation.title_id, annotation.country))) or "all"


@app.command()
def remove(number: Annotated[int, typer.Argument(help="Its number, as `list` shows it.")]) -> None:
    """Remove an annotation.

    Reads: $NETFLIX_HOME/state (or the database of NETFLIX_STATE_DATABASE).

    Writes: the same.

    Example: netflix-pipeline annotate remove 3
    """
    from netflix_pipeline.state import Annotations, opened

    with opened(settings()) as engine:
        Annotations(engine).remove(number)
    say(f"{number} is removed")
