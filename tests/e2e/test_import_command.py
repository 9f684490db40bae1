"""`sakshi import` as an operator meets it: what it says, and its exit codes."""

import json
from pathlib import Path

import pytest

from tests.e2e.machine import Server, sakshi

LOANS = b"""Loan register as on 2026-05-31
loan_id,member_ref,sanctioned,outstanding,sanctioned_on
L-1,M-1,100000,90000,2026-05-05
L-2,M-2,943..74,90000,2026-05-05
L-3,M-3,100000,90000,32/13/2026
"""
HOSTILE = {
    "entity.xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b"<ENVELOPE><VOUCHER>&x;</VOUCHER></ENVELOPE>",
    "laughs.xml": b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    b"<ENVELOPE>&b;</ENVELOPE>",
    "half.xml": b"<ENVELOPE><BODY><VOUCHER>",
    "letter.txt": b"Dear Sir, please find enclosed.",
    "empty.csv": b"",
    "out-of-balance.csv": b"Account Code,Account Name,Debit,Credit,Closing Balance\n"
    b"20101,Cash,100,0,100 Dr\n30101,Interest,0,90,90 Cr\n",
}


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_what_is_said_of_good_half_good_and_hostile_files(home: Path, tmp_path: Path) -> None:
    register = tmp_path / "loans.csv"
    register.write_bytes(LOANS)
    said = sakshi(home, "import", "S2", str(register), "--answer", "incomplete=yes")
    assert said.returncode == 1
    assert "entries sealed: 1 loan" in said.stdout and "refused: 2" in said.stdout
    lines = [line.split() for line in said.stdout.splitlines()]
    assert ["4", "sanctioned"] in [words[:2] for words in lines], said.stdout
    assert ["5", "sanctioned_on"] in [words[:2] for words in lines], said.stdout

    before = sakshi(home, "status").stdout
    for name, data in HOSTILE.items():
        path = tmp_path / name
        path.write_bytes(data)
        done = sakshi(home, "import", "S2", str(path))
        unreadable = name in ("entity.xml", "laughs.xml", "half.xml")
        assert done.returncode == 2 if unreadable else done.returncode in (1, 2), done.stdout
        assert "nothing was written" in done.stdout and "Traceback" not in done.stderr
        assert "root:" not in done.stdout, "the external entity was read"
    assert sakshi(home, "status").stdout == before, "a refused file left something behind"


@pytest.mark.slow
def test_exit_codes_for_wrong_words_and_json(home: Path, tmp_path: Path) -> None:
    register = tmp_path / "loans.csv"
    register.write_bytes(LOANS)
    unknown = sakshi(home, "import", "S99", str(register))
    assert unknown.returncode == 2 and "sakshi societies" in unknown.stderr
    missing = sakshi(home, "import", "S2", str(tmp_path / "nothing.csv"))
    assert missing.returncode == 2 and "no file" in missing.stderr
    nowhere = sakshi(tmp_path / "new", "import", "S2", str(register))
    assert nowhere.returncode == 1 and "There is no state here yet" in nowhere.stderr
    done = sakshi(home, "import", "S2", str(register), "--json", "--answer", "incomplete=yes")
    report = json.loads(done.stdout)
    assert report["state"] == "posted" and report["posted"] == {"loan": 1}
    assert [fault["row"] for fault in report["refused"]] == [4, 5]


@pytest.mark.slow
def test_a_running_server_shows_what_the_command_brought(server: Server, tmp_path: Path) -> None:
    from trust.log import queries as log_queries
    from trust.settings import Settings
    from web import wiring

    rt = wiring.build(Settings.from_env({"SAKSHI_HOME": str(server.home)}))
    try:
        with rt.db.read() as conn:
            name = next(i.origin for i in log_queries.logs(conn, "coop") if i.subject == "s2")
    finally:
        rt.close()
    size = int(server.get(f"/l/{name}/checkpoint").text.splitlines()[1])
    register = tmp_path / "loans.csv"
    register.write_bytes(LOANS)
    said = sakshi(server.home, "import", "S2", str(register), "--answer", "incomplete=yes")
    assert said.returncode == 1 and "entries sealed: 1 loan" in said.stdout
    assert int(server.get(f"/l/{name}/checkpoint").text.splitlines()[1]) == size + 3
