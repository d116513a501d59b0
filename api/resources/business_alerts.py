"""`/business-alerts`: alerts of users on numbers of the business: kept, changed, previewed."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar, cast

from fastapi import APIRouter, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from starlette.requests import ClientDisconnect

from api.problems import NOT_FOUND, Problem
from api.resource import NO_STORE, success
from api.security.erased_persons import actor
from api.security.request_bodies import UnknownMediaType
from api.service import Service, service_of
from api.versions import V1
from netflix_pipeline.addresses import query_string
from netflix_pipeline.bounds.bodies import BODY_SECONDS, too_large
from netflix_pipeline.business_alerts import (
    BadBusinessAlert,
    Calendar,
    Condition,
    Grain,
    Rule,
    Verdict,
    check_receivers,
    judge,
    recent,
)
from netflix_pipeline.business_alerts.receivers import LONGEST, MOST
from netflix_pipeline.contracts.dimensions import FILTERS
from netflix_pipeline.errors import BadInput
from netflix_pipeline.serving import MOST as MOST_VALUES
from netflix_pipeline.serving import NOT, OF_PERIODS, Filters, NotFound, Period, SnapshotInfo, Value
from netflix_pipeline.serving.answer import AnswerModel
from netflix_pipeline.serving.question import EXAMPLE_SNAPSHOT
from netflix_pipeline.state import (
    AlertDefinition,
    BusinessAlert,
    BusinessAlerts,
    NoBusinessAlert,
    opened,
)
from netflix_pipeline.state.business_alerts import LONGEST_METRIC, LONGEST_NAME

router = APIRouter(tags=["business-alerts"])

BODY_BYTES = 64 * 2**10
"""Bytes of an alert as it is sent."""
T = TypeVar("T")

Values = Annotated[tuple[Value, ...], Field(min_length=1, max_length=MOST_VALUES)]
FILTER_NAMES: list[JsonValue] = [*FILTERS, *(NOT + name for name in FILTERS)]


class WantedAlert(BaseModel):
    """What to be told of: a metric under filters, in the last complete day or week."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(min_length=1, max_length=LONGEST_NAME, description="what it is called")
    metric: str = Field(
        min_length=1,
        max_length=LONGEST_METRIC,
        description="name of a metric of `/analytics/timeseries`",
        json_schema_extra={"enum": list(OF_PERIODS)},
    )
    filters: dict[str, Values] = Field(
        default_factory=dict,
        max_length=len(FILTER_NAMES),
        description="values by the names of filters, as in addresses: `country`, `not_device` …",
        json_schema_extra={"propertyNames": {"enum": FILTER_NAMES}},
    )
    condition: Condition = Field(
        description="below, above: the value is less or more than `amount`; falls, rises: it is by "
        "more than `amount` percent less or more than the mean of the same weekdays of the four "
        "weeks before, or of these weeks"
    )
    amount: float = Field(
        allow_inf_nan=False,
        ge=-1e15,
        le=1e15,
        description="in the metric's unit (a share: 0.4), or in percent",
    )
    grain: Grain = Field(
        default="day", description="of how long a period: the last day, or week, that is complete"
    )
    receivers: tuple[Annotated[str, Field(min_length=1, max_length=LONGEST)], ...] = Field(
        default=(),
        max_length=MOST,
        description="`webhook`, `slack`, `email` or `command`, where the operator has configured "
        "it, and e-mail addresses of domains that the operator allows; empty: all that are "
        "configured",
    )

    def kept(self, service: Service) -> AlertDefinition:
        """It as it is kept. Raises BadBusinessAlert."""
        check_receivers(service.settings, self.receivers)
        rule = Rule(self.metric, _filters(self.filters), self.condition, self.amount, self.grain)
        return rule.kept(self.name, self.receivers)


