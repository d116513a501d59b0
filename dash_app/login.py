"""Signing in and out: a page that needs no script, and one cookie."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from dash_app import forms, sessions
from dash_app.access import COOKIE, LOGIN, Guard
from dash_app.document import Document
from dash_app.markup import Html, element, fragment

OF_ONE = RateLimitItemPerMinute(5, 5)
"""Passwords that were wrong for one name, from one address."""
OF_ALL = RateLimitItemPerMinute(50, 5)
"""Passwords that were wrong from one address."""
ASKED = "asked"
"""The cookie that tells whether a browser keeps cookies of ours at all."""


@dataclass(frozen=True)
class Form:
    """What somebody signs in with, and where they then want to go."""

    name: str = ""
    password: str = ""
    to: str = "/"


class Login:
    """The routes for it. `secure`: cookies travel over https alone."""

    def __init__(self, guard: Guard, document: Document, *, secure: bool) -> None:
        self._guard = guard
        self._document = document
        self._secure = secure
        self._wrong = FixedWindowRateLimiter(MemoryStorage())
        # A password takes 46 MiB and a core to check: one after the other.
        self._turn = asyncio.Semaphore(1)

    def add_to(self, server: FastAPI) -> None:
        """Put the routes in place."""
        server.add_api_route(LOGIN, self.show, methods=["GET"], include_in_schema=False)
        server.add_api_route(LOGIN, self.sign_in, methods=["POST"], include_in_schema=False)
        server.add_api_route("/logout", self.sign_out, methods=["POST"], include_in_schema=False)
        server.add_api_route("/visitor", self.known, methods=["GET"], include_in_schema=False)

    async def show(self, request: Request) -> Response:
        """The page that asks."""
        if not self._guard.by_password or not self._guard.is_set_up:
            return RedirectResponse("/", 303)
        return self._page(request, Form(to=forms.inside(request.query_params.get("next", "/"))))

    async def sign_in(self, request: Request) -> Response:
        """Look at what was typed, and begin a session."""
        told = await forms.told(request)
        form = Form(
            told.get("name", "").strip(),
            told.get("password", ""),
            forms.inside(told.get("next", "/")),
        )
        address = request.client.host if request.client else ""
        if ASKED not in request.cookies:
            return self._page(
                request,
                form,
                "Your browser keeps no cookie of this address. "
                + (
                    "It must be reached over https, or the dashboard be started with "
                    "NETFLIX_PLAIN_HTTP=true."
                    if self._secure
                    else "Allow cookies for it."
                ),
                400,
            )
        if not (self._wrong.test(OF_ONE, address, form.name) and self._wrong.test(OF_ALL, address)):
            return self._late(request, form, address)
        async with self._turn:
            good = await asyncio.to_thread(self._guard.passwords.check, form.name, form.password)
        if not good:
            self._wrong.hit(OF_ONE, address, form.name)
            self._wrong.hit(OF_ALL, address)
            return self._page(
                request, form, "That name and that password do not belong together.", 401
            )
        answer = RedirectResponse(form.to, 303)
        hashed = self._guard.passwords.hashes.get(form.name, "")
        cookie = sessions.signed(form.name, hashed, self._guard.key(), time.time())
        self._set(request, answer, COOKIE, cookie, sessions.LASTING)
        self._set(request, answer, ASKED, "", 0)
        return answer

    async def sign_out(self, request: Request) -> Response:
        """End the session in this browser."""
        answer = RedirectResponse(LOGIN, 303)
        self._set(request, answer, COOKIE, "", 0)
        return answer

    async def known(self) -> Response:
        """204 for whoever is let in: a script asks here why it was not answered."""
        return Response(status_code=204)

    def _late(self, request: Request, form: Form, address: str) -> Response:
        until = max(
            self._wrong.get_window_stats(OF_ONE, address, form.name).reset_time,
            self._wrong.get_window_stats(OF_ALL, address).reset_time,
        )
        wait = max(1, round(until - time.time()))
        answer = self._page(
            request, form, "Too many passwords were wrong: wait five minutes, then try again.", 429
        )
        answer.headers["Retry-After"] = str(wait)
        return answer

    def _set(self, request: Request, answer: Response, name: str, value: str, lasting: int) -> None:
        # A header that anybody may write makes a cookie stricter, never laxer.
        secure = self._secure or request.headers.get("x-forwarded-proto") == "https"
        answer.set_cookie(
            name, value, max_age=lasting, httponly=True, samesite="lax", secure=secure
        )

    def _page(
        self, request: Request, form: Form, problem: str | None = None, status: int = 200
    ) -> Response:
        answer = HTMLResponse(self._document.plain("Sign in", _form(form, problem)), status)
        self._set(request, answer, ASKED, "1", 3600)
        return answer


def _form(form: Form, problem: str | None) -> Html:
    return element(
        "main",
        element(
            "form",
            element("h1", "Sign in"),
            element("p", problem, role="alert", class_="notice") if problem else None,
            _field("Name", "name", "text", "username", form.name),
            _field("Password", "password", "password", "current-password", ""),
            element("input", type="hidden", name="next", value=form.to),
            element("button", "Sign in", type="submit", class_="button"),
            action=LOGIN,
            method="post",
            class_="panel",
        ),
        class_="login",
    )


def _field(label: str, name: str, kind: str, complete: str, value: str) -> Html:
    return element(
        "label",
        fragment(
            element("span", label),
            element(
                "input",
                type=kind,
                name=name,
                value=value,
                autocomplete=complete,
                required=True,
                autofocus=not value,
                maxlength="1000",
            ),
        ),
    )
