"""Members and their keys.

A card's seed is made and printed in the browser; only the public key comes here. Binding takes two
officers, each from an own log-in.
"""

from __future__ import annotations

from typing import Any, Final, cast

from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trust.formats.errors import SakshiError
from trust.people import queries, service
from trust.people.errors import MediumError, NoSuchKeyError
from trust.people.model import OFFICERS, Gender, Medium, Member, Waiting
from web import dates, desk
from web.registrar.routes import public_key
from web.render import page

PAGE_SIZE: Final = 200


def members(request: Request) -> Response:
    """The register by number, and the form to admit somebody."""
    return _members(request)


def _members(request: Request, status: int = 200, **context: Any) -> Response:
    rt = desk.runtime(request)
    after = desk.text(request.query_params, "after", 40)
    with rt.db.write() as conn:
        profile = desk.own_society(request, conn)
        found = queries.members(conn, profile.slug, limit=PAGE_SIZE, after=after)
        total = queries.member_count(conn, profile.slug)
        _note_access(request, conn, profile.slug, "register")
        waiting = queries.requests(conn, profile.slug)
        accesses = queries.access_records(conn, profile.slug, limit=20)
        readers = queries.account_names(conn, {item.account_id for item in accesses})
    return page(
        request, "secretary/members.html", status=status, society=profile, members=found,
        total=total, waiting=waiting, more=len(found) == PAGE_SIZE, accesses=accesses,
        readers=readers, **context,
    )  # fmt: skip


def admit(request: Request, fields: FormData) -> Response:
    """Enter a new member in the register."""
    rt = desk.runtime(request)
    try:
        paid = desk.text(fields, "share_paid_on", 40)
        new = service.NewMember(
            number=desk.text(fields, "number", 40),
            name=desk.text(fields, "name", 200),
            gender=cast(Gender, desk.text(fields, "gender", 1)),
            joined=dates.day(fields, "joined"),
            share_paid_on=dates.day(fields, "share_paid_on") if paid else None,
        )
        with rt.db.write() as conn:
            profile = desk.own_society(request, conn)
            member_id = service.admit_member(
                conn, desk.actor(request), profile.slug, new, now=rt.clock()
            )
    except SakshiError as fault:
        return _members(request, fault.status, **desk.refused(request, fault, fields))
    if isinstance(member_id, Waiting):
        return RedirectResponse("/secretary/enrolments", status_code=303)
    return RedirectResponse(f"/secretary/members/{member_id}", status_code=303)


def member(request: Request) -> Response:
    """One member: keys past and present, enrolment, revocation."""
    return _member(request)


def _member(request: Request, status: int = 200, **context: Any) -> Response:
    rt = desk.runtime(request)
    with rt.db.write() as conn:
        found = _own_member(request, conn)
        _note_access(request, conn, found.society, "member", found.id)
        names: dict[str, Any] = {
            "society": queries.need_society(conn, found.society),
            "member": found,
            "keys": queries.keys_of(conn, found.id),
            "key": queries.member_key(conn, found.id),
            "account": queries.account_of_member(conn, found.id),
            "waiting": [
                r for r in queries.requests(conn, found.society) if r.member_id == found.id
            ],
        }
    return page(request, "secretary/member.html", status=status, **names | context)


def enrol(request: Request, fields: FormData) -> Response:
    """First officer: propose a key whose public part the browser sent; a lost one is stopped."""
    rt, person = desk.runtime(request), desk.actor(request)
    try:
        medium = desk.text(fields, "medium", 10)
        key = public_key(desk.text(fields, "key", 120))
        if medium not in ("card", "device"):
            raise MediumError
        with rt.db.write() as conn:
            found = _own_member(request, conn)
            service.reissue(
                conn, person, found.id, key, cast(Medium, medium),
                desk.text(fields, "reason", 400), now=rt.clock(),
            )  # fmt: skip
    except SakshiError as fault:
        return _member(request, fault.status, **desk.refused(request, fault, fields))
    return RedirectResponse(f"/secretary/members/{found.id}", status_code=303)


