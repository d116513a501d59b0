"""Persons leave the files that landed; the rows of all others stay byte for byte."""

import gzip
import json
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
import zstandard

from netflix_pipeline.defs.landing import take
from netflix_pipeline.erasing import erase_files
from netflix_pipeline.generate import Format
from netflix_pipeline.persons import Persons
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.generated import service

ANN = Persons(["ann-4711"])
DAY = "2026-03-01"
HEADER = "user_id,title_id,event_time,rating,review_id,text\n"
ROWS = (
    "bob,t,2026-03-01T10:00:00Z,4,r1,fine\n",
    'ann-4711,t,2026-03-01T10:00:00Z,4,r2,"two\nlines, ""quoted""\nof hers"\n',
    '"bob",t,2026-03-01T10:00:00Z,4,r3,"two\nlines of his"\n',
    "\n",
    "ann-4711,t,2026-03-01T10:00:00Z,nonsense,r4,\r\n",
    "too,few,ann-4711\n",
    "too,few,bob\n",
    ",t,2026-03-01T10:00:00Z,4,r5,by ann-4711\n",
    "ann-47110,t,2026-03-01T10:00:00Z,4,r6,somebody else\n",
    "bob,t,2026-03-01T10:00:00Z,4,r7,about ann-4711 and no row of hers\n",
    "ann-4711,t,2026-03-01T10:00:00Z,4,r8,the last",
)
OTHERS = (0, 2, 3, 6, 8, 9)


