"""A society whose books can be imported and whose secretary can sign, for tests of the verbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tests.trust.people import world as people_world
from trust.books import service
from trust.books.model import Filed, ImportReport, StatementDraft
from trust.formats import signing
from trust.formats.canon import Json
from trust.log.publish.publication import publish
from trust.log.runtime import Runtime
from trust.people import queries as people

SLUG = people_world.PROFILE.slug


@dataclass
class House:
    """The runtime and the society, with the steps a test tells its story in."""

    rt: Runtime

    def import_file(
        self, data: bytes, name: str = "file", *, year: str | None = None, kind: str = "auto"
    ) -> ImportReport:
        """Import as the secretary."""
        return service.import_file(
            self.rt, SLUG, name, data, actor="secretary", kind=kind, book_year=year
        )

    @property
    def origin(self) -> str:
        """The society's book log."""
        with self.rt.db.read() as conn:
            return people.book_origin(conn, SLUG, self.rt.clock())

    def publish(self) -> None:
        """Release a head over everything sealed."""
        publish(self.rt, [self.origin])

    def draft(self, year: str) -> StatementDraft:
        """Publish, then draft."""
        self.publish()
        with self.rt.db.read() as conn:
            return service.draft_statement(conn, SLUG, year, now=self.rt.clock())

    def sign(self, record: Mapping[str, object], who: str = "secretary") -> dict[str, Json]:
        """What the officer's own browser does."""
        plain = cast(dict[str, Json], dict(record))
        made = signing.sign(
            people_world.seed_of(who), "secretary", "statement", str(plain["origin"]), plain
        )
        return signing.with_signatures(plain, [made])

    def file(self, year: str) -> Filed:
        """Draft, sign and file a year."""
        return service.file_statement(self.rt, SLUG, self.sign(self.draft(year).record))


def build(rt: Runtime) -> House:
    """Register the society and bind the secretary's key."""
    with rt.db.write() as conn:
        made = people_world.build(conn, rt.clock(), members=0, with_key=0)
        people_world.bind_officer(conn, made, "secretary", "secretary", rt.clock())
    return House(rt)
