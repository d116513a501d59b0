"""Alerts of users on numbers of the business, and what was found of each last.

What an alert means is told by `netflix_pipeline.business_alerts`: here it is kept, for its owner.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Date,
    Engine,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    case,
    delete,
    func,
    insert,
    select,
    true,
    update,
)

from netflix_pipeline.errors import BadInput
from netflix_pipeline.state import audit
from netflix_pipeline.state.database import UtcDateTime, ensure, rows_of

LONGEST_NAME = 80
"""Characters of an alert's name."""
LONGEST_OWNER = 80
LONGEST_METRIC = 64
LONGEST_FILTERS = 4_000
"""Characters of its filters, as an address says them."""
LONGEST_RECEIVERS = 2_600
LONGEST_RECEIVER = 254
LONGEST_SENTENCE = 2_000
MOST = 50
"""Alerts that one owner has."""
MOST_IN_ALL = 500
"""Each is judged after each publish."""

BUSINESS_ALERTS = Table(
    "business_alerts",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("owner", String(LONGEST_OWNER), nullable=False, index=True),
    Column("name", String(LONGEST_NAME), nullable=False),
    Column("metric", String(LONGEST_METRIC), nullable=False),
    Column("filters", String(LONGEST_FILTERS), nullable=False),
    Column("condition", String(16), nullable=False),
    Column("amount", Float, nullable=False),
    Column("grain", String(8), nullable=False),
    Column("receivers", String(LONGEST_RECEIVERS), nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("checked", UtcDateTime),
    Column("verdict", String(16)),
    Column("first_day", Date),
    Column("value", Float),
    Column("base", Float),
    Column("sentence", String(LONGEST_SENTENCE)),
    Column("fires_since", Date),
    Column("told_verdict", String(16)),
    Column("told_day", Date),
    # The numbers of alerts that were removed are not given again: receivers know alerts by them.
    sqlite_autoincrement=True,
)

BUSINESS_MESSAGES = Table(
    "business_messages",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("alert", Integer, nullable=False, index=True),
    Column("receiver", String(LONGEST_RECEIVER), nullable=False),
    Column("content", Text, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("due", UtcDateTime, nullable=False),
)
"""What is to be told, written down with the finding that it tells of."""


class NoBusinessAlert(BadInput):
    """No alert of this owner has that number."""


@dataclass(frozen=True)
class AlertDefinition:
    """What somebody wants to be told of.

    That `metric` under `filters`, as an address says them, in the last complete `grain` (day, week)
    meets a `condition`: is below or above an `amount` of its unit, or falls or rises by more than
    so many percent. Told are the `receivers`; all that are configured where there are none.
    """

    name: str
    metric: str
    filters: str
    condition: str
    amount: float
    grain: str
    receivers: tuple[str, ...] = ()


@dataclass(frozen=True)
class AlertFinding:
    """What was found of an alert last, and what was told of it.

    `checked` is when the snapshot was built by which it was judged, `first_day` with which day the
    period begins that was. `fires_since` is the first day of the first period of those that met the
    condition one after the other. `told_verdict` and `told_day` are of the last message.
    """

    checked: datetime | None = None
    verdict: str | None = None
    first_day: date | None = None
    value: float | None = None
    base: float | None = None
    sentence: str | None = None
    fires_since: date | None = None
    told_verdict: str | None = None
    told_day: date | None = None


NOTHING_FOUND = AlertFinding()


@dataclass(frozen=True)
class BusinessAlert:
    """One of them; `owner` is empty where nobody was known: it is everybody's then."""

    id: int
    owner: str
    created: datetime
    definition: AlertDefinition
    finding: AlertFinding = NOTHING_FOUND

    def is_seen_by(self, owner: str) -> bool:
        """Whether it is one of theirs."""
        return self.owner in ("", owner)


@dataclass(frozen=True)
class BusinessMessage:
    """What a receiver is to be told of an alert, as text."""

    id: int
    alert: int
    receiver: str
    content: str
    created: datetime


class BusinessAlerts:
    """The alerts of a home. Raises StateUnavailable.

    Where something is done `by` an owner, those of others are not there. The audit says of each
    change which `actor` made it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        ensure(engine, BUSINESS_ALERTS, BUSINESS_MESSAGES)

    def add(self, definition: AlertDefinition, owner: str = "", *, actor: str) -> BusinessAlert:
        """Keep an alert. Raises BadInput where there are as many as may be."""
        owner = owner[:LONGEST_OWNER]
        created = datetime.now(UTC)
        row = {"owner": owner, "created": created, **_columns(definition)}
        with self._audited() as connection:
            theirs = BUSINESS_ALERTS.c.owner == owner
            for limit, which in ((MOST, theirs), (MOST_IN_ALL, true())):
                counted = select(func.count()).select_from(BUSINESS_ALERTS).where(which)
                if (connection.scalar(counted) or 0) >= limit:
                    raise BadInput(f"there are {limit} alerts already: remove some.")
            key = connection.execute(insert(BUSINESS_ALERTS), row).inserted_primary_key
            assert key is not None
            audit.note(connection, actor, "business-alert-created", detail=str(key[0]))
        return BusinessAlert(key[0], owner, created, definition)

    def replace(
        self, number: int, definition: AlertDefinition, by: str | None = None, *, actor: str
    ) -> BusinessAlert:
        """Another definition in its place; it is judged anew. Raises NoBusinessAlert."""
        with self._audited() as connection:
            before = self._one(connection, number, by)
            row = {**_columns(definition), **vars(NOTHING_FOUND)}
            here = BUSINESS_ALERTS.c.id == number
            connection.execute(update(BUSINESS_ALERTS).where(here), row)
            audit.note(connection, actor, "business-alert-changed", detail=str(number))
        return replace(before, definition=definition, finding=NOTHING_FOUND)

    def remove(self, number: int, by: str | None = None, *, actor: str) -> None:
        """Take one away. Raises NoBusinessAlert."""
        with self._audited() as connection:
            self._one(connection, number, by)
            connection.execute(delete(BUSINESS_ALERTS).where(BUSINESS_ALERTS.c.id == number))
            connection.execute(delete(BUSINESS_MESSAGES).where(BUSINESS_MESSAGES.c.alert == number))
            audit.note(connection, actor, "business-alert-removed", detail=str(number))

    @contextmanager
    def _audited(self) -> Iterator[Connection]:
        """A transaction, of which something stands in the audit."""
        audit.Audit(self._engine)
        with self._engine.begin() as connection:
            yield connection

    def one(self, number: int, by: str | None = None) -> BusinessAlert:
        """The alert of that number. Raises NoBusinessAlert."""
        with self._engine.connect() as connection:
            return self._one(connection, number, by)

    def all(self) -> Sequence[BusinessAlert]:
        """All of them, by name."""
        by_name = select(BUSINESS_ALERTS).order_by(
            func.lower(BUSINESS_ALERTS.c.name), BUSINESS_ALERTS.c.id
        )
        return [_alert(row) for row in rows_of(self._engine, by_name)]

    def due(self, built: datetime) -> Sequence[BusinessAlert]:
        """Those that were not judged yet by a snapshot that was built then, or by a later one."""
        checked = BUSINESS_ALERTS.c.checked
        older = checked.is_(None) | (checked < built)
        rows = rows_of(self._engine, select(BUSINESS_ALERTS).where(older).order_by(checked))
        return [_alert(row) for row in rows]

    def found(
        self, alert: BusinessAlert, finding: AlertFinding, messages: Mapping[str, str]
    ) -> bool:
        """Keep what was found of an alert, and what is to be told, by receiver: both, or neither.

        False where somebody else did meanwhile, or the alert is another or gone: nothing is kept
        then, so that whatever several processes find is told once.
        """
        before = {**_columns(alert.definition), "checked": alert.finding.checked}
        same = [BUSINESS_ALERTS.c[name].is_not_distinct_from(was) for name, was in before.items()]
        now = datetime.now(UTC)
        with self._engine.begin() as connection:
            changed = update(BUSINESS_ALERTS).where(BUSINESS_ALERTS.c.id == alert.id, *same)
            if not connection.execute(changed, vars(finding)).rowcount:
                return False
            for receiver, content in messages.items():
                row = {"alert": alert.id, "receiver": receiver, "content": content}
                connection.execute(insert(BUSINESS_MESSAGES), row | {"created": now, "due": now})
        return True

    def take(
        self, now: datetime, lease: timedelta, but: Collection[str] = ()
    ) -> BusinessMessage | None:
        """The next message that is due; nobody else gets it until the `lease` is over.

        Those to some receivers are passed over; `email` is any address, too.
        """
        due, receiver = BUSINESS_MESSAGES.c.due, BUSINESS_MESSAGES.c.receiver
        others = case((receiver.contains("@"), "email"), else_=receiver).not_in(but)
        waiting = (
            select(BUSINESS_MESSAGES)
            .where(due <= now, others)
            .order_by(due, BUSINESS_MESSAGES.c.id)
        )
        for row in rows_of(self._engine, waiting.limit(MOST)):
            with self._engine.begin() as connection:
                mine = (BUSINESS_MESSAGES.c.id == row.id) & (due == row.due)
                taken = update(BUSINESS_MESSAGES).where(mine)
                if connection.execute(taken, {"due": now + lease}).rowcount:
                    return BusinessMessage(
                        row.id, row.alert, row.receiver, row.content, row.created
                    )
        return None

    def delivered(self, message: BusinessMessage) -> None:
        """It arrived, or is given up."""
        with self._engine.begin() as connection:
            here = BUSINESS_MESSAGES.c.id == message.id
            connection.execute(delete(BUSINESS_MESSAGES).where(here))

    def _one(self, connection: Connection, number: int, by: str | None) -> BusinessAlert:
        here = BUSINESS_ALERTS.c.id == number
        row = connection.execute(select(BUSINESS_ALERTS).where(here)).first()
        found = _alert(row) if row else None
        if found is None or (by is not None and not found.is_seen_by(by)):
            raise NoBusinessAlert(f"none of your alerts has the number {number}.")
        return found


def _columns(definition: AlertDefinition) -> dict[str, object]:
    return {**vars(definition), "receivers": ",".join(definition.receivers)}


def _alert(row: Any) -> BusinessAlert:
    told = dict(row._asdict())
    told["receivers"] = tuple(filter(None, told["receivers"].split(",")))
    definition = AlertDefinition(**{each.name: told[each.name] for each in fields(AlertDefinition)})
    finding = AlertFinding(**{each.name: told[each.name] for each in fields(AlertFinding)})
    return BusinessAlert(told["id"], told["owner"], told["created"], definition, finding)
