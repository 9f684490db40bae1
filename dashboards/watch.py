"""What is silent or fails: workers, work that waits, the clock, witnesses, judgements, societies.

One list for every view: the Registrar's board, a society's own pages, `sakshi status`, `/readyz`
and the metrics. It is read from tables alone, so that it is told when nothing runs.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from dashboards.words import word
from oversight import queries as oversight
from oversight.model import Judgement
from oversight.words import Lang
from trust import outbox, pulse, upkeep
from trust.books import queries as books
from trust.formats.errors import Named
from trust.formats.times import Moment
from trust.log import clockwatch
from trust.log.witnesses import witness_status
from trust.people import queries as people

OLD_SECONDS = 60
"""Work that waits longer than this is told."""

STOPS = frozenset({"worker-never", "worker-dead", "outbox-old", "no-policy", "nothing-judged"})
"""Concerns for which `/readyz` answers 503."""

Tell = Callable[[Moment], str]


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that is silent or fails.

    Attributes:
        code: stable slug, and the name of its words.
        grave: whether somebody has to act; others are to be watched.
        society: slug of the society it is about; empty if it is about the platform.
        since: UTC seconds; None if that is not known.
        figures: what fills its words; a `Moment` is told in Indian time.
    """

    code: str
    grave: bool
    since: int | None
    figures: Mapping[str, object] = field(default_factory=dict)
    society: str = ""


def said(concern: Concern, lang: Lang, tell: Tell = str) -> str:
    """The sentence of a concern; `tell` writes a moment."""

    def written(value: object) -> str:
        if isinstance(value, Moment):
            return tell(value)
        if isinstance(value, Named):
            return value.ml if lang == "ml" else value.en
        return str(value)

    figures = {name: written(value) for name, value in concern.figures.items()}
    return word("watch", concern.code, lang, **figures)


def everything(conn: Connection, *, now: int) -> list[Concern]:
    """All concerns: first the platform's, then those of societies, the oldest first."""
    return [*platform(conn, now=now), *of_societies(conn, now=now)]


def platform(conn: Connection, *, now: int) -> list[Concern]:
    """What is silent or fails for everybody."""
    return [
        *_worker(conn, now),
        *_outbox(conn, now),
        *_judged(conn),
        *_clock(conn, now),
        *_witnesses(conn),
        *_filings(conn),
        *_upkeep(conn, now),
    ]


def of_societies(
    conn: Connection, *, now: int, only: Collection[str] | None = None
) -> list[Concern]:
    """What fails or is silent of each society, or of those named."""
    one = next(iter(only)) if only is not None and len(only) == 1 else None
    found = [*_failing(conn), *_unread(conn), *_silent(conn, now, one)]
    wanted = [item for item in found if only is None or item.society in only]
    names = {
        profile.slug: Named(profile.name_en, profile.name_ml)
        for profile in people.profiles(conn, sorted({item.society for item in wanted}))
    }
    return [
        Concern(
            item.code,
            item.grave,
            item.since,
            {**item.figures, "name": names.get(item.society, item.society)},
            item.society,
        )
        for item in wanted
    ]


def judgement(conn: Connection, society: str, *, now: int) -> tuple[Judgement, list[Concern]]:
    """Whether a judgement of a society stands, and what is silent or fails about it."""
    return oversight.judgement(conn, society), of_societies(conn, now=now, only=[society])


def judged_words(found: Judgement, lang: Lang, tell: Tell = str) -> str:
    """Whether a judgement of the society stands, in words: never that nothing was found."""
    if found.at is None:
        return word("watch", "judged-never", lang)
    code = "judged" if found.stands else "judged-since"
    return word("watch", code, lang, at=tell(Moment(found.at)))


def stopping(concerns: Sequence[Concern]) -> list[Concern]:
    """Those for which the platform is not ready."""
    return [item for item in concerns if item.code in STOPS]


