"""policies and steps of alerts by log and index, their annexes; how far a society is judged"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

POLICY = sa.table("oversight_policy", *map(sa.column, ("log_id", "idx", "adopted_by")))
ALERT = sa.table(
    "oversight_alert",
    *map(sa.column, ("id", "value", "mark_time", "mark_index", "opened_at", "changed_at")),
    *(sa.column(name, sa.JSON) for name in ("measures", "figures", "evidence")),
)
STEP = sa.table(
    "oversight_step",
    *map(sa.column, ("alert", "number", "action", "at", "log_id", "idx")),
    sa.column("figures", sa.JSON),
)
ANNEX = sa.table("log_annex", *map(sa.column, ("log_id", "idx", "data")))


def upgrade() -> None:
    for name in ("oversight_policy", "oversight_step"):
        with op.batch_alter_table(name) as batch:
            batch.add_column(sa.Column("log_id", sa.Integer()))
            batch.add_column(sa.Column("idx", sa.BigInteger()))
        op.execute(
            f"UPDATE {name} SET idx = entry_index,"  # noqa: S608 (our own names)
            f" log_id = (SELECT log.id FROM log WHERE log.origin = {name}.origin)"
        )
    conn = op.get_bind()
    for row in conn.execute(sa.select(POLICY).where(POLICY.c.adopted_by.is_not(None))).all():
        _annex(conn, row, {"adopted_by": row.adopted_by})
    for alert in conn.execute(sa.select(ALERT)).all():
        query = sa.select(STEP).where(STEP.c.alert == alert.id).order_by(STEP.c.number)
        _alert(conn, alert, conn.execute(query).all())
    with op.batch_alter_table("oversight_policy") as batch:
        batch.drop_constraint("pk_oversight_policy", type_="primary")
        _keyed(batch, "oversight_policy", "adopted_by")
        batch.create_unique_constraint(op.f("uq_oversight_policy_sha256"), ["sha256"])
    with op.batch_alter_table("oversight_step") as batch:
        batch.drop_constraint("pk_oversight_step", type_="primary")
        _keyed(batch, "oversight_step")
        batch.create_unique_constraint(op.f("uq_oversight_step_alert_number"), ["alert", "number"])
    op.create_table(
        "oversight_judged",
        sa.Column("society", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.Column("books_version", sa.String(length=100), nullable=False),
        sa.Column("due", sa.Date()),
        sa.PrimaryKeyConstraint("society", name=op.f("pk_oversight_judged")),
    )


def _keyed(batch: Any, name: str, *gone: str) -> None:
    for column in ("log_id", "idx"):
        batch.alter_column(column, nullable=False)
    for column in ("origin", "entry_index", *gone):
        batch.drop_column(column)
    batch.create_primary_key(op.f(f"pk_{name}"), ["log_id", "idx"])


def _alert(conn: sa.Connection, alert: Any, steps: Sequence[Any]) -> None:
    """Times of the entries, JSON in the order of the sealed record, and the annexes."""
    if not steps:
        return
    this = sa.update(ALERT).where(ALERT.c.id == alert.id)
    conn.execute(
        this.values(
            opened_at=steps[0].at,
            changed_at=steps[-1].at,
            figures=_sorted(alert.figures),
            evidence=[_sorted(item) for item in alert.evidence],
        )
    )
    for step in steps:
        same = (STEP.c.log_id == step.log_id) & (STEP.c.idx == step.idx)
        conn.execute(sa.update(STEP).where(same).values(figures=_sorted(step.figures)))
    for step, values in _annexes(alert, steps):
        _annex(conn, step, values)


def _annexes(alert: Any, steps: Sequence[Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """What the row says, as the step that decided it left it."""
    judged = [step for step in steps if step.action in ("open", "raise", "clear")]
    if judged:
        mark = [alert.mark_time, alert.mark_index]
        yield judged[-1], {"mark": mark, "measures": alert.measures}
    valued = [step for step in steps if step.action in ("open", "raise", "close")]
    if valued and valued[-1].action == "close":
        yield valued[-1], {"value": alert.value}


def _sorted(values: Mapping[str, Any]) -> dict[str, Any]:
    return dict(sorted(values.items()))


def _annex(conn: sa.Connection, place: Any, values: dict[str, Any]) -> None:
    data = json.dumps(values, ensure_ascii=False)
    conn.execute(sa.insert(ANNEX).values(log_id=place.log_id, idx=place.idx, data=data))


def downgrade() -> None:
    op.drop_table("oversight_judged")
    for name, key in (("oversight_policy", ["sha256"]), ("oversight_step", ["alert", "number"])):
        with op.batch_alter_table(name) as batch:
            batch.add_column(sa.Column("origin", sa.String(200)))
            batch.add_column(sa.Column("entry_index", sa.BigInteger()))
        op.execute(
            f"UPDATE {name} SET entry_index = idx,"  # noqa: S608 (our own names)
            f" origin = (SELECT log.origin FROM log WHERE log.id = {name}.log_id)"
        )
        with op.batch_alter_table(name) as batch:
            batch.drop_constraint(op.f(f"pk_{name}"), type_="primary")
            batch.drop_constraint(op.f(f"uq_{name}_{'_'.join(key)}"), type_="unique")
            for column in ("log_id", "idx"):
                batch.drop_column(column)
            for column in ("origin", "entry_index"):
                batch.alter_column(column, nullable=False)
            batch.create_primary_key(op.f(f"pk_{name}"), key)
    op.add_column("oversight_policy", sa.Column("adopted_by", sa.Integer()))
