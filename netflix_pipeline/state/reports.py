"""Views of the dashboard that people have mailed to them, and to whom which was sent last."""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    true,
    update,
)

from netflix_pipeline.errors import BadInput
from netflix_pipeline.state.database import UtcDateTime, ensure, rows_of

EVERY = ("day", "week", "month")
"""How often a report is sent."""
LONGEST_NAME = 80
LONGEST_ADDRESS = 2_000
LONGEST_OWNER = 80
LONGEST_RECEIVER = 254
MOST = 20
"""Reports that one owner has."""
MOST_IN_ALL = 500
MOST_RECEIVERS = 10
TOKEN_BYTES = 32

TABLES = MetaData()
REPORTS = Table(
    "reports",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("owner", String(LONGEST_OWNER), nullable=False),
    Column("name", String(LONGEST_NAME), nullable=False),
    Column("address", String(LONGEST_ADDRESS), nullable=False),
    Column("every", String(8), nullable=False),
    Column("hour", Integer, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)
RECEIVERS = Table(
    "report_receivers",
    TABLES,
    Column("token", String(64), primary_key=True),
    Column("report", Integer, nullable=False, index=True),
    Column("receiver", String(LONGEST_RECEIVER), nullable=False),
    Column("sent_for", UtcDateTime, nullable=False),
    Column("taken_until", UtcDateTime),
)
"""`token` is what a receiver takes themselves out with: whoever knows it may."""


class NoReport(BadInput):
    """No report of this owner has that number, or no receiver that token."""


@dataclass(frozen=True)
class ReportReceiver:
    """Who gets a report; `sent_for` is when the last one was due that they got."""

    token: str
    receiver: str
    sent_for: datetime


@dataclass(frozen=True)
class Report:
    """A view by its address, sent `every` day, week or month from an `hour` of the home's clock."""

    id: int
    owner: str
    name: str
    address: str
    every: str
    hour: int
    created: datetime
    receivers: tuple[ReportReceiver, ...] = ()

    def is_seen_by(self, owner: str) -> bool:
        """Whether it is one of theirs."""
        return self.owner in ("", owner)


class Reports:
    """The reports of a home. Raises StateUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        ensure(engine, REPORTS, RECEIVERS)

    def add(
        self,
        name: str,
        address: str,
        every: str,
        hour: int,
        receivers: Sequence[str],
        owner: str = "",
        *,
        since: datetime,
    ) -> int:
        """Keep one that is sent to some for whatever is due after `since`. Raises BadInput."""
        row = _row(name, address, every, hour) | {
            "owner": owner[:LONGEST_OWNER],
            "created": datetime.now(UTC),
        }
        told = list(dict.fromkeys(receivers))
        if not 1 <= len(told) <= MOST_RECEIVERS:
            raise BadInput(f"a report is sent to 1 to {MOST_RECEIVERS} receivers: name them.")
        with self._engine.begin() as connection:
            for limit, which in ((MOST, REPORTS.c.owner == row["owner"]), (MOST_IN_ALL, true())):
                counted = select(func.count()).select_from(REPORTS).where(which)
                if (connection.scalar(counted) or 0) >= limit:
                    raise BadInput(f"there are {limit} reports already: remove some.")
            key = connection.execute(insert(REPORTS), row).inserted_primary_key
            assert key is not None
            for receiver in told:
                values = {"report": key[0], "receiver": receiver, "sent_for": since}
                token = secrets.token_urlsafe(TOKEN_BYTES)
                connection.execute(insert(RECEIVERS), values | {"token": token})
        number: int = key[0]
        return number

    def remove(self, number: int, owner: str = "") -> None:
        """Take one of the owner's away. Raises NoReport."""
        with self._engine.begin() as connection:
            own = (REPORTS.c.id == number) & REPORTS.c.owner.in_(("", owner))
            if not connection.execute(delete(REPORTS).where(own)).rowcount:
                raise NoReport("this report is gone, or another's.")
            connection.execute(delete(RECEIVERS).where(RECEIVERS.c.report == number))

    def leave(self, token: str) -> str:
        """Send it to the receiver of that token no more; the report's name. Raises NoReport."""
        with self._engine.begin() as connection:
            one = connection.execute(select(RECEIVERS).where(RECEIVERS.c.token == token)).first()
            if one is None:
                raise NoReport("this report is sent to you no more.")
            connection.execute(delete(RECEIVERS).where(RECEIVERS.c.token == token))
            name = connection.scalar(select(REPORTS.c.name).where(REPORTS.c.id == one.report))
            _forget_unread(connection, one.report)
        return str(name or "")

    def all(self) -> Sequence[Report]:
        """All of them, by name, with those who get them."""
        told: dict[int, list[ReportReceiver]] = defaultdict(list)
        for row in rows_of(self._engine, select(RECEIVERS).order_by(RECEIVERS.c.receiver)):
            told[row.report].append(ReportReceiver(row.token, row.receiver, row.sent_for))
        by_name = select(REPORTS).order_by(func.lower(REPORTS.c.name), REPORTS.c.id)
        return [
            Report(**row._asdict(), receivers=tuple(told[row.id]))
            for row in rows_of(self._engine, by_name)
        ]

    def take(self, token: str, due: datetime, now: datetime, lease: timedelta) -> bool:
        """Whether it is on whoever asks to send what was due then; nobody else is it meanwhile."""
        taken = RECEIVERS.c.taken_until
        free = taken.is_(None) | (taken <= now)
        mine = (RECEIVERS.c.token == token) & (RECEIVERS.c.sent_for < due) & free
        with self._engine.begin() as connection:
            change = update(RECEIVERS).where(mine)
            return bool(connection.execute(change, {"taken_until": now + lease}).rowcount)

    def sent(self, token: str, due: datetime) -> None:
        """What was due then arrived."""
        with self._engine.begin() as connection:
            here = update(RECEIVERS).where(RECEIVERS.c.token == token)
            connection.execute(here, {"sent_for": due, "taken_until": None})


def _forget_unread(connection: Connection, number: int) -> None:
    """A report that nobody gets any more is none."""
    left = select(func.count()).select_from(RECEIVERS).where(RECEIVERS.c.report == number)
    if not connection.scalar(left):
        connection.execute(delete(REPORTS).where(REPORTS.c.id == number))


def _row(name: str, address: str, every: str, hour: int) -> dict[str, Any]:
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadInput(f"write 1 to {LONGEST_NAME} characters as the report's name.")
    if len(address) > LONGEST_ADDRESS or not address.startswith("/") or not address.isprintable():
        raise BadInput("a report is of a view of this dashboard, by its address.")
    if every not in EVERY:
        raise BadInput(f"a report is sent every {', '.join(EVERY)}: choose one.")
    if not 0 <= hour <= 23:
        raise BadInput("the hour from which a report is sent is 0 to 23.")
    return {"name": name, "address": address, "every": every, "hour": hour}
