"""Which part of a private entry may be erased: `erasable` of its kind."""

from sqlalchemy import Connection, select

from trust.formats import canon, origins, records
from trust.formats.canon import Json
from trust.log import lineage
from trust.log.tables import log_payload


def erasable(conn: Connection, origin: str, record: dict[str, Json], part: str) -> bool:
    """Whether "record" or "detail" of an entry with this record may be erased."""
    kind = records.check_record(record)
    if kind.erasable == "renewed":
        return _renewed(conn, origin, record)
    return kind.erasable in (part, "record")


def _renewed(conn: Connection, origin: str, record: dict[str, Json]) -> bool:
    """Whether another version of the kind says the same of its key, in any log of the subject."""
    parsed, p = origins.parse_origin(origin), log_payload.c
    logs = [info.id for info in lineage.shards(conn, parsed.kind, parsed.subject or "")]
    query = select(p.record).where(p.log_id.in_(logs), p.kind == record["kind"])
    held = conn.execute(query.where(p.record.is_not(None))).scalars()
    said = (canon.parse(bytes(one)) for one in held)
    return any(one["v"] != record["v"] and one["key"] == record["key"] for one in said)
