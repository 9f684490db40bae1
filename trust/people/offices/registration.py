"""Registration of a society: one officer of the Registrar asks, another confirms.

Both have to be officers of the Registrar over its place. The registration is the first entry of the
society's book log, for everybody to read; who the two were is kept beside it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final

from sqlalchemy import Connection

from trust.formats import canon, origins, times
from trust.formats.canon import Json
from trust.formats.errors import Word
from trust.people import places, queries
from trust.people.accounterrors import SocietyThereError
from trust.people.model import Actor, SocietyProfile, Waiting
from trust.people.offices import queries as offices
from trust.people.offices import requests
from trust.people.offices.errors import (
    NoSuchOfficeRequestError,
    NoSuchTalukError,
    NotYourPlaceError,
    ProfileNamesError,
    RegisteredLaterError,
    RequestOverError,
)
from trust.people.register import register_society
from trust.people.registerrules import today

WHAT: Final = "society"


@dataclass(frozen=True, slots=True)
class Pending:
    """A registration that waits for a second officer; `asked_at` is UTC seconds."""

    request: int
    society: SocietyProfile
    asked_by: str
    asked_at: int


def ask(conn: Connection, actor: Actor, profile: SocietyProfile, *, now: int) -> Waiting:
    """First officer: the society is to be registered.

    Args:
        profile: its slug is that of the registration number, whatever stands there; its taluk may
            be in any spelling of the table of places.

    Raises NotYourPlaceError, NoSuchTalukError, ProfileNamesError, RegisteredLaterError,
    SocietyThereError, AppointedError (the same waits already).
    """
    profile = _whole(profile, now)
    _require(actor, profile)
    if queries.society(conn, profile.slug) is not None:
        raise SocietyThereError(slug=profile.slug)
    body = canon.normalised(_body(profile))
    assert isinstance(body, dict)
    return Waiting(requests.ask(conn, actor, WHAT, body, now=now))


def confirm(conn: Connection, actor: Actor, number: int, *, now: int) -> SocietyProfile:
    """Second officer: register it.

    Raises NoSuchOfficeRequestError, RequestOverError, SamePersonError, NotYourPlaceError,
    SocietyThereError.
    """
    taken = requests.take(conn, actor, number, WHAT, now=now)
    profile = _profile(taken.request.body)
    asker = taken.asker(conn, now)
    for person in (asker, actor):
        _require(person, profile)
    officers = (asker.account.login, actor.account.login)
    register_society(conn, profile, now=now, officers=officers)
    return profile


def withdraw(conn: Connection, actor: Actor, number: int, *, now: int) -> None:
    """Whoever asked, or might confirm: it is not to be.

    Raises NoSuchOfficeRequestError, RequestOverError, NotYourPlaceError.
    """
    found, is_open = offices.request(conn, number)
    if found.what != WHAT:
        raise NoSuchOfficeRequestError
    if not is_open:
        raise RequestOverError
    if found.asked_by != actor.account.id:
        _require(actor, _profile(found.body))
    requests.withdraw(conn, number, now=now)


def waiting(conn: Connection, actor: Actor, *, now: int) -> list[Pending]:
    """What waits in the actor's area, oldest first."""
    found = [(one, _profile(one.body)) for one in offices.requests(conn, now, WHAT)]
    names = offices.logins(conn, {one.asked_by for one, _ in found})
    return [
        Pending(one.id, profile, names[one.asked_by], one.asked_at)
        for one, profile in found
        if actor.may("registrar", profile)
    ]


def _whole(profile: SocietyProfile, now: int) -> SocietyProfile:
    """The profile as it will be sealed."""
    known = places.taluk(profile.taluk, profile.district)
    if known is None:
        raise NoSuchTalukError(name=profile.taluk, district=Word("district", profile.district))
    if not (profile.name_en.strip() and profile.name_ml.strip()):
        raise ProfileNamesError
    if profile.registered_on > today(now):
        raise RegisteredLaterError(day=profile.registered_on)
    number = profile.registration_number.strip()
    return replace(profile, slug=origins.slug(number), registration_number=number, taluk=known.name)


def _require(actor: Actor, profile: SocietyProfile) -> None:
    staff = actor.account.kind == "staff" and actor.account.society is None
    if not (staff and actor.may("registrar", profile)):
        raise NotYourPlaceError(place=Word("district", profile.district))


def _body(profile: SocietyProfile) -> dict[str, Json]:
    return {**asdict(profile), "registered_on": profile.registered_on.isoformat()}


def _profile(body: Mapping[str, Json]) -> SocietyProfile:
    said = {name: str(value) for name, value in body.items()}
    day = times.parse_date(said.pop("registered_on"))
    return SocietyProfile(**said, registered_on=day)
