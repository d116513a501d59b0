"""Why a text is no JSON object: the reason is the one that its sender can mend."""

import pytest

from netflix_pipeline.sources.readers.ndjson import read_object

HALF = "half of a surrogate pair"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (rb'{"a": "x\ud800"}', HALF),
        (rb'{"a": "\uDBFFy"}', HALF),
        (rb'{"a": "\udc00"}', HALF),
        (rb'{"a": "\ud83d\ud83d\ude00"}', HALF),
        (rb'{"\ud800": 1}', HALF),
        (rb'{"a": "\ud83d\ude00"', "truncated"),
        (rb'{"a": ', "truncated"),
        (rb"[1]", "Expected `object`"),
        (rb'{"a": NaN}', "malformed"),
    ],
)
def test_the_reason_is_the_one_to_mend(text: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_object(text)


def test_a_whole_pair_is_a_sign() -> None:
    assert read_object(rb'{"a": "\uD83D\uDE00"}') == {"a": "\U0001f600"}
