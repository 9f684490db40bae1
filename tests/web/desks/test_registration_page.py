"""Registration of a society on the pages of two officers, and by command."""

from typing import Any

from tests.voting.scenario import VotingScenario

NEW = {
    "registration_number": "TVM/900", "name_en": "Pulari Growers", "name_ml": "പുലരി കർഷക സംഘം",
    "district": "thiruvananthapuram", "taluk": "Varkala", "sector": "credit",
    "society_class": "Class I", "registered_on": "2026-05-01",
}  # fmt: skip
PAGE = "/registrar/societies"


def test_one_asks_and_the_other_confirms(person: Any, scenario: VotingScenario) -> None:
    first, second = person().sign_in("registrar"), person().sign_in("deputy")
    assert "/do/society/register" in first.get(PAGE)
    form = f"/do/society/register?next={PAGE}"
    done = first.post(form, "/do/society/register", **NEW, next=PAGE)
    assert done.status_code == 303, done.text[-2000:]
    mine = first.get(PAGE)
    assert "Pulari Growers" in mine and "/do/society/confirm" not in mine
    theirs = second.get(PAGE)
    assert "/do/society/confirm" in theirs
    number = theirs.split('name="request" value="')[1].split('"')[0]
    assert second.post(PAGE, "/do/society/confirm", request=number, next=PAGE).status_code == 303
    assert "/do/society/confirm" not in second.get(PAGE)
    assert "Pulari Growers" in person().get("/s/tvm-900")
    assert "/s/tvm-900" in person().get("/?q=pulari")
