"""The public page of a meeting: notice, roll, turnout, what the register did since, results."""

from dataclasses import asdict

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from trust.formats.times import format_time
from trust.log import givenup
from trust.log.witnesses import witness_status
from trust.people import queries as people
from voting import queries as voting
from voting.facts import Facts, facts
from voting.model import GivenUp, Meeting, Result, Since, Turnout
from web import figures
from web.negotiate import Json, JsonAnswer
from web.public import sheet as sheets
from web.render import page


def meeting(request: Request) -> Response:
    """Notice, resolutions, turnout and results; how votes fall only after the close."""
    rt = request.app.state.rt
    now = rt.clock()
    with rt.db.read() as conn:
        found, results = _found(conn, request)
        told = facts(conn, found, now)
        profile = people.need_society(conn, found.society)
        # A meeting that is over is published when its results are, and those need the witnesses.
        head = witness_status.published(conn, found.origin, _last(results))
        seen = witness_status.seen_outside(conn, head)
        given_up = voting.given_up(conn, found.id)
        lost = givenup.of(conn, found.origin) if given_up else None
    by_number = {result.resolution.number: result for result in results}
    return page(
        request,
        "public/meeting.html",
        given_up=given_up,
        lost=[lost] if lost and lost.lost else [],
        society=profile,
        meeting=found,
        state=found.state(now),
        facts=told,
        resolutions=[(item, by_number.get(item.number)) for item in found.resolutions],
        seal=sheets.seal_of(head, None, figures.today(now), seen),
    )


def meeting_json(request: Request) -> Response:
    """The same facts for programs."""
    rt = request.app.state.rt
    now = rt.clock()
    with rt.db.read() as conn:
        found, results = _found(conn, request)
        told = facts(conn, found, now)
        published = witness_status.published(conn, found.origin, _last(results)) is not None
        given_up = voting.given_up(conn, found.id)
    return JsonAnswer(
        _notice(found, now)
        | _given_up(given_up)
        | {
            "roll": _roll(found, told),
            "since_notice": None if told.since is None else _counts(told.since),
            "besides": None if told.besides is None else asdict(told.besides),
            "turnout": None if told.turnout is None else _turnout(told.turnout),
            "assisted_opened": told.opened,
            "published": published,
            "resolutions": [
                {
                    "number": item.number,
                    "sha256": item.digest,
                    "text_en": item.text_en,
                    "text_ml": item.text_ml,
                    "turnout": _turnout(told.votes[item.number]) if told.votes else None,
                    "result": next((_result(r) for r in results if r.resolution == item), None),
                }
                for item in found.resolutions
            ],
        }
    )


def _found(conn: Connection, request: Request) -> tuple[Meeting, list[Result]]:
    found = voting.meeting(conn, request.path_params["id"])
    if found.society != request.path_params["slug"]:
        raise HTTPException(404)
    return found, voting.results(conn, found.id)


def _last(results: list[Result]) -> int | None:
    return max((result.index for result in results), default=None)


def _notice(found: Meeting, now: int) -> dict[str, Json]:
    return {
        "id": found.id,
        "origin": found.origin,
        "version": found.version,
        "society": found.society,
        "type": found.type,
        "title_en": found.title_en,
        "title_ml": found.title_ml,
        "state": found.state(now),
        "held_on": found.held_on.isoformat(),
        "notice_given": format_time(found.notice_given),
        "opens": format_time(found.opens),
        "closes": format_time(found.closes),
        "rules": found.rules,
    }


def _given_up(found: GivenUp | None) -> dict[str, Json]:
    """That the log was given up, with the entries it had and those that are left."""
    if found is None:
        return {"given_up": None}
    told: dict[str, Json] = {
        "at": format_time(found.at),
        "reason": found.reason,
        "size": found.size,
        "kept": found.kept,
        "called_again": found.again if found.called else None,
    }
    return {"state": "given-up", "given_up": told}


def _roll(found: Meeting, told: Facts) -> dict[str, Json] | None:
    if found.roll_root is None:
        return None
    return {
        "root": found.roll_root.hex(),
        "count": found.roll_count,
        "with_key": found.roll_with_key,
        "from_opening": found.roll_from_opening,
        "opening_as_of": None if told.opening is None else told.opening.isoformat(),
    }


def _counts(since: Since) -> dict[str, Json]:
    return {
        "admissions": since.admissions,
        "ended": since.ended,
        "reissues": since.reissues,
        "stops": since.stops,
    }


def _turnout(found: Turnout) -> dict[str, Json]:
    return {"voted": found.present, "assisted": found.assisted}


def _result(found: Result) -> dict[str, Json]:
    told = found.told
    more: dict[str, Json] = {}
    if told is not None:
        more = {
            "assisted": told.assisted,
            "left_out": [{"index": index, "reason": reason} for index, reason in told.left_out],
        }
    counted: dict[str, Json] = {
        "sha256": found.digest,
        "index": found.index,
        "for": found.votes_for,
        "against": found.against,
        "abstained": found.abstained,
        "quorum": found.quorum,
        "present": found.present,
        "quorate": found.quorate,
        "carried": found.carried,
    }
    return counted | more
