"""Input that cannot be taken: a clear message, exit code 1, what is good is kept, nothing half."""

import gzip
from pathlib import Path

import pytest

from netflix_pipeline.ingest import differences, ledger, manifests
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import HEADER, Command, event, write

ROWS = [event(f"e{number}", seconds=str(number % 600)) for number in range(2_000)]
TEXT = "\n".join([HEADER, *ROWS, ""])
ODD = event("x1", user="José")
OPEN = 'q1,"ann,film,2026-01-31T20:00:00Z,stopped,5,0.5'

REFUSED = [
    ("empty.csv", b"", "the file is empty"),
    ("blank.csv", b"\n \n\n", "only blanks"),
    ("wide.csv", TEXT.encode("utf-16"), "save it as UTF-8"),
    ("latin.csv", TEXT.replace("title_id", "título_id", 1).encode("latin-1"), "save the file as"),
    ("stub.csv.gz", gzip.compress(TEXT.encode(), mtime=0)[:12], "cut off"),
    ("garbage.parquet", b"PAR1" + bytes(range(256)) * 4, "no whole Parquet file"),
    ("sheet.xlsx", b"PK\x03\x04" + bytes(range(256)), "expected CSV, NDJSON or Parquet"),
    ("other.csv", b"colour,size\nred,3\n", "What was looked for"),
    ("list.json", b'[{"a": 1}]', "one object a line"),
]


def assert_exact(command: Command, stored: int) -> None:
    """The home holds so many rows, and every one that came is accounted for."""
    lake = Lake.of(Settings(home=command.home))
    counted = ledger(lake, manifests(lake))
    assert counted["stored"].sum() == stored
    assert differences(counted).is_empty()
    assert command.ok("status", "--json").json["ledger"]["stored"] == stored


