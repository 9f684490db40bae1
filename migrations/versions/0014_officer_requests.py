"""requests of one officer to a second, of every kind; sessions that ended"""

import base64
import json

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "officer_request",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("society", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("member_id", sa.Integer()),
        sa.Column("key_id", sa.Integer()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("first_officer", sa.Integer(), nullable=False),
        sa.Column("second_officer", sa.Integer()),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["society"], ["society.slug"], name=op.f("fk_officer_request_society_society")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_officer_request_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["first_officer"], ["account.id"],
            name=op.f("fk_officer_request_first_officer_account"),
        ),
        sa.ForeignKeyConstraint(
            ["second_officer"], ["account.id"],
            name=op.f("fk_officer_request_second_officer_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_request")),
    )  # fmt: skip
    op.create_index(op.f("ix_officer_request_society"), "officer_request", ["society"])
    op.create_index(op.f("ix_officer_request_member_id"), "officer_request", ["member_id"])
    _carry()
    op.drop_table("enrolment_request")
    op.add_column("account", sa.Column("signed_out_at", sa.BigInteger()))


def _carry() -> None:
    """Enrolments that wait, as requests: a second officer finds them where the first left them."""
    conn = op.get_bind()
    rows = conn.execute(
        sa.text(
            "SELECT m.society, r.member_id, r.public_key, r.medium, r.first_officer,"
            " r.second_officer, r.started_at, r.ended_at FROM enrolment_request AS r"
            " JOIN member AS m ON m.id = r.member_id ORDER BY r.id"
        )
    ).all()
    insert = sa.text(
        "INSERT INTO officer_request (society, what, member_id, body, first_officer,"
        " second_officer, started_at, ended_at) VALUES (:society, 'enrolment', :member_id, :body,"
        " :first_officer, :second_officer, :started_at, :ended_at)"
    )
    for row in rows:
        values = dict(row._mapping)
        key = base64.b64encode(bytes(values.pop("public_key"))).decode()
        body = {"key": key, "medium": values.pop("medium")}
        conn.execute(insert, values | {"body": json.dumps(body, separators=(",", ":"))})


def downgrade() -> None:
    op.drop_column("account", "signed_out_at")
    op.drop_table("officer_request")
    op.create_table(
        "enrolment_request",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("medium", sa.String(length=10), nullable=False),
        sa.Column("first_officer", sa.Integer(), nullable=False),
        sa.Column("second_officer", sa.Integer()),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["first_officer"], ["account.id"],
            name=op.f("fk_enrolment_request_first_officer_account"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_enrolment_request_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["second_officer"], ["account.id"],
            name=op.f("fk_enrolment_request_second_officer_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_request")),
    )  # fmt: skip
    op.create_index(op.f("ix_enrolment_request_member_id"), "enrolment_request", ["member_id"])
