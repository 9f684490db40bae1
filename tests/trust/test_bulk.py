"""Bulk work beside the garbage collector."""

import gc

import pytest

from trust.bulk import uncollected


def test_the_collector_pauses_for_a_piece_of_work_and_goes_on_after_it() -> None:
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            pass
        assert not gc.isenabled(), "a piece inside another does not end the pause"
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), uncollected():
        _ = 1 // 0
    assert gc.isenabled()
