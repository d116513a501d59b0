"""A delimited file of any shape, through the whole reader: every good row, and only those."""

from __future__ import annotations

import csv
import gzip
import io
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from netflix_pipeline.errors import BadInput
from netflix_pipeline.sources.readers import record_scanner
from netflix_pipeline.sources.readers.delimited import read_delimited, read_rows
from netflix_pipeline.sources.readers.pieces import LONGEST_LINE, pieces
from netflix_pipeline.sources.readers.record_scanner import (
    Layout,
    Stretch,
    lines_of,
)
from netflix_pipeline_tests.support.examples import at_most

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ("a", "b", "c", "d")
LAYOUT = Layout(COLUMNS, ",")


def read_text(
    text: bytes, size: int = 1 << 20, layout: Layout = LAYOUT
) -> tuple[list[tuple[int, tuple[str | None, ...]]], list[tuple[int, str]]]:
    """The rows with their lines, and what is unparsable with its line, of a text in blocks."""
    blocks = (text[at : at + size] for at in range(0, len(text), size))
    rows: list[tuple[int, tuple[str | None, ...]]] = []
    refused: list[tuple[int, str]] = []
    for piece in pieces(blocks, 1, layout):
        records = read_delimited(piece, layout)
        rows.extend(zip(records.lines.tolist(), records.frame.rows(), strict=True))
        refused.extend(records.unparsable.select("line", "raw").rows())
        told = [*records.lines.tolist(), *records.unparsable["line"].to_list()]
        assert records.raw(records.unparsable["line"].to_list()) == (
            records.unparsable["raw"].to_list()
        )
        assert len(set(told)) == len(told)
    return rows, refused


