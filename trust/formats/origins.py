"""Names of our logs: schema-less URLs, equal to the prefix a log is served at.

::

    <host>/coop/<slug>/<2026-27>       a society's book log, one for each log year
    <host>/meeting/<id>                a meeting's log
    <host>/election/<id>               an election's log
    <host>/oversight/<2026-27>         the Registrar's log
    <host>/state/<2026-27>             the log of logs

A log of a year that was closed or given up before its year ended goes on in a log whose year ends
in ``.2``, then ``.3`` and so on (``2026-27.2``): another origin, another key.

``host`` is a label fixed when a state is made: lower-case DNS labels, no port. A log year is the
Indian financial year in which an entry is committed: 1 April 00:00 to 31 March 24:00 IST.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from trust.formats import logkinds
from trust.formats.b64 import shorten
from trust.formats.errors import FormatError
from trust.formats.times import IST

TRIAL = "trial-"
"""How the host label of a trial begins: a state whose clock may be moved ahead."""
MAX_NAME = 64
"""Characters of the longest slug, meeting id or election id."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*", re.ASCII)
_NAME = re.compile(rf"(?=.*[a-z0-9])[a-z0-9-]{{1,{MAX_NAME}}}", re.ASCII)
_SHARD = re.compile(r"[2-9]|[1-9][0-9]{1,2}", re.ASCII)
_YEAR = re.compile(r"([0-9]{4})-([0-9]{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Origin:
    """One log's name in parts; making one checks them.

    Attributes:
        host: the label of the state.
        kind: what the log is about.
        subject: slug of the society, id of the meeting or election; None for the other two kinds.
        year: log year such as ``2026-27``; None for meetings and elections.
        shard: 1, or which successor of that year's first log this is.
    """

    host: str
    kind: str
    subject: str | None
    year: str | None
    shard: int = 1

    def __post_init__(self) -> None:
        check_host(self.host)
        form = logkinds.KINDS.get(self.kind)
        if form is None:
            raise FormatError(f"{shorten(self.kind)} is not a kind of log.", code="origin")
        if (self.subject is not None, self.year is not None) != (form.named, form.yearly):
            raise FormatError(f"A log of kind {self.kind} has another form of name.", code="origin")
        if self.subject is not None and not _NAME.fullmatch(self.subject):
            raise FormatError(
                f"{shorten(self.subject)} cannot stand in the name of a log: only a-z, 0-9 and "
                f"'-', at most {MAX_NAME} characters.",
                code="origin",
            )
        if self.year is not None:
            year_bounds(self.year)
        if self.shard != 1 and (self.year is None or not 2 <= self.shard <= 999):
            raise FormatError(f"There is no log number {self.shard} of that year.", code="origin")

    def __str__(self) -> str:
        """The origin line of the log's checkpoints."""
        year = self.year if self.shard == 1 else f"{self.year}.{self.shard}"
        parts = (self.host, self.kind, self.subject, year)
        return "/".join(part for part in parts if part is not None)


def is_trial(name: str) -> bool:
    """Whether a host label, or an origin that begins with it, is that of a trial."""
    return name.startswith(TRIAL)


def parse_origin(text: str) -> Origin:
    """Read an origin line of one of our logs.

    Raises:
        FormatError: not the name of one of our logs.
    """
    host, *rest = text.split("/")
    form = logkinds.KINDS.get(rest[0]) if rest else None
    if form is not None and len(rest) == 1 + form.named + form.yearly:
        year, shard = _split_year(rest[-1]) if form.yearly else (None, 1)
        return Origin(host, form.name, rest[1] if form.named else None, year, shard)
    raise FormatError(f"{shorten(text)} is not the name of one of our logs.", code="origin")


def _split_year(text: str) -> tuple[str, int]:
    """Year and number of a log: ``2026-27`` is the first, ``2026-27.2`` the second."""
    year, dot, number = text.partition(".")
    if dot and not _SHARD.fullmatch(number):
        raise FormatError(f"{shorten(text)} is not the year of a log.", code="origin")
    return year, int(number) if dot else 1


def successor(origin: str) -> str | None:
    """Name of the log in which a given-up log goes on; None for meetings and elections.

    Raises:
        FormatError: not the name of one of our logs.
    """
    parsed = parse_origin(origin)
    return None if parsed.year is None else str(replace(parsed, shard=parsed.shard + 1))


def first_of_year(origin: str, year: str) -> str:
    """Name of the first log of another year that continues this one.

    Raises:
        FormatError: not the name of a log of a year, or not a year.
    """
    return str(replace(parse_origin(origin), year=year, shard=1))


def coop_origin(host: str, slug: str, year: str) -> str:
    """Name of a society's book log for one log year. Raises FormatError for a bad part."""
    return str(Origin(host, "coop", slug, year))


def meeting_origin(host: str, id: str) -> str:
    """Name of a meeting's log. Raises FormatError for a bad part."""
    return str(Origin(host, "meeting", id, None))


def election_origin(host: str, id: str) -> str:
    """Name of an election's log. Raises FormatError for a bad part."""
    return str(Origin(host, "election", id, None))


def oversight_origin(host: str, year: str) -> str:
    """Name of the Registrar's log for one log year. Raises FormatError for a bad part."""
    return str(Origin(host, "oversight", None, year))


def state_origin(host: str, year: str) -> str:
    """Name of the log of logs for one log year. Raises FormatError for a bad part."""
    return str(Origin(host, "state", None, year))


def check_host(host: str) -> None:
    """Refuse what cannot be the label of a state.

    Raises:
        FormatError: not lower-case DNS labels joined by dots.
    """
    if not _HOST.fullmatch(host):
        raise FormatError(
            f"{shorten(host)} cannot be the host label: lower-case letters, digits, '-' and dots, "
            "without scheme or port.",
            code="host",
        )


def slug(registration_number: str) -> str:
    """Registration number as it stands in an origin: lower case, all but a-z and 0-9 as ``-``.

    Two numbers may share a slug ("K 12" and "K/12"); whoever registers societies must refuse the
    second. The number comes without spaces around it.

    Raises:
        FormatError: empty, without any Latin letter or digit, too long, or spaces around it.
    """
    text = "".join(
        char.lower() if char.isascii() and char.isalnum() else "-" for char in registration_number
    )
    if registration_number != registration_number.strip() or not _NAME.fullmatch(text):
        raise FormatError(
            f"{shorten(registration_number)} cannot be used as a registration number: it needs "
            f"a Latin letter or digit and at most {MAX_NAME} characters.",
            code="registration-number",
        )
    return text


def financial_year(moment: datetime | int) -> str:
    """Indian financial year of an instant (aware datetime or POSIX seconds), as ``2026-27``.

    Raises:
        FormatError: a datetime without time zone.
    """
    if isinstance(moment, int):
        moment = datetime.fromtimestamp(moment, UTC)
    if moment.tzinfo is None:
        raise FormatError("A time needs its time zone.", code="time")
    local = moment.astimezone(IST)
    first = local.year if local.month >= 4 else local.year - 1
    return f"{first:04d}-{(first + 1) % 100:02d}"


def year_bounds(year: str) -> tuple[int, int]:
    """First second of a financial year and first second after it, as POSIX seconds.

    Raises:
        FormatError: not two consecutive years written like ``2026-27``.
    """
    found = _YEAR.fullmatch(year)
    first = int(found[1]) if found else 0
    if not found or not 1900 <= first <= 9998 or int(found[2]) != (first + 1) % 100:
        raise FormatError(f"{shorten(year)} is not a year such as 2026-27.", code="year")
    start, end = (datetime(value, 4, 1, tzinfo=IST) for value in (first, first + 1))
    return int(start.timestamp()), int(end.timestamp())
