"""A download that does not say whose it is goes with its profile, whatever became of its rows."""

from pathlib import Path

import polars as pl

from netflix_pipeline.defs.landing import take
from netflix_pipeline.ingest import differences, ingest_paths, ledger, manifests
from netflix_pipeline.ingest.quarantine import quarantined
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources import Options
from netflix_pipeline_tests.support.command import Command

ROWS = "Title,Date\nA Film,2024-03-25\nSecret one,soon\nSecret,of,three\n"
UNDECIDED = "Title,Date\nSecret two,5/2/2024\n"


def test_a_file_is_read_as_it_was_when_it_was_taken_in(tmp_path: Path) -> None:
    home = Settings(home=tmp_path / "home")
    home.landing.mkdir(parents=True)
    beside = {
        "more.csv": (
            "Title,Date,Stars\nSecret,2024-03-25,5\n",
            'household = "silva/Ana"\nsource = "netflix-viewing-history"\n',
        ),
        "mapped.csv": (
            "what,when\nSecret,2024-03-25\n",
            '[columns]\nuser_id = { value = "silva/Ana" }\ntitle = "what"\nevent_time = "when"\n',
        ),
    }
    for name, (text, told) in beside.items():
        (home.landing / f"{name}.toml").write_text(told)
        (home.landing / name).write_text(text)
        taken = take(home, name)
        assert taken is not None
        assert taken.result is not None, taken.reason
        assert taken.result.stored == 1
    command = Command(home.root)
    command.ok("forget", "silva/Ana")
    kept = {file.name: file.read_text() for file in home.landed.glob("*/*.csv")}
    assert kept == {name: text.splitlines(keepends=True)[0] for name, (text, _) in beside.items()}
    assert not any("silva/Ana" in file.read_text() for file in home.landed.glob("*/*.toml"))


def test_all_of_a_download_is_its_profiles(tmp_path: Path) -> None:
    home = Settings(home=tmp_path / "home")
    command = Command(home.root)
    for name, text in (("silva", ROWS), ("baker", ROWS), ("silva/2", UNDECIDED)):
        file = home.landing / name / "NetflixViewingHistory.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        taken = take(home, f"{name}/{file.name}")
        assert taken is not None
        assert (taken.result is None) == (text is UNDECIDED)
    # The folder `2` lies nearer to the file.
    refused = home.refused / "silva/2/NetflixViewingHistory.csv"
    assert refused.exists()
    command.ok("materialize")
    for person in ("silva/silva", "2/2"):
        command.ok("forget", person)
    lake = Lake.of(home)
    waiting = quarantined(lake)
    assert waiting.height == 2
    assert waiting["path"].str.contains("baker").all()
    (landed,) = home.landed.glob("*/silva/NetflixViewingHistory.csv")
    assert landed.read_text() == refused.read_text() == "Title,Date\n"
    assert differences(ledger(lake, manifests(lake))).is_empty()
    # Nor is anything kept of what comes again.
    download = tmp_path / "again.csv"
    download.write_text(ROWS)
    (again,) = ingest_paths(home, [download], Options(household="silva"))
    assert (again.received, again.erased) == (3, 3)
    assert quarantined(lake).height == 2
    assert lake.read("bronze/watch_events", lake.partitions("bronze/watch_events")[0]).select(
        pl.col("user_id")
    ).to_series().to_list() == ["baker/baker"]
