"""Files into bronze: every row accounted for, once, whatever is ingested again or cut off."""

import gzip
import itertools
import shutil
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from netflix_pipeline.contracts import contract, contracts
from netflix_pipeline.errors import BadInput, StorageFull, UnrecognisedSource
from netflix_pipeline.ingest import FileResult, differences, ingest_paths, ledger, manifests
from netflix_pipeline.ingest import bronze_writer as room
from netflix_pipeline.ingest.staging import Staging
from netflix_pipeline.ingest.validation_rules import payload
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.examples import at_most
from netflix_pipeline_tests.support.watch_csv import NOW, event, write

SECOND = timedelta(seconds=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def lake(settings: Settings) -> Lake:
    return Lake.of(settings)


def take(settings: Settings, *paths: Path, at: datetime = NOW) -> list[FileResult]:
    return ingest_paths(settings, paths, now=lambda: at)


def counts(result: FileResult) -> tuple[int, int, int, int]:
    return result.received, result.stored, result.duplicate, result.quarantined


def stored(lake: Lake, table: str = "watch_events") -> pl.DataFrame:
    days = lake.partitions(f"bronze/{table}")
    return pl.concat([lake.read(f"bronze/{table}", day) for day in days]).sort("event_id")


def assert_ledger_is_exact(lake: Lake) -> None:
    counted = ledger(lake, manifests(lake))
    assert differences(counted).is_empty()
    for told in manifests(lake):
        row = counted.row(by_predicate=pl.col("batch") == told.batch, named=True)
        assert (row["stored"], row["duplicate"]) == (told.stored, told.duplicate)


def test_every_row_is_stored_by_its_day_with_its_origin(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.csv", [event("e1"), event("e2", time="2026-01-30T23:59:59.999Z")])
    (result,) = take(settings, path)
    assert counts(result) == (2, 2, 0, 0)
    assert lake.partitions("bronze/watch_events") == [date(2026, 1, 30), date(2026, 1, 31)]
    row = stored(lake).row(0, named=True)
    assert (row["source"], row["received_at"], row["line"]) == (result.source, NOW, 2)
    assert row["batch"] == result.batch
    assert_ledger_is_exact(lake)


def test_repeats_from_among_many_batches_are_known(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    for number, name in enumerate("abc"):
        take(settings, write(tmp_path / f"{name}.csv", [event(name)]), at=NOW + number * SECOND)
    # The rows of the first and the last of them remain, with nothing in between.
    rows = [event("a"), event("c"), event("c", seconds="7"), event("d", time="2026-01-30T20:00:00")]
    (result,) = take(settings, write(tmp_path / "d.csv", rows))
    assert counts(result) == (4, 1, 2, 1)
    assert_ledger_is_exact(lake)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (event(user=""), "missing_user_id"),
        (event(title=""), "missing_title_id"),
        (event(user="u" * 65), "user_id_too_long"),
        (event(time="yesterday"), "bad_event_time"),
        (event(time=""), "bad_event_time"),
        (event(time="1999-12-31T00:00:00Z"), "bad_event_time"),
        (event(time="2026-02-01T13:00:01Z"), "event_time_in_future"),
        (event(seconds="-1"), "negative_watch_seconds"),
        (event(seconds="86401"), "watch_too_long"),
        (event(seconds="inf"), "unparsable_row"),
        (event(seconds="an hour"), "unparsable_row"),
        (event(progress="1.01"), "progress_out_of_range"),
        (event(progress="-0.01"), "progress_out_of_range"),
        (event(action="rewound"), "unknown_action"),
        ("e1,ann,film", "unparsable_row"),
    ],
)
def test_a_bad_row_waits_in_quarantine_and_its_neighbours_are_stored(
    settings: Settings, lake: Lake, tmp_path: Path, row: str, reason: str
) -> None:
    path = write(tmp_path / "a.csv", [event("good1"), row, event("good2")])
    (result,) = take(settings, path)
    assert counts(result) == (3, 2, 0, 1)
    waiting = lake.read("bronze/quarantine", NOW.date()).row(0, named=True)
    assert waiting["reasons"] == [reason]
    assert (waiting["raw"], waiting["line"], waiting["path"]) == (row, 3, str(path))
    assert_ledger_is_exact(lake)


def test_where_no_row_can_be_read_it_is_told_why(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("user_id,title_id,event_time\nu,t,2026-01-30,\nu,t,2026-01-29,\n")
    (result,) = take(settings, path)
    assert counts(result) == (2, 0, 0, 2)
    told = "none of its rows can be read (2; line 2: has 4 fields, the header 3), so all of them"
    assert f"{path}: {told}" in result.note
    assert_ledger_is_exact(lake)


def test_a_row_tells_every_reason_that_holds(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    bad = event(user="", seconds="-5", progress="7", action="flown")
    take(settings, write(tmp_path / "a.csv", [bad]))
    (reasons,) = lake.read("bronze/quarantine", NOW.date())["reasons"].to_list()
    assert sorted(reasons) == [
        "missing_user_id",
        "negative_watch_seconds",
        "progress_out_of_range",
        "unknown_action",
    ]


def test_an_event_within_an_hour_of_its_receipt_is_not_in_the_future(
    settings: Settings, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.csv", [event(time="2026-02-01T13:00:00Z")])
    assert counts(take(settings, path)[0]) == (1, 1, 0, 0)


def test_the_same_identity_and_payload_is_a_duplicate_another_payload_a_conflict(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    rows = [event("e1"), event("e1"), event("e1", seconds="601"), event("e1", seconds="601")]
    (result,) = take(settings, write(tmp_path / "a.csv", rows))
    assert counts(result) == (4, 1, 1, 2)
    assert stored(lake)["watch_seconds"].to_list() == [600]
    waiting = lake.read("bronze/quarantine", NOW.date())
    assert waiting["reasons"].to_list() == [["conflicting_duplicate"]] * 2
    assert waiting["raw"].to_list() == [rows[2], rows[3]]
    assert lake.read("bronze/duplicates", NOW.date())["identity"].to_list() == ["e1"]
    assert_ledger_is_exact(lake)


def test_an_identity_is_one_only_within_its_utc_day(settings: Settings, tmp_path: Path) -> None:
    rows = [event("e1", time="2026-01-30T23:59:59.999Z"), event("e1", time="2026-01-31T00:00:00Z")]
    assert counts(take(settings, write(tmp_path / "a.csv", rows))[0]) == (2, 2, 0, 0)


def again(settings: Settings, tmp_path: Path, rows: list[str], how: str) -> list[FileResult]:
    match how:
        case "same":
            return take(settings, tmp_path / "a.csv")
        case "renamed":
            return take(settings, (tmp_path / "a.csv").rename(tmp_path / "b.csv"))
        case "split":
            parts = [
                write(tmp_path / "part1.csv", rows[:3]),
                write(tmp_path / "part2.csv", rows[3:]),
            ]
            return take(settings, *parts)
        case "zipped":
            path = tmp_path / "a.csv.gz"
            path.write_bytes(gzip.compress((tmp_path / "a.csv").read_bytes()))
            return take(settings, path)
    raise AssertionError(how)


@pytest.mark.parametrize("how", ["same", "renamed", "split", "zipped"])
def test_rows_that_come_again_change_nothing_but_the_duplicate_count(
    settings: Settings, lake: Lake, tmp_path: Path, how: str
) -> None:
    rows = [
        event("e1"),
        event("e2", time="2026-01-29T10:00:00Z"),
        event("e1", seconds="1"),
        event("e3"),
        event("", user="bob"),
        event("e4", user=""),
    ]
    (first,) = take(settings, write(tmp_path / "a.csv", rows))
    assert counts(first) == (6, 4, 0, 2)
    before = stored(lake).select(payload("watch_events"))
    results = again(settings, tmp_path, rows, how)
    assert [sum(part) for part in zip(*map(counts, results), strict=True)] == [6, 0, 4, 2]
    assert_frame_equal(stored(lake).select(payload("watch_events")), before)
    assert_ledger_is_exact(lake)


def test_rows_from_before_a_column_came_are_known_again(
    settings: Settings, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = "event_id,user_id,title_id,event_time,quality"
    rows = [f"{own},ann,t1,2026-01-31T10:00:00Z,HD" for own in ("e1", "")]
    table = contract("bronze/watch_events")
    before = tuple(column for column in table.columns if column.name != "quality")
    monkeypatch.setitem(contracts(), table.table, replace(table, columns=before))
    (result,) = take(settings, write(tmp_path / "a.csv", rows, header))
    assert counts(result) == (2, 2, 0, 0)
    quality = replace(table["quality"], later=True)
    monkeypatch.setitem(contracts(), table.table, replace(table, columns=(*before, quality)))
    rows.append("e2,ann,t1,2026-01-31T20:00:00Z,UHD")
    (result,) = take(settings, write(tmp_path / "b.csv", rows, header))
    assert counts(result) == (3, 1, 2, 0)
    assert stored(lake)["quality"].drop_nulls().to_list() == ["UHD"]
    assert_ledger_is_exact(lake)


USERS = "user_id,country,plan"


def plans(lake: Lake) -> list[str]:
    return lake.read("bronze/users").sort("received_at", "line")["plan"].to_list()


def test_a_user_who_returns_to_an_earlier_plan_is_an_update(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    for number, plan in enumerate(("Basic", "Premium", "Basic", "Basic")):
        # Another user makes each file's bytes its own, as a daily dump's are.
        path = write(tmp_path / f"{number}.csv", [f"ann,US,{plan}", f"u{number},,"], USERS)
        take(settings, path, at=NOW.replace(minute=number))
    assert [plan for plan in plans(lake) if plan] == ["Basic", "Premium", "Basic"]


def test_an_older_file_brings_its_states_back_and_tells_how_many(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    old = write(tmp_path / "old.csv", ["ann,US,Basic", "bob,DE,Basic", "cy,FR,Basic"], USERS)
    new = write(tmp_path / "new.csv", ["ann,US,Premium", "bob,DE,Premium", "cy,FR,Basic"], USERS)
    results = [
        take(settings, path, at=NOW.replace(minute=number))[0]
        for number, path in enumerate((old, new, old, old, new))
    ]
    assert [counts(result) for result in results] == [
        (3, 3, 0, 0),
        (3, 2, 1, 0),
        (3, 2, 1, 0),
        (3, 0, 3, 0),
        (3, 2, 1, 0),
    ]
    assert [result.put_back for result in results] == [0, 0, 2, 0, 2]
    assert_ledger_is_exact(lake)


@at_most(20)
@given(
    st.lists(st.tuples(st.sampled_from(["ann", "bob"]), st.sampled_from("AB")), max_size=8),
    st.lists(st.integers(0, 8), max_size=4),
)
def test_however_rows_are_cut_into_files_the_same_states_are_kept(
    rows: list[tuple[str, str]], cuts: list[int]
) -> None:
    bounds = sorted({0, len(rows), *(cut for cut in cuts if cut < len(rows))})
    kept: dict[str, list[str]] = {"ann": [], "bob": []}
    back = []
    for begin, end in itertools.pairwise(bounds):
        before = {user: list(plans) for user, plans in kept.items()}
        for user, plan in rows[begin:end]:
            if kept[user][-1:] != [plan]:
                kept[user].append(plan)
        back.append(
            sum(
                then[-1:] != kept[user][-1:] and kept[user][-1] in then
                for user, then in before.items()
                if then
            )
        )
    with TemporaryDirectory() as folder:
        home = Settings(home=Path(folder) / "home")
        told = []
        for number, (begin, end) in enumerate(itertools.pairwise(bounds)):
            lines = [f"{user},US,{plan}" for user, plan in rows[begin:end]]
            path = write(Path(folder) / f"{number}.csv", lines, USERS)
            told.append(take(home, path, at=NOW.replace(minute=number))[0].put_back)
        found = Lake.of(home).read("bronze/users").sort("received_at", "line")
        states = {user: found.filter(pl.col("user_id") == user)["plan"].to_list() for user in kept}
    assert (states, told) == (kept, back)


@pytest.mark.parametrize(
    ("files", "kept"),
    [
        ([["B"], ["A", "B"]], ["B", "A", "B"]),
        ([["A"], ["A", "B", "A"]], ["A", "B", "A"]),
        ([["A", "A"]], ["A"]),
    ],
    ids=["back within a file", "there and back", "said twice"],
)
def test_the_newest_row_of_a_user_is_never_taken_for_an_old_one(
    settings: Settings, lake: Lake, tmp_path: Path, files: list[list[str]], kept: list[str]
) -> None:
    for number, said in enumerate(files):
        path = write(tmp_path / f"{number}.csv", [f"ann,US,{plan}" for plan in said], USERS)
        take(settings, path, at=NOW.replace(minute=number))
    assert plans(lake) == kept


def test_a_row_in_quarantine_names_nobody(settings: Settings, lake: Lake, tmp_path: Path) -> None:
    take(settings, write(tmp_path / "a.csv", [event(), event(user="bob", title="other")]))
    assert lake.read("bronze/user_mentions")["user_id"].to_list() == ["ann"]
    assert lake.read("bronze/title_mentions")["title_id"].to_list() == ["film"]


def test_events_name_the_users_and_titles_that_nobody_described(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    take(settings, write(tmp_path / "a.csv", [event(), event("e2", user="bob")]))
    assert lake.read("bronze/user_mentions")["user_id"].to_list() == ["ann", "bob"]
    assert lake.read("bronze/title_mentions")["title_id"].to_list() == ["film"]


def test_an_unrecognised_file_says_what_was_looked_for_and_touches_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    good = write(tmp_path / "a.csv", [event()])
    other = write(tmp_path / "b.csv", ["1,2"], "colour,size")
    with pytest.raises(UnrecognisedSource, match=r"(?s)b\.csv.*colour.*title_id"):
        take(settings, good, other)
    assert not settings.lake.exists()


def test_a_truncated_gzip_keeps_its_good_rows_and_says_so(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    rows = [event(f"e{number}", seconds=str(number)) for number in range(20_000)]
    plain = write(tmp_path / "a.csv", rows)
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(plain.read_bytes())[:-20_000])
    (result,) = take(settings, cut)
    assert "cut.csv.gz" in result.note
    assert 0 < result.stored < 20_000
    assert_ledger_is_exact(lake)
    (whole,) = take(settings, plain)
    assert stored(lake).height == 20_000
    assert whole.duplicate >= result.stored - 1
    assert_ledger_is_exact(lake)


def test_an_ingest_that_is_cut_off_leaves_nothing_that_counts_and_can_be_repeated(
    settings: Settings, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.csv", [event("e1"), event("e2", time="2026-01-30T10:00:00Z")])
    with monkeypatch.context() as patched:

        def die(*_: object) -> None:
            raise KeyboardInterrupt

        patched.setattr(room, "commit", die)
        with pytest.raises(KeyboardInterrupt):
            take(settings, path)
    assert not list(lake.root.rglob("*.parquet"))
    assert counts(take(settings, path)[0]) == (2, 2, 0, 0)


def test_a_full_disk_is_told_and_nothing_half_written_counts(
    settings: Settings, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.csv", [event("e1")])
    with monkeypatch.context() as patched:

        def full(_: pl.DataFrame, *__: object, **___: object) -> None:
            raise OSError(28, "No space left on device")

        patched.setattr(pl.DataFrame, "write_parquet", full)
        with pytest.raises(StorageFull, match="Free space"):
            take(settings, path)
    assert lake.committed_batches() == set()
    assert counts(take(settings, path)[0]) == (1, 1, 0, 0)


def test_rows_that_do_not_fit_in_memory_are_the_same_in_the_end(
    settings: Settings, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [event(f"e{n:03}", time=f"2026-01-{n % 28 + 1:02}T10:00:00Z") for n in range(200)]
    path = write(tmp_path / "a.csv", rows)
    take(settings, path)
    before = stored(lake)
    shutil.rmtree(settings.root)
    monkeypatch.setattr(Staging.__init__, "__defaults__", (0,))
    take(settings, path)
    assert_frame_equal(stored(lake), before)
    assert not (settings.root / "staging").exists()


@pytest.mark.parametrize("missing", ["nothing.csv", "empty"])
def test_a_path_without_data_is_an_error(settings: Settings, tmp_path: Path, missing: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match=missing):
        take(settings, tmp_path / missing)


@pytest.mark.parametrize("header", [USERS, "title_id,title,genre"])
def test_an_id_of_nobody_is_derived_for_events_only(
    settings: Settings, lake: Lake, tmp_path: Path, header: str
) -> None:
    (result,) = take(settings, write(tmp_path / "a.csv", ["a,US,Basic", ",US,Basic"], header))
    assert counts(result) == (2, 1, 0, 1)
