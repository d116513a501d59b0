"""Why a request is not let in: as errors, each with the headers that its answer tells."""

import re

from netflix_pipeline.errors import PipelineError, Transient

REALM = 'realm="viewing behaviour"'
INVALID = ', error="invalid_token"'


class AuthError(PipelineError):
    """A request that its sender may not make; `headers` go with the answer.

    `key_id` tells whose key it is, where the whole key was presented.
    """

    def __init__(self, message: str, challenge: str = "", key_id: str = "") -> None:
        super().__init__(message)
        self.key_id = key_id
        self.headers = {"WWW-Authenticate": f"Bearer {REALM}{challenge}"}

    @property
    def kind(self) -> str:
        """Its name in the audit: that of the problem as which the API answers it."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(self).__name__).lower()

    def offer_basic(self) -> None:
        """Let the answer say that a key may come as a password, too."""
        self.headers["WWW-Authenticate"] += f', Basic {REALM}, charset="UTF-8"'


class NoKey(AuthError):
    """The request brings no key, and needs one."""


class BadKey(AuthError):
    """The key is none: misspelt, forged, or of another service."""


class ExpiredKey(AuthError):
    """The time of the key is over."""


class RevokedKey(AuthError):
    """The key was revoked."""


class KeyInAddress(AuthError):
    """The key stands in the address, where it is written into logs and histories."""


class MissingScope(AuthError):
    """The key is good, and not for this."""


class OtherPerson(AuthError):
    """The key is for other persons."""


class KeysUnavailable(Transient):
    """Nobody can say just now which keys are good."""
