"""What is done about applications: entered, queried, answered, decided, taken back.

Each verb seals its step in the oversight log, for everybody to read: without a name, because
officers and applicants are persons. Who takes two logs takes the society's first. An amendment that
a society hands in itself is decided by any officer of the Registrar over it; what an officer of the
Registrar entered is decided by another one.
"""

from datetime import date
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection

from oversight import sealing
from oversight.applications import queries, registering
from oversight.applications.errors import (
    AdoptedLaterError,
    ApplicantMissingError,
    NameMissingError,
    OfficeOnlyError,
    OrderMissingError,
    OwnEntryError,
    PendingThereError,
    ReceivedLaterError,
    SectionMissingError,
    SocietyOnlyError,
    StepNotNowError,
    TextMissingError,
    WhyMissingError,
)
from oversight.applications.model import Application, Applied, By
from oversight.pure.applications import ENDED, Action, state_after
from oversight.pure.filing import india_day
from trust.formats.canon import Json, normalise_text
from trust.formats.errors import Word
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.people import queries as people
from trust.people.model import Actor, OfficerRole

ANSWERING: Final[tuple[OfficerRole, ...]] = ("secretary", "president")
DECISIONS: Final[tuple[Action, ...]] = ("register", "refuse")


def receive(conn: Connection, actor: Actor, said: Applied, *, now: int) -> str:
    """Enter an application; returns its number, such as `thrissur-2026-17`.

    An application to register a society is entered by the Registrar's office over the place; one
    to amend bye-laws by that office or by the society's own officers.

    Raises:
        OfficeOnlyError, SocietyOnlyError: the account has no office for that.
        PendingThereError: another amendment of the society is undecided.
        NameMissingError, TextMissingError, ApplicantMissingError, ReceivedLaterError,
        AdoptedLaterError: the details are not whole.
    """
    channel = _channel(conn, actor, said)
    _check(said, today := india_day(now))
    origin = sealing.current_log(conn, now)
    logs.lock(conn, origin)
    if said.society is not None:
        _check_none_open(conn, said.society)
    prefix = f"{said.district}-{today.year}-"
    number = f"{prefix}{queries.last_number(conn, prefix) + 1}"
    text = normalise_text(said.text.strip())
    annex: dict[str, Json] = {
        "applicant": normalise_text(said.applicant.strip()),
        "contact": normalise_text(said.contact.strip()),
        "adopted_on": said.adopted_on.isoformat() if said.adopted_on else "",
        "text": text,
        "entered_by": actor.account.id,
    }
    record = _record(number, said, channel, text)
    entry = NewEntry("application", record, f"application {number}", annex=annex)
    logs.append(conn, origin, [entry], now=now)
    return number


def query(
    conn: Connection, actor: Actor, number: str, section: str, reason: str, *, now: int
) -> None:
    """Ask the applicants; the days until they answer are theirs. Raises as `decide`."""
    found = queries.application(conn, number)
    _require_office(actor, found.said)
    _step(conn, actor, found, "query", "office", section, reason, "", now=now)


def answer(conn: Connection, actor: Actor, number: str, reason: str, *, now: int) -> None:
    """Answer what was asked: the society's officers, or the office for what came on paper."""
    found = queries.application(conn, number)
    by = _side(conn, actor, found.said)
    _step(conn, actor, found, "answer", by, "", reason, "", now=now)


def withdraw(conn: Connection, actor: Actor, number: str, reason: str, *, now: int) -> None:
    """Take the application back: the society's officers, or the office for what came on paper."""
    found = queries.application(conn, number)
    by = _side(conn, actor, found.said)
    _step(conn, actor, found, "withdraw", by, "", reason, "", now=now)


