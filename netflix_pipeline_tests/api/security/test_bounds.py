"""What a stranger may send: every part of a request has a bound, and refusals are problems."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator

import pytest
import zstandard
from fastapi import FastAPI

from api.app import create_app
from api.delivery.response_cache import ALIASES, Alias, AnswerCache, Preferences
from api.security import request_bodies
from api.security.request_bodies import MEMBERS
from netflix_pipeline.bounds import BoundedCache, NoStreamLeft, ShareOfStreamsTaken, Stream, Streams
from netflix_pipeline.bounds.requests import (
    ADDRESS_BYTES,
    HEADER_BYTES,
    HEADERS_BYTES,
    PARAMETERS,
)
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import assert_problem
from netflix_pipeline_tests.support.api_keys import Client

PATHS = ("/health", "/titles", "/v1/titles", "/docs", "/events", "/nowhere", "/users/ann")


@pytest.fixture(scope="module", params=["with keys", "without"])
def stranger(request: pytest.FixtureRequest, required: Settings, secured: FastAPI) -> Client:
    """Sends requests without a key, to an application that asks for one or does not."""
    if request.param == "with keys":
        return Client(secured)
    return Client(create_app(required.model_copy(update={"auth": "auto"})))


@pytest.mark.parametrize("path", PATHS)
def test_addresses_and_headers_are_bounded(stranger: Client, path: str) -> None:
    many = "&".join(f"p{at}" for at in range(PARAMETERS + 1))
    told = assert_problem(stranger(f"{path}?{many}"), 422, "invalid-request")
    assert f"{PARAMETERS} parameters" in told["detail"]
    assert_problem(stranger(f"{path}?{'&' * PARAMETERS}"), 422, "invalid-request")
    for long in (f"{path}?a={'x' * ADDRESS_BYTES}", f"{path}/{'x' * ADDRESS_BYTES}"):
        assert_problem(stranger(long), 414, "address-too-long")
    one = {"X-Long": "x" * HEADER_BYTES}
    assert_problem(stranger(path, headers=one), 431, "headers-too-large")
    several = {f"X-{at}": "x" * (HEADERS_BYTES // 8) for at in range(9)}
    assert_problem(stranger(path, headers=several), 431, "headers-too-large")


def test_what_is_within_bounds_is_told_as_ever(stranger: Client) -> None:
    many = "&".join(f"p{at}" for at in range(PARAMETERS))
    told = assert_problem(stranger(f"/health?{many}"), 422, "invalid-request")
    assert len(told["errors"]) == PARAMETERS
    assert "p7: is not taken here" in told["detail"]
    twice = assert_problem(stranger("/health?a&a"), 422, "invalid-request")
    assert [error["field"] for error in twice["errors"]] == ["query.a"]


def test_long_hosts_are_refused_and_told_in_few_words(stranger: Client) -> None:
    for host in ("a" * 5000, "a" * 300 + ".localhost", "localhost" + ":1" * 2000):
        refused = stranger("/health", headers={"Host": host})
        assert_problem(refused, 421, "foreign-host")
        assert len(refused.content) < 2000


def test_what_is_remembered_has_a_size_and_none_is_large() -> None:
    kept: BoundedCache[str, str] = BoundedCache(1000, 100, lambda key, value: len(key + value))
    kept.put("long", "x" * 97)
    assert kept.get("long") is None
    assert (kept.items(), kept.size) == ([], 0)
    for at in range(500):
        kept.put(f"{at:05}", "x" * 45)
        assert kept.size == 50 * len(kept.items()) <= 1000
    assert kept.get("00479") is None
    assert kept.get("00480") == "x" * 45
    kept.put("00480", "x")
    assert (kept.get("00480"), kept.size) == ("x", 956)


@pytest.mark.parametrize("part", ["query", "accept", "accept_encoding"])
def test_requests_are_remembered_within_a_size_whatever_they_say(part: str) -> None:
    answers = AnswerCache()
    for length, most in ((7000, 0), (1000, ALIASES)):
        for at in range(10_000):
            told = f"{at:06}".encode() * (length // 6)
            scope = {"path": "/titles", "query_string": told if part == "query" else b""}
            asked = Preferences(
                told if part == "accept" else None,
                told if part == "accept_encoding" else None,
                None,
            )
            answers.remember(scope, asked, Alias("application/json /titles?", "br", "/titles"))
        assert answers._aliases.size <= most


def test_a_client_has_a_share_of_the_streams_and_none_lasts_for_ever() -> None:
    streams = Streams(most=3, each=2)
    with streams.listening("a"), streams.listening("a"):
        with pytest.raises(ShareOfStreamsTaken):
            streams.look("a")
        streams.look("b")
        with streams.listening("b"), pytest.raises(NoStreamLeft, match="no stream left"):
            streams.look("c")
        streams.look("b")
    streams.look("a")
    assert not streams._held


@pytest.mark.parametrize("reads", [True, False])
def test_a_stream_ends_also_one_that_nobody_reads(
    reads: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netflix_pipeline.bounds.streams.GRACE", 0.1)
    sent: list[dict[str, object]] = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b":\n\n"
            await asyncio.sleep(0.01)

    async def receive() -> dict[str, object]:
        await asyncio.sleep(60)
        raise AssertionError

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        sent.append(message)
        if not reads and len(sent) > 1:
            await asyncio.sleep(60)
            raise AssertionError

    async def listen() -> None:
        streams = Streams(1, 1, lasting=0.1)
        await Stream(endless(), streams, "a")({"type": "http", "state": {}}, receive, send)
        streams.look("a")

    asyncio.run(listen())
    assert bool(sent[-1].get("more_body", True)) is not reads


def members(encoding: str, count: int, each: bytes) -> bytes:
    one = (
        gzip.compress(each, mtime=0)
        if encoding == "gzip"
        else zstandard.ZstdCompressor().compress(each)
    )
    return one * count


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_bodies_of_many_parts_are_unpacked_and_their_number_is_bounded(encoding: str) -> None:
    unpack = request_bodies._unpacker(encoding)
    assert unpack is not None
    assert unpack(members(encoding, MEMBERS, b"{}\n")) == b"{}\n" * MEMBERS
    with pytest.raises(request_bodies.Unpackable, match="parts"):
        unpack(members(encoding, MEMBERS + 1, b""))
    # Long ones and short ones, cut anywhere.
    told = [b"x" * size for size in (0, 1, 255, 256, 257, 70_000, 0, 200_000, 3)]
    assert unpack(b"".join(members(encoding, 1, each) for each in told)) == b"".join(told)
    whole = members(encoding, 3, zlib.compress(b"abc" * 400))
    for end in (1, len(whole) // 3 + 4, len(whole) - 1):
        with pytest.raises(request_bodies.Unpackable):
            unpack(whole[:end])


@pytest.mark.parametrize("encoding", ["gzip, gzip", "deflate", "br", "gzip, zstd", "x" * 5000])
def test_other_and_nested_encodings_are_refused_in_few_words(encoding: str) -> None:
    with pytest.raises(request_bodies.UnknownEncoding) as refused:
        request_bodies._unpacker(encoding)
    assert len(str(refused.value)) < 200
