"""What is silent or fails, as the pages of the Registrar and of a society show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from dashboards import watch
from dashboards.watch import Concern
from oversight import queries as oversight
from oversight.words import Lang, word
from web import choices, figures, i18n, staff
from web.render import page


@dataclass(frozen=True, slots=True)
class Line:
    """A concern with its words in the reader's language; ``severity`` as that of an alert."""

    severity: str
    word: str
    society: str
    text: str


def of_area(request: Request, conn: Connection, district: str | None) -> list[Line]:
    """The platform's concerns and those of the officer's societies, of all or of a district."""
    overseen = oversight.jurisdiction(conn, staff.actor(request), district)
    now = staff.runtime(request).clock()
    slugs = frozenset(profile.slug for profile in overseen)
    found = watch.of_societies(conn, now=now, only=slugs)
    found.sort(key=lambda item: not item.grave)
    return lines(request, [*watch.platform(conn, now=now), *found])


def of_society(request: Request, conn: Connection, slug: str) -> dict[str, Any]:
    """For the pages of one society: whether a judgement stands, in words, and its concerns."""
    judgement, found = watch.judgement(conn, slug, now=staff.runtime(request).clock())
    said = watch.judged_words(judgement, _language(request), figures.moment)
    return {"judgement": judgement, "judged": said, "concerns": lines(request, found)}


def lines(request: Request, concerns: Sequence[Concern]) -> list[Line]:
    """Concerns in the reader's language."""
    lang = _language(request)
    found = []
    for item in concerns:
        severity = "act" if item.grave else "watch"
        text = watch.said(item, lang, figures.moment)
        found.append(Line(severity, word("severity", severity, lang), item.society, text))
    return found


def part(request: Request) -> Response:
    """The part of the board that an open page asks for again."""
    rt = staff.runtime(request)
    with rt.db.read() as conn:
        district = choices.own_district(request, conn)
        concerns = of_area(request, conn, district)
    return page(request, "registrar/watch.html", concerns=concerns, chosen=district, at=rt.clock())


def _language(request: Request) -> Lang:
    return cast(Lang, i18n.language(request))
