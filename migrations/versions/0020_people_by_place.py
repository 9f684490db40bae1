"""societies, members and keys by the place of their entries; whose an officer's key is"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from trust.people import registerrules as rules

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_COLUMNS = ("id", "society", "number", "name", "gender", "class")
_DAYS = ("joined", "share_paid_on", "left_on", "joined_counts", "share_counts")
MEMBER = sa.table("member", *map(sa.column, _COLUMNS), *(sa.column(d, sa.Date) for d in _DAYS))


def upgrade() -> None:
    for table in ("member", "member_key", "officer_key"):
        op.add_column(table, sa.Column("log_id", sa.Integer()))
        op.add_column(table, sa.Column("idx", sa.BigInteger()))
    log_id = sa.Column("log_id", sa.Integer(), nullable=False, server_default="0")
    op.add_column("society", log_id)
    idx = sa.Column("idx", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("society", idx)
    _place_societies()
    for table in ("member_key", "officer_key"):
        _place_keys(table)
    _openings()
    members = _Members()
    members.place()
    annexes = members.annexes | _key_annexes()
    put = sa.text("INSERT INTO log_annex (log_id, idx, data) VALUES (:log_id, :idx, :data)")
    _each(put, ({"log_id": p[0], "idx": p[1], "data": json.dumps(a)} for p, a in annexes.items()))
    _member_keys()
    _officer_keys()


def _each(statement: sa.TextClause, rows: Iterable[dict[str, Any]]) -> None:
    listed = list(rows)
    if listed:
        op.get_bind().execute(statement, listed)


def _rows(query: str) -> Iterator[Any]:
    yield from op.get_bind().execute(sa.text(query)).all()


def _place_societies() -> None:
    """The first entry of a society's first log."""
    entry = (
        "FROM log_entry AS e JOIN log AS l ON l.id = e.log_id WHERE l.kind = 'coop'"
        " AND l.subject = society.slug AND e.kind = 'society' ORDER BY e.log_id, e.idx LIMIT 1"
    )
    op.execute(
        f"UPDATE society SET log_id = coalesce((SELECT e.log_id {entry}), 0),"  # noqa: S608
        f" idx = coalesce((SELECT e.idx {entry}), 0),"
        f" added_at = coalesce((SELECT e.time {entry}), added_at)"
    )


def _place_keys(table: str) -> None:
    op.execute(
        f"UPDATE {table} SET idx = entry_index,"  # noqa: S608
        f" log_id = coalesce((SELECT id FROM log WHERE log.origin = {table}.origin), 0)"
    )


def _openings() -> None:
    """The opening and its lines by place; a line also holds what no entry says of its member."""
    op.execute(
        "CREATE TEMPORARY TABLE old_opening AS SELECT o.society, l.id AS log_id, o.entry_index AS"
        " idx FROM register_opening AS o JOIN log AS l ON l.origin = o.origin"
    )
    op.execute(
        "CREATE TEMPORARY TABLE old_line AS SELECT o.log_id, o.idx, r.place, r.line, r.salt,"
        " r.member_id, m.gender, m.admitted_at FROM register_line AS r JOIN member AS m"
        " ON m.id = r.member_id JOIN old_opening AS o ON o.society = m.society"
    )
    op.drop_table("register_line")
    op.drop_table("register_opening")
    op.create_table(
        "register_opening",
        sa.Column("society", sa.String(length=64), nullable=False),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["society"], ["society.slug"], name=op.f("fk_register_opening_society_society")
        ),
        sa.PrimaryKeyConstraint("society", name=op.f("pk_register_opening")),
    )
    op.create_table(
        "register_line",
        sa.Column("log_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("gender", sa.String(length=1), nullable=False),
        sa.Column("admitted_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_register_line_member_id_member")
        ),
        sa.PrimaryKeyConstraint("log_id", "idx", "place", name=op.f("pk_register_line")),
        sa.UniqueConstraint(
            "member_id", "log_id", "idx", name=op.f("uq_register_line_member_id_log_id_idx")
        ),
    )
    op.execute("INSERT INTO register_opening SELECT society, log_id, idx FROM old_opening")
    op.execute(
        "INSERT INTO register_line SELECT log_id, idx, place, line, salt, member_id, gender,"
        " admitted_at FROM old_line"
    )
    op.execute("DROP TABLE old_line")
    op.execute("DROP TABLE old_opening")


