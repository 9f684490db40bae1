"""What the signed-in desks have in common: who acts, for which society, and faults as sentences.

A fault of the subject (`SakshiError`) reaches the person as a sentence in her language where we
have one for its code, else as the English sentence it carries, marked as English.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from trust.formats.errors import SakshiError
from trust.log import queries as logs
from trust.log.runtime import Runtime
from trust.log.witnesses import standing
from trust.people import queries as people
from trust.people.model import OFFICERS, Actor, Role, SocietyProfile
from web import i18n
from web.negotiate import problem

FORBIDDEN: Final = frozenset({"not-allowed", "not-entitled"})
MISSING: Final = frozenset(
    {"no-log", "unknown-log", "no-entry", "unknown-person", "no-such-meeting", "unknown-alert"}
)
CONFLICT: Final = frozenset(
    {"alert-changed", "step-refused", "same-officer", "enrolment-closed", "key-revoked",
     "already-there", "already-closed",
     "close-too-early", "ballot-replayed", "ballot-after-close"}
)  # fmt: skip


MAX_NUMBER: Final = 2**31 - 1
"""The greatest whole number of a form field: what an integer column of PostgreSQL holds."""


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


def status_of(error: SakshiError) -> int:
    """HTTP status of a fault: 403, 404, 409 or 422."""
    for status, codes in ((403, FORBIDDEN), (404, MISSING), (409, CONFLICT)):
        if error.code in codes:
            return status
    return 422


def sentence(request: Request, error: SakshiError) -> Markup:
    """The fault in the reader's language where there is a sentence for its code, else English."""
    key = f"fault.{error.code}"
    lang = i18n.language(request)
    if lang != "en" and key in i18n.phrases():
        return i18n.translator(lang)(key)
    if lang == "en":
        return Markup.escape(str(error))
    return Markup('<span lang="en">{}</span>').format(str(error))


def sentence_text(request: Request, error: SakshiError) -> str:
    """The same as plain text, for JSON."""
    key, lang = f"fault.{error.code}", i18n.language(request)
    return i18n.phrases()[key].text(lang) if lang != "en" and key in i18n.phrases() else str(error)


def phrase(request: Request, key: str) -> Markup:
    """A sentence of ours in the reader's language."""
    return i18n.translator(i18n.language(request))(key)


def refusal(request: Request, error: SakshiError) -> Response:
    """The fault as a problem document, for our scripts and for programs."""
    return problem(status_of(error), sentence_text(request, error), code=error.code)


def text(fields: Any, name: str, limit: int = 4000) -> str:
    """A text field of a form, trimmed; a file or a missing field is an empty text.

    Raises:
        HTTPException: 422 if it is longer than any such text may be.
    """
    value = fields.get(name)
    if not isinstance(value, str):
        return ""
    if len(value) > limit:
        raise HTTPException(422, f"The field {name} is longer than {limit} characters.")
    if "\0" in value:
        raise HTTPException(422, f"The field {name} holds a character that no text has.")
    return value.strip()


def number(fields: Any, name: str) -> int:
    """A whole number from a form or a JSON object, of those that a row's number can be.

    Raises:
        HTTPException: 422 if it is none.
    """
    value = fields.get(name)
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 12:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_NUMBER:
        return value
    raise HTTPException(422, f"The field {name} must be a whole number.")


def book_seal(conn: Connection, slug: str, now: int) -> Seal:
    """The seal line of a society's book log: its newest published head."""
    return log_seal(conn, people.book_origin(conn, slug, now))


def log_seal(conn: Connection, origin: str) -> Seal:
    """The seal line of a log; unpublished when no published head covers it yet."""
    if not logs.exists(conn, origin):
        return Seal(None, None, False, ())
    head = standing.published(conn, origin)
    if head is None:
        return Seal(None, None, False, ())
    return Seal(head.signed_at, head.root.hex(), True, standing.seen_outside(conn, head))
