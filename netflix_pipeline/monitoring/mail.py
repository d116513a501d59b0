"""Sends a mail by SMTP within a time, all of its parts together, however slowly a server talks.

smtplib waits as long for each piece of a reply: one that comes byte by byte would take hours.
"""

import io
import smtplib
import ssl
import time
from email.message import EmailMessage
from typing import Any
from urllib.parse import SplitResult, unquote

from typing_extensions import Buffer, override


class _Connection(smtplib.SMTP):
    """A connection that is used up to a time of `time.monotonic`."""

    def __init__(self, until: float, host: str, port: int, **more: Any) -> None:
        self._until = until
        super().__init__(host, port, timeout=_left(until), **more)

    @override
    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Replies(self.sock, self._until))
        return super().getreply()

    @override
    def send(self, s: Buffer | str) -> None:
        if self.sock is not None:
            self.sock.settimeout(_left(self._until))
        super().send(s)


class _SecuredConnection(_Connection, smtplib.SMTP_SSL):
    """The same within TLS."""


class _Replies(io.RawIOBase):
    """What a server says up to a time. Raises TimeoutError."""

    def __init__(self, connection: Any, until: float) -> None:
        self._connection = connection
        self._until = until

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        self._connection.settimeout(_left(self._until))
        return int(self._connection.recv_into(buffer))


def subject(text: str) -> str:
    """A text as the one line of a header, which is what it looks like.

    The email package reads =?utf-8?q?=0A…?= (RFC 2047, 2) as the line break that it stands for, and
    writes that: what follows would be another header, or the body.
    """
    line = " ".join(text.split()).replace("=?", "= ?")
    return "".join(character for character in line if character.isprintable())


def send(mail: EmailMessage, server: SplitResult, seconds: float) -> None:
    """Hand a mail to a server: `smtp://USER:PASSWORD@HOST:PORT` or `smtps://…`.

    Raises TimeoutError once it takes longer, and what smtplib raises.
    """
    until = time.monotonic() + seconds
    host, port = server.hostname or "localhost", server.port or 0
    known = ssl.create_default_context()  # without it nobody looks at who the server is
    try:
        with (
            _SecuredConnection(until, host, port, context=known)
            if server.scheme == "smtps"
            else _Connection(until, host, port)
        ) as connection:
            if server.username:
                if server.scheme == "smtp":
                    connection.starttls(context=known)
                connection.login(unquote(server.username), unquote(server.password or ""))
            connection.send_message(mail)
    except OSError as error:
        if time.monotonic() >= until:  # smtplib has another error for it
            raise TimeoutError from error
        raise


def _left(until: float) -> float:
    """Seconds until then. Raises TimeoutError where none are left."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
