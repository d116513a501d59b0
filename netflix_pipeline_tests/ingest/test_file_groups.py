"""Small files that are written together leave what each would leave by itself."""

import importlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.contracts.outcomes import PROCESSING_FAILED
from netflix_pipeline.ingest import (
    FileResult,
    differences,
    file_groups,
    ingest_paths,
    ledger,
    manifests,
    staging,
)
from netflix_pipeline.ingest.batches import manifest
from netflix_pipeline.ingest.erasing import erase_bronze
from netflix_pipeline.ingest.quarantine import quarantined, replay
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings
from netflix_pipeline.trace import trace
from netflix_pipeline_tests.support.examples import at_most
from netflix_pipeline_tests.support.watch_csv import NOW, event, write

HEADER = "event_id,user_id,title_id,event_time,action,watch_seconds,progress,country"
room: Any = importlib.import_module("netflix_pipeline.ingest.bronze_writer")
PANIC = pl.exceptions.PanicException("assertion failed on purpose")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def take(settings: Settings, paths: Sequence[Path], at: datetime = NOW) -> list[FileResult]:
    return ingest_paths(settings, paths, now=lambda: at)


def files(folder: Path, contents: Sequence[Sequence[str]], header: str = HEADER) -> list[Path]:
    folder.mkdir(exist_ok=True)
    return [write(folder / f"{at:02}.csv", rows, header) for at, rows in enumerate(contents)]


def row(own: str, day: int, **told: str) -> str:
    country = told.pop("country", "DE")
    return event(own, time=f"2026-01-{day:02}T20:00:00Z", **told) + f",{country}"


def outcomes(results: Sequence[FileResult]) -> list[FileResult]:
    return [replace(each, batch="") for each in results]


