"""Roles reach as far as their jurisdiction and no further."""

import pytest

from tests.trust.people.scenario import OTHER, PROFILE
from trust.people.errors import NotAllowedError
from trust.people.model import Account, Actor, Grant


def actor(*grants: Grant) -> Actor:
    return Actor(Account(1, "a", "A", "staff", None, None), grants)


@pytest.mark.parametrize(
    "kind, scope, reaches, reaches_other",
    [
        ("state", "", True, True),
        ("district", "thiruvananthapuram", True, False),
        ("district", "thrissur", False, True),
        ("taluk", "thiruvananthapuram/Nedumangad", True, False),
        ("taluk", "thrissur/Nedumangad", False, False),
        ("society", "tvm-101", True, False),
        ("society", "tvm", False, False),
    ],
)
def test_a_role_reaches_its_jurisdiction_only(
    kind: str, scope: str, reaches: bool, reaches_other: bool
) -> None:
    who = actor(Grant("registrar", kind, scope))  # type: ignore[arg-type]
    assert who.may("registrar", PROFILE) is reaches
    assert who.may("registrar", OTHER) is reaches_other
    assert not who.may("auditor", PROFILE)


def test_require_names_role_and_society_when_it_refuses() -> None:
    with pytest.raises(NotAllowedError, match=r"Example Service .* roles: secretary, president"):
        actor(Grant("clerk", "society", "tvm-101")).require(("secretary", "president"), PROFILE)
    actor(Grant("president", "society", "tvm-101")).require(("secretary", "president"), PROFILE)
