"""How a subject's rows differ from the rows that its entries make, and making them agree."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    String,
    Table,
    and_,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)

from trust.log.checks.fsckrows import Finding
from trust.log.projections import ReadTable, Subject
from trust.log.replay.scratch import Scratch

Keys = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is missing, without an entry, there more than once, or different in columns."""

    one: ReadTable
    keys: Keys
    state: str
    columns: tuple[str, ...] = ()


def differences(scratch: Scratch, subject: Subject) -> Iterator[Difference]:
    """Every row of the subject that is not what its entries make it, table by table."""
    for one in scratch.tables:
        real, copy = scratch.real(one), scratch.copy(one)
        mine = one.rows_of(real, subject)
        for keys in _alone(scratch.conn, copy, real, None):
            yield Difference(one, keys, "missing")
        for keys in _alone(scratch.conn, real, copy, mine):
            yield Difference(one, keys, "unsealed")
        for keys in _repeated(scratch.conn, real, mine):
            yield Difference(one, keys, "repeated")
        yield from _different(scratch, one)


def repair(scratch: Scratch, subject: Subject) -> int:
    """Make the read tables agree with the scratch tables; returns how many rows were touched."""
    found = list(differences(scratch, subject))
    for item in reversed(found):
        if item.state in ("unsealed", "repeated"):
            real = scratch.real(item.one)
            scratch.conn.execute(delete(real).where(_at(real, item.keys)))
    for item in found:
        real, copy = scratch.real(item.one), scratch.copy(item.one)
        row = select(copy).where(_at(copy, item.keys))
        if item.state in ("missing", "repeated"):
            scratch.conn.execute(insert(real).from_select(real.c.keys(), row))
        elif item.columns:
            held = scratch.conn.execute(row).one()
            values = {name: held[copy.c.keys().index(name)] for name in item.columns}
            scratch.conn.execute(update(real).where(_at(real, item.keys)).values(values))
    return len(found)


def finding(scratch: Scratch, subject: Subject, item: Difference) -> list[Finding]:
    """A difference in words, without the values."""
    table = item.one.table
    origin, index = _place(subject, item.keys)
    key = ", ".join(str(value) for value in item.keys.values())
    if item.state == "missing":
        return [Finding(origin, index, table.name, f"the entry has no row {key}")]
    if item.state == "unsealed":
        return [Finding(origin, index, table.name, f"the row {key} has no entry there")]
    if item.state == "repeated":
        return [Finding(origin, index, table.name, f"the row {key} is there more than once")]
    words = f"the row {key} is not what the entry says"
    return [Finding(origin, index, f"{table.name}.{name}", words) for name in item.columns]


def _place(subject: Subject, keys: Keys) -> tuple[str, int | None]:
    logs = {info.id: info.origin for info in subject.logs}
    return logs.get(keys.get("log_id", -1), subject.logs[-1].origin), keys.get("idx")


def _key_columns(table: Table) -> list[str]:
    return [column.key for column in table.primary_key]


def _shown(table: Table) -> list[str]:
    """The key, and the place of the entry where the key does not name it."""
    place = [name for name in ("log_id", "idx") if name in table.c]
    return list(dict.fromkeys([*_key_columns(table), *place]))


def _same_key(one: Table, other: Table) -> ColumnElement[bool]:
    return and_(*(one.c[name] == other.c[name] for name in _key_columns(one)))


def _at(table: Table, keys: Keys) -> ColumnElement[bool]:
    return and_(*(table.c[name] == keys[name] for name in _key_columns(table)))


def _alone(
    conn: Connection, here: Table, there: Table, where: ColumnElement[bool] | None
) -> list[Keys]:
    """Keys of the rows of one table that the other does not have."""
    names = _shown(here)
    query = select(*(here.c[name] for name in names)).where(
        ~select(literal(1)).where(_same_key(here, there)).exists()
    )
    if where is not None:
        query = query.where(where)
    query = query.order_by(*here.primary_key)
    return [dict(zip(names, row, strict=True)) for row in conn.execute(query)]


def _repeated(conn: Connection, real: Table, where: ColumnElement[bool]) -> list[Keys]:
    """Keys that several rows have: the table was made again without its primary key."""
    names = _key_columns(real)
    query = select(*real.primary_key).where(where).group_by(*real.primary_key)
    return [
        dict(zip(names, row, strict=True))
        for row in conn.execute(query.having(func.count() > 1).order_by(*real.primary_key))
    ]


def _different(scratch: Scratch, one: ReadTable) -> Iterator[Difference]:
    real, copy = scratch.real(one), scratch.copy(one)
    names = _shown(copy)
    skipped = {*_key_columns(copy), *one.unsealed}
    compared = [name for name in copy.c.keys() if name not in skipped]  # noqa: SIM118
    if not compared:
        return
    flags = [
        _plain(real.c[name]).is_distinct_from(_plain(copy.c[name])).label(f"differs_{name}")
        for name in compared
    ]
    query = (
        select(*(copy.c[name] for name in names), *flags)
        .select_from(copy.join(real, _same_key(copy, real)))
        .where(_any(flags))
        .order_by(*copy.primary_key)
    )
    for row in scratch.conn.execute(query):
        keys = dict(zip(names, row[: len(names)], strict=True))
        wrong = (n for n, flag in zip(compared, row[len(names) :], strict=True) if flag)
        yield Difference(one, keys, "different", tuple(wrong))


def _any(flags: list[Any]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = flags[0].element
    for flag in flags[1:]:
        found = found | flag.element
    return found


def _plain(column: Any) -> Any:
    """JSON has no equality in PostgreSQL; its text has."""
    return column.cast(String) if isinstance(column.type, JSON) else column
