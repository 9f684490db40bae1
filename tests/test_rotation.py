"""Matrices that take turns: every case runs with some seed, and a seed always draws the same."""

from tests.rotation import has_turn

CASES = [f"tests/x.py::test_it[{n}]" for n in range(30)]


def test_every_case_has_its_turn_and_a_run_takes_a_share() -> None:
    drawn = {
        seed: [case for case in CASES if has_turn(seed, case, 3)] for seed in map(str, range(60))
    }
    assert {case for cases in drawn.values() for case in cases} == set(CASES)
    assert 0.2 < sum(map(len, drawn.values())) / (60 * len(CASES)) < 0.5
    assert drawn["7"] == [case for case in CASES if has_turn("7", case, 3)]
    assert all(has_turn("7", case, 1) for case in CASES)
