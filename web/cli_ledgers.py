"""Command that puts a society's own ledgers on accounts of the chart."""

import json
from typing import Annotated

from cyclopts import App, Parameter
from rich.text import Text

from trust.books import queries as books
from trust.books import service as books_service
from trust.books.mapboard import Board
from trust.books.pure.money import format_paise
from trust.log.runtime import Runtime
from web import wiring
from web.cli_books import slug_of
from web.terminal import fail, out, state

ACTOR = "cli"


def register(app: App) -> None:
    """Add the command of this module."""
    app.command(map_, name="map")


def map_(
    society: str,
    *,
    set_: Annotated[tuple[str, ...], Parameter(name="--set")] = (),
    accept: Annotated[bool, Parameter(negative="")] = False,
    restate: Annotated[bool, Parameter(negative="")] = False,
    json_: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """List a society's ledgers that are on no account, with proposals; put them on accounts.

    What is chosen is sealed, holds for files from now on, and can be changed by choosing again.
    Exit status: 0 every known ledger has an account; 1 some have none; 2 wrong use.

    Parameters
    ----------
    society
        Registration number or slug, for example S1.
    set_
        A choice as LEDGER=CODE; may be given several times.
    accept
        Choose the first proposal for every ledger that has one.
    restate
        Move what stands on suspense to the accounts chosen by now, by entries that name what they
        correct.
    json_
        Print as JSON.
    """
    wanted = choices_of(set_)
    slug = slug_of(society)
    with state() as rt:
        found = _board(rt, slug, society)
        if accept:
            first = {row.name: row.proposals[0].account for row in found.rows if row.proposals}
            wanted = first | wanted
        if wanted:
            with rt.db.write() as conn:
                count = books_service.map_ledgers(conn, slug, wanted, officer=ACTOR, now=rt.clock())
            wiring.drain(rt)
            found = _board(rt, slug, society)
            if not json_:
                out.print(f"{count} ledgers put on accounts and sealed.")
        moved = _restated(rt, slug, yes=restate)
        found = _board(rt, slug, society)
        _tell(found, json_=json_)
        if moved and not json_:
            out.print(moved, soft_wrap=True)
    if found.rows:
        raise SystemExit(1)


def _restated(rt: Runtime, slug: str, *, yes: bool) -> str:
    """Move what is on suspense if that was said; what was done, or could be."""
    answers = {"remap": "yes"} if yes else {}
    report = books_service.restate_suspense(rt, slug, actor=ACTOR, answers=answers, dry_run=not yes)
    if report.state == "posted":
        wiring.drain(rt)
        return f"{report.vouchers} entries sealed that move what stood on suspense."
    asked = [one.message for one in report.questions]
    return "\n".join([*asked, "Say --restate to do it."]) if asked else ""


def _board(rt: Runtime, slug: str, society: str) -> Board:
    from trust.people import queries as people

    with rt.db.read() as conn:
        if people.society(conn, slug) is None:
            fail(f"No society {society!r}. `sakshi societies` lists them.", 2)
        return books.board(conn, slug, now=rt.clock())


def choices_of(given: tuple[str, ...]) -> dict[str, str]:
    """Choices as typed, `LEDGER=CODE`, by ledger; the last = parts them."""
    found = {}
    for text in given:
        ledger, _, code = text.rpartition("=")
        if not (ledger.strip() and code.strip()):
            fail(f"Write a choice as LEDGER=CODE, not {text!r}.", 2)
        found[ledger.strip()] = code.strip()
    return found


def _tell(found: Board, *, json_: bool) -> None:
    if json_:
        out.print_json(json.dumps(as_json(found), ensure_ascii=False))
        return
    names = {account.code: account.name for account in found.accounts}
    if not found.rows:
        out.print("Every ledger that is known has an account.")
    for row in found.rows:
        sums = (row.debit + row.coming_debit, row.credit + row.coming_credit)
        out.print(Text(row.name, style="bold"), soft_wrap=True)
        out.print(f"  debit {format_paise(sums[0])}, credit {format_paise(sums[1])}")
        for one in row.proposals:
            why = f"{one.why}: {one.because}" if one.because else one.why
            out.print(Text(f"  {one.account} {names[one.account]} ({why})"), soft_wrap=True)
    for choice in found.standing:
        out.print(Text(f"{choice.ledger} = {choice.account} {names.get(choice.account, '')}"))


def as_json(found: Board) -> dict[str, object]:
    """The board for programs; amounts in paise, times in UTC seconds."""
    return {
        "ledgers": [
            {
                "ledger": row.name,
                "debit": row.debit,
                "credit": row.credit,
                "coming_debit": row.coming_debit,
                "coming_credit": row.coming_credit,
                "groups": list(row.groups),
                "proposals": [
                    {"account": one.account, "why": one.why, "because": one.because}
                    for one in row.proposals
                ],
            }
            for row in found.rows
        ],
        "map": [
            {
                "ledger": one.ledger,
                "account": one.account,
                "before": one.before,
                "officer": one.officer,
                "time": one.time,
            }
            for one in found.history
        ],
    }