class _Members:
    """Each member's newest entry, and the annexes of the entries about members.

    Whom an entry was about whose detail was erased or is lost, only the rows can tell: a row that
    the others do not make. Its annex names that member, so that a replay carries the row over.
    """

    def __init__(self) -> None:
        self.annexes: dict[tuple[int, int], dict[str, Any]] = {}
        self._last: dict[int, tuple[int, int]] = {}
        self._since: dict[int, int] = {}
        self._lost: dict[str, list[tuple[str, tuple[int, int]]]] = {}
        self._made: dict[int, dict[str, Any]] = {}
        listed = op.get_bind().execute(sa.select(MEMBER).order_by(MEMBER.c.id)).mappings()
        self._rows = {(row["society"], row["number"]): row for row in listed}

    def place(self) -> None:
        for row in _rows("SELECT member_id, log_id, idx, line FROM register_line"):
            self._last[row.member_id] = row.log_id, row.idx
            self._made[row.member_id] = rules.in_opening(json.loads(bytes(row.line)))
        for row in _rows(
            "SELECT l.subject, e.log_id, e.idx, e.kind, e.time, p.detail FROM log_entry AS e"
            " JOIN log AS l ON l.id = e.log_id LEFT JOIN log_payload AS p"
            " ON p.log_id = e.log_id AND p.idx = e.idx"
            " WHERE e.kind IN ('admission', 'admission-change', 'admission-end')"
            " ORDER BY e.log_id, e.idx"
        ):
            self._take(row)
        self._rest()
        put = sa.text("UPDATE member SET log_id = :log_id, idx = :idx WHERE id = :id")
        _each(put, ({"id": i, "log_id": p[0], "idx": p[1]} for i, p in self._last.items()))
        since = sa.text("UPDATE member SET admitted_at = :at WHERE id = :id")
        _each(since, ({"id": i, "at": at} for i, at in self._since.items()))

    def _take(self, row: Any) -> None:
        here = row.log_id, row.idx
        detail = None if row.detail is None else json.loads(bytes(row.detail))
        member = None if detail is None else self._rows.get((row.subject, detail["member"]))
        if detail is None or member is None:
            self._lost.setdefault(row.subject, []).append((row.kind, here))
            return
        number, day = member["id"], rules.today(row.time)
        self._last[number] = here
        self.annexes[here] = {"id": number}
        if row.kind == "admission":
            self.annexes[here]["gender"] = member["gender"]
            self._since[number] = row.time
            self._made[number] = rules.admitted(detail, day)
        elif number in self._made:
            before = self._made[number]
            ends = row.kind == "admission-end"
            self._made[number] = (
                rules.ended(before, detail) if ends else rules.changed(before, detail, day)
            )

    def _rest(self) -> None:
        """Members of whom the entries that are left do not say all: each is one of an entry whose
        detail is gone."""
        sealed = {row.society for row in _rows("SELECT society FROM register_opening")}
        for (society, _), row in self._rows.items():
            lost = self._lost.get(society)
            if society in sealed and lost and not self._told(row):
                one = min(lost, key=lambda item: item[0] != self._missing(row))
                lost.remove(one)
                self.annexes[one[1]] = {"id": row["id"]}
                self._last.setdefault(row["id"], one[1])

    def _told(self, row: Any) -> bool:
        made, number = self._made.get(row["id"]), row["id"]
        if made is None:
            # Who left before the opening is in no entry.
            return number not in self._last and row["left_on"] is not None
        held = dict(row) | {"class_": row["class"]}
        return all(held[name] == value for name, value in made.items())

    def _missing(self, row: Any) -> str:
        """The kind of the entry that is gone."""
        made = self._made.get(row["id"])
        if made is None:
            return "admission"
        return "admission-change" if made["left_on"] == row["left_on"] else "admission-end"


