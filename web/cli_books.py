"""Commands that bring books in: a file into a society's log, and the list of societies."""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, NoReturn

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
from web.terminal import err, fail, out, state

PUBLISH_SECONDS = 30.0
WRONG_USE = 2
STOPPED = 130


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
    """Read a file of books into a society's log: trial balance, Tally, ledger, loans, dates.

    Nothing is sealed while a question is open. Importing the same file again changes nothing. Exit
    status: 0 nothing refused and nothing asked; 1 something refused, asked or incomplete; 2
    unreadable or wrong use; 130 stopped with Ctrl-C.

    Parameters
    ----------
    society
        Registration number or slug, for example S1.
    file
        The file as the society's software wrote it.
    kind
        What the file is; told from its content if not given.
    year
        Book year such as 2026-27; asked for if neither this nor the file says it.
    answer
        Answer to a question that the report asks, as question=answer; may be given several times.
    dry_run
        Seal nothing; tell what would be sealed, refused and asked.
    json_
        Print the report as JSON.
    """
    _need_file(file)
    said = answers_of(answer)
    if year is not None and said.setdefault("year", year) != year:
        fail("--year and --answer year= differ. Give one of them.", WRONG_USE)
    with state() as rt:
        profile = _society(rt, society)
        report = _imported(rt, profile, _Asked(file, kind, said, dry_run))
        wiring.drain(rt)
        _tell(rt, report, profile, json_=json_)
    if report.unreadable:
        sys.exit(WRONG_USE)
    if report.incomplete or not report.ok:
        sys.exit(1)


def _need_file(file: Path) -> None:
    """End with a sentence unless it is a file that can be read."""
    if file.is_dir():
        fail(f"{file} is a folder. Name one file in it.", WRONG_USE)
    if not file.is_file():
        fail(f"There is no file {file}. Check the path.", WRONG_USE)
    try:
        file.open("rb").close()
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}.", WRONG_USE)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the command line asks for."""

    file: Path
    kind: str
    answers: Mapping[str, str]
    dry_run: bool


def _imported(rt: Runtime, profile: SocietyProfile, asked: _Asked) -> ImportReport:
    from trust.books import service as books_service
    from trust.books.errors import BookYearError
    from web.bar import shown

    try:
        with shown(err) as tell:
            return books_service.import_file(
                rt,
                profile.slug,
                asked.file.name,
                asked.file,
                actor="cli",
                kind=asked.kind,
                answers=asked.answers,
                dry_run=asked.dry_run,
                progress=tell,
            )
    except BookYearError as error:
        fail(str(error), WRONG_USE)
    except KeyboardInterrupt:
        _stopped(rt, profile)


def _stopped(rt: Runtime, profile: SocietyProfile) -> NoReturn:
    """Say what is sealed, what is left and how to go on."""
    from trust.books import queries as books

    with rt.db.read() as conn:
        left = [row for row in books.open_imports(conn) if row.society == profile.slug]
    for row in left:
        err.print(
            f"Stopped: {row.sealed} of {row.expected} entries of {row.filename} are sealed. "
            "Run the same command again, or start the server: either goes on."
        )
    if not left:
        err.print("Stopped: no entry of this file was sealed. Run the same command again.")
    sys.exit(STOPPED)


def _society(rt: Runtime, society: str) -> SocietyProfile:
    from trust.people import queries as people

    with rt.db.read() as conn:
        profile = people.society(conn, slug_of(society))
    if profile is None:
        fail(f"No society {society!r}. `sakshi societies` lists them.", WRONG_USE)
    return profile


def _tell(rt: Runtime, report: ImportReport, profile: SocietyProfile, *, json_: bool) -> None:
    from web.reports import as_json, print_report

    if json_:
        sys.stdout.write(json.dumps(as_json(report), indent=1) + "\n")
        return
    print_report(report, profile, out)
    if report.state in ("posted", "unchanged"):
        print_head(rt, profile.slug)


def answers_of(given: Iterable[str]) -> dict[str, str]:
    """Answers as typed, `question=answer`, by question."""
    said: dict[str, str] = {}
    for text in given:
        name, _, value = (part.strip() for part in text.partition("="))
        if not (name and value):
            fail(f"Write an answer as question=answer, not {text!r}.", WRONG_USE)
        if said.setdefault(name, value) != value:
            fail(f"The question {name} has two answers. Give one of them.", WRONG_USE)
    return said


def slug_of(text: str) -> str:
    """The slug of a registration number as typed; a slug is its own."""
    try:
        return origins.slug(text.strip())
    except SakshiError as error:
        fail(str(error), WRONG_USE)


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
    """List societies, all or those of a name, place or number, in whatever spelling."""
    from trust.people import finding
    from trust.people import queries as people

    with state() as rt, rt.db.read() as conn:
        table = Table("number", "name", "district", "sector", "book log", box=None)
        for row in finding.search(conn, text, limit=100_000).societies:
            origin = people.book_origin(conn, row.slug, rt.clock())
            table.add_row(row.registration_number, row.name_en, row.district, row.sector, origin)
        out.print(table)
