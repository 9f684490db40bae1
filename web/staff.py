"""What the signed-in desks have in common: who acts, for which society, and faults as sentences.

A refusal (`SakshiError`) has its status and its slug from its class and reaches the person as a
sentence in her language: `sentence` for pages, `refusal` for programs.
"""

import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from trust.books.errors import StatementRefusedError
from trust.formats import canon
from trust.formats.errors import SakshiError
from trust.log import queries as log_queries
from trust.log.runtime import Runtime
from trust.log.witnesses import witness_status
from trust.people import queries as people
from trust.people.model import OFFICERS, Actor, Role, SocietyProfile
from web import i18n
from web.errors import FieldCharacterError, FieldTooLongError, NotANumberError, WebError
from web.negotiate import Json, plain, problem

MAX_NUMBER: Final = 2**31 - 1
"""The greatest whole number of a form field: what an integer column of PostgreSQL holds."""


_LINE_ENDS: Final = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class Seal:
    """What the seal line of a page shows; `as_of` is the head's signing time, UTC seconds."""

    as_of: int | None
    root: str | None
    published: bool
    witnesses: tuple[str, ...]


def runtime(request: Request) -> Runtime:
    """What the composition root made."""
    rt: Runtime = request.app.state.rt
    return rt


def actor(request: Request) -> Actor:
    """The signed-in person; only behind `security.require`."""
    found = request.state.actor
    assert isinstance(found, Actor)
    return found


def own_society(
    request: Request, conn: Connection, roles: Iterable[Role] = OFFICERS
) -> SocietyProfile:
    """The society the signed-in officer works for.

    Raises:
        HTTPException: 403 if the account belongs to none.
        NotAllowedError: the account lacks the role there.
    """
    person = actor(request)
    if person.account.society is None:
        raise HTTPException(403)
    profile = people.need_society(conn, person.account.society)
    person.require(roles, profile)
    return profile


def in_jurisdiction(
    request: Request, conn: Connection, slug: str, roles: Iterable[Role]
) -> SocietyProfile:
    """A society that the signed-in person has one of the roles over."""
    profile = people.need_society(conn, slug)
    actor(request).require(roles, profile)
    return profile


MOST_LISTED: Final = 100
"""Societies listed on one page; more are found by searching."""


def sentence(request: Request, error: SakshiError) -> Markup:
    """The refusal in the reader's language, for a page."""
    return i18n.refused(error, i18n.language(request))


def phrase(request: Request, key: str) -> Markup:
    """A sentence of ours in the reader's language."""
    return i18n.translator(i18n.language(request))(key)


Again = Callable[..., Response]
FormView = Callable[[Request, FormData], Response]


def shown_again(page: Again, **names: str) -> Callable[[FormView], FormView]:
    """A form whose refusals `page` shows: the sentence, the field it speaks of, what was typed.

    Args:
        page: a view that also takes a status and what the page shows besides.
        names: further names for it, filled from the path: `sent="loss{key}"`.

    What the reader may not see, or what is not there, stays an error page (403, 404).
    """

    def decorate(view: FormView) -> FormView:
        @functools.wraps(view)
        def told(request: Request, fields: FormData) -> Response:
            try:
                return view(request, fields)
            except SakshiError as error:
                if error.status in (403, 404):
                    raise
                more = {name: text.format_map(request.path_params) for name, text in names.items()}
                return page(request, error.status, **refused(request, error, fields), **more)

        return told

    return decorate


def refused(request: Request, error: SakshiError, fields: Any = None) -> dict[str, Any]:
    """What a form shows after a refusal: the sentence, the field it speaks of, what was typed.

    Args:
        request: tells the language.
        error: the refusal.
        fields: the form as it was sent; nothing of a file or a password comes back.
    """
    return {"fault": sentence(request, error), "about": error.field, "form": typed(fields or {})}


def typed(fields: Any) -> dict[str, str]:
    """The text fields of a form as they were sent, without token and password."""
    return {
        name: value.replace("\0", "")
        for name, value in fields.items()
        if isinstance(value, str) and name not in ("csrf", "password", "password_again")
    }


def refusal(request: Request, error: SakshiError, **more: Json) -> Response:
    """The refusal as a problem document in the reader's language, for scripts and programs."""
    if isinstance(error, StatementRefusedError):
        more["faults"] = plain(error.faults)
    lang = i18n.language(request)
    detail = str(i18n.refused(error, lang).striptags())
    headers = dict(error.headers) if isinstance(error, WebError) else {}
    headers["Content-Language"] = lang
    return problem(error.status, detail, code=error.code, headers=headers, **more)


def text(fields: Any, name: str, limit: int = 4000) -> str:
    """A text field of a form, trimmed; a file or a missing field is an empty text.

    A record keeps text normalised, and that can be longer: so it is measured as it will be kept.
    Browsers end the lines of a text with CR and LF; a record has LF alone, and no tab.

    Raises:
        FieldTooLongError: it is longer than any such text may be.
        FieldCharacterError: it holds a character that no record may hold.
    """
    value = fields.get(name)
    if not isinstance(value, str):
        return ""
    if len(value) > limit + value.count("\r\n"):
        raise FieldTooLongError(name, limit=limit)
    value = _LINE_ENDS.sub("\n", value).replace("\t", " ").strip()
    if canon.FORBIDDEN.search(value):
        raise FieldCharacterError(name)
    if len(canon.normalise_text(value)) > limit:
        raise FieldTooLongError(name, limit=limit)
    return value


def number(fields: Any, name: str) -> int:
    """A whole number from a form or a JSON object, of those that a row's number can be.

    Raises:
        NotANumberError: it is none.
    """
    value = fields.get(name)
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 12:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_NUMBER:
        return value
    raise NotANumberError(name)


def book_seal(conn: Connection, slug: str, now: int) -> Seal:
    """The seal line of a society's book log: its newest published head."""
    return log_seal(conn, people.book_origin(conn, slug, now))


def log_seal(conn: Connection, origin: str) -> Seal:
    """The seal line of a log; unpublished when no published head covers it yet."""
    if not log_queries.exists(conn, origin):
        return Seal(None, None, False, ())
    head = witness_status.published(conn, origin)
    if head is None:
        return Seal(None, None, False, ())
    return Seal(head.signed_at, head.root.hex(), True, witness_status.seen_outside(conn, head))
