"""Everything at once: sample data, the pipeline, the services."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netflix_pipeline.cli.common import named_path, say, settings
from netflix_pipeline.cli.generate import generate
from netflix_pipeline.cli.ingest import take_in
from netflix_pipeline.cli.materialize import build
from netflix_pipeline.cli.serve import ALL, serve_until_stopped

if TYPE_CHECKING:
    from netflix_pipeline.settings import Settings


def demo(
    events: Annotated[int, typer.Option(min=1, help="Watch events of sample data.")] = 300_000,
    days: Annotated[int, typer.Option(min=1, help="Days of sample data.")] = 90,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            help="Your own files instead of sample data.", metavar="PATH", parser=named_path
        ),
    ] = None,
    more: Annotated[
        list[Path] | None,
        typer.Argument(help="Further files of your own.", metavar="PATH", parser=named_path),
    ] = None,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop after publishing.")] = False,
    distributed: Annotated[
        bool,
        typer.Option(
            "--distributed",
            help="On what many machines share: PostgreSQL, Redis, S3 and workers, started here.",
        ),
    ] = False,
) -> None:
    """Run sample data through the pipeline, serve the three UIs.

    Reads: your own files where you name some.

    Writes: $NETFLIX_HOME, sample data in its folder sample. A home that holds data of yours gets
    no sample data; run again, it goes on where it stood. With --distributed all that is written,
    engines' data too, lies in a temporary folder, which is gone in the end.

    Example: netflix-pipeline demo --events 100000
    """
    home = settings(look_only=distributed)
    own = [*(data or ()), *(more or ())]
    if distributed:
        from netflix_pipeline.cli.distributed import demo_on_engines

        demo_on_engines(events, days, own, serve=not no_serve)
        return
    if own:
        take_in(home, own)
    else:
        _take_in_sample(home, events, days)
    build(home, command="demo")
    if not no_serve:
        say("Starting the services; Ctrl-C stops them.")
        serve_until_stopped(ALL, home)


def _take_in_sample(home: Settings, events: int, days: int) -> None:
    """Ingest the sample data that this home does not hold yet, unless it holds other data."""
    from netflix_pipeline.ingest import manifests
    from netflix_pipeline.lake import Lake
    from netflix_pipeline.sources import find_files

    sample = home.sample
    batches = manifests(Lake.of(home))
    taken = {Path(file.path) for batch in batches for file in batch.by_file()}
    if taken and not any(path.is_relative_to(sample) for path in taken):
        say(f"{home.root} already holds data: no sample data is added")
        return
    if not sample.exists():
        # Under its name only when it is whole.
        draft = home.root / "sample.part"
        generate(draft, events=events, days=days)
        draft.rename(sample)
    missing = [file for file in find_files(sample) if file not in taken]
    if missing:
        take_in(home, missing)
    else:
        say(f"{home.root} already holds its sample data")
