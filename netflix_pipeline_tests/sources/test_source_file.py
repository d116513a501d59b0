from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

from netflix_pipeline.errors import BadInput, UnrecognisedSource
from netflix_pipeline.sources import SOURCES, Options, open_file, parse_raw, source_file

if TYPE_CHECKING:
    from pathlib import Path

WATCH = "user_id,title_id,event_time\n"


def test_an_unknown_header_is_an_error_that_lists_what_was_looked_for(read: Any) -> None:
    with pytest.raises(UnrecognisedSource) as caught:
        read("customer,asset,begin\n1,2,3\n", "theirs.csv")
    told = str(caught.value)
    assert "theirs.csv: no source has these columns: customer, asset, begin" in told
    assert "--mapping FILE" in told
    for adapter in SOURCES.values():
        assert adapter.name in told
        assert all(column in told for column in adapter.missing([]))


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "the file is empty"),
        (b" \n\n\r\n", "only blanks"),
        (b"\xef\xbb\xbf", "only blanks"),
        (WATCH.encode("utf-16"), "UTF-16"),
        (WATCH.encode("utf-16-be"), "UTF-16"),
        (b"\x7fELF\x02\x01" + b"\0" * 500, "this is no text"),
        (b"user_id,\xff\xfe,event_time\n", "line 1 is not UTF-8"),
        (gzip.compress(WATCH.encode(), mtime=0)[:10], "gzip data cannot be read beyond byte 10"),
        (b"PK\x03\x04\x14\0\x06\0", "save the sheet as CSV in UTF-8"),
        (b"just a line of prose\n", "no source has these columns: just a line of prose"),
    ],
)
def test_what_cannot_be_taken_is_an_error_that_names_the_file(
    read: Any, content: bytes, error: str
) -> None:
    with pytest.raises(BadInput, match=rf"bad\.csv: .*{error}"):
        read(content, "bad.csv")


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_header_alone_is_a_table_without_rows(read: Any, end: str) -> None:
    result = read(WATCH.strip() + end)
    assert result.file.source == "native-watch-events"
    assert result.frame.is_empty()


@pytest.mark.parametrize("first", ["sep=;\r\n", "\ufeffSEP=;\n", '"sep=;"\n'])
def test_a_first_line_that_only_tells_the_separator_is_no_header(read: Any, first: str) -> None:
    result = read(f"{first}user_id;title_id;event_time\nu;t;2024-03-05\nu;t\n")
    assert result.column("user_id") == ["u"]
    assert result.column("line") == [3]
    assert [row[:2] for row in result.unparsable.rows()] == [(4, "u;t")]


def test_signs_that_show_nothing_are_no_part_of_a_column_name(read: Any) -> None:
    text = "\ufeff\ufeffuser_id,\u200btitle_id\ufeff,\u00a0event_time\nu,t,2024-03-05\n"
    assert read(text).column("user_id") == ["u"]


def test_the_adapter_that_needs_most_columns_is_taken(read: Any) -> None:
    header = "recommendation_id,user_id,title_id,event_time,clicked,rating\n"
    assert read(header).file.table == "recommendation_events"
    assert read("event_id,user_id,title_id,event_time,rating\n").file.table == "watch_events"


def test_a_source_told_by_name_is_taken_or_says_which_columns_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("user_id,title_id,event_time,rating,text\n")
    assert open_file(path, Options()).table == "reviews"
    assert open_file(path, Options(source="native-watch-events")).table == "watch_events"
    with pytest.raises(UnrecognisedSource, match=r"public-movies needs the columns movie_id, "):
        open_file(path, Options(source="public-movies"))
    with pytest.raises(BadInput, match="no source named 'nonsense'; there are native-watch"):
        open_file(path, Options(source="nonsense"))


def test_opening_reads_nothing_but_the_head(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(WATCH.encode() + b"u,t,2025-03-01\n" * 200_000)
    file = open_file(path, Options())
    path.write_bytes(WATCH.encode() + b"v,t,2025-03-01\n")
    assert [part().frame["user_id"].to_list() for part in file.parts(lambda _: None)] == [["v"]]


def test_lines_are_those_of_the_file_across_chunks(
    read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_file, "BLOCK", 1000)
    rows = [f"u{at},t,2025-03-01" if at % 7 else f"bad {at}" for at in range(300)]
    result = read(WATCH + "\n".join(rows))
    lines = {line: f"u{line - 2}" for line in range(2, 302) if (line - 2) % 7}
    assert dict(zip(result.column("line"), result.column("user_id"), strict=True)) == lines
    assert result.unparsable["line"].to_list() == list(range(2, 302, 7))
    assert result.file.raw([3, 2, 301]) == ["u1,t,2025-03-01", "bad 0", "u299,t,2025-03-01"]


def test_a_column_that_is_told_twice_is_refused_where_it_is_looked_at(read: Any) -> None:
    with pytest.raises(BadInput, match="2 columns have the name 'user_id'"):
        read("user_id,title_id,event_time,user_id\nu,t,2025-03-01,x\n")
    assert read("user_id,title_id,x,event_time,x\nu,t,,2025-03-01,\n").column("user_id") == ["u"]


def test_lines_may_end_with_carriage_returns_alone_around_fields_of_several_lines(
    read: Any,
) -> None:
    result = read('user_id,title_id,event_time\ru,"t\n1",2025-03-01\rv,"""t",2025-03-02\r')
    assert result.column("title_id") == ["t\n1", '"t']
    assert result.file.raw([4]) == ['v,"""t",2025-03-02']


def test_a_header_that_ends_in_another_way_than_its_rows_is_refused(read: Any) -> None:
    with pytest.raises(BadInput, match="lines end in several ways"):
        read("user_id,title_id,event_time\ru,t,2025-03-01\rv,t,2025-03-01\nw,t,2025-03-01\n")
    with pytest.raises(UnrecognisedSource, match="lines end in several ways"):
        read("shape,colour\rround,red\nround,blue\n")


def test_raw_rows_are_read_again_by_their_header_alone(read: Any) -> None:
    result = read('event_time;user_id;title_id\n2025-03-01;u1;"t\n1"\nx;u2;t2\n')
    raws = result.file.raw([2, 4])
    again = parse_raw(result.file.header, raws)
    assert again.frame.drop("line").equals(result.frame.drop("line"))
    assert again.frame["line"].to_list() == [1, 2]
    mended = parse_raw(result.file.header, ["2025-03-02;u2;t2", "broken"])
    assert mended.frame["problems"].to_list() == [None]
    assert mended.unparsable["line"].to_list() == [2]
