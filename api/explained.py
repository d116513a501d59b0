"""What each type of problem means, and what to do about it: the pages that `type` leads to."""

from __future__ import annotations

from pydantic import BaseModel, Field

from api.problems import KINDS, OTHERS


class ProblemType(BaseModel):
    """A type of problem."""

    type: str = Field(description="as in a problem's `type`; stable")
    title: str
    status: int = Field(description="the HTTP status that it comes with")
    meaning: str = Field(description="when it is answered")
    remedy: str = Field(description="what to do")


WORDS: dict[str, tuple[str, str]] = {
    "no-key": (
        "The resource is for those who have a key, and the request brought none.",
        "Send the header Authorization: Bearer nfx_…; netflix-pipeline keys create makes a key.",
    ),
    "bad-key": (
        "What was sent as a key is none of this service's: misspelt, cut off, or made up.",
        "Copy the key again, whole; if it is lost, have a new one made and the old one revoked.",
    ),
    "expired-key": ("The time of the key is over.", "Have a new one made."),
    "revoked-key": ("Somebody revoked the key.", "Ask why, and have a new one made."),
    "key-in-address": (
        "A key stands in the address, where logs and histories keep it.",
        "Revoke that key, and send the new one in the header Authorization.",
    ),
    "missing-scope": (
        "The key is good, but not for this: `detail` names the scope that is needed.",
        "Use a key that has the scope.",
    ),
    "other-person": (
        "The key is bound to certain persons, and the request is about another.",
        "Ask about them, or use a key that is not bound.",
    ),
    "keys-unavailable": (
        "The database of the keys cannot be read just now.",
        "Send the request again after Retry-After; operators: look at the service's log.",
    ),
    "not-found": (
        "The address is right, but nothing has the id in it, in this snapshot.",
        "Look the id up: /titles lists the titles.",
    ),
    "erased": (
        "The person asked to be erased: nothing is told of them any more.",
        "/users/{id}/erasure says how far it is; there is nothing else to be had.",
    ),
    "bad-cursor": (
        "The cursor is not one that a page of this list gave.",
        "Follow `next` or the Link header as they are, or begin without a cursor.",
    ),
    "bad-period": (
        "The period ends before it begins, has one end only, or is longer than may be.",
        "Give both `from` and `to`, or neither; ask for a long time in parts.",
    ),
    "unknown-metric": ("No metric has that name.", "/metrics-catalog lists them."),
    "filter-not-taken": (
        "The metric has no value under that filter, so an answer would be of something else.",
        "`detail` names the filters that it takes; leave the other out, or ask another metric.",
    ),
    "not-acceptable": (
        "None of the formats that Accept asks for can be had here.",
        "Ask for one that `detail` names, or send no Accept.",
    ),
    "too-slow": (
        "The body did not come within its time, or paused for too long.",
        "Send it again in one go, in smaller parts on a slow line.",
    ),
    "too-large": ("The body is larger than may be, as sent or unpacked.", "Send it in parts."),
    "address-too-long": (
        "Path and query together are longer than may be.",
        "Leave out parameters that are not needed; follow `next` and cursors as they are.",
    ),
    "headers-too-large": (
        "One header, or all of them together, are longer than may be.",
        "Send fewer and shorter headers; look for cookies that do not belong here.",
    ),
    "too-many-events": ("The request holds more events than may be.", "Send them in parts."),
    "unknown-media-type": (
        "The body is of a media type that is not read here.",
        "Send what the header Accept-Post names, and say so in Content-Type.",
    ),
    "unknown-encoding": (
        "The body is packed in a way that is not known here.",
        "Send it as it is, or packed as the header Accept-Encoding of the answer names.",
    ),
    "unreadable-body": (
        "The body as a whole cannot be read; nothing of it was kept.",
        "Mend what `detail` names, and send it again.",
    ),
    "too-many-requests": (
        "More was sent than one client may in that time, or it holds as many streams as it may.",
        "Wait as many seconds as Retry-After says; larger requests need fewer; end idle streams.",
    ),
    "overloaded": (
        "More comes in than can be written; nothing of this request was kept.",
        "Send it again after Retry-After: an event's id makes that safe.",
    ),
    "storage-full": (
        "The disk, or the memory of the Redis that keeps events, is full; nothing was kept.",
        "Send it again later; operators: free space, writing goes on by itself.",
    ),
    "log-unavailable": (
        "Events cannot be written just now; nothing of this request was kept.",
        "Send it again after Retry-After; operators: /ready and the service's log tell why.",
    ),
    "too-many-questions": (
        "As many questions wait for an answer as may, or this one waited too long.",
        "Ask again after Retry-After, fewer at a time.",
    ),
    "too-slow-query": (
        "The query did not end within its time and was stopped.",
        "Ask for fewer days or parts; asking the same again will not help.",
    ),
    "invalid-request": (
        "Parameters are missing, wrong, or not taken by the resource.",
        "`errors` names each with what is wrong; /docs describes the resource.",
    ),
    "no-snapshot": (
        "Nothing is published yet.",
        "Ask again later; operators: ingest data and materialize it.",
    ),
    "try-again": ("Something is in the way that will pass.", "Ask again after Retry-After."),
    "damaged-file": (
        "A file that the service needs for this is torn or not its own.",
        "Operators: `detail` says which, and what to do; it goes on by itself afterwards.",
    ),
    "nothing-there": ("There is no such resource.", "/docs lists what there is."),
    "method-not-allowed": (
        "The resource is there, but that cannot be done with it.",
        "The header Allow names the methods that it has.",
    ),
    "foreign-host": (
        "The request names a host that the service does not answer as.",
        "Ask it under a name that `detail` lists; operators: see NETFLIX_HOST and NETFLIX_HOSTS.",
    ),
    "foreign-origin": (
        "A page of another site asks from within a browser, and that site is not let in.",
        "Operators: name the site in NETFLIX_CORS_ORIGINS; or ask from a server of your own.",
    ),
    "catching-up": (
        "A process that just began still reads the last hour.",
        "Ask again after Retry-After.",
    ),
    "too-many-streams": (
        "As many listen to this process as may.",
        "Ask /live now and then, or come again later.",
    ),
    "not-ready": (
        "The service should not be asked just now: `errors` names the checks that failed.",
        "Operators: mend what they name; it becomes ready by itself.",
    ),
    "internal-error": (
        "The request met a fault of the service's own.",
        "Tell its operators the `instance`: their log tells more under it.",
    ),
}
"""The meaning and the remedy of each kind."""


def problem_types() -> dict[str, ProblemType]:
    """All types of problems by their kind, in the order of their status."""
    found = {kind: (title, status) for _, kind, title, status in KINDS} | OTHERS
    return {
        kind: ProblemType(
            type=f"/problems/{kind}",
            title=title,
            status=status,
            meaning=WORDS[kind][0],
            remedy=WORDS[kind][1],
        )
        for kind, (title, status) in sorted(found.items(), key=lambda one: (one[1][1], one[0]))
    }
