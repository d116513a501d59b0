"""Which files of a folder are taken in, and which are left."""

import os
from pathlib import Path

import pytest

from netflix_pipeline.errors import BadInput, UnrecognisedSource
from netflix_pipeline.sources import Options, open_all
from netflix_pipeline.sources.format_detection import LONGEST

EVENTS = "event_id,user_id,title_id,event_time,action,watch_seconds\n"
NOTES = "colour,shape\nred,round\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_what_is_not_known_is_skipped_where_something_is(tmp_path: Path) -> None:
    known = write(tmp_path / "b" / "events.csv", EVENTS)
    unknown = write(tmp_path / "a" / "notes.csv", NOTES)
    empty = write(tmp_path / "c.csv", "")
    letter = write(tmp_path / "letter.txt", "Dear member, " * 1_000)
    sources, skipped = open_all([tmp_path], Options())
    assert [source.path for source in sources] == [known]
    reasons = {one.path: one.reason for one in skipped}
    assert reasons.keys() == {unknown, empty, letter}
    assert reasons[unknown] == "no source has these columns: colour, shape"
    assert "the file is empty" in reasons[empty]
    assert len(reasons[letter]) == LONGEST + 1


def test_a_file_that_is_named_must_be_known(tmp_path: Path) -> None:
    write(tmp_path / "events.csv", EVENTS)
    notes = write(tmp_path / "notes.csv", NOTES)
    with pytest.raises(UnrecognisedSource, match="What was looked for"):
        open_all([tmp_path, notes], Options())


def test_each_folder_must_hold_a_known_file(tmp_path: Path) -> None:
    write(tmp_path / "one" / "events.csv", EVENTS)
    write(tmp_path / "other" / "notes.csv", NOTES)
    with pytest.raises(UnrecognisedSource, match=r"other/notes\.csv: no source has these columns"):
        open_all([tmp_path / "one", tmp_path / "other"], Options())


def test_what_cannot_be_read_is_told_and_stops_no_other(tmp_path: Path) -> None:
    wide = tmp_path / "wide.csv"
    wide.write_bytes(EVENTS.encode("utf-16"))
    with pytest.raises(BadInput, match="save it as UTF-8"):
        open_all([tmp_path], Options())
    good = write(tmp_path / "events.csv", EVENTS)
    (known,), (left,) = open_all([tmp_path], Options())
    assert known.path == good
    assert (left.path, left.damaged) == (wide, True)
    assert "save it as UTF-8" in left.reason


def test_a_folder_without_data_holds_nothing(tmp_path: Path) -> None:
    assert open_all([tmp_path], Options()) == ([], [])


@pytest.mark.parametrize("code", ["utf-16", "utf-16-be", "utf-32", "cp1252"])
def test_a_foreign_text_in_another_code_is_left_and_a_known_one_is_told(
    tmp_path: Path, code: str
) -> None:
    good = write(tmp_path / "events.csv", EVENTS)
    foreign = tmp_path / "readme.txt"
    foreign.write_bytes("Größe, Länge\n".encode(code))
    (known,), (left,) = open_all([tmp_path], Options())
    assert (known.path, left.path, left.damaged) == (good, foreign, False)
    assert "save it as UTF-8" in left.reason or "save the file as UTF-8" in left.reason
    foreign.write_bytes(f"größe,{EVENTS}".encode(code))
    _, (left,) = open_all([tmp_path], Options())
    assert left.damaged


@pytest.mark.parametrize("content", [b"PK\x03\x04\x14\0\0\0", b"\0" * 4096])
def test_what_is_no_text_at_all_is_left(tmp_path: Path, content: bytes) -> None:
    write(tmp_path / "events.csv", EVENTS)
    (tmp_path / "archive.csv").write_bytes(content)
    _, (left,) = open_all([tmp_path], Options())
    assert "this is no text" in left.reason
    assert not left.damaged


def test_what_is_no_plain_file_is_left_and_nobody_waits_for_it(tmp_path: Path) -> None:
    good = write(tmp_path / "events.csv", EVENTS)
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    (known,), (left,) = open_all([tmp_path], Options())
    assert (known.path, left.path, left.damaged) == (good, pipe, False)
    for named in (pipe, Path(os.devnull)):
        with pytest.raises(UnrecognisedSource, match="it is no plain file"):
            open_all([named], Options())


def test_a_name_that_is_no_text_is_told_and_stops_no_other(tmp_path: Path) -> None:
    good = write(tmp_path / "events.csv", EVENTS)
    other = write(tmp_path / os.fsdecode(b"events\xff.csv"), EVENTS)
    (known,), (left,) = open_all([tmp_path], Options())
    assert (known.path, left.path, left.damaged) == (good, other, True)
    assert left.reason == "its name is not UTF-8; rename it"
    with pytest.raises(BadInput, match="the household's name is not UTF-8"):
        open_all([good], Options(household=os.fsdecode(b"\xff")))
