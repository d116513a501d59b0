"""Backups: put back, they are what the home was, without who was erased since."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from netflix_pipeline.backup import Target, make_backup, prune, verify
from netflix_pipeline.backup.listing import Backup, StoredFile
from netflix_pipeline.backup.target import MOMENT, digest_of
from netflix_pipeline.eventlog import existing_log
from netflix_pipeline.ingest import differences, drained, ingest_paths, ledger, manifests
from netflix_pipeline.lake import Lake
from netflix_pipeline.object_storage.lease import Claim, LeaseLost
from netflix_pipeline.restoring import _fetch, restore, would_restore
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Annotations, Keys, erased_persons, state_file
from netflix_pipeline.state import opened as opened_state
from netflix_pipeline_tests.support.command import Command, event, write
from netflix_pipeline_tests.support.crashing import (
    assert_same,
    contents,
    moment,
    run,
    served,
)
from netflix_pipeline_tests.support.cut_connection import cut_connection
from netflix_pipeline_tests.support.events import opened, watch
from netflix_pipeline_tests.support.homes import copied
from netflix_pipeline_tests.support.lived_home import ANN, CID, lived_home
from netflix_pipeline_tests.support.s3_server import S3Server
from netflix_pipeline_tests.support.scan import traces


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(lived_home(tmp_path / "home").root)


def home_of(command: Command) -> Settings:
    return Settings(home=command.home)


def objects(target: Path) -> dict[str, Path]:
    """Where each file of the newest backup lies, by its name in the home."""
    return {
        file.name: target / "objects" / file.digest[:2] / file.digest
        for file in Target(str(target)).backup().files
    }


def test_a_home_is_put_back_as_it_was(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "target"
    monkeypatch.setenv("NETFLIX_TIME_ZONE", "Europe/Berlin")
    monkeypatch.setenv("NETFLIX_KEY", "nfx_secret")
    made = command.ok("backup", target, "--json").json
    assert made["files"] >= made["sent"] > 30
    monkeypatch.delenv("NETFLIX_TIME_ZONE")
    # What did not change is there already, whatever is begun anew.
    assert command.ok("backup", target, "--json").json["sent"] == 0
    assert "all whole" in command.ok("backup", "verify", target, "--all").out
    assert len(command.ok("backup", "list", target, "--json").json["backups"]) == 2

    other = Command(tmp_path / "other")
    monkeypatch.setenv("NETFLIX_SNAPSHOTS", "s3://viewing/snapshots")
    would = other.ok("restore", target, "--dry-run", "--json").json
    monkeypatch.delenv("NETFLIX_SNAPSHOTS")
    assert would["files"] == made["files"]
    assert ["over what replicas serve" in each for each in would["changed"]] == [True]
    assert not other.home.exists()
    told = other.ok("restore", target, "--backup", made["backup"], "--json").json
    assert (told["files"], told["erased"], told["missing"]) == (made["files"], 0, 0)
    assert told["remarks"] == [
        "settings were others when it was made: NETFLIX_TIME_ZONE=Europe/Berlin"
    ]
    # What waited in the log is taken in on both sides.
    command.ok("materialize")
    assert_same(home_of(other), contents(home_of(command)))
    assert served(home_of(other)) == served(home_of(command))
    for words in (("annotate", "list", "--json"), ("keys", "list", "--json")):
        assert other.ok(*words).json == command.ok(*words).json
    for name in ("landing/waits.csv", "refused/unknown.csv", "state/sessions.key"):
        here, there = command.home / name, other.home / name
        assert here.exists() == there.exists()
        assert not here.exists() or here.read_bytes() == there.read_bytes()
    status = other.ok("status", "--json").json
    assert status["problems"] == []
    assert status["pending_days"] == status["pending_tables"] == []
    assert status["backup"]["name"] == made["backup"]
    assert other("doctor", "--json").json["bad"] == 0
    ran = other("restore", target)
    assert (ran.code, "is not empty" in ran.err) == (1, True)
    # It goes on with the same backups, under the number of its home.
    assert other.ok("backup", target, "--json").json["sent"] < made["sent"]


def test_who_was_erased_does_not_come_back(command: Command, tmp_path: Path) -> None:
    target, other = tmp_path / "target", Command(tmp_path / "other")
    first = command.ok("backup", target, "--keep-days", 30, "--json").json["backup"]
    # Away, it is told by the next one, and until then the home says so.
    target.rename(tmp_path / "away")
    target.write_text("no folder")
    ran = command("forget", CID)
    assert (ran.code, "do not know who was erased" in ran.err) == (1, True)
    (problem,) = command.ok("status", "--json").json["backup"]["problems"]
    assert "do not know who was erased" in problem
    target.unlink()
    (tmp_path / "away").rename(target)
    (held,) = command.ok("forget", ANN, "--json").json["backups"]
    assert command.ok("status", "--json").json["backup"]["problems"] == []
    assert (held["address"], held["backups"]) == (str(target), 1)
    assert datetime.fromisoformat(held["until"]) > datetime.now(UTC) + timedelta(days=29)

    assert other.ok("restore", target, "--json").json["erased"] == 1
    assert traces(other.home, [ANN, CID]) == []
    assert {ANN, CID} == erased_persons(home_of(other)).matching([ANN, CID, "bob"])
    assert_same(home_of(other), contents(home_of(command)))
    # So does a new database of state, when a home moves to where several machines share one.
    elsewhere = f"sqlite:///{tmp_path}/state.sqlite"
    moved = Settings(home=tmp_path / "moved", state_database=elsewhere)
    would, changed = would_restore(moved, str(target))
    assert (would.name, len(changed)) == (first, 1)
    assert not moved.root.exists()
    restore(moved, str(target))
    assert not state_file(moved).exists()
    with opened_state(moved) as engine:
        assert [each.text for each in Annotations(engine).all()] == ["a launch"]
        assert [each.name for each in Keys(engine).all()] == ["reporting"]
    assert {ANN, CID} == erased_persons(moved).matching([ANN, CID, "bob"])

    ran = command("backup", "prune", target, "--erased")
    assert (ran.code, "no backup was made since" in ran.err) == (1, True)
    second = command.ok("backup", target, "--json").json["backup"]
    would = command.ok("backup", "prune", target, "--erased", "--dry-run", "--json").json
    assert (would["gone"], would["kept"]) == ([first], [second])
    assert Target(str(target)).names() == [first, second]
    assert traces(target, [ANN])
    went = command.ok("backup", "prune", target, "--erased", "--json").json
    assert went == would | {"dry_run": False}
    assert traces(target, [ANN, CID]) == []
    command.ok("backup", "verify", target)

    # Nobody knows who was erased where that is lost: then nothing is put back.
    (target / "erased.json").unlink()
    lost = Command(tmp_path / "lost")
    ran = lost("restore", target)
    assert (ran.code, "erased.json is gone" in ran.err) == (1, True)
    assert not (lost.home / "lake").exists()


def test_what_is_damaged_is_told_and_sent_again(command: Command, tmp_path: Path) -> None:
    target, other = tmp_path / "target", Command(tmp_path / "other")
    first = command.ok("backup", target, "--json").json["backup"]
    name, victim = next(
        (name, path) for name, path in objects(target).items() if "bronze/watch_events" in name
    )
    victim.write_bytes(victim.read_bytes()[::-1])
    ran = command("backup", "verify", target)
    assert ran.code == 1
    assert f"{name} is damaged there (its bytes are others)" in ran.err
    assert command.ok("status", "--json").json["backup"]["problems"]
    assert {"backup"} == {
        each["check"]
        for each in command("doctor", "--json").json["findings"]
        if each["state"] == "bad"
    }
    ran = other("restore", target)
    assert (ran.code, "is damaged there" in ran.err) == (1, True)
    assert [path.name for path in other.home.iterdir()] == [".restoring"]

    assert command.ok("backup", target, "--json").json["sent"] == 1
    command.ok("backup", "verify", target, "--all")
    assert command.ok("status", "--json").json["backup"]["problems"] == []
    ran = other("restore", target)
    assert (ran.code, f"--backup {first}" in ran.err) == (1, True)


def test_a_backup_is_of_one_moment_while_all_goes_on(command: Command, tmp_path: Path) -> None:
    home, target = home_of(command), str(tmp_path / "target")
    enough, rounds = threading.Event(), 0

    def live() -> None:
        nonlocal rounds
        with opened(home) as events:
            while not enough.is_set():
                rounds += 1
                events.send(watch(f"live-{rounds}"), at=datetime.now(UTC))
                events.drain(datetime.now(UTC))
                ingest_paths(
                    home, [write(tmp_path / f"{rounds}.csv", [event(f"live-file-{rounds}")])]
                )

    thread = threading.Thread(target=live)
    thread.start()
    try:
        backups = [make_backup(home, target).backup for _ in range(3)]
    finally:
        enough.set()
        thread.join()
    batches = []
    for backup in backups:
        there = Settings(home=tmp_path / backup.name)
        _fetch(Target(target), backup, there, lambda *_: None)
        lake = Lake.of(there)
        assert differences(ledger(lake, manifests(lake))).is_empty()
        batches.append(len(lake.committed_batches()))
        with existing_log(there) as log:
            assert log is not None
            assert log.first() - 1 <= drained(lake, log.id) <= log.last()
    assert batches == sorted(batches)
    assert batches[0] < batches[-1], f"nothing came in meanwhile, in {rounds} rounds"


def test_killed_at_any_moment_the_same_command_goes_on(command: Command, tmp_path: Path) -> None:
    target, other = tmp_path / "target", Settings(home=tmp_path / "other")
    # As a backup leaves it that is killed.
    hold(target, 0.5)
    (command.home / "backup.tmp").mkdir()
    command.ok("backup", target)
    assert not (command.home / "backup.tmp").exists()
    at, delay = moment("restore", 400)
    assert run(other, tmp_path / "count", at, delay, "restore", target) == -9
    assert not (other.root / "lake").exists()
    Command(other.root).ok("restore", target)
    command.ok("materialize")
    assert_same(other, contents(home_of(command)))
    assert not (other.root / ".restoring").exists()


def test_a_bucket_takes_backups_as_a_folder_does(
    command: Command, tmp_path: Path, s3: S3Server
) -> None:
    target, home = s3.address(), home_of(command)
    first = make_backup(home, target)
    assert first.sent > 30
    with opened(home) as events:
        events.send(watch("one-more"), at=datetime.now(UTC))
    second = make_backup(home, target)
    assert second.sent == 1
    assert verify(home, target, every=True).problems == ()
    pruned = prune(target, keep=1)
    assert (pruned.gone, pruned.files) == ((first.backup.name,), 1)
    restored = Settings(home=tmp_path / "there")
    _fetch(Target(target), second.backup, restored, lambda *_: None)
    lake, there = Lake.of(home), Lake.of(restored)
    assert there.committed_batches() == lake.committed_batches()
    assert ledger(there, manifests(there)).equals(ledger(lake, manifests(lake)))


def hold(target: Path, seconds: float) -> None:
    """Leave a target as another machine does that makes a backup there."""
    (target / "locks").mkdir(parents=True, exist_ok=True)
    claim = Claim("m", "process 1 of elsewhere", 1, time.time() + seconds)
    (target / "locks/backup").write_bytes(claim.encode())


def test_a_target_is_of_one_home_and_of_one_process_at_a_time(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "target"
    command.ok("backup", target)
    stranger = Command(copied(command.home, tmp_path / "stranger"))
    (stranger.home / "backups.json").unlink()
    ran = stranger("backup", target)
    assert (ran.code, "backups of another home" in ran.err) == (1, True)
    assert stranger.ok("status", "--json").json["backup"] is None
    ran = command("backup", command.home / "inner")
    assert (ran.code, "lies in the home itself" in ran.err) == (1, True)
    monkeypatch.setattr("netflix_pipeline.backup.target.WAIT", 0)
    hold(target, 300)
    ran = command("backup", target)
    assert (ran.code, "process 1 of elsewhere" in ran.err) == (1, True)
    (problem,) = command.ok("status", "--json").json["backup"]["problems"]
    assert "process 1 of elsewhere" in problem
    hold(target, -5)
    command.ok("backup", target)
    assert command.ok("status", "--json").json["backup"]["problems"] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("backup", "NETFLIX_BACKUP"),
        ("backup lsit", "there is no folder 'lsit' here"),
        ("backup /backups --without bronze", "there are tables, history, files"),
        ("backup verify /backups --all --backup x", "leave out --backup"),
    ],
)
def test_wrong_use_is_told(tmp_path: Path, arguments: str, told: str) -> None:
    ran = Command(tmp_path / "home")(*arguments.split())
    assert (ran.code, told in ran.err) == (2, True)
    assert not (tmp_path / "home").exists()


def test_nothing_can_be_backed_up_or_put_back(tmp_path: Path) -> None:
    kept = tmp_path / "home" / "lake" / ".cache"
    kept.mkdir(parents=True)
    (tmp_path / "home" / "state").mkdir()
    ran = Command(tmp_path / "home")("backup", tmp_path / "target")
    assert (ran.code, "set NETFLIX_LAKE" in ran.err) == (1, True)
    (tmp_path / "home" / "state").rmdir()
    ran = Command(tmp_path / "home")("backup", tmp_path / "target")
    assert (ran.code, "holds nothing to back up" in ran.err) == (1, True)
    ran = Command(tmp_path / "home")("restore", tmp_path / "target")
    assert (ran.code, "no backup is there" in ran.err) == (1, True)


def kept(target: Target, folder: Path, days: int = 10) -> Iterator[tuple[str, str]]:
    """Backups of so many days, each with a file of its own and one of all; their names."""
    for day in range(1, days + 1):
        files = []
        for text in ("of all", f"of day {day}"):
            path = folder / "file"
            path.write_text(text)
            with path.open("rb") as opened_file:
                digest = digest_of(opened_file)
            target.send(digest, path)
            files.append(StoredFile(text, digest, len(text), (0, 0, 0)))
        begun = datetime(2026, 3, day, 4, tzinfo=UTC)
        name = begun.strftime(MOMENT)
        target.add(Backup(1, name, "h", begun, begun, "", {}, (), (), tuple(files)))
        yield name, files[1].digest


def test_retention_keeps_what_either_rule_keeps_and_the_newest(tmp_path: Path) -> None:
    address = str(tmp_path)
    names, own = map(list, zip(*kept(Target(address), tmp_path), strict=True))
    now = datetime(2026, 3, 10, 12, tzinfo=UTC)
    for keep_days, keep, stay in (
        (None, None, names),
        (3, None, names[-3:]),
        (3, 2, names[-3:]),
        (3, 5, names[-5:]),
    ):
        told = prune(address, keep_days=keep_days, keep=keep, dry_run=True, now=now)
        assert list(told.kept) == stay
        assert told.files == len(names) - len(stay)
    late = now + timedelta(days=99)
    assert prune(address, keep_days=1, now=late).kept == tuple(names[-1:])
    target = Target(address)
    assert target.names() == names[-1:]
    assert target.objects().keys() & set(own) == {own[-1]}
    assert len(target.objects()) == 2


def test_a_name_that_leads_out_of_the_home_is_refused(tmp_path: Path) -> None:
    target = Target(str(tmp_path / "target"))
    assert list(kept(target, tmp_path, days=1))
    backup = target.backup()
    outside = StoredFile("../outside", backup.files[0].digest, 6, (0, 0, 0))
    begun = backup.begun + timedelta(days=1)
    target.add(Backup(1, begun.strftime(MOMENT), "h", begun, begun, "", {}, (), (), (outside,)))
    ran = Command(tmp_path / "home")("restore", tmp_path / "target")
    assert (ran.code, "no path below a home" in ran.err) == (1, True)
    assert not (tmp_path / "outside").exists()


def test_who_lost_the_lease_while_the_store_was_away_takes_no_file_away(
    tmp_path: Path, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = Target(s3.address())
    (_, second), (_, _) = zip(*kept(there, tmp_path, days=2), strict=True)
    remove = Target.remove

    def taken_over() -> None:
        claim = Claim("m", "process 1 of elsewhere", 99, time.time() + 60)
        there.store.put("locks/backup", claim.encode())
        way.cut_off(cut=False)

    def away(target: Target, *told: Any, **named: Any) -> None:
        way.cut_off()
        threading.Timer(0.2, taken_over).start()
        remove(target, *told, **named)

    with cut_connection(s3.port) as way:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{way.port}")
        monkeypatch.setattr(Target, "remove", away)
        with pytest.raises(LeaseLost):
            prune(there.address, keep=1)
    assert there.names() == [second]
    assert there.objects().keys() > {file.digest for file in there.backup(second).files}
