"""How bye-laws are sealed in a society's book log: by a registered amendment, or entered.

Bye-laws that were registered before the society came here, and those of a society registered under
an application, are entered by the Registrar's office; the text of an application must be the one
that was applied for.
"""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import Connection

from oversight.applications import queries
from oversight.applications.errors import (
    NoSuchApplicationError,
    NotRegisteredError,
    OrderMissingError,
    OtherTextError,
    ReceivedLaterError,
    TextMissingError,
)
from oversight.applications.model import Application
from oversight.pure.filing import india_day
from trust.formats.canon import Json, normalise_text
from trust.log import service as logs
from trust.log.model import NewEntry, Sequenced
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.model import Actor


@dataclass(frozen=True, slots=True)
class NewBylaws:
    """Bye-laws to be sealed as the next version of a society's."""

    society: str
    application: str | None
    adopted_on: date | None
    registered_on: date
    order: str
    section: str
    text: str


def enter(conn: Connection, actor: Actor, new: NewBylaws, *, now: int) -> int:
    """Enter the bye-laws that are in force; returns the version. For the Registrar's office.

    Raises:
        NotAllowedError: the account is no officer of the Registrar over the society.
        TextMissingError, OrderMissingError, ReceivedLaterError: the details are not whole.
        NotRegisteredError, OtherTextError: the application named does not bear them out.
    """
    actor.require(("registrar",), people.need_society(conn, new.society))
    if not new.text.strip():
        raise TextMissingError
    if not new.order.strip():
        raise OrderMissingError
    if new.registered_on > india_day(now):
        raise ReceivedLaterError(day=new.registered_on)
    hold(conn, new.society, now=now)
    if new.application is not None:
        _check_application(conn, new)
    return seal(conn, new, now=now)


def hold(conn: Connection, society: str, *, now: int) -> str:
    """Keep others from the society's book log until the transaction ends; returns its origin."""
    origin = people_service.open_book(conn, society, now=now)
    logs.lock(conn, origin)
    return origin


def of_amendment(found: Application, order: str, section: str, now: int) -> NewBylaws:
    """What a registered amendment seals; raises OtherTextError if the text is not the received."""
    assert found.said.society is not None
    _check_text(found, found.said.text)
    return NewBylaws(
        found.said.society,
        found.id,
        found.said.adopted_on,
        india_day(now),
        order,
        section,
        found.said.text,
    )


def seal(conn: Connection, new: NewBylaws, *, now: int) -> int:
    """Append the next version to the book log, which is held; returns its number."""
    held = queries.versions(conn, new.society)
    version = held[0].version + 1 if held else 1
    record: dict[str, Json] = {
        "kind": "bye-laws",
        "v": 1,
        "society": new.society,
        "version": version,
        "application": new.application,
        "adopted_on": new.adopted_on.isoformat() if new.adopted_on else None,
        "registered_on": new.registered_on.isoformat(),
        "order": normalise_text(new.order.strip()),
        "section": normalise_text(new.section.strip()),
        "text": normalise_text(new.text.strip()),
    }
    _append(conn, new.society, NewEntry("bye-laws", record, f"bye-laws {version}"), now)
    return version


def _append(conn: Connection, society: str, entry: NewEntry, now: int) -> Sequenced:
    origin = people_service.open_book(conn, society, now=now)
    (sealed,) = logs.append(conn, origin, [entry], now=now)
    return sealed


def _check_application(conn: Connection, new: NewBylaws) -> None:
    assert new.application is not None
    try:
        found = queries.application(conn, new.application)
    except NoSuchApplicationError:
        raise NotRegisteredError(application=new.application) from None
    first = found.said.subject == "registration" and found.state == "registered"
    if not first or queries.used(conn, found.id):
        raise NotRegisteredError(application=found.id)
    _check_text(found, new.text)


def _check_text(found: Application, text: str) -> None:
    if sha256(normalise_text(text.strip()).encode()).hexdigest() != found.text_digest:
        raise OtherTextError(application=found.id)
