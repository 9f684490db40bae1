"""The society's own ledgers on accounts of the chart: proposals, an officer's choice, history."""

from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from trust.books import queries as books
from trust.books import service as books_service
from trust.books.model import Question
from web import staff
from web.render import page

SHOWN: Final = 200
"""Ledgers, and choices of before, shown at once."""


def ledgers(request: Request, status: int = 200, **context: Any) -> Response:
    """Ledgers on no account, with proposals; the chart to search; the map and how it came."""
    rt = staff.runtime(request)
    sought = request.query_params.get("q", "")[:100].replace("\0", "")
    with rt.db.read() as conn:
        profile = staff.own_society(request, conn)
        found = books.board(conn, profile.slug, now=rt.clock())
    shown: dict[str, Any] = {
        "society": profile,
        "rows": found.rows[:SHOWN],
        "more": max(len(found.rows) - SHOWN, 0),
        "standing": found.standing,
        "history": found.history[:SHOWN],
        "accounts": found.accounts,
        "names": {account.code: account.name for account in found.accounts},
        "sought": sought,
        "matches": books.search(found.accounts, sought),
        "saved": None,
        "moves": (),
        "restated": None,
    }
    return page(request, "secretary/ledgers.html", status=status, **shown | context)


@staff.shown_again(ledgers)
def save(request: Request, fields: FormData) -> Response:
    """Seal what the officer chose: a proposal or a code for a ledger, or every first proposal."""
    rt = staff.runtime(request)
    if staff.text(fields, "act", 10) == "restate":
        return restate(request)
    with rt.db.write() as conn:
        profile = staff.own_society(request, conn)
        wanted = chosen(fields)
        if staff.text(fields, "accept", 3) == "yes":
            for row in books.board(conn, profile.slug, now=rt.clock()).rows[:SHOWN]:
                if row.proposals and row.name in listed(fields).values():
                    wanted.setdefault(row.name, row.proposals[0].account)
        count = books_service.map_ledgers(
            conn, profile.slug, wanted, officer=staff.actor(request).account.login, now=rt.clock()
        )
    return ledgers(request, saved=count, moves=_moves(request, profile.slug))


def restate(request: Request) -> Response:
    """Move what stands on suspense to the accounts chosen by now."""
    rt = staff.runtime(request)
    with rt.db.read() as conn:
        profile = staff.own_society(request, conn)
    login = staff.actor(request).account.login
    report = books_service.restate_suspense(rt, profile.slug, actor=login, answers={"remap": "yes"})
    return ledgers(request, restated=report.vouchers)


def _moves(request: Request, society: str) -> tuple[Question, ...]:
    """What is asked before anything on suspense moves; nothing if nothing would."""
    login = staff.actor(request).account.login
    report = books_service.restate_suspense(
        staff.runtime(request), society, actor=login, dry_run=True
    )
    return tuple(one for one in report.questions if one.code == "remap")


def listed(fields: FormData) -> dict[str, str]:
    """The ledgers of the form by their number."""
    found = {}
    for name in fields:
        number = name.removeprefix("ledger.")
        if name.startswith("ledger.") and number.isascii() and number.isdigit():
            found[number] = staff.text(fields, name, 400)
    return found


def chosen(fields: FormData) -> dict[str, str]:
    """The accounts chosen, by ledger; a code that was typed comes before a proposal."""
    found: dict[str, str] = {}
    for number, ledger in listed(fields).items():
        typed = staff.text(fields, f"code.{number}", 200).split(" ", 1)[0]
        account = typed or staff.text(fields, f"choice.{number}", 40)
        if ledger and account:
            found[ledger] = account
    return found
