"""A home of people with camps, from starts of works, as far as models of taste need it."""

from pathlib import Path

import polars as pl

from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import build, dependencies
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.homes import made_once
from netflix_pipeline_tests.support.work_choices import chosen

BEGUN = chosen(1.0, people=150, works=25, each=8)
"""What people of the home started, and when."""
HEADER = "event_id,user_id,title_id,event_time,action,watch_seconds,country"


class Chosen(Settings):
    """Such a home."""

    def at(self, folder: Path) -> "Chosen":
        return Chosen(home=folder)


def filled(home: Settings, begun: pl.DataFrame) -> Lake:
    """The lake of a home in which people started these works, with all of its tables."""
    rows = [
        f"{user}-{work},{user},{work},{day}T20:00:00Z,stopped,1800,{country}"
        for user, work, day, country in begun.iter_rows()
    ]
    home.home.mkdir(parents=True, exist_ok=True)
    file = home.home / "plays.csv"
    file.write_text("\n".join([HEADER, *rows, ""]))
    ingest_paths(home, [file])
    lake = Lake.of(home)
    assert all(built.good for built in build(lake, dependencies(), None, only_pending=True))
    return lake


@made_once
def chosen_home(folder: Path) -> Chosen:
    home = Chosen(home=folder)
    filled(home, BEGUN)
    return home
