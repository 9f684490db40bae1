"""The page of what a person has to look after: for the whole State alone."""

from pathlib import Path
from typing import Any

from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario
from trust import upkeep
from trust.people.model import Grant
from web import figures
from web.versions import versions


def test_it_says_what_is_missing_and_what_runs(
    person: Any, scenario: VotingScenario, tmp_path: Path
) -> None:
    rt = scenario.rt
    whole = Grant("registrar", "state", "")
    with rt.db.write() as conn:
        w.add_staff(conn, scenario.people_setting, "head", whole, None, rt.clock())
        runs = versions(conn, rt.db)
    upkeep.measure(rt.db, tmp_path, now=rt.clock() - 86_400)
    text = person().sign_in("head").get("/registrar/upkeep")
    assert "No backup of this installation has been made" in text
    for said in (runs.sakshi, runs.database, runs.python):
        assert said in text
    assert "/registrar/upkeep" in person().sign_in("head").get("/registrar")
    district = person().sign_in("registrar")
    district.get("/registrar/upkeep", 403)
    assert "/registrar/upkeep" not in district.get("/registrar")
    person().sign_in("secretary").get("/registrar/upkeep", 403)


def test_sizes_have_three_digits() -> None:
    said = {
        0: "0 B", 999: "999 B", 1000: "1.00 kB", 9_994: "9.99 kB", 9_996: "10.0 kB",
        999_600: "1.00 MB", 123_456_789: "123 MB", 5 * 10**15: "5000 TB", -2000: "−2.00 kB",
    }  # fmt: skip
    assert {count: figures.size(count) for count in said} == said
