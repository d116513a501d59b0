import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from netflix_pipeline.errors import BadInput, UnrecognisedSource
from netflix_pipeline.ids import digits
from netflix_pipeline.sources import parse_raw
from netflix_pipeline.sources.formats import http_events
from netflix_pipeline.sources.readers.ndjson import read_ndjson, read_objects
from netflix_pipeline.sources.readers.pieces import pieces

GOOD = '{"user_id":"u1","title_id":"t1","event_time":"2025-03-01T10:00:00Z","watch_seconds":1.5}'

NUMBERS = st.one_of(
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(10**40), 10**40).map("{}.0".format),
    st.from_regex(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?", fullmatch=True),
)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"user_id":"u1","title_id":"t1","event_time":"2025-03-01","watch_seconds":NaN}', None),
        ('{"user_id":"u1","title_id":"t1","event_time":"2025-03-01","rating" : -Infinity }', None),
        ('{"user_id":"u1","title_id":"\\": NaN,","event_time":"2025-03-01","rating":NaN}', None),
        ('{"user_id":"u1","title_id":7,"event_time":"2025-03-01","watch_seconds":"3"}', None),
        ('{"user_id":"u1","event_time":"2025-03-01","watch_seconds":"x"}', "unparsable_row"),
        ('{"user_id":"u1","title_id":"[draft]","event_time":"2025-03-01"}', None),
        ('{"user_id":"u1","title_id":"\\ud83d\\ude00","event_time":"2025-03-01"}', None),
        ('{"user_id":"u1","title_id":"","event_time":"2025-03-01","is_download":true}', None),
    ],
)
def test_an_object_is_a_row_and_leaves_its_neighbours_alone(
    read: Any, line: str, problem: str | None
) -> None:
    result = read(f"{GOOD}\n{line}\n\n{GOOD}\r\n{GOOD}", "events.json")
    assert result.column("line") == [1, 2, 4, 5]
    assert result.column("watch_seconds")[::2] == [1.5, 1.5]
    assert result.column("problems") == [None, problem and [problem], None, None]
    assert result.unparsable.is_empty()


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '{"user_id":"u1"',
        "null",
        "[1]",
        '{"a":1} {"b":2}',
        "nonsense",
        '{"a":}',
        '{"a":"\\x"}',
        '{"user_id":"a","event_time":"2025-03-01","user_id":"b"}',
        '{"user_id":"a","event_time":"2025-03-01","\\u0075ser_id":"a"}',
        '{"user_id":"a","event_time":"2025-03-01","rating":NaN,"more":[1,2],"more":1}',
        '{"user_id":"\\ud83d","title_id":"t1","event_time":"2025-03-01"}',
        '{"user_id":"u\\udE00\\ud83d","title_id":"t1","event_time":"2025-03-01"}',
    ],
)
def test_what_is_no_object_is_unparsable_and_leaves_its_neighbours_alone(
    read: Any, line: str
) -> None:
    result = read(f"{GOOD}\n{line}\n{GOOD}\n", "events.json")
    assert result.column("line") == [1, 3]
    assert result.unparsable.select("line", "raw").rows() == [(2, line)]


WRONG = [["unparsable_row"]]


@pytest.mark.parametrize("nested", ["[]", "{}", "[1]", '{"id":{"a":[1]}}', '["DE"]'])
@pytest.mark.parametrize(
    ("column", "problems"),
    [
        *((name, WRONG) for name in ("user_id", "event_time", "watch_seconds", "is_download")),
        *((name, [None]) for name in ("country", "device", "quality", "rating", "playback_id")),
    ],
)
def test_a_nested_value_costs_the_row_only_where_its_field_decides(
    read: Any, column: str, problems: list[Any], nested: str
) -> None:
    told = {name: f'"{value}"' for name, value in TOLD.items()} | {column: nested}
    line = "{" + ",".join(f'"{name}":{value}' for name, value in told.items()) + "}"
    result = read(f"{GOOD}\n{line}\n{GOOD}", "events.json")
    assert result.unparsable.is_empty()
    assert result.column("problems") == [None, *problems, None]
    assert result.column("left_out") == [None, None if problems == WRONG else [column], None]
    assert result.column(column)[1] in (None, False)
    others = {name: value for name, value in TOLD.items() if name != column and "_id" in name}
    assert {name: result.column(name)[1] for name in others} == others
    again = parse_raw(result.file.header, result.file.raw([2]))
    assert again.frame["left_out"].to_list() == result.column("left_out")[1:2]
    assert again.frame["problems"].to_list() == problems


TOLD = {
    "user_id": "u1",
    "title_id": "t1",
    "event_time": "2025-03-01T10:00:00Z",
    "watch_seconds": "3",
    "playback_id": "p",
    "country": "DE",
}


def test_a_nested_id_is_not_that_of_another_name(read: Any) -> None:
    text = '{"type":"search","event_id":[1],"search_id":"s","user_id":"u1","query":"q",'
    text += '"event_time":"2025-03-01T10:00:00Z"}'
    chunk = http_events.read("search_events", [text.encode()], [0])
    assert chunk.frame["problems"].to_list() == WRONG
    other = text.replace("[1]", "null").encode()
    again = text.replace('"s"', "[1]").replace("[1],", '"e",').encode()
    chunk = http_events.read("search_events", [text.encode(), other, again], [0, 1, 2])
    assert chunk.frame["search_id"].to_list() == [None, "s", "e"]
    assert chunk.frame["problems"].to_list() == [*WRONG, None, None]


