import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.ids import trimmed
from netflix_pipeline.persons import Persons


def test_an_id_is_found_as_a_whole_value_only() -> None:
    persons = Persons(["u-1", "home/Zoë"])
    for text in ('"u-1"', "u-1", "a,u-1,b", "user=u-1&x", '{"text": "line\\nu-1"}', "| u-1 |"):
        assert persons.in_text(text.encode()), text
    for text in ("u-17", "new-u-1", "u-1x", "u_1", "U-1", "home/Zo"):
        assert not persons.in_text(text.encode()), text


@pytest.mark.parametrize(
    "name", ["home/Zoë", 'says "hi"', "a\\b", "日本", "x y", "50%", "tab\there", "🎬"]
)
def test_an_id_is_known_however_it_is_written(name: str) -> None:
    persons = Persons([name])
    written = [
        name,
        json.dumps({"user_id": name}),
        json.dumps({"user_id": name}, ensure_ascii=False),
        json.dumps({"config": json.dumps({"user_id": name})}),
        json.dumps({"config": json.dumps({"user_id": name}, ensure_ascii=False)}),
        json.dumps(
            {"config": json.dumps({"user_id": name}, ensure_ascii=False)}, ensure_ascii=False
        ),
        '1,"' + name.replace('"', '""') + '",2',
        f"GET /users/{quote(name, safe='')}",
        f"GET /users/{quote(name, safe='').lower()}" if name.islower() else name,
    ]
    for text in written:
        masked = persons.replaced(text.encode())
        assert persons.in_text(text.encode()), text
        assert not persons.in_text(masked)


def test_numbers_are_the_text_of_their_digits() -> None:
    persons = Persons(["17", "True"])
    assert 17 in persons
    assert 17.0 in persons
    assert 17.5 not in persons
    assert "17" in persons
    assert True not in persons
    assert None not in persons
    assert "18" not in persons


def test_blanks_around_an_id_are_no_part_of_it() -> None:
    assert Persons([" ann\u00a0"]).ids == {"ann"}
    assert "ann " in Persons(["\tann"])
    assert Persons([" ann "]).in_text(b'{"user_id":"ann"}')


def test_what_stands_instead_is_text_for_text_and_a_number_for_a_number() -> None:
    persons = Persons(["17", "u-17"])
    assert persons.replaced(b'{"n": 17, "who": "u-17"}') == b'{"n": 0, "who": "erased"}'


def test_nobody_is_found_nowhere() -> None:
    nobody = Persons([])
    assert not nobody
    assert not nobody.in_text(b"anything")
    assert nobody.replaced(b"anything") == b"anything"
    assert list(nobody.places(b"anything")) == []


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20).filter(trimmed))
def test_what_json_holds_as_a_value_is_found(name: str) -> None:
    assert Persons([name]).in_text(json.dumps([1, trimmed(name), "x"]).encode())
