"""Rows found again in their file: the text that was read, wherever it lies."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from netflix_pipeline.errors import BadInput
from netflix_pipeline.sources import Options, open_file, source_file
from netflix_pipeline.sources.readers import record_scanner

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "user_id,title_id,event_time\n"
ROWS = [f'u{at},"t\n{at}",2025-03-01' if at % 9 == 0 else f"u{at},t{at},x" for at in range(500)]
TEXT = (HEADER + "\r\n".join(ROWS) + "\n").encode()


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_file, "BLOCK", 1000)
    monkeypatch.setattr(record_scanner, "STRETCH", 64)


def lines_of_rows() -> list[int]:
    lines, line = [], 2
    for row in ROWS:
        lines.append(line)
        line += row.count("\n") + 1
    return lines


@pytest.mark.parametrize("read_before", [True, False], ids=["read before", "never read"])
@pytest.mark.parametrize("packed", [True, False], ids=["packed", "plain"])
def test_rows_are_found_by_their_lines_in_any_order(
    tmp_path: Path, *, read_before: bool, packed: bool
) -> None:
    path = tmp_path / "events.csv"
    path.write_bytes(gzip.compress(TEXT) if packed else TEXT)
    file = open_file(path, Options())
    if read_before:
        for _ in range(2):
            assert sum(part().frame.height for part in file.parts(lambda _: None)) == len(ROWS)
    told = dict(zip(lines_of_rows(), ROWS, strict=True))
    for wanted in (list(told)[::-7], list(told), [2], []):
        assert file.raw(wanted) == [told[line] for line in wanted]


def test_little_is_read_to_find_a_row_of_a_file_that_was_read_before(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_bytes(TEXT)
    file = open_file(path, Options())
    list(file.parts(lambda _: None))
    at = TEXT.index(b"u400,")
    path.write_bytes(b"-" * (at - 200) + TEXT[at - 200 :])
    assert file.raw([lines_of_rows()[400]]) == [ROWS[400]]


def test_a_file_that_was_shortened_meanwhile_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_bytes(TEXT)
    file = open_file(path, Options())
    list(file.parts(lambda _: None))
    path.write_bytes(TEXT[:2000])
    with pytest.raises(BadInput, match=r"events\.csv: line 500 is gone: the file was changed"):
        file.raw([500])


def test_a_quote_ends_no_line_of_json(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    rows = ['{"user_id":"u1","title_id":"a\\"b","event_time":"x"}', '{"user_id":"u2"}']
    path.write_text("\n".join(rows))
    file = open_file(path, Options(source="native-watch-events"))
    assert file.raw([2, 1]) == rows[::-1]