@pytest.mark.parametrize(
    ("text", "rows", "refused"),
    [
        pytest.param("1,2,3,4\n5,6,7,8\n", [(1, "1234"), (2, "5678")], [], id="clean"),
        pytest.param("1,2,3,4\r\n5,6,7,8\r\n", [(1, "1234"), (2, "5678")], [], id="CRLF"),
        pytest.param("1,2,3,4\n5,6,7,8", [(1, "1234"), (2, "5678")], [], id="no last line break"),
        pytest.param("1,2,3,4\n5,6,7,", [(1, "1234"), (2, "567-")], [], id="ends with a comma"),
        pytest.param("\n1,2,3,4\n\r\n\n5,6,7,8\n\n", [(2, "1234"), (5, "5678")], [], id="blank"),
        pytest.param("1,2,3\n5,6,7,8\n", [(2, "5678")], [(1, "1,2,3")], id="too few"),
        pytest.param(
            "1,2,3,4,5\n5,6,7\n5,6,7,8\n",
            [(3, "5678")],
            [(1, "1,2,3,4,5"), (2, "5,6,7")],
            id="one too many and one too few add up",
        ),
        pytest.param('1,2,"3,3",4\n', [(1, ("1", "2", "3,3", "4"))], [], id="quoted delimiter"),
        pytest.param('1,2,"3""3",""\n', [(1, ("1", "2", '3"3', None))], [], id="doubled quote"),
        pytest.param(
            '1,"x\ny\n",3,4\n5,6,7,8\n',
            [(1, ("1", "x\ny\n", "3", "4")), (4, "5678")],
            [],
            id="quoted line breaks",
        ),
        pytest.param(
            '1,"\n\n",3,4\r\n5,6,7,8\r\n',
            [(1, ("1", "\n\n", "3", "4")), (4, "5678")],
            [],
            id="quoted blank lines",
        ),
        pytest.param(
            '1,"2,3,4\n5,6,7,8\n9,9,9,9\n',
            [(2, "5678"), (3, "9999")],
            [(1, '1,"2,3,4')],
            id="a quote that is never closed",
        ),
        pytest.param('1,2",3,4\n5,6,7,8\n', [(2, "5678")], [(1, '1,2",3,4')], id="a quote inside"),
        pytest.param(
            '1,"2,3,4\n5,6,7,8\n1,2",3,4\n5,6,7,8\n',
            [(2, "5678"), (4, "5678")],
            [(1, '1,"2,3,4'), (3, '1,2",3,4')],
            id="two stray quotes hold no rows hostage",
        ),
        pytest.param(
            '1,"2" ,3,4\n5,6,7,8\n',
            [(2, "5678")],
            [(1, '1,"2" ,3,4')],
            id="something behind a closing quote",
        ),
        pytest.param(
            '1\r1,"2\n""",3,"4"\n5,6\r6,7,8\n',
            [(1, ("1\r1", '2\n"', "3", "4")), (3, ("5", "6\r6", "7", "8"))],
            [],
            id="a carriage return in a field, beside a quoted line break",
        ),
        pytest.param("1,2,3,4\n5,\0,7,8\n", [(1, "1234")], [(2, "5,\0,7,8")], id="NUL"),
        pytest.param("", [], [], id="nothing"),
        pytest.param("\n\n", [], [], id="only blank lines"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_good_rows_come_out_whatever_lies_beside_them(
    text: str, rows: list[Any], refused: list[tuple[int, str]], size: int
) -> None:
    expected = [
        (line, tuple(None if cell == "-" else cell for cell in cells)) for line, cells in rows
    ]
    assert read_text(text.encode(), size) == (expected, refused)


def test_invalid_utf8_spoils_its_own_line_only() -> None:
    rows, refused = read_text("1,2,3,4\n5,é,7,8\n".encode() + b"5,\xff,7,8\n1,2,3,4\n")
    assert [line for line, _ in rows] == [1, 2, 4]
    assert rows[1][1] == ("5", "é", "7", "8")
    assert refused == [(3, "5,\ufffd,7,8")]


def test_a_quoted_field_of_more_than_fifty_lines_is_a_stray_quote() -> None:
    for lines, whole in ((48, True), (60, False)):
        text = '1,"' + "x\n" * lines + '",3,4\n5,6,7,8\n'
        rows, refused = read_text(text.encode(), 16)
        assert (rows[-1][1], len(rows)) == (("5", "6", "7", "8"), 2 if whole else 1)
        assert bool(refused) is not whole


def test_a_line_without_end_is_no_table() -> None:
    blocks = iter([b"1,2,3,4\n", b"\0" * LONGEST_LINE, b"\0\0"])
    found = pieces(blocks, 1, LAYOUT)
    assert next(found).text == b"1,2,3,4\n"
    with pytest.raises(BadInput, match="line 2 is longer than"):
        next(found)


FIELD = st.text(
    st.one_of(
        st.sampled_from('",;\n\r\t |x'),
        st.characters(codec="utf-8", exclude_characters="\0"),
    ),
    max_size=12,
)
ROW = st.lists(FIELD, min_size=4, max_size=4)


def swallows_a_row(rows: list[list[str]]) -> bool:
    """Whether a field holds a line that is itself a whole row, which only a test writes."""
    for cells in rows:
        for line in "\0".join(cells).replace("\r\n", "\n").split("\n")[1:-1]:
            if line.count(",") >= 1:
                return True
    return False


@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(
    st.lists(ROW, min_size=1, max_size=12),
    st.integers(1, 200),
    st.sampled_from(("\r\n", "\n")),
    st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
)
def test_whatever_the_csv_module_writes_reads_back_equal(
    rows: list[list[str]], size: int, end: str, quoting: Any
) -> None:
    if end == "\n":  # Then the module leaves a final \r unquoted, which reads as half a line break.
        rows = [[cell.replace("\r", "") for cell in row] for row in rows]
    assume(not swallows_a_row(rows))
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator=end, quoting=quoting)
    writer.writerows(rows)
    told, refused = read_text(buffer.getvalue().encode(), size)
    assert [cells for _, cells in told] == [tuple(cell or None for cell in row) for row in rows]
    assert refused == []


PLAIN = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters='\0\n\r,"'), min_size=1, max_size=8),
    min_size=4,
    max_size=4,
)
GARBAGE = st.binary(max_size=40).map(lambda line: line.replace(b"\n", b""))


