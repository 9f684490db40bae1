"""Packages, a proof, the policy and a mirror as revision 8d3a23a makes them of its stored state.

    git archive 8d3a23a | tar -x -C OLD
    tar -xJf 8d3a23a-sqlite.tar.xz -C HOME
    cd OLD && SAKSHI_HOME=HOME PYTHONPATH=. python .../artefacts_8d3a23a.py 8d3a23a-artefacts.tar.xz

It is written for that revision and runs with no other.
"""

import json
import sys
import tarfile
import tempfile
from pathlib import Path

from trust.books.package import society_package
from trust.database import Database
from trust.formats.proofs import format_proof
from trust.log import boot, proofs, queries
from trust.log.package import everything
from trust.log.upkeep import mirror
from trust.settings import Settings
from voting.package import meeting_package
from web import wiring

SOCIETIES = ("s1", "s10", "s11", "s12")
PRESENT = 1_795_600_800 + 60


def main(target):
    wiring.load_rooms()
    settings = Settings.from_env()
    rt = boot.open_state(settings, Database(settings.database), clock=lambda: PRESENT)
    facts = json.loads((settings.home / "state.json").read_text())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with rt.db.read() as conn:
            policy = proofs.policy_text(conn)
            (folder / "policy.txt").write_text(policy)
            for slug in SOCIETIES:
                data = society_package(conn, slug, everything)
                (folder / f"{slug}.zip").write_bytes(data)
            closed = meeting_package(conn, facts["closed_meeting"], everything)
            (folder / "meeting.zip").write_bytes(closed)
            origin = f"{rt.host}/meeting/{facts['closed_meeting']}"
            size = queries.head(conn, origin).size
            (folder / "last.sakshi-proof").write_bytes(
                format_proof(proofs.sakshi_proof(conn, origin, size - 1))
            )
        mirror.mirror(rt.db, str(folder / "mirror"))
        with tarfile.open(target, "w:xz") as archive:
            archive.add(folder, ".", filter=plain)
    rt.close()


def plain(info):
    """No names and times of the machine."""
    info.uid = info.gid = info.mtime = 0
    info.uname = info.gname = ""
    return info


if __name__ == "__main__":
    main(*sys.argv[1:])
