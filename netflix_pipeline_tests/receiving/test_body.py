import json
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.receiving import EVENTS, TooManyEvents, UnreadableBody, cut

JSON = "application/json"
NDJSON = "application/x-ndjson"

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(), VALUES, max_size=5)


@given(st.lists(VALUES, max_size=8), st.sampled_from([None, 2]))
def test_an_array_gives_the_text_of_each_element(values: list[object], indent: int | None) -> None:
    texts = cut(json.dumps(values, indent=indent).encode(), JSON)
    assert [json.loads(text) for text in texts] == values
    assert not any(b"\n" in text for text in texts)


@given(st.lists(OBJECTS, min_size=1, max_size=8))
def test_ndjson_gives_its_lines(values: list[object]) -> None:
    body = "\r\n\n".join(json.dumps(value) for value in values) + "\n"
    assert [json.loads(text) for text in cut(body.encode(), NDJSON)] == values


def test_one_object_is_one_event() -> None:
    assert cut(b'\xef\xbb\xbf {"a":\n[1, 2]} ', JSON) == [b'{"a": [1, 2]}']


@pytest.mark.parametrize(
    "bad",
    [
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a" 1}',
        b"nonsense",
        b"",
    ],
)
def test_a_damaged_element_leaves_its_neighbours_whole(bad: bytes) -> None:
    good = [b'{"a": 1}', b'{"b": "x,]}\\"["}']
    assert cut(b"[" + good[0] + b"," + bad + b" , " + good[1] + b"]", JSON) == [
        good[0],
        bad,
        good[1],
    ]


@pytest.mark.parametrize(
    "body",
    [b"", b" \n", b"42", b'"text"', b'{"a": ', b'[{"a": 1}', b'[{"a": 1}] x', b"[1]]", b"{}{}"],
)
def test_a_body_that_cannot_be_cut_is_told(body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        cut(body, JSON)


def test_endless_structure_is_not_looked_at_to_its_end() -> None:
    with pytest.raises(UnreadableBody):
        cut(b"[[" + b"[]," * 2_000_000 + b"NaN]]", JSON)


@pytest.mark.parametrize(("media_type", "between"), [(JSON, b","), (NDJSON, b"\n")])
def test_the_number_of_events_is_limited(media_type: str, between: bytes) -> None:
    most = between.join([b"{}"] * EVENTS)
    more = most + between + b"{}"
    if media_type == JSON:
        most, more = b"[" + most + b"]", b"[" + more + b"]"
    assert len(cut(most, media_type)) == EVENTS
    with pytest.raises(TooManyEvents, match="5,000"):
        cut(more, media_type)


LARGE = 10 * 2**20
ATTACKS: dict[str, tuple[str, bytes]] = {
    "zeros": (JSON, b"[" + b"0," * (LARGE // 2) + b"0]"),
    "arrays": (JSON, b"[" + b"[]," * (LARGE // 3) + b"[]]"),
    "objects": (JSON, b"[" + b"{}," * (LARGE // 3) + b"{}]"),
    "texts": (JSON, b"[" + b'"",' * (LARGE // 3) + b'""]'),
    "a damaged end": (JSON, b"[" + b"0," * (LARGE // 2) + b"x]"),
    "within one element": (JSON, b"[[" + b"[]," * (LARGE // 3) + b"[]]]"),
    "within one object": (JSON, b'{"a":[' + b"{}," * (LARGE // 3) + b"{}]}"),
    "deep arrays": (JSON, b"[" * LARGE),
    "deep objects": (JSON, b'{"a":' * (LARGE // 5)),
    "one long text": (JSON, b'["' + b"a" * LARGE + b'"]'),
    "a text without end": (JSON, b'["' + b'\\"' * (LARGE // 2)),
    "many texts without end": (JSON, b"[" + b'"a\\" ' * (LARGE // 5)),
    "blanks": (JSON, b"[" + b" " * LARGE + b"]"),
    "lines": (NDJSON, b"0\n" * (LARGE // 2)),
    "empty lines": (NDJSON, b"0" + b"\n" * LARGE + b"0"),
    "blank lines": (NDJSON, b"0" + b" \r\n" * (LARGE // 3) + b"0"),
    "a blank line": (NDJSON, b"0\n" + b" " * LARGE + b"\n0"),
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.slow
def test_a_large_body_of_anything_takes_little_memory_besides(attack: str) -> None:
    media_type, body = ATTACKS[attack]
    tracemalloc.start()
    try:
        with suppress(TooManyEvents, UnreadableBody):
            assert len(cut(body, media_type)) <= 2
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The one event that it holds, or a copy without what is around it, and some megabytes.
    assert peak < len(body) + 8 * 2**20
