"""Why a request is not let in: as errors, each with the headers that its answer tells."""

from __future__ import annotations

from netflix_pipeline.errors import PipelineError, Transient

REALM = 'Bearer realm="viewing behaviour"'


class Refused(PipelineError):
    """A request that its sender may not make; `headers` go with the answer.

    `key_id` tells whose key it is, where the whole key was presented.
    """

    kind = "refused"

    def __init__(self, message: str, challenge: str = "", key_id: str = "") -> None:
        super().__init__(message)
        self.key_id = key_id
        self.headers = {"WWW-Authenticate": f"{REALM}{challenge}"}


class NoKey(Refused):
    """The request brings no key, and needs one."""

    kind = "no-key"


class BadKey(Refused):
    """The key is none: misspelt, forged, or of another service."""

    kind = "bad-key"


class ExpiredKey(Refused):
    """The time of the key is over."""

    kind = "expired-key"


class RevokedKey(Refused):
    """The key was revoked."""

    kind = "revoked-key"


class KeyInAddress(Refused):
    """The key stands in the address, where it is written into logs and histories."""

    kind = "key-in-address"


class MissingScope(Refused):
    """The key is good, and not for this."""

    kind = "missing-scope"


class OtherPerson(Refused):
    """The key is for other persons."""

    kind = "other-person"


class KeysUnavailable(Transient):
    """Nobody can say just now which keys are good."""
