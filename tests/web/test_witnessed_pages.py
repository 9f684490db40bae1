"""What pages say of a filed sheet while the witnesses are silent, and when they have spoken."""

import dataclasses
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from dashboards import metrics, watch
from tests.conftest import HOST
from tests.simulator.signer import DirectSigner
from tests.trust.books.scenario import SLUG, build
from tests.trust.log.witnesses import honest
from tests.web.books import trial_balance
from trust.database import Database
from trust.formats.policy import parse_policy
from trust.formats.witnessed import check_checkpoint
from trust.log import boot
from trust.log.runtime import Runtime
from trust.log.witnesses import witnessing
from web.app import create_app


def concerns(rt: Runtime) -> set[str]:
    """What `sakshi status` and the board tell, by code."""
    with rt.db.read() as conn:
        return {item.code for item in watch.everything(conn, now=rt.clock())}


def test_a_filed_sheet_is_pending_until_outside_witnesses_have_seen_it(
    rt: Runtime, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witnessing, "REST_SECONDS", (0.0, 0.0))
    state = f"{HOST}/state/2026-27"
    folder, key = tmp_path / "w", f"{rt.signer.vkey(state)}\n"
    with honest(rt.clock, folder, "w", key) as witness:
        port = int(witness.url.rsplit(":", 1)[1])
        policy = tmp_path / "policy"
        policy.write_text(f"{witness.line()}quorum w\n")
    settings = dataclasses.replace(rt.settings, witness_policy=str(policy))
    own = boot.open_state(settings, db, clock=rt.clock, signer=DirectSigner(settings.signer_home))
    made = build(own)
    made.import_file(trial_balance("2025-26"), "tb.csv", year="2025-26")
    made.file("2025-26")
    made.publish()
    scrape = metrics.render(metrics.registry(own)).decode()
    assert "sakshi_state_unwitnessed_seconds 1.0" in scrape
    assert "sakshi_filings_pending 1.0" in scrape
    assert {"quorum-missing", "filing-pending"} <= concerns(own)
    sheet = f"/s/{SLUG}/2025-26"
    with TestClient(create_app(own), base_url="http://testserver") as client:
        client.cookies.set("lang", "en")
        found = client.get(f"{sheet}.json").json()
        assert (found["published"], found["witnesses"]) == (False, [])
        assert "not yet witnessed by anyone else" in client.get(sheet).text
        (marked,) = client.get(f"/s/{SLUG}.json").json()["statements"]
        since = marked["sealed_at"]
        assert marked["pending"] == {"since": since, "witnesses_missing": ["w"]}
        assert client.get("/readyz").status_code == 503  # for want of a worker, not of witnesses
        assert "quorum-missing" not in client.get("/readyz").text
        with honest(rt.clock, folder, "w", key, port):
            own.publisher.flush(made.origin)
            found = client.get(f"{sheet}.json").json()
        assert (found["published"], found["witnesses"]) == (True, ["w"])
        (marked,) = client.get(f"/s/{SLUG}.json").json()["statements"]
        assert (marked["published"], marked["pending"]) == (True, None)
        assert "witnessed by 1" in client.get(sheet).text
        trusted = parse_policy(client.get("/policy").text)
        served = client.get(f"/l/{state}/checkpoint").text
        assert set(check_checkpoint(trusted, served).witnesses) == {"w"}
    assert not {"quorum-missing", "filing-pending"} & concerns(own)
    assert b"sakshi_state_unwitnessed_seconds 0.0" in metrics.render(metrics.registry(own))
    own.close()