@given(
    st.lists(st.one_of(PLAIN, GARBAGE), min_size=1, max_size=40),
    st.integers(1, 300),
)
def test_garbage_never_changes_its_neighbours(lines: list[list[str] | bytes], size: int) -> None:
    text = b"".join(
        (line if isinstance(line, bytes) else ",".join(line).encode()) + b"\n" for line in lines
    )
    rows, refused = read_text(text, size)
    told = dict(rows)
    for at, line in enumerate(lines, 1):
        if not isinstance(line, bytes):
            assert told[at] == tuple(line)
    filled = sum(1 for line in text.split(b"\n") if line not in (b"", b"\r"))
    spanned = sum(sum((cell or "").count("\n") for cell in cells) for cells in told.values())
    assert len(rows) + len(refused) + spanned >= filled


PARTS = st.sampled_from(('"', '""', ",", "\n", "\r", "\r\n", "a", "1,2,3,4\n", "é"))


@given(st.lists(PARTS, max_size=40).map("".join))
@example(",,,\r\r")
def test_a_row_reads_the_same_alone(text: str) -> None:
    """As quarantine keeps it, and `replay` reads it again."""
    for piece in pieces(iter([text.encode()]), 1, LAYOUT):
        records = read_delimited(piece, LAYOUT)
        again = read_rows(records.raw(records.lines.tolist()), LAYOUT)
        assert again.frame.rows() == records.frame.rows()


@given(st.binary(max_size=300), st.integers(1, 60))
def test_where_the_blocks_end_changes_nothing(text: bytes, size: int) -> None:
    assert read_text(text, size) == read_text(text)


def test_raw_rows_are_read_each_by_itself() -> None:
    records = read_rows(['1,"2\n2",3,4', '1,"2,3,4', "1,2,3,4", "1,\ufffd,3,4"], LAYOUT)
    assert records.frame.rows() == [("1", "2\n2", "3", "4"), ("1", "2", "3", "4")]
    assert records.lines.tolist() == [1, 3]
    assert records.unparsable["line"].to_list() == [2, 4]
    assert records.raw([2]) == ['1,"2,3,4']


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_from_the_header(read: Any, delimiter: str) -> None:
    text = "user_id,title_id,event_time\nu1,t1,2025-03-01T10:00:00Z\n".replace(",", delimiter)
    assert read(text).column("title_id") == ["t1"]


def test_a_byte_order_mark_blanks_and_quotes_in_the_header_do_no_harm(read: Any) -> None:
    result = read('\ufeff\n"user_id", title_id ,event_time\r\nu1,t1,2025-03-01\r\n')
    assert result.column("user_id") == ["u1"]
    assert result.column("line") == [3]


def test_a_whole_file_with_bad_lines_tells_each_with_its_reason(read: Any, tmp_path: Path) -> None:
    result = read('user_id,title_id,event_time\nu1,t1\nu2,t2,2025-03-01\nu3,"t3,2025-03-01\n')
    assert result.column("user_id") == ["u2"]
    assert result.unparsable.rows() == [
        (2, "u1,t1", "has 2 fields, the header 3"),
        (4, 'u3,"t3,2025-03-01', "holds a quote that does not begin and end a field"),
    ]


def test_raw_text_of_lines_is_found_again_in_the_file(read: Any) -> None:
    body = "".join(f'u{at},"t\n{at}",2025-03-01\n' for at in range(50))
    result = read(f"user_id,title_id,event_time\n{body}")
    assert result.file.raw([100, 2]) == ['u49,"t\n49",2025-03-01', 'u0,"t\n0",2025-03-01']
    assert result.frame["line"].equals(pl.Series("line", range(2, 102, 2)))