class JudgedAlert(AnswerModel):
    """What was found of an alert by the last snapshot."""

    verdict: Verdict = Field(
        description="well: the condition is not met; fires: it is; data_missing: it would be, but "
        "the data are not complete; unknown: there is nothing to judge by"
    )
    sentence: str = Field(description="the same in words, with the numbers")
    first_day: date | None = Field(description="with which the period begins that was judged")
    value: float | None = Field(description="of the metric in it")
    base: float | None = Field(description="what it is compared with")
    fires_since: date | None = Field(description="first day of the first period in a row")
    snapshot_built_at: datetime = Field(description="of the snapshot by which it was judged")


class KeptAlert(AnswerModel):
    """An alert that is kept, and what was found of it."""

    id: int
    name: str
    metric: str
    filters: dict[str, tuple[str, ...]]
    condition: Condition
    amount: float
    grain: Grain
    receivers: tuple[str, ...]
    created_at: datetime
    found: JudgedAlert | None = Field(description="null until it was judged")


class KeptAlerts(AnswerModel):
    """The alerts of whoever asks."""

    alerts: tuple[KeptAlert, ...] = Field(description="by name")


class AlertPreview(AnswerModel):
    """What an alert would say now, and of the last days or weeks."""

    fires: bool = Field(description="whether it would be told that the condition is met")
    verdict: Verdict
    sentence: str = Field(description="what would be told")
    period: Period | None = Field(
        description="the last day or week that is complete; null where none is"
    )
    value: float | None = Field(description="of the metric in it, as `/analytics/timeseries` says")
    base: float | None = Field(
        description="the mean that it is compared with; null where there is none"
    )
    base_periods: int = Field(description="of how many days or weeks that is the mean")
    relative_change: float | None = Field(description="(value − base) ÷ base")
    problems: tuple[str, ...] = Field(description="why the data are in doubt")
    complete_before: date | None = Field(
        description="the first day that is not complete yet, or has no data any more"
    )
    recent_periods: int = Field(
        description="complete ones of the last 28 days, or 4 weeks, with data"
    )
    recent_fired: tuple[Period, ...] = Field(
        description="those of them in which the condition was met"
    )
    snapshot: SnapshotInfo


SENT: dict[str, Any] = {
    "name": "Hours in Germany",
    "metric": "hours_viewed",
    "filters": {"country": ["DE"], "not_device": ["mobile"]},
    "condition": "falls",
    "amount": 20,
    "grain": "day",
    "receivers": [],
}
EXAMPLE_DAY = date(2026, 3, 5)
SENTENCE = (
    "Hours viewed (country DE; not device mobile), Thu 5 Mar 2026: 612.25 h, 24.4 % less than 810 "
    "h, the mean of 4 same weekdays before."
)
EXAMPLE = KeptAlert(
    id=7,
    **SENT,
    created_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    found=JudgedAlert(
        verdict="fires",
        sentence=SENTENCE,
        first_day=EXAMPLE_DAY,
        value=612.25,
        base=810,
        fires_since=EXAMPLE_DAY,
        snapshot_built_at=EXAMPLE_SNAPSHOT.built_at,
    ),
)
PREVIEW = AlertPreview(
    fires=True,
    verdict="fires",
    sentence=SENTENCE,
    period=Period(from_=EXAMPLE_DAY, to=EXAMPLE_DAY),
    value=612.25,
    base=810,
    base_periods=4,
    relative_change=-0.2441,
    problems=(),
    complete_before=date(2026, 3, 6),
    recent_periods=28,
    recent_fired=(Period(from_=EXAMPLE_DAY, to=EXAMPLE_DAY),),
    snapshot=EXAMPLE_SNAPSHOT,
)
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/WantedAlert"},
                "example": SENT,
            }
        },
    }
}
SCHEMAS = {
    "WantedAlert": WantedAlert.model_json_schema(ref_template="#/components/schemas/{model}")
}
"""What the description says of bodies that FastAPI does not read itself."""
REFUSED: dict[int | str, dict[str, Any]] = {
    408: {"model": Problem, "description": f"the body did not come within {BODY_SECONDS:.0f} s"},
    413: {"model": Problem, "description": f"more than {BODY_BYTES:,} bytes"},
    415: {"model": Problem, "description": "a media type or encoding that is not read here"},
    422: {"model": Problem, "description": "an alert cannot be so"},
    503: {"model": Problem, "description": "it cannot be kept just now: send it again"},
}
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="the alert's number")]


