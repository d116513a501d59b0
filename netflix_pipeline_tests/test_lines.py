from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.lines import TextLines, count, joined, size

LINES = st.lists(st.text("{ \r\0a").map(str.encode), min_size=1, max_size=6)


@given(LINES)
def test_lines_of_a_text_are_those_of_a_list(lines: list[bytes]) -> None:
    text = b"\n".join(lines)
    told = TextLines(text)
    assert told == lines
    assert told.begin_objects is all(line.startswith(b"{") for line in lines)
    assert [joined(each) for each in (lines, told)] == [text, text]
    assert size(told) - size(lines) == len(lines) - 1
    assert count(text, b"{") == text.count(b"{")


def test_a_line_feed_within_a_line_becomes_a_blank() -> None:
    assert joined([b"a\nb", b"c"]) == b"a b\nc"
    assert joined([]) == b""
