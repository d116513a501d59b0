import logging
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from redis import Redis

from netflix_pipeline.background import health
from netflix_pipeline.errors import BadInput, StorageFull
from netflix_pipeline.eventlog import LogUnavailable, Record
from netflix_pipeline.eventlog import redis_durability as module
from netflix_pipeline.eventlog.redis import ABOUT, STREAM, RedisLog
from netflix_pipeline_tests.support.redis_server import RedisServer, redis_server
from netflix_pipeline_tests.support.waiting import until

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def append_until_it_works(log: RedisLog, line: bytes) -> int:
    for _ in range(300):
        try:
            return log.append(NOON, [line]).result(30)
        except (LogUnavailable, StorageFull):
            time.sleep(0.1)
    pytest.fail("it does not go on")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("appendonly", "no"),
        ("appendfsync", "everysec"),
        ("appendfsync", "no"),
        ("no-appendfsync-on-rewrite", "yes"),
        ("maxmemory-policy", "allkeys-lru"),
        ("maxmemory-policy", "volatile-ttl"),
    ],
)
def test_a_redis_that_may_lose_what_it_accepted_is_refused(
    redis: RedisServer, name: str, value: str
) -> None:
    with Redis.from_url(redis.url) as client:
        client.config_set(name, value)
        with pytest.raises(BadInput, match=f"{name} {value}: ") as refused:
            RedisLog(redis.url)
        told = str(refused.value)
        assert "CONFIG SET appendonly yes" in told
        assert "\n  appendfsync always" in told
        assert "could be lost" in told
        for line in told.splitlines():
            if line.startswith("  CONFIG SET"):
                client.execute_command(*line.split())
    RedisLog(redis.url).close()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("appendonly", "no"),
        ("appendfsync", "everysec"),
        ("no-appendfsync-on-rewrite", "yes"),
        ("maxmemory-policy", "allkeys-lru"),
    ],
)
def test_settings_that_change_while_it_runs_are_noticed_also_while_nothing_is_written(
    redis: RedisServer, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY", 0.02)
    monkeypatch.setattr("netflix_pipeline.background.LONGEST", 0.05)
    log = RedisLog(redis.url)
    assert log.append(NOON, [b"{}"]).result(30) == 1
    with Redis.from_url(redis.url) as client:
        needed = client.config_get(name)[name]
        client.config_set(name, value)
        until(lambda: log.problem is not None)
        assert f"{name} {value}: " in (log.problem or "")
        (task,) = [task for task in health() if task.name == "event-log-settings"]
        assert task.vital
        with pytest.raises(LogUnavailable, match=f"{name} {value}: "):
            log.append(NOON, [b"{}"]).result(30)
        client.config_set(name, needed)
    until(lambda: not any(task.problem for task in health()))
    assert append_until_it_works(log, b"{}") == 2
    assert log.problem is None
    log.close()


def test_a_cache_and_the_log_in_one_redis_that_evicts_are_to_be_parted(
    redis: RedisServer,
) -> None:
    with Redis.from_url(redis.url) as client:
        client.config_set("maxmemory-policy", "allkeys-lfu")
    with pytest.raises(BadInput, match="NETFLIX_CACHE and NETFLIX_EVENT_LOG a Redis each"):
        RedisLog(redis.url)


def test_a_redis_that_becomes_a_replica_takes_nothing_until_it_is_none(
    redis: RedisServer, tmp_path: Path
) -> None:
    log = RedisLog(redis.url)
    name = log.id
    assert log.append(NOON, [b"{}"]).result(30) == 1
    with redis_server(tmp_path / "other") as other, Redis.from_url(redis.url) as client:
        client.replicaof("127.0.0.1", other.port)
        with pytest.raises(LogUnavailable, match=r"(?i)read only|loading|master"):
            log.append(NOON, [b"{}"]).result(30)
        client.replicaof("NO", "ONE")
        append_until_it_works(log, b'{"n":2}')
    lines = [record.lines for record in log.read(0) if isinstance(record, Record)]
    # What it was before is what the other told it: nothing of ours, under another name.
    assert lines[-1] == (b'{"n":2}',)
    assert (log.id == name) == (len(lines) == 2)
    log.close()


def test_a_redis_that_cannot_save_takes_nothing_until_it_can(redis: RedisServer) -> None:
    log = RedisLog(redis.url)
    assert log.append(NOON, [b"{}"]).result(30) == 1
    in_the_way = redis.folder / "dump.rdb"
    in_the_way.mkdir()
    with Redis.from_url(redis.url) as client:
        client.config_set("save", "3600 1000000")
        client.bgsave()
        until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err")
        with pytest.raises(LogUnavailable, match="MISCONF"):
            log.append(NOON, [b"{}"]).result(30)
        in_the_way.rmdir()
        client.bgsave()
        until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "ok")
    assert append_until_it_works(log, b"{}") == 2
    log.close()