def packed(text: bytes, ending: str) -> bytes:
    pack = {".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress}
    return pack.get(ending, bytes)(text)


def unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(content)
    if path.suffix == ".zst":
        return zstandard.ZstdDecompressor().decompressobj().decompress(content)
    return content


def put(home: Settings, name: str, content: bytes, folder: str = f"landed/{DAY}") -> Path:
    path = home.root / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("ending", ["", ".gz", ".zst"])
def test_rows_of_csv_leave_with_their_line_breaks(home: Settings, ending: str) -> None:
    path = put(home, f"reviews.csv{ending}", packed((HEADER + "".join(ROWS)).encode(), ending))
    (erased,) = erase_files(home, ANN)
    assert (erased.path, erased.rows, erased.removed) == (path, 5, False)
    assert unpacked(path).decode() == HEADER + "".join(ROWS[at] for at in OTHERS)
    assert erase_files(home, ANN) == []


@pytest.mark.parametrize("ending", ["", ".gz", ".zst"])
def test_rows_of_ndjson_leave(home: Settings, ending: str) -> None:
    lines = [
        json.dumps({"user_id": user, "title_id": "t", "event_time": f"{DAY}T10:00:00Z"})
        for user in ("bob", "ann-4711", "ann-47110", "ann-4711")
    ]
    lines[3] = lines[3].replace("ann", "\\u0061nn")
    lines += ['{"user_id": "ann-4711", "torn', '{"user_id": "bob", "torn', '{"user_id": 4711}']
    path = put(home, f"watch.ndjson{ending}", packed("\n".join(lines).encode(), ending))
    assert [erased.rows for erased in erase_files(home, ANN)] == [3]
    kept = [lines[at] for at in (0, 2, 5, 6)]
    assert unpacked(path).decode() == "\n".join(kept)
    assert [erased.rows for erased in erase_files(home, Persons(["4711"]))] == [1]


def test_rows_of_parquet_leave_and_types_and_packing_stay(home: Settings) -> None:
    frame = pl.DataFrame(
        {
            "user_id": ["bob", "ann-4711", "cat", "ann-4711"] * 50_000,
            "title_id": ["t"] * 200_000,
            "event_time": [datetime(2026, 3, 1, tzinfo=UTC)] * 200_000,
            "extra": pl.Series([n % 7 for n in range(200_000)], dtype=pl.Int16),
        }
    )
    path = put(home, "watch.parquet", b"")
    frame.write_parquet(path, compression="zstd", row_group_size=30_000)
    assert [erased.rows for erased in erase_files(home, ANN)] == [100_000]
    left = pl.read_parquet(path, hive_partitioning=False)
    assert left.equals(frame.filter(pl.col("user_id") != "ann-4711"))
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "ZSTD"
    assert b"ann-4711" not in path.read_bytes()


NETFLIX = (
    "Profile Name,Start Time,Duration,Title,Supplemental Video Type,Device Type,Country\n"
    "Ann,2026-03-01 10:00:00,01:00:00,Film,,Android,DE (Germany)\n"
    "Bob,2026-03-01 10:00:00,01:00:00,Film,,Android,DE (Germany)\n"
)


@pytest.mark.parametrize(
    ("place", "household"),
    [("miller.csv", "miller"), ("smith/ViewingActivity.csv", "smith"), ("flat-2.csv", "flat-2")],
)
def test_a_profile_leaves_the_export_of_its_household_only(
    home: Settings, place: str, household: str
) -> None:
    landed = []
    for name in (place, "other.csv"):
        path = home.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(NETFLIX)
        taken = take(home, name)
        assert taken is not None
        landed.append(taken.path)
    assert [erased.path for erased in erase_files(home, Persons([f"{household}/Ann"]))] == [
        landed[0]
    ]
    assert "Ann" not in landed[0].read_text()
    assert landed[1].read_text() == NETFLIX
    assert erase_files(home, Persons(["flat/Bob"])) == []


def test_a_second_export_of_the_same_name_is_of_the_same_household(home: Settings) -> None:
    home.landing.mkdir(parents=True)
    paths = []
    for _ in range(2):
        (home.landing / "miller.csv").write_text(NETFLIX)
        taken = take(home, "miller.csv")
        assert taken is not None
        paths.append(taken.path)
    assert paths[1].name == "miller-2.csv"
    assert len(erase_files(home, Persons(["miller/Ann"]))) == 2
    # Their bytes are others now; whose they are is still known.
    assert len(erase_files(home, Persons(["miller/Bob"]))) == 2
    assert {path.read_text() for path in paths} == {NETFLIX.splitlines(keepends=True)[0]}


def test_records_leave_files_that_nobody_knows(home: Settings) -> None:
    table = put(
        home, "x.csv", b'who,what\nbob,1\n"ann-4711","two\nlines"\nann-47110,2\n', "refused"
    )
    array = put(home, "x.json", b'[{"u":"bob"},\n {"u":"ann-4711"}, {"u":"cat"}]', "refused")
    latin = put(home, "y.csv", "nom,é\nann-4711,é\nbob,é\n".encode("latin-1"), "refused")
    note = put(home, "x.csv.reason.txt", b"x.csv: no source has\nann-4711, who\n", "refused")
    parquet = put(home, "x.parquet", b"", "refused")
    pl.DataFrame({"who": ["bob", "ann-4711"], "n": [1, 2]}).write_parquet(parquet)
    assert {erased.path: erased.rows for erased in erase_files(home, ANN)} == dict.fromkeys(
        (table, array, latin, note, parquet), 1
    )
    assert table.read_bytes() == b"who,what\nbob,1\nann-47110,2\n"
    assert json.loads(array.read_bytes()) == [{"u": "bob"}, {"u": "cat"}]
    assert latin.read_bytes() == "nom,é\nbob,é\n".encode("latin-1")
    assert note.read_bytes() == b"x.csv: no source has\n"
    assert pl.read_parquet(parquet, hive_partitioning=False).rows() == [("bob", 1)]
    assert [e.rows for e in erase_files(home, Persons(["1"]))] == [1, 1]


def test_what_cannot_be_read_goes_as_a_whole_where_it_holds_a_person(home: Settings) -> None:
    wide = put(home, "wide.csv", "user_id,x\nann-4711,1\n".encode("utf-16"), "refused")
    torn = put(home, "torn.parquet", b"PAR1 torn ann-4711", "refused")
    others = put(home, "other.parquet", b"PAR1 torn bob", "refused")
    assert {e.path for e in erase_files(home, ANN) if e.removed} == {wide, torn}
    assert [path.exists() for path in (wide, torn, others)] == [False, False, True]


def test_of_a_file_that_is_cut_off_what_can_be_read_stays(home: Settings) -> None:
    rows = [f"user-{n:05},t,2026-03-01T10:00:00Z,{n}\n" for n in range(5000)]
    rows[1000] = rows[1000].replace("user-01000", "ann-4711")
    text = "user_id,title_id,event_time,watch_seconds\n" + "".join(rows)
    whole = gzip.compress(text.encode())
    path = put(home, "cut.csv.gz", whole[: len(whole) // 2])
    assert [erased.rows for erased in erase_files(home, ANN)] == [1]
    left = unpacked(path).decode()
    assert "user-00999" in left
    assert "user-01001" in left
    assert "ann-4711" not in left
    assert text.replace(rows[1000], "").startswith(left)


def test_a_name_that_holds_an_id_is_changed(home: Settings) -> None:
    put(home, "ann-4711.csv", (HEADER + ROWS[1] + ROWS[0]).encode())
    put(home, "ann-4711.csv", (HEADER + ROWS[0]).encode(), f"landed/{DAY}/ann-4711")
    put(home, "erased.csv", (HEADER + ROWS[0]).encode())
    erase_files(home, ANN)
    names = sorted(path.relative_to(home.landed).as_posix() for path in home.landed.rglob("*.csv"))
    assert names == [f"{DAY}/2-erased.csv", f"{DAY}/erased.csv", f"{DAY}/erased/erased.csv"]
    assert not list(home.landed.rglob("*ann*"))


def test_without_files_there_is_nothing_to_do(home: Settings) -> None:
    assert erase_files(home, ANN) == []


KILLED = """
import os, signal
from pathlib import Path
from netflix_pipeline.erasing import erase_files
from netflix_pipeline.persons import Persons
from netflix_pipeline.settings import Settings
Path.rename = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
erase_files(Settings(), Persons(["ann-4711"]))
"""


def test_killed_while_it_writes_the_same_call_finishes(home: Settings) -> None:
    text = HEADER + "".join(ROWS)
    path = put(home, "reviews.csv", text.encode())
    killed = subprocess.run([sys.executable, "-c", KILLED], env=home.environment(), check=False)
    assert killed.returncode == -9
    assert path.read_bytes() == text.encode()
    assert len(list(path.parent.iterdir())) == 2
    erase_files(home, ANN)
    assert list(path.parent.iterdir()) == [path]
    assert path.read_bytes().decode() == HEADER + "".join(ROWS[at] for at in OTHERS)


@pytest.mark.parametrize("file_format", ["csv", "ndjson"])
def test_files_of_generated_data_keep_the_rows_of_all_others(
    home: Settings, file_format: Format
) -> None:
    made = service(home.landed / DAY, dirty=True, file_format=file_format, events=5_000)
    before = {path: path.read_bytes().split(b"\n") for path in made.paths.values()}
    named = Counter(re.findall(rb"\bu-?\d{3,}\b", made.paths["watch_events"].read_bytes()))
    (person, _), *_ = named.most_common(1)
    value = re.compile(rb"(?<![\w-])" + person + rb"(?![\w-])")
    erased = erase_files(home, Persons([person.decode()]))
    assert sum(one.rows for one in erased) >= named[person]
    for path, lines in before.items():
        # Where their id stands only as whose the row is, just these lines are gone.
        assert path.read_bytes().split(b"\n") == [line for line in lines if not value.search(line)]
