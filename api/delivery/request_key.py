"""A question as it is asked over HTTP, and its answer as bytes: the same from equal snapshots.

JSON; where the answer is a table, also CSV with what its frame would say as headers, or an Excel
workbook with that as a sheet of its own.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Generic, Literal, TypeVar, cast
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Query, Request

from api.delivery.excel_table import workbook
from api.delivery.negotiation import chosen
from api.delivery.representation import as_csv, as_json
from api.path_segments import address
from api.versions import as_asked, is_old, without_version
from netflix_pipeline.errors import BadInput
from netflix_pipeline.excel import MEDIA_TYPE as XLSX
from netflix_pipeline.serving import PRESETS, Answer, Page, Question, SnapshotInfo, Source
from netflix_pipeline.serving.query.periods import WeekStart
from netflix_pipeline.serving.question import Moving, table_of
from netflix_pipeline.time_zones import UTC

JSON, CSV = "application/json", "text/csv"
MEDIA_TYPES = {"json": JSON, "csv": CSV, "xlsx": XLSX}
"""Of each format; the first is the usual one, the others are of tables."""
ENDINGS = {media_type: name for name, media_type in MEDIA_TYPES.items()}


def _format(
    format: Annotated[  # noqa: A002 - the name of the parameter
        Literal["json", "csv", "xlsx"] | None,
        Query(description="which format is answered; without it, `Accept` tells"),
    ] = None,
) -> None:
    """`answer` reads it; here it is described and checked."""


FORMATS = Depends(_format)
"""The dependency of every resource that answers a table."""

NO_FILTERS = ("format", "from", "to", "period", "limit", "cursor")
UNUSUAL = re.compile(r"[^A-Za-z0-9._-]+")


def table_headers(
    path: str, query: Iterable[tuple[str, str]], answer: Answer[Any], ending: str
) -> dict[str, str]:
    """What its frame would say, as headers of a file: name, snapshot, as-of, period, filters."""
    period = answer.period and f"{answer.period.from_}_{answer.period.to}"
    parts = (without_version(path).strip("/"), period, f"snapshot-{answer.snapshot.version}")
    name = "_".join(UNUSUAL.sub("-", part)[:100] for part in parts if part)
    filters = urlencode([one for one in query if one[0] not in NO_FILTERS])
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{ending}"',
        "Snapshot-Version": str(answer.snapshot.version),
    }
    if answer.snapshot.as_of:
        headers["Data-As-Of"] = answer.snapshot.as_of.isoformat().replace("+00:00", "Z")
    if answer.period:
        headers["Data-Period"] = f"{answer.period.from_}/{answer.period.to}"
    if answer.zone != UTC:
        headers["Data-Time-Zone"] = answer.zone
    if filters:
        headers["Data-Filters"] = filters
    if answer.warnings:
        headers["Data-Warning"] = " ".join(answer.warnings)
    if answer.provisional_from:
        headers["Data-Provisional-From"] = str(answer.provisional_from)
    return headers


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
class QuestionRequest(Generic[T]):
    """What is asked, in which format, and under which address; of that the order is gone.

    `erasures` tells one state of who is marked as erased from another, "" where nobody is. `moving`
    is the question where its period moves on with the data. `old` says that it came to an old
    address. `usual` is what else it depends on: zone and weeks of the home, where they are not
    ISO's.
    """

    path: str
    query: tuple[tuple[str, str], ...]
    media_type: str
    question: Question[T]
    erasures: str = ""
    moving: Moving[T] | None = None
    old: bool = False
    usual: str = ""

    @cached_property
    def key(self) -> str:
        """The same for the same question; of persons, as long as nobody else is erased."""
        told = f"{self.media_type} {self.path}?{urlencode(self.query)}{self.usual}"
        return f"{told}#{self.erasures}" if self.question.personal and self.erasures else told

    @property
    def is_warmed(self) -> bool:
        """Whether every consumer begins with it: it is answered from each new snapshot."""
        return self.question.warmed and self.media_type == JSON and not self.query

    def tag(self, snapshot: SnapshotInfo) -> str:
        """The name of its answer from a snapshot."""
        stamp = f"{snapshot.built_at.isoformat()}|{self.key}"
        return f"{snapshot.version}-{hashlib.blake2b(stamp.encode(), digest_size=12).hexdigest()}"

    def answered(self, source: Source) -> tuple[int, Body]:
        """The version that the answer comes from, and the answer."""
        return self.body(source.ask(self.moving or self.question))

    def body(self, answer: Answer[T]) -> tuple[int, Body]:
        """The same of an answer that is there."""
        headers: dict[str, str] = {}
        following = None
        if isinstance(answer, Page) and answer.next:
            query = [one for one in self.query if one[0] != "cursor"]
            following = address(self.path, [*query, ("cursor", answer.next)])
            headers["Link"] = f'<{following}>; rel="next"'
        if (table := self.question.row_table) and self.media_type != JSON:
            ending = ENDINGS[self.media_type]
            headers |= table_headers(self.path, self.query, answer, ending)
            if self.media_type == CSV:
                content = as_csv(table, answer.data, old=self.old)
            else:
                own = address(self.path, list(self.query))
                content = workbook(own, following, table, answer)
        else:
            content = as_json(answer, old=self.old)
        body = Body(content, self.media_type, self.tag(answer.snapshot), headers)
        return answer.snapshot.version, body


def question_request(
    request: Request, accept: str | None, question: Question[T], erasures: str, usual: WeekStart
) -> QuestionRequest[T]:
    """The question of a request that was found good; NotAcceptable when no format suits it.

    Weeks begin with `usual`, where the request says nothing else.
    """
    # The values of a filter are a set: in whatever order, and however often, it is one question.
    said = request.scope["query_string"].decode()
    query = sorted(set(parse_qsl(said, keep_blank_values=True)))
    is_table = table_of(type(question)) is not None
    offered = list(MEDIA_TYPES.values()) if is_table else [JSON]
    asked = dict(query).get("format") if is_table else None
    media_type = MEDIA_TYPES[asked] if asked else chosen(accept, offered)
    if media_type is None:
        asked_for = as_asked(request.scope, request.url.path)
        raise NotAcceptable(
            f"{asked_for} can be had as {' or '.join(offered)}: ask for that in Accept"
            f"{', or with ?format=' if is_table else ''}."
        )
    given = dict(query)
    preset = PRESETS.get(given.get("period", "")) if hasattr(question, "period") else None
    week_start = cast("WeekStart", given.get("week_start", usual))
    moving = Moving(question, preset, week_start) if preset else None
    old = is_old(request.scope)
    path = as_asked(request.scope, request.scope["path"])
    zone = getattr(question, "zone", UTC)
    usually = f" {zone}" * (zone != UTC) + f" {week_start}" * (week_start != "monday")
    return QuestionRequest(path, tuple(query), media_type, question, erasures, moving, old, usually)