def _key_annexes() -> dict[tuple[int, int], dict[str, Any]]:
    """The number of each key beside every entry about it."""
    found: dict[tuple[int, int], dict[str, Any]] = {}
    members, keys = {}, _rows("SELECT id, public_key, bound_at, log_id, idx FROM member_key")
    for row in keys:
        members[bytes(row.public_key)] = row
        found[row.log_id, row.idx] = {"id": row.id}
    for row in _rows("SELECT id, log_id, idx FROM officer_key"):
        found[row.log_id, row.idx] = {"id": row.id}
    for row in _rows(
        "SELECT log_id, idx, record FROM log_payload"
        " WHERE kind = 'enrolment' AND record IS NOT NULL"
    ):
        record = json.loads(bytes(row.record))
        held = members.get(base64.b64decode(record["key"]))
        if held is not None:
            found[row.log_id, row.idx] = {"id": held.id}
            if record["action"] == "carry":
                found[row.log_id, row.idx]["bound_at"] = held.bound_at
    _stopped(found)
    found.pop((0, 0), None)
    return found


def _stopped(found: dict[tuple[int, int], dict[str, Any]]) -> None:
    """The number of a key beside the entry that stopped it, if its payload is gone: its time alone
    tells which. A replay would bring the key back otherwise."""
    gone: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for row in _rows(
        "SELECT l.subject, e.log_id, e.idx, e.time FROM log_entry AS e JOIN log AS l"
        " ON l.id = e.log_id LEFT JOIN log_payload AS p ON p.log_id = e.log_id AND p.idx = e.idx"
        " WHERE e.kind = 'enrolment' AND p.record IS NULL ORDER BY e.log_id, e.idx"
    ):
        if (row.log_id, row.idx) not in found:
            gone.setdefault((row.subject, row.time), []).append((row.log_id, row.idx))
    told = {
        record["key"]
        for row in _rows("SELECT record FROM log_payload WHERE kind = 'enrolment'")
        if row.record is not None
        and (record := json.loads(bytes(row.record)))
        and record["action"] == "revoke"
    }
    for row in _rows(
        "SELECT k.id, k.public_key, k.revoked_at, m.society FROM member_key AS k"
        " JOIN member AS m ON m.id = k.member_id WHERE k.revoked_at IS NOT NULL ORDER BY k.id"
    ):
        places = gone.get((row.society, row.revoked_at))
        if places and base64.b64encode(bytes(row.public_key)).decode() not in told:
            found[places.pop(0)] = {"id": row.id}


def _member_keys() -> None:
    op.add_column("member_key", sa.Column("society", sa.String(length=64)))
    op.add_column("member_key", sa.Column("member", sa.String(length=40)))
    op.execute(
        "UPDATE member_key SET"
        " society = (SELECT m.society FROM member AS m WHERE m.id = member_key.member_id),"
        " member = (SELECT m.number FROM member AS m WHERE m.id = member_key.member_id)"
    )
    _without_references(_change_member_keys)


def _change_member_keys() -> None:
    with op.batch_alter_table("member_key") as batch:
        batch.drop_index(op.f("ix_member_key_member_id"))
        batch.drop_constraint(op.f("fk_member_key_member_id_member"), type_="foreignkey")
        for name in ("member_id", "reason", "origin", "entry_index"):
            batch.drop_column(name)
        batch.alter_column("society", existing_type=sa.String(length=64), nullable=False)
        batch.alter_column("member", existing_type=sa.String(length=40), nullable=False)
        batch.alter_column("log_id", existing_type=sa.Integer(), nullable=False)
        batch.alter_column("idx", existing_type=sa.BigInteger(), nullable=False)
        batch.create_unique_constraint(op.f("uq_member_key_log_id_idx"), ["log_id", "idx"])
        batch.create_foreign_key(
            op.f("fk_member_key_society_member"),
            "member",
            ["society", "member"],
            ["society", "number"],
        )
        batch.create_index("ix_member_key_society_member", ["society", "member"])


