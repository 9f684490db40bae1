"""A society, an auditor and a Registrar's officer, with a witness that answers or not."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oversight import adoption
from oversight import service as oversight_service
from tests.conftest import HOST
from tests.faces.looking import Look
from tests.faces.troubles import Trouble
from tests.simulator.signer import DirectSigner
from tests.trust.books.scenario import SLUG, build
from tests.trust.log.witnesses import honest
from tests.trust.people import scenario as people_scenario
from trust.database import Database
from trust.log import boot
from trust.log.runtime import Runtime
from trust.log.witnesses import witnessing
from trust.people.model import Grant

Planting = Callable[[Trouble], Look]


@pytest.fixture
def planted(
    rt: Runtime, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Planting]:
    """Plants a trouble in a new state and gives the readers of it."""
    monkeypatch.setattr(witnessing, "REST_SECONDS", (0.5, 0.5))
    opened: list[Runtime] = []

    def plant(trouble: Trouble) -> Look:
        own = _silent(rt, db, tmp_path) if trouble.silent else rt
        if own is not rt:
            opened.append(own)
        scenario = build(own)
        with own.db.write() as conn:
            adoption.adopt_proposed(conn, now=own.clock())
            given = Grant("auditor", "district", people_scenario.PROFILE.district)
            people_scenario.add_staff(
                conn, people_scenario.PeopleScenario(), "auditor", given, None, own.clock()
            )
        sheet = trouble.plant(scenario)
        scenario.publish()
        oversight_service.evaluate(own, SLUG)
        return Look(own, trouble, sheet)

    yield plant
    for own in opened:
        own.close()


def _silent(rt: Runtime, db: Database, folder: Path) -> Runtime:
    """The same state under a policy whose one outside witness has stopped answering."""
    key = f"{rt.signer.vkey(f'{HOST}/state/2026-27')}\n"
    with honest(rt.clock, folder / "w", "w", key) as witness:
        line = witness.line()
    policy = folder / "policy"
    policy.write_text(f"{line}quorum w\n")
    settings = dataclasses.replace(rt.settings, witness_policy=str(policy))
    return boot.open_state(settings, db, clock=rt.clock, signer=DirectSigner(settings.signer_home))
