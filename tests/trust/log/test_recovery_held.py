"""A log that its society signs: our guard does not know it, the state log does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trust.log.disasters import Disaster, found, happened
from tests.trust.log.helpers import fill, publish
from trust.formats import notes
from trust.formats.checkpoints import Checkpoint, format_checkpoint
from trust.log import boot, proofs
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.errors import LogError, PutBackError
from trust.log.keys import society_keys
from trust.log.runtime import Runtime
from trust.log.upkeep import abandonment, recovery
from trust.log.upkeep.mirror import mirror

SEED = b"\5" * 32
SLUG = "tvm-104"


@pytest.fixture
def disaster(rt: Runtime, tmp_path: Path) -> Iterator[Disaster]:
    made = happened(rt, tmp_path)
    yield made
    made.drop()


def sign(rt: Runtime, origin: str) -> None:
    """What the society's own tool does with what the server prepared."""
    publish(rt, origin)
    with rt.db.read() as conn:
        asked = society_keys.prepare(conn, origin)
    assert asked is not None
    text = format_checkpoint(Checkpoint(origin, asked.size, asked.root))
    line = notes.sign_ed25519(text, origin, SEED)
    society_keys.accept(rt, origin, notes.format_note(notes.SignedNote(text, (line,))).encode())
    publish(rt, origin)


def test_it_comes_back_after_the_state_log_and_the_society_signs_on(disaster: Disaster) -> None:
    rt = disaster.rt
    origin = f"{rt.host}/coop/{SLUG}/2026-27"
    with rt.db.write() as conn:
        logs.open_log(conn, origin, now=rt.clock())
        society_keys.hold(conn, origin, notes.verifier_key(origin, SEED).format(), now=rt.clock())
    fill(rt, origin, 0, 30)
    sign(rt, origin)
    fill(rt, origin, 30, 300)
    sign(rt, origin)
    mirror(rt.db, str(disaster.mirror))
    with rt.db.read() as conn:
        head = log_queries.released(conn, origin)
    again = disaster.restored()
    with again.db.read() as conn:
        assert not log_queries.exists(conn, origin), "the backup did not know it"
    done = disaster.recover(again)
    assert done.missing == [] and done.troubles == [] and found(again) == []
    assert (origin, 300) in done.refilled
    with again.db.read() as conn:
        assert society_keys.is_held(conn, origin)
        assert log_queries.released(conn, origin).note == head.note
        proofs.sakshi_proof(conn, origin, 9)
    fill(again, origin, 300, 310)
    sign(again, origin)
    assert found(again) == []
    again.close()


def test_without_it_the_state_does_not_open(disaster: Disaster) -> None:
    """The state log came back, the society's entries did not: their places are taken."""
    rt = disaster.rt
    origin = f"{rt.host}/coop/{SLUG}/2026-27"
    with rt.db.write() as conn:
        logs.open_log(conn, origin, now=rt.clock())
        society_keys.hold(conn, origin, notes.verifier_key(origin, SEED).format(), now=rt.clock())
    fill(rt, origin, 0, 30)
    sign(rt, origin)
    mirror(rt.db, str(disaster.mirror))
    (disaster.mirror / origin).rename(disaster.mirror / "elsewhere")
    again = disaster.restored()
    done = disaster.recover(again)
    assert [str(item) for item in done.missing] == [f"{origin}: entries 0 to 29 are missing"]
    with pytest.raises(PutBackError, match=SLUG):
        recovery.refuse_put_back(again.db, again.signer)
    with pytest.raises(LogError, match="signed by its society"):
        abandonment.abandon(again, origin, "the disk burnt")
    (disaster.mirror / "elsewhere").rename(disaster.mirror / origin)
    assert disaster.recover(again).missing == []
    boot.open_state(again.settings, again.db, signer=again.signer)
    assert found(again) == []
    again.close()
