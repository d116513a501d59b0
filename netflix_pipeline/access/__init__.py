"""Who asks: where a request comes from, how often it was tried, with which key, who signed in.

For whatever answers requests, without answering any itself: scopes of ASGI in, names out.
"""

from netflix_pipeline.access.attempts import Attempts, TooManyAttempts
from netflix_pipeline.access.clients import Clients, at_home, is_proxied
from netflix_pipeline.access.key_audit import KeyAudit
from netflix_pipeline.access.keyring import Keyring
from netflix_pipeline.access.sessions import SignedIn
from netflix_pipeline.access.sign_in import Crowded, SigningIn
from netflix_pipeline.access.visitors import COOKIE, Visitors

__all__ = [
    "COOKIE",
    "Attempts",
    "Clients",
    "Crowded",
    "KeyAudit",
    "Keyring",
    "SignedIn",
    "SigningIn",
    "TooManyAttempts",
    "Visitors",
    "at_home",
    "is_proxied",
]
