"""A meeting's package: its log, the roll lines and the opened ballots, by entitlement."""

from sqlalchemy import Connection

from trust.formats import archive
from trust.log import package
from trust.log.package import Entitlement
from voting import queries


def meeting_package(conn: Connection, meeting_id: str, entitlement: Entitlement) -> bytes:
    """The package of a meeting.

    The roll lines and ballots (under roll numbers, without names) are for the society's members
    and its auditors, after the close; whoever is entitled to nothing gets neither.

    Raises:
        NoSuchMeetingError: there is no such meeting.
        LogError: nothing of its log is published yet.
    """
    meeting = queries.meeting(conn, meeting_id)
    shown = package.nothing if meeting.closed_at is None else entitlement
    members = package.common_members(conn, meeting.origin, shown)
    if shown is not package.nothing:
        lines = queries.roll_documents(conn, meeting_id)
        members["roll"] = b"".join(line + b"\n" for line in lines)
    return archive.pack(members)
