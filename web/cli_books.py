"""Commands that bring books in: a file into a society's log, and the list of societies."""

import dataclasses
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter
from rich.table import Table

from trust.books.model import ImportReport
from trust.books.source import SourceFormat
from trust.formats import origins
from trust.formats.errors import SakshiError
from trust.log import queries as log_queries
from trust.log.runtime import Runtime
from trust.people.model import SocietyProfile
from web import wiring
from web.terminal import fail, out, state

PUBLISH_SECONDS = 30.0


def register(app: App) -> None:
    """Add the commands of this module."""
    app.command(import_, name="import")
    app.command(societies)


def import_(
    society: str,
    file: Path,
    *,
    kind: Literal["auto", SourceFormat] = "auto",
    year: str | None = None,
    answer: tuple[str, ...] = (),
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    json_: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Read a file of books into a society's log: trial balance, Tally XML, loans, dates.

    Importing the same file again changes nothing. Exit status: 0 nothing refused and nothing asked;
    1 something refused, asked or incomplete; 2 unreadable or wrong use.

    Parameters
    ----------
    society
        Registration number or slug, for example S1.
    file
        The file as the society's software wrote it.
    kind
        What the file is; told from its content if not given.
    year
        Book year such as 2026-27; from the dates in the file if not given.
    answer
        Answer to a question that the report asks, as question=answer; may be given several times.
    dry_run
        Seal nothing; tell what would be sealed, refused and asked.
    json_
        Print the report as JSON.
    """
    from trust.books import service as books_service

    if not file.is_file():
        fail(f"There is no file {file}. Check the path.", 2)
    said = answers_of(answer)
    with state() as rt:
        profile = _society(rt, society)
        report = books_service.import_file(
            rt,
            profile.slug,
            file.name,
            file,
            actor="cli",
            kind=kind,
            book_year=year,
            answers=said,
            dry_run=dry_run,
        )
        wiring.drain(rt)
        _tell(rt, report, profile, json_=json_)
    if report.unreadable:
        sys.exit(2)
    if report.incomplete or not report.ok:
        sys.exit(1)


def _society(rt: Runtime, society: str) -> SocietyProfile:
    from trust.people import queries as people

    with rt.db.read() as conn:
        profile = people.society(conn, slug_of(society))
    if profile is None:
        fail(f"No society {society!r}. `sakshi societies` lists them.", 2)
    return profile


def _tell(rt: Runtime, report: ImportReport, profile: SocietyProfile, *, json_: bool) -> None:
    if json_:
        told = dataclasses.asdict(report) | {"kind": report.format}
        out.print_json(json.dumps(told, default=str))
        return
    from web.reports import print_report

    print_report(report, profile, out)
    if report.state in ("posted", "unchanged"):
        print_head(rt, profile.slug)


def answers_of(given: Iterable[str]) -> dict[str, str]:
    """Answers as typed, `question=answer`, by question."""
    pairs = [text.partition("=") for text in given]
    for name, mark, said in pairs:
        if not (name and mark and said):
            fail(f"Write an answer as question=answer, not {name + mark + said!r}.", 2)
    return {name: said for name, _, said in pairs}


def slug_of(text: str) -> str:
    """The slug of a registration number as typed; a slug is its own."""
    try:
        return origins.slug(text.strip())
    except SakshiError as error:
        fail(str(error), 2)


def print_head(rt: Runtime, slug: str) -> None:
    """Where the society's book log stands, once everything in it is published."""
    from trust.people import queries as people

    with rt.db.read() as conn:
        origin = people.book_origin(conn, slug, rt.clock())
        if not log_queries.exists(conn, origin):
            return
        last = log_queries.info(conn, origin).next_index - 1
    # A server beside us may be publishing the same log; whoever is first, we wait for the head.
    head = rt.publisher.wait(origin, last, PUBLISH_SECONDS)
    word = "published" if head is not None else "sealed; publication is still under way"
    size = last + 1 if head is None else head.size
    out.print(f"  {origin}: {size} entries, {word}", highlight=False, soft_wrap=True)


def societies(text: str = "") -> None:
    """List societies, all or those whose name or number contains a text."""
    from trust.people import queries as people

    with state() as rt, rt.db.read() as conn:
        table = Table("number", "name", "district", "sector", "book log", box=None)
        for row in people.societies(conn, text=text):
            origin = people.book_origin(conn, row.slug, rt.clock())
            table.add_row(row.registration_number, row.name_en, row.district, row.sector, origin)
        out.print(table)
