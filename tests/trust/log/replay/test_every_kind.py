"""Every kind that stands in a log has its projection, or is said to make no rows."""

import pytest

from trust.formats import b64, merkle, records
from trust.formats.canon import Json
from trust.log import projections, queries
from trust.log import service as logs
from trust.log.errors import LogError
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from web import wiring


def test_every_kind_of_a_log_has_a_projection() -> None:
    wiring.load_packages()
    for (name, _), kind in records.KINDS.items():
        if kind.log is not None:
            assert name in projections.of_kind(name).kinds


def test_an_entry_is_not_sealed_without_its_rows(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = f"{rt.host}/coop/tvm-101/2026-27"
    without = {kind: one for kind, one in projections._registry.items() if kind != "late-entries"}
    monkeypatch.setattr(projections, "_registry", without)
    record: dict[str, Json] = {
        "kind": "late-entries", "v": 1, "society": "tvm-101", "book_year": "2025-26",
        "statement": "0" * 64, "book_origin": origin, "book_size": 0,
        "book_root": b64.encode(merkle.EMPTY_ROOT), "reason": "late",
    }  # fmt: skip
    with rt.db.write() as conn:
        logs.open_log(conn, origin, now=rt.clock())
    with pytest.raises(LogError, match="has no projection"), rt.db.write() as conn:
        logs.append(conn, origin, [NewEntry("late-entries", record, "one")], now=rt.clock())
    with rt.db.read() as conn:
        assert queries.info(conn, origin).next_index == 0
