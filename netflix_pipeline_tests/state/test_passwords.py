import json
import shutil
import stat
import threading
from collections.abc import Callable

import pytest

from netflix_pipeline.errors import BadInput, DamagedFile
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Passwords, require_visitors

GOOD = "correct horse battery"


def test_a_password_opens_for_its_name_alone_and_only_its_hash_is_kept(home: Settings) -> None:
    passwords = Passwords(home)
    passwords.set("ann@example.org", GOOD)
    passwords.set("bob", "another long one")
    assert passwords.check("ann@example.org", GOOD)
    assert not passwords.check("ann@example.org", "another long one")
    assert not passwords.check("bob", GOOD)
    assert not passwords.check("nobody", GOOD)
    assert not passwords.check("bob", "x" * 100_000)
    kept = (home.state / "passwords.json").read_text()
    assert GOOD not in kept
    assert all(hashed.startswith("$argon2id$") for hashed in json.loads(kept).values())


def test_the_files_are_their_owners_alone(home: Settings) -> None:
    passwords = Passwords(home)
    passwords.set("ann", GOOD)
    passwords.key()
    assert stat.S_IMODE(home.state.stat().st_mode) == 0o700
    for name in ("passwords.json", "sessions.key"):
        assert stat.S_IMODE((home.state / name).stat().st_mode) == 0o600
    assert {path.name for path in home.state.iterdir()} == {"passwords.json", "sessions.key"}


def test_another_process_sees_a_change_at_once(home: Settings) -> None:
    here, there = Passwords(home), Passwords(home)
    assert not there.hashes
    here.set("ann", GOOD)
    assert there.check("ann", GOOD)
    here.set("ann", "a new and longer one")
    assert not there.check("ann", GOOD)
    here.set("bob", GOOD)
    here.remove("ann")
    assert set(there.hashes) == {"bob"}
    here.off()
    assert not there.hashes


@pytest.mark.parametrize(
    ("name", "password", "says"),
    [
        ("ann", "short", "10 to 1000 characters"),
        ("ann", "x" * 1001, "10 to 1000 characters"),
        ("", GOOD, "cannot be a name"),
        ("a b", GOOD, "cannot be a name"),
        ("a.b:c", GOOD, "cannot be a name"),
        ("x" * 65, GOOD, "cannot be a name"),
    ],
)
def test_what_cannot_be_a_password_is_refused(
    home: Settings, name: str, password: str, says: str
) -> None:
    with pytest.raises(BadInput, match=says):
        Passwords(home).set(name, password)
    assert not home.root.exists()


def test_nobody_unknown_is_removed(home: Settings) -> None:
    with pytest.raises(BadInput, match="nobody is called ann"):
        Passwords(home).remove("ann")


def test_a_damaged_file_is_told_and_opens_for_nobody(home: Settings) -> None:
    passwords = Passwords(home)
    passwords.set("ann", GOOD)
    (home.state / "passwords.json").write_text('{"ann": ')
    with pytest.raises(DamagedFile, match="set the passwords again"):
        passwords.check("ann", GOOD)
    (home.state / "sessions.key").write_bytes(b"short")
    with pytest.raises(DamagedFile, match="is no key"):
        passwords.key()


def lost(home: Settings) -> None:
    (home.state / "passwords.json").unlink()


def lost_as_a_whole(home: Settings) -> None:
    shutil.rmtree(home.state)


def emptied(home: Settings) -> None:
    (home.state / "passwords.json").write_text("{}")


def torn(home: Settings) -> None:
    (home.state / "passwords.json").write_bytes(b"")


def a_folder(home: Settings) -> None:
    lost(home)
    (home.state / "passwords.json").mkdir()


def dangling(home: Settings) -> None:
    lost(home)
    (home.state / "passwords.json").symlink_to("nowhere")


def circular(home: Settings) -> None:
    lost(home)
    (home.state / "passwords.json").symlink_to("passwords.json")


@pytest.mark.parametrize(
    "happens", [lost, lost_as_a_whole, emptied, torn, a_folder, dangling, circular]
)
def test_what_was_closed_stays_so_whatever_becomes_of_the_file(
    home: Settings, happens: Callable[[Settings], None]
) -> None:
    running = Passwords(home)
    Passwords(home).set("ann", GOOD)
    assert running.hashes
    happens(home)
    for passwords in (running, Passwords(home)):
        with pytest.raises(DamagedFile, match="let in"):
            _ = passwords.hashes
        with pytest.raises(DamagedFile):
            require_visitors(home)


def test_a_process_that_saw_passwords_needs_no_mark_to_stay_closed(home: Settings) -> None:
    running = Passwords(home)
    running.set("ann", GOOD)
    assert running.hashes
    lost(home)
    (home.root / "passwords.set").unlink()
    with pytest.raises(DamagedFile):
        _ = running.hashes


def test_a_home_of_before_is_marked_by_whoever_looks_first(home: Settings) -> None:
    Passwords(home).set("ann", GOOD)
    (home.root / "passwords.set").unlink()
    assert Passwords(home).hashes
    lost(home)
    with pytest.raises(DamagedFile):
        _ = Passwords(home).hashes


@pytest.mark.parametrize("happens", [lost, lost_as_a_whole, emptied, dangling])
def test_a_lost_file_is_mended_by_setting_a_password_or_by_asking_nobody(
    home: Settings, happens: Callable[[Settings], None]
) -> None:
    running = Passwords(home)
    running.set("ann", GOOD)
    happens(home)
    running.set("bob", GOOD)
    assert set(running.hashes) == {"bob"}
    happens(home)
    Passwords(home).off()
    for passwords in (running, Passwords(home)):
        assert not passwords.hashes


def test_the_last_one_is_not_removed_by_the_way(home: Settings) -> None:
    passwords = Passwords(home)
    passwords.set("ann", GOOD)
    with pytest.raises(BadInput, match=r"ann is the last .* passwords off"):
        passwords.remove("ann")
    assert passwords.check("ann", GOOD)


def test_processes_that_begin_at_once_sign_with_one_key(home: Settings) -> None:
    keys: set[bytes] = set()
    began = threading.Barrier(8)

    def begin() -> None:
        began.wait()
        keys.add(Passwords(home).key())

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 1
    assert len(keys.pop()) == 32


def test_where_others_reach_it_somebody_must_be_known(home: Settings) -> None:
    open_ = home.model_copy(update={"host": "0.0.0.0"})
    with pytest.raises(BadInput, match=r"0\.0\.0\.0 can be reached .* passwords set NAME"):
        require_visitors(open_)
    require_visitors(open_.model_copy(update={"trusted_user_header": "X-Forwarded-User"}))
    Passwords(home).set("ann", GOOD)
    require_visitors(open_)