@router.get(
    "/business-alerts",
    response_model=KeptAlerts,
    responses=success(KeptAlerts(alerts=(EXAMPLE,))),
    summary="The alerts that you keep",
)
async def business_alerts(request: Request) -> Response:
    """Those that were made with the same key, and those that nobody owns; what was found of each.

    They are judged after each publish, by the last day or week of which all rows are in that
    usually come.
    """
    mine = owner(request)
    kept = await _kept(request, lambda store: store.all())
    return _told(KeptAlerts(alerts=tuple(_one(each) for each in kept if each.is_seen_by(mine))))


@router.post(
    "/business-alerts",
    response_model=KeptAlert,
    status_code=201,
    responses={201: success(EXAMPLE)[200], **REFUSED},
    openapi_extra=BODY,
    summary="Make an alert",
)
async def create_business_alert(request: Request) -> Response:
    """Be told when a metric falls, rises, or is below or above an amount.

    It is told once for each day or week that meets the condition, and once that it is over. Where
    ledger, checks or lateness say that rows are missing, that is told in its place.
    """
    mine, by = owner(request), actor(request)

    def add(definition: AlertDefinition) -> Callable[[BusinessAlerts], BusinessAlert]:
        return lambda store: store.add(definition, mine, actor=by)

    return await _put_in(request, add, 201)


@router.get(
    "/business-alerts/{alert_id}",
    response_model=KeptAlert,
    responses=NOT_FOUND | success(EXAMPLE),
    summary="One alert",
)
async def business_alert(request: Request, alert_id: Number) -> Response:
    """What it is told of, and what was found of it."""
    mine = owner(request)
    return _told(_one(await _kept(request, lambda store: store.one(alert_id, mine))))


@router.put(
    "/business-alerts/{alert_id}",
    response_model=KeptAlert,
    responses=NOT_FOUND | success(EXAMPLE) | REFUSED,
    openapi_extra=BODY,
    summary="Change an alert",
)
async def replace_business_alert(request: Request, alert_id: Number) -> Response:
    """Put another definition in its place; it is judged anew."""
    mine, by = owner(request), actor(request)

    def change(definition: AlertDefinition) -> Callable[[BusinessAlerts], BusinessAlert]:
        return lambda store: store.replace(alert_id, definition, mine, actor=by)

    return await _put_in(request, change, 200)


@router.delete(
    "/business-alerts/{alert_id}",
    status_code=204,
    response_class=Response,
    responses=NOT_FOUND,
    summary="Remove an alert",
)
async def remove_business_alert(request: Request, alert_id: Number) -> Response:
    """Nobody is told of it any more."""
    mine, by = owner(request), actor(request)
    await _kept(request, lambda store: store.remove(alert_id, mine, actor=by))
    return Response(status_code=204, headers=NO_STORE)


@router.post(
    "/business-alerts/{alert_id}/preview",
    response_model=AlertPreview,
    responses=NOT_FOUND
    | success(PREVIEW)
    | {504: {"model": Problem, "description": "the query takes longer than it may"}},
    summary="What an alert says now",
)
async def preview_business_alert(request: Request, alert_id: Number) -> Response:
    """Judge it by the current snapshot, and the last 28 days or 4 weeks; nobody is told.

    Of the days before the last nobody asks again whether their data are complete.
    """
    service, mine = service_of(request), owner(request)
    kept = await _kept(request, lambda store: store.one(alert_id, mine))
    rule, calendar = Rule.of(kept.definition), Calendar.of(service.settings)

    def previewed() -> AlertPreview:
        snapshot = service.snapshots.current()
        found, before = judge(snapshot, rule, calendar), recent(snapshot, rule, calendar)
        return AlertPreview(
            fires=found.verdict == "fires",
            verdict=found.verdict,
            sentence=found.sentence,
            period=found.period,
            value=found.value,
            base=found.base,
            base_periods=found.base_periods,
            relative_change=found.change,
            problems=found.problems,
            complete_before=found.open_from,
            recent_periods=len(before.past),
            recent_fired=before.fired,
            snapshot=snapshot.info,
        )

    try:
        return _told(await service.threads.run(previewed))
    except BadInput as error:  # what it is about is no longer in the data
        raise BadBusinessAlert(str(error)) from error


