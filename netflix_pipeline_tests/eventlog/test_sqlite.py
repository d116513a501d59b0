"""Damage, a full disk, a disk that does not sync, and death."""

import platform
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from netflix_pipeline.eventlog import (
    Damaged,
    EventLog,
    LogUnavailable,
    Record,
    open_log,
    sqlite_file,
    sqlite_salvage,
)
from netflix_pipeline.eventlog.sqlite import SqliteLog
from netflix_pipeline.eventlog.sqlite_file import Damage, alone
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.eventlog.appending import SYSCALLS
from netflix_pipeline_tests.support.locks import stopped_holder

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
APPENDING = Path(__file__).with_name("appending.py")
RECORDS = 300
FILES = ("log.db", "log.db-wal")


def line(n: int) -> bytes:
    """Short and long ones, so that every kind of page occurs."""
    text = random.Random(n).randbytes((n % 7) ** 4 // 2).hex()
    return b'{"n":%d,"text":"%s"}' % (n, text.encode())


def came(n: int) -> datetime:
    return NOON + timedelta(seconds=n)


WRITTEN = {(came(n), (line(n),)) for n in range(RECORDS)}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a killed process leaves: pages in the file and in the write-ahead log."""
    folder = tmp_path_factory.mktemp("written")
    log = SqliteLog(folder / "log.db")
    half = RECORDS // 2
    futures = [log.append(came(n), [line(n)]) for n in range(half)]
    assert futures[-1].result(60) == half
    log._writer.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    for n in range(half, RECORDS):
        assert log.append(came(n), [line(n)]).result(60) == n + 1
    left = tmp_path_factory.mktemp("left")
    for name in (*FILES, "log.db.last"):
        shutil.copy(folder / name, left / name)
    log.close()
    assert (left / "log.db-wal").stat().st_size > 100_000
    return left


@pytest.fixture
def left(written: Path, tmp_path: Path) -> Path:
    """A copy of it to be damaged; gives the log's path."""
    shutil.copytree(written, tmp_path / "left")
    return tmp_path / "left" / "log.db"


@contextmanager
def opening(path: Path) -> Iterator[SqliteLog]:
    log = SqliteLog(path)
    try:
        yield log
    finally:
        log.close()


def everything(log: EventLog) -> list[Record | Damaged]:
    """All that can be read, from the beginning again whenever the log begins anew."""
    for _ in range(5):
        found: list[Record | Damaged] = []
        try:
            name = log.id
            while portion := log.read(found[-1].offset if found else 0, most=50_000):
                found += portion
        except LogUnavailable:
            continue
        if log.id == name:
            return found
    pytest.fail("it does not come to rest")


def append(log: EventLog, text: bytes) -> int:
    """Append a record; damage that this brings to light may refuse it a few times."""
    for _ in range(5):
        try:
            return log.append(NOON, [text]).result(60)
        except LogUnavailable:
            continue
    pytest.fail("nothing can be appended")


def look_at(path: Path, before: str) -> None:
    """After damage: it can be used, is right or says that it is not, and keeps what it was."""
    with opening(path) as one, opening(path) as other:
        found = everything(one)
        for record in found:
            assert isinstance(record, Damaged) or (record.received_at, record.lines) in WRITTEN
        good = [each.lines for each in found if isinstance(each, Record)]
        assert len(good) == len(set(good))
        if len(good) < RECORDS:
            assert one.id != before or any(isinstance(each, Damaged) for each in found), (
                "records are gone and nobody says so"
            )
        told = {}
        for n in range(6):
            text = b'{"new":%d}' % n
            told[append((one, other)[n % 2], text)] = text
            everything((other, one)[n % 2])
        assert everything(one) == everything(other)
        assert one.id == other.id
        new = {
            each.offset: each.lines[0]
            for each in everything(one)
            if isinstance(each, Record) and b"new" in each.lines[0]
        }
        assert sorted(new.values()) == sorted(told.values())
        after = one.id
    with opening(path) as again:
        assert again.id == after
        assert (
            sum(b"new" in each.lines[0] for each in everything(again) if isinstance(each, Record))
            == 6
        )


def name_of(written: Path, tmp_path: Path) -> str:
    shutil.copytree(written, tmp_path / "whole")
    with opening(tmp_path / "whole" / "log.db") as log:
        assert len(everything(log)) == RECORDS
        return log.id


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_anywhere(written: Path, tmp_path: Path, name: str) -> None:
    before = name_of(written, tmp_path)
    size = (written / name).stat().st_size
    ending = name.removeprefix("log.db")
    draw = random.Random(name)
    cuts = [0, 1, 16, 31, 32, 99, 100, 4095, 4096, 4097, size // 2, size - 4096, size - 1]
    for number, cut in enumerate([*cuts, *(draw.randrange(size) for _ in range(12))]):
        path = tmp_path / f"cut-{number}" / "log.db"
        shutil.copytree(written, path.parent)
        content = path.with_name(name).read_bytes()[:cut]
        path.with_name(name).write_bytes(content)
        look_at(path, before)
        aside = [file.read_bytes() for file in path.parent.glob(f"log.db.damaged-*[0-9]{ending}")]
        if cut < size - 4096:  # the last page may hold no more than a record's end
            assert len(aside) == 1
            # Damage that was found at once is kept as it was found.
            assert aside == [content] or (name == "log.db" and len(aside[0]) >= cut > 4096)
        shutil.rmtree(path.parent)


@pytest.mark.parametrize("name", FILES)
def test_bits_flipped_anywhere(written: Path, tmp_path: Path, name: str) -> None:
    before = name_of(written, tmp_path)
    draw = random.Random(f"flipped {name}")
    content = (written / name).read_bytes()
    for number in range(40):
        path = tmp_path / f"flipped-{number}" / "log.db"
        shutil.copytree(written, path.parent)
        torn = bytearray(content)
        # Half of the rounds where the pages keep their order, the rest anywhere.
        pages = [page + draw.randrange(12) for page in range(0, len(torn) - 4096, 4096)]
        for _ in range(draw.choice((1, 3, 20))):
            at = draw.choice(pages) if number % 2 else draw.randrange(len(torn))
            torn[at] ^= 1 << draw.randrange(8)
        path.with_name(name).write_bytes(torn)
        look_at(path, before)
        shutil.rmtree(path.parent)


def test_a_file_damaged_while_it_is_open(left: Path) -> None:
    with opening(left) as one, opening(left) as other:
        before = one.id
        everything(one), everything(other)
        # In a process of its own: to close a file here would end SQLite's locks on it.
        subprocess.run([sys.executable, "-c", DAMAGE_MIDDLE, str(left)], check=True)
        told = {}
        for n in range(20):
            text = b'{"new":%d}' % n
            told[append((one, other)[n % 2], text)] = text
            everything(one)
        assert everything(one) == everything(other)
        assert one.id == other.id != before
        new = [each.lines[0] for each in everything(one) if isinstance(each, Record)]
        assert [text for text in new if b"new" in text] == list(told.values())


DAMAGE_MIDDLE = """
import sys
for name in (sys.argv[1], sys.argv[1] + "-wal"):
    with open(name, "r+b") as file:
        size = file.seek(0, 2)
        for at in range(8192, size, 4096):
            file.seek(at)
            file.write(bytes(200))
"""


def test_who_only_writes_follows_to_the_new_file_too(left: Path) -> None:
    with opening(left) as writer, opening(left) as reader:
        append(writer, b'{"new":0}')
        with alone(left):
            sqlite_salvage.begin_anew(left, Damage("as if"))
        assert reader.id == writer.id
        for n in range(1, 4):
            assert append(writer, b'{"new":%d}' % n) == RECORDS + 1 + n
        assert [each.lines[0] for each in reader.read(RECORDS) if isinstance(each, Record)] == [
            b'{"new":%d}' % n for n in range(4)
        ]
    with opening(left) as again:
        assert again.last() == RECORDS + 4
        assert len(everything(again)) == RECORDS + 4


def test_good_records_outlive_a_damaged_page(left: Path, caplog: pytest.LogCaptureFixture) -> None:
    with opening(left) as log:
        log._writer.follow()
        log._writer.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    content = bytearray(left.read_bytes())
    content[20 * 4096 : 20 * 4096 + 100] = bytes(100)
    left.write_bytes(content)
    with opening(left) as log:
        found = everything(log)
    assert RECORDS - 100 < sum(isinstance(each, Record) for each in found) < RECORDS
    assert [each.offset for each in found] == list(range(1, len(found) + 1))
    (aside,) = left.parent.glob("log.db.damaged-*[0-9]")
    assert aside.read_bytes() == bytes(content)
    assert aside.name in caplog.text


def test_a_swap_that_was_cut_short_is_finished_by_the_next(left: Path) -> None:
    draft = sqlite_salvage.new_draft(left)
    sqlite_salvage.salvage(left, draft)
    draft.rename(left.with_name("log.db.next"))
    left.rename(left.with_name("log.db.damaged-1"))
    with opening(left) as log:
        assert len(everything(log)) == RECORDS
        assert not left.with_name("log.db.next").exists()
        assert append(log, b"{}") == RECORDS + 1


def test_a_file_of_something_else_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    path.write_bytes(b"not a database at all" * 1000)
    with opening(path) as log:
        assert append(log, b"{}") == 1
    (aside,) = tmp_path.glob("log.db.damaged-*[0-9]")
    assert aside.read_bytes().startswith(b"not a database")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LogUnavailable, match="file"):
        SqliteLog(tmp_path / "file" / "log.db")


FILLS_THE_DISK = """
import os, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from netflix_pipeline.errors import StorageFull
from netflix_pipeline.eventlog.sqlite import SqliteLog

def append(size):
    return log.append(datetime.now(UTC), [os.urandom(size).hex().encode()]).result(60)

log = SqliteLog(Path(sys.argv[1]))
told = 0
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
refused = 0
while refused < 5:
    try:
        told = append(400_000 if refused else 2_000)
    except StorageFull as error:
        assert "Free space" in str(error)
        refused += 1
assert log.last() == told, (log.last(), told)
assert len(log.read(0)) == told
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert append(400_000) == told + 1
log.close()
print(told)
"""


def test_a_full_disk_is_told_and_it_goes_on_when_there_is_space(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FILLS_THE_DISK, str(tmp_path / "log.db")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with opening(tmp_path / "log.db") as log:
        assert log.last() == int(done.stdout) + 1 > 5
        assert len(everything(log)) == log.last()
    assert not list(tmp_path.glob("*damaged*"))


def numbers(log: EventLog) -> list[bytes]:
    return [
        each.lines[0].split(b"-")[-1].rstrip(b'"}')
        for each in everything(log)
        if isinstance(each, Record)
    ]


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in SYSCALLS,
    reason="only Linux's seccomp makes fsync fail, and only for these machines it is known how",
)
def test_nothing_is_accepted_that_could_not_be_forced_to_disk(home: Settings) -> None:
    done = subprocess.run(
        [sys.executable, APPENDING, "a", "20", "12"],
        env=home.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    told = done.stdout.splitlines()
    assert told[:12] == [str(n) for n in range(12)], done.stderr
    assert told[12:] == ["error LogUnavailable"] * 8
    log = open_log(home)
    assert numbers(log)[:12] == [b"%d" % n for n in range(12)]
    # What was refused may be there once at most: it was never claimed, nor is it claimed not to be.
    assert len(set(numbers(log))) == len(numbers(log))
    assert log.append(NOON, [b"{}"]).result(30) == log.last()
    log.close()
    assert not list((home.root / "events").glob("*damaged*"))


def test_what_was_accepted_outlives_kill_9(home: Settings) -> None:
    draw = random.Random(9)
    accepted: list[bytes] = []
    for name in "abcdef":
        process = subprocess.Popen(
            [sys.executable, APPENDING, name, "100000"],
            env=home.environment(),
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(draw.randrange(1, 200))]
        time.sleep(draw.random() / 50)
        process.send_signal(signal.SIGKILL)
        told += process.stdout.readlines()
        process.stdout.close()
        process.wait()
        accepted += [b'{"n": "%s-%d"}' % (name.encode(), int(n)) for n in told if n.endswith(b"\n")]
        log = open_log(home)
        found = [each.lines[0] for each in everything(log) if isinstance(each, Record)]
        assert len(found) == log.last()
        log.close()
        assert [each for each in found if each in set(accepted)] == accepted
        # Only what was on its way at the moment of death may be there besides.
        assert len(found) <= len(accepted) + len("abcdef")
    assert not list((home.root / "events").glob("*damaged*"))


def test_a_stopped_process_that_holds_the_lock_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "PATIENT", 0.3)
    monkeypatch.setattr(sqlite_file, "AGAIN_PATIENT", 0.1)
    log = SqliteLog(tmp_path / "log.db")
    assert log.append(NOON, [line(1)]).result(60) == 1
    with stopped_holder(tmp_path / "log.db.lock") as pid:
        for _ in range(2):
            with pytest.raises(LogUnavailable, match=f"process {pid} .*Nothing of this"):
                log.append(NOON, [line(2)]).result(60)
        assert f"process {pid}" in (log.problem or "")
        assert [each.offset for each in log.read(0)] == [1]  # who reads waits for nobody
        with pytest.raises(LogUnavailable, match=f"process {pid} "):
            SqliteLog(tmp_path / "log.db")
        with pytest.raises(LogUnavailable, match=f"process {pid} "):
            log.trim(log.id, 1)
    assert log.append(NOON, [line(3)]).result(60) == 2
    assert log.problem is None
    log.close()