def _worker(conn: Connection, now: int) -> list[Concern]:
    since = pulse.silent_since(conn, pulse.WORKER, now=now)
    if since is None:
        return []
    if since == 0:
        return [Concern("worker-never", True, None)]
    return [Concern("worker-dead", True, since, {"at": Moment(since)})]


def _outbox(conn: Connection, now: int) -> list[Concern]:
    seconds = outbox.waits(conn)
    if seconds <= OLD_SECONDS:
        return []
    figures = {"count": outbox.backlog(conn), "minutes": seconds // 60}
    return [Concern("outbox-old", True, now - seconds, figures)]


def _judged(conn: Connection) -> list[Concern]:
    told = oversight.count_judged(conn)
    if not told.societies:
        return []
    if not oversight.policies(conn):
        return [Concern("no-policy", True, None)]
    if told.standing:
        return []
    return [Concern("nothing-judged", True, None, {"count": told.societies})]


def _clock(conn: Connection, now: int) -> list[Concern]:
    found = []
    late = clockwatch.behind(conn, now)
    if late:
        figures = {"minutes": late // 60, "at": Moment(now + late)}
        found.append(Concern("clock-behind", True, None, figures))
    moves = clockwatch.told(conn, now)
    if moves:
        most = max(move.seconds for move in moves) // 60
        figures = {"at": Moment(moves[0].noticed_at), "minutes": most, "count": len(moves)}
        found.append(Concern("clock-moved", True, moves[0].noticed_at, figures))
    return found


def _witnesses(conn: Connection) -> list[Concern]:
    state = witness_status.of_state(conn)
    if state is None or state.behind is None:
        return []
    figures = {"at": Moment(state.behind), "names": ", ".join(state.missing)}
    return [Concern("quorum-missing", True, state.behind, figures)]


def _filings(conn: Connection) -> list[Concern]:
    waiting = books.waiting_sheets(conn)
    if not waiting:
        return []
    since = waiting[0].since
    figures = {"count": len(waiting), "at": Moment(since)}
    return [Concern("filing-pending", False, since, figures)]


def _upkeep(conn: Connection, now: int) -> list[Concern]:
    known, found = upkeep.known(conn), []
    for name, at in ((upkeep.BACKUP, known.backup), (upkeep.MIRROR, known.mirror)):
        if not upkeep.is_old(at, known.begun, now):
            continue
        if at is None:
            found.append(Concern(f"{name}-never", True, None))
        else:
            figures = {"at": Moment(at), "hours": (now - at) // 3600}
            found.append(Concern(f"{name}-old", True, at, figures))
    if (newest := known.newest) is not None and upkeep.is_short(known):
        share = newest.free * 100 // newest.total if newest.total else 0
        if known.full_in is None:
            found.append(Concern("disk-short", True, None, {"share": share}))
        else:
            figures = {"share": share, "days": known.full_in}
            found.append(Concern("disk-filling", True, None, figures))
    return found


def _failing(conn: Connection) -> list[Concern]:
    return [
        Concern(
            "judgement-fails",
            True,
            one.since,
            {"at": Moment(one.since), "error": one.error, "tries": one.tries},
            one.society,
        )
        for one in oversight.failures(conn)
    ]


def _unread(conn: Connection) -> list[Concern]:
    return [
        Concern(
            "fact-unread",
            True,
            one.since,
            {
                "fact": one.name,
                "period": one.period,
                "places": ", ".join(f"{origin} {index}" for origin, index in one.places) or "-",
            },
            one.society,
        )
        for one in oversight.unread_facts(conn)
    ]


def _silent(conn: Connection, now: int, society: str | None) -> list[Concern]:
    found = []
    for one in oversight.silent(conn, now=now, society=society):
        at = Moment(one.since)
        if one.due is None:
            found.append(Concern("never-filed", False, one.since, {"at": at}, one.society))
        else:
            figures = {"at": at, "due": f"{one.due:%d/%m/%Y}"}
            found.append(Concern("file-overdue", True, one.since, figures, one.society))
    return found