def test_a_reload_changes_nothing(tmp_path: Path) -> None:
    with redis_server(tmp_path, "--enable-debug-command", "local") as redis:
        log = RedisLog(redis.url)
        name = log.id
        assert log.append(NOON, [b"{}"]).result(30) == 1
        with Redis.from_url(redis.url) as client:
            client.execute_command("DEBUG", "RELOAD")
        assert append_until_it_works(log, b"{}") == 2
        assert log.id == name
        log.close()


def test_a_redis_that_ceases_to_tell_its_settings_takes_nothing(redis: RedisServer) -> None:
    with Redis.from_url(redis.url) as client:
        client.execute_command("ACL", "SETUSER", "clerk", "on", ">secret", "~*", "+@all")
        log = RedisLog(f"redis://clerk:secret@127.0.0.1:{redis.port}/0")
        assert log.append(NOON, [b"{}"]).result(30) == 1
        client.execute_command("ACL", "SETUSER", "clerk", "-config")
        time.sleep(module.LOOKED_AT_FOR)
        with pytest.raises(LogUnavailable, match="maxmemory-policy cannot be checked"):
            log.append(NOON, [b"{}"]).result(30)
        client.execute_command("ACL", "SETUSER", "clerk", "+config|get")
        assert append_until_it_works(log, b"{}") == 2
        log.close()


def test_a_redis_that_does_not_tell_its_settings_is_refused(redis: RedisServer) -> None:
    with Redis.from_url(redis.url) as client:
        client.execute_command("ACL", "SETUSER", "clerk", "on", ">secret", "~*", "+@all", "-config")
        url = f"redis://clerk:secret@127.0.0.1:{redis.port}/0"
        with pytest.raises(BadInput, match="CONFIG GET is forbidden"):
            RedisLog(url)
        client.execute_command("ACL", "SETUSER", "clerk", "+config|get")
    RedisLog(url).close()


def test_settings_that_change_with_a_restart_are_noticed_before_the_next_write(
    redis: RedisServer,
) -> None:
    log = RedisLog(redis.url)
    log.append(NOON, [b"{}"]).result(30)
    redis.kill()
    redis.start("--appendfsync", "everysec")
    for _ in range(3):
        with pytest.raises(LogUnavailable, match="appendfsync everysec"):
            log.append(NOON, [b"{}"]).result(30)
    with Redis.from_url(redis.url) as client:
        client.config_set("appendfsync", "always")
    assert log.append(NOON, [b"{}"]).result(30) == log.last()
    log.close()


@pytest.mark.parametrize("ending", ["kill", "stop"])
def test_a_restart_loses_nothing_that_was_accepted(redis: RedisServer, ending: str) -> None:
    log = RedisLog(redis.url)
    name = log.id
    futures = [log.append(NOON, [b'{"n":%d}' % n]) for n in range(2000)]
    assert futures[100].result(30) == 101
    getattr(redis, ending)()
    told = {}
    for n, future in enumerate(futures):
        if (error := future.exception(60)) is None:
            told[future.result()] = b'{"n":%d}' % n
        else:
            assert isinstance(error, LogUnavailable)
    with pytest.raises(LogUnavailable):
        log.read(0)
    redis.start()
    offset = append_until_it_works(log, b'{"after":1}')
    found = {record.offset: record.lines for record in log.read(0) if isinstance(record, Record)}
    assert {offset: lines for offset, lines in found.items() if offset in told} == {
        offset: (line,) for offset, line in told.items()
    }
    assert list(found) == list(range(1, offset + 1))
    assert log.id == name
    log.close()