LINES = st.one_of(
    st.lists(st.sampled_from(("", "x", "12", "é")), min_size=4, max_size=4).map(",".join),
    st.sampled_from(
        ("", "\r", "1,2,3", "1,2,3,4,5", ",", "1,\0,3,4", '1,"",3,4', '1,"2,2",3,4', '"a""b",,,')
    ),
    st.sampled_from(
        ('1,"2,3,4', '1,2,3"', '"', 'x",3,4', "1,2,3,4\r", '1,"2\r",3,4', '1,2,3,"4"\r')
    ),
    st.integers(1, 60).map(lambda lines: '1,"' + "x\n" * lines + '",3,4'),
)
BROKEN = st.sampled_from((b"", b"", b"", b"\xff", b"\xc3"))


@at_most(20)
@given(
    st.lists(st.tuples(LINES, st.integers(1, 70), BROKEN), min_size=1, max_size=12),
    st.integers(1, 300),
    st.integers(30, 2000),
)
def test_looking_at_suspect_lines_only_tells_the_same_as_looking_at_all(
    told: list[tuple[str, int, bytes]], stretch: int, size: int
) -> None:
    text = b"".join((line + "\n").encode() * copies + end for line, copies, end in told)

    def all_lines(text: bytes, stretches: list[Stretch], _: Layout) -> list[Stretch]:
        return [Stretch(0, len(text), 0, lines_of(stretches))]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(record_scanner, "STRETCH", stretch)
        quick = read_text(text, size)
        patched.setattr(record_scanner, "_suspects", all_lines)
        assert quick == read_text(text, size)


def test_only_stretches_with_a_line_that_is_no_plain_row_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(record_scanner, "STRETCH", 100)
    text = b"1,2,3,4\n" * 1000 + b'1,"2",3,4\n' + b"1,2,3,4\n" * 1000 + b"1,2,3\n"
    (piece,) = pieces(iter([text]), 1, LAYOUT)
    looked_at = record_scanner._suspects(text, piece.stretches, LAYOUT)
    assert sum(stretch.lines for stretch in looked_at) < 60
    assert [stretch.line <= 1000 < stretch.line + stretch.lines for stretch in looked_at] == [
        True,
        False,
    ]
    assert read_text(text)[1] == [(2002, "1,2,3")]


def test_rows_with_too_few_and_too_many_fields_that_add_up_are_both_found() -> None:
    good = b"1,2,3,4\n" * 100
    text = good + b"1,2,3,4,5\n" + good + b"5,6,7\n" + good
    rows, refused = read_text(text)
    assert len(rows) == 300
    assert refused == [(101, "1,2,3,4,5"), (202, "5,6,7")]


@pytest.mark.parametrize("quoted", [1, 300])
@pytest.mark.parametrize(
    ("cell", "value"),
    [('""', None), ('"x"', "x"), ('"a,b"', "a,b"), ('"a""b"', 'a"b'), ('" "', " ")],
)
def test_a_quoted_field_reads_the_same_among_few_and_among_many(
    quoted: int, cell: str, value: str | None
) -> None:
    rows, refused = read_text(("1,2,3,4\n" * 300 + f"1,{cell},3,{cell}\r\n" * quoted).encode())
    assert {cells for _, cells in rows[300:]} == {("1", value, "3", value)}
    assert (len(rows), refused) == (300 + quoted, [])


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "ndjson"])
def test_lines_may_end_with_a_carriage_return_alone(read: Any, ending: str) -> None:
    if ending == "ndjson":
        rows = [
            f'{{"user_id": "u{n}", "title_id": "t", "event_time": "2026-01-02"}}' for n in (1, 2)
        ]
    else:
        rows = ["user_id,title_id,event_time", *(f"u{n},t,2026-01-02" for n in (1, 2))]
    text = "".join(f"{row}\r" for row in rows).encode()
    result = read(gzip.compress(text) if ending.endswith("gz") else text, f"file.{ending}")
    assert result.column("user_id") == ["u1", "u2"]
    assert result.column("problems") == [None, None]