def owner(request: Request) -> str:
    """Whose alerts those are that a request makes and sees; empty without a key."""
    key_id = getattr(request.state, "key_id", "")
    return f"key:{key_id}" if key_id else ""


async def _put_in(
    request: Request,
    change: Callable[[AlertDefinition], Callable[[BusinessAlerts], BusinessAlert]],
    status: int,
) -> Response:
    """Keep the alert of a request's body. Raises BadBusinessAlert, NotFound."""
    service = service_of(request)
    try:
        with service.bodies.held(request) as hold:
            body = await service.bodies.read(request, hold)
            _check_media_type(request)
            if len(body) > BODY_BYTES:
                raise too_large(BODY_BYTES)
            wanted = _read(body)
    except ClientDisconnect:
        return Response(status_code=400)  # nobody is left to read it
    kept = await _kept(request, change(wanted.kept(service)))
    headers = {"Location": f"{V1}/business-alerts/{kept.id}"} if status == 201 else {}
    return _told(_one(kept), status, headers)


async def _kept(request: Request, work: Callable[[BusinessAlerts], T]) -> T:
    """What is done with the alerts that are kept. Raises NotFound, BadBusinessAlert."""
    settings = service_of(request).settings

    def done() -> T:
        with opened(settings) as engine:
            return work(BusinessAlerts(engine))

    try:
        return await asyncio.to_thread(done)
    except NoBusinessAlert as error:
        raise NotFound(str(error)) from error
    except BadInput as error:
        raise BadBusinessAlert(str(error)) from error


def _read(body: bytes) -> WantedAlert:
    try:
        return WantedAlert.model_validate_json(body)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False, include_context=False)
        raise RequestValidationError(
            [{**one, "loc": ("body", *one["loc"])} for one in wrong]
        ) from error


def _check_media_type(request: Request) -> None:
    header = request.headers.get("content-type", "")
    if header.partition(";")[0].strip().lower() != "application/json":
        raise UnknownMediaType(
            "an alert is sent as application/json, not as "
            f"{header[:100] or 'nothing in particular'}: set Content-Type."
        )


def _filters(said: dict[str, Values]) -> Filters:
    pairs = [(name, value) for name, values in said.items() for value in values]
    return Rule.narrowed(query_string(pairs).removeprefix("?"))


def _one(kept: BusinessAlert) -> KeptAlert:
    told, found = kept.definition, kept.finding
    filters = Rule.narrowed(told.filters)
    return KeptAlert(
        id=kept.id,
        name=told.name,
        metric=told.metric,
        filters={choice.parameter(name): choice.values for name, choice in filters.given.items()},
        condition=cast("Condition", told.condition),
        amount=told.amount,
        grain=cast("Grain", told.grain),
        receivers=told.receivers,
        created_at=kept.created,
        found=JudgedAlert(
            verdict=cast("Verdict", found.verdict),
            sentence=found.sentence or "",
            first_day=found.first_day,
            value=found.value,
            base=found.base,
            fires_since=found.fires_since,
            snapshot_built_at=found.checked,
        )
        if found.checked
        else None,
    )


def _told(model: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    content = model.model_dump_json(by_alias=True)
    return Response(
        content, status, media_type="application/json", headers=NO_STORE | (headers or {})
    )
