"""Every problem that the API answers with: all that is said of each stands here, once.

An error of the platform is the problem that names its class, or the nearest class above it in the
tree of `netflix_pipeline/errors.py`. What names no error is answered by the code itself. (A long
module because it is a table.)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, Field

from api.delivery import query_executor, request_key
from api.security import erased_persons, rate_limits, request_bodies
from netflix_pipeline import bounds, business_alerts, eventlog, metrics, receiving, serving
from netflix_pipeline.access import TooManyAttempts, auth_errors
from netflix_pipeline.errors import BadInput, DamagedFile, PipelineError, StorageFull, Transient


class ProblemType(BaseModel):
    """A type of problem."""

    type: str = Field(description="as in a problem's `type`; stable")
    title: str
    status: int = Field(description="the HTTP status that it comes with")
    meaning: str = Field(description="when it is answered")
    remedy: str = Field(description="what to do")


@dataclass(frozen=True)
class ProblemKind:
    """A kind of problem, stable by its name: what it means, and how it is answered.

    `errors` are the errors of the platform that are this problem; `headers` go with each answer,
    beside those that an error brings itself. `at` are the parts of a request that are at fault,
    where an error does not name its parameters; `path` is the ids in it.
    """

    name: str
    status: int
    title: str
    meaning: str
    remedy: str
    errors: tuple[type[PipelineError], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    at: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The address of its page, by which problem documents name it."""
        return f"/problems/{self.name}"


SOON = {"Retry-After": "1"}
LATER = {"Retry-After": "5"}
"""Seconds after which to ask again, where nothing better is known."""

FOREIGN_ORIGIN = ProblemKind(
    "foreign-origin",
    403,
    "Scripts of that site may not ask so",
    meaning="A page of another site asks from within a browser, and that site is not let in.",
    remedy="Operators: name the site in NETFLIX_CORS_ORIGINS; or ask from a server of your own.",
    at=("header.origin",),
)
NOTHING_THERE = ProblemKind(
    "nothing-there",
    404,
    "Not Found",
    meaning="There is no such resource.",
    remedy="/docs lists what there is.",
    at=("path",),
)
METHOD_NOT_ALLOWED = ProblemKind(
    "method-not-allowed",
    405,
    "Method Not Allowed",
    meaning="The resource is there, but that cannot be done with it.",
    remedy="The header Allow names the methods that it has.",
    at=("method",),
)
FOREIGN_HOST = ProblemKind(
    "foreign-host",
    421,
    "The service is not known by that name",
    meaning="The request names a host that the service does not answer as.",
    remedy=(
        "Ask it under a name that `detail` lists; operators: see NETFLIX_HOST and NETFLIX_HOSTS."
    ),
    at=("header.host",),
)
INVALID_REQUEST = ProblemKind(
    "invalid-request",
    422,
    "The request cannot be taken",
    meaning="Parameters are missing, wrong, or not taken by the resource.",
    remedy="`errors` names each with what is wrong; /docs describes the resource.",
    errors=(BadInput,),
    at=("query",),
)
INTERNAL_ERROR = ProblemKind(
    "internal-error",
    500,
    "Something went wrong here",
    meaning="The request met a fault of the service's own.",
    remedy="Tell its operators the `instance`: their log tells more under it.",
)
TOO_MANY_STREAMS = ProblemKind(
    "too-many-streams",
    503,
    "As many listen as may",
    meaning="As many listen to this process as may.",
    remedy="Ask /live now and then, or come again later.",
    errors=(bounds.NoStreamLeft,),
    headers=LATER,
)
CATCHING_UP = ProblemKind(
    "catching-up",
    503,
    "The last hour is being read",
    meaning="A process that just began still reads the last hour.",
    remedy="Ask again after Retry-After.",
    headers=SOON,
)
NOT_READY = ProblemKind(
    "not-ready",
    503,
    "The service is not fit to be asked",
    meaning="The service should not be asked just now: `errors` names the checks that failed.",
    remedy="Operators: mend what they name; it becomes ready by itself.",
    headers=LATER,
)