@given(st.lists(NUMBERS, min_size=1, max_size=20))
@example(["-0", "-0.0", "1" + "0" * 38, "1" + "0" * 60, "9007199254740993.0"])
def test_a_number_is_the_same_text_whoever_stands_beside_it(numbers: list[str]) -> None:
    lines = [f'{{"a":{number}}}'.encode() for number in numbers]
    expected = [
        digits(int(number) if number.lstrip("-").isdigit() else float(number)) for number in numbers
    ]
    (piece,) = pieces(iter([b"\n".join([*lines, b""])]), 1, None)
    assert read_ndjson(piece, ["a"]).frame["a"].to_list() == expected
    alone = read_objects([line.decode() for line in lines], ["a"])
    assert alone.frame["a"].to_list() == expected


def test_commas_and_what_is_not_looked_at_are_no_repeated_names(read: Any) -> None:
    line = '{"user_id":"a,\\",b,c","event_time":"2025-03-01","more":[1,{"a":1,"a":2}],"rating":NaN}'
    result = read(f"{GOOD}\n{line}\n{GOOD}\n", "events.json")
    assert result.column("user_id") == ["u1", 'a,",b,c', "u1"]


def test_scalars_of_another_type_are_read_as_their_text(read: Any) -> None:
    result = read(
        '{"user_id":1,"title_id":true,"event_time":"2025-03-01","watch_seconds":2,'
        '"is_download":"true"}\n',
        "events.json",
    )
    assert result.column("user_id") == ["1"]
    assert result.column("title_id") == ["true"]
    assert result.column("watch_seconds") == [2.0]
    assert result.column("is_download") == [True]


def test_columns_may_first_appear_in_a_later_line(read: Any) -> None:
    result = read(f'{{"user_id":"u0"}}\n{GOOD}\n', "events.json")
    assert result.column("watch_seconds") == [None, 1.5]


def test_invalid_utf8_spoils_its_own_line_only(read: Any) -> None:
    result = read(f"{GOOD}\n".encode() + b'{"user_id":"\xff"}\n' + GOOD.encode(), "events.json")
    assert result.column("line") == [1, 3]
    assert result.unparsable["line"].to_list() == [2]
    again = parse_raw(result.file.header, result.unparsable["raw"].to_list())
    assert again.frame.is_empty()
    assert again.unparsable["detail"].to_list() == ["is not UTF-8"]


def test_an_array_of_objects_is_an_error_that_says_what_to_do(read: Any) -> None:
    with pytest.raises(BadInput, match=r"JSON array; write one object a line"):
        read(f"[{GOOD}]", "events.json")


def test_a_file_without_any_object_is_not_recognised(read: Any) -> None:
    with pytest.raises(UnrecognisedSource, match="none of the first lines"):
        read("{broken\n{broken\n", "events.json")


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(-1e9, 1e9).map(lambda value: round(value, 3)),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
)
OBJECTS = st.fixed_dictionaries({"a": VALUES, "b": VALUES}, optional={"c": VALUES})
GARBAGE = st.text(st.characters(codec="ascii", exclude_characters="\n\r"), min_size=1, max_size=20)


def as_text(value: object) -> str | None:
    if value is None or value == "":
        return None
    return json.dumps(value) if isinstance(value, bool) else str(value)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(OBJECTS, GARBAGE), min_size=1, max_size=30), st.integers(1, 200))
def test_garbage_between_objects_never_changes_them(
    lines: list[dict[str, object] | str], size: int
) -> None:
    texts = [json.dumps(line) if isinstance(line, dict) else line for line in lines]
    text = "\n".join(texts).encode()
    told: dict[int, tuple[object, ...]] = {}
    refused: list[int] = []
    blocks = (text[at : at + size] for at in range(0, len(text), size))
    for piece in pieces(blocks, 1, None):
        records = read_ndjson(piece, ["a", "b"])
        told.update(zip(records.lines.tolist(), records.frame.rows(), strict=True))
        refused.extend(records.unparsable["line"].to_list())
    for at, line in enumerate(lines, 1):
        if isinstance(line, dict):
            expected = [as_text(line["a"]), as_text(line["b"])]
            found = [None if cell is None else str(cell) for cell in told[at]]
            for cell, value, wanted in zip(found, (line["a"], line["b"]), expected, strict=True):
                if isinstance(value, float):
                    assert cell is not None
                    assert float(cell) == value
                else:
                    assert cell == wanted
    assert len(told) + len(refused) == len(texts)


def test_raw_objects_are_read_each_by_itself() -> None:
    records = read_objects(['{"a":"1"}', "{", '{"a":NaN}'], ["a"])
    assert records.frame.rows() == [("1",), (None,)]
    assert records.lines.tolist() == [1, 3]
    assert records.unparsable.rows() == [(2, "{", "is no JSON object")]
