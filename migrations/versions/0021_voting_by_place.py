"""rows of meetings by log and index: the projections of the voting package"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_OF = "JOIN meeting m ON m.id = o.meeting_id"
# The notice names its resolutions in their order, and nothing else of that kind follows.
_PUT = (
    "JOIN (SELECT log_id, idx, row_number() OVER (PARTITION BY log_id ORDER BY idx) AS nth"
    " FROM log_entry WHERE kind = 'resolution') e ON e.log_id = m.log_id AND e.nth = o.number"
)
_LAST = "rules version roll_root roll_count roll_with_key roll_from_opening cut_off closed_at"
_PLACED = ("log_id", "idx")
_ROWS = (
    (
        "meeting", ("l.id", "0"), "JOIN log l ON l.origin = o.origin",
        f"id society origin type title_en title_ml held_on notice_given opens closes {_LAST}",
    ),
    (
        "meeting_resolution", ("m.log_id", "e.idx"), f"{_OF} {_PUT}",
        "number digest text_en text_ml majority quorum",
    ),
    (
        "meeting_ballot", ("m.log_id", "o.entry_index"), _OF,
        "number roll_number sequence choice assisted digest at",
    ),
    ("meeting_assistance", ("m.log_id", "o.entry_index"), _OF, "number roll_number at"),
    ("meeting_result", ("m.log_id", "o.entry_index"), _OF, "number"),
    ("meeting_roll", (), _OF, "meeting_id roll_number member_id key_id line salt"),
)  # fmt: skip
"""Table, log and index of its rows, where these stand, and the columns that stay."""


def upgrade() -> None:
    for name, *_ in reversed(_ROWS):
        op.execute(f"CREATE TABLE old_{name} AS SELECT * FROM {name}")  # noqa: S608
        op.drop_table(name)
    _make()
    for name, place, where, listed in _ROWS:
        columns = listed.split()
        into = ", ".join((*_PLACED[: len(place)], *columns))
        taken = ", ".join((*place, *(f"o.{column}" for column in columns)))
        op.execute(f"INSERT INTO {name} ({into}) SELECT {taken} FROM old_{name} o {where}")  # noqa: S608
        op.drop_table(f"old_{name}")
    # Its society is of another log, which may come back from a mirror after the meeting's.
    with op.batch_alter_table("drawn_roll") as batch_op:
        batch_op.drop_constraint("fk_drawn_roll_society_society", type_="foreignkey")


def downgrade() -> None:
    raise RuntimeError("An older Sakshi serves from a backup that was made before this migration.")


def _place(table: str) -> tuple[sa.Column[int], sa.Column[int], sa.PrimaryKeyConstraint]:
    return (
        sa.Column("log_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("log_id", "idx", name=op.f(f"pk_{table}")),
    )


def _refers(column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_meeting_roll_{column}_{to}")
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=name, deferrable=True, initially="DEFERRED"
    )


def _make() -> None:
    op.create_table(
        "meeting",
        *_place("meeting"),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("society", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("title_en", sa.String(length=300), nullable=False),
        sa.Column("title_ml", sa.String(length=300), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("notice_given", sa.BigInteger(), nullable=False),
        sa.Column("opens", sa.BigInteger(), nullable=False),
        sa.Column("closes", sa.BigInteger(), nullable=False),
        sa.Column("rules", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("roll_root", sa.LargeBinary(length=32)),
        sa.Column("roll_count", sa.Integer()),
        sa.Column("roll_with_key", sa.Integer()),
        sa.Column("roll_from_opening", sa.Integer()),
        sa.Column("cut_off", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.UniqueConstraint("id", name=op.f("uq_meeting_id")),
        sa.UniqueConstraint("origin", name=op.f("uq_meeting_origin")),
    )
    op.create_index(op.f("ix_meeting_society"), "meeting", ["society"])
    op.create_table(
        "meeting_resolution",
        *_place("meeting_resolution"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("text_ml", sa.Text(), nullable=False),
        sa.Column("majority", sa.String(length=64), nullable=False),
        sa.Column("quorum", sa.String(length=64), nullable=False),
        sa.UniqueConstraint("log_id", "number", name=op.f("uq_meeting_resolution_log_id_number")),
        sa.UniqueConstraint("log_id", "digest", name=op.f("uq_meeting_resolution_log_id_digest")),
    )
    op.create_table(
        "meeting_roll",
        sa.Column("meeting_id", sa.String(length=64), nullable=False),
        sa.Column("roll_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Integer()),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("meeting_id", "roll_number", name=op.f("pk_meeting_roll")),
        sa.UniqueConstraint(
            "meeting_id", "member_id", name=op.f("uq_meeting_roll_meeting_id_member_id")
        ),
        *(_refers(column, to) for column, to in (
            ("meeting_id", "meeting"), ("member_id", "member"), ("key_id", "member_key"),
        )),
    )  # fmt: skip
    op.create_table(
        "meeting_ballot",
        *_place("meeting_ballot"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("roll_number", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("choice", sa.String(length=10), nullable=False),
        sa.Column("assisted", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint(
            "log_id", "number", "roll_number", "sequence",
            name=op.f("uq_meeting_ballot_log_id_number_roll_number_sequence"),
        ),
        sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_table(
        "meeting_assistance",
        *_place("meeting_assistance"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("roll_number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "meeting_result",
        *_place("meeting_result"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.UniqueConstraint("log_id", "number", name=op.f("uq_meeting_result_log_id_number")),
    )
