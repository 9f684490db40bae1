"""The vendored files are the ones their README names, byte for byte."""

import hashlib
import re
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "web" / "static" / "vendor"
ROW = re.compile(r"^\| `([^`]+)` \|.*\| `([^`]+)` \| (\d+) \| `([0-9a-f]{64})` \|$", re.MULTILINE)


def test_readme_names_every_file_with_its_sum_and_licence() -> None:
    rows = ROW.findall((VENDOR / "README.md").read_text("utf-8"))
    assert rows, "the table of vendor/README.md could not be read"
    for name, licence, size, digest in rows:
        data = (VENDOR / name).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (int(size), digest), name
        assert list(VENDOR.glob(licence)), f"{name}: no licence file {licence}"
    named = {name for name, *_ in rows}
    shipped = {
        str(path.relative_to(VENDOR))
        for path in VENDOR.rglob("*")
        if path.suffix in {".js", ".woff2"}
    }
    assert shipped == named
