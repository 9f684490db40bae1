"""What tlog-scales says of the folder: run by the tests in that client's own environment."""

import json
import sys
from pathlib import Path

from tlog_scales import tiles, tlog
from tlog_scales.backend import make_backend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.utils import b64enc

folder = Path(sys.argv[1])
about = json.loads((folder / "about.json").read_text())
for name, log in about["logs"].items():
    reader = TilesReader(make_backend(str((folder / name).resolve())))
    head = reader.get_checkpoint()
    assert head.origin == name and head.serialize() == (folder / name / "checkpoint").read_text()
    for vkey in (log["vkey"], *log["second"], *log["witnesses"]):
        assert Vkey.from_string(vkey).serialize() == vkey
        head.verify(Vkey.from_string(vkey))
    assert reader.calculate_root_hash() == head.root_hash, "root"
    for index in range(head.size):
        found = reader.get_inclusion_proof(index, head.size)
        found.check(tiles.leaf_hash(reader.get_entry(index)), head.root_hash)
    for file in (folder / name / "proofs").glob("*.tlog-proof"):
        index = int(file.name.split(".")[0])
        path = "".join(
            f"{b64enc(part)}\n" for part in reader.get_inclusion_proof(index, head.size).node_hashes
        )
        wanted = f"c2sp.org/tlog-proof@v1\nindex {index}\n{path}\n{head.serialize()}"
        assert file.read_text() == wanted, f"proof {index}"
        assert (folder / name / "proofs" / str(index)).read_bytes() == reader.get_entry(index)
    old = tlog.Checkpoint.from_text((folder / name / "old-checkpoint").read_text())
    old.verify(Vkey.from_string(log["vkey"]))
    reader.get_consistency_proof(old.size, head.size).check(old.root_hash, head.root_hash)
    given = (folder / name / "consistency").read_text().split()
    tlog.ConsistencyProof(old.size, head.size, [tlog.b64dec(part) for part in given]).check(
        old.root_hash, head.root_hash
    )
    print(f"{name}: {head.size} entries, from {old.size}")