PROBLEMS = (
    ProblemKind(
        "no-key",
        401,
        "A key is needed",
        meaning="The resource is for those who have a key, and the request brought none.",
        remedy=(
            "Send the header Authorization: Bearer nfx_…, or the key as the password of Basic; "
            "netflix-pipeline keys create makes one."
        ),
        errors=(auth_errors.NoKey,),
        at=("header.authorization",),
    ),
    ProblemKind(
        "bad-key",
        401,
        "The key is not good",
        meaning="What was sent as a key is none of this service's: misspelt, cut off, or made up.",
        remedy=(
            "Copy the key again, whole; if it is lost, have a new one made and the old one revoked."
        ),
        errors=(auth_errors.BadKey,),
        at=("header.authorization",),
    ),
    ProblemKind(
        "expired-key",
        401,
        "The key has expired",
        meaning="The time of the key is over.",
        remedy="Have a new one made.",
        errors=(auth_errors.ExpiredKey,),
        at=("header.authorization",),
    ),
    ProblemKind(
        "revoked-key",
        401,
        "The key was revoked",
        meaning="Somebody revoked the key.",
        remedy="Ask why, and have a new one made.",
        errors=(auth_errors.RevokedKey,),
        at=("header.authorization",),
    ),
    ProblemKind(
        "key-in-address",
        401,
        "A key does not belong into an address",
        meaning="A key stands in the address, where logs and histories keep it.",
        remedy="Revoke that key, and send the new one in the header Authorization.",
        errors=(auth_errors.KeyInAddress,),
        at=("query",),
    ),
    ProblemKind(
        "missing-scope",
        403,
        "The key is not for this",
        meaning="The key is good, but not for this: `detail` names the scope that is needed.",
        remedy="Use a key that has the scope.",
        errors=(auth_errors.MissingScope,),
        at=("header.authorization",),
    ),
    ProblemKind(
        "other-person",
        403,
        "The key is for other persons",
        meaning="The key is bound to certain persons, and the request is about another.",
        remedy="Ask about them, or use a key that is not bound.",
        errors=(auth_errors.OtherPerson,),
        at=("header.authorization",),
    ),
    FOREIGN_ORIGIN,
    ProblemKind(
        "not-found",
        404,
        "There is nothing under that id",
        meaning="The address is right, but nothing has the id in it, in this snapshot.",
        remedy="Look the id up: /titles lists the titles.",
        errors=(serving.NotFound,),
        at=("path",),
    ),
    NOTHING_THERE,
    METHOD_NOT_ALLOWED,
    ProblemKind(
        "not-acceptable",
        406,
        "It cannot be had in that format",
        meaning="None of the formats that Accept asks for can be had here.",
        remedy="Ask for one that `detail` names, or send no Accept.",
        errors=(request_key.NotAcceptable,),
        at=("header.accept",),
    ),
    ProblemKind(
        "too-slow",
        408,
        "The body did not come in time",
        meaning="The body did not come within its time, or paused for too long.",
        remedy="Send it again in one go, in smaller parts on a slow line.",
        errors=(bounds.BodyTooSlow,),
        headers={"Connection": "close"},
        at=("body",),
    ),
    ProblemKind(
        "erased",
        410,
        "The person was erased",
        meaning="The person asked to be erased: nothing is told of them any more.",
        remedy="/users/{id}/erasure says how far it is; there is nothing else to be had.",
        errors=(erased_persons.Erased,),
        at=("path",),
    ),
    ProblemKind(
        "too-large",
        413,
        "The body is too large",
        meaning="The body is larger than may be, as sent or unpacked.",
        remedy="Send it in parts.",
        errors=(bounds.BodyTooLarge,),
        headers={"Connection": "close"},
        at=("body",),
    ),
    ProblemKind(
        "too-many-events",
        413,
        "The request holds too many events",
        meaning="The request holds more events than may be.",
        remedy="Send them in parts.",
        errors=(receiving.TooManyEvents,),
        at=("body",),
    ),
    ProblemKind(
        "address-too-long",
        414,
        "The address is too long",
        meaning="Path and query together are longer than may be.",
        remedy="Leave out parameters that are not needed; follow `next` and cursors as they are.",
        errors=(bounds.AddressTooLong,),
        at=("path", "query"),
    ),
    ProblemKind(
        "unknown-media-type",
        415,
        "The body's media type is not read here",
        meaning="The body is of a media type that is not read here.",
        remedy="Send what the header Accept-Post names, and say so in Content-Type.",
        errors=(request_bodies.UnknownMediaType,),
        headers={"Accept-Post": "application/json, application/x-ndjson"},
        at=("header.content-type",),
    ),
    ProblemKind(
        "unknown-encoding",
        415,
        "The body's encoding is not known here",
        meaning="The body is packed in a way that is not known here.",
        remedy="Send it as it is, or packed as the header Accept-Encoding of the answer names.",
        errors=(request_bodies.UnknownEncoding,),
        headers={"Accept-Encoding": "gzip, zstd"},
        at=("header.content-encoding",),
    ),
    FOREIGN_HOST,
    INVALID_REQUEST,
    ProblemKind(
        "bad-cursor",
        422,
        "The page cannot be found",
        meaning="The cursor is not one that a page of this list gave.",
        remedy="Follow `next` or the Link header as they are, or begin without a cursor.",
        errors=(serving.BadCursor,),
    ),
    ProblemKind(
        "bad-period",
        422,
        "The period cannot be answered",
        meaning="The period ends before it begins, has one end only, or is longer than may be.",
        remedy="Give both `from` and `to`, or neither; ask for a long time in parts.",
        errors=(serving.BadPeriod,),
    ),
    ProblemKind(
        "unknown-metric",
        422,
        "There is no such metric",
        meaning="No metric has that name.",
        remedy="/metrics-catalog lists them.",
        errors=(metrics.UnknownMetric,),
    ),
    ProblemKind(
        "filter-not-taken",
        422,
        "The metric cannot be filtered so",
        meaning=(
            "The metric has no value under that filter, so an answer would be of something else."
        ),
        remedy=(
            "`detail` names the filters that it takes; leave the other out, or ask another metric."
        ),
        errors=(metrics.FilterNotTaken,),
    ),
    ProblemKind(
        "bad-business-alert",
        422,
        "The alert cannot be so",
        meaning="The alert is of what no day or week can be judged by, or there are too many.",
        remedy="Mend what `detail` names, and send it again.",
        errors=(business_alerts.BadBusinessAlert,),
        at=("body",),
    ),
    ProblemKind(
        "unreadable-body",
        422,
        "The body cannot be read",
        meaning="The body as a whole cannot be read; nothing of it was kept.",
        remedy="Mend what `detail` names, and send it again.",
        errors=(receiving.UnreadableBody, request_bodies.Unpackable),
        at=("body",),
    ),
    ProblemKind(
        "too-many-requests",
        429,
        "You send too much",
        meaning=(
            "More was sent than one client may in that time, or it holds as many streams as it may."
        ),
        remedy=(
            "Wait as many seconds as Retry-After says; larger requests need fewer; end idle "
            "streams."
        ),
        errors=(rate_limits.TooManyRequests, TooManyAttempts, bounds.ShareOfStreamsTaken),
        headers=LATER,
    ),
    ProblemKind(
        "headers-too-large",
        431,
        "The headers are too large",
        meaning="One header, or all of them together, are longer than may be.",
        remedy="Send fewer and shorter headers; look for cookies that do not belong here.",
        errors=(bounds.HeadersTooLarge,),
        at=("header",),
    ),
    INTERNAL_ERROR,
    ProblemKind(
        "no-snapshot",
        503,
        "Nothing is published yet",
        meaning="Nothing is published yet.",
        remedy="Ask again later; operators: ingest data and materialize it.",
        errors=(serving.NoSnapshot,),
        headers=LATER,
    ),
    ProblemKind(
        "keys-unavailable",
        503,
        "Keys cannot be looked up just now",
        meaning="The database of the keys cannot be read just now.",
        remedy="Send the request again after Retry-After; operators: look at the service's log.",
        errors=(auth_errors.KeysUnavailable,),
        headers=LATER,
    ),
    TOO_MANY_STREAMS,
    ProblemKind(
        "overloaded",
        503,
        "More comes in than can be written",
        meaning="More comes in than can be written; nothing of this request was kept.",
        remedy="Send it again after Retry-After: an event's id makes that safe.",
        errors=(eventlog.LogOverloaded, bounds.TooManyBodies),
        headers=SOON,
    ),
    ProblemKind(
        "storage-full",
        503,
        "The disk is full",
        meaning=(
            "The disk, or the memory of the Redis that keeps events, is full; nothing was kept."
        ),
        remedy="Send it again later; operators: free space, writing goes on by itself.",
        errors=(StorageFull,),
        headers=LATER,
    ),
    ProblemKind(
        "log-unavailable",
        503,
        "Events cannot be written just now",
        meaning="Events cannot be written just now; nothing of this request was kept.",
        remedy="Send it again after Retry-After; operators: /ready and the service's log tell why.",
        errors=(eventlog.LogUnavailable,),
        headers=LATER,
    ),
    ProblemKind(
        "too-many-questions",
        503,
        "More is asked than can be answered",
        meaning="As many questions wait for an answer as may, or this one waited too long.",
        remedy="Ask again after Retry-After, fewer at a time.",
        errors=(query_executor.TooManyQuestions,),
        headers=SOON,
    ),
    ProblemKind(
        "try-again",
        503,
        "It may work in a moment",
        meaning="Something is in the way that will pass.",
        remedy="Ask again after Retry-After.",
        errors=(Transient,),
        headers=LATER,
    ),
    ProblemKind(
        "damaged-file",
        503,
        "A file of the service's own is damaged",
        meaning="A file that the service needs for this is torn or not its own.",
        remedy="Operators: `detail` says which, and what to do; it goes on by itself afterwards.",
        errors=(DamagedFile,),
        headers=LATER,
    ),
    CATCHING_UP,
    NOT_READY,
    ProblemKind(
        "too-slow-query",
        504,
        "The query takes too long",
        meaning="The query did not end within its time and was stopped.",
        remedy="Ask for fewer days or parts; asking the same again will not help.",
        errors=(query_executor.TooSlowQuery,),
    ),
)
"""All of them, by status; of each status the usual one first."""

_KINDS = {error: kind for kind in PROBLEMS for error in kind.errors}


def kind_of(error: Exception) -> ProblemKind | None:
    """The problem that an error is; None for one that nobody who asks can do anything about."""
    return next((_KINDS[known] for known in type(error).__mro__ if known in _KINDS), None)


def usual(status: int) -> ProblemKind:
    """The problem that is meant where a status is described."""
    return next(kind for kind in PROBLEMS if kind.status == status)


def problem_types() -> dict[str, ProblemType]:
    """What the pages of problems say, by name, in the order of their status."""
    return {
        kind.name: ProblemType(
            type=kind.type,
            title=kind.title,
            status=kind.status,
            meaning=kind.meaning,
            remedy=kind.remedy,
        )
        for kind in sorted(PROBLEMS, key=lambda kind: (kind.status, kind.name))
    }
