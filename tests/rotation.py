"""Long matrices take turns: of a test marked ``rotated(n)`` about one case in n runs at once.

Which one follows from a seed: `SAKSHI_TEST_SEED`, else the day. The others count as slow, so that
`make test-slow`, and with it `.ci/run`, runs them; no case is ever left out of both.
"""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256

import pytest

SEED = "SAKSHI_TEST_SEED"


def fix_seed() -> str:
    """The seed of this run; processes that are started from here on have the same one."""
    return os.environ.setdefault(SEED, datetime.now(UTC).date().isoformat())


def rotate(items: Iterable[pytest.Item]) -> None:
    """Mark as slow the cases whose turn it is not."""
    seed = fix_seed()
    for item in items:
        turn = item.get_closest_marker("rotated")
        if turn is not None and not has_turn(seed, item.nodeid, int(turn.args[0])):
            item.add_marker(pytest.mark.slow)


def has_turn(seed: str, case: str, of: int) -> bool:
    """Whether the case is among the one in `of` that runs with this seed."""
    drawn = sha256(f"{seed} {case}".encode()).digest()
    return int.from_bytes(drawn[:8], "big") % of == 0