def revoke(request: Request, fields: FormData) -> Response:
    """Stop a member's key at once; one officer is enough."""
    rt = desk.runtime(request)
    try:
        with rt.db.write() as conn:
            found = _own_member(request, conn)
            key = queries.key(conn, desk.number(fields, "key"))
            if key.member_id != found.id:
                raise HTTPException(404)
            reason = desk.text(fields, "reason", 400)
            service.revoke_key(conn, desk.actor(request), key.id, reason, now=rt.clock())
    except SakshiError as fault:
        told = desk.refused(request, fault)
        form = {"revoke_reason": desk.typed(fields).get("reason", "")}
        return _member(request, fault.status, **told | {"form": form})
    return RedirectResponse(f"/secretary/members/{found.id}", status_code=303)


def enrolments(request: Request) -> Response:
    """What waits for a second officer."""
    return _enrolments(request)


def _enrolments(request: Request, status: int = 200, **context: Any) -> Response:
    with desk.runtime(request).db.write() as conn:
        profile = desk.own_society(request, conn)
        waiting = [
            (item, None if item.member_id is None else queries.member(conn, item.member_id))
            for item in queries.requests(conn, profile.slug)
        ]  # fmt: skip
        _note_access(request, conn, profile.slug, "enrolments")
        staff = {item.id: item for item in queries.staff(conn, profile.slug)}
    return page(
        request, "secretary/enrolments.html", status=status, society=profile, waiting=waiting,
        staff=staff, me=desk.actor(request).account.id, **context,
    )  # fmt: skip


def confirm(request: Request, fields: FormData) -> Response:
    """Second officer: bind the key and seal the enrolment."""
    rt, request_id = desk.runtime(request), request.path_params["request_id"]
    try:
        with rt.db.write() as conn:
            desk.own_society(request, conn)
            key_id = service.confirm_enrolment(
                conn, desk.actor(request), request_id, now=rt.clock()
            )
            member_id = queries.key(conn, key_id).member_id
    except SakshiError as fault:
        return _enrolments(request, fault.status, **desk.refused(request, fault))
    return RedirectResponse(f"/secretary/members/{member_id}", status_code=303)


def keys(request: Request) -> Response:
    """The officers' own keys: make one, to be bound by the Registrar's office."""
    return _keys(request)


def _keys(request: Request, status: int = 200, **context: Any) -> Response:
    rt = desk.runtime(request)
    with rt.db.read() as conn:
        profile = desk.own_society(request, conn)
        staff = queries.staff(conn, profile.slug)
        names: dict[str, Any] = {
            "society": profile,
            "keys": queries.officer_keys(conn, profile.slug),
            "staff": staff,
            "me": desk.actor(request).account,
        }
    return page(request, "secretary/keys.html", status=status, **names | context)


def revoke_officer(request: Request, _fields: FormData) -> Response:
    """End an officer's key by a public entry."""
    rt = desk.runtime(request)
    try:
        with rt.db.write() as conn:
            profile = desk.own_society(request, conn)
            known = {key.id for key in queries.officer_keys(conn, profile.slug)}
            if request.path_params["key"] not in known:
                raise NoSuchKeyError
            service.revoke_officer_key(
                conn, desk.actor(request), request.path_params["key"], now=rt.clock()
            )
    except SakshiError as fault:
        return _keys(request, fault.status, **desk.refused(request, fault))
    return RedirectResponse("/secretary/keys", status_code=303)


def _own_member(request: Request, conn: Connection) -> Member:
    """A member of the officer's own society; 404 for any other."""
    profile = desk.own_society(request, conn)
    found = queries.member(conn, request.path_params["member"])
    if found.society != profile.slug:
        raise HTTPException(404)
    desk.actor(request).require(OFFICERS, profile)
    return found


def _note_access(
    request: Request, conn: Connection, slug: str, what: str, member_id: int | None = None
) -> None:
    now = desk.runtime(request).clock()
    service.record_access(
        conn, desk.actor(request), slug, what, "desk", now=now, member_id=member_id
    )
