"""The Registrar's own clock for everybody: figures by district, each application, bye-laws."""

from dataclasses import asdict, dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from oversight.applications import queries as applications
from oversight.applications.model import Application, Bylaws
from oversight.pure import applications as rules
from oversight.pure.applications import ENDED, Figures
from oversight.pure.filing import india_day
from web.negotiate import Json, JsonAnswer, csv_answer, plain
from web.public.society import profile_of
from web.render import page

SHOWN: Final = 100
"""Undecided applications on the page; the JSON lists all."""
MOST_LINES: Final = 3_000
"""Lines of two versions together whose difference is computed; the work grows with the square."""
COLUMNS: Final = (
    "open", "waiting", "overdue", "oldest", "registered", "refused", "withdrawn", "median",
    "median_office",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines that stand alike in two versions, or were added or removed."""

    change: str
    lines: tuple[str, ...]


def clock(request: Request) -> Response:
    """Ages, medians and refusals of the State and of each district."""
    rt = request.app.state.rt
    today = india_day(rt.clock())
    with rt.db.read() as conn:
        whole, each = applications.clock(conn, now=rt.clock())
        found = [one for one in applications.applications(conn) if one.state not in ENDED]
    return page(
        request,
        "public/clock.html",
        whole=whole,
        each=each,
        found=found[:SHOWN],
        more=max(0, len(found) - SHOWN),
        columns=COLUMNS,
        terms=rules.in_force(applications.terms(), today),
        today=today,
        rules=rules,
    )


def clock_json(request: Request) -> Response:
    """The same for programs, with every application."""
    rt = request.app.state.rt
    with rt.db.read() as conn:
        whole, each = applications.clock(conn, now=rt.clock())
        found = applications.applications(conn)
    today = india_day(rt.clock())
    return JsonAnswer(
        {
            "state": plain(whole),
            "districts": plain(each),
            "applications": [described(one, today) for one in found],
        }
    )


def clock_csv(request: Request) -> Response:
    """A row for each district, and one for the State."""
    rt = request.app.state.rt
    with rt.db.read() as conn:
        whole, each = applications.clock(conn, now=rt.clock())
    rows = [_row(one) for one in [*each, whole]]
    return csv_answer("clock.csv", ["district", *COLUMNS], rows)


def _row(one: Figures) -> list[str | int | None]:
    said = asdict(one)
    return [one.district or "state", *(said[name] for name in COLUMNS)]


def described(one: Application, today: date) -> dict[str, Json]:
    """An application as JSON: what the log holds of it, and no person."""
    said = one.said
    return {
        "application": one.id,
        "subject": said.subject,
        "society": said.society,
        "name_en": said.name_en,
        "name_ml": said.name_ml,
        "district": said.district,
        "taluk": said.taluk,
        "sector": said.sector,
        "received_on": said.received_on.isoformat(),
        "channel": one.channel,
        "text_digest": one.text_digest,
        "state": one.state,
        "days": rules.days(one.course, today),
        "office_days": rules.office_days(one.course, today),
        "origin": one.origin,
        "index": one.index,
        "steps": [
            {
                "action": step.action,
                "by": step.by,
                "section": step.section,
                "reason": step.reason,
                "order": step.order,
                "at": step.at,
            }
            for step in one.steps
        ],
    }


def application(request: Request) -> Response:
    """One application, without names."""
    rt = request.app.state.rt
    with rt.db.read() as conn:
        found = applications.application(conn, request.path_params["application"])
    today = india_day(rt.clock())
    return page(request, "public/application.html", application=found, today=today, rules=rules)


def application_json(request: Request) -> Response:
    """The same for programs."""
    rt = request.app.state.rt
    with rt.db.read() as conn:
        found = applications.application(conn, request.path_params["application"])
    return JsonAnswer(described(found, india_day(rt.clock())))


def bylaws(request: Request) -> Response:
    """The versions of a society's bye-laws, and the text of one with what it changed."""
    with request.app.state.rt.db.read() as conn:
        profile = profile_of(conn, request.path_params["slug"])
        versions = applications.versions(conn, profile.slug)
        wanted = request.path_params.get("version")
        shown = applications.version(conn, profile.slug, wanted) if wanted else None
    shown = shown or (versions[0] if versions else None)
    before = next((one for one in versions if shown and one.version == shown.version - 1), None)
    return page(
        request,
        "public/bylaws.html",
        society=profile,
        versions=versions,
        shown=shown,
        before=before,
        pieces=pieces(before, shown) if before and shown else None,
    )


def bylaws_text(request: Request) -> Response:
    """The text of one version alone."""
    with request.app.state.rt.db.read() as conn:
        profile = profile_of(conn, request.path_params["slug"])
        found = applications.version(conn, profile.slug, request.path_params["version"])
    return PlainTextResponse(found.text + "\n")


def bylaws_json(request: Request) -> Response:
    """Every version for programs."""
    with request.app.state.rt.db.read() as conn:
        profile = profile_of(conn, request.path_params["slug"])
        versions = applications.versions(conn, profile.slug)
    return JsonAnswer({"society": profile.slug, "versions": plain(versions)})


def pieces(before: Bylaws, after: Bylaws) -> list[Piece] | None:
    """What one version changed from the other, line by line; None if they are too long for that."""
    old, new = before.text.split("\n"), after.text.split("\n")
    if len(old) + len(new) > MOST_LINES:
        return None
    found = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            found.append(Piece("equal", tuple(old[i:j])))
            continue
        if j > i:
            found.append(Piece("removed", tuple(old[i:j])))
        if m > k:
            found.append(Piece("added", tuple(new[k:m])))
    return found