def rows_of(lake: Lake) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of bronze with the file and the line at which each came, but for their batches."""
    found = {}
    for table in ("bronze/watch_events", "bronze/duplicates", "bronze/quarantine"):
        rows = [lake.read(table, day) for day in lake.partitions(table)]
        found[table] = sorted(
            (came.path, *map(str, each.values()))
            for frame in rows
            for each in frame.iter_rows(named=True)
            if (came := manifest(lake, each.pop("batch"))) is not None
        )
    return found


def assert_ledger_is_exact(lake: Lake) -> None:
    counted = ledger(lake, manifests(lake))
    assert differences(counted).is_empty()
    for told in manifests(lake):
        for name in ("received", "stored", "duplicate", "quarantined", "erased"):
            of_files = sum(getattr(file, name) for file in told.by_file())
            assert of_files == getattr(told, name)


ROWS = st.builds(
    row,
    st.sampled_from("abc"),
    st.integers(1, 3),
    user=st.sampled_from(["ann", ""]),
    seconds=st.sampled_from(["1", "2"]),
    country=st.sampled_from(["DE", "nowhere"]),
)


@at_most(12)
@given(st.lists(st.lists(ROWS, max_size=5), min_size=2, max_size=4), st.booleans())
def test_together_they_leave_the_same_as_one_by_one(contents: list[list[str]], fits: bool) -> None:
    with TemporaryDirectory() as temporary, pytest.MonkeyPatch.context() as patched:
        if not fits:
            patched.setattr(staging.Staging, "put_behind", spilling)
        folder = Path(temporary)
        paths = files(folder / "in", contents)
        apart, together = (Settings(home=folder / name) for name in ("apart", "together"))
        told = [result for path in paths for result in take(apart, [path])]
        assert outcomes(take(together, paths)) == outcomes(told)
        lake = Lake.of(together)
        (batch,) = manifests(lake)
        assert len(batch.files) == len(paths)
        assert rows_of(lake) == rows_of(Lake.of(apart))
        assert_ledger_is_exact(lake)
        for day in lake.partitions("bronze/watch_events"):
            assert len(lake.batch_files("bronze/watch_events", day)) <= 1


put_behind = staging.Staging.put_behind


def spilling(rows: staging.Staging, file: staging.Staging, number: int) -> None:
    put_behind(rows, file, number)
    rows._spill()


def test_a_row_tells_its_own_file_and_line(settings: Settings, tmp_path: Path) -> None:
    paths = files(tmp_path / "in", [[row("a", 1)], [row("b", 1), row("c", 2)], [row("c", 2)]])
    results = take(settings, paths)
    lake = Lake.of(settings)
    stored, again = trace(lake, "c").arrivals
    assert [(each["file"], each["line"], each["became"]) for each in (stored, again)] == [
        (str(paths[1]), 3, "stored"),
        (str(paths[2]), 2, "duplicate"),
    ]
    assert [stored["batch"], again["batch"]] == [each.batch for each in results[1:]]
    assert lake.committed_batches() == {results[0].batch.partition("~")[0]}


def test_files_of_other_columns_or_with_many_rows_of_a_day_are_batches_of_their_own(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_groups, "FEW_ROWS", 3)
    contents = [["a"], ["b"], ["c", "d", "e"], ["f"], ["g"]]
    paths = files(tmp_path / "in", [[row(own, 1) for own in each] for each in contents])
    write(paths[4], [event("g", time="2026-01-01T20:00:00Z")])
    results = take(settings, paths)
    assert [each.path for each in results] == paths
    assert ["~" in each.batch for each in results] == [True, True, False, False, False]
    monkeypatch.setattr(file_groups, "TOGETHER", 0)
    again = take(settings, paths[:2])
    assert [(each.duplicate, "~" in each.batch) for each in again] == [(1, False)] * 2


def test_cut_off_anywhere_nothing_is_lost_or_doubled(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = files(tmp_path / "in", [[row(own, 1), row(own, 2)] for own in "abcd"])
    lake, commit = Lake.of(settings), room.commit
    monkeypatch.setattr(file_groups, "TOGETHER", 2 * size_of(paths[0], tmp_path))
    for moment in range(2):
        with monkeypatch.context() as patched:
            left = moment

            def die(*told: Any) -> None:
                nonlocal left
                if not left:
                    raise KeyboardInterrupt
                left -= 1
                commit(*told)

            patched.setattr(room, "commit", die)
            with pytest.raises(KeyboardInterrupt):
                take(settings, paths)
        assert len(lake.committed_batches()) == moment
        assert_ledger_is_exact(lake)
    told = take(settings, paths)
    assert [(each.stored, each.duplicate) for each in told] == [(2, 0)] * 4
    assert len(lake.committed_batches()) == 2
    assert len(rows_of(lake)["bronze/watch_events"]) == 8
    assert_ledger_is_exact(lake)
    assert [(each.stored, each.duplicate) for each in take(settings, paths)] == [(0, 2)] * 4


def size_of(path: Path, folder: Path) -> int:
    """The bytes that the rows of a file take while they wait."""
    sizes: list[int] = []
    with pytest.MonkeyPatch.context() as patched:
        takes = file_groups.FileGroup.takes

        def noted(group: file_groups.FileGroup, each: file_groups.Incoming) -> bool:
            sizes.append(each.rows.bytes)
            return takes(group, each)

        patched.setattr(file_groups.FileGroup, "takes", noted)
        take(Settings(home=folder / "other"), [path, path])
    return max(sizes)


def test_a_file_whose_rows_fail_ends_alone(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = files(tmp_path / "in", [[row("a", 1)], [row("poison", 1), row("b", 2)], [row("c", 1)]])
    known = room.resolve_rows

    def failing(lake: Lake, table: str, days: Any, new: pl.DataFrame, committed: set[str]) -> Any:
        if "poison" in new["event_id"]:
            raise PANIC
        return known(lake, table, days, new, committed)

    monkeypatch.setattr(room, "resolve_rows", failing)
    told = take(settings, paths)
    assert [(each.stored, each.quarantined) for each in told] == [(1, 0), (1, 1), (1, 0)]
    assert [bool(each.note) for each in told] == [False, True, False]
    lake = Lake.of(settings)
    assert quarantined(lake)["reasons"].to_list() == [[PROCESSING_FAILED]]
    assert len(lake.committed_batches()) == 3
    assert_ledger_is_exact(lake)


def test_rows_that_wait_are_replayed_as_those_of_their_file(
    settings: Settings, tmp_path: Path
) -> None:
    late = NOW + timedelta(days=1)
    rows = [event(own, time=f"{late:%Y-%m-%dT%H:%M:%SZ}") + ",DE" for own in "ab"]
    paths = files(tmp_path / "in", [[row("c", 1)], [row("d", 1), rows[0]], [rows[1], row("d", 1)]])
    told = take(settings, paths)
    assert [(each.stored, each.duplicate, each.quarantined) for each in told] == [
        (1, 0, 0),
        (1, 0, 1),
        (0, 1, 1),
    ]
    lake = Lake.of(settings)
    waiting = quarantined(lake)
    assert waiting["path"].to_list() == list(map(str, paths[1:]))
    assert waiting["raw"].to_list() == rows
    assert waiting["quarantine_id"].to_list() == [f"{told[1].batch}:3", f"{told[2].batch}:2"]
    one = quarantined(lake, ids=[f"{told[2].batch}:2"])
    done = replay(settings, one, now=lambda: late)
    assert (done.stored, done.quarantined) == (1, 0)
    assert quarantined(lake)["quarantine_id"].to_list() == [f"{told[1].batch}:3"]
    (arrival,) = trace(lake, "b").arrivals
    assert (arrival["file"], arrival["line"]) == (str(paths[2]), 2)
    assert differences(ledger(lake, manifests(lake))).is_empty()
    assert replay(settings, quarantined(lake), now=lambda: late).stored == 1
    assert differences(ledger(lake, manifests(lake))).is_empty()


def test_a_person_leaves_the_rows_and_the_names_of_files(
    settings: Settings, tmp_path: Path
) -> None:
    paths = files(tmp_path / "in", [[row("a", 1), row("b", 1, user="bob")], [row("c", 1)]])
    paths[1] = paths[1].rename(paths[1].with_name("ann.csv"))
    take(settings, paths)
    assert erase_bronze(settings, ["ann"]).rows == 2
    lake = Lake.of(settings)
    assert [each[2] for each in rows_of(lake)["bronze/watch_events"]] == ["bob"]
    (batch,) = manifests(lake)
    assert (batch.received, batch.stored, batch.erased) == (3, 1, 2)
    assert not any("ann" in file.path for file in batch.files)
    assert differences(ledger(lake, manifests(lake))).is_empty()


def test_what_is_not_stored_costs_no_look_at_every_file(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: Counter[str] = Counter()
    raw, of_files = file_groups._raw, room._of_files

    def told(sources: Sequence[Any], lines: Sequence[int]) -> list[str]:
        return raw(sources, Looked(lines, looked, "lines"))

    def of(named: Any, duplicate: Any, quarantine: Any, left_out: Counter[Any]) -> Any:
        entries = Looked(left_out.items(), looked, "fields")
        counts = SimpleNamespace(items=lambda: entries)
        return of_files(named, duplicate, quarantine, counts)

    monkeypatch.setattr(file_groups, "_raw", told)
    monkeypatch.setattr(room, "_of_files", of)
    rows = [
        [row(f"e{own}", 1, country="nowhere"), row("z", 1, seconds=str(own))] for own in range(12)
    ]
    results = take(settings, files(tmp_path / "in", rows))
    assert [each.quarantined for each in results] == [0] + [1] * 11
    assert [each.left_out for each in results[1:]] == [{"country": 1}] * 11
    # 11 conflicts, and the fields of 12 files: looked at once or twice, not once a file.
    assert looked["lines"] <= 2 * 11
    assert looked["fields"] <= 2 * 12


class Looked(list[Any]):
    """A list that counts how many of its items were looked at."""

    def __init__(self, items: Iterable[Any], looked: Counter[str], name: str) -> None:
        super().__init__(items)
        self._looked, self._name = looked, name

    def __iter__(self) -> Iterator[Any]:
        for each in super().__iter__():
            self._looked[self._name] += 1
            yield each
