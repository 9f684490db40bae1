"""The tree of offices: an administrator opens and closes them. An office alone gives no right."""

from sqlalchemy import Connection

from trust.formats.canon import Json, normalise_text
from trust.people.model import Actor, Grant
from trust.people.offices import queries as offices
from trust.people.offices import requests, sealing
from trust.people.offices.accounts import require_any
from trust.people.offices.errors import (
    NoSuchOfficeError,
    OfficeHeldError,
    OfficePlaceError,
    OfficeThereError,
)
from trust.people.offices.model import LEVELS, Level, Office


def open_office(
    conn: Connection,
    actor: Actor,
    slug: str,
    level: Level,
    names: tuple[str, str],
    *,
    scope: str,
    parent: str | None,
    now: int,
) -> Office:
    """Open an office; `names` are in English and Malayalam.

    Raises RoleNeededError, OfficeThereError, OfficePlaceError, NoSuchOfficeError.
    """
    require_any(actor, ("administrator",))
    scope = slug if level == "federation" else normalise_text(scope.strip())
    _check(conn, slug, level, scope, parent)
    name_en, name_ml = (normalise_text(name.strip()) for name in names)
    record = _record(Office(slug, level, parent, scope, name_en, name_ml, now, None), "open")
    _seal(conn, actor, record, now)
    return offices.need_office(conn, slug)


def close_office(conn: Connection, actor: Actor, slug: str, *, now: int) -> None:
    """Close an office that nobody is appointed to and no other is below.

    Raises RoleNeededError, NoSuchOfficeError, OfficeHeldError.
    """
    require_any(actor, ("administrator",))
    found = offices.need_office(conn, slug)
    below = any(one.parent == slug for one in offices.offices(conn))
    if below or offices.held(conn, slug, now):
        raise OfficeHeldError
    _seal(conn, actor, _record(found, "close"), now)


def _check(conn: Connection, slug: str, level: Level, scope: str, parent: str | None) -> None:
    there = offices.offices(conn)
    if any(one.slug == slug or (one.level, one.scope) == (level, scope) for one in there):
        raise OfficeThereError(slug=slug)
    district, _, taluk = scope.partition("/")
    fits = {
        "state": scope == "",
        "district": _is_word(scope),
        "taluk": _is_word(district) and bool(taluk),
        "sector": _is_word(scope),
        "federation": True,
    }[level]
    above = next((one for one in there if one.slug == parent), None)
    if parent is not None and above is None:
        raise NoSuchOfficeError(slug=parent)
    if not fits or (above is not None and not _is_above(above, level, scope)):
        raise OfficePlaceError


def _is_above(above: Office, level: Level, scope: str) -> bool:
    if above.level == "district":
        return level == "taluk" and scope.startswith(f"{above.scope}/")
    return LEVELS.index(above.level) < LEVELS.index(level) and above.level == "state"


def _is_word(text: str) -> bool:
    return text.isascii() and text.replace("-", "").isalnum() and text == text.lower()


def _record(office: Office, action: str) -> dict[str, Json]:
    return {
        "kind": "office",
        "v": 1,
        "office": office.slug,
        "action": action,
        "level": office.level,
        "parent": office.parent,
        "scope": office.scope,
        "name_en": office.name_en,
        "name_ml": office.name_ml,
        "by": [sealing.told(Grant("administrator", "state", ""))],
    }


def _seal(conn: Connection, actor: Actor, record: dict[str, Json], now: int) -> None:
    name = f"office {record['office']} {requests.fresh_key()}"
    sealing.seal(conn, record, name, (actor.account.login,), now=now)