def test_it_does_not_write_twice_what_it_sent_once(redis: RedisServer) -> None:
    log = RedisLog(redis.url)
    with Redis.from_url(redis.url) as client:
        client.script_flush()
        client.execute_command("CLIENT", "KILL", "TYPE", "normal")
    for n in range(5):
        append_until_it_works(log, b'{"n":%d}' % n)
    assert [record.lines for record in log.read(0) if isinstance(record, Record)] == [
        (b'{"n":%d}' % n,) for n in range(5)
    ]
    log.close()


def test_an_emptied_redis_is_another_log(redis: RedisServer) -> None:
    log, other = RedisLog(redis.url), RedisLog(redis.url)
    before = log.id
    for n in range(5):
        assert log.append(NOON, [b"{}"]).result(30) == n + 1
    with Redis.from_url(redis.url) as client:
        client.flushall()
    assert (log.last(), log.first(), list(log.read(0))) == (0, 1, [])
    assert other.append(NOON, [b"{}"]).result(30) == 1
    assert log.append(NOON, [b"{}"]).result(30) == 2
    assert log.id == other.id != before
    log.close()
    other.close()


@pytest.mark.parametrize("lost", ["stream", "about", "newest"])
def test_no_number_is_given_twice_under_one_id(redis: RedisServer, lost: str) -> None:
    log = RedisLog(redis.url)
    before = log.id
    for _ in range(5):
        log.append(NOON, [b"{}"]).result(30)
    with Redis.from_url(redis.url) as client:
        if lost == "stream":
            client.delete(STREAM)
        elif lost == "about":
            client.delete(ABOUT)
        else:  # what an older copy that was put back looks like
            client.delete(STREAM)
            client.xadd(STREAM, {"payload": ""}, id="3-0")
            client.hset(ABOUT, "last", "3")
    offset = log.append(NOON, [b'{"new":1}']).result(30)
    assert log.id != before
    assert log.last() == offset == {"stream": 1, "about": 6, "newest": 4}[lost]
    log.close()


def test_a_full_memory_is_told_and_it_goes_on_when_there_is_room(redis: RedisServer) -> None:
    log = RedisLog(redis.url)
    log.append(NOON, [b"{}"]).result(30)
    with Redis.from_url(redis.url) as client:
        client.config_set("maxmemory", "1")
        with pytest.raises(StorageFull, match=r"(?i)memory"):
            log.append(NOON, [b"{}"]).result(30)
        assert len(log.read(0)) == 1
        client.config_set("maxmemory", "0")
    assert append_until_it_works(log, b"{}") == 2
    log.close()


def test_no_password_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    password = "s3cr/t@x y"
    coded = quote(password, safe="")
    caplog.set_level(logging.DEBUG)
    told = []
    with redis_server(tmp_path, "--requirepass", password) as server:
        url = f"redis://:{coded}@127.0.0.1:{server.port}/0"
        log = RedisLog(url)
        assert log.append(NOON, [b"{}"]).result(30) == 1
        for wrong in (
            f"redis://:{coded}x@127.0.0.1:{server.port}/0",
            f"redis://:{password}@127.0.0.1:{server.port}/0",
            f"redis://:{coded}@127.0.0.1:no/0",
            f"redis://:{coded}@127.0.0.1:{server.port}/0?unheard_of={coded}",
        ):
            with pytest.raises(BadInput) as refused:
                RedisLog(wrong)
            told.append(refused.value)
    with pytest.raises(LogUnavailable) as gone:
        log.append(NOON, [b"{}"]).result(30)
    with pytest.raises(LogUnavailable) as missing:
        RedisLog(url)
    log.close()
    for error in (*told, gone.value, missing.value):
        for link in (error, error.__cause__):
            assert "s3cr" not in repr(link)
    assert "s3cr" not in caplog.text
