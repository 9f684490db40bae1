"""A society whose books can be imported and whose secretary can sign, for tests of the verbs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tests.trust.people import scenario as people_scenario
from trust.books import service as books_service
from trust.books.model import Answers, Filed, ImportReport, StatementDraft
from trust.books.pure import findinglist
from trust.formats import signing
from trust.formats.canon import Json
from trust.log.runtime import Runtime
from trust.people import queries as people

SLUG = people_scenario.PROFILE.slug


@dataclass(slots=True)
class BooksScenario:
    """The runtime and the society, with the steps a test tells its story in."""

    rt: Runtime

    def import_file(
        self,
        data: bytes,
        name: str = "file",
        *,
        year: str | None = None,
        kind: str = "auto",
        answers: Answers | None = None,
        dry_run: bool = False,
    ) -> ImportReport:
        """Import as the secretary, who lets unknown ledgers stand on suspense unless `answers` has
        another word for that, such as an empty one."""
        return books_service.import_file(
            self.rt,
            SLUG,
            name,
            data,
            actor="secretary",
            kind=kind,
            book_year=year,
            answers={"suspense": "yes"} | dict(answers or {}),
            dry_run=dry_run,
        )

    @property
    def origin(self) -> str:
        """The society's book log."""
        with self.rt.db.read() as conn:
            return people.book_origin(conn, SLUG, self.rt.clock())

    def publish(self) -> None:
        """Release a head over everything sealed."""
        self.rt.publish([self.origin])

    def draft(self, year: str) -> StatementDraft:
        """Publish, then draft."""
        self.publish()
        with self.rt.db.read() as conn:
            return books_service.draft_statement(conn, SLUG, year, now=self.rt.clock())

    def sign(
        self, record: Mapping[str, object], *who: str, role: str | None = None
    ) -> dict[str, Json]:
        """What the officers' own browsers do; both sign unless some are named. `role` is the role
        that they claim, if another than their name."""
        plain = cast(dict[str, Json], dict(record))
        origin = str(plain["origin"])
        made = [
            signing.sign(people_scenario.seed_of(name), role or name, "statement", origin, plain)
            for name in who or ("secretary", "president")
        ]
        return signing.with_signatures(plain, made)

    def restated(self, record: Mapping[str, object]) -> dict[str, Json]:
        """A record that somebody changed, with the open faults that its checks find now: a cheat
        who knows the platform."""
        plain = cast(dict[str, Json], dict(record))
        with self.rt.db.read() as conn:
            found = books_service.view_statement(conn, SLUG, plain, now=self.rt.clock())
        return plain | {"open_checks": findinglist.to_state(found.checks)}

    def file(self, year: str) -> Filed:
        """Draft, sign and file a year."""
        return books_service.file_statement(self.rt, SLUG, self.sign(self.draft(year).record))


def build(rt: Runtime) -> BooksScenario:
    """Register the society and bind the secretary's key and the president's."""
    with rt.db.write() as conn:
        made = people_scenario.build(conn, rt.clock(), members=0, with_key=0)
        people_scenario.bind_officer(conn, made, "secretary", "secretary", rt.clock())
        people_scenario.bind_officer(conn, made, "president", "president", rt.clock())
    return BooksScenario(rt)
