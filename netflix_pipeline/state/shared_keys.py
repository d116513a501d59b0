"""Keys of machines that share a database of state: all follow from one secret, which each has.

Each key lies in a file of the home, as one that was made there does: so a home goes on knowing its
own, and nothing has to be carried from the machine that needed it first to the others.
"""

import hmac
from typing import Literal

from netflix_pipeline.errors import BadInput
from netflix_pipeline.settings import Settings

SHORTEST = 32
"""Characters of a secret, which nobody shall find by trying."""


def shared_key(settings: Settings, use: Literal["erasures", "sessions"]) -> bytes | None:
    """The key for a use, 32 bytes; None where there is no secret. Raises BadInput for a short one.

    It is the HMAC of the use under the secret, by SHA-256.
    """
    secret = settings.state_secret
    if not secret:
        return None
    if len(secret) < SHORTEST:
        raise BadInput(
            f"NETFLIX_STATE_SECRET has {len(secret)} characters, and a secret has {SHORTEST} or "
            "more: openssl rand -hex 32 makes one, for all machines that share a database of state."
        )
    return hmac.digest(secret.encode(), f"netflix-pipeline {use}".encode(), "sha256")