def _without_references(change: Callable[[], None]) -> None:
    """SQLite rebuilds a table to change it, which rows that refer to it forbid."""
    if op.get_bind().dialect.name != "sqlite":
        change()
        return
    op.execute(
        "CREATE TEMPORARY TABLE old_roll AS SELECT meeting_id, roll_number, key_id"
        " FROM meeting_roll WHERE key_id IS NOT NULL"
    )
    op.execute("UPDATE meeting_roll SET key_id = NULL")
    change()
    op.execute(
        "UPDATE meeting_roll SET key_id = o.key_id FROM old_roll AS o WHERE"
        " meeting_roll.meeting_id = o.meeting_id AND meeting_roll.roll_number = o.roll_number"
    )
    op.execute("DROP TABLE old_roll")


def _officer_keys() -> None:
    op.add_column("officer_key", sa.Column("holder_log_id", sa.Integer()))
    op.add_column("officer_key", sa.Column("holder_idx", sa.BigInteger()))
    with op.batch_alter_table("officer_key") as batch:
        batch.drop_column("origin")
        batch.drop_column("entry_index")
        batch.alter_column("account_id", existing_type=sa.Integer(), nullable=True)
        batch.alter_column("log_id", existing_type=sa.Integer(), nullable=False)
        batch.alter_column("idx", existing_type=sa.BigInteger(), nullable=False)
        batch.create_unique_constraint(op.f("uq_officer_key_log_id_idx"), ["log_id", "idx"])


def downgrade() -> None:
    op.add_column("member_key", sa.Column("member_id", sa.Integer()))
    op.add_column("member_key", sa.Column("reason", sa.String(length=400)))
    for table in ("member_key", "officer_key", "register_opening"):
        op.add_column(table, sa.Column("origin", sa.String(length=200)))
        op.add_column(table, sa.Column("entry_index", sa.BigInteger()))
        op.execute(
            f"UPDATE {table} SET entry_index = idx,"  # noqa: S608
            f" origin = (SELECT origin FROM log WHERE log.id = {table}.log_id)"
        )
    op.execute(
        "UPDATE member_key SET member_id = (SELECT m.id FROM member AS m"
        " WHERE m.society = member_key.society AND m.number = member_key.member)"
    )
    _without_references(_member_keys_back)
    with op.batch_alter_table("officer_key") as batch:
        batch.drop_constraint(op.f("uq_officer_key_log_id_idx"), type_="unique")
        for name in ("log_id", "idx", "holder_log_id", "holder_idx"):
            batch.drop_column(name)
        batch.alter_column("origin", existing_type=sa.String(length=200), nullable=False)
        batch.alter_column("entry_index", existing_type=sa.BigInteger(), nullable=False)
    _lines_back()
    for table in ("society", "member"):
        for name in ("log_id", "idx"):
            op.drop_column(table, name)


def _member_keys_back() -> None:
    with op.batch_alter_table("member_key") as batch:
        batch.drop_index("ix_member_key_society_member")
        batch.drop_constraint(op.f("fk_member_key_society_member"), type_="foreignkey")
        batch.drop_constraint(op.f("uq_member_key_log_id_idx"), type_="unique")
        for name in ("society", "member", "log_id", "idx"):
            batch.drop_column(name)
        batch.alter_column("member_id", existing_type=sa.Integer(), nullable=False)
        batch.alter_column("origin", existing_type=sa.String(length=200), nullable=False)
        batch.alter_column("entry_index", existing_type=sa.BigInteger(), nullable=False)
        batch.create_foreign_key(
            op.f("fk_member_key_member_id_member"), "member", ["member_id"], ["id"]
        )
        batch.create_index(op.f("ix_member_key_member_id"), ["member_id"])


def _lines_back() -> None:
    with op.batch_alter_table("register_line") as batch:
        batch.drop_constraint(op.f("uq_register_line_member_id_log_id_idx"), type_="unique")
        batch.drop_constraint(op.f("pk_register_line"), type_="primary")
        batch.create_primary_key(op.f("pk_register_line"), ["member_id"])
        for name in ("log_id", "idx", "gender", "admitted_at"):
            batch.drop_column(name)
    with op.batch_alter_table("register_opening") as batch:
        batch.drop_column("log_id")
        batch.drop_column("idx")
        batch.alter_column("origin", existing_type=sa.String(length=200), nullable=False)
        batch.alter_column("entry_index", existing_type=sa.BigInteger(), nullable=False)
