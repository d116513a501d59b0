import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from netflix_pipeline.errors import BadInput, DamagedFile
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Erasures, Passwords, erased_persons, open_erasures
from netflix_pipeline.state.erasures import MADE

ODD = ["a b", 'say "hi"', "Zoë/Kinder", "x" * 200, "'; DROP TABLE erasure_marks; --", "\ud800"]


@pytest.fixture
def marks(home: Settings) -> Iterator[Erasures]:
    with open_erasures(home) as erasures:
        yield erasures


def test_a_person_is_pending_until_it_is_done_and_known_for_ever(marks: Erasures) -> None:
    assert marks.mark(["ann", "bob", "ann"]) == ["ann", "bob"]
    assert sorted(marks.pending()) == ["ann", "bob"]
    marks.done(["ann"])
    assert marks.pending() == ["bob"]
    assert marks.counts() == {"pending": 1, "done": 1}
    assert marks.persons().matching(["ann", "bob", "ann2", ""]) == {"ann", "bob"}
    assert "ann" in marks.persons()
    assert "Ann" not in marks.persons()


def test_marking_again_is_nothing_new_unless_it_is_to_be_done_again(marks: Erasures) -> None:
    marks.mark(["ann"])
    assert marks.mark(["ann"]) == []
    assert marks.mark(["ann"], again=True) == []
    marks.done(["ann"])
    assert marks.mark(["ann"]) == []
    assert marks.pending() == []
    assert marks.mark(["ann"], again=True) == ["ann"]
    assert marks.pending() == ["ann"]


def test_nothing_in_the_folder_tells_who_was_erased(home: Settings, marks: Erasures) -> None:
    marks.mark(["somebody-in-particular"])
    marks.done(["somebody-in-particular"])
    for file in home.state.iterdir():
        assert b"somebody-in-particular" not in file.read_bytes(), file
    assert stat.S_IMODE((home.state / "erasures.key").stat().st_mode) == 0o600
    assert sorted(file.name for file in home.state.iterdir()) == ["erasures.key", "state.sqlite"]


@pytest.mark.parametrize("user_id", ODD[:-1])
def test_any_text_may_be_an_id(marks: Erasures, user_id: str) -> None:
    marks.mark([user_id])
    assert marks.pending() == [user_id]
    assert user_id in marks.persons()


def test_blanks_around_an_id_are_no_part_of_it(marks: Erasures) -> None:
    assert marks.mark([" ann\u00a0", "ann"]) == ["ann"]
    assert marks.pending() == ["ann"]
    assert "\tann\n" in marks.persons()
    assert marks.of("ann ") == marks.of("ann")
    assert marks.pseudonym(" ann") == marks.pseudonym("ann")
    assert marks.lift([" ann"]) == {" ann"}
    assert "ann" not in marks.persons()


def test_to_ask_of_any_text_is_no_error(marks: Erasures) -> None:
    marks.mark(["ann"])
    assert marks.persons().matching(ODD) == set()


@pytest.mark.parametrize("user_id", ["", "  ", "~canary", "\ud800"])
def test_what_is_nobodys_id_is_refused_and_nobody_is_marked(marks: Erasures, user_id: str) -> None:
    with pytest.raises(BadInput):
        marks.mark(["ann", user_id])
    assert marks.pending() == []


def test_a_lifted_mark_is_as_if_it_never_was(marks: Erasures) -> None:
    marks.mark(["ann", "bob"])
    marks.done(["ann"])
    assert marks.lift(["ann", "carl"]) == {"ann"}
    assert "ann" not in marks.persons()
    assert marks.pending() == ["bob"]


def test_without_its_key_nobody_is_let_through(home: Settings, marks: Erasures) -> None:
    marks.mark(["ann"])
    key = home.state / "erasures.key"
    kept = key.read_bytes()
    key.unlink()
    with pytest.raises(DamagedFile, match=r"erasures\.key"):
        marks.persons()
    with pytest.raises(DamagedFile):
        marks.mark(["bob"])
    key.write_bytes(b"0" * 32)
    with pytest.raises(DamagedFile):
        erased_persons(home)
    key.write_bytes(kept)
    assert "ann" in marks.persons()


@pytest.mark.parametrize("lose", [Path.unlink, lambda file: file.write_bytes(b"")])
@pytest.mark.parametrize("done", [True, False])
def test_a_database_that_was_lost_lets_nobody_through(
    home: Settings, lose: Callable[[Path], object], done: bool
) -> None:
    home = home.model_copy(update={"state_database": ""})
    with open_erasures(home) as erasures:
        erasures.mark(["ann"])
        if done:
            erasures.done(["ann"])
    kept = (home.state / "state.sqlite").read_bytes()
    lose(home.state / "state.sqlite")
    for _ in range(2):
        with pytest.raises(DamagedFile, match="are lost"):
            erased_persons(home)
        with open_erasures(home) as erasures, pytest.raises(DamagedFile, match="are lost"):
            erasures.mark(["bob"])
    (home.state / "state.sqlite").write_bytes(kept)
    assert "ann" in erased_persons(home)


def test_marks_that_were_all_lifted_are_not_lost(home: Settings) -> None:
    with open_erasures(home) as erasures:
        erasures.mark(["ann"])
        erasures.lift(["ann"])
    assert not erased_persons(home)


def test_a_key_of_before_it_was_noted_is_known_by_the_audit(home: Settings) -> None:
    with open_erasures(home) as erasures:
        erasures.mark(["ann"], actor="command")
        erasures.lift(["ann"])
        with erasures._engine.begin() as connection:
            connection.execute(delete(MADE))
    assert not erased_persons(home)


def test_looking_makes_nothing(home: Settings) -> None:
    assert not erased_persons(home)
    assert not home.root.exists()


def test_several_processes_begin_with_one_key(home: Settings) -> None:
    def mark(number: int) -> None:
        with open_erasures(home) as erasures:
            erasures.mark([f"person-{number}"])

    threads = [threading.Thread(target=mark, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(erased_persons(home).matching(f"person-{n}" for n in range(9))) == 8


def test_machines_with_one_secret_know_one_anothers_persons(home: Settings, tmp_path: Path) -> None:
    secret = "s" * 32
    address = home.state_database or f"sqlite:///{home.state}/state.sqlite"

    def machine(name: str, secret: str) -> Settings:
        return Settings(home=tmp_path / name, state_database=address, state_secret=secret)

    one, other = home.model_copy(update={"state_secret": secret}), machine("other", secret)
    with open_erasures(one) as erasures:
        erasures.mark(["ann"])
    with open_erasures(other) as erasures:
        assert "ann" in erasures.persons()
        assert erasures.mark(["ann", "bob"]) == ["bob"]
    assert erased_persons(one).matching(["ann", "bob", "cid"]) == {"ann", "bob"}
    assert Passwords(one).key() == Passwords(other).key()
    assert Passwords(one).key() != (one.state / "erasures.key").read_bytes()

    # What a home has stays.
    assert erased_persons(machine("other", "t" * 32)).matching(["ann", "cid"]) == {"ann"}
    with pytest.raises(DamagedFile, match="is not the key"):
        erased_persons(machine("stranger", "t" * 32))
    with pytest.raises(BadInput, match="32 or more"):
        erased_persons(machine("another", "short"))