@pytest.mark.parametrize(("name", "content", "told"), REFUSED, ids=[case[0] for case in REFUSED])
def test_a_file_that_is_no_data_is_refused_and_touches_nothing(
    command: Command, tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    bad = tmp_path / name
    bad.write_bytes(content)
    good = write(tmp_path / "good.csv", ROWS)
    ran = command("ingest", good, bad, "--json")
    assert (ran.code, ran.out) == (1, "")
    assert str(bad) in ran.err
    assert told in ran.err
    assert "Traceback" not in ran.err
    assert not list(command.home.rglob("*.parquet"))
    assert command.ok("ingest", good, "--json").json["total"]["stored"] == len(ROWS)


def test_a_file_with_a_header_alone_is_told(command: Command, tmp_path: Path) -> None:
    ran = command("ingest", write(tmp_path / "header.csv", []), "--json")
    assert ran.code == 1
    assert "header.csv: it has a header and no rows" in ran.err
    assert ran.json["total"] == {
        "received": 0,
        "stored": 0,
        "duplicate": 0,
        "quarantined": 0,
        "erased": 0,
    }
    assert_exact(command, 0)


def test_a_truncated_gzip_keeps_its_good_rows(command: Command, tmp_path: Path) -> None:
    bad = tmp_path / "cut.csv.gz"
    bad.write_bytes(gzip.compress(TEXT.encode())[:-2_000])
    ran = command("ingest", bad, "--json")
    assert ran.code == 1
    assert "cut off" in ran.err
    assert ran.err.count(str(bad)) == 1
    kept = ran.json["total"]["stored"]
    assert 0 < kept < len(ROWS)
    assert_exact(command, kept)
    whole = tmp_path / "whole.csv.gz"
    whole.write_bytes(gzip.compress(TEXT.encode()))
    command.ok("ingest", whole)
    assert_exact(command, len(ROWS))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("latin.csv", TEXT.replace(ROWS[7], ODD).encode("latin-1"), "unparsable_row"),
        ("quotes.csv", TEXT.replace(ROWS[7], OPEN).encode(), "unparsable_row"),
        ("end.csv", (TEXT + OPEN).encode(), "unparsable_row"),
    ],
)
def test_a_bad_row_in_a_good_file_waits_in_quarantine(
    command: Command, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    ran = command.ok("ingest", tmp_path / name, "--json")
    total = ran.json["total"]
    assert total["quarantined"] == 1
    assert total["stored"] == total["received"] - 1
    assert ran.err.startswith("1 row (")
    assert "went to quarantine" in ran.err
    told = command.ok("quarantine", "list", "--json").json
    assert told["reasons"] == {reason: 1}
    assert told["newest"][0]["path"] == str(tmp_path / name)
    assert_exact(command, total["stored"])


def test_a_file_with_many_bad_rows_keeps_the_good_ones_and_says_so(
    command: Command, tmp_path: Path
) -> None:
    rows = [
        event(f"e{number}", time="yesterday" if number % 10 < 3 else "2026-01-31T20:00:00Z")
        for number in range(1_000)
    ]
    ran = command.ok("ingest", write(tmp_path / "a.csv", rows), "--json")
    assert ran.json["total"] == {
        "received": 1_000,
        "stored": 700,
        "duplicate": 0,
        "quarantined": 300,
        "erased": 0,
    }
    assert "300 rows (30.0%) went to quarantine" in ran.err
    assert command.ok("quarantine", "list", "--json").json["reasons"] == {"bad_event_time": 300}
    assert_exact(command, 700)


@pytest.mark.parametrize("name", ["cont\\ud83des", "\\udc00", "a\\u0000"])
def test_a_name_that_is_no_text_is_no_column(command: Command, tmp_path: Path, name: str) -> None:
    odd = f'{{"title_id": "t1", "title": "A Film", "{name}": "x"}}'
    file = tmp_path / "titles.ndjson"
    file.write_text(f'{odd}\n{{"title_id": "t2", "title": "Another Film"}}')
    told = command("ingest", file, "--json").json["files"][0]
    assert (told["received"], told["stored"], told["quarantined"]) == (2, 2, 0)
    assert command("status", "--json").code == 0


def test_files_before_one_that_fails_are_told(command: Command, tmp_path: Path) -> None:
    good = write(tmp_path / "a.csv", ROWS)
    bad = tmp_path / "b.csv.gz"
    # Whole enough to be recognised, and without a whole row.
    bad.write_bytes(gzip.compress((HEADER + "\n" + "x" * 3_000_000).encode())[:2_000])
    ran = command("ingest", good, bad, "--json")
    assert ran.code == 1
    assert str(bad) in ran.err
    assert ran.json["files"][0]["stored"] == len(ROWS)
    assert_exact(command, len(ROWS))
    # The file is fetched again; the one that was taken is not counted twice.
    bad.write_bytes(gzip.compress("\n".join([HEADER, event("late")]).encode()))
    told = command.ok("ingest", good, bad, "--json").json
    assert told["total"]["stored"] == len(ROWS) + 1
    assert told["total"]["duplicate"] == 0
    assert_exact(command, len(ROWS) + 1)


def test_a_missing_file_is_told(command: Command, tmp_path: Path) -> None:
    ran = command("ingest", tmp_path / "nowhere.csv")
    assert ran.code == 1
    assert "nowhere.csv" in ran.err
    assert "no such file" in ran.err


def test_a_file_that_is_refused_is_not_said_to_be_taken_in(
    command: Command, tmp_path: Path
) -> None:
    """Of two kinds of one export, the second is refused; what to do is not the same again."""
    (tmp_path / "full.csv").write_text(
        "Profile Name,Start Time,Duration,Attributes,Title,Supplemental Video Type,Device Type,"
        "Bookmark,Latest Bookmark,Country\n"
        "Ana,2026-01-05 20:00:00,01:00:00,,Dark,,Smart TV,01:00:00,01:00:00,DE (Germany)\n"
    )
    (tmp_path / "short.csv").write_text("Title,Date\nDark,1/15/26\n")
    command.ok("ingest", tmp_path / "full.csv", "--household", "silva")
    ran = command("ingest", tmp_path / "short.csv", "--household", "silva")
    assert ran.code == 1
    assert "Taken in" not in ran.out
    assert "name another household" in ran.err
    assert "forget each of its profiles (silva/NAME), then forget --lift them" in ran.err
    assert "the same command" not in ran.err
    command.ok("forget", "silva/Ana")
    command.ok("forget", "--lift", "silva/Ana")
    command.ok("ingest", tmp_path / "short.csv", "--household", "silva")