def decide(
    conn: Connection,
    actor: Actor,
    number: str,
    action: Action,
    section: str,
    reason: str,
    order: str,
    *,
    now: int,
) -> None:
    """Register or refuse. A registered amendment is the society's next version of its bye-laws.

    Raises:
        NoSuchApplicationError: there is none of that number.
        OfficeOnlyError: the account is no officer of the Registrar over the place.
        OwnEntryError: the account entered the application itself.
        StepNotNowError: it was decided already, or waits for an answer.
        SectionMissingError, WhyMissingError, OrderMissingError: what is public is missing.
    """
    found = queries.application(conn, number)
    _require_office(actor, found.said)
    if found.entered_by == actor.account.id:
        raise OwnEntryError
    if not section.strip():
        raise SectionMissingError
    if action == "register" and not order.strip():
        raise OrderMissingError
    society = found.said.society
    if action == "register" and society is not None:
        registering.hold(conn, society, now=now)
    _step(conn, actor, found, action, "office", section, reason, order, now=now)
    if action == "register" and society is not None:
        registering.seal(conn, registering.of_amendment(found, order, section, now), now=now)


# --- who ---------------------------------------------------------------------------------------


def _channel(conn: Connection, actor: Actor, said: Applied) -> By:
    if said.subject == "registration":
        _require_office(actor, said)
        return "office"
    return _side(conn, actor, said)


def _side(conn: Connection, actor: Actor, said: Applied) -> By:
    """Whether the account acts for the society or for the office; raises if for neither."""
    if said.society is not None:
        profile = people.need_society(conn, said.society)
        if any(actor.may(role, profile) for role in ANSWERING):
            return "society"
        if not actor.has("registrar"):
            raise SocietyOnlyError
    _require_office(actor, said)
    return "office"


def _require_office(actor: Actor, said: Applied) -> None:
    if not over_place(actor, said.district, said.taluk):
        raise OfficeOnlyError(place=Word("district", said.district))


def over_place(actor: Actor, district: str, taluk: str) -> bool:
    """Whether the account is an officer of the Registrar over a taluk of a district."""
    places = {("state", ""), ("district", district), ("taluk", f"{district}/{taluk}")}
    mine = (one for one in actor.grants if one.role == "registrar")
    return any((one.scope_kind, one.scope) in places for one in mine)


# --- what --------------------------------------------------------------------------------------


def _check(said: Applied, today: date) -> None:
    if not (said.name_en.strip() and said.name_ml.strip() and said.taluk.strip()):
        raise NameMissingError
    if not said.text.strip():
        raise TextMissingError
    if not said.applicant.strip():
        raise ApplicantMissingError
    if said.received_on > today:
        raise ReceivedLaterError(day=said.received_on)
    if said.adopted_on is not None and said.adopted_on > said.received_on:
        raise AdoptedLaterError


def _check_none_open(conn: Connection, society: str) -> None:
    for other in queries.applications(conn, society=society):
        if other.state not in ENDED:
            raise PendingThereError(application=other.id)


def _record(number: str, said: Applied, channel: By, text: str) -> dict[str, Json]:
    return {
        "kind": "application",
        "v": 1,
        "application": number,
        "subject": said.subject,
        "society": said.society,
        "name_en": normalise_text(said.name_en.strip()),
        "name_ml": normalise_text(said.name_ml.strip()),
        "district": said.district,
        "taluk": normalise_text(said.taluk.strip()),
        "sector": said.sector,
        "received_on": said.received_on.isoformat(),
        "channel": channel,
        "text_digest": sha256(text.encode()).hexdigest(),
    }


def _step(
    conn: Connection,
    actor: Actor,
    found: Application,
    action: Action,
    by: By,
    section: str,
    reason: str,
    order: str,
    *,
    now: int,
) -> None:
    """Seal one step, if it may follow the steps there are by now."""
    if not reason.strip():
        raise WhyMissingError
    origin = sealing.current_log(conn, now)
    logs.lock(conn, origin)
    fresh = queries.application(conn, found.id)
    if state_after(action, fresh.state) is None:
        state, asked = Word("application_state", fresh.state), Word("application_action", action)
        raise StepNotNowError(state=state, action=asked)
    record: dict[str, Json] = {
        "kind": "application-step",
        "v": 1,
        "application": found.id,
        "action": action,
        "by": by,
        "section": normalise_text(section.strip()),
        "reason": normalise_text(reason.strip()),
        "order": normalise_text(order.strip()),
    }
    key = f"application {found.id} {len(fresh.steps) + 1}"
    entry = NewEntry("application-step", record, key, annex={"officer": actor.account.id})
    logs.append(conn, origin, [entry], now=now)
