"""Signing in and out: a page that needs no script, and one cookie."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dash_app import forms
from dash_app.access import LOGIN, unavailable
from dash_app.document import Document
from dash_app.markup import Html, element, fragment
from netflix_pipeline.access import COOKIE, Crowded, SigningIn, TooManyAttempts, Visitors
from netflix_pipeline.errors import Transient

ASKED = "asked"
"""The cookie that tells whether a browser keeps cookies of ours at all."""


Cookie = tuple[str, timedelta]
"""What it holds, and how long it lasts."""
GONE: Cookie = "", timedelta()


@dataclass(frozen=True)
class Form:
    """What somebody signs in with, and where they then want to go."""

    name: str = ""
    password: str = ""
    to: str = "/"


class Login:
    """The routes for it."""

    def __init__(self, visitors: Visitors, document: Document) -> None:
        self._visitors = visitors
        self._document = document
        self._signing_in = SigningIn(visitors.passwords)

    def add_to(self, server: FastAPI) -> None:
        """Put the routes in place."""
        server.add_api_route(LOGIN, self.show, methods=["GET"], include_in_schema=False)
        server.add_api_route(LOGIN, self.sign_in, methods=["POST"], include_in_schema=False)
        server.add_api_route("/logout", self.sign_out, methods=["POST"], include_in_schema=False)
        server.add_api_route("/visitor", self.known, methods=["GET"], include_in_schema=False)

    async def show(self, request: Request) -> Response:
        """The page that asks."""
        if not self._visitors.by_password or not self._visitors.is_set_up:
            return RedirectResponse("/", 303)
        return self._page(request, Form(to=forms.inside(request.query_params.get("next", "/"))))

    async def sign_in(self, request: Request) -> Response:
        """Look at what was typed, and begin a session."""
        fields = await forms.form_fields(request)
        form = Form(
            fields.get("name", "").strip(),
            fields.get("password", ""),
            forms.inside(fields.get("next", "/")),
        )
        if self._visitors.cookie(request.scope, ASKED) not in request.cookies:
            return self._page(
                request,
                form,
                "Your browser keeps no cookie of this address. "
                + (
                    "It must be reached over https, or the dashboard be started with "
                    "NETFLIX_PLAIN_HTTP=true."
                    if self._visitors.secure(request.scope)
                    else "Allow cookies for it."
                ),
                400,
            )
        client = self._visitors.clients.of(request.scope)
        try:
            password = await self._signing_in.check(client, form.name, form.password)
        except TooManyAttempts as late:
            status = 503 if isinstance(late, Crowded) else 429
            answer = self._page(request, form, str(late), status)
            answer.headers["Retry-After"] = str(late.wait)
            return answer
        except Transient:
            return unavailable()
        if password is None:
            return self._page(
                request, form, "That name and that password do not belong together.", 401
            )
        sessions = self._visitors.signed_in
        try:
            # A session that the browser brings is never gone on with, whoever began it.
            await sessions.end(self._visitors.token(request.scope))
            token = await sessions.begin(form.name, password)
        except Transient:
            return unavailable()
        return self._redirect(request, form.to, {COOKIE: (token, sessions.lasting), ASKED: GONE})

    async def sign_out(self, request: Request) -> Response:
        """End the session, here and wherever its cookie was copied to."""
        try:
            await self._visitors.signed_in.end(self._visitors.token(request.scope))
        except Transient:
            return unavailable()
        return self._redirect(request, LOGIN, {COOKIE: GONE})

    async def known(self) -> Response:
        """204 for whoever is let in: a script asks here why it was not answered."""
        return Response(status_code=204)

    def _redirect(self, request: Request, to: str, cookies: Mapping[str, Cookie]) -> Response:
        answer = RedirectResponse(to, 303)
        for name, cookie in cookies.items():
            self._set(request, answer, name, cookie)
        return answer

    def _set(self, request: Request, answer: Response, name: str, cookie: Cookie) -> None:
        value, lasting = cookie
        answer.set_cookie(
            self._visitors.cookie(request.scope, name),
            value,
            max_age=int(lasting.total_seconds()),
            path="/",
            httponly=True,
            samesite="lax",
            secure=self._visitors.secure(request.scope),
        )

    def _page(
        self, request: Request, form: Form, problem: str | None = None, status: int = 200
    ) -> Response:
        answer = HTMLResponse(self._document.plain("Sign in", _form(form, problem)), status)
        self._set(request, answer, ASKED, ("1", timedelta(hours=1)))
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
