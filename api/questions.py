"""A question to the query layer, and its answer as bytes: the same from equal snapshots."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar
from urllib.parse import parse_qsl, urlencode

from fastapi import Request

from api.negotiation import chosen
from api.paths import address
from api.tables import CSV, Table, table_headers
from netflix_pipeline.errors import BadInput
from netflix_pipeline.serving import Answer, Page, Queries, SnapshotInfo

JSON = "application/json"
FORMATS = {"json": JSON, "csv": CSV}
T = TypeVar("T")


class NotAcceptable(BadInput):
    """None of the formats that the request asks for can be had."""


@dataclass(frozen=True)
class Body:
    """An answer in one format; `tag` names it among all answers of all snapshots."""

    content: bytes
    media_type: str
    tag: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Question(Generic[T]):
    """What is asked, in which format, and how it is answered; of the address the order is gone.

    `erasures` counts how often persons were marked as erased while this process knows.
    """

    path: str
    query: tuple[tuple[str, str], ...]
    media_type: str
    ask: Callable[[Queries], Answer[T]]
    table: Table[T] | None
    erasures: int = 0

    @cached_property
    def key(self) -> str:
        """The same for the same question; of persons, as long as nobody else is erased."""
        told = f"{self.media_type} {self.path}?{urlencode(self.query)}"
        return f"{told}#{self.erasures}" if self.is_personal and self.erasures else told

    @property
    def is_personal(self) -> bool:
        """Whether the answer is about single persons."""
        return self.path.startswith(("/users", "/households", "/plays", "/quality/quarantine"))

    def tag(self, snapshot: SnapshotInfo) -> str:
        """The name of its answer from a snapshot."""
        stamp = f"{snapshot.built_at.isoformat()}|{self.key}"
        return f"{snapshot.version}-{hashlib.blake2b(stamp.encode(), digest_size=12).hexdigest()}"

    def answered(self, queries: Queries) -> tuple[int, Body]:
        """The version that the answer comes from, and the answer."""
        return self.body(self.ask(queries))

    def body(self, told: Answer[T]) -> tuple[int, Body]:
        """The same of an answer that is there."""
        headers = {}
        if isinstance(told, Page) and told.next:
            query = [one for one in self.query if one[0] != "cursor"]
            following = address(self.path, [*query, ("cursor", told.next)])
            headers["Link"] = f'<{following}>; rel="next"'
        if self.table and self.media_type == CSV:
            headers |= table_headers(self.path, self.query, told)
            content = self.table.csv(told.data)
        else:
            content = told.model_dump_json(by_alias=True).encode()
        body = Body(content, self.media_type, self.tag(told.snapshot), headers)
        return told.snapshot.version, body


def question(
    request: Request,
    accept: str | None,
    ask: Callable[[Queries], Answer[T]],
    table: Table[T] | None,
) -> Question[T]:
    """The question of a request that was found good; NotAcceptable when no format suits it."""
    query = sorted(parse_qsl(request.url.query, keep_blank_values=True))
    offered = [JSON, CSV] if table else [JSON]
    asked = dict(query).get("format") if table else None
    media_type = FORMATS[asked] if asked else chosen(accept, offered)
    if media_type is None:
        raise NotAcceptable(
            f"{request.url.path} can be had as {' or '.join(offered)}: ask for that in Accept"
            f"{', or with ?format=' if table else ''}."
        )
    erasures: int = request.app.state.erased.changes
    return Question(request.scope["path"], tuple(query), media_type, ask, table, erasures)
