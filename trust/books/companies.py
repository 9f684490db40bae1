"""Whose books a file holds: the company it names, beside those of earlier files.

The names of earlier files are in their reports, in the annex of the log; of an import that came
back from a mirror none is left.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from trust.books import reports
from trust.books.model import ReadFile
from trust.books.plan import Plan
from trust.books.pure.companies import same, unrelated
from trust.books.pure.faultwords import fault, question
from trust.books.tables import book_import
from trust.people import queries as people


def ask_company(conn: Connection, society: str, read: ReadFile, plan: Plan) -> None:
    """Ask about a file of another company than the files before; note a first name that looks like
    another society's."""
    if not read.company:
        return
    before = ""
    for name in _names(conn, society):
        if same(name, read.company):
            return
        before = before or name
    if before:
        plan.ask(question("company", company=read.company, before=before))
        return
    profile = people.need_society(conn, society)
    if unrelated(read.company, (profile.name_en, profile.name_ml)):
        plan.odd.append(fault("company/unrelated", company=read.company, name=profile.name_en))


def _names(conn: Connection, society: str) -> Iterator[str]:
    """The company that each earlier file named, the newest first."""
    c = book_import.c
    query = select(book_import).where(c.society == society, c.state == "posted")
    for row in conn.execute(query.order_by(c.created_at.desc(), c.log_id.desc(), c.idx.desc())):
        if name := reports.company_of(row):
            yield name
